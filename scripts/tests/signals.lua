-- What the tests of signals share: SciPy's recorded cases, the signal they were recorded with,
-- and how far from an expected one a result may be.

local json, tensor, test = require "json", require "tensor", require "test"
local expect = test.expect

local signals = {}

-- The cases of "dsp-goldens/NAME.json" in the recorded data, or nil where they are absent.
function signals.find_recorded(name)
  local file <close> = io.open(test.shared() .. "/dsp-goldens/" .. name .. ".json")
  return file and assert(json.decode(file:read "a")).cases
end

-- The same, for use in a case: it fails where the cases are absent but must not be.
function signals.recorded(name)
  local cases = signals.find_recorded(name)
  if not cases then expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false() end
  return cases
end

-- Says how many of `what` were compared, and expects at least so many.
function signals.expect_compared(count, least, what)
  print(("%d %s compared"):format(count, what))
  expect(count >= least):is_true()
end

-- The state after `state` (32 bits) of the generator the recordings' signal was made with. The
-- upper bits are the random ones.
function signals.next_state(state) return (1664525 * state + 1013904223) & 0xffffffff end

-- The recordings' signal: noise in [-2, 2), exact in float32 as it is multiples of 1/1024.
function signals.lcg(count, seed)
  local values, state = {}, seed
  for i = 1, count do
    state = signals.next_state(state)
    values[i] = ((state >> 20) - 2048) / 1024
  end
  return tensor.new(values)
end

-- The larger of two numbers; NaN when either is, which math.max may pass over.
local function larger(a, b)
  if a ~= a or b ~= b then return 0 / 0 end
  return math.max(a, b)
end

-- The largest absolute value of a list or vector.
function signals.largest(x)
  local most = 0
  for i = 1, #x do most = larger(most, math.abs(x[i])) end
  return most
end

-- The largest distance between two lists or vectors of one length.
function signals.distance(got, want)
  expect(#got):equals(#want)
  local most = 0
  for i = 1, #want do most = larger(most, math.abs(got[i] - want[i])) end
  return most
end

-- Expects a list or vector within 1e-6 of the largest number of `want`, in double.
function signals.near_peak(got, want, what)
  local most, peak = signals.distance(got, want), signals.largest(want)
  if not (most <= 1e-6 * peak) then error(("%s: %g of %g"):format(what, most, peak)) end
end

-- A tensor of what was recorded: of a list, or of {re = list, im = list} as pairs.
local function recorded_tensor(value)
  if value.re == nil then return tensor.new(value) end
  return tensor.stack({tensor.new(value.re), tensor.new(value.im)}, -1)
end

-- Expects a float32 tensor of the shape of `want`, within 1e-5 of its largest number. `want` is a
-- tensor or as it was recorded.
function signals.near(got, want)
  if type(want) == "table" then want = recorded_tensor(want) end
  expect(got.shape):equals(want.shape)
  expect(got):close(want:astype "float32", 1e-5 * math.max(1e-9, want:abs():max()))
end

return signals
