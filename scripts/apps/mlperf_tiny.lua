-- mlperf_tiny.lua - a device under test for the MLPerf Tiny benchmark.
--
--   moonlet mlperf_tiny.lua --model MODEL [--wav FILE] [--vendor NAME]
--
-- Speaks the benchmark's serial protocol over the console, so that its runner drives this machine
-- as any board: keyword spotting, visual wake words, image classification, anomaly detection.
-- The streaming wake word listens to a recording, --wav, where the benchmark has a board that
-- plays it. Only submitted results may be called MLPerf's.

local sys = require "sys"
local command, tiny_dut = require "support.command", require "support.tiny_dut"

local USAGE = "usage: mlperf_tiny.lua --model MODEL [--wav FILE] [--vendor NAME]"
local WHERE = [[
The benchmark's models are public (Apache-2.0): github.com/mlcommons/tiny, in benchmark/training/
*/trained_models/; docs/models.md has their sums. Then: mlperf_tiny.lua --model MODEL]]

-- A device's console makes CR LF of it.
local EOL = sys.board == "host" and "\r\n" or "\n"

local function say(line)
  io.write(line, EOL)
  if io.stdout then io.stdout:flush() end
end

local function main(options)
  if not options.model then return print(WHERE) end
  local dut, why = tiny_dut.new(options.model,
    {say = say, wav = options.wav, vendor = options.vendor})
  if not dut then command.leave(why, 1) end
  dut:boot()
  local text = {}
  for byte in function() return io.read(1) end do
    if byte == "%" then
      dut:command(table.concat(text))
      text = {}
    else
      text[#text + 1] = byte
    end
  end
end

main(command.options({...}, {model = "text", wav = "text", vendor = "text"}, USAGE))
