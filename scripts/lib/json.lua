--- Values as JSON text (RFC 8259) and back, for the tools that read what scripts say and for
-- data from elsewhere.

local json = {}

local ESCAPES <const> = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function string_text(value)
  return '"' .. value:gsub('[%c"\\\127]', function(c)
    return ESCAPES[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

-- JSON has neither infinities nor NaN: null stands for them.
local function number_text(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value or value - value ~= 0 then return "null" end
  local short = ("%.9g"):format(value)
  return tonumber(short) == value and short or ("%.17g"):format(value)
end

local encode

local function list_text(list, depth)
  local parts = {}
  for i = 1, #list do parts[i] = encode(list[i], depth + 1) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

local function object_text(object, depth)
  local names, parts = {}, {}
  for name in pairs(object) do
    if type(name) ~= "string" then error("json: a key is a " .. type(name), 0) end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = string_text(name) .. ": " .. encode(object[name], depth + 1)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

function encode(value, depth)
  local kind = type(value)
  if kind == "string" then return string_text(value) end
  if kind == "number" then return number_text(value) end
  if kind == "boolean" or kind == "nil" then return kind == "nil" and "null" or tostring(value) end
  if kind ~= "table" then error("json: a " .. kind .. " has no JSON", 0) end
  if depth > 100 then error("json: nested too deep", 0) end
  if #value > 0 or next(value) == nil then return list_text(value, depth) end
  return object_text(value, depth)
end

--- json.encode(value) -> string
-- The value as JSON: tables with elements 1, 2, ... as arrays, as is the empty one, others as
-- objects with their keys in order; nil, infinities and NaN as null. Numbers read back as
-- they were. Raises for functions, objects, keys that are no strings, and cycles.
-- Units:
-- Example:
-- print(json.encode {name = "a", shape = {1, 2}}) --> {"name": "a", "shape": [1, 2]}
function json.encode(value)
  local ok, result = pcall(encode, value, 0)
  if not ok then error(result, 2) end
  return result
end

-- Reading. Each reader takes the position of its first byte and gives the value and the
-- position behind it; it raises a table that tells where and what.

local function fail(position, expected) error({position = position, expected = expected}, 0) end

local function skip(text, position) return text:find("[^ \t\r\n]", position) or #text + 1 end

local UNESCAPED <const> = {b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/"}

-- \uXXXX at a position, joined with a low surrogate behind it.
local function read_code(text, position)
  local digits = text:match("^\\u(%x%x%x%x)", position) or fail(position, "an escape")
  local code = tonumber(digits, 16)
  local high = code >= 0xD800 and code < 0xDC00
  local low = high and text:match("^\\u([dD][c-fC-F]%x%x)", position + 6)
  if not low then return utf8.char(code), position + 6 end
  return utf8.char(0x10000 + (code - 0xD800 << 10) + tonumber(low, 16) - 0xDC00), position + 12
end

local function read_string(text, position)
  local parts, start = {}, position
  position = position + 1
  while true do
    local stop = text:find('[%c"\\]', position) or fail(start, "a closed string")
    parts[#parts + 1] = text:sub(position, stop - 1)
    local c = text:sub(stop, stop)
    if c == '"' then return table.concat(parts), stop + 1 end
    if c ~= "\\" then fail(stop, "an escape") end
    local plain = UNESCAPED[text:sub(stop + 1, stop + 1)]
    if plain then
      parts[#parts + 1], position = plain, stop + 2
    else
      parts[#parts + 1], position = read_code(text, stop)
    end
  end
end

local function read_number(text, position)
  local _, last = text:find("^-?%d+", position)
  if not last or text:find("^-?0%d", position) then fail(position, "a value") end
  local _, fraction = text:find("^%.%d+", last + 1)
  local _, exponent = text:find("^[eE][+-]?%d+", (fraction or last) + 1)
  last = exponent or fraction or last
  return tonumber(text:sub(position, last)), last + 1
end

local read

-- The elements of a list or the members of an object, up to its closing bracket.
local function read_items(text, position, closing, item)
  position = skip(text, position + 1)
  if text:sub(position, position) == closing then return position + 1 end
  while true do
    position = skip(text, item(position))
    local c = text:sub(position, position)
    if c == closing then return position + 1 end
    if c ~= "," then fail(position, "',' or '" .. closing .. "'") end
    position = skip(text, position + 1)
  end
end

local function read_list(text, position, depth)
  local list, n = {}, 0
  return list, read_items(text, position, "]", function(at)
    n = n + 1
    list[n], at = read(text, at, depth + 1)
    return at
  end)
end

local function read_object(text, position, depth)
  local object = {}
  return object, read_items(text, position, "}", function(at)
    if text:sub(at, at) ~= '"' then fail(at, "a name") end
    local name
    name, at = read_string(text, at)
    at = skip(text, at)
    if text:sub(at, at) ~= ":" then fail(at, "':'") end
    object[name], at = read(text, skip(text, at + 1), depth + 1)
    return at
  end)
end

function read(text, position, depth)
  if depth > 100 then fail(position, "less nesting") end
  local c = text:sub(position, position)
  if c == '"' then return read_string(text, position) end
  if c == "[" then return read_list(text, position, depth) end
  if c == "{" then return read_object(text, position, depth) end
  local word = text:match("^%l+", position)
  if word == "null" then return nil, position + 4 end
  if word == "true" then return true, position + 4 end
  if word == "false" then return false, position + 5 end
  return read_number(text, position)
end

local function read_all(text)
  local value, position = read(text, skip(text, 1), 0)
  position = skip(text, position)
  if position <= #text then fail(position, "the end") end
  return value
end

--- json.decode(text) -> value | nil, message
-- The value that JSON text describes: arrays and objects as tables, null as nil, whole numbers
-- as integers. What is no JSON gives nil and where it breaks.
-- Units: text: string
-- Example:
-- print(json.decode('{"shape": [1, 2.5]}').shape[2]) --> 2.5
-- print(json.decode "[1") --> nil	position 3: ',' or ']' expected
function json.decode(text)
  if type(text) ~= "string" then
    error(("bad argument #1 to 'decode' (string expected, got %s)"):format(type(text)), 2)
  end
  local ok, result = pcall(read_all, text)
  if ok then return result end
  if type(result) ~= "table" then error(result, 0) end
  return nil, ("position %d: %s expected"):format(result.position, result.expected)
end

return json
