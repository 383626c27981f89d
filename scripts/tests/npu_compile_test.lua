-- npu.compile: the same bytes from a compiled model, and reasons for what is not.

local nn, npu, sys, tensor, test, tflite = require "nn", require "npu", require "sys",
  require "tensor", require "test", require "tflite"
local describe, expect = test.describe, test.expect

-- A device compiles nothing.
local function it(name, body)
  local function without() expect(npu.compile):is_nil() end
  test.it(name, sys.board == "host" and body or without)
end

local TARGET <const> = "/ram/compiled.tflite"

local function outputs_agree(path, rounds)
  local cpu, unit = assert(nn.load(path)), assert(nn.load(TARGET))
  for round = 1, rounds do
    local x = cpu.inputs[1].tensor
    local values = {}
    for i = 1, x.size do values[i] = (i * 37 + round * 101) % 256 - 128 end
    local input = tensor.new(values, "int8"):reshape(x.shape)
    expect(unit:run(input)):equals(cpu:run(input))
  end
end

describe("npu.compile", function()
  it("turns a whole network into one operator with the same answers", function()
    local path = sys.find "digits.tflite"
    for _, macs in ipairs {32, 64, 128, 256} do
      local report = assert(npu.compile(path, TARGET, {macs = macs}))
      expect(report.configuration):equals("U55-" .. macs)
      expect(report.parts):equals(1)
      expect(report.on_npu):equals(report.count)
      expect(report.cycles > 0 and report.arena > 0 and report.constants > 0):equals(true)
      expect(#nn.analyze(TARGET).operators):equals(1)
      expect(npu.check(TARGET)):equals(true)
      outputs_agree(path, 3)
    end
  end)

  it("says what stays on the CPU and why", function()
    local bytes = tflite.tobytes {
      tensors = {
        {name = "x", shape = {1, 8}, dtype = "int8", scale = 0.1, zero_point = 0},
        {name = "y", shape = {1, 8}, dtype = "int8", scale = 0.00390625, zero_point = -128},
        {name = "z", shape = {1, 8}, dtype = "float32"},
      },
      operators = {
        {"LOGISTIC", inputs = {1}, outputs = {2}}, {"DEQUANTIZE", inputs = {2}, outputs = {3}},
      },
      inputs = {1}, outputs = {3},
    }
    local file = assert(io.open("/ram/mixed.tflite", "wb"))
    file:write(bytes)
    file:close()
    local report = assert(npu.compile("/ram/mixed.tflite", TARGET))
    expect(report.operators[1].runs_on):equals("npu")
    expect(report.operators[2].runs_on):equals("cpu")
    expect(report.operators[2].reason):equals("the NPU has no DEQUANTIZE")
    expect(tostring(report):find("2 DEQUANTIZE: the NPU has no DEQUANTIZE", 1, true) ~= nil)
      :equals(true)
  end)

  it("refuses what it cannot compile, and writes nothing then", function()
    local model, message = npu.compile("/ram/nothing.tflite", "/ram/never.tflite")
    expect(model):equals(nil)
    expect(message:find "nothing.tflite" ~= nil):equals(true)
    assert(npu.compile(sys.find "digits.tflite", TARGET))
    model, message = npu.compile(TARGET, "/ram/never.tflite")
    expect(model):equals(nil)
    expect(message:find "the model is compiled already" ~= nil):equals(true)
    expect(io.open("/ram/never.tflite")):equals(nil)
  end)

  it("names a unit that does not exist", function()
    expect(function() npu.compile("a", "b", {macs = 100}) end):raises "no U55 has 100"
    expect(function() npu.compile("a", "b", {product = "U85"}) end):raises "product"
  end)
end)
