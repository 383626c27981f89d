-- Random configurations of quantised operators against plain loops over integers
-- (integer_spec.lua), byte for byte, on the host as on the device: odd channel counts,
-- dilation, asymmetric padding, batches, extreme zero points and factors. A failure tells its
-- seed; MOONLET_SOAK=1 draws many more.

local nn, tensor, test, tflite = require "nn", require "tensor", require "test", require "tflite"
local spec = require "integer_spec"
local describe, it = test.describe, test.it
local clamp, float, wrap = spec.clamp, spec.float, spec.wrap

local CASES <const> = test.setting "MOONLET_SOAK" == "1" and 2000 or 16
local MOST_PRODUCTS <const> = 3000  -- of one case
local LOW <const> = {int8 = -128, int16 = -32768}
local HIGH <const> = {int8 = 127, int16 = 32767}
local FORMAT <const> = {int8 = "<i1", int16 = "<i2", int32 = "<i4", int64 = "<i8"}

-- Draws -----------------------------------------------------------------------

local int = math.random

local function chance(percent) return int(1, 100) <= percent end

local function pick(...) return (select(int(1, select("#", ...)), ...)) end

-- A positive float32 between two powers of two.
local function scale_between(low, high) return float(2.0 ^ (low + (high - low) * math.random())) end

local function zero_of(dtype)
  if chance(20) then return pick(LOW[dtype], HIGH[dtype], 0) end
  return int(LOW[dtype], HIGH[dtype])
end

-- Sometimes of the extremes alone, or of one of them.
local function values(count, dtype)
  local list, low, high = {}, LOW[dtype], HIGH[dtype]
  local extreme, only = chance(15), pick(false, low, high)
  for i = 1, count do
    list[i] = extreme and (only or pick(low, high)) or int(low, high)
  end
  return list
end

local function product(shape)
  local size = 1
  for _, length in ipairs(shape) do size = size * length end
  return size
end

-- Tensors ---------------------------------------------------------------------

local function bytes_of(list, dtype)
  local texts, format = {}, FORMAT[dtype]
  for i, x in ipairs(list) do texts[i] = format:pack(x) end
  return table.concat(texts)
end

local function activation(shape, dtype, scale, zero)
  return {shape = shape, dtype = dtype, scale = scale, zero_point = zero}
end

local function constant(shape, list, dtype, scale, zero, axis)
  return {shape = shape, dtype = dtype, scale = scale, zero_point = scale and zero or nil,
          axis = axis, data = bytes_of(list, dtype)}
end

