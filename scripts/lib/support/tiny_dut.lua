--- A device under test of the MLPerf Tiny benchmark: its commands, and what it answers.
--
-- The benchmark's runner sends commands that end with '%' over a serial line and reads lines up
-- to `m-ready`. `mlperf_tiny.lua` connects this to the console.

local nn, sys, tensor = require "nn", require "sys", require "tensor"
local audio, wake_word = require "audio", require "support.wake_word"

local tiny_dut = {}

local LARGEST_LOAD <const> = 96 * 96 * 3
local LONGEST_COMMAND <const> = 80
local BYTES_PER_LINE <const> = 8  -- of `db print`
local ACTIVATIONS_PER_LINE <const> = 16  -- of `stop`
local DEFAULT_RUNS <const>, DEFAULT_WARMUPS <const> = 1, 10
local DETECTED <const> = 0.95  -- of the wake word's probability

-- What a test loads, and how it becomes the model's input. Named by the input's shape.
local function as_they_are(bytes, input) return tensor.frombytes(bytes, "int8", input.shape) end
local function centred(bytes, input)
  return (tensor.frombytes(bytes, "uint8", input.shape):astype "int16" - 128):astype "int8"
end
local function floats(bytes, input) return tensor.frombytes(bytes, "float32", input.shape) end

local TESTS <const> = {
  ["1 49 10 1"] = {id = "kws01", bytes = 490, decode = as_they_are},
  ["1 96 96 3"] = {id = "vww01", bytes = 96 * 96 * 3, decode = centred},
  ["1 32 32 3"] = {id = "ic01", bytes = 32 * 32 * 3, decode = centred},
  ["1 640"] = {id = "ad01", bytes = 640 * 4, decode = floats, anomaly = true},
  ["1 30 1 40"] = {id = "sww01", bytes = 30 * 40, decode = as_they_are, streams = true},
}

local Dut = {}
local DutMeta = {__name = "device under test", __index = Dut}

function DutMeta:__tostring() return "device under test for " .. self.test.id end

-- Commands --------------------------------------------------------------------

local commands = {}

function commands.name(dut) dut.say("m-name-dut-[" .. dut.vendor .. "]") end

function commands.profile(dut)
  dut.say "m-profile-[ULPMark for tinyML Firmware V0.0.1]"
  dut.say("m-model-[" .. dut.test.id .. "]")
end

function commands.timestamp(dut) dut.say(("m-lap-us-%d"):format(sys.ticks_us() & 0xFFFFFFFF)) end

function commands.help(dut)
  for _, line in ipairs {
    "name          who this is", "profile       what it runs", "timestamp     its clock",
    "db load N     begins to load N bytes", "db HEX        the next of them, two digits each",
    "db print      what is loaded", "infer N [W]   N runs after W for warming up",
    "results       of the last run", "start, stop   listens for the wake word",
    "help          this",
  } do dut.say(line) end
end

local subcommands = {}

function subcommands.load(dut, count)
  count = tonumber(count)
  if not count or math.type(count) ~= "integer" or count < 1 then
    return dut.say "e-[Specify the number of bytes to load]"
  end
  if count > LARGEST_LOAD then
    return dut.say(("e-[At most %d bytes can be loaded]"):format(LARGEST_LOAD))
  end
  dut._pieces, dut._loaded, dut._expected, dut._bytes = {}, 0, count, nil
  dut.say(("m-[Expecting %d bytes]"):format(count))
end

function subcommands.print(dut)
  local bytes = dut._bytes or table.concat(dut._pieces or {})
  for first = 1, #bytes, BYTES_PER_LINE do
    local line = bytes:sub(first, first + BYTES_PER_LINE - 1)
    dut.say("m-buffer" .. line:gsub(".", function(c) return ("-%02x"):format(c:byte()) end))
  end
end

