--- The features that the streaming wake word of MLPerf Tiny listens to: 40 log mel energies every
-- 32 ms, from 0 to 1.
--
-- As the benchmark's reference computes them: pre-emphasis, a symmetric Hamming window of 1024
-- samples, the power spectrum over 1024, filters that are triangles on the mel scale (not in Hz),
-- and (10 log10(energy) + 52) / 64, clipped.

local dsp, tensor = require "dsp", require "tensor"

local wake_word = {}

wake_word.rate, wake_word.hop, wake_word.width = 16000, 512, 40

local LENGTH <const>, BINS <const> = 1024, 513
local PRE_EMPHASIS <const> = 1 - 2 ^ -5

-- {bins, width}: filter j is 1 at its centre and falls to 0 at the centres of its neighbours, in
-- mel. The mean of the signal, bin 1, is left out.
local function filters()
  local width = wake_word.width
  local bank = tensor.zeros {BINS, width}
  local spacing = dsp.hz_to_mel(wake_word.rate / 2) / (width + 1)
  for bin = 2, BINS do
    local mel = dsp.hz_to_mel((bin - 1) * wake_word.rate / LENGTH)
    for j = 1, width do
      bank:set(math.max(0, 1 - math.abs(mel / spacing - j)), bin, j)
    end
  end
  return bank
end

--- wake_word.features() -> function
-- A function that takes the next 512 samples and gives the 40 features of the last 1024, the
-- same tensor each time. Before the first there was silence.
-- Units: samples: float32 {512}, from -1 to 1; result: float32 {40}
-- Example:
-- local next_features = require "support.wake_word".features()
-- print(next_features(tensor.zeros {512})[1]) --> 0.0
function wake_word.features()
  local hop, bank = wake_word.hop, filters()
  local window = dsp.window("hamming", LENGTH, false)
  local samples, emphasised = tensor.zeros {LENGTH + 1}, tensor.zeros {LENGTH}
  local now, before = samples:slice {2, -1}, samples:slice {1, -2}
  local old, kept = samples:slice {1, LENGTH + 1 - hop}, samples:slice {hop + 1, -1}
  local new = samples:slice {LENGTH + 2 - hop, -1}
  local spectrum = tensor.zeros {BINS, 2}
  local squares, power = tensor.zeros {BINS, 2}, tensor.zeros {1, BINS}
  local result = tensor.zeros {1, wake_word.width}
  local flat = result:reshape {wake_word.width}
  return function(x)
    old:copy_(kept:clone())
    new:copy_(x)
    before:mul(PRE_EMPHASIS, emphasised)
    now:sub(emphasised, emphasised)
    dsp.rfft(emphasised:mul_(window), LENGTH, spectrum)
    spectrum:mul(spectrum, squares)
    squares:sum(2, power:reshape {BINS})
    power:mul_(1 / LENGTH):matmul(bank, result)
    result:maximum_(1e-30):log10_():mul_(10):add_(52):div_(64)
    return flat:maximum_(0):minimum_(1)
  end
end

return wake_word
