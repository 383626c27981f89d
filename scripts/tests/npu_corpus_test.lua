-- Models compiled for the Ethos-U against the answers of the models they were compiled from,
-- byte for byte, on the functional model: networks for five configurations, two ways of using
-- memory, one that others have published, single operators.
--
-- The recordings lie at $MOONLET_SHARED, else ../shared; vela/README.md there says what is in a
-- folder. Without them one case says so, unless MOONLET_REQUIRE_SHARED is 1.

local nn, sys, tensor, test, tflite = require "nn", require "sys", require "tensor", require "test",
  require "tflite"
local describe, it, expect = test.describe, test.it, test.expect
local corpus_inputs, read = require "corpus_inputs", require("file_bytes").read
local inputs_of, run = corpus_inputs.of, corpus_inputs.run

local vela = test.shared() .. "/vela/"
local corpus = test.shared() .. "/corpus/"
local VECTORS = 3

-- Compiled models, and the folder of the corpus with inputs and answers.
local NETWORKS = {
  {"ad01_int8", "mlperf_ad_int8"}, {"hello_world_int8", "hello_world_int8"},
  {"kws_ref_model", "mlperf_kws_int8"}, {"micro_speech_quantized", "micro_speech_int8"},
  {"person_detect", "person_detect_int8"}, {"pretrainedResnet_quant", "mlperf_ic_int8"},
  {"str_ww_ref_model", "mlperf_sww_int8"}, {"vww_96_int8", "mlperf_vww_int8"},
}
local CONFIGURATIONS = {
  "ethos-u55-32", "ethos-u55-64", "ethos-u55-128", "ethos-u55-256", "ethos-u65-256",
}
-- Those of which there are variants.
local VARIED = {
  kws_ref_model = true, person_detect = true, pretrainedResnet_quant = true, vww_96_int8 = true,
}
local VARIANTS = {"ethos-u55-128-optimise-size", "u65ded-dedicated-sram-64k"}

local OPERATORS = {
  "add_bcast", "add_bcast_rev", "add_diff", "add_scalar", "avg2x2relu6", "avg3x3same", "avg7x7",
  "concat", "conv12x3d2", "conv1x1", "conv1x7c33", "conv3x3", "conv3x3s3v", "conv5x5s2",
  "conv9x11", "conv_big", "conv_sigmoid", "dw3x3", "dw3x3d2", "dw9x9", "fc_batch", "hardswish",
  "logistic", "lrelu", "lrelu_diff", "maximum", "mean_hw", "minimum", "mul_bcast_hw", "pad",
  "resize_bl", "resize_nn", "softmax10", "softmax64", "strided_slice", "sub_rev", "tanh",
  "tconv4", "tconv_valid",
}
local OPERATOR_CONFIGURATIONS = {"ethos-u55-64", "ethos-u55-128", "ethos-u55-256"}
-- Where the compiler's table is not what the reference computes: outputs that differ, by 1.
local DIFFERING = {lrelu_diff = 7}

-- What a whole run compares.
local LEAST_VECTORS, LEAST_BYTES = 267, 1195638

local vectors, bytes = 0, 0

local function count(golden)
  vectors = vectors + 1
  bytes = bytes + #golden
end

-- All vectors of a network on one model: each is given all inputs.
local function compare_network(path, folder)
  local model <close> = assert(nn.load(path))
  for vector = 0, VECTORS - 1 do
    local got = run(model, inputs_of(corpus .. folder, vector))
    local golden = read(corpus .. folder .. "/out" .. vector .. ".bin")
    expect(got == golden):is_true()
    count(golden)
  end
end

-- How many bytes differ, and the largest difference.
local function difference(got, golden)
  local different, largest = 0, 0
  for i = 1, #golden do
    local distance = math.abs(string.unpack("b", got, i) - string.unpack("b", golden, i))
    if distance > 0 then different = different + 1 end
    largest = math.max(largest, distance)
  end
  return different, largest
end

