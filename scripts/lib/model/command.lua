--- `moonlet model COMMAND ...`: looks at, draws, times and compares models, here or on a device.
-- Exit codes: 0 fine, 1 not (a limit is passed, an operator cannot run, a file is no model, a
-- device is lost), 2 the line makes no sense, 130 Ctrl-C.

local line = require "model.line"
local complain = require "support.complain"

local words = {...}
local name = words[1]
local options, message = line.parse(words)
if not options then
  complain("moonlet: model: " .. message .. "\n" .. line.USAGE)
  os.exit(2)
end
local run = require(options.target and options.target ~= "host" and "model.remote" or "model.tool")
local ok, shown, fine = pcall(run, name, options)
if not ok then
  local interrupted = tostring(shown):find "interrupted$"
  complain("moonlet: " .. (interrupted and "interrupted" or tostring(shown)))
  os.exit(interrupted and 130 or 1)
end
print(shown)
os.exit(fine and 0 or 1)
