-- spectrum.lua - what frequencies a sound is made of, and when.
--
--   moonlet spectrum.lua [--wav FILE | --pcm console|uart|FILE] [--rate HZ] [--size N]
--                        [--ascii yes]
--
-- The mean power of overlapping frames under a Hann window (Welch's method), and a map of time
-- across and frequency upwards. Levels are in dB, 0 dB being a sine at full scale. --rate is
-- that of --pcm, 16000 unless given. Without --wav and --pcm it looks at a generated sweep.

local dsp, plot, tensor = require "dsp", require "plot", require "tensor"
local command = require "support.command"

local USAGE = "usage: spectrum.lua [--wav FILE | --pcm console|uart|FILE] [--rate HZ] [--size N]"
  .. " [--ascii yes]"
local COLUMNS = 70  -- of the map, at most

-- Two seconds from 200 Hz to 3.8 kHz, and a tone of 1 kHz.
local function sweep()
  local time = tensor.arange(32000, "float64") / 16000
  local rising = ((time * 200 + time * time * 900) * (2 * math.pi)):sin()
  return (rising * 0.3 + (time * (2000 * math.pi)):sin() * 0.1):astype "float32"
end

-- Sums of power: of all frames, {bins}, and for each column of the map, {columns, bins}; and
-- the number of frames. Of a sound without an end the last column takes the rest. Allocates
-- nothing per frame.
local function analyse(source, size)
  local hop, bins = size // 2, size // 2 + 1
  local plan, window = dsp.fft_plan(size, {kind = "real"}), dsp.hann(size, true)
  window:mul_(2 / window:sum())  -- a sine of amplitude 1 gives a peak of 1
  local frame, spectrum = tensor.zeros {size}, tensor.zeros {bins, 2}
  local squares = tensor.zeros {bins, 2}
  local power, total = tensor.zeros {bins}, tensor.zeros {bins}
  local expected = source.length and math.max((source.length - size) // hop + 1, 1) or COLUMNS
  local width, columns, count = math.min(expected, COLUMNS), {}, 0
  local map = tensor.zeros {width, bins}
  for i = 1, width do columns[i] = map[i] end
  for x in source:frames(size, hop) do
    plan:rfft(x:mul(window, frame), spectrum)
    spectrum:mul(spectrum, squares):sum(2, power)
    total:add_(power)
    columns[math.min(count * width // expected, width - 1) + 1]:add_(power)
    count = count + 1
  end
  return total, map:slice {1, math.min(math.max(count, 1), width)}, count
end

local function decibel(power) return (power + 1e-12):log10() * 10 end

local function show(total, map, count, size, rate, ascii)
  local level = decibel(total / count)
  local peak = level:argmax()
  local top, seconds = rate / 2, count * (size // 2) / rate
  local low, high = level:max() - 60, level:max()
  plot.line(level, {title = "power", xlabel = "hertz", ylabel = "dB", from = 0, to = top,
    ascii = ascii})
  plot.heatmap(decibel(map):transpose(), {title = "power in dB", xlabel = "seconds",
    ylabel = "hertz", flip = true, from = 0, to = seconds, bottom = 0, top = top, height = 16,
    low = low, high = high, ascii = ascii})
  print(("%d frames; strongest: %.1f Hz, %.1f dB"):format(count,
    (peak - 1) * top / (#level - 1), level[peak]))
end

local function main(options)
  local size = options.size or 512
  local source <close> = command.source(options, options.rate or 16000, sweep)
  local total, map, count = analyse(source, size)
  if count == 0 then return print(("less than a frame of %d samples"):format(size)) end
  show(total, map, count, size, source.sample_rate, options.ascii == "yes" or nil)
end

main(command.options({...}, {wav = "text", pcm = "text", rate = "number", size = "number",
  ascii = "text"}, USAGE))
