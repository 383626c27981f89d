--- What a signature and the units below it say: names, which arguments may be missing, kinds of
-- values. The one place that knows how they are written:
--
--   dsp.rfft(x [, n [, out]]) -> tensor     [ ] may be missing, | or, ... any number
--   nn.load(path [, options]) -> model | nil, message
--   options: map: boolean; ram: bytes       units: NAME: WHAT; ..., after `options` its keys

local kinds = require "doc.kinds"

local signature = {}

-- Splits at a separator that stands outside of brackets, braces and quotes.
local function split(text, separator)
  local parts, depth, from, at = {}, 0, 1, 1
  local quoted = false
  while at <= #text do
    local c = text:sub(at, at)
    if c == '"' then quoted = not quoted end
    if not quoted then
      if c:find "[{(%[]" then depth = depth + 1 end
      if c:find "[})%]]" then depth = depth - 1 end
      if depth == 0 and text:sub(at, at + #separator - 1) == separator then
        parts[#parts + 1] = text:sub(from, at - 1)
        from = at + #separator
      end
    end
    at = at + 1
  end
  parts[#parts + 1] = text:sub(from)
  return parts
end

local function trim(text) return text:match "^%s*(.-)%s*$" end

-- The arguments between the parentheses, in order: "x [, y] [, options]".
local function parse_parameters(text)
  local parameters, depth = {}, 0
  for bracket, word in text:gmatch "([%[%],]?)%s*([^%[%],]*)" do
    if bracket == "[" then depth = depth + 1 end
    if bracket == "]" then depth = depth - 1 end
    word = trim(word)
    if word ~= "" then
      -- "b | sos": the first names it.
      parameters[#parameters + 1] = {name = word:match "^[%w_.]+", optional = depth > 0}
    end
  end
  return parameters
end

-- Adds what one alternative has at a position, "roll: number" or a noun, to what others have there.
local function add_result(result, item, classes, module)
  local name, word = item:match "^([%w_]+): (.+)$"
  word = word or item
  local kind = kinds.of_result(word, classes, module)
  result.kind = kinds.join(result.kind, kind or "any")
  if not kind then result.unknown = word end
  if word == "..." then result.more = true end
  -- A noun that is no kind names the result: "nil, message".
  local noun = word:find "^[%a_][%w_]*$" and not kinds.is_one(word) and word
  result.name = result.name or name or noun or nil
end

-- Positions of what is returned, each with the kinds of all alternatives.
local function parse_results(text, classes, module)
  local results = {}
  if text == "" then return results end
  for k, alternative in ipairs(split(text, " | ")) do
    local items = split((alternative:gsub("[%[%]]", "")), ",")
    for i, item in ipairs(items) do
      results[i] = results[i] or {kind = k > 1 and "nil" or nil}
      add_result(results[i], trim(item), classes, module)
    end
    for i = #items + 1, #results do results[i].kind = kinds.join(results[i].kind, "nil") end
  end
  return results
end

-- Words of a description that look like the name of an option without one.
local NO_OPTION <const> = {
  ["true"] = true, ["false"] = true, boolean = true, learnt = true, bytes = true, hertz = true,
}

-- An option at the beginning of a piece of text: its name and what is said of it.
local function option_of(piece)
  local name, what = piece:match "^([%a_][%w_]*):%s*(.*)$"
  if not name then name, what = piece:match "^([%a_][%w_]*) %((.*)%)$" end
  if not name then name, what = piece:match "^([%a_][%w_]*) = (.*)$" end
  if not name and piece:find "^[%a_][%w_]*$" and not NO_OPTION[piece] then return piece, "" end
  return name, what
end

-- The keys of an option table: "a: what; b, c: what", "a (what), b" or "a = what, b = what". Those
-- behind "or" are given instead of those before.
local function parse_options(text)
  local options = {}
  for _, part in ipairs(split(text, ";")) do
    part = trim(part)
    local instead = part:find "^or " and "instead"
    part = part:gsub("^or ", "")
    local heads, shared = part:match "^([%a_][%w_]*,[%w_, ]*): (.*)$"
    for _, piece in ipairs(heads and split(heads, ",") or split(part, ",")) do
      piece = trim(piece)
      local name, what = option_of(heads and piece .. ": " .. shared or piece)
      if name then
        if instead then what = what == "" and instead or instead .. ": " .. what end
        options[#options + 1] = {name = name, what = what}
      elseif #options > 0 and piece ~= "" then
        local last = options[#options]
        last.what = last.what .. (last.what ~= "" and ", " or "") .. piece
      end
    end
  end
  for _, option in ipairs(options) do
    option.kind = kinds.of(option.name, (option.what:gsub("^instead: ", "")))
    if option.what:find "^true" or option.what:find "^false" then option.kind = "boolean" end
    if option.what:find "^%-?%d" then option.kind = "number" end
  end
  return options
end

-- The names in "a, b and c".
local function listed(heads) return (heads:gsub(" and ", ", ")):gmatch "[^,%s]+" end

-- Whether each of "a, b and c" is one of the names.
local function all_named(heads, names)
  for word in listed(heads) do
    if not names[word] then return false end
  end
  return true
end

-- What items say of an argument; "" where they say nothing.
local function said_of(items, name)
  for _, item in ipairs(items) do
    for word in listed(item.name or "") do
      if word == name then return item.what end
    end
  end
  return ""
end

--- signature.units(units, text) -> items, options
-- The items "NAME: WHAT" of units in order, {name = ..., what = ...}: names are words of the
-- signature `text`, and `name` is missing where there is none. And what is behind `options:`, up to
-- the next argument or result.
function signature.units(units, text)
  local names = {result = true, results = true, self = true}
  for word in text:gmatch "[%a_][%w_]*" do names[word] = true end
  local items = {}
  for _, part in ipairs(split(units:gsub("%s+", " "), ";")) do
    local head, what = trim(part):match "^([%a_][%w_, ]-): (.*)$"
    local last = items[#items]
    if head and all_named(head, names) then
      items[#items + 1] = {name = head, what = what}
    elseif last and last.name == "options" then
      last.what = last.what .. "; " .. trim(part)
    elseif trim(part) ~= "" then
      items[#items + 1] = {what = trim(part)}
    end
  end
  local options = {}
  for _, item in ipairs(items) do
    if item.name == "options" then options = parse_options(item.what) end
  end
  return items, options
end

--- signature.parse(text, units, classes, module) -> table
-- Of "owner.name(...) -> ...": `owner`, `name`, `kind` ("function", "method" or "field"),
-- `parameters` {{name, optional, what, kind}, ...}, `options` {{name, what, kind}, ...}, `items` of
-- the units and `results` {{name, kind, more, unknown}, ...}: the last is a word that tells of no
-- kind. `classes` has the module of each kind of objects by name, `module` is the one that the
-- signature is of.
function signature.parse(text, units, classes, module)
  local name, rest = text:match "^([%w_.:]+)(.*)$"
  local owner, mark, last = name:match "^(.*)([.:])([%w_]+)$"
  local arguments = rest:match "^%b()"
  local results = rest:match "%-> (.*)$"
  local parsed = {
    owner = owner or name,
    name = last or name,
    kind = not arguments and "field" or mark == ":" and "method" or "function",
    parameters = parse_parameters(arguments and arguments:sub(2, -2) or ""),
    results = parse_results(results or "", classes, module),
  }
  parsed.items, parsed.options = signature.units(units, rest)
  for _, parameter in ipairs(parsed.parameters) do
    parameter.what = said_of(parsed.items, parameter.name)
    local class = classes[parameter.name] and parameter.name
    parameter.kind = class or kinds.of(parameter.name, parameter.what)
  end
  return parsed
end

return signature
