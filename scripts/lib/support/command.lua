--- What applications have in common: options on the command line, and the sound they work on.

local audio = require "audio"

local command = {}

--- command.leave(text, code)
-- Prints the text and ends the script.
function command.leave(text, code)
  print(text)
  os.exit(code)
end

--- command.options(words, known, usage) -> table
-- "--name VALUE" becomes options.name, a number where known.name is "number". `known` has
-- "text" or "number" for each. What makes no sense, or --help, prints `usage` and ends the
-- script.
function command.options(words, known, usage)
  local options = {}
  for i = 1, #words, 2 do
    local name, value = tostring(words[i]):match "^%-%-(%w+)$", words[i + 1]
    if name == "help" then command.leave(usage, 0) end
    local kind = name and known[name]
    if not kind then command.leave(("no option '%s'\n%s"):format(words[i], usage), 2) end
    if value == nil then command.leave(("--%s: a value expected\n%s"):format(name, usage), 2) end
    if kind == "number" then
      local number = tonumber(value)
      if not number then command.leave(("--%s: '%s' is no number"):format(name, value), 2) end
      value = number
    end
    options[name] = value
  end
  return options
end

--- command.source(options, rate, generate [, wanted]) -> source
-- The sound to work on, in one channel: of the WAV file options.wav, resampled if it has not
-- the sample rate `wanted`; raw 16-bit samples at `rate` from options.pcm ("console", "uart" or
-- a file); else what generate() gives, float32 {n} at 16 kHz. What cannot be opened ends the
-- script with a message.
function command.source(options, rate, generate, wanted)
  local path, source, why = options.wav, nil, nil
  if options.pcm then
    source, why = audio.pcm {from = options.pcm, sample_rate = rate}
  else
    if not path then
      path = "/ram/generated.wav"
      assert(audio.save(path, generate(), 16000))
    end
    source, why = audio.open(path, {mono = true, sample_rate = wanted})
  end
  return source or command.leave(why, 1)
end

return command
