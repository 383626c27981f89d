-- The digits model against the outputs that an independent executor computed
-- (tools/operators/interpreter.py), byte for byte.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local function data_file(name) return assert(sys.find(name)) end

local images = assert(tensor.load(data_file "digits_images.npy"))
local labels = assert(tensor.load(data_file "digits_labels.npy"))
local golden = assert(tensor.load(data_file "digits_golden.npy"))
local inputs = (images / 16):reshape({#images, 1, 8, 8, 1})

describe("the digits model", function()
  local model = assert(nn.load(data_file "digits.tflite"))

  it("takes 8x8 images and gives ten probabilities", function()
    local input, output = model.inputs[1], model.outputs[1]
    expect(input.dtype):equals("int8")
    expect(input.shape):equals({1, 8, 8, 1})
    expect(input.zero_point):equals(-128)
    expect(output.dtype):equals("int8")
    expect(output.shape):equals({1, 10})
    expect(output.scale):equals(1 / 256)
    expect(output.zero_point):equals(-128)
  end)

  it("gives the bytes of the independent executor for every held-out image", function()
    local outputs = tensor.zeros({#images, 10}, "int8")
    for i = 1, #images do outputs[i] = model:run(inputs[i]):reshape({10}) end
    expect(outputs):equals(golden)
  end)

  it("reads at least 97 % of them", function()
    local right = 0
    for i = 1, #images do
      if model:run(inputs[i]):argmax() - 1 == labels[i] then right = right + 1 end
    end
    expect(right / #images >= 0.97):equals(true)
  end)

  it("gives probabilities as floats when asked to", function()
    local float_model = assert(nn.load(data_file "digits.tflite", {float_io = true}))
    for i = 1, 20 do
      local probabilities = float_model:run(inputs[i])
      expect(probabilities.dtype):equals("float32")
      expect(probabilities:reshape({10})):equals((golden[i]:astype("float32") + 128) / 256)
    end
  end)

  it("takes no memory from Lua once it has run", function()
    local input = inputs[1]
    expect(test.garbage(100, function() model:run(input) end)):equals(0)
  end)
end)
