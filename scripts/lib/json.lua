--- Values as JSON text (RFC 8259), for the tools that read what scripts say.

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

return json
