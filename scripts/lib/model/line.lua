--- The command lines of `moonlet model`.

local line = {}

line.USAGE = [[
usage: moonlet model info FILE [--tensors]
       moonlet model graph FILE [--svg|--dot|--html] [-o OUT]
       moonlet model bench FILE [--runs N] [--warmup N] [--seconds S] [--inputs IN.npz]
                                [--seed N] [--dump-layers OUT.npz]
       moonlet model verify FILE IN.npz GOLDEN.npz [--max-error X] [--dump-layers OUT.npz]
       moonlet model diff FILE OTHER|LAYERS.npz [--inputs IN.npz] [--seed N] [--max-error X]
       moonlet model diff FILE --target TARGET [--inputs IN.npz] [--seed N]
each with --json: one JSON object in place of text; with --target TARGET: on a device,
sim or a serial line; the last form compares it with the host]]

local function misuse(text, ...) error({misuse = text:format(...)}, 0) end

-- What the options or the name of the file ask for.
local function set_format(parsed)
  local given = {}
  for _, name in ipairs {"svg", "dot", "html"} do
    if parsed[name] then given[#given + 1] = name end
  end
  if given[2] then misuse("--%s or --%s, not both", given[1], given[2]) end
  parsed.format = given[1] or parsed.out and parsed.out:match "%.(%w+)$" or "text"
  if given[1] or not parsed.out then return end
  if parsed.format ~= "svg" and parsed.format ~= "dot" and parsed.format ~= "html" then
    misuse("%s: --svg, --dot or --html expected", parsed.out)
  end
end

local function check_other(parsed)
  local here = not parsed.target or parsed.target == "host"
  if here and not parsed.other then misuse "OTHER expected" end
end

-- Names of what follows a command, all of them files that are read, and its options with what
-- they take: "reads" and "writes" are paths. Where `least` is set, words behind it may be missing.
-- `check` looks at all of it.
local COMMANDS <const> = {
  info = {words = {"model"}, options = {tensors = "flag"}},
  graph = {
    words = {"model"},
    options = {svg = "flag", dot = "flag", html = "flag", out = "writes"},
    check = set_format,
  },
  bench = {
    words = {"model"},
    options = {
      runs = "count", warmup = "count", seconds = "number", inputs = "reads", seed = "count",
      dump_layers = "writes",
    },
  },
  verify = {
    words = {"model", "inputs", "golden"},
    options = {max_error = "number", dump_layers = "writes"},
  },
  diff = {
    words = {"model", "other"}, least = 1,
    options = {inputs = "reads", seed = "count", max_error = "number"},
    check = check_other,
  },
}
local COMMON <const> = {json = "flag", target = "name"}
local SHORT <const> = {["-o"] = "--out"}

local function option_value(word, kind, value)
  if value == nil then misuse("%s: a value expected", word) end
  if kind == "reads" or kind == "writes" or kind == "name" then return value end
  local number = tonumber(value)
  if kind == "count" then number = number and math.tointeger(number) end
  if not number or number < 0 or number ~= number then
    misuse("%s: %s expected, got '%s'", word, kind == "count" and "a whole number" or "a number",
      value)
  end
  return number
end

-- Options into `parsed`; gives the words between them.
local function take_options(command, words, parsed)
  local names, at = {}, 1
  while at <= #words do
    local word = words[at]
    local name = (SHORT[word] or word):match "^%-%-(.+)$"
    name = name and name:gsub("-", "_")
    local kind = name and (COMMON[name] or command.options[name])
    if name and not kind then misuse("no option %s", word) end
    if kind == "flag" then
      parsed[name] = true
    elseif kind then
      at = at + 1
      parsed[name] = option_value(word, kind, words[at])
    else
      names[#names + 1] = word
    end
    at = at + 1
  end
  return names
end

local function parse(words)
  local command = COMMANDS[words[1]]
  if not command then
    misuse(words[1] and "no command '%s'" or "a command expected", words[1])
  end
  local parsed = {}
  local names = take_options(command, {table.unpack(words, 2)}, parsed)
  for i, name in ipairs(command.words) do
    parsed[name] = names[i]
    if not names[i] and i <= (command.least or #command.words) then
      misuse("%s expected", name == "model" and "FILE" or name)
    end
  end
  if #names > #command.words then misuse("'%s' is too much", names[#command.words + 1]) end
  if command.check then command.check(parsed) end
  return parsed
end

--- line.parse(words) -> options | nil, message
-- The options of the command words[1], by their names with an underscore for each dash.
function line.parse(words)
  local ok, parsed = pcall(parse, words)
  if ok then return parsed end
  if type(parsed) ~= "table" then error(parsed, 0) end
  return nil, parsed.misuse
end

--- line.paths(name, kind) -> {option, ...}
-- Which options of a command are paths that it "reads" or "writes", in a fixed order.
function line.paths(name, kind)
  local command, list = COMMANDS[name], {}
  for option, takes in pairs(command.options) do
    if takes == kind then list[#list + 1] = option end
  end
  table.sort(list)
  if kind == "reads" then table.move(command.words, 1, #command.words, #list + 1, list) end
  return list
end

return line
