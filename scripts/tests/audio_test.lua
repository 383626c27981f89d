-- WAV files of every format: as they are written here, as others write them, cut short and
-- damaged; samples from serial lines; recorded speech, where the recorded data is.

local audio, board, pcm, tensor, test = require "audio", require "board", require "pcm",
  require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

local path = test.scratch ".wav"

local function write(bytes) file_bytes.write(path, bytes) end
local function read() return assert(file_bytes.read(path)) end

local function chunk(id, bytes)
  return id .. ("<s4"):pack(bytes) .. (#bytes % 2 == 1 and "\0" or "")
end

-- A WAV file by hand.
local function wave(fields)
  local channels, bits, rate = fields.channels or 1, fields.bits or 16, fields.rate or 8000
  local block = fields.block or channels * ((bits + 7) // 8)
  local fmt = ("<I2I2I4I4I2I2"):pack(fields.tag or 1, channels, rate, rate * block, block, bits)
  return "RIFF" .. ("<I4"):pack(fields.riff or 0) .. "WAVE" .. (fields.before or "")
    .. chunk("fmt ", fmt .. (fields.extra or "")) .. (fields.between or "") .. "data"
    .. ("<I4"):pack(fields.size or #fields.data) .. fields.data
end

local function noise(frames, channels, seed)
  return tensor.rand(channels and {frames, channels} or {frames}, seed) * 2 - 1
end

-- What comes back after rounding to `bits`, in double.
local function rounded(value, bits)
  local scale = 2.0 ^ (bits - 1)
  local whole = value * scale
  local below = math.floor(whole)
  local part = whole - below
  if part > 0.5 or part == 0.5 and below % 2 == 1 then below = below + 1 end
  return math.max(-scale, math.min(scale - 1, below)) / scale
end

describe("save and load", function()
  it("keep samples to the last bit of the format", function()
    local x = noise(300, nil, 1)
    x[1], x[2], x[3], x[4] = 1, -1, 2, -3
    for _, bits in ipairs {8, 16, 24} do
      expect(audio.save(path, x, 44100, {bits = bits})):is_true()
      local y, rate = audio.load(path)
      expect(rate):equals(44100)
      for i = 1, #x do expect(y[i]):equals(rounded(x[i], bits)) end
      expect(audio.save(path, y, 44100, {bits = bits})):is_true()
      expect(audio.load(path)):same_bits(y)
    end
    expect(audio.save(path, x, 8000, {bits = 32})):is_true()
    expect(audio.load(path)):equals(x:clip(-1, 1))
    x[5], x[6], x[7] = math.huge, 1e-42, -0.0
    expect(audio.save(path, x, 8000, {float = true})):is_true()
    expect(audio.load(path)):same_bits(x)
  end)
  it("keep channels apart, and average them when asked", function()
    for channels = 1, 5 do
      local x = (noise(77, channels, channels) * 0x1p15):round() / 0x1p15
      for _, bits in ipairs {16, 24, 32} do
        expect(audio.save(path, x, 16000, {bits = bits})):is_true()
        local y = assert(audio.load(path))
        expect(channels > 1 and y or y:reshape({77, 1})):equals(x)
        expect(assert(audio.load(path, {mono = true}))):close(x:mean(2), 1e-6)
      end
    end
  end)
  it("write the header that everyone writes", function()
    expect(audio.save(path, tensor.new {0, 1 / 0x1p15}, 16000)):is_true()
    expect(read() == "RIFF" .. ("<I4"):pack(40) .. "WAVEfmt "
      .. ("<I4I2I2I4I4I2I2"):pack(16, 1, 1, 16000, 32000, 2, 16)
      .. "data" .. ("<I4i2i2"):pack(4, 0, 1)):is_true()
    expect(audio.save(path, tensor.zeros {3}, 8000, {bits = 8})):is_true()
    local bytes = read()
    expect(#bytes):equals(44 + 4)  -- padded to an even length, which the header counts
    expect(("<I4"):unpack(bytes, 5)):equals(40)
    expect(bytes:sub(45)):equals("\128\128\128\0")
  end)
  it("keep a signal of no samples", function()
    expect(audio.save(path, tensor.zeros {0}, 8000)):is_true()
    expect(audio.load(path)):equals(tensor.zeros {0})
    for _ in audio.open(path):frames(4) do error "there is none" end
  end)
  it("take NaN for 0", function()
    for _, bits in ipairs {8, 16, 24, 32} do
      assert(audio.save(path, tensor.new {0 / 0, 0.5}, 8000, {bits = bits}))
      expect(audio.load(path)):equals {0, 0.5}
    end
  end)
end)

describe("a file of others", function()
  it("may hold more chunks, odd ones too", function()
    write(wave {before = chunk("LIST", "abc"), between = chunk("fact", "\0\0\0\0"),
      data = ("<i2i2"):pack(16384, -8192)})
    expect(audio.load(path)):equals {0.5, -0.25}
  end)
  it("may be EXTENSIBLE, with samples at the top of their bytes", function()
    local guid = "\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    local extra = ("<I2I2I4"):pack(22, 24, 4) .. "\1\0" .. guid
    write(wave {tag = 0xFFFE, bits = 32, extra = extra, data = ("<i4i4"):pack(1 << 30, -1 << 31)})
    expect(audio.load(path)):equals {0.5, -1}
    write(wave {tag = 0xFFFE, bits = 64, data = ("<d"):pack(0.75),
      extra = ("<I2I2I4"):pack(22, 64, 4) .. "\3\0" .. guid})
    expect(audio.load(path)):equals {0.75}
    write(wave {bits = 12, block = 2, data = ("<i2"):pack(16384)})
    expect(audio.load(path)):equals {0.5}
  end)
  it("may leave its length open", function()
    write(wave {size = 0xFFFFFFFF, data = ("<i2i2"):pack(16384, -8192)})
    expect(audio.load(path)):equals {0.5, -0.25}
  end)
  it("cut short gives whole frames that are there", function()
    local whole = wave {channels = 2, data = ("<i2i2i2i2"):pack(1, 2, 3, 4)}
    for bytes = 0, 43 do
      write(whole:sub(1, bytes))
      expect(audio.open(path)):fails(path .. ": ")
    end
    for bytes = 44, #whole do
      write(whole:sub(1, bytes))
      local x = assert(audio.load(path))
      expect(x.shape):equals {(bytes - 44) // 4, 2}
      expect(audio.open(path).length):equals((bytes - 44) // 4)
      for i = 1, #x do expect(x:at(i, 2) * 0x1p15):equals(2 * i) end
    end
  end)
  it("that makes no sense is refused", function()
    local data = "\0\0"
    for bytes, why in pairs {
      ["no sound at all"] = "not a WAV file",
      [wave {tag = 6, data = data}] = "A-law, not PCM or float",
      [wave {tag = 99, data = data}] = "number 99",
      [wave {bits = 40, data = data}] = "40 bits per sample",
      [wave {tag = 3, bits = 16, data = data}] = "16 bits per sample",
      [wave {channels = 65, data = data}] = "65 channels",
      [wave {channels = 0, data = data}] = "0 channels",
      [wave {rate = 0, data = data}] = "its sample rate is 0",
      [wave {block = 3, data = data}] = "frames of 3 bytes",
      [wave {between = "LIST\xff\xff\xff\xff", data = data}] = "ends before its samples",
      ["RIFF\0\0\0\0WAVE" .. chunk("data", data)] = "samples before their format",
    } do
      write(bytes)
      expect(audio.load(path)):fails(path .. ": ")
      expect(audio.load(path)):fails(why)
    end
    os.remove(path)
    expect(audio.open(path)):fails(path .. ": No such file")
    expect(audio.load "/ram"):fails "/ram: "
  end)
  it("never gives more than it has, whatever its header says", function()
    local whole = wave {channels = 2, data = ("<i2i2i2i2"):pack(1, 2, 3, 4)}
    math.randomseed(1)
    for _ = 1, 400 do
      local at = math.random(44)
      write(whole:sub(1, at - 1) .. string.char(math.random(0, 255)) .. whole:sub(at + 1))
      local x, why = audio.load(path)
      if x then assert(x.size <= 8) else assert(why:find(path, 1, true) == 1, why) end
    end
  end)
end)

describe("frames", function()
  local x = noise(1000, nil, 3)
  local two = noise(211, 2, 4)

  it("are pieces of the signal, overlapping or apart", function()
    assert(audio.save(path, x, 8000, {float = true}))
    for _, sizes in ipairs {{7, 7}, {100, 30}, {64, 1}, {3, 10}, {1000, 5}, {1, 999}} do
      local n, hop = sizes[1], sizes[2]
      local count = 0
      for piece in audio.open(path):frames(n, hop) do
        expect(piece == x:slice {count * hop + 1, count * hop + n}):is_true()
        count = count + 1
      end
      expect(count):equals((#x - n) // hop + 1)
    end
    for _ in audio.open(path):frames(1001) do error "too long" end
  end)
  it("have the channels of the file, or their mean", function()
    assert(audio.save(path, two, 8000, {float = true}))
    local count = 0
    for piece in audio.open(path):frames(20, 9) do
      expect(piece):equals(two:slice({count * 9 + 1, count * 9 + 20}, {}):clone())
      count = count + 1
    end
    expect(count):equals((211 - 20) // 9 + 1)
    for piece in audio.open(path, {mono = true}):frames(211) do
      expect(piece):close(two:mean(2), 1e-6)
    end
  end)
  it("are one tensor, and cost no memory", function()
    for _, options in ipairs {{bits = 16}, {bits = 24}, {float = true}} do
      assert(audio.save(path, tensor.zeros {20000, 3}, 8000, options))
      local source <close> = assert(audio.open(path))
      local piece
      local next_piece = source:frames(64, 16)
      expect(test.garbage(1000, function() piece = next_piece() end)):equals(0)
      expect(rawequal(next_piece(), piece)):is_true()
    end
  end)
  it("go on where the source stands, until it is rewound", function()
    assert(audio.save(path, x, 8000, {float = true}))
    local source <close> = assert(audio.open(path))
    expect(source:read(10)):equals(x:slice {1, 10})
    expect(source:frames(20)()):equals(x:slice {11, 30})
    expect(#source:read(2000)):equals(970)
    expect(source:read(1)):is_nil()
    source:rewind()
    expect(source:read(10)):equals(x:slice {1, 10})
    source:close()
    expect(source.read, source, 1):raises "the reader is closed"
  end)
end)

describe("another sample rate", function()
  local dsp = require "dsp"

  it("gives what resampling the whole signal gives", function()
    for _, rates in ipairs {{48000, 16000}, {8000, 16000}, {44100, 16000}, {16000, 16000}} do
      local from, to = rates[1], rates[2]
      for _, length in ipairs {0, 1, 500, 1024, 5000} do
        local x = noise(length, nil, 5)
        assert(audio.save(path, x, from, {float = true}))
        local y, rate = audio.load(path, {sample_rate = to})
        expect(rate):equals(to)
        expect(#y):equals((length * to + from - 1) // from)
        local source <close> = assert(audio.open(path, {sample_rate = to}))
        expect(source.length):equals(#y)
        expect(source.sample_rate):equals(to)
        local at = 1
        for count in function() return at <= #y and math.min(700, #y - at + 1) or nil end do
          expect(source:read(700)):equals(y:slice {at, at + count - 1})
          at = at + count
        end
        expect(source:read(1)):is_nil()
        source:rewind()
        at = 1
        for frame in source:frames(160, 80) do
          expect(frame == y:slice {at, at + 159}):is_true()
          at = at + 80
        end
        expect(at):equals(math.max((#y - 160) // 80 + 1, 0) * 80 + 1)
      end
    end
    assert(audio.save(path, noise(300, nil, 5), 8000, {float = true}))
    expect(audio.load(path, {sample_rate = 16000})):equals(
      dsp.resample_poly(noise(300, nil, 5), 2, 1))
  end)
  it("keeps channels apart", function()
    local x = noise(2500, 2, 6)
    assert(audio.save(path, x, 32000, {float = true}))
    local y = assert(audio.load(path, {sample_rate = 16000}))
    for c = 1, 2 do
      expect(y:slice({}, c):clone()):equals(dsp.resample_poly(x:slice({}, c):clone(), 1, 2))
    end
    expect(audio.open(path, {sample_rate = 16000}):read(9999)):equals(y)
    expect(#audio.open(path, {sample_rate = 16000, mono = true}):read(9999)):equals(1250)
  end)
  it("goes on where reading stopped", function()
    assert(audio.save(path, noise(4000, nil, 6), 8000, {float = true}))
    local whole = audio.load(path, {sample_rate = 16000})
    local source <close> = assert(audio.open(path, {sample_rate = 16000}))
    expect(source:read(5)):equals(whole:slice {1, 5})
    assert(source:ready() > 0)
    expect(source:frames(7)()):equals(whole:slice {6, 12})
    repeat until not source:read(1000)
    expect(source:ready()):is_nil()
  end)
  it("costs no memory per frame", function()
    assert(audio.save(path, tensor.zeros {200000}, 48000))
    local source <close> = assert(audio.open(path, {sample_rate = 16000}))
    local next_frame = source:frames(320)
    for _ = 1, 10 do next_frame() end
    expect(test.garbage(100, function() next_frame() end)):equals(0)
  end)
  it("is a whole number of hertz", function()
    expect(audio.open, path, {sample_rate = 0}):raises "whole Hz expected, got 0"
    expect(audio.load, path, {sample_rate = 8000.5}):raises "integer expected, got 8000.5"
  end)
end)

describe("samples without a header", function()
  it("come from a file", function()
    write(("<i2i2i2"):pack(16384, -32768, 8192) .. "\1")
    local source <close> = assert(audio.pcm {from = path, sample_rate = 8000})
    expect(source.sample_rate):equals(8000)
    expect(source:read(10)):equals {0.5, -1, 0.25}
    expect(audio.pcm {from = "/ram/no such file"}):fails "/ram/no such file: No such file"
  end)
  it("come over the second serial line, in whole frames", function()
    if board.name ~= "host" then return expect(audio.pcm {from = "uart"}.bits):equals(16) end
    board.uart_read()
    local source = audio.pcm {from = "uart", channels = 2, milliseconds = 0}
    expect(source:read(4)):is_nil()
    board.uart_write(("<i2i2i2"):pack(16384, -16384, 8192))
    expect(source:read(4)):equals {{0.5, -0.5}}
    board.uart_write(("<i2i2i2"):pack(-8192, 1, 2))
    expect(source:read(4)):equals {{0.25, -0.25}, {1 / 0x1p15, 2 / 0x1p15}}
  end)
end)

-- Frames that a source gives bit by bit, in one list.
local function awaited(source, n, hop)
  local rows = {}
  for x in source:frames(n, hop, function() error "waits" end) do rows[#rows + 1] = x:totable() end
  return rows
end

describe("what is ready", function()
  it("is as much as the reader holds", function()
    assert(audio.save(path, tensor.arange(1000) / 1000, 8000))
    local source <close> = assert(audio.open(path))
    expect(source:ready()):equals(512)
    expect(#source:read(300)):equals(300)
    expect(source:ready(1)):equals(512)
    local rest = source:read(9999)
    expect(#rest):equals(700)
    expect(rest[1] == audio.load(path)[301]):is_true()
    expect(source:ready(1)):is_nil()
    source:close()
    expect(source.ready, source):raises "the reader is closed"
  end)
  it("makes the same frames, whatever their hop", function()
    assert(audio.save(path, noise(3000, 2, 7), 8000))
    for _, size in ipairs {{7, 7}, {700, 200}, {600, 600}, {5, 17}, {3001, 1}} do
      local expected = {}
      local source <close> = assert(audio.open(path))
      for x in source:frames(size[1], size[2]) do expected[#expected + 1] = x:totable() end
      source:rewind()
      expect(awaited(source, size[1], size[2])):equals(expected)
    end
  end)
  it("comes over the second serial line until that is silent", function()
    if board.name == "host" then board.uart_read() end
    local reader = pcm.uart("s24", {channels = 2, milliseconds = 20})
    expect(reader:ready()):equals(0)
    if board.name == "host" then
      board.uart_write "12345"
      expect(reader:ready(0.001)):equals(0)
      board.uart_write "6789"
      expect(reader:ready(5)):equals(1)
      expect(reader:read(tensor.zeros {1, 2})):equals(1)
    end
    expect(reader:ready(5)):is_nil()
    expect(reader:ready()):equals(0)  -- another signal may begin
  end)
  it("is asked for within sensible times", function()
    local reader = pcm.uart "s16"
    for _, seconds in ipairs {-1, 1e7, 0 / 0} do
      expect(reader.ready, reader, seconds):raises "seconds from 0 to 1000000 expected"
    end
    local source = audio.pcm {from = "uart"}
    for _, seconds in ipairs {-1, 1e7, 0 / 0, "x"} do
      local ok, message = pcall(function() source:ready(seconds) end)
      expect(ok):is_false()
      expect(message):matches "audio_test.lua:%d+: bad argument #1 to 'ready' %(seconds from 0 to"
    end
  end)
end)

describe("misuse", function()
  it("of files and options is named where it stands", function()
    local x = tensor.zeros {4}
    expect(audio.open, 3):raises "bad argument #1 to 'open' (string expected, got 3)"
    expect(audio.open, path, {mnoo = true}):raises "no option 'mnoo'; did you mean 'mono'?"
    expect(audio.open, path, {mono = 1}):raises "option 'mono': boolean expected, got 1"
    expect(audio.save, path, {1}, 8000):raises "bad argument #2 to 'save' (tensor expected"
    expect(audio.save, path, x:astype "int16", 8000):raises "float32 {n}"
    expect(audio.save, path, x, 0.5):raises "#3 to 'save' (a sample rate in whole Hz"
    expect(audio.save, path, x, 8000, {bits = 12}):raises "no WAV files of 12 bits"
    expect(audio.save, path, x, 8000, {bits = 64, float = true}):raises "64 bits, float,"
    expect(audio.save("/nowhere/at/all.wav", x, 8000)):fails "/nowhere/at/all.wav: "
    expect(audio.pcm, {format = "s8"}):raises "no format 's8'"
    expect(audio.pcm, {channels = 0}):raises "1 to 64 expected, got 0"
    local _, message = pcall(function() audio.save(path, 3) end)
    expect(message):matches "audio_test.lua"
  end)
  it("of sources and readers changes nothing", function()
    assert(audio.save(path, tensor.arange(6):reshape({3, 2}) / 8, 8000))
    local source <close> = assert(audio.open(path))
    expect(source.frames, source, 0):raises "#1 to 'frames' (a number of frames >= 1"
    expect(source.frames, source, 1, 0.5):raises "#2 to 'frames'"
    expect(function() source.bit = 3 end):raises "no field 'bit' to set"
    local reader <close> = assert(pcm.open(path, "s16", {channels = 2, offset = 44}))
    expect(reader.read, reader, tensor.zeros {2, 3}):raises "float32 {n} or {n, 2}"
    expect(reader.read, reader, tensor.zeros({2}, "int16")):raises "float32 {n}"
    expect(reader.read, reader, tensor.zeros {4, 2}:slice({1, -1, 2}, {})):raises "without gaps"
    expect(function() reader:read(tensor.zeros {2}, 0) end):raises "#2 to 'read'"
    expect(reader:read(tensor.zeros {0, 2})):equals(0)
    expect(source:read(1)):equals {{0, 0.125}}
    expect(pcm.open, path, "s17"):raises "no format 's17'"
    expect(pcm.open, path, "s16", {chanels = 2}):raises "did you mean 'channels'"
  end)
end)

describe("recorded speech", function()
  it("is read as it was recorded", function()
    local name = test.shared() .. "/samples/micro_speech/yes_1000ms.wav"
    local source <close> = audio.open(name)
    if not source then return expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false() end
    expect(source.length):equals(16000)
    local x = source:read(16000)
    local file <close> = assert(io.open(name, "rb"))
    file:seek("set", 44)
    local samples = tensor.frombytes(file:read "a", "int16")
    expect((x * 0x1p15):astype "int16"):equals(samples)
    assert(audio.save(path, x, 16000))
    expect(read():sub(45) == samples:tobytes()):is_true()
  end)
end)

os.remove(path)
