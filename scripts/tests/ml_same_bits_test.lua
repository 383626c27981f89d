-- One script, one answer: what every kind of estimator learns and answers has the same bits on
-- every target. ml_same_bits_golden.lua holds checksums as the host gave them; to take them anew:
--
--   moonlet scripts/tests/ml_same_bits_test.lua record > scripts/tests/ml_same_bits_golden.lua

local ml, sys, tensor, test = require "ml", require "sys", require "tensor", require "test"
local signals = require "signals"

local recording <const> = ... == "record"
local golden = recording and {} or require "ml_same_bits_golden"

local ROWS <const>, FEATURES <const>, CLASSES <const> = 60, 4, 3
local METHODS <const> = {"predict", "predict_proba", "decision_function", "transform",
  "inverse_transform", "score_samples", "predict_std", "kneighbors", "mahalanobis"}

-- Three groups of rows, no value below 0, and what belongs to them.
local function samples()
  local x = signals.lcg(ROWS * FEATURES, 5):reshape{ROWS, FEATURES} + 2
  local labels, values = {}, {}
  for i = 1, ROWS do
    local group = i % CLASSES
    x:set(x:at(i, group + 1) + 3, i, group + 1)
    labels[i] = group
    values[i] = 3 * x:at(i, 1) - x:at(i, 2) * x:at(i, 3)
  end
  return x, tensor.new(labels, "int32"), tensor.new(values)
end

local function crc(sum, t)
  return sys.crc32(type(t) == "number" and ("%a"):format(t) or t:tobytes(), sum)
end

-- Checksums of the arrays, and of the answers to all methods that there are.
local function sums_of(model, x)
  local learnt, answered = 0, 0
  for _, array in ipairs(ml.describe(model.kind).arrays) do
    if model[array.name] then learnt = crc(learnt, model[array.name]) end
  end
  for _, name in ipairs(METHODS) do
    local back = name == "inverse_transform" and model.task == "transform"
    local ok, result = pcall(model[name], model, back and model:transform(x) or x)
    if ok then answered = crc(answered, result) end
  end
  return ("%08x %08x"):format(learnt, answered)
end

local function fitted(kind)
  local x, labels, values = samples()
  local ok, seeded = pcall(ml.estimator, kind, {seed = 7})
  local model = ok and seeded or ml.estimator(kind)
  if model.task == "classify" then return model:fit(x, labels), x end
  if model.task == "regress" then return model:fit(x, values), x end
  return model:fit(x), x
end

local function check(kind)
  local text = sums_of(fitted(kind))
  if recording then return print(("  %s = %q,"):format(kind, text)) end
  print(kind, text)
  test.expect(text):equals(golden[kind])
end

if recording then
  print "-- What ml_same_bits_test.lua computes on the host; it says how to take this anew.\nreturn {"
  for _, kind in ipairs(ml.kinds()) do check(kind) end
  print "}"
else
  test.describe("what is learnt and answered", function()
    for _, kind in ipairs(ml.kinds()) do test.it(kind, function() check(kind) end) end
  end)
end
