-- What `estimator:tflite` of a multilayer perceptron writes: the network in int8.
--
-- Quantised after training, as "Quantization and Training of Neural Networks for Efficient
-- Integer-Arithmetic-Only Inference" (Jacob et al., 2018) has it: weights symmetric, with a scale
-- for each unit; what lies between layers by the least and largest value that samples reach.

local tensor, tflite = require "tensor", require "tflite"

-- Outputs of these operators have a scale of their own.
local CURVES <const> = {
  tanh = {operator = "TANH", scale = 1 / 128, zero_point = 0},
  logistic = {operator = "LOGISTIC", scale = 1 / 256, zero_point = -128},
}
local SOFTMAX <const> = {operator = "SOFTMAX", scale = 1 / 256, zero_point = -128}
-- Beyond it a curve is flat, as far as int8 tells: no use for steps there.
local CURVE_END <const> = 8
-- Biases stay this far below the end of int32, so that sums have room.
local LARGEST_BIAS <const> = 2 ^ 29

-- As float32, which the file has.
local function single(x) return (("<f"):unpack(("<f"):pack(x))) end

-- Scale and zero point of values from `low` to `high`; 0 is among them, exactly.
local function steps_of(low, high)
  low, high = math.min(low, 0), math.max(high, 0)
  local scale = single(math.max((high - low) / 255, 1e-30))
  local zero_point = math.floor(-128 - low / scale + 0.5)
  return scale, math.max(-128, math.min(zero_point, 127))
end

-- Lists what the graph has; `current` is the position of the tensor that comes next.
local Graph = {}
Graph.__index = Graph

local function new_graph(features, x)
  local scale, zero_point = steps_of(x:min(), x:max())
  return setmetatable({
    tensors = {{name = "samples", shape = {1, features}, dtype = "int8", scale = scale,
      zero_point = zero_point}},
    operators = {}, current = 1, scale = scale,
  }, Graph)
end

function Graph:add_constant(name, data, scale)
  self.tensors[#self.tensors + 1] = {name = name, data = data, scale = scale, zero_point = 0}
  return #self.tensors
end

function Graph:add_operator(name, inputs, width, scale, zero_point, options)
  self.tensors[#self.tensors + 1] = {name = ("%s_%d"):format(name:lower(), #self.operators + 1),
    shape = {1, width}, dtype = "int8", scale = scale, zero_point = zero_point}
  self.operators[#self.operators + 1] = {name, inputs = inputs, outputs = {#self.tensors},
    options = options}
  self.current, self.scale = #self.tensors, scale
end

-- weights {inputs, units}, bias {units}; the sums lie between low and high.
function Graph:add_layer(weights, bias, activation, low, high)
  local units = #bias
  local scales, rows, biases = {}, tensor.zeros({units, weights:dim(1)}, "int8"), {}
  local columns = weights:transpose()
  for j = 1, units do
    local most, b = columns[j]:abs():max(), bias[j]
    local scale = math.max(most / 127, math.abs(b) / (self.scale * LARGEST_BIAS), 1e-30)
    scales[j] = single(scale)
    local row = (columns[j] / scales[j]):astype "int8"
    rows:slice(j, {}):copy_(row:maximum(-127))
    biases[j] = math.floor(b / (scales[j] * self.scale) + 0.5)
  end
  local bias_scales = {}
  for j = 1, units do bias_scales[j] = scales[j] * self.scale end
  local from = self.current
  local w = self:add_constant("weights", rows, scales)
  local b = self:add_constant("bias", tensor.new(biases, "int32"), bias_scales)
  local scale, zero_point = steps_of(low, high)
  self:add_operator("FULLY_CONNECTED", {from, w, b}, units, scale, zero_point,
    {fused_activation_function = activation == "relu" and "RELU" or "NONE"})
end

function Graph:add_curve(curve, width, options)
  self:add_operator(curve.operator, {self.current}, width, curve.scale, curve.zero_point, options)
end

function Graph:model(name)
  return {tensors = self.tensors, operators = self.operators, inputs = {1},
    outputs = {self.current}, name = name}
end

-- The matrices and biases of all layers, in double.
local function layers_of(estimator)
  local widths = {estimator.features, table.unpack(estimator.options.hidden)}
  local classes = estimator.classes and #estimator.classes or 0
  widths[#widths + 1] = classes > 2 and classes or 1
  local layers, coefs, intercepts = {}, estimator.coefs, estimator.intercepts
  local w, b = 0, 0
  for i = 1, #widths - 1 do
    local inputs, units = widths[i], widths[i + 1]
    layers[i] = {
      weights = coefs:slice{w + 1, w + inputs * units}:reshape{inputs, units},
      bias = intercepts:slice{b + 1, b + units},
    }
    w, b = w + inputs * units, b + units
  end
  if classes == 2 then
    -- Two sums of opposite signs, so that there is a column for each class as elsewhere.
    local last = layers[#layers]
    last.weights = tensor.concat({last.weights * -0.5, last.weights * 0.5}, 2)
    last.bias = tensor.concat({last.bias * -0.5, last.bias * 0.5}, 1)
  end
  return layers, classes
end

local function activate(name, x)
  if name == "relu" then return x:maximum(0) end
  if name == "tanh" then return x:tanh() end
  if name == "logistic" then return 1 / ((-x):exp() + 1) end
  return x
end

-- export(estimator, path, x) -> true | nil, message
return function(estimator, path, x)
  local graph = new_graph(estimator.features, x)
  local layers, classes = layers_of(estimator)
  local hidden = estimator.options.activation
  local values = x:astype "float64"
  for i, layer in ipairs(layers) do
    local activation = i < #layers and hidden or "identity"
    local curve = CURVES[activation]
    local sums = values:matmul(layer.weights) + layer.bias
    local low, high = sums:min(), sums:max()
    if activation == "relu" then low = 0 end
    if curve then low, high = math.max(low, -CURVE_END), math.min(high, CURVE_END) end
    graph:add_layer(layer.weights, layer.bias, activation, low, high)
    if curve then graph:add_curve(curve, #layer.bias) end
    values = activate(activation, sums)
  end
  if classes > 0 then graph:add_curve(SOFTMAX, classes, {beta = 1}) end
  return tflite.save(path, graph:model(estimator.kind))
end
