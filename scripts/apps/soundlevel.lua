-- soundlevel.lua - a sound level meter.
--
--   moonlet soundlevel.lua [--wav FILE | --pcm console|uart|FILE] [--rate HZ]
--                          [--weighting A|C|Z] [--full DB] [--every SECONDS]
--
-- Frequency weighting by IEC 61672, then the mean square as fast (125 ms) and slow (1 s) meters
-- show it. Levels are in dB, 0 dB being a sine at full scale; --full says what that is for the
-- microphone at hand, such as 120. --rate is that of --pcm, 16000 unless given. The board's first
-- light is on for a second after samples at full scale: what they were before, nobody knows.
-- Without --wav and --pcm it measures a generated tone.

local dsp, plot, task, tensor = require "dsp", require "plot", require "task", require "tensor"
local command, lights = require "support.command", require "support.lights"

local USAGE = "usage: soundlevel.lua [--wav FILE | --pcm console|uart|FILE] [--rate HZ]"
  .. " [--weighting A|C|Z] [--full DB] [--every SECONDS]"
local FAST, SLOW = 0.125, 1  -- seconds
local PIECE = 0.05           -- seconds of signal at a time
local SINE = 0.5             -- mean square at full scale
local CLIPPED = 1 - 0x1p-15  -- the largest sample of 16 bits
local FLASH = 1              -- seconds

-- A tone of 1 kHz, 20 dB below full scale, then 100 Hz as loud, which A takes 19.1 dB from.
local function tones()
  local time = tensor.arange(64000, "float64") / 16000
  local low, high = (time * (200 * math.pi)):sin(), (time * (2000 * math.pi)):sin()
  return tensor.where(time:lt(2), high, low):astype "float32" * 0.1
end

local function smoother(seconds, rate) return dsp.exponential {alpha = 1 / (seconds * rate)} end

local scratch = tensor.zeros {1}

-- A mean square in dB; tensors have the same logarithm on every machine.
local function level(mean_square, full)
  scratch[1] = math.max(mean_square / SINE, 1e-20)
  return 10 * scratch:log10()[1] + full
end

-- Calls report(seconds, fast, slow, mean) with mean squares, `every` so often and at the end;
-- `fast` is the highest since the last time. Allocates nothing in between.
local function measure(source, curve, every, report)
  local rate = source.sample_rate
  local length = math.max(math.floor(rate * PIECE), 1)
  local weighting = curve ~= "Z" and dsp.sos {sections = dsp.weighting(curve, rate)} or nil
  local fast, slow = smoother(FAST, rate), smoother(SLOW, rate)
  local square = tensor.zeros {length}
  local count, highest, slow_now, sum, next_report = 0, 0, 0, 0, every
  for x in task.frames(source, length) do
    if x:max() >= CLIPPED or x:min() <= -CLIPPED then lights.flash(1, FLASH) end
    local weighted = weighting and weighting:push(x) or x
    weighted:mul(weighted, square)
    count, sum = count + 1, sum + square:mean()
    highest = math.max(highest, fast:push(square):max())
    slow_now = slow:push(square)[length]
    if count * length >= next_report * rate then
      report(count * length / rate, highest, slow_now, sum / count)
      next_report, highest = next_report + every, 0
    end
  end
  return sum / math.max(count, 1)
end

-- The levels so far, where the sound has an end.
local function draw(levels, unit)
  if #levels.seconds < 2 then return end
  plot.line({levels.fast, levels.slow}, {x = levels.seconds, legend = {"fast max", "slow"},
    xlabel = "seconds", ylabel = unit, height = 7})
end

local function main(options)
  local curve, full = (options.weighting or "A"):upper(), options.full or 0
  if not curve:find "^[ACZ]$" then command.leave(("no weighting '%s'"):format(curve), 2) end
  local unit = curve == "Z" and "dB" or ("dB(%s)"):format(curve)
  local source <close> = command.source(options, options.rate or 16000, tones)
  print(("%8s  fast max  slow      mean      %s"):format("seconds", unit))
  local levels = {seconds = {}, fast = {}, slow = {}}
  local function report(seconds, fast, slow, so_far)
    fast, slow = level(fast, full), level(slow, full)
    print(("%8.2f  %8.1f  %8.1f  %8.1f"):format(seconds, fast, slow, level(so_far, full)))
    if not source.length then return end
    local n = #levels.seconds + 1
    levels.seconds[n], levels.fast[n], levels.slow[n] = seconds, fast, slow
  end
  local mean
  task.spawn(function() mean = measure(source, curve, options.every or 0.5, report) end)
  task.run()  -- until the light is out
  draw(levels, unit)
  print(("mean level: %.1f %s"):format(level(mean, full), unit))
end

main(command.options({...}, {wav = "text", pcm = "text", rate = "number", weighting = "text",
  full = "number", every = "number"}, USAGE))
