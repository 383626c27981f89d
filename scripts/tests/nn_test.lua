-- Module nn, on the model of handwritten digits that every clone has.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local path = assert(sys.find "digits.tflite")
-- A float32 tensor of numbers from 0 to 1.
local function noise(shape)
  local size, values = 1, {}
  for _, length in ipairs(shape) do size = size * length end
  for i = 1, size do values[i] = math.random() end
  return tensor.new(values):reshape(shape)
end

local function load(options) return assert(nn.load(path, options)) end

describe("nn.load", function()
  it("gives a model that tells what it is", function()
    local text = tostring(load())
    expect(text):matches('^model "digits.tflite": int8 {1, 8, 8, 1} %-> int8 {1, 10}, ')
    expect(text):matches("%d+ operators, [%d.]+ k MAC, [%d.]+ KiB RAM$")
  end)
  it("answers nil and a message for what is no model", function()
    expect(nn.load "no such file.tflite"):fails("no such file.tflite: ")
    expect(nn.load(assert(sys.find "nn_test.lua"))):fails("not a .tflite file")
  end)
  it("says how much a model needs and how much there is", function()
    expect(nn.load(path, {ram = 100})):fails("needs [%d,]+ bytes, 100 free")
    expect(sys.mem().engine >= 0):is_true()
  end)
  it("takes what an image has prepared of a model, unless told not to", function()
    -- A device has the model in its image, a host in a folder.
    expect(load().prepared):equals(sys.board ~= "host" and path:find("^/rom/") ~= nil)
    expect(load({prepared = false}).prepared):equals(false)
    expect(nn.load, path, {prepared = 1}):raises("option 'prepared': boolean expected, got 1")
  end)
  it("raises for a wrong option and names the nearest", function()
    expect(nn.load, path, {flaot_io = true}):raises("no option 'flaot_io'; did you mean 'float_io'?")
    expect(nn.load, path, {wholly_unknown = 1}):raises("no option 'wholly_unknown'")
    expect(nn.load, path, {[1] = 1}):raises("option names are strings, got a number")
    expect(nn.load, path, {map = 1}):raises("option 'map': boolean expected, got 1")
    expect(nn.load, path, {threads = 0}):raises("option 'threads'")
    expect(nn.load, path, {ram = -1}):raises("option 'ram': whole number of at least 0 expected, got -1")
    expect(nn.load, path, true):raises("table expected")
    expect(nn.load):raises("string expected")
  end)
  it("maps a file when asked to", function()
    local x = tensor.zeros(load().inputs[1].shape)
    expect(load{map = true}:run(x)):equals(load():run(x))
  end)
  it("runs layers in patches where memory is short", function()
    local image, middle, small = {1, 24, 24, 2}, {1, 24, 24, 16}, {1, 12, 12, 4}
    local function activation(shape) return {shape = shape, dtype = "int8", scale = 0.1, zero_point = 3} end
    local function weights(shape)
      return {data = tensor.randint(-127, 127, shape, "int8", 1), scale = 0.01, zero_point = 0}
    end
    local function conv(inputs, output, stride)
      return {"CONV_2D", inputs = inputs, outputs = {output}, options = {
        padding = "SAME", stride_w = stride, stride_h = stride, dilation_w_factor = 1,
        dilation_h_factor = 1}}
    end
    local bytes = require "tflite".tobytes {
      tensors = {activation(image), weights {16, 3, 3, 2}, activation(middle),
                 weights {4, 3, 3, 16}, activation(small)},
      operators = {conv({1, 2, false}, 3, 1), conv({3, 4, false}, 5, 2)},
      inputs = {1}, outputs = {5},
    }
    local x = tensor.randint(-128, 127, image, "int8", 2)
    local plain, patched = assert(nn.frombytes(bytes)), assert(nn.frombytes(bytes, {ram = 9000}))
    expect(patched:run(x)):equals(plain:run(x))
    expect(plain:summary():find "patches"):is_nil()
    local summary = patched:summary()
    expect(summary):matches("in patches with operator 1\n")
    expect(summary):matches("\n%d+ patches, [%d.]+ k MAC more for the rows they share")
    expect(patched:trace(x)[1].outputs[1].tensor):is_nil()
    expect(patched:trace(x)[2].outputs[1].tensor):equals(plain:run(x))
  end)
  it("has threads share the work, on a host", function()
    local model, message = nn.load(path, {threads = 3})
    if not model then return expect(message):matches("3 threads, expected 1") end
    local x = tensor.randint(-128, 127, model.inputs[1].shape, "int8")
    expect(model:run(x)):equals(load():run(x))
  end)
end)

