-- Module npu, on a model that is assembled here: y = max(x, -3) and what changes that.

local nn, npu, sys, tensor, test, tflite = require "nn", require "npu", require "sys",
  require "tensor", require "test", require "tflite"
local describe, it, expect = test.describe, test.it, test.expect

-- A device has no room to look into streams.
local on_host = sys.board == "host"

local SHAPE = {1, 3, 5, 16}
local U55_128 <const>, U55_256 <const> = 0x1807, 0x3008

-- Commands of one and of two words.
local function short(code, value) return ("<I2I2"):pack(code, (value or 0) & 0xffff) end
local function long(code, value) return ("<I2I2I4"):pack(code | 0x4000, 0, value) end

-- An int8 map of SHAPE at an offset of region 1, by the numbers of its registers.
local function map(at, base, stride)
  return long(base, at) .. long(base + 1, 0) .. long(base + 2, 0) .. long(base + 3, 0) ..
    long(stride, 16) .. long(stride + 1, 80) .. long(stride + 2, 16)
end

-- The words of max(x, scalar), x at 0, y at `to`.
local function stream(scalar, to)
  return table.concat {
    short(0x10F, 1), map(0, 0x00, 0x04), short(0x10A, 4), short(0x10B, 2), short(0x10C, 2),
    short(0x104, 15), short(0x105, 1), short(0x107), short(0x109), short(0x100), short(0x101),
    short(0x102), short(0x103),
    short(0x11F, 1), map(to, 0x10, 0x14), short(0x11A, 4), short(0x11B, 2), short(0x11C, 2),
    short(0x111, 4), short(0x112, 2), short(0x113, 15), short(0x114, 1), short(0x118),
    short(0x115, 7), short(0x116, 3), short(0x117, 15),
    short(0x180, 0x80), short(0x181, scalar), short(0x185, 1), short(0x189),
    short(0x125), short(0x126, -128), short(0x127, 127),
    short(0x10D, 4), short(0x18D, 4), short(0x12D, 6), short(0x12F),
    short(0x006, 4), short(0x000, 0xffff),
  }
end