-- What the model answers; its memory is given back before answers are compared, since the larger
-- ones take a fifth of a device's.
local function operator_answer(configuration, name)
  local stored, used = read(vela .. "ops/" .. name .. ".in.bin"), 0
  local path = vela .. "ops/" .. configuration .. "/" .. name .. "_vela.tflite"
  local model <close> = assert(nn.load(path))
  local got = run(model, function(port)
    local first = used + 1
    used = used + port.tensor.size  -- int8
    return stored:sub(first, used)
  end)
  expect(used):equals(#stored)
  return got
end

local function compare_operator(configuration, name)
  local got = operator_answer(configuration, name)
  do
    local golden = read(vela .. "ops/" .. name .. ".npu.bin")
    expect(got == golden):is_true()
    count(golden)
  end
  collectgarbage()
  local reference = read(vela .. "ops/" .. name .. ".tflm.bin")
  if DIFFERING[name] then
    local different, largest = difference(got, reference)
    expect(different):equals(DIFFERING[name])
    expect(largest):equals(1)
  else
    expect(got == reference):is_true()
  end
end

local function network_cases()
  for _, row in ipairs(NETWORKS) do
    local name, folder = row[1], row[2]
    it(name .. " gives the answers of its origin in every configuration", function()
      for _, configuration in ipairs(CONFIGURATIONS) do
        compare_network(vela .. configuration .. "/" .. name .. "_vela.tflite", folder)
      end
      for _, variant in ipairs(VARIED[name] and VARIANTS or {}) do
        compare_network(vela .. "variants/" .. variant .. "/" .. name .. "_vela.tflite", folder)
      end
    end)
  end
  it("a model that others have published gives the answers of its origin", function()
    compare_network(vela .. "wild/tflm_person_detect_vela.tflite", "person_detect_int8")
    compare_network(corpus .. "person_detect_vela/model.tflite", "person_detect_int8")
  end)
end

local function operator_cases()
  for _, name in ipairs(OPERATORS) do
    it(name .. " gives the answers of the reference", function()
      for _, configuration in ipairs(OPERATOR_CONFIGURATIONS) do
        compare_operator(configuration, name)
      end
    end)
  end
end

local function whole_cases()
  it("compares as much as was recorded", function()
    print(("%d vectors, %d bytes compared"):format(vectors, bytes))
    expect(vectors >= LEAST_VECTORS):is_true()
    expect(bytes >= LEAST_BYTES):is_true()
  end)

  it("networks answer noise as on the CPU", function()
    math.randomseed(5)
    for _, row in ipairs(NETWORKS) do
      local compiled <close> = assert(nn.load(vela .. "ethos-u55-128/" .. row[1] .. "_vela.tflite"))
      local source <close> = assert(nn.load(corpus .. row[2] .. "/model.tflite"))
      local x = tensor.zeros(compiled.inputs[1].shape, "int8")
      for _, amplitude in ipairs {8, 127} do
        local middle, flat = math.random(-100, 100), x:reshape {x.size}
        for i = 1, x.size do
          flat[i] = math.max(-128, math.min(middle + math.random(-amplitude, amplitude), 127))
        end
        expect(compiled:run(x)):equals(source:run(x))
      end
    end
  end)

  -- One class that has everything, and powers of two that share: where sums round and saturate.
  it("a softmax that is sure gives the answers of the CPU", function()
    for _, name in ipairs {"softmax10", "softmax64"} do
      local npu_model <close> = assert(nn.load(vela .. "ops/ethos-u55-128/" .. name .. "_vela.tflite"))
      local port = npu_model.inputs[1]
      local map = {shape = port.shape, dtype = "int8", scale = port.scale}
      map.zero_point = port.zero_point
      local probabilities = {shape = port.shape, dtype = "int8", scale = 1 / 256, zero_point = -128}
      local cpu_model <close> = assert(nn.frombytes(tflite.tobytes {
        tensors = {map, probabilities}, inputs = {1}, outputs = {2},
        operators = {{"SOFTMAX", options = {beta = 1.0}, inputs = {1}, outputs = {2}}},
      }))
      for sure = 0, 32 do
        local x = tensor.full(port.shape, -128, "int8")
        for i = 1, sure do x:reshape {x.size}[(i * 7 - 1) % x.size + 1] = 127 - sure end
        expect(npu_model:run(x)):equals(cpu_model:run(x))
      end
    end
  end)

  it("takes no memory to run", function()
    for _, row in ipairs(NETWORKS) do
      local model <close> = assert(nn.load(vela .. "ethos-u55-128/" .. row[1] .. "_vela.tflite"))
      local figures = {}
      collectgarbage()
      collectgarbage()
      local at_load = sys.mem(figures).engine
      expect(test.garbage(3, function() model:run() end)):equals(0)
      expect(sys.mem(figures).engine):equals(at_load)
    end
  end)

  it("analysis tells that the NPU runs them", function()
    local report = assert(nn.analyze(vela .. "ethos-u55-128/kws_ref_model_vela.tflite"))
    expect(#report.operators):equals(1)
    expect(#report.unsupported):equals(0)
    expect(report.operators[1].runs_on):equals("npu")
    expect(report.operators[1].npu):equals(nil)
  end)
end

describe("the models compiled for the Ethos-U", function()
  if read(vela .. "README.md") then
    network_cases()
    operator_cases()
    whole_cases()
  else
    it("are not required where they are absent", function()
      print("No compiled models at " .. vela)
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
  end
end)
