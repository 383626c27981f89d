-- plot.spectrogram: which frequencies a signal has, and when.

local dsp, grid, tensor = require "dsp", require "plot.grid", require "tensor"
local values = require "plot.values"

local spectrogram = {first = true, options = {window = "integer", hop = "integer"}}

local WINDOW <const> = 256
local SHOWN <const> = 60       -- dB below the strongest
local SILENCE <const> = 1e-12  -- power: -120 dB

-- Full scale is -1 to 1.
local function samples(x)
  local vector, why = values.vector(x)
  if not vector then return nil, why end
  if not values.is_tensor(vector) then return tensor.new(vector) end
  if vector.dtype == "int16" then return vector:astype "float32" / 32768 end
  return vector:astype "float32"
end

-- The ends of the colours: what the options say, else the strongest and so much below.
local function ends(level, options)
  local _, strongest = values.range(level)
  if strongest == -math.huge then strongest = 0 end  -- there is no number
  local high = options.high or options.low and math.max(strongest, options.low + 1) or strongest
  return options.low or high - SHOWN, high
end

function spectrogram.add(figure, options, x, rate)
  local signal, why = samples(x)
  if not signal then return 1, why end
  if type(rate) ~= "number" or not (rate > 0 and values.finite(rate)) then
    return 2, "sample rate in hertz expected, got " .. tostring(rate)
  end
  local window = options.window or WINDOW
  local hop = options.hop or window // 2
  if window < 2 or window > #signal then
    return options.window and 3 or 1, options.window
      and ("option 'window': 2 to %d samples expected, got %d"):format(#signal, window)
      or ("%d samples or more expected, got %d"):format(WINDOW, #signal)
  end
  if hop < 1 or hop > window then
    return 3, ("option 'hop': 1 to %d samples expected, got %d"):format(window, hop)
  end
  local hertz, seconds, power = dsp.spectrogram(signal, {sample_rate = rate, window = "hann",
    nperseg = window, noverlap = window - hop, detrend = false, scaling = "spectrum"})
  local level = (power * 2 + SILENCE):log10() * 10  -- 0 dB: a sine at full scale
  local low, high = ends(level, figure.options)
  local half_hop, half_bin = hop / rate / 2, hertz[2] / 2
  figure.marks[#figure.marks + 1] = grid.new({level}, {
    map = "viridis", scale = true, unit = "dB", upwards = true, stretch = true,
    fold = "max",  -- so that a tone is seen however many bins share a cell
    low = low, high = high,
    x_range = {seconds[1] - half_hop, seconds[#seconds] + half_hop},
    y_range = {-half_bin, rate / 2 + half_bin},
  })
  figure.options.xlabel = figure.options.xlabel or "seconds"
  figure.options.ylabel = figure.options.ylabel or "hertz"
end

return spectrogram