-- Takes in two hexadecimal digits for each byte; what is beyond the announced number is ignored.
local function append(dut, digits)
  if not dut._expected then return dut.say "e-[Say db load N first]" end
  if #digits % 2 ~= 0 then return dut.say "e-[Insufficent number of hex digits]" end
  local wrong
  local bytes = digits:gsub("..", function(pair)
    local value = pair:find "^%x%x$" and tonumber(pair, 16)
    wrong = wrong or not value and pair
    return string.char(value or 0)
  end)
  if wrong then return dut.say("e-[Invalid hex digit '" .. wrong .. "']") end
  bytes = bytes:sub(1, dut._expected - dut._loaded)
  if bytes == "" then return end
  table.insert(dut._pieces, bytes)
  dut._loaded = dut._loaded + #bytes
  if dut._loaded < dut._expected then return end
  dut._bytes, dut._pieces = table.concat(dut._pieces), {}
  dut.say "m-load-done"
end

function commands.db(dut, word, ...)
  local subcommand = word and subcommands[word]
  if subcommand then return subcommand(dut, ...) end
  append(dut, word or "")
end

-- The loaded bytes as an input; nil after saying what is wrong.
local function loaded(dut)
  if not dut._bytes then return dut.say "e-[No data loaded]" end
  if #dut._bytes ~= dut.test.bytes then
    return dut.say(("e-[%s takes %d bytes, %d are loaded]"):format(dut.test.id, dut.test.bytes,
      #dut._bytes))
  end
  return dut.test.decode(dut._bytes, dut._model.inputs[1])
end

function commands.infer(dut, runs, warmups)
  runs = runs == nil and DEFAULT_RUNS or math.tointeger(tonumber(runs))
  warmups = warmups == nil and DEFAULT_WARMUPS or math.tointeger(tonumber(warmups))
  if not runs or runs < 1 or not warmups or warmups < 0 then
    return dut.say "e-[Runs: 1 or more; runs for warming up: 0 or more]"
  end
  local x = loaded(dut)
  if not x then return end
  -- Each run is given the input again: a run may put other tensors where it lay.
  local model, y = dut._model, nil
  dut.say(("m-warmup-start-%d"):format(warmups))
  for _ = 1, warmups do model:run(x) end
  dut.say "m-warmup-done"
  dut.say(("m-infer-start-%d"):format(runs))
  commands.timestamp(dut)
  for _ = 1, runs do y = model:run(x) end
  commands.timestamp(dut)
  dut.say "m-infer-done"
  -- Of an anomaly the mean square of what the model could not reproduce.
  dut._results = dut.test.anomaly and {((y - x) ^ 2):mean()} or y:reshape {-1}:totable()
  commands.results(dut)
end

function commands.results(dut)
  if not dut._results then return dut.say "e-[No results yet]" end
  local numbers = {}
  for i, value in ipairs(dut._results) do numbers[i] = ("%.3f"):format(value) end
  dut.say("m-results-[" .. table.concat(numbers, ",") .. "]")
end

-- The streaming wake word -----------------------------------------------------

-- Listens to the whole recording that `start` opened: notes how sure the model was after each hop,
-- as int8, and when it began to hear the word, in seconds.
local function listen(dut)
  local source <close> = dut._source
  dut._source = nil
  local next_features, model = wake_word.features(), dut._model
  local input = model.inputs[1]
  local window = tensor.zeros(input.shape, "int8")
  local rows = window:reshape {input.shape[2], wake_word.width}
  local activations, heard, hearing = {}, {}, false
  for samples in source:frames(wake_word.hop) do
    -- Towards zero, as the reference's cast does.
    local q = (next_features(samples) / input.scale + input.zero_point):trunc():minimum(127)
    rows:slice {1, -2}:copy_(rows:slice {2, -1}:clone())
    rows:slice(-1):copy_(q:astype "int8")
    local sure = model:run(window):at(1, 1)
    activations[#activations + 1] = math.tointeger((sure * 256 - 128) // 1)
    if sure >= DETECTED and not hearing then
      heard[#heard + 1] = #activations * wake_word.hop / wake_word.rate
    end
    hearing = sure >= DETECTED
  end
  dut._activations, dut._heard = activations, heard
end

function commands.start(dut)
  if not dut.test.streams then return dut.say("e-[" .. dut.test.id .. " does not stream]") end
  if not dut.wav then return dut.say "e-[No recording was given in place of a microphone]" end
  local source, why = audio.open(dut.wav, {mono = true, sample_rate = wake_word.rate})
  if not source then return dut.say("e-[" .. why .. "]") end
  dut.say "Listening ..."
  dut._source = source
end

function commands.stop(dut)
  if not dut.test.streams then return dut.say("e-[" .. dut.test.id .. " does not stream]") end
  if not dut._activations then return dut.say "Not listening." end
  for _, second in ipairs(dut._heard) do dut.say(("m-heard-ms-%d"):format(second * 1000 // 1)) end
  -- The runner puts the lines together, and waits five seconds for each.
  local all = dut._activations
  for first = 1, #all, ACTIVATIONS_PER_LINE do
    local last = math.min(first + ACTIVATIONS_PER_LINE - 1, #all)
    dut.say((first == 1 and "target activations: [" or "") .. table.concat(all, ", ", first, last)
      .. (last == #all and "]" or ","))
  end
  dut._activations = nil
end

-- The device ------------------------------------------------------------------

--- tiny_dut.new(path, options) -> device | nil, message
-- A device that runs the model at `path`, whose input tells which of the benchmark's tests it is
-- of. `say(line)` is called with each line of an answer. `wav` is the recording that a streaming
-- wake word listens to, at once, in place of a microphone.
-- Units: say: function(line); vendor: text without ']', "Moonlet" unless given; wav: path
-- Example:
-- local tiny_dut = require "support.tiny_dut"
-- print(tiny_dut.new(sys.find "digits.tflite", {say = print}))
-- --> nil digits.tflite: no model of MLPerf Tiny takes {1, 8, 8, 1}
function tiny_dut.new(path, options)
  local model, why = nn.load(path, {float_io = true})
  if not model then return nil, why end
  local shape = model.inputs[1].shape
  local test = #model.inputs == 1 and TESTS[table.concat(shape, " ")]
  if not test then
    return nil, ("%s: no model of MLPerf Tiny takes {%s}"):format(path:match "[^/]*$",
      table.concat(shape, ", "))
  end
  return setmetatable({_model = model, test = test, vendor = options.vendor or "Moonlet",
    say = options.say, wav = options.wav}, DutMeta)
end

--- device:boot()
-- What a device says once it has started.
-- Units:
-- Example:
-- local lines = {}
-- local device = {say = function(line) lines[#lines + 1] = line end}
-- require "support.tiny_dut".boot(device)
-- print(lines[1], lines[#lines]) --> m-timestamp-mode-performance m-ready
function tiny_dut.boot(dut)
  dut.say "m-timestamp-mode-performance"
  commands.timestamp(dut)
  dut.say "m-init-done"
  dut.say "m-ready"
end

--- device:command(text)
-- Does what a command says, without its '%', and answers; the last line is `m-ready`, whatever
-- came. After `start` it listens once that is said.
-- Units:
-- Example:
-- local device = require "support.tiny_dut".boot
-- print(type(device)) --> function
function Dut:command(text)
  local words = {}
  for word in text:sub(1, LONGEST_COMMAND):gmatch "[^ \r\n\0]+" do words[#words + 1] = word end
  local command = commands[words[1]]
  if command then
    command(self, table.unpack(words, 2))
  elseif #words > 0 then
    self.say("e-[Unknown command: " .. words[1] .. "]")
  end
  self.say "m-ready"
  -- The runner waits five seconds for `m-ready`, and then as long as its sounds last.
  if self._source then listen(self) end
end

Dut.boot = tiny_dut.boot

return tiny_dut
