-- The audio front end of TensorFlow Lite Micro against the recorded audio_preprocessor models:
-- the same bytes, through the models here and as they were recorded.

local dsp, nn, signals = require "dsp", require "nn", require "signals"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local read = require("file_bytes").read

local corpus = test.shared() .. "/corpus/"
local WINDOW, HOP, CHANNELS = 480, 320, 40
-- What a whole run compares.
local LEAST_BYTES = 22800

local function samples(bytes) return tensor.frombytes(bytes, "int16") end

-- Something like speech: tones that come and go over noise.
local function signal(count)
  local values = {}
  local state = 1
  for i = 1, count do
    state = signals.next_state(state)
    local noise = (state >> 20) - 2048
    local loud = math.sin(i / 4000) ^ 2 * 6000
    values[i] = math.floor(noise / 8 + loud * math.sin(i * i / 20000))
  end
  return tensor.new(values, "int16")
end

describe("audio_frontend", function()
  it("gives one frame per hop, however the samples come", function()
    local x = signal(4000)
    local whole = dsp.audio_frontend{}:push(x):clone()
    expect(whole.shape):equals({(4000 - WINDOW) // HOP + 1, CHANNELS})
    expect(whole.dtype):equals("int8")
    local front, at, rows = dsp.audio_frontend{}, 1, 0
    local piece = 1
    while at <= #x do
      local last = math.min(at + piece - 1, #x)
      local y = front:push(x:slice{at, last})
      for i = 1, y.shape[1] do
        rows = rows + 1
        expect(y[i]):same_bits(whole[rows])
      end
      at, piece = last + 1, piece * 2 % 509
    end
    expect(rows):equals(whole.shape[1])
    expect(front:reset():push(x)):same_bits(whole)
  end)

  it("takes floats, and gives integers and floats", function()
    local x = signal(1600)
    local floats = x:astype "float32" / 32768
    local whole = dsp.audio_frontend{output = "int16"}:push(x):clone()
    expect(dsp.audio_frontend{input = "float32", output = "int16"}:push(floats)):same_bits(whole)
    local scaled = dsp.audio_frontend{output = "float32"}:push(x)
    expect(scaled):same_bits(whole:astype "float32" * 0.0390625)
    local int8 = dsp.audio_frontend{}:push(x)
    for i = 1, CHANNELS do
      expect(int8:at(1, i)):equals(math.min((whole:at(1, i) * 256 + 333) // 666 - 128, 127))
    end
  end)

  it("saturates floats and takes NaN for silence", function()
    local front = dsp.audio_frontend{input = "float32", output = "int16"}
    local loud = front:push(tensor.full({WINDOW}, 5)):clone()
    expect(front:reset():push(tensor.full({WINDOW}, 32767 / 32768))):same_bits(loud)
    local none = front:reset():push(tensor.full({WINDOW}, 0 / 0)):clone()
    expect(front:reset():push(tensor.zeros{WINDOW})):same_bits(none)
  end)

  it("allocates nothing per frame", function()
    local front, x = dsp.audio_frontend{max_push = HOP}, signal(HOP)
    expect(test.garbage(100, function() front:push(x) end)):equals(0)
  end)

  it("tells its rate and delay", function()
    local front = dsp.audio_frontend{hop = 160}
    expect(front.rate_in):equals(160)
    expect(front.rate_out):equals(1)
    expect(front.latency):equals(239.5)
    expect(front.sample_rate):equals(16000)
  end)

  it("refuses what cannot be", function()
    expect(dsp.audio_frontend, {fmin = 8000}):raises("0 <= fmin < fmax <= 8000 Hz")
    expect(dsp.audio_frontend, {fmax = 9000}):raises("8000 Hz")
    expect(dsp.audio_frontend, {window = 32}):raises("option 'window'")
    expect(dsp.audio_frontend, {gain_bits = 14}):raises("15 gain bits")
    expect(dsp.audio_frontend, {hop = 0}):raises("option 'hop'")
    expect(dsp.audio_frontend, {chanels = 1}):raises("did you mean 'channels'")
    expect(dsp.audio_frontend, {output = "uint8"}):raises('"int8", "int16" or "float32"')
    local front = dsp.audio_frontend{}
    expect(function() front:push(tensor.zeros{480}) end):raises("int16")
    expect(front:push(tensor.zeros({0}, "int16")).shape):equals{0, CHANNELS}
  end)
end)

-- The frames recorded as input of one vector: each an input of the model of its own.
local function recorded(name, vector)
  local inputs = read(corpus .. name .. "/in" .. vector .. ".bin")
  local golden = read(corpus .. name .. "/out" .. vector .. ".bin")
  return samples(inputs):reshape{-1, WINDOW}, golden
end

local function compare(name, output, vector)
  local frames, golden = recorded(name, vector)
  local front = dsp.audio_frontend{hop = WINDOW, output = output}
  local bytes = {}
  for i = 1, #frames do bytes[i] = front:push(frames[i]):tobytes() end
  expect(table.concat(bytes) == golden):is_true()
  return #golden
end

-- Vector 2 is a recording, cut every HOP samples: the front end takes it as it was.
local function compare_stream(name, output)
  local frames, golden = recorded(name, 2)
  local front = dsp.audio_frontend{hop = HOP, output = output}
  local bytes = {front:push(frames[1]):tobytes()}
  for i = 2, #frames do
    bytes[i] = front:push(frames[i]:slice{WINDOW - HOP + 1, WINDOW}):tobytes()
  end
  expect(table.concat(bytes) == golden):is_true()
  return #golden
end

-- Runs the model here on a signal of the test's.
local function compare_model(name, output)
  local model <close> = assert(nn.load(corpus .. name .. "/model.tflite"))
  local x = signal(16000)
  local y = dsp.audio_frontend{output = output}:push(x)
  for i = 1, y.shape[1] do
    local start = (i - 1) * HOP
    local frame = x:slice{start + 1, start + WINDOW}:reshape{1, WINDOW}
    expect(y[i]):same_bits(model:run(frame))
  end
end

describe("audio_frontend as a model", function()
  if not read(corpus .. "README.md") then
    it("is not required where no recordings are", function()
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
    return
  end
  local bytes = 0
  local models = {audio_preprocessor_int8 = "int8", audio_preprocessor_float = "float32"}
  for name, output in pairs(models) do
    it(name .. " gives the same bytes", function()
      for vector = 0, 2 do bytes = bytes + compare(name, output, vector) end
      bytes = bytes + compare_stream(name, output)
      compare_model(name, output)
    end)
  end
  it("hears what is said, straight into a model's input", function()
    local model <close> = assert(nn.load(corpus .. "micro_speech_int8/model.tflite"))
    local labels = {"silence", "unknown", "yes", "no"}
    local port, window = model.inputs[1].tensor, tensor.zeros({1, 1960}, "int8")
    for word, name in pairs{yes = "yes_1000ms", no = "no_1000ms"} do
      local wav = assert(read(test.shared() .. "/samples/micro_speech/" .. name .. ".wav"))
      local x = samples(wav:sub(45, 45 + 31999))
      local front, heard = dsp.audio_frontend{max_push = HOP}, nil
      for start = 1, #x, HOP do
        if front:push(x:slice{start, math.min(start + HOP - 1, #x)}, port) then
          window:reshape(port.shape):copy_(port)
          heard = labels[model:run():argmax()]
        end
      end
      expect(heard):equals(word)
      local features = dsp.audio_frontend{}:push(x)
      expect(window):same_bits(features:reshape{1, 1960})
    end
  end)

  it("allocates nothing between samples and scores", function()
    local model <close> = assert(nn.load(corpus .. "micro_speech_int8/model.tflite"))
    local port, x = model.inputs[1].tensor, signal(HOP)
    local front = dsp.audio_frontend{max_push = HOP}
    for _ = 1, 60 do front:push(x, port) end
    expect(test.garbage(20, function()
      if front:push(x, port) then model:run() end
    end)):equals(0)
  end)

  it("compares as much as was recorded", function()
    signals.expect_compared(bytes, LEAST_BYTES, "bytes")
  end)
end)
