-- Recorded models against the answers of the TensorFlow Lite Micro reference kernels, as
-- a script sees them: integer outputs byte for byte, float outputs to 1e-5 of their
-- range; the engine's memory against the smallest arena of the reference; no allocation
-- once a model runs.
--
-- The recordings lie at $MOONLET_SHARED, else ../shared; corpus/README.md there says what
-- is in a folder. Without them one case says so, unless MOONLET_REQUIRE_SHARED is 1.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local corpus_inputs, read = require "corpus_inputs", require("file_bytes").read
local inputs_of, run = corpus_inputs.of, corpus_inputs.run

local MODELS = {
  "audio_preprocessor_float", "audio_preprocessor_int8", "dtln_int8", "hello_world_float",
  "hello_world_int8", "keyword_scrambled_16x8", "keyword_scrambled_8bit", "micro_speech_int8",
  "micro_speech_lstm", "mlperf_ad_fullint_floatio", "mlperf_ad_int8", "mlperf_ic_float",
  "mlperf_ic_int8", "mlperf_ic_large_int8", "mlperf_kws_int8", "mlperf_sww_int8",
  "mlperf_vww_float", "mlperf_vww_int8", "mnist_lstm_float", "mnist_lstm_int8",
  "mww_v1_okay_nabu", "mww_v2_hey_jarvis", "mww_v2_okay_nabu", "mww_v2_vad", "person_detect_int8",
  "simple_add",
}
-- Single operators with int16 activations: "seanet_add0", ...
local SINGLE = {
  add = {0, 1, 3, 6, 7, 9, 10, 11},
  conv = {1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 21},
  leaky_relu = {0, 1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18, 20},
  pad = {0, 1, 4, 5, 6, 7, 8, 11, 12, 13, 15},
  quantize = {0, 1},
  strided_slice = {1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 24, 25, 27,
    28, 30, 32},
  sub = {0, 1, 2, 3},
  transpose_conv = {0, 2, 4},
}
for kind, numbers in pairs(SINGLE) do
  for _, number in ipairs(numbers) do MODELS[#MODELS + 1] = "seanet_" .. kind .. number end
end
table.sort(MODELS)
local VECTORS = 3
-- What the engine takes on a device for a model that is prepared in the image.
local MOST_PREPARED = {
  mlperf_ad_int8 = 1700, mlperf_kws_int8 = 18000, mlperf_ic_int8 = 50500, mlperf_vww_int8 = 60000,
  mlperf_sww_int8 = 9000, person_detect_int8 = 60000,
}
-- What a whole run compares.
local LEAST_VECTORS, LEAST_BYTES = 333, 895854

local corpus = test.shared() .. "/corpus/"

local function meta_number(name, key)
  return math.tointeger(read(corpus .. name .. "/meta.json"):match('"' .. key .. '": (%d+)'))
end

-- How many runs of one model a vector holds.
local function frames_of(name, vector)
  local entry = read(corpus .. name .. "/meta.json"):match('"out": "out' .. vector .. '.bin".-}')
  return math.tointeger(entry:match '"frames": (%d+)' or 1)
end

-- From the lowest to the highest golden output over all vectors.
local function golden_range(name)
  local low, high = math.huge, -math.huge
  for vector = 0, VECTORS - 1 do
    local golden = tensor.frombytes(read(corpus .. name .. "/out" .. vector .. ".bin"), "float32")
    low, high = math.min(low, golden:min()), math.max(high, golden:max())
  end
  return high - low
end

-- Loads a fresh model, so that no vector sees the traces of another.
local function load(name, options)
  return assert(nn.load(corpus .. name .. "/model.tflite", options))
end

-- Compares one vector; gives the bytes compared.
local function compare(name, vector)
  -- In the image of a device each model is prepared; the last vector does without.
  local model <close> = load(name, {prepared = vector < VECTORS - 1})
  local next_bytes, outputs = inputs_of(corpus .. name, vector), {}
  for frame = 1, frames_of(name, vector) do outputs[frame] = run(model, next_bytes) end
  local got, golden = table.concat(outputs), read(corpus .. name .. "/out" .. vector .. ".bin")
  if model.outputs[1].dtype == "float32" then
    expect(tensor.frombytes(got, "float32")):close(tensor.frombytes(golden, "float32"),
      1e-5 * golden_range(name))
  else
    expect(got == golden):is_true()
  end
  return #golden
end

local function corpus_cases()
  local vectors, bytes = 0, 0
  for _, name in ipairs(MODELS) do
    it(name .. " gives the reference's outputs", function()
      for vector = 0, VECTORS - 1 do
        bytes = bytes + compare(name, vector)
        vectors = vectors + 1
      end
    end)
  end

  it("compares as much as was recorded", function()
    print(("%d models, %d vectors, %d bytes compared"):format(#MODELS, vectors, bytes))
    expect(vectors >= LEAST_VECTORS):is_true()
    expect(bytes >= LEAST_BYTES):is_true()
  end)

  for _, name in ipairs(MODELS) do
    it(name .. " takes no more memory than the reference, and none to run", function()
      collectgarbage()
      collectgarbage()
      expect(sys.mem().engine):equals(0)
      local figures = {}
      local model <close> = load(name)
      local at_load = sys.mem(figures).engine
      -- The image of a device has it prepared.
      expect(model.prepared):equals(sys.board ~= "host")
      if model.prepared and MOST_PREPARED[name] then
        expect(at_load <= MOST_PREPARED[name]):is_true()
      end
      -- Here the output stays while the next input is written; there they share their memory.
      local apart = name == "mlperf_ad_fullint_floatio" and #model.outputs[1].tensor:tobytes() or 0
      expect(at_load <= meta_number(name, "arena_min_x86_64") + apart):is_true()
      local x = {}
      for i, port in ipairs(model.inputs) do x[i] = port.tensor:clone() end
      local x1, x2 = x[1], x[2]
      local with_inputs = x2 and function() model:run(x1, x2) end or function() model:run(x1) end
      expect(test.garbage(3, function() model:run() end)):equals(0)
      expect(test.garbage(3, with_inputs)):equals(0)
      expect(sys.mem(figures).engine):equals(at_load)
      expect(model:run()):equals(model.outputs[1].tensor)
    end)
  end
end

describe("the recorded models", function()
  if read(corpus .. "README.md") then
    corpus_cases()
  else
    it("are not required where they are absent", function()
      print("No recorded models at " .. corpus)
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
  end
end)
