-- What the tests of module ml share: scikit-learn's recorded answers, and ways to compare.

local json, ml, signals, tensor, test = require "json", require "ml", require "signals",
  require "tensor", require "test"
local expect = test.expect

local goldens = {}

-- The models recorded in "ml-goldens/NAME.json" with their samples, or nil where they are absent.
function goldens.recorded(name)
  local file <close> = io.open(test.shared() .. "/ml-goldens/" .. name .. ".json")
  if file then return assert(json.decode(file:read "a")) end
  expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
end

function goldens.double(values) return tensor.new(values, "float64") end

-- Expects the same shape, and values that differ by no more than `tolerance`.
function goldens.near(got, want, tolerance)
  want = goldens.double(want)
  expect(got.shape):equals(want.shape)
  expect((got:astype "float64" - want):abs():max() <= tolerance):is_true()
end

-- The model once more, by way of its file.
function goldens.copy(model) return assert(ml.frombytes(ml.tobytes(model))) end

-- Numbers in [-2, 2), multiples of 1/1024.
function goldens.noise(rows, features, seed)
  return signals.lcg(rows * features, seed):reshape{rows, features}
end

return goldens
