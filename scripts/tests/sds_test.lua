-- Recordings of sensors: files as the format's description has them, damaged ones, and what
-- was written here read back.

local sds, sys, tensor, test = require "sds", require "sys", require "tensor", require "test"
local yaml = require "sds.yaml"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

local stream = test.scratch()

local function remove_all()
  for _, suffix in ipairs {".sds.yml", ".0.sds", ".1.sds", ".0.p.sds", ".run.sds",
    ".run.sds.bak"} do
    os.remove(stream .. suffix)
  end
end
test.before_each(remove_all)

local function write(suffix, bytes) file_bytes.write(stream .. suffix, bytes) end
local function read(suffix) return assert(file_bytes.read(stream .. suffix)) end

local function record(time, block) return ("<I4I4"):pack(time, #block) .. block end

-- Writes a description with that content, each line of it under `content:`.
local function describe_content(...)
  write(".sds.yml", "sds:\n  name: test\n  content:\n  - " .. table.concat({...}, "\n  - ") .. "\n")
end

local X <const> = "value: x\n    type: int16_t"

local function decode(block)
  local recording <close> = assert(sds.open(stream .. ".0.sds"))
  return recording:decode(block), recording
end

-- What a checker of recordings looks at: sizes that add up, times in order.
local function check_file(suffix)
  local bytes, at, last = read(suffix), 1, 0
  while at <= #bytes do
    local time, size
    time, size, at = ("<I4I4"):unpack(bytes, at)
    assert(time >= last and size > 0)
    at, last = at + size, time
  end
  expect(at):equals(#bytes + 1)
end

describe("a recording", function()
  it("is a run of records, as written by hand", function()
    local writer <close> = assert(sds.create(stream, {values = {
      {value = "x", type = "int16_t"}, {value = "y", type = "int16_t"}}}))
    for i = 0, 4 do
      expect(writer:write(10 * i, tensor.new {{i, -i}, {i + 1, 300}})):is_true()
    end
    expect(writer:close()):is_true()
    local golden = {}
    for i = 0, 4 do golden[i + 1] = record(10 * i, ("<i2i2i2i2"):pack(i, -i, i + 1, 300)) end
    expect(read ".0.sds" == table.concat(golden)):is_true()
    check_file ".0.sds"
  end)
  it("comes back with times and real units", function()
    local writer <close> = assert(sds.create(stream, {sample_frequency = 4, tick_frequency = 500,
      description = "a: strange # text", values = {
        {value = "x", type = "int16_t", scale = 0.25, offset = -1, unit = "m/s^2"}}}))
    writer:write(500, tensor.new {{1}, {-1.25}})
    writer:write(2000, tensor.new {{1e9}, {-1e9}, {0.1}})
    writer:close()
    local x, times, recording = sds.load(stream .. ".0.sds")
    expect(x):equals {{1}, {-1.25}, {8190.75}, {-8193}, {0}}  -- saturates, rounds to nearest
    expect(times):equals(tensor.new({1, 1.25, 4, 4.25, 4.5}, "float64"))
    expect(recording.tick_frequency):equals(500)
    expect(recording.sample_frequency):equals(4)
    expect(recording.description):equals "a: strange # text"
    expect(recording.columns):equals {"x"}
    expect(recording.units):equals {"m/s^2"}
  end)
  it("goes on counting where 32 bits wrap", function()
    describe_content(X)
    write(".0.sds", record(0xFFFFFFF0, "ab") .. record(0xFFFFFFFF, "cd") .. record(5, "ef"))
    local times = {}
    for time in sds.open(stream .. ".0.sds"):blocks() do times[#times + 1] = time end
    expect(times):equals {0xFFFFFFF0, 0xFFFFFFFF, 0x100000005}
    local writer <close> = assert(sds.create(stream, {values = {{value = "x", type = "int16_t"}}}))
    expect(writer:write(0xFFFFFFFF, "ab")):is_true()
    expect(writer:write(3, "cd")):is_true()
    expect(writer.write, writer, 2, "ef"):raises "goes back from 3 to 2"
  end)
  it("gets the next number, or a label and keeps the old one", function()
    local fields = {values = {{value = "x", type = "float"}}}
    for i = 0, 1 do
      local writer <close> = assert(sds.create(stream, fields))
      expect(writer.path):equals(("%s.%d.sds"):format(stream, i))
    end
    fields.playback = true
    sds.create(stream, fields):close()
    expect(read ".0.p.sds"):equals ""
    expect(sds.open(stream .. ".0.p.sds").columns):equals {"x"}
    fields.playback, fields.label = nil, "run"
    for i = 1, 3 do
      local writer <close> = assert(sds.create(stream, fields))
      writer:write(i, "abcd")
    end
    expect(read ".run.sds"):equals(record(3, "abcd"))
    expect(read ".run.sds.bak"):equals(record(2, "abcd"))
  end)
end)

describe("a sample", function()
  test.before_each(function() write(".0.sds", "") end)

  it("may have one type, or mixed ones of every kind", function()
    for kind, pack in pairs {int8_t = "i1", uint8_t = "I1", int16_t = "i2", uint16_t = "I2",
      int32_t = "i4", uint32_t = "I4", float = "f", double = "d"} do
      describe_content("value: a\n    type: " .. kind, "value: b\n    type: " .. kind)
      local x = decode(("<" .. pack:rep(4)):pack(1, 2, 100, 4))
      expect(x):equals {{1, 2}, {100, 4}}
    end
    describe_content("value: a\n    type: int8_t", "value: b\n    type: float\n    scale: 2",
      "value: c\n    type: uint16_t\n    offset: 0.5")
    expect(decode(("<i1fI2i1fI2"):pack(-5, 0.25, 65535, 6, 1.5, 0))):equals {
      {-5, 0.5, 65535.5}, {6, 3, 0.5}}
  end)
  it("may have dimensions", function()
    describe_content("value: m\n    type: int8_t\n    dim-x: 3\n    dim-y: 2",
      "value: v\n    type: int16_t\n    dim-x: 2")
    local x, recording = decode(("<i1i1i1i1i1i1i2i2"):pack(1, 2, 3, 4, 5, 6, 7, -8))
    expect(x):equals {{1, 2, 3, 4, 5, 6, 7, -8}}
    expect(recording.columns):equals {"m[1][1]", "m[1][2]", "m[1][3]", "m[2][1]", "m[2][2]",
      "m[2][3]", "v[1]", "v[2]"}
  end)
  it("may have bit fields, from the lowest bit on", function()
    describe_content("value: a\n    type: uint32_t:1", "value: b\n    type: uint32_t:3",
      "value: c\n    type: uint32_t:28", "value: d\n    type: uint32_t:1",
      "value: e\n    type: int8_t:4", "value: f\n    type: int8_t:4")
    expect(decode(("<I4I4I1"):pack(1 | 5 << 1 | 1000 << 4, 1, 0x7F))):equals {
      {1, 5, 1000, 1, -1, 7}}
    local values = {}
    for i, kind in ipairs {"uint32_t:1", "uint32_t:3", "int8_t:4", "int8_t:4", "float"} do
      values[i] = {value = "v" .. i, type = kind}
    end
    local writer <close> = assert(sds.create(stream, {values = values, label = "run"}))
    local x = tensor.new {{1, 5, -8, 7, 0.5}, {0, 9, 99, -99, -2}}
    expect(writer:write(0, x)):is_true()
    writer:close()
    expect(sds.load(stream .. ".run.sds")):equals {{1, 5, -8, 7, 0.5}, {0, 7, 7, -8, -2}}
  end)
  it("may be sound, from -1 to 1, or an image, as bytes", function()
    describe_content "audio:\n      bit-depth: 16\n      channels: 2"
    local x, recording = decode(("<i2i2"):pack(16384, -32768))
    expect(x):equals {{0.5, -1}}
    expect(recording.columns):equals {"audio[1]", "audio[2]"}
    describe_content "audio:\n      bit-depth: 8\n      channels: 1\n      format: pcm"
    expect(decode "\0\128\192"):equals {{-1}, {0}, {0.5}}
    describe_content "image:\n      pixel_format: RAW8\n      width: 2\n      height: 1"
    expect(decode "\1\200"):equals(tensor.new({1, 200}, "uint8"))
    expect(sds.load(stream .. ".0.sds")):fails "block by block"
  end)
  it("must be whole", function()
    describe_content(X)
    expect(decode "abc"):is_nil()
    write(".0.sds", record(0, "ab") .. record(0, "abc"))
    expect(sds.load(stream .. ".0.sds")):fails "record 2: 3 bytes are no whole number of samples"
  end)
end)

describe("a damaged file", function()
  it("gives what is whole and names the record that is not", function()
    describe_content(X)
    local whole = record(1, "abcd") .. record(2, "ef")
    for bytes = 0, #whole do
      write(".0.sds", whole:sub(1, bytes))
      local count = 0
      local ok, message = pcall(function()
        for _ in sds.open(stream .. ".0.sds"):blocks() do count = count + 1 end
      end)
      expect(count):equals(bytes < 12 and 0 or bytes < #whole and 1 or 2)
      expect(ok):equals(bytes == 0 or bytes == 12 or bytes == #whole)
      if not ok then expect(message):matches(("record %d: "):format(count + 1)) end
      local x, why = sds.load(stream .. ".0.sds")
      expect(x ~= nil):equals(ok)
      if not ok then expect(why):matches ": record %d: " end
    end
  end)
  it("may lie about sizes and times", function()
    describe_content(X)
    for bytes, why in pairs {
      [("<I4I4"):pack(0, 0xFFFFFFFF) .. "ab"] = "a block of 4294967295 bytes is too large",
      [("<I4I4"):pack(0, 100) .. "ab"] = "only 2 of the block's 100 bytes are there",
      [record(5, "ab") .. record(4, "ab")] = "record 2: its time goes back from 5 to 4",
    } do
      write(".0.sds", bytes)
      expect(sds.load(stream .. ".0.sds")):fails(why)
    end
    write(".0.sds", record(5, "") .. record(5, "ab"))  -- an empty block holds no sample
    expect(sds.load(stream .. ".0.sds")):equals {{25185}}
  end)
  it("may be its description", function()
    write(".0.sds", "")
    for text, why in pairs {
      ["a: 1\n"] = "no description of a stream",
      ["sds:\n  content:\n  - value: x\n"] = "the stream has no name",
      ["sds:\n  name: a\n"] = "the stream has no content",
      ["sds:\n  name: a\n  content:\n  - value: x\n"] = "value 'x' has no type",
      ["sds:\n  name: a\n  content:\n  - value: x\n    type: int12_t\n"] = "unknown type 'int12_t'",
      ["sds:\n  name: a\n  content:\n  - value: x\n    type: float:3\n"] = "unknown type 'float:3'",
      ["sds:\n  name: a\n  content:\n  - value: x\n    type: int8_t:9\n"] = "unknown type",
      ["sds:\n  name: a\n  content:\n  - value: x\n    type: float\n    dim-x: 0\n"] = "dimensions",
      ["sds:\n  name: a\n  content:\n  - value: x\n    type: float\n    scale: 0\n"] = "scale",
      ["sds:\n  name: a\n  tick-frequency: 0\n  content:\n  - value: x\n"] = "tick%-frequency is no",
      ["sds:\n  name: a\n  content: 3\n"] = "no content",
      ["sds:\n  name: a\n  content:\n  - 3\n"] = "no mapping",
      ["sds: {name: a}\n"] = "line 1: this kind of YAML is not read",
      [""] = "nothing in it",
    } do
      write(".sds.yml", text)
      expect(sds.open(stream .. ".0.sds")):fails(stream .. ".sds.yml: ")
      expect(sds.open(stream .. ".0.sds")):fails(why)
    end
    os.remove(stream .. ".sds.yml")
    expect(sds.open(stream .. ".0.sds")):fails(stream .. ".sds.yml: ")
    describe_content(X)
    expect(sds.open(stream .. ".9.sds")):fails(stream .. ".9.sds: ")
    expect(sds.open(stream .. ".0.sds", {metadata = stream .. ".0.sds"})):fails "nothing in it"
  end)
end)

describe("play", function()
  local function pair()
    describe_content(X)
    write(".0.sds", record(0, "a0") .. record(2, "a2") .. record(2, "A2") .. record(7, "a7"))
    write(".1.sds", record(1, "b1") .. record(2, "b2") .. record(9, "b9"))
    return assert(sds.open(stream .. ".0.sds")), assert(sds.open(stream .. ".1.sds"))
  end

  it("joins blocks of the same time", function()
    local a, b = pair()
    local seen = {}
    for time, x, y in sds.play {a, b} do seen[#seen + 1] = {time, x or "-", y or "-"} end
    expect(seen):equals {{0, "a0", "-"}, {1, "-", "b1"}, {2, "a2", "b2"}, {2, "A2", "-"},
      {7, "a7", "-"}, {9, "-", "b9"}}
  end)
  it("waits until blocks are due when told how fast", function()
    local a, b = pair()
    local now, slept, sleep, ticks = 0, {}, sys.sleep, sys.ticks_us
    sys.sleep = function(seconds) slept[#slept + 1] = seconds now = now + seconds * 1e6 end
    sys.ticks_us = function() return now end
    for _ in sds.play({a, b}, {speed = 2}) do now = now + 100 end
    sys.sleep, sys.ticks_us = sleep, ticks
    expect(slept):close({0.0004, 0.0004, 0.0023, 0.0009}, 1e-9)
  end)
  it("raises where a file is damaged or the ticks differ", function()
    local a, b = pair()
    write(".1.sds", record(1, "b1") .. "x")
    local c <close> = assert(sds.open(stream .. ".1.sds"))
    expect(function() for _ in sds.play {a, c} do end end):raises "record 2: its header is cut short"
    write(".sds.yml", "sds:\n  name: c\n  tick-frequency: 10\n  content:\n  - " .. X)
    local d <close> = assert(sds.open(stream .. ".0.sds"))
    expect(sds.play, {b, d}):raises "'test' counts 1000 ticks per second, 'c' 10"
    expect(sds.play, {}):raises "list of recordings expected"
    expect(sds.play, {1}):raises "list of recordings expected"
    expect(sds.play, {b}, {speed = 0}):raises "more than 0 expected"
  end)
end)

describe("a description", function()
  it("is read as people write it", function()
    expect(yaml.parse [[
# a comment
sds:
    name: "Accel # 1"   # behind quotes
    description: 'it''s here'
    text: plain text, with: colon
    frequency: 1667.5
    on: true
    nothing:
    content:
    - value: x
      type: int16_t
      scale: 1e-3

    -   value: y
        type: uint32_t:3
    - audio:
        channels: -2
list:
  - 1
  - a b
  -
    k: v
]]):equals {
      sds = {name = "Accel # 1", description = "it's here", text = "plain text, with: colon",
        frequency = 1667.5, on = true, content = {
          {value = "x", type = "int16_t", scale = 1e-3}, {value = "y", type = "uint32_t:3"},
          {audio = {channels = -2}}}},
      list = {1, "a b", {k = "v"}}}
  end)
  it("that is not read names the line", function()
    for text, why in pairs {
      ["a: 1\n  b: 2"] = "line 2: it is indented too far",
      ["  a: 1\nb: 2"] = "line 2: it is indented less",
      ["a: 1\njust text"] = "line 2: 'key: value' expected",
      ["a: 1\na: 2"] = "line 2: 'a' stands here twice",
      ["a: 'x"] = "line 1: quotes do not end",
      ['a: "x" y'] = "line 1: text behind quotes",
      ["a: [1, 2]"] = "line 1: this kind of YAML",
      ["a: |\n  text"] = "line 1: this kind of YAML",
      ["a: 1\n\tb: 2"] = "line 2: 'key: value' expected",
      ["# nothing"] = "nothing in it",
    } do
      expect(yaml.parse(text)):fails(why)
    end
    local deep = {}
    for i = 0, 99 do deep[#deep + 1] = (" "):rep(i) .. "a:" end
    expect(yaml.parse(table.concat(deep, "\n"))):fails "nested too deep"
  end)
  it("comes back as it was", function()
    for _, value in ipairs {"plain", "with: colon", "# hash", "it's", 'say "x"', "12", "true", "- a",
      "two\nlines", "back\\slash", " lead", "~", 12, 0.1, -3e300, true} do
      expect(assert(yaml.parse(yaml.format {{"key", value}})).key):equals(value)
    end
  end)
  it("damaged at random is read or refused", function()
    local text = "sds:\n  name: a\n  content:\n  - value: x\n    type: int16_t:3\n    scale: 0.5\n"
    write(".0.sds", "")
    math.randomseed(2)
    for _ = 1, 300 do
      local at = math.random(#text)
      local byte = (" :-\n'\"#x0"):sub(math.random(9)):sub(1, 1)
      write(".sds.yml", text:sub(1, at - 1) .. byte .. text:sub(at + 1))
      local recording, why = sds.open(stream .. ".0.sds")
      if recording then recording:close() else assert(type(why) == "string") end
    end
  end)
end)

describe("misuse", function()
  it("is named and writes nothing", function()
    local fields = {values = {{value = "x", type = "int16_t"}}}
    expect(sds.create, stream, {}):raises "option 'values' is missing"
    expect(sds.create, stream, {vaules = {}}):raises "did you mean 'values'"
    expect(sds.create, stream, {values = {}}):raises "no content"
    expect(sds.create, stream, {values = {{name = "x"}}}):raises "a value has no field 'name'"
    expect(sds.create, stream, {values = {{value = "x", type = "char"}}}):raises "unknown type 'char'"
    expect(sds.create("/nowhere/at/all", fields)):fails "/nowhere/at/all.sds.yml: "
    local writer <close> = assert(sds.create(stream, fields))
    expect(writer.write, writer, 1.5, "ab"):raises "#1 to 'write' (ticks (integer) expected, got 1.5"
    expect(writer.write, writer, 0, "abc"):raises "samples of 2 bytes expected, got 3"
    expect(writer.write, writer, 0, ""):raises "got 0 bytes"
    expect(writer.write, writer, 0, tensor.zeros {2, 2}):raises "{samples, 1} expected, got {2, 2}"
    expect(writer.write, writer, 0, 3):raises "tensor expected, got 3"
    expect(writer:write(9, "ab")):is_true()
    expect(writer.write, writer, 8, "ab"):raises "goes back from 9 to 8"
    writer:close()
    expect(read ".0.sds"):equals(record(9, "ab"))
    expect(function() writer.name = 1 end):raises "no field 'name'"
  end)
end)

remove_all()