describe("inputs and outputs", function()
  local model = load()
  it("are found by position from either end, nil outside", function()
    expect(#model.inputs):equals(1)
    expect(#model.outputs):equals(1)
    expect(rawequal(model.inputs[1], model.inputs[-1])):is_true()
    expect(model.inputs[0]):is_nil()
    expect(model.inputs[2]):is_nil()
    expect(model.inputs[-2]):is_nil()
    expect(model.inputs.first):is_nil()
  end)
  it("tell name, dtype, shape and quantisation", function()
    local port = model.outputs[1]
    expect(type(port.name)):equals("string")
    expect(port.dtype):equals("int8")
    expect(port.shape):equals({1, 10})
    expect(port.scale):equals(1 / 256)
    expect(port.zero_point):equals(-128)
    expect(port.nonsense):is_nil()
    expect(tostring(port)):matches('^output ".*": int8 {1, 10}, scale 0.00390625, zero point %-128$')
    expect(tostring(model.inputs)):equals("1 input")
  end)
  it("are visited by pairs and ipairs", function()
    local seen = {}
    for i, port in ipairs(model.inputs) do seen[#seen + 1] = i .. port.dtype end
    for i, port in pairs(model.outputs) do seen[#seen + 1] = i .. port.dtype end
    expect(seen):equals({"1int8", "1int8"})
  end)
  it("hold the live tensor, one object for good", function()
    local x, y = model.inputs[1].tensor, model.outputs[1].tensor
    x:fill_(0)
    expect(rawequal(model:run(), y)):is_true()
    expect(rawequal(model.inputs[1].tensor, x)):is_true()
  end)
  it("cannot be set", function()
    expect(function() model.inputs[1] = 1 end):raises("cannot be set")
    expect(function() model.inputs[1].scale = 1 end):raises("field 'scale'")
    expect(function() model.inputs = nil end):raises("field 'inputs' of a model cannot be set")
    expect(function() model.name = "x" end):raises("no field 'name' to set")
  end)
end)

describe("model:run", function()
  local model = load()
  local port = model.inputs[1]
  local shape = port.shape
  -- A ramp over all int8 values.
  local ramp = tensor.arange(0, 64):astype("int8"):reshape(shape)

  it("takes integers as they are", function()
    local y = model:run(ramp):clone()
    port.tensor:copy_(ramp)
    expect(model:run()):equals(y)
  end)
  it("quantises floats: half away from zero, saturated, NaN to the zero point", function()
    local scale, zero = port.scale, port.zero_point
    local x = tensor.zeros(shape)
    local values = {0.5, -0.5, 1.5, 2.5, 1e30, -1e30, 0 / 0, 3.49}
    for i, value in ipairs(values) do x:set(value * scale, 1, 1, i, 1) end
    local by_hand = tensor.full(shape, zero, "int8")
    local rounded = {1, -1, 2, 3, 1e30, -1e30, 0, 3}
    for i, value in ipairs(rounded) do
      by_hand:set(math.tointeger(math.max(-128, math.min(127, zero + value))), 1, 1, i, 1)
    end
    local y = model:run(x):clone()
    expect(model:run(by_hand)):equals(y)
  end)
  it("takes views of any layout", function()
    local wide = noise{1, 8, 8, 3}
    local view = wide:slice({}, {}, {}, {2, 2})
    local y = model:run(view):clone()
    expect(model:run(view:clone())):equals(y)
  end)
  it("gives the same for the same, whatever came between", function()
    local y = model:run(ramp):clone()
    model:run(noise(shape))
    expect(model:run(ramp)):equals(y)
  end)
  it("takes a view of its own memory", function()
    local y = model:run(ramp):clone()
    port.tensor:copy_(ramp)
    expect(model:run(port.tensor)):equals(y)
    port.tensor:copy_(ramp:transpose(2, 3))
    expect(model:run(port.tensor:transpose(2, 3))):equals(y)
  end)
  it("names input, expected and got", function()
    local name = port.name:gsub("%p", "%%%0")
    expect(function() model:run(tensor.zeros{3}) end):raises(
      "bad argument #1 to 'run' %(input 1 '" .. name
        .. "': int8 or float32 {1, 8, 8, 1} expected, got float32 {3}%)")
    expect(function() model:run(tensor.zeros(shape, "float64")) end):raises("got float64 {1, 8, 8, 1}")
    expect(function() model:run({}) end):raises("tensor expected, got table")
    expect(function() model:run(ramp, ramp) end):raises("run: 1 input expected, got 2")
  end)
  it("changes nothing when an argument is wrong", function()
    port.tensor:copy_(ramp)
    pcall(model.run, model, tensor.zeros{3})
    expect(port.tensor):equals(ramp)
  end)
  it("with float_io gives the real numbers of its outputs", function()
    local floats = load{float_io = true}
    local p, q = floats:run(ramp), model:run(ramp)
    expect(p.dtype):equals("float32")
    local out = model.outputs[1]
    expect(p):equals(q:dequantize(out.scale, out.zero_point))
    expect(rawequal(floats:run(), p)):is_true()
    expect(floats.outputs[1].tensor.dtype):equals("int8")
  end)
end)

describe("a running model", function()
  it("allocates nothing", function()
    local model, floats = load(), load{float_io = true}
    local x = noise(model.inputs[1].shape)
    collectgarbage()
    collectgarbage()
    local engine = sys.mem().engine
    expect(test.garbage(50, function() model:run() end)):equals(0)
    expect(test.garbage(50, function() model:run(x) end)):equals(0)
    expect(test.garbage(50, function() floats:run(x) end)):equals(0)
    expect(test.garbage(50, function()
      local port = model.inputs[1]
      return port.tensor, port.scale, port.zero_point, port.name, #model.outputs, model.outputs[-1]
    end)):equals(0)
    expect(sys.mem().engine):equals(engine)
  end)
end)

describe("model:close", function()
  it("ends the model, is safe twice and done by <close>", function()
    local kept
    do
      local model <close> = load()
      kept = model
      model:close()
      model:close()
    end
    expect(tostring(kept)):equals('model "digits.tflite" (closed)')
    expect(function() kept:run() end):raises("the model is closed")
    expect(function() return kept.inputs end):raises("the model is closed")
    expect(function() kept:summary() end):raises("the model is closed")
  end)
  it("leaves its tensors valid, and gives the memory back after them", function()
    collectgarbage()
    collectgarbage()
    local before = sys.mem().engine
    local model = load()
    local port, list = model.inputs[1], model.outputs
    local y = model:run(tensor.zeros(port.shape))
    local bytes = y:tobytes()
    model:close()
    expect(function() return port.tensor end):raises("the model is closed")
    expect(function() return #list end):raises("the model is closed")
    model, port, list = nil, nil, nil
    collectgarbage()
    expect(y:tobytes()):equals(bytes)
    expect(sys.mem().engine > before):is_true()
    y = nil
    collectgarbage()
    collectgarbage()
    expect(sys.mem().engine):equals(before)
  end)
  it("gives the memory back at once when no tensor is out", function()
    local before = sys.mem().engine
    local model = load()
    expect(sys.mem().engine > before):is_true()
    model:close()
    expect(sys.mem().engine):equals(before)
  end)
  it("outlives its model: a tensor keeps the memory alone", function()
    local y = load():run()
    collectgarbage()
    collectgarbage()
    expect(y.size):equals(10)
  end)
end)

-- What happens to a model's file after it was loaded.
local changes = {
  {"overwritten", function(name, content)
    sys.sleep(0.02)  -- the time of a change is known to some milliseconds
    local file <close> = assert(io.open(name, "r+b"))
    assert(file:write((content:reverse())))
  end},
  {"cut short", function(name, content)
    local file <close> = assert(io.open(name, "wb"))
    assert(file:write(content:sub(1, 100)))
  end},
  {"emptied", function(name) assert(io.open(name, "wb")):close() end},
  {"replaced", function(name, content)
    assert(os.remove(name))
    local file <close> = assert(io.open(name, "wb"))
    assert(file:write(content))
  end},
  {"deleted", function(name) assert(os.remove(name)) end},
}

describe("a model file", function()
  local content
  do
    local file <close> = assert(io.open(path, "rb"))
    content = file:read("a")
  end
  local name, x, expected = nil, noise{1, 8, 8, 1}, nil
  local function copy()
    name = test.scratch()
    local file <close> = assert(io.open(name, "wb"))
    assert(file:write(content))
    return name
  end
  expected = load():run(x):clone()

  for _, change in ipairs(changes) do
    local how, make = change[1], change[2]
    it(how .. " after it was read changes nothing", function()
      local model <close> = assert(nn.load(copy()))
      make(name, content)
      expect(model:run(x)):equals(expected)
      expect(model:summary()):matches("CONV_2D")
      expect(model:profile(1)[1].name):equals("CONV_2D")
      os.remove(name)
    end)
    it(how .. " while it is mapped is noticed, by everything that looks at it", function()
      local model = assert(nn.load(copy(), {map = true}))
      local port = model.inputs[1]
      local input, y = port.tensor, model:run(x)
      local view = y:slice(1, {1, 5})
      make(name, content)
      -- In /ram a file's bytes are not mapped but copied, and there is nothing to notice.
      if name:find "^/ram/" then return expect(model:run(x)):equals(expected) end
      local function is_told(...) expect(...):fails("^model file changed$") end
      is_told(model:run(x))
      is_told(model:run())
      is_told(model:run(tensor.zeros{3}))
      is_told(model:profile(1))
      is_told(model:summary())
      expect(tostring(model)):matches('^model "')
      expect(port.dtype .. #port.shape):equals("int84")
      expect(port.name):is_nil()
      -- Tensors lie in memory of the model's own.
      expect(y):equals(expected)
      expect(view):equals(expected:slice(1, {1, 5}))
      expect(input:fill_(3):at(1, 8, 8, 1)):equals(3)
      model:close()
      expect(function() model:run() end):raises("the model is closed")
      model, port = nil, nil
      collectgarbage()
      collectgarbage()
      expect(view):equals(expected:slice(1, {1, 5}))
      expect(input:fill_(4):at(1, 1, 1, 1)):equals(4)
      os.remove(name)
    end)
    it(how .. " is analysed as it is then", function()
      make(copy(), content)
      if how == "replaced" then
        expect(#assert(nn.analyze(name)).unsupported):equals(0)
      else
        expect(nn.analyze(name)):fails("")
      end
      os.remove(name)
    end)
  end
end)

describe("reports", function()
  it("nn.analyze tells inputs, operators and memory", function()
    local report = assert(nn.analyze(path))
    expect(report.name):equals("digits.tflite")
    expect(#report.unsupported):equals(0)
    expect(report.inputs[1].shape):equals({1, 8, 8, 1})
    expect(report.outputs[1].dtype):equals("int8")
    expect(report.ram >= report.arena and report.arena >= report.arena_bound):is_true()
    local macs, weights = 0, 0
    for i, operator in ipairs(report.operators) do
      expect(operator.index):equals(i)
      macs = macs + operator.macs
      weights = weights + operator.weights
    end
    expect(report.macs):equals(macs)
    expect(report.weights <= weights):is_true()
    expect(tostring(report)):matches("^digits.tflite: %d+ operators, ")
    expect(nn.analyze "no such file.tflite"):fails("no such file.tflite: ")
  end)
  it("nn.analyze tells where everything lies in the arena, and when", function()
    local report = assert(nn.analyze(path))
    local blocks = {}
    for _, row in ipairs(report.memory) do
      if not row.within then blocks[#blocks + 1] = row end
      assert(row.offset + row.bytes <= report.arena and row.first <= row.last)
      assert((row.tensor == nil) ~= (row.operator == nil))
    end
    for i, a in ipairs(blocks) do
      for k = 1, i - 1 do
        local b = blocks[k]
        assert(a.last < b.first or b.last < a.first or a.offset + a.bytes <= b.offset
          or b.offset + b.bytes <= a.offset, "blocks overlap while both are kept")
      end
    end
    for _, operator in ipairs(report.operators) do
      local live = 0
      for _, row in ipairs(blocks) do
        local kept = row.first <= operator.time and operator.time <= row.last
        live = live + (kept and row.bytes or 0)
      end
      expect(live):equals(operator.ram)
    end
  end)
  it("model:trace gives the same of a model that was prepared ahead of time", function()
    local given = tensor.randint(-128, 127, {1, 8, 8, 1}, "int8", 3)
    local rows = assert(nn.load(path)):trace(given)
    local others = assert(nn.load(path, {prepared = false})):trace(given)
    for i, row in ipairs(rows) do
      expect(row.outputs[1].tensor):same_bits(others[i].outputs[1].tensor)
    end
  end)
  it("tell what a run does without", function()
    for _, operator in ipairs(assert(nn.analyze(path)).operators) do
      expect(operator.becomes):equals(operator.name == "RESHAPE" and "nothing to copy" or nil)
    end
    expect(load():summary()):matches("\n +%d+  RESHAPE [^\n]*\n       nothing to copy\n")
  end)
  it("tell what is computed at load and what one operator does for several", function()
    local weights = tensor.randint(-127, 127, {3, 4}, "int8", 1)
    local function activation(width, scale)
      return {shape = {2, width}, dtype = "int8", scale = scale, zero_point = 0}
    end
    local filter = {shape = {4, 3}, dtype = "int8", scale = 0.25, zero_point = 0}
    local function model(operators, outputs)
      return assert(nn.frombytes(require "tflite".tobytes {
        tensors = {
          activation(3, 0.5), {data = weights, scale = 0.25, zero_point = 0},
          {data = tensor.new({1, 0}, "int32")}, filter, activation(4, 0.1), activation(4, 0.1),
          activation(4, 1 / 128), activation(4, 0.05),
        },
        operators = operators, inputs = {1}, outputs = outputs,
      }))
    end
    local transpose = {"TRANSPOSE", inputs = {2, 3}, outputs = {4}}
    local layers = {
      {"FULLY_CONNECTED", inputs = {1, 4, false}, outputs = {5}, options = {}},
      {"RELU", inputs = {5}, outputs = {6}},
      {"TANH", inputs = {6}, outputs = {7}},
      {"QUANTIZE", inputs = {7}, outputs = {8}},
    }
    local whole = model({transpose, table.unpack(layers)}, {8})
    -- A tensor that is an output has a step that gives it.
    filter = {data = weights:transpose():clone(), scale = 0.25, zero_point = 0}
    local apart = model(layers, {5, 6, 7, 8})
    local x = tensor.randint(-128, 127, {2, 3}, "int8", 2)
    expect(whole:run(x)):equals(select(4, apart:run(x)))
    expect(apart:summary():find "part of"):is_nil()
    local becomes = {}
    local rows = whole:summary():match "operator [^\n]* RAM(\n.*)"
    for text in rows:gmatch "\n       (%a[^\n]+)" do becomes[#becomes + 1] = text end
    expect(becomes):equals {
      "constants, computed at load", "part of operator 2", "part of operator 4"}
  end)
  it("model:summary is the analysis of the loaded model", function()
    local summary = load({prepared = false}):summary()
    expect(summary):equals(tostring(nn.analyze(path)))
    expect(summary):matches("\n +1  CONV_2D +int8 ")
    for line in summary:gmatch "[^\n]+" do expect(#line <= 100):is_true() end
  end)
  it("model:profile times every operator", function()
    local model = load()
    local profile = model:profile(2)
    expect(profile.runs):equals(2)
    expect(#profile):equals(#nn.analyze(path).operators)
    local sum = 0
    for _, row in ipairs(profile) do sum = sum + row.us end
    expect(sum <= profile.us):is_true()
    expect(tostring(profile)):matches("^[%d.]+ us per run, mean of 2\n")
    expect(function() model:profile(0) end):raises("at least 1 run expected")
  end)
  it("keep their columns under long names and shapes", function()
    local report = nn.analyze(path)
    local row = report.operators[2]
    row.name = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    row.outputs[1].shape = {1, 1000, 1000, 1000, 1000, 1000}
    report.operators[3].name = ("LONG"):rep(20) .. "\27[2J"
    local text = tostring(report)
    local wide = text:match("[^\n]*UNIDIRECTIONAL_SEQUENCE_LSTM[^\n]*")
    local plain = text:match("[^\n]* 1  CONV_2D[^\n]*")
    expect(#wide):equals(#plain)
    expect(#wide <= 100):is_true()
    expect(wide:find("{", 1, true)):equals(plain:find("{", 1, true))
    expect(text):matches("LONGL%.%.%. ")
    expect(text:find "\27"):is_nil()
    local profile = load():profile(1)
    profile[2].name = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    local _, first, second = tostring(profile):match("\n([^\n]*)\n([^\n]*)\n([^\n]*)")
    expect(first:find("%", 1, true)):equals(second:find("%", 1, true))
  end)
  it("print also after a script has bent them", function()
    local report = nn.analyze(path)
    report.operators[1] = 7
    report.inputs, report.macs, report.name = nil, "many", {}
    expect(type(tostring(report))):equals("string")
    local profile = load():profile(1)
    profile[1], profile.us = false, nil
    expect(type(tostring(profile))):equals("string")
  end)
end)
