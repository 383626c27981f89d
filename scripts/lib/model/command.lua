--- `moonlet model COMMAND ...`: looks at, times and compares models. Exit codes: 0 fine, 1 not
-- (a limit is passed, an operator cannot run, a file is no model), 2 the line makes no sense.

local json = require "json"

local USAGE <const> = [[
usage: moonlet model info FILE [--tensors]
       moonlet model bench FILE [--runs N] [--warmup N] [--seconds S] [--inputs IN.npz]
                                [--seed N] [--dump-layers OUT.npz]
       moonlet model verify FILE IN.npz GOLDEN.npz [--max-error X] [--dump-layers OUT.npz]
       moonlet model diff FILE OTHER [--inputs IN.npz] [--seed N] [--max-error X]
each with --json: one JSON object in place of text]]

-- Names of what follows a command, and its options with what they take.
local COMMANDS <const> = {
  info = {words = {"model"}, options = {tensors = "flag"}},
  bench = {
    words = {"model"},
    options = {
      runs = "count", warmup = "count", seconds = "number", inputs = "path", seed = "count",
      dump_layers = "path",
    },
  },
  verify = {
    words = {"model", "inputs", "golden"},
    options = {max_error = "number", dump_layers = "path"},
  },
  diff = {
    words = {"model", "other"},
    options = {inputs = "path", seed = "count", max_error = "number"},
  },
}

local function misuse(text, ...)
  io.stderr:write("moonlet: model: ", text:format(...), "\n", USAGE, "\n")
  os.exit(2)
end

local function option_value(word, kind, value)
  if value == nil then misuse("%s: a value expected", word) end
  if kind == "path" then return value end
  local number = tonumber(value)
  if kind == "count" then number = number and math.tointeger(number) end
  if not number or number < 0 or number ~= number then
    misuse("%s: %s expected, got '%s'", word, kind == "count" and "a whole number" or "a number",
      value)
  end
  return number
end

local function parse(command, words)
  local parsed, names, at = {}, {}, 1
  while at <= #words do
    local word = words[at]
    local name = word:match "^%-%-(.+)$"
    local kind = name and (name == "json" and "flag" or command.options[name:gsub("-", "_")])
    if name and not kind then misuse("no option %s", word) end
    if kind == "flag" then
      parsed[name] = true
    elseif kind then
      at = at + 1
      parsed[name:gsub("-", "_")] = option_value(word, kind, words[at])
    else
      names[#names + 1] = word
    end
    at = at + 1
  end
  for i, name in ipairs(command.words) do
    if not names[i] then misuse("%s expected", name == "model" and "FILE" or name) end
    parsed[name] = names[i]
  end
  if #names > #command.words then misuse("'%s' is too much", names[#command.words + 1]) end
  return parsed
end

local words = {...}
local command = COMMANDS[words[1]]
if not command then
  misuse(words[1] and "no command '%s'" or "a command expected", words[1])
end
local options = parse(command, {table.unpack(words, 2)})
local ok, report, shown, fine = pcall(require("model." .. words[1]).run, options)
if not ok then
  io.stderr:write("moonlet: ", tostring(report), "\n")
  os.exit(1)
end
print(options.json and json.encode(report) or shown)
os.exit(fine and 0 or 1)
