-- kws.lua - hears "yes" and "no".
--
--   moonlet kws.lua --model MODEL [--wav FILE | --pcm console|uart|FILE] [--threshold 0.7]
--
-- 16 kHz samples (other WAV files are resampled) become 40 log mel energies every 20 ms, as
-- TensorFlow Lite Micro computes them; the last second of these is what the model of
-- micro_speech looks at. Its scores are smoothed; a word is printed once it is sure enough, and
-- the board's first light is on for a moment after "yes", the second after "no".
-- Without --wav and --pcm it listens to a generated tone, without --model it tells where the
-- model is.

local dsp, nn, task, tensor = require "dsp", require "nn", require "task", require "tensor"
local command, lights = require "support.command", require "support.lights"

local USAGE = "usage: kws.lua --model MODEL [--wav FILE | --pcm console|uart|FILE] [--threshold P]"
local WHERE = [[
The model and recordings of micro_speech are public (Apache-2.0):
  github.com/tensorflow/tflite-micro at 90b983c2b3f1480642e040bbd2ddb37b998f3424, in
  tensorflow/lite/micro/examples/micro_speech/
    models/micro_speech_quantized.tflite
      SHA-256 09e5e2a9dfb2d8ed78802bf18ce297bff54281a66ca18e0c23d69ca14f822a83
    testdata/yes_1000ms.wav, testdata/no_1000ms.wav
docs/models.md has the sums of all files. Then: kws.lua --model MODEL --wav FILE]]

local LABELS = {"silence", "unknown", "yes", "no"}
local RATE, HOP = 16000, 320  -- Hz; samples between two looks
local SMOOTHING = 0.25        -- what a new score counts
local PAUSE = 75              -- looks after a word in which it is not printed again
local LIGHTS = {yes = 1, no = 2}
local FLASH = 0.5             -- seconds

-- Two seconds of 440 Hz, where there is nothing else to hear.
local function tone() return (tensor.arange(2 * RATE) * (2 * math.pi * 440 / RATE)):sin() * 0.3 end

-- Calls heard(look, label, score) when a word begins; gives the mean scores at the end and the
-- number of looks. Allocates nothing on the way.
local function listen(source, model, threshold, heard)
  local front = dsp.audio_frontend {sample_rate = RATE, hop = HOP, input = "float32"}
  local window = model.inputs[1].tensor
  local mean, step = tensor.zeros {1, #LABELS}, tensor.zeros {1, #LABELS}
  local look, runs, last, last_look = 0, 0, nil, 0
  for samples in task.frames(source, HOP) do
    look = look + 1
    if front:push(samples, window) then
      runs = runs + 1
      model:run():sub(mean, step)
      mean:add_(step:mul_(math.max(SMOOTHING, 1 / runs)))
      local best = mean:argmax()
      if best > 2 and mean:at(1, best) >= threshold
          and (best ~= last or look - last_look > PAUSE) then
        heard(look, LABELS[best], mean:at(1, best))
        last, last_look = best, look
      end
    end
  end
  return mean, runs
end

local function main(options)
  if not options.model then return print(WHERE) end
  local source <close> = command.source(options, RATE, tone, RATE)
  local model, why = nn.load(options.model, {float_io = true})
  if not model then command.leave(why, 1) end
  local mean, runs
  task.spawn(function()
    mean, runs = listen(source, model, options.threshold or 0.7, function(look, label, score)
      print(("%6.2f s  %-7s %.4f"):format(look * HOP / RATE, label, score))
      lights.flash(LIGHTS[label], FLASH)
    end)
  end)
  task.run()  -- until the lights are out
  print(("looks at a second each: %d; at the end:"):format(runs))
  for i, label in ipairs(LABELS) do print(("  %-7s  %.4f"):format(label, mean:at(1, i))) end
end

local KNOWN = {model = "text", wav = "text", pcm = "text", threshold = "number"}
main(command.options({...}, KNOWN, USAGE))
