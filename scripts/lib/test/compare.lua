-- What differs between two values, and how values look in a message, for module `test`.

local compare = {}

local max_items <const>, max_depth <const>, max_text <const> = 12, 3, 400

function compare.is_tensor(value)
  return type(value) == "userdata" and tostring(value):find("^tensor ") ~= nil
end

local function cut(text)
  if #text <= max_text then return text end
  return text:sub(1, max_text) .. " ... (" .. #text .. " bytes)"
end

local function show_string(value)
  local escapes = {["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\", ['"'] = '\\"'}
  return '"' .. cut(value):gsub('[%c\\"]', function(c)
    return escapes[c] or ("\\x%02x"):format(c:byte())
  end) .. '"'
end

local function show_table(value, depth)
  if depth >= max_depth then return "{...}" end
  local parts, length = {}, #value
  for i = 1, math.min(length, max_items) do parts[i] = compare.show(value[i], depth + 1) end
  local keys = {}
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 or key > length then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    if #parts >= max_items then break end
    local name = type(key) == "string" and key:find("^[%a_][%w_]*$") and key
      or "[" .. compare.show(key, depth + 1) .. "]"
    parts[#parts + 1] = name .. " = " .. compare.show(value[key], depth + 1)
  end
  if #parts < length + #keys then parts[#parts + 1] = "..." end
  return "{" .. table.concat(parts, ", ") .. "}"
end

function compare.show(value, depth)
  if type(value) == "string" then return show_string(value) end
  if type(value) == "number" then
    return math.type(value) == "float" and ("%.17g"):format(value):len() > #tostring(value)
      and tonumber(tostring(value)) ~= value and ("%.17g"):format(value) or tostring(value)
  end
  local meta = getmetatable(value)
  if type(value) == "table" and not (type(meta) == "table" and meta.__tostring) then
    return show_table(value, depth or 0)
  end
  return cut(tostring(value))
end

-- Comparing -------------------------------------------------------------------

-- Each comparison gives nil, or what differs: a table with `expected`, `got` and, inside
-- a larger value, `at`.
function compare.differ(expected, got, at)
  return {expected = compare.show(expected), got = compare.show(got), at = at}
end

function compare.same_number(a, b) return a == b or (a ~= a and b ~= b) end

local function bits(value)
  if math.type(value) == "integer" then return "integer " .. value end
  return ("float %016x"):format((string.unpack("<I8", string.pack("<d", value))))
end

function compare.same_bits(a, b) return bits(a) == bits(b) end

local function show_shape(t) return "{" .. table.concat(t.shape, ", ") .. "}" end

function compare.head(t) return "tensor " .. t.dtype .. " " .. show_shape(t) end

-- "position (2, 1) of tensor int8 {2, 3}" for the row-major index from 1.
local function position_text(t, index)
  local shape, position, rest = t.shape, {}, index - 1
  for axis = #shape, 1, -1 do
    position[axis] = rest % shape[axis] + 1
    rest = rest // shape[axis]
  end
  return "position (" .. table.concat(position, ", ") .. ") of " .. compare.head(t)
end

-- The first element for which same(a, b) is false.
local function compare_elements(expected, got, same)
  local a, b = expected:reshape({-1}), got:reshape({-1})
  for i = 1, #a do
    local x, y = a[i], b[i]
    local equal = x == y
    if type(x) == "number" then equal = same(x, y) end
    if not equal then return compare.differ(x, y, position_text(got, i)) end
  end
end

-- The first byte in which two strings of equal length differ.
local function first_difference(a, b)
  local from, size = 1, #a
  while size > 1 do  -- somewhere in these
    local half = size // 2
    if a:sub(from, from + half - 1) ~= b:sub(from, from + half - 1) then
      size = half
    else
      from, size = from + half, size - half
    end
  end
  return from
end

local function compare_bytes(expected, got)
  local a, b = expected:tobytes(), got:tobytes()
  if a == b then return nil end
  local width = #a // expected.size
  local i = (first_difference(a, b) - 1) // width + 1
  local x, y = expected:reshape({-1})[i], got:reshape({-1})[i]
  local function hex(bytes)  -- most significant byte first
    local text = bytes:sub((i - 1) * width + 1, i * width):reverse()
    return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
  end
  return {
    expected = compare.show(x) .. "  0x" .. hex(a),
    got = compare.show(y) .. "  0x" .. hex(b),
    at = position_text(got, i),
  }
end

function compare.tensors(expected, got, same)
  if expected.dtype ~= got.dtype or show_shape(expected) ~= show_shape(got) then
    return {expected = compare.head(expected), got = compare.head(got)}
  end
  if same == compare.same_bits then return compare_bytes(expected, got) end
  if not rawequal(expected, got) and expected == got then return nil end
  return compare_elements(expected, got, same)
end

local function key_path(at, key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return at .. "." .. key end
  return at .. "[" .. compare.show(key) .. "]"
end

local function compare_tables(expected, got, same, at, seen)
  if seen[expected] == got then return nil end
  seen[expected] = got
  for key, value in next, expected do
    local difference = compare.values(value, rawget(got, key), same, key_path(at, key), seen)
    if difference then return difference end
  end
  for key, value in next, got do
    if rawget(expected, key) == nil then return compare.differ(nil, value, key_path(at, key)) end
  end
end

function compare.values(expected, got, same, at, seen)
  if type(expected) == "number" and type(got) == "number" then
    if not same(expected, got) then return compare.differ(expected, got, at) end
  elseif compare.is_tensor(expected) and compare.is_tensor(got) then
    return compare.tensors(expected, got, same)
  elseif type(expected) == "table" and compare.is_tensor(got) then
    return compare.values(expected, got:totable(), same, at, seen)
  elseif type(expected) == "table" and type(got) == "table" then
    if rawequal(expected, got) then return nil end
    return compare_tables(expected, got, same, at or "", seen or {})
  elseif expected ~= got then
    return compare.differ(expected, got, at)
  end
end

return compare