-- Runs a model of one operator and compares. A case has the operator's name, `options`,
-- `tensors` (activations that are inputs first, then constants, the output last), `inputs`
-- where not all of them in order, and lists of integers: `data` of the inputs, `expected`.
local function check(case)
  local count = #case.tensors
  local list = case.inputs or {}
  if not case.inputs then
    for i = 1, count - 1 do list[i] = i end
  end
  local model = assert(nn.frombytes(tflite.tobytes {
    tensors = case.tensors, inputs = case.model_inputs or {1}, outputs = {count},
    operators = {{case[1], inputs = list, outputs = {count}, options = case.options}},
  }))
  local close <close> = model
  local inputs = {}
  for i, data in ipairs(case.data) do
    local port = case.tensors[i]
    inputs[i] = tensor.frombytes(bytes_of(data, port.dtype), port.dtype):reshape(port.shape)
  end
  local output = case.tensors[count]
  local got = model:run(table.unpack(inputs)):tobytes()
  if got == bytes_of(case.expected, output.dtype) then return end
  local size = FORMAT[output.dtype]:packsize()
  for i, expected in ipairs(case.expected) do
    local x = FORMAT[output.dtype]:unpack(got, (i - 1) * size + 1)
    assert(x == expected, ("element %d is %d, expected %d"):format(i, x, expected))
  end
  error(("%d elements, expected %d"):format(#got // size, #case.expected))
end

-- A case as text: its shapes, scales, zero points and options.
local function describe_case(case)
  local parts = {case[1]}
  for _, t in ipairs(case.tensors) do
    local scale = type(t.scale) == "table" and t.scale[1] or t.scale
    parts[#parts + 1] = ("%s {%s}%s"):format(t.dtype, table.concat(t.shape, ", "),
      scale and (" scale %a zero %d"):format(scale, t.zero_point or 0) or "")
  end
  local names = {}
  for name in pairs(case.options or {}) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = ("%s = %s"):format(name, tostring(case.options[name]))
  end
  return table.concat(parts, "; ")
end

-- Draws cases from `draw` until enough have been compared; nil is no case.
local function compare(name, draw)
  it(name, function()
    local compared, seed = 0, 0
    while compared < CASES do
      seed = seed + 1
      math.randomseed(seed)
      local case = draw()
      if case then
        local ok, message = pcall(check, case)
        if not ok then
          error(("seed %d: %s: %s"):format(seed, describe_case(case), tostring(message)), 0)
        end
        compared = compared + 1
      end
    end
  end)
end

-- Outputs ---------------------------------------------------------------------

-- A fused activation and the range it leaves to an output.
local function random_range(dtype, scale, zero)
  local name = pick("NONE", "NONE", "RELU", "RELU6", "RELU_N1_TO_1")
  if 6 / scale > 2 ^ 30 and name ~= "NONE" then name = "RELU" end
  local function steps(real)
    local x = float(real / scale)
    local rounded = math.floor(math.abs(x) + 0.5)
    return clamp((x < 0 and -1 or 1) * math.tointeger(rounded) + zero, LOW[dtype], HIGH[dtype])
  end
  local low, high = LOW[dtype], HIGH[dtype]
  if name == "RELU" then low = steps(0) end
  if name == "RELU6" then low, high = steps(0), steps(6) end
  if name == "RELU_N1_TO_1" then low, high = steps(-1), steps(1) end
  return name, low, high
end

-- An output whose sums are multiplied by `input` scale * filter scale / its own, where that is
-- mostly of use, and finish(sum, channel). `wide`: sums of 64 bits.
local function random_output(filter, count, wide, single)
  local dtype = filter.dtype
  local input = scale_between(-8, 1)
  local scales = {}
  for c = 1, single and 1 or count do scales[c] = scale_between(-9, -3) end
  local most = chance(10) and int(-30, 18) or int(-13, -4) - (dtype == "int16" and 5 or 0)
  local scale = float(input * scales[1] / 2.0 ^ most)
  local zero = dtype == "int16" and 0 or zero_of(dtype)
  local name, low, high = random_range(dtype, scale, zero)
  local factors = {}
  for c, own in ipairs(scales) do
    factors[c] = spec.factor(filter.tensor_factor and float(input * own) / scale
                             or input * own / scale)
  end
  local bias = {}
  if chance(75) then
    for c = 1, count do bias[c] = int(-1 << 14, 1 << 14) end
    if chance(10) then bias[int(1, count)] = pick(0x7FFFFFFF, -0x80000000) end
  end
  local function finish(sum, c)
    sum = sum + (bias[c] or 0)
    local factor = factors[c] or factors[1]
    local value = wide and spec.rescale_wide(sum, factor) or spec.rescale(wrap(sum), factor)
    return clamp(wrap(value + zero), low, high)
  end
  return {input_scale = input, scales = scales, scale = scale, zero = zero, activation = name,
          bias = bias, finish = finish}
end

-- The tensors of an operator with a filter: input, filter, a bias or none, output.
local function filter_tensors(out, dtype, input_shape, input_zero, filter, bias_type, output_shape)
  local list = {activation(input_shape, dtype, out.input_scale, input_zero), filter}
  if #out.bias > 0 then
    local scale = float(out.input_scale * out.scales[1])
    list[3] = constant({#out.bias}, out.bias, bias_type, scale, 0)
  end
  list[#list + 1] = activation(output_shape, dtype, out.scale, out.zero)
  return list
end

local function random_axis(padding, dilates)
  local axis = {input = int(1, chance(20) and 14 or 7), kernel = int(1, chance(20) and 6 or 3),
                stride = chance(60) and 1 or int(2, 3), dilation = 1}
  if dilates and axis.stride == 1 and chance(30) then axis.dilation = int(2, 3) end
  axis.output, axis.pad = spec.axis(padding, axis.input, axis.kernel, axis.stride, axis.dilation)
  return axis.output and axis
end

-- An image under a filter, or nil where it does not fit.
local function random_window(dilates)
  local padding = pick("SAME", "VALID")
  local y, x = random_axis(padding, dilates), random_axis(padding, dilates)
  if not y or not x then return nil end
  return {padding = padding, batches = pick(1, 1, 2, 3), y = y, x = x}
end

local function window_options(p, out)
  return {padding = p.padding, stride_h = p.y.stride, stride_w = p.x.stride,
          dilation_h_factor = p.y.dilation, dilation_w_factor = p.x.dilation,
          fused_activation_function = out.activation}
end

local function products_of(p)
  return p.batches * p.y.output * p.x.output * p.y.kernel * p.x.kernel
end

-- Operators with filters ------------------------------------------------------

local function draw_conv(dtype)
  return function()
    local p = random_window(true)
    if not p then return nil end
    p.groups = chance(15) and int(2, 3) or 1
    local depth, each = chance(15) and int(16, 40) or int(1, 9), int(1, 9)
    p.channels, p.outputs = depth * p.groups, each * p.groups
    if products_of(p) * depth * p.outputs > MOST_PRODUCTS then return nil end
    local bias_type = dtype == "int8" and "int32" or pick("int32", "int64")
    local out = random_output({dtype = dtype}, p.outputs, bias_type == "int64", chance(30))
    if #out.bias == 0 and dtype == "int16" then
      bias_type = "int64"
      out = random_output({dtype = dtype}, p.outputs, true, false)
    end
    p.zero = dtype == "int8" and zero_of(dtype) or 0
    local shape = {p.outputs, p.y.kernel, p.x.kernel, depth}
    local weights = values(product(shape), "int8")
    local input_shape = {p.batches, p.y.input, p.x.input, p.channels}
    local input = values(product(input_shape), dtype)
    return {"CONV_2D", options = window_options(p, out), data = {input},
      tensors = filter_tensors(out, dtype, input_shape, p.zero,
        constant(shape, weights, "int8", out.scales, 0), bias_type,
        {p.batches, p.y.output, p.x.output, p.outputs}),
      expected = spec.conv(p, input, weights, out.finish)}
  end
end

local function draw_depthwise(dtype)
  return function()
    local p = random_window(true)
    if not p then return nil end
    p.multiplier = chance(60) and 1 or int(2, 9)
    p.channels = chance(30) and int(15, 40) or int(1, 9)
    local outputs = p.channels * p.multiplier
    if products_of(p) * outputs > MOST_PRODUCTS then return nil end
    local out = random_output({dtype = dtype}, outputs, dtype == "int16", chance(30))
    p.zero = dtype == "int8" and zero_of(dtype) or 0
    local shape = {1, p.y.kernel, p.x.kernel, outputs}
    local weights = values(product(shape), "int8")
    local input_shape = {p.batches, p.y.input, p.x.input, p.channels}
    local input = values(product(input_shape), dtype)
    local options = window_options(p, out)
    options.depth_multiplier = p.multiplier
    return {"DEPTHWISE_CONV_2D", options = options, data = {input},
      tensors = filter_tensors(out, dtype, input_shape, p.zero,
        constant(shape, weights, "int8", out.scales, 0, 4),
        dtype == "int8" and "int32" or "int64", {p.batches, p.y.output, p.x.output, outputs}),
      expected = spec.depthwise(p, input, weights, out.finish)}
  end
end

local function draw_transpose_conv(dtype)
  return function()
    local p = random_window(false)
    if not p then return nil end
    p.channels, p.outputs = chance(20) and int(16, 40) or int(1, 9), int(1, 9)
    if products_of(p) * p.channels * p.outputs > MOST_PRODUCTS then return nil end
    local out = random_output({dtype = dtype}, p.outputs, dtype == "int16", chance(30))
    p.zero = dtype == "int8" and zero_of(dtype) or 0
    local shape = {p.outputs, p.y.kernel, p.x.kernel, p.channels}
    local weights = values(product(shape), "int8")
    local input_shape = {p.batches, p.y.output, p.x.output, p.channels}
    local output_shape = {p.batches, p.y.input, p.x.input, p.outputs}
    local input = values(product(input_shape), dtype)
    local tensors = filter_tensors(out, dtype, input_shape, p.zero,
      constant(shape, weights, "int8", out.scales, 0), dtype == "int8" and "int32" or "int64",
      output_shape)
    table.insert(tensors, #tensors, constant({4}, output_shape, "int32"))
    local inputs = {#tensors - 1, 2, 1, #out.bias > 0 and 3 or nil}
    return {"TRANSPOSE_CONV", data = {input}, inputs = inputs, tensors = tensors,
      options = {padding = p.padding, stride_h = p.y.stride, stride_w = p.x.stride,
                 fused_activation_function = out.activation},
      expected = spec.transpose_conv(p, input, weights, out.finish)}
  end
end

local function draw_fully_connected(dtype)
  return function()
    local p = {batches = chance(50) and 1 or int(2, 9), outputs = int(1, 20),
               depth = chance(20) and int(60, 300) or int(1, 60)}
    if p.batches * p.outputs * p.depth > MOST_PRODUCTS then return nil end
    local wide = dtype == "int16"
    local out = random_output({dtype = dtype, tensor_factor = true}, p.outputs, wide, true)
    p.zero = wide and 0 or zero_of(dtype)
    p.filter_zero = not wide and chance(30) and zero_of "int8" or 0
    local shape = {p.outputs, p.depth}
    local weights = values(p.outputs * p.depth, "int8")
    local input = values(p.batches * p.depth, dtype)
    return {"FULLY_CONNECTED", data = {input},
      options = {fused_activation_function = out.activation},
      tensors = filter_tensors(out, dtype, {p.batches, p.depth}, p.zero,
        constant(shape, weights, "int8", out.scales, p.filter_zero), wide and "int64" or "int32",
        {p.batches, p.outputs}),
      expected = spec.fully_connected(p, input, weights, out.finish)}
  end
end

-- Elementwise -----------------------------------------------------------------

-- Two operands of which the second may be one number or one for each channel; element(x, y).
local function draw_pair(name, dtype, make)
  return function()
    local shape = {int(1, 3), int(1, 8), int(1, 20)}
    local second = pick(shape, shape, {1}, {shape[3]})
    local function zero() return dtype == "int8" and zero_of(dtype) or 0 end
    local a = activation(shape, dtype, scale_between(-8, 0), zero())
    local b = activation(second, dtype, scale_between(-8, 0), zero())
    local y = activation(shape, dtype, scale_between(-9, 1), zero())
    local element = make(a, b, y)
    if not element then return nil end
    local range, low, high = random_range(dtype, y.scale, y.zero_point)
    local p, q = values(product(shape), dtype), values(product(second), dtype)
    local expected = {}
    for i, x in ipairs(p) do
      local other = q[(i - 1) % #q + 1]
      local value = element(x - a.zero_point, other - b.zero_point)
      expected[i] = clamp(wrap(value + y.zero_point), low, high)
    end
    return {name, tensors = {a, b, y}, data = {p, q}, expected = expected, model_inputs = {1, 2},
            options = {fused_activation_function = range}}
  end
end

-- Sums at twice the larger scale. ADD computes factors in doubles, SUB in floats, whose
-- quotients are those of the doubles, rounded.
local function draw_sum(name, dtype)
  local sign, room = name == "ADD" and 1 or -1, dtype == "int8" and 20 or 15
  local function factor(real) return spec.factor(name == "ADD" and real or float(real)) end
  return draw_pair(name, dtype, function(a, b, y)
    local common = 2 * math.max(a.scale, b.scale)
    local out = common / ((1 << room) * y.scale)
    if out >= 0.99 then return nil end
    local p, q, r = factor(a.scale / common), factor(b.scale / common), factor(out)
    return function(x, z)
      x, z = spec.rescale(wrap(x << room), p), spec.rescale(wrap(z << room), q)
      return spec.rescale(wrap(x + sign * z), r)
    end
  end)
end

local function draw_product(dtype)
  return draw_pair("MUL", dtype, function(a, b, y)
    local factor = spec.factor(a.scale * b.scale / y.scale)
    return function(x, z) return spec.rescale(x * z, factor) end
  end)
end

local function draw_leaky_relu(dtype)
  return function()
    local shape = {int(1, 70)}
    local x = activation(shape, dtype, scale_between(-8, 0), zero_of(dtype))
    local y = activation(shape, dtype, scale_between(-8, 0), zero_of(dtype))
    local alpha = float((chance(80) and 1 or -1) * math.random())
    local positive = spec.factor(float(x.scale / y.scale))
    local negative = spec.factor(float(float(x.scale * math.abs(alpha)) / y.scale))
    local data, expected = values(shape[1], dtype), {}
    for i, value in ipairs(data) do
      local steps = value - x.zero_point
      local scaled = spec.rescale(steps, steps < 0 and negative or positive)
      if steps < 0 and alpha < 0 then scaled = -scaled end
      expected[i] = clamp(scaled + y.zero_point, LOW[dtype], HIGH[dtype])
    end
    return {"LEAKY_RELU", tensors = {x, y}, data = {data}, expected = expected,
            options = {alpha = alpha}}
  end
end

-- More elements than take no table.
local function draw_logistic()
  local shape = {int(64, 200)}
  local x = activation(shape, "int8", scale_between(-8, -1), zero_of "int8")
  local data, expected = values(shape[1], "int8"), {}
  for i, value in ipairs(data) do expected[i] = spec.logistic(value - x.zero_point, x.scale) end
  return {"LOGISTIC", tensors = {x, activation(shape, "int8", 1 / 256, -128)}, data = {data},
          expected = expected}
end

local function draw_requantize(from, to)
  return function()
    local shape = {int(1, 70)}
    local x = activation(shape, from, scale_between(-8, 0), zero_of(from))
    local y = activation(shape, to, scale_between(-8, 0), zero_of(to))
    local factor = spec.factor(x.scale / y.scale)
    local data, expected = values(shape[1], from), {}
    for i, value in ipairs(data) do
      local scaled = spec.rescale(value - x.zero_point, factor)
      expected[i] = clamp(scaled + y.zero_point, LOW[to], HIGH[to])
    end
    return {"QUANTIZE", tensors = {x, y}, data = {data}, expected = expected}
  end
end

-- Pools, sums, probabilities --------------------------------------------------

local function draw_pool(name, dtype)
  local function larger(best, x) return best and math.max(best, x) or x end
  local function add(sum, x) return (sum or 0) + x end
  return function()
    local p = random_window(false)
    if not p then return nil end
    p.channels = chance(30) and int(15, 40) or int(1, 9)
    if chance(5) then  -- more places than bytes whose sum fits 16 bits
      local y, x = int(16, 20), int(17, 20)
      p = {padding = "VALID", batches = 1, channels = int(1, 6),
           y = {input = y, kernel = y, stride = 1, dilation = 1, output = 1, pad = 0},
           x = {input = x, kernel = x, stride = 1, dilation = 1, output = 1, pad = 0}}
    end
    if products_of(p) * p.channels > MOST_PRODUCTS then return nil end
    local shape = {p.batches, p.y.input, p.x.input, p.channels}
    local x = activation(shape, dtype, scale_between(-8, -1), dtype == "int8" and zero_of(dtype) or 0)
    local y = activation({p.batches, p.y.output, p.x.output, p.channels}, dtype, x.scale,
      x.zero_point)
    local range, low, high = random_range(dtype, y.scale, y.zero_point)
    local average = name == "AVERAGE_POOL_2D"
    local input = values(product(shape), dtype)
    local function finish(value, taps)
      return clamp(average and spec.mean(value, taps) or value, low, high)
    end
    return {name, tensors = {x, y}, data = {input},
      options = {padding = p.padding, stride_h = p.y.stride, stride_w = p.x.stride,
                 filter_height = p.y.kernel, filter_width = p.x.kernel,
                 fused_activation_function = range},
      expected = spec.pool(p, input, average and add or larger, finish)}
  end
end

local function draw_reduction(name, dtype)
  return function()
    local shape, axes, gone, left = {}, {}, {}, {}
    for axis = 1, int(2, 4) do
      shape[axis] = int(1, chance(20) and 40 or 8)
      if chance(5) then shape[axis] = int(250, 600) end
      if chance(50) then
        axes[axis] = true
        gone[#gone + 1] = axis - 1
      end
      left[axis] = axes[axis] and 1 or shape[axis]
    end
    if #gone == 0 or product(shape) > MOST_PRODUCTS then return nil end
    local x = activation(shape, dtype, scale_between(-8, 0), zero_of(dtype))
    local y = activation(left, dtype, scale_between(-8, 4), zero_of(dtype))
    local input = values(product(shape), dtype)
    local sums, count = spec.sums(shape, axes, input)
    local real = x.scale / y.scale
    local factor = name == "MEAN" and spec.mean_factor(real, count) or spec.factor(real)
    for i, sum in ipairs(sums) do
      local scaled = spec.rescale(wrap(sum - count * x.zero_point), factor)
      sums[i] = clamp(wrap(scaled + y.zero_point), LOW[dtype], HIGH[dtype])
    end
    return {name, tensors = {x, constant({#gone}, gone, "int32"), y}, data = {input},
            options = {keep_dims = true}, expected = sums}
  end
end

local function draw_softmax(dtype)
  local bits = dtype == "int8" and 8 or 16
  return function()
    local shape = {int(1, 4), chance(20) and int(30, 90) or int(1, 20)}
    local x = activation(shape, "int8", scale_between(-9, 2), zero_of "int8")
    local y = activation(shape, dtype, 2.0 ^ -bits, LOW[dtype])
    local beta = pick(1.0, 1.0, 0.5)
    local input = values(product(shape), "int8")
    if chance(50) then
      for i, value in ipairs(input) do input[i] = value // 16 end
    end
    return {"SOFTMAX", tensors = {x, y}, data = {input}, options = {beta = beta},
            expected = spec.softmax(shape[2], input, beta, x.scale, bits)}
  end
end

describe("an operator gives what its formulas say:", function()
  for _, dtype in ipairs {"int8", "int16"} do
    local function title(name) return name .. " " .. dtype end
    compare(title "CONV_2D", draw_conv(dtype))
    compare(title "DEPTHWISE_CONV_2D", draw_depthwise(dtype))
    compare(title "TRANSPOSE_CONV", draw_transpose_conv(dtype))
    compare(title "FULLY_CONNECTED", draw_fully_connected(dtype))
    compare(title "ADD", draw_sum("ADD", dtype))
    compare(title "SUB", draw_sum("SUB", dtype))
    compare(title "MUL", draw_product(dtype))
    compare(title "LEAKY_RELU", draw_leaky_relu(dtype))
    compare(title "QUANTIZE to", draw_requantize("int8", dtype))
    compare(title "AVERAGE_POOL_2D", draw_pool("AVERAGE_POOL_2D", dtype))
    compare(title "MAX_POOL_2D", draw_pool("MAX_POOL_2D", dtype))
    compare(title "MEAN", draw_reduction("MEAN", dtype))
    compare(title "SUM", draw_reduction("SUM", dtype))
    compare(title "SOFTMAX int8 to", draw_softmax(dtype))
  end
  compare("LOGISTIC int8", draw_logistic)
end)
