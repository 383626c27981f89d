-- machine_health.lua - hears from a machine's vibration that a bearing is about to fail.
--
--   moonlet machine_health.lua [--wav FILE | --csv FILE | --sds FILE] [--column N] [--rate HZ]
--                              [--learn LOOKS] [--detector gmm|forest|lof] [--seed N]
--
-- Each look is at 1024 samples: their spectrum in bands and a few measures of shape become 14
-- numbers (`dsp`). The first looks (--learn, 60) are taken to be healthy: half of them teach the
-- anomaly detector, the other half tell what scores it gives to a healthy machine. From then on a
-- cumulative sum (CUSUM) of the scores watches for a lasting change, and raises the alarm. A
-- Gaussian (gmm) scores by distance, an isolation forest's score has an end: it is later. --rate
-- is that of a CSV file, 3200 Hz unless given; --column which of its columns or of an SDS
-- recording's. Without a file the vibration of a machine is generated whose bearing begins to
-- chip half-way; how late the alarm came, and whether it was false, is reported.

local audio, csv, dsp, ml, plot = require "audio", require "csv", require "dsp", require "ml",
  require "plot"
local sds, tensor = require "sds", require "tensor"
local command = require "support.command"

local USAGE = "usage: machine_health.lua [--wav FILE | --csv FILE | --sds FILE] [--column N]"
  .. " [--rate HZ] [--learn LOOKS] [--detector gmm|forest|lof] [--seed N]"
local LOOK = 1024         -- samples
local RATE = 3200         -- Hz, of what is generated
local BANDS = 8           -- of the spectrum
local LOOKS, FAULT = 160, 100  -- generated looks, and the first with a fault in it
local THRESHOLD = 8       -- deviations that the sum must reach; healthy machines wander a little

-- The machine that is generated ------------------------------------------------------------------

local SHAFT = 24.7        -- turns per second
local PASSES = 3.58       -- balls that pass a place of the outer ring in a turn
local RING = 930          -- Hz at which the housing rings when it is struck

