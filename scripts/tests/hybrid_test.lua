-- Recorded models with float32 activations over int8 weights, against the rules in NumPy
-- (tools/operators/write_hybrid.py): the reference does not run them. Needs the recorded
-- models, as corpus_test.lua does.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local read = require("file_bytes").read

local corpus = test.shared() .. "/corpus/"

-- The inputs recorded for the int8 model of the same network, as floats.
local function inputs(network)
  local twin <close> = assert(nn.load(corpus .. "mlperf_" .. network .. "_int8/model.tflite"))
  local port, list = twin.inputs[1], {}
  for vector = 1, 3 do
    local bytes = read(("%smlperf_%s_int8/in%d.bin"):format(corpus, network, vector - 1))
    local q = tensor.frombytes(bytes, "int8", port.shape):astype "float32"
    list[vector] = (q - port.zero_point) * port.scale
  end
  return list
end

local function check(network)
  local golden, x = assert(tensor.load(assert(sys.find "hybrid.npz"))), inputs(network)
  local model <close> = assert(nn.load(corpus .. "mlperf_" .. network .. "_hybrid/model.tflite"))
  for vector = 1, 3 do
    local y = golden[network .. "/out" .. vector]
    local range = math.max(y:max(), 0) - math.min(y:min(), 0)
    expect(model:run(x[vector])):close(y, golden.tolerance:at() * range)
  end
end

describe("a hybrid model", function()
  if read(corpus .. "README.md") then
    it("finds anomalies", function() check "ad" end)
    it("spots keywords", function() check "kws" end)
    it("hears the keyword that the int8 model hears", function()
      local twin <close> = assert(nn.load(corpus .. "mlperf_kws_int8/model.tflite"))
      local model <close> = assert(nn.load(corpus .. "mlperf_kws_hybrid/model.tflite"))
      local speech = inputs "kws"[3]  -- the other two are no recordings
      expect(model:run(speech):argmax()):equals(twin:run(speech):argmax())
    end)
  else
    it("is not required where the recorded models are absent", function()
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
  end
end)