local function payload(words, config)
  return "COP1" .. ("<I4I4I4"):pack(0x00100001, config or U55_128, 0x10060000) ..
    ("<I4"):pack(5):rep(3) .. ("<I4"):pack(2 | #words // 4 << 16) .. words
end

local function model_bytes(stream_payload, offsets)
  return tflite.tobytes {
    tensors = {
      {name = "x", shape = SHAPE, dtype = "int8"}, {name = "y", shape = SHAPE, dtype = "int8"},
      {name = "stream", shape = {#stream_payload}, dtype = "uint8", data = stream_payload},
      {name = "flash", shape = {0}, dtype = "uint8"},
      {name = "scratch", shape = {512}, dtype = "uint8"},
      {name = "scratch_fast", shape = {512}, dtype = "uint8"},
    },
    operators = {
      {"CUSTOM", custom = "ethos-u", custom_options = "\1\4\1", inputs = {3, 4, 5, 6, 1},
       outputs = {2}},
    },
    inputs = {1}, outputs = {2},
    metadata = {
      OfflineMemoryAllocation = ("<i4i4i4i4i4i4i4i4i4"):pack(0, 1, 6,
        table.unpack(offsets or {0, 256, -1, -1, 0, 0})),
    },
  }
end

local GOOD = model_bytes(payload(stream(-3, 256)))
local function load(bytes) return assert(nn.frombytes(bytes or GOOD)) end

local function ramp()
  local parts = {}
  for i = 1, 240 do parts[i] = ("b"):pack((i * 37) % 256 - 128) end
  return tensor.frombytes(table.concat(parts), "int8", SHAPE)
end

-- Whatever a case selects, the next one finds nothing selected.
local function selecting(body)
  return function()
    local ok, message = pcall(body)
    npu.select()
    if not ok then error(message, 0) end
  end
end

describe("a compiled model", function()
  it("runs like any other", function()
    local model <close> = load()
    local x = ramp()
    expect(model:run(x)):equals(x:maximum(-3))
    expect(tostring(model)):matches "1 operator"
  end)
  it("may have input and output in the same place", function()
    local model <close> = load(model_bytes(payload(stream(-3, 0)), {0, 0, -1, -1, 0, 0}))
    local x = ramp()
    for _ = 1, 2 do expect(model:run(x)):equals(x:maximum(-3)) end
  end)
  it("is analysed with where its operators run", function()
    local path = "/ram/npu_test.tflite"
    require("file_bytes").write(path, GOOD)
    local report = assert(nn.analyze(path))
    os.remove(path)
    expect(#report.unsupported):equals(0)
    expect(report.operators[1].runs_on):equals "npu"
    expect(report.operators[1].npu):equals(nil)
    expect(tostring(report)):matches "RAM  on\n +1  ethos%-u .*  npu\n"
  end)
  it("is refused where its plan or its stream makes no sense", function()
    local function refused(bytes, pattern) expect(nn.frombytes(bytes)):fails(pattern) end
    refused(model_bytes(payload(stream(-3, 288))), "operator 1 ethos%-u: word %d+")
    refused(model_bytes(payload(stream(-3, 256)), {0, 256, -1, -1, -1, -1}), "scratch lies")
    refused(model_bytes(payload(stream(-3, 256)), {8, 256, -1, -1, 0, 0}), "multiple of 16")
    refused(model_bytes("COP2"), "ethos%-u")
    refused(model_bytes(payload(stream(-3, 256), 0x1907)), "shared RAM")
  end)
  it("with any bit changed is refused or runs", function()
    local good = payload(stream(-3, 256))
    local loaded, refused = 0, 0
    for bit = 0, 8 * #good - 1, 11 do
      local at = bit // 8 + 1
      local changed = string.char(good:byte(at) ~ 1 << bit % 8)
      local model = nn.frombytes(model_bytes(good:sub(1, at - 1) .. changed .. good:sub(at + 1)))
      if model then
        model:run(ramp())
        model:close()
        loaded = loaded + 1
      else
        refused = refused + 1
      end
    end
    print(loaded, refused)
    expect(loaded > 0 and refused > 0):is_true()
  end)
end)

describe("npu.info", function()
  it("tells who runs streams", function()
    local info = npu.info()
    expect(info.selected):equals "model"
    expect(#info.model):equals(5)
    expect(info.driver.present):is_false()
    expect(#info.driver.reason > 0):is_true()
    expect(tostring(info)):matches "selected: model$"
  end)
end)

describe("npu.select", function()
  it("limits the model to a configuration", selecting(function()
    expect(npu.select("model", {macs = 256})):is_true()
    expect(npu.info().only):equals "U55-256"
    expect(nn.frombytes(GOOD)):fails(
      "compiled for U55%-128 %(CONFIG 0x00001807%), selected is U55%-256 %(0x00003008%)")
    load(model_bytes(payload(stream(-3, 256), U55_256))):close()
    npu.select("model", {macs = 128})
    load():close()
  end))
  it("takes it back without a name", selecting(function()
    npu.select("model", {macs = 256, product = "U65"})
    expect(npu.info().only):equals "U65-256"
    npu.select()
    expect(npu.info().only):equals(nil)
  end))
  it("keeps what was selected where there is no unit", selecting(function()
    npu.select("model", {macs = 64})
    expect(npu.select "driver"):fails "^driver: "
    expect(npu.info().selected):equals "model"
    expect(npu.info().only):equals "U55-64"
  end))
  it("changes nothing for models that are loaded", selecting(function()
    local model <close> = load()
    npu.select("model", {macs = 256})
    local x = ramp()
    expect(model:run(x)):equals(x:maximum(-3))
    expect(#model:trace(x)):equals(1)
  end))
  it("names what it does not know", function()
    expect(function() npu.select "fpga" end):raises '"model" or "driver" expected, got "fpga"'
    expect(function() npu.select("model", {macs = 100}) end):raises "no U55 has 100"
    expect(function() npu.select("model", {macs = 0}) end):raises "macs"
    expect(function() npu.select("model", {product = "U65"}) end):raises "only with 'macs'"
    expect(function() npu.select("model", {product = "U85", macs = 128}) end):raises "product"
    expect(function() npu.select("model", {mac = 128}) end):raises "macs"
  end)
end)

describe("npu.trace", function()
  it("tells of each operation", function()
    local model <close> = load()
    local seen = {}
    model.inputs[1].tensor:copy_(ramp())
    expect(npu.trace(model, function(op) seen[#seen + 1] = op end)):equals(model)
    local op = seen[1]
    expect(op.name):equals "MAX"
    expect(op.operator):equals(1)
    expect(op.word > 0):is_true()
    expect(op.scalar):equals(-3)
    expect(table.concat(op.ofm.shape, " ")):equals "3 5 16"
    expect(op.ofm.dtype .. " " .. op.ofm.layout):equals "int8 NHWC"
    expect(op.ofm.region):equals(1)
    expect(op.ofm.address):equals(256)
    expect(op.activation):equals "none"
    expect(model.outputs[1].tensor):equals(ramp():maximum(-3))
  end)
  it("hands on what the function raises, and the model stays", function()
    local model <close> = load()
    expect(function() npu.trace(model, function() error "mine" end) end):raises "mine"
    local x = ramp()
    expect(model:run(x)):equals(x:maximum(-3))
  end)
  it("does not let go of a running model", function()
    local model <close> = load()
    for _, act in ipairs {
      function() model:close() end, function() model:run() end, function() model:profile() end,
      function() npu.trace(model, print) end, function() model:reset() end,
    } do
      expect(function() npu.trace(model, act) end):raises "the model is running"
    end
    npu.trace(model, function()
      local other <close> = load()
      other:run(ramp())
      expect(#model.inputs[1].tensor:tobytes()):equals(240)
    end)
  end)
  it("names its arguments", function()
    local model <close> = load()
    expect(function() npu.trace(model) end):raises "function expected"
    expect(function() npu.trace({}, print) end):raises "model expected"
  end)
end)

describe("model:profile", function()
  it("tells what a stream would take on a unit", function()
    local model <close> = load()
    local profile = model:profile(2)
    local row = profile[1]
    expect(row.name):equals "ethos-u"
    if not on_host then return expect(row.cycles):equals(nil) end
    expect(row.cycles > 0):is_true()
    expect(row.utilisation >= 0 and row.utilisation <= 1):is_true()
    expect(#row.layers):equals(1)
    expect(row.layers[1].name):equals "MAX"
    expect(row.layers[1].cycles):equals(row.cycles)
    expect(row.layers[1].bound):equals(row.bound)
    expect(tostring(profile)):matches("MAX .* cycles .* bound by " .. row.bound)
  end)
end)

describe("nn.analyze", function()
  it("says why an operator is not on the NPU", function()
    local plain = tflite.tobytes {
      tensors = {{shape = {2}, dtype = "float32"}, {shape = {2}, dtype = "float32"}},
      operators = {{"ABS", inputs = {1}, outputs = {2}}}, inputs = {1}, outputs = {2},
    }
    local file = assert(io.open("/ram/plain.tflite", "wb"))
    assert(file:write(plain) and file:close())
    local row = assert(nn.analyze "/ram/plain.tflite").operators[1]
    os.remove "/ram/plain.tflite"
    expect(row.runs_on):equals "cpu"
    expect(row.npu):equals(on_host and "its input is float32, expected int8" or
      "not compiled for the NPU")
  end)
end)

describe("npu.disassemble", function()
  it("writes a line for each command", function()
    if not on_host then return expect(npu.disassemble(GOOD)):fails "only a host" end
    local text = assert(npu.disassemble(GOOD))
    expect(text):matches "U55%-128"
    expect(text):matches "\n +%d+  MAX "
    expect(text):matches "STOP [^\n]*\n$"
    expect(npu.disassemble(payload(stream(-3, 256)))):matches "MAX "
  end)
  it("says what is no stream", function()
    expect(npu.disassemble "/ram/none"):fails "^/ram/none: No such file"
    local broken = payload(stream(-3, 256):sub(1, -5) .. short(0x3ff))
    expect(npu.disassemble(broken)):fails(on_host and "word 64: unknown command" or "only a host")
    if on_host then expect((select(3, npu.disassemble(broken)))):matches "MAX [^\n]*\n$" end
    local plain = tflite.tobytes {
      tensors = {{shape = {2}, dtype = "float32"}, {shape = {2}, dtype = "float32"}},
      operators = {{"ABS", inputs = {1}, outputs = {2}}}, inputs = {1}, outputs = {2},
    }
    expect(npu.disassemble(plain)):fails "model: no operator is compiled for the NPU"
    expect(npu.check(plain)):fails "no operator is compiled for the NPU"
  end)
end)

describe("npu.check", function()
  it("takes what a unit would run", function()
    if not on_host then return expect(npu.check(GOOD)):fails "only a host" end
    local fine, message = npu.check(GOOD)
    expect(message):equals(nil)
    expect(fine):is_true()
  end)
  it("refuses what the model does not care for", function()
    local crowded = stream(-3, 256):gsub(short(0x12D, 6):gsub("%W", "%%%0"),
      (short(0x12D, 2):gsub("%%", "%%%%")))
    expect(npu.check(payload(crowded))):fails(on_host and "word %d+ MAX: " or "only a host")
    load(model_bytes(payload(crowded))):close()
  end)
end)