-- Strikes by a chipped ring: decaying tones, once for every ball that passes.
local function strikes(first, random)
  local x, period = tensor.zeros {LOOK}, RATE / (SHAFT * PASSES)
  local time = tensor.arange(160) / RATE
  local ring = (time * (2 * math.pi * RING)):sin() * (time * -180):exp()
  local at, number = period - first % period, 0
  while at + #ring < LOOK do
    number = number + 1
    local begin = math.floor(at + 6 * random[number % #random + 1])
    local stop = math.min(begin + #ring, LOOK)
    x:slice({begin + 1, stop}):add_(ring:slice {1, stop - begin})
    at = at + period
  end
  return x
end

-- Look `i` of the machine: shaft, its harmonics, gears, noise; load and so loudness wander.
local function generated(i, seed)
  local own = seed * 100000 + i
  local random = tensor.rand({16}, own)
  local time = (tensor.arange(LOOK) + (i - 1) * LOOK) / RATE
  local load = 1 + 0.15 * math.sin(i / 3) + 0.1 * (random[1] - 0.5)
  local x = tensor.randn({LOOK}, own + (1 << 40)) * (0.1 * load)
  for harmonic, size in ipairs {0.3, 0.12, 0.05} do
    x:add_((time * (2 * math.pi * SHAFT * harmonic)):sin() * (size * load))
  end
  x:add_((time * (2 * math.pi * SHAFT * 17)):sin() * (0.08 * load))
  if i >= FAULT then x:add_(strikes((i - 1) * LOOK, random) * (0.012 * (i - FAULT + 1))) end
  return x
end

-- What is measured ------------------------------------------------------------------------------

local window <const> = dsp.hann(LOOK, true)

-- Levels of the bands in dB, and in the bands' shape what strikes do: peaks above the mean.
local function features(x)
  x = x - x:mean()
  local spectrum = dsp.cabs(dsp.rfft(x * window))
  local power = spectrum * spectrum
  local bands = power:slice({1, #power - 1}):reshape(BANDS, (#power - 1) // BANDS):mean(2)
  local mobility, complexity = select(2, dsp.hjorth(x))
  local shape = tensor.new {dsp.kurtosis(x), dsp.crest_factor(x), dsp.spectral_flatness(power),
    mobility, complexity, dsp.kurtosis(dsp.envelope(x))}
  return tensor.concat({(bands + 1e-9):log10() * 10, shape}, 1)
end

local function signal_of(options)
  local x, rate, why = nil, options.rate or RATE, nil
  if options.wav then
    x, rate = audio.load(options.wav, {mono = true})
    why = rate
  elseif options.csv then
    x, why = csv.load(options.csv)
  else
    x, why, rate = sds.load(options.sds)
    rate = rate and rate.sample_frequency or options.rate or RATE
  end
  if not x then command.leave(why, 1) end
  local column = options.column or 1
  if x.rank == 2 and column > x:dim(2) then
    command.leave(("--column: there are %d"):format(x:dim(2)), 2)
  end
  return x.rank == 2 and x:slice({}, column):clone() or x, rate
end

-- look(i) -> samples, how many looks, Hz, and where the fault is known to begin.
local function source_of(options)
  if not (options.wav or options.csv or options.sds) then
    local seed = options.seed or 1
    return function(i) return generated(i, seed) end, LOOKS, RATE, FAULT
  end
  local x, rate = signal_of(options)
  return function(i) return x:slice {(i - 1) * LOOK + 1, i * LOOK} end, #x // LOOK, rate
end

local DETECTORS = {
  forest = function(seed) return ml.isolation_forest {trees = 100, seed = seed} end,
  gmm = function(seed) return ml.gmm {components = 1, covariance = "diag", seed = seed} end,
  lof = function() return ml.lof {neighbors = 10} end,
}

-- Scores of looks from to stop: the higher, the stranger.
local function score(model, look, from, stop)
  local rows = {}
  for i = from, stop do rows[#rows + 1] = features(look(i)) end
  return model:score_samples(tensor.stack(rows, 1)):neg()
end

local function learn(options, look, count)
  local make = DETECTORS[options.detector or "gmm"]
  if not make then command.leave("--detector: gmm, forest or lof expected", 2) end
  local rows = {}
  for i = 1, count do rows[i] = features(look(i)) end
  local model = ml.pipeline(ml.standard_scaler(), make(options.seed or 1))
  return model:fit(tensor.stack(rows, 1), {verbose = true})
end

-- Watches all looks; gives the scores, the sums and the look of the alarm.
local function watch(model, look, taught, learnt, count)
  local usual = ml.welford()
  usual:push(score(model, look, taught + 1, learnt))
  local mean, deviation = usual:mean(), math.max(usual:std(), 1e-6)
  local sum = ml.cusum {target = 0, slack = 1, threshold = THRESHOLD}
  local scores, sums, alarm = {}, {}, nil
  for i = learnt + 1, count do
    local deviations = (score(model, look, i, i)[1] - mean) / deviation
    sum:push(deviations)
    scores[#scores + 1], sums[#sums + 1] = deviations, sum.upper
    -- A machine that runs better than it did is no reason for an alarm.
    if sum.upper > THRESHOLD and not alarm then alarm = i end
  end
  return scores, sums, alarm
end

local function show(scores, sums, alarm, learnt, rate)
  print(("%6s  %8s  %9s  %7s"):format("look", "second", "score", "sum"))
  for n = 1, #scores do
    local i = learnt + n
    if n % 5 == 0 or i == alarm then
      print(("%6d  %8.1f  %9.2f  %7.1f%s"):format(i, i * LOOK / rate, scores[n], sums[n],
        i == alarm and "  ALARM" or ""))
    end
  end
  plot.line(scores, {title = "score in deviations from healthy", xlabel = "look",
    from = learnt + 1, to = learnt + #scores, height = 7, ascii = true})
end

local function report(alarm, fault, learnt, rate)
  if not alarm then
    print("no alarm" .. (fault and (", though the fault began at look %d"):format(fault) or ""))
  elseif not fault then
    print(("alarm at look %d, %.1f s"):format(alarm, alarm * LOOK / rate))
  elseif alarm < fault then
    print(("false alarm at look %d: the fault began at look %d"):format(alarm, fault))
  else
    print(("the fault began at look %d, the alarm came %d looks (%.1f s) later;\n"
      .. "no false alarm in the %d healthy looks before"):format(fault, alarm - fault,
      (alarm - fault) * LOOK / rate, fault - learnt - 1))
  end
end

local function main(options)
  local look, count, rate, fault = source_of(options)
  local learnt = options.learn or 60
  if learnt < 20 or count <= learnt then
    command.leave(("%d looks: more than the %d to learn from expected, and at least 20 of these")
      :format(count, learnt), 1)
  end
  local taught = learnt // 2
  local model = learn(options, look, taught)
  print(("%s: learnt from %d looks of %d samples at %g Hz, %.1f KiB"):format(model[2].kind,
    learnt, LOOK, rate, model.bytes / 1024))
  local scores, sums, alarm = watch(model, look, taught, learnt, count)
  show(scores, sums, alarm, learnt, rate)
  report(alarm, fault, learnt, rate)
end

main(command.options({...}, {wav = "text", csv = "text", sds = "text", column = "number",
  rate = "number", learn = "number", detector = "text", seed = "number"}, USAGE))
