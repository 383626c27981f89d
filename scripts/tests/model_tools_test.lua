-- The tools behind `moonlet model`, on the digits model and on models of one operator.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local tflite = require "tflite"
local describe, it, expect = test.describe, test.it, test.expect

local digits = assert(sys.find "digits.tflite")
local names = {}

-- A file for one case, gone after it.
local function temporary(suffix)
  local name = test.scratch(suffix)
  names[#names + 1] = name
  return name
end
local function cleared(body)
  return function()
    local ok, message = pcall(body)
    for _, name in ipairs(names) do os.remove(name) end
    names = {}
    if not ok then error(message, 0) end
  end
end

-- y = relu(w x) in float32 with one weight for each of three elements.
local function scaled(weights, activation)
  local path = temporary ".tflite"
  assert(tflite.save(path, {
    tensors = {
      {name = "x", shape = {1, 3}, dtype = "float32"}, {data = tensor.new {weights}},
      {name = "wx", shape = {1, 3}, dtype = "float32"},
      {name = "y", shape = {1, 3}, dtype = "float32"},
    },
    operators = {
      {"MUL", inputs = {1, 2}, outputs = {3}},
      {activation or "ADD", inputs = activation and {3} or {3, 3}, outputs = {4}},
    },
    inputs = {1}, outputs = {4},
  }))
  return path
end

describe("info", function()
  it("tells operators, memory and quantisation", cleared(function()
    local report, text, fine = require "model.info".run {model = digits, tensors = true}
    expect(fine):equals(true)
    expect(text):matches "CONV_2D"
    expect(text):matches "zero point"
    expect(text):matches "scales along axis 1"
    local most = 0
    for _, op in ipairs(report.operators) do
      most = math.max(most, op.ram)
      assert(op.ram >= op.outputs[1].bytes, op.name)
    end
    expect(most):equals(report.arena_bound)
    assert(report.load.engine > 0 and report.load.us >= 0)
    expect(text):matches "loaded in [%d,]+ us: [%d,]+ bytes of engine RAM"
  end))
  it("says what cannot run", cleared(function()
    local path = temporary ".tflite"
    local x = {shape = {2}, dtype = "float32"}
    assert(tflite.save(path, {
      tensors = {x, x}, inputs = {1}, outputs = {2},
      operators = {{"CUSTOM", custom = "Strange", inputs = {1}, outputs = {2}}},
    }))
    local report, text, fine = require "model.info".run {model = path}
    expect(fine):equals(false)
    expect(#report.unsupported):equals(1)
    expect(text):matches "cannot run: a custom operator nobody knows"
    expect(function() require "model.info".run {model = "no such file"} end):raises "no such file"
  end))
end)

describe("bench", function()
  it("times runs and operators, and signs what went in and came out", cleared(function()
    local options = {model = digits, runs = 5, warmup = 1, seed = 3}
    local report, text = require "model.bench".run(options)
    expect(report.runs):equals(5)
    assert(report.us.min <= report.us.median and report.us.median <= report.us.p95)
    local percent, us = 0, 0
    for _, row in ipairs(report.types) do percent, us = percent + row.percent, us + row.us end
    expect(percent):close(us > 0 and 100 or 0, 1e-6)
    expect(#report.operators):equals(#nn.analyze(digits).operators)
    expect(text):matches "CRC%-32: inputs %x+, outputs %x+"
    local again = require "model.bench".run(options)
    expect(again.crc):equals(report.crc)
    options.seed = 4
    assert(require "model.bench".run(options).crc.inputs ~= report.crc.inputs)
    expect(report.instructions):is_nil()
    options.instruction_ns = 32
    report, text = require "model.bench".run(options)
    expect(report.instructions.min):equals(report.us.min * 1000 // 32)
    expect(text):matches "instructions per run: min [%d,]+"
  end))
  it("dumps layers", cleared(function()
    local path = temporary ".npz"
    require "model.bench".run {model = digits, runs = 1, warmup = 0, dump_layers = path}
    local arrays, count = assert(tensor.load(path)), 0
    for name, array in pairs(arrays) do
      assert(name:find "^%d%d%d_[%u%d_]+_out1$", name)
      count = count + 1
      if name:find "^001" then expect(array.dtype):equals "int8" end
    end
    expect(count):equals(#nn.analyze(digits).operators)
  end))
end)

describe("verify", function()
  local x = tensor.new {{1, 2, 3}, {-1, 0, 5}}

  it("passes equal outputs and counts samples", cleared(function()
    local model, inputs, golden = scaled({1, -1, 2}, "ABS"), temporary ".npz", temporary ".npz"
    assert(tensor.save(inputs, {x = x}))
    assert(tensor.save(golden, {out1 = tensor.new {{1, 2, 6}, {1, 0, 10}}}))
    local report, text, fine = require "model.verify".run {
      model = model, inputs = inputs, golden = golden,
    }
    expect(fine):equals(true)
    expect(report.samples):equals(2)
    expect(report.outputs[1].max_error):equals(0)
    expect(report.outputs[1].top1):equals(1)
    expect(report.outputs[1].cosine):close(1, 1e-12)
    expect(text):matches "ok"
  end))
  it("measures how far outputs are off", cleared(function()
    local model, inputs, golden = scaled({1, -1, 2}, "ABS"), temporary ".npz", temporary ".npz"
    assert(tensor.save(inputs, {x = x}))
    assert(tensor.save(golden, {y = tensor.new {{1, 2, 6}, {13, 0, 10}}}))
    local options = {model = model, inputs = inputs, golden = golden}
    local report, text, fine = require "model.verify".run(options)
    expect(fine):equals(false)
    local output = report.outputs[1]
    expect(output.max_error):equals(12)
    expect(output.rmse):close(12 / math.sqrt(6), 1e-12)
    expect(output.different):equals(1)
    expect(output.top1):equals(0.5)
    expect(text):matches "FAIL"
    options.max_error = 12
    expect(select(3, require "model.verify".run(options))):equals(true)
  end))
  it("refuses files that do not fit the model", cleared(function()
    local model, inputs, golden = scaled({1, -1, 2}, "ABS"), temporary ".npz", temporary ".npz"
    local options = {model = model, inputs = inputs, golden = golden}
    local function refused(given, expected, message)
      assert(tensor.save(inputs, given))
      assert(tensor.save(golden, expected))
      expect(function() require "model.verify".run(options) end):raises(message)
    end
    refused({z = x}, {y = x}, "neither 'x' nor 'in1'")
    refused({x = x[1]}, {y = x}, "1 samples of inputs, 2 of outputs")
    refused({x = tensor.zeros {4}}, {y = x}, "4 elements are no samples of 3")
  end))
end)

describe("diff", function()
  it("finds the first layer that differs", cleared(function()
    local a, b, c = scaled({1, 2, 3}, "ABS"), scaled({1, 2, 3}, "NEG"), scaled({1, 2, 4}, "ABS")
    local inputs = temporary ".npz"
    assert(tensor.save(inputs, {x = tensor.new {1, 1, 1}}))
    local diff = require "model.diff"
    local report, text, same = diff.run {model = a, other = a, inputs = inputs}
    expect(same):equals(true)
    expect(text):matches "no layer differs"
    report, text, same = diff.run {model = a, other = b, inputs = inputs}
    expect(same):equals(false)
    expect(report.first):equals(2)
    expect(report.layers[2].max_error):equals(6)
    expect(text):matches "layer 2 ABS: 3 of 3, at most 6"
    report = diff.run {model = a, other = c, inputs = inputs}
    expect(report.first):equals(1)
    expect(report.layers[1].different):equals(1)
    expect(diff.run({model = a, other = c, inputs = inputs, max_error = 1}).same):equals(true)
  end))
end)

describe("diff with recorded layers", function()
  it("finds the same bits, and where they are others", cleared(function()
    local a, b, path = scaled({1, 2, 3}, "ABS"), scaled({1, 2, 3}, "NEG"), temporary ".npz"
    local diff = require "model.diff"
    require "model.layers".record({model = a, seed = 3}, path)
    local report, text, same = diff.run {model = a, other = path, seed = 3}
    expect(same):is_true()
    expect(report.compared):equals(2)
    expect(text):matches "no layer differs: same bits$"
    expect(select(3, diff.run {model = a, recorded = path, seed = 4})):is_false()
    report, text, same = diff.run {model = b, other = path, seed = 3}
    expect(same):is_false()  -- NEG has no counterpart, and MUL alone is compared
    expect(report.compared):equals(1)
  end))
  it("says when there is nothing to compare", cleared(function()
    local model, path = scaled({1, 2, 3}, "ABS"), temporary ".npz"
    assert(tensor.save(path, {x = tensor.zeros {1}}))
    local _, text, same = require "model.diff".run {model = model, other = path}
    expect(same):is_false()
    expect(text):matches "no layer is there in both"
    expect(function() require "model.diff".run {model = model, recorded = "none.npz"} end)
      :raises "none.npz"
  end))
end)

describe("a file on a device", function()
  local there = require "model.there"

  it("is found by its name and bytes, and is gone at the end", function()
    local folder = there.FOLDER
    local file = assert(io.open(folder .. "1/some model.tflite", "wb"))
    assert(file:write "123456789")
    file:close()
    local crc = 0xcbf43926
    expect(there.find("some model.tflite", 9, crc)):equals(folder .. "1/some model.tflite")
    expect(there.find("some model.tflite", 8, crc)):is_nil()
    expect(there.find("some model.tflite", 9, crc ~ 1)):is_nil()
    expect(there.find("model.tflite", 9, crc)):is_nil()
    there.clear()
    expect(there.find("some model.tflite", 9, crc)):is_nil()
  end)
end)

describe("trace", function()
  it("has zeros for what lies behind an early end of the run", function()
    local golden = assert(tensor.load(assert(sys.find "operators/circular_buffer.npz")))
    local model = assert(nn.frombytes(golden["002/model"]:tobytes()))
    local rows = model:trace(golden["002/run1/in1"])
    expect(rows[1].name):equals "CIRCULAR_BUFFER"
    expect(rows[1].outputs[1].tensor:ne(0):any()):is_true()
    expect(rows[2].outputs[1].tensor:ne(0):any()):is_false()
  end)
end)
