--- What a signature and the units below it say: names, which arguments may be missing, kinds of
-- values. The one place that knows how they are written:
--
--   dsp.rfft(x [, n [, out]]) -> tensor     [ ] may be missing, | or, ... any number
--   nn.load(path [, options]) -> model | nil, message
--   options: map: boolean; ram: bytes       units: NAME: WHAT; ..., after `options` its keys

local signature = {}

-- Kinds are Lua's types, "integer", "tensor" and names of classes; "a | b" is one of both.

-- Nouns that signatures use for results.
local RESULT <const> = {
  message = "string", path = "string", folder = "string", iterator = "function", sos = "tensor",
  zf = "tensor", beta = "number", taps = "integer", distances = "tensor", positions = "tensor",
  frequencies = "tensor", response = "tensor", delays = "tensor", lost = "integer",
  columns = "table", times = "tensor", sample_rate = "number", seconds = "number",
  flags = "integer", time = "integer", label = "number | string", value = "any",
  values = "any", block = "any", x_train = "tensor", x_test = "tensor", y_train = "any",
  y_test = "any", generator = "table", counterexample = "table", golden = "table",
  splitter = "table", search = "table", byte = "integer", bytes = "string", frames = "integer",
  pipe = "table",
}

-- Names of arguments that mean the same wherever they appear.
local ARGUMENT <const> = {
  axis = "integer", axis1 = "integer", axis2 = "integer", shape = "table", dtype = "string",
  out = "tensor", seed = "integer", path = "string", name = "string", text = "string",
  bytes = "string", string = "string", message = "string", title = "string", options = "table",
  seconds = "number", sample_rate = "number", count = "integer", size = "integer",
  body = "function", format = "string", kind = "string",
}

local TYPES <const> = {
  number = true, integer = true, string = true, boolean = true, table = true, tensor = true,
  any = true, ["nil"] = true, ["true"] = true, ["false"] = true, ["function"] = true,
}

-- Patterns of what stands behind "NAME:", and the kind each tells of; the first that fits.
local WHAT <const> = {
  {"^function", "function"}, {"^boolean", "boolean"}, {"^the block's dtype", "tensor"},
  {"^u?int%d+ ?{", "tensor"}, {"^float%d+ ?{", "tensor"}, {"^{[%w_ ,.*/()+-]*}", "tensor"},
  {"^labels {samples}$", "tensor"}, {"^values {samples}$", "tensor"}, {'^"', "string"},
  {"^text", "string"}, {"^a?n? ?path", "string"}, {"^letters", "string"}, {"^whole", "integer"},
  {"^integer", "integer"}, {"^number of", "integer"}, {"^bytes", "integer"},
  {"^items", "integer"}, {"^samples", "integer"}, {"^points", "integer"}, {"^positions?:? ?1", "integer"},
  {"^hertz.*tensor", "any"}, {"^hertz", "number"}, {"^dB", "number"}, {"^radians", "number"},
  {"^seconds", "number"}, {"^%-?%d", "number"}, {"^from 1 to ", "integer"}, {"^list", "table"},
  {"^array", "table"}, {"^an array", "table"}, {"^tensors ", "table"}, {"^coroutine", "thread"},
}

-- Words that lists of kinds are made of: "tensor, number or nil".
local NOUNS <const> = {
  tensor = "tensor", number = "number", boolean = "boolean", table = "table", string = "string",
  vectors = "tensor", tables = "table", numbers = "number", bool = "tensor",
  ["nil"] = "nil", ["function"] = "function",
}

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

-- The kind a word of a result means. A class is its own; where another module's has the name of a
-- noun, the noun is meant.
local function result_kind(word, classes, module)
  if word:find '^"' then return "string" end
  if word:find "^{" then return "table" end
  if word == "..." then return "any" end
  local first = word:match "^[%w_]+"
  if first == "array" then return "table" end
  if TYPES[first] or classes[first] == module then return first end
  return RESULT[first] or classes[first] and first
end

-- Every kind once: "a | b".
local function join_kinds(a, b)
  if not a then return b end
  for _, kind in ipairs(split(a, " | ")) do
    if kind == b then return a end
  end
  return a .. " | " .. b
end

-- Positions of what is returned, each with the kinds of all alternatives.
local function parse_results(text, classes, module)
  local results, alternatives = {}, split(text, " | ")
  for k, alternative in ipairs(alternatives) do
    local items = split((alternative:gsub("[%[%]]", "")), ",")
    for i, item in ipairs(items) do
      item = trim(item)
      local name, word = item:match "^([%w_]+): (.+)$"
      word = word or item
      if word ~= "" then
        local result = results[i] or {kind = k > 1 and "nil" or nil}
        result.kind = join_kinds(result.kind, result_kind(word, classes, module) or "any")
        result.unknown = result.unknown or not result_kind(word, classes, module) and word or nil
        if word == "..." then result.more = true end
        -- A noun that is no kind names the result: "nil, message".
        if k == 1 or not result.name then
          result.name = name or (word:find "^[%a_][%w_]*$" and not TYPES[word] and word) or
            result.name
        end
        results[i] = result
      end
    end
    for i = #items + 1, #results do results[i].kind = join_kinds(results[i].kind, "nil") end
  end
  return results
end

-- The kinds at the beginning of a text, "tensor, number or nil ..."; nil where it begins with none.
local function listed_kinds(what)
  local kinds, at = nil, 1
  while true do
    local word, next_at = what:match("^(%l+)()", what:match("^an? ()", at) or at)
    if not NOUNS[word] then return kinds end
    kinds = join_kinds(kinds, NOUNS[word])
    at = what:match("^,? or ()", next_at) or what:match("^, ()", next_at)
    if not at then return kinds end
  end
end

-- Of what stands behind a name.
local function kind_of(name, what)
  for _, pair in ipairs(WHAT) do
    if what:find(pair[1]) then return pair[2] end
  end
  return listed_kinds(what) or ARGUMENT[name] or "any"
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
    option.kind = kind_of(option.name, (option.what:gsub("^instead: ", "")))
    if option.what:find "^true" or option.what:find "^false" then option.kind = "boolean" end
    if option.what:find "^%-?%d" then option.kind = "number" end
  end
  return options
end

-- Whether each of "a, b and c" is one of the names.
local function all_named(heads, names)
  for word in heads:gsub(" and ", ", "):gmatch "[^,%s]+" do
    if not names[word] then return false end
  end
  return true
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
-- the units and `results` {{name, kind, more}, ...}. `classes` has the module of each kind of objects
-- by name, `module` is the one that the signature is of.
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
    parameter.what = ""
    for _, item in ipairs(parsed.items) do
      if item.name and all_named(parameter.name, {[item.name] = true}) or
          item.name and (", " .. item.name .. ","):find(", " .. parameter.name .. ",", 1, true) then
        parameter.what = item.what
      end
    end
    local class = classes[parameter.name] and parameter.name
    parameter.kind = class or kind_of(parameter.name, parameter.what)
  end
  return parsed
end

return signature
