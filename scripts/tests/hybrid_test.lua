-- Recorded models with float32 activations over int8 weights, against the rules in NumPy
-- (tools/operators/write_hybrid.py): the reference does not run them. Needs the recorded
-- models, as corpus_test.lua does.

local nn, tensor, test = require "nn", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local corpus = (os.getenv "MOONLET_SHARED" or "../shared") .. "/corpus/"

local function recorded()
  local file <close> = io.open(corpus .. "README.md")
  return file ~= nil
end

local function check(network)
  local golden = assert(tensor.load "scripts/tests/hybrid.npz")
  local model <close> = assert(nn.load(corpus .. "mlperf_" .. network .. "_hybrid/model.tflite"))
  for vector = 1, 3 do
    local y = golden[network .. "/out" .. vector]
    local range = math.max(y:max(), 0) - math.min(y:min(), 0)
    expect(model:run(golden[network .. "/in" .. vector])):close(y, golden.tolerance:at() * range)
  end
end

describe("a hybrid model", function()
  if recorded() then
    it("finds anomalies", function() check "ad" end)
    it("spots keywords", function() check "kws" end)
  else
    it("is not required where the recorded models are absent", function()
      expect(os.getenv "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
  end
end)
