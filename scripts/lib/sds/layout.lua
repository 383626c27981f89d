--- What the blocks of a stream hold, as its description says, and how to read and write them.

local tensor = require "tensor"

local layout = {}

-- C's names of numbers, how string.pack names them, and the dtype. Arm's own tools know no
-- 8-bit and 64-bit integers.
local TYPES <const> = {
  int8_t = {"i1", "int8"}, uint8_t = {"I1", "uint8"}, int16_t = {"i2", "int16"},
  uint16_t = {"I2", "uint16"}, int32_t = {"i4", "int32"}, uint32_t = {"I4", "uint32"},
  float = {"f", "float32"}, double = {"d", "float64"},
}
local INTEGER_RANGE <const> = {
  int8 = {-128, 127}, uint8 = {0, 255}, int16 = {-32768, 32767}, uint16 = {0, 65535},
  int32 = {-2147483648, 2147483647}, uint32 = {0, 4294967295},
}
local MOST_COLUMNS <const> = 4096

-- One value of the description to its fields, or nil and a message.
local function parse_value(value)
  local name, kind = value.value, value.type
  if type(kind) ~= "string" then return nil, ("value '%s' has no type"):format(tostring(name)) end
  local base, bits = kind:match "^([%w_]+):(%d+)$"
  local known = TYPES[base or kind]
  bits = bits and math.tointeger(tonumber(bits))
  local whole = known and INTEGER_RANGE[known[2]]
  if not known or bits and (not whole or bits < 1 or bits > 8 * string.packsize(known[1])) then
    return nil, ("value '%s' has the unknown type '%s'"):format(tostring(name), kind)
  end
  local x, y = value["dim-x"] or 1, value["dim-y"] or 1
  if math.type(x) ~= "integer" or math.type(y) ~= "integer" or x < 1 or y < 1
      or x > MOST_COLUMNS or y > MOST_COLUMNS or bits and x * y > 1 then
    return nil, ("value '%s' has impossible dimensions"):format(tostring(name))
  end
  local scale, offset = value.scale or 1, value.offset or 0
  if type(scale) ~= "number" or type(offset) ~= "number" or scale == 0 then
    return nil, ("value '%s' has an impossible scale or offset"):format(tostring(name))
  end
  return {name = tostring(name), pack = known[1], dtype = known[2], bits = bits, count = x * y,
    row = x, scale = scale, offset = offset, unit = value.unit}
end

-- Where the columns lie: units of string.pack, and for bit fields the bits in them. Fields of
-- one type share its unit from the lowest bit on, as C compilers of Arm lay them out.
local function place(parts)
  local format, units, places, names = {"<"}, 0, {}, {}
  local open, used  -- the unit that bit fields still go to
  for _, part in ipairs(parts) do
    local size = 8 * string.packsize(part.pack)
    if part.bits and open == part.pack and used + part.bits <= size then
      places[#places + 1] = {unit = units, shift = used, bits = part.bits, part = part}
      names[#names + 1] = part.name
      used = used + part.bits
    else
      for i = 1, part.count do
        units = units + 1
        format[#format + 1] = part.bits and part.pack:upper() or part.pack
        places[#places + 1] = {unit = units, shift = 0, bits = part.bits, part = part}
        names[#names + 1] = part.count == 1 and part.name
          or part.row < part.count and ("%s[%d][%d]"):format(part.name, (i - 1) // part.row + 1,
            (i - 1) % part.row + 1) or ("%s[%d]"):format(part.name, i)
      end
      open, used = part.bits and part.pack, part.bits
    end
  end
  return table.concat(format), units, places, names
end

-- The dtype that all columns have; nil when they differ or there are bit fields.
local function common_dtype(parts)
  local dtype = parts[1].dtype
  for _, part in ipairs(parts) do
    if part.dtype ~= dtype or part.bits then return nil end
  end
  return dtype
end

local function scale_rows(places)
  local scales, offsets, any = {}, {}, false
  for i, column in ipairs(places) do
    scales[i], offsets[i] = column.part.scale, column.part.offset
    any = any or scales[i] ~= 1 or offsets[i] ~= 0
  end
  if any then return tensor.new(scales), tensor.new(offsets) end
end

local Layout = {}
Layout.__index = Layout

local AUDIO_TYPES <const> = {[8] = "uint8_t", [16] = "int16_t", [32] = "int32_t"}

-- The values that an audio item stands for.
local function audio_values(audio)
  local kind = AUDIO_TYPES[audio["bit-depth"]]
  local channels = audio.channels
  if not kind or math.type(channels) ~= "integer" or channels < 1 or channels > 64
      or (audio.format or "pcm") ~= "pcm" then
    return nil, "only PCM of 8, 16 or 32 bits and 1 to 64 channels is read"
  end
  local full = 2.0 ^ (audio["bit-depth"] - 1)
  local values = {}
  for i = 1, channels do
    values[i] = {value = channels == 1 and "audio" or "audio[" .. i .. "]", type = kind,
      scale = 1 / full, offset = kind == "uint8_t" and -1 or 0}
  end
  return values
end

--- layout.new(content) -> layout | nil, message
-- From the list `content` of a description. An image has no columns: its blocks are bytes.
function layout.new(content)
  local parts = {}
  for _, item in ipairs(content) do
    if item.image then return setmetatable({columns = {}, bytes = 1, raw = true}, Layout) end
    local values, why = {item}, nil
    if item.audio then values, why = audio_values(item.audio) end
    if not values then return nil, why end
    for _, value in ipairs(values) do
      local part
      part, why = parse_value(value)
      if not part then return nil, why end
      parts[#parts + 1] = part
    end
  end
  if #parts == 0 then return nil, "it has no content" end
  local format, units, places, names = place(parts)
  if #names > MOST_COLUMNS then return nil, "it has more than 4096 columns" end
  local scales, offsets = scale_rows(places)
  return setmetatable({columns = names, format = format, units = units, places = places,
    bytes = string.packsize(format), dtype = common_dtype(parts), scales = scales,
    offsets = offsets}, Layout)
end

-- The raw number of a column among a sample's units.
local function field_value(column, units)
  local value = units[column.unit]
  if not column.bits then return value end
  value = value >> column.shift & (1 << column.bits) - 1
  local signed = INTEGER_RANGE[column.part.dtype][1] < 0
  if signed and value >> column.bits - 1 == 1 then value = value - (1 << column.bits) end
  return value
end

-- Samples of mixed types, one after the other.
local function unpack_mixed(self, block, samples)
  local x = tensor.zeros({samples, #self.columns})
  local at = 1
  for i = 1, samples do
    local units = {self.format:unpack(block, at)}
    at = at + self.bytes
    for c, column in ipairs(self.places) do x:set(field_value(column, units), i, c) end
  end
  return x
end

--- layout:decode(block) -> tensor | nil, message
-- float32 {samples, columns}: raw values times scale plus offset.
function Layout:decode(block)
  if #block % self.bytes ~= 0 then
    return nil, ("%d bytes are no whole number of samples of %d bytes"):format(#block, self.bytes)
  end
  local samples = #block // self.bytes
  if self.raw then return tensor.frombytes(block, "uint8") end
  local x = self.dtype
    and tensor.frombytes(block, self.dtype, {samples, #self.columns}):astype "float32"
    or unpack_mixed(self, block, samples)
  return self.scales and x:mul_(self.scales):add_(self.offsets) or x
end

-- A real number as the raw one of a column: nearest, within its range.
local function raw_value(column, value)
  local part = column.part
  value = (value - part.offset) / part.scale
  local range = INTEGER_RANGE[part.dtype]
  if not range then return value end
  if value ~= value then return 0 end
  local low, high = range[1], range[2]
  if column.bits then
    low, high = 0, (1 << column.bits) - 1
    if range[1] < 0 then low, high = -(1 << column.bits - 1), (1 << column.bits - 1) - 1 end
  end
  value = math.max(low, math.min(high, value))
  local below = math.floor(value)
  local above = value - below
  if above > 0.5 or above == 0.5 and below % 2 == 1 then below = below + 1 end
  return math.tointeger(below)
end

-- One row of real numbers as a sample's bytes.
local function pack_sample(self, x, row)
  local units = {}
  for c, column in ipairs(self.places) do
    local value = raw_value(column, x:at(row, c))
    if column.bits then
      value = (value & (1 << column.bits) - 1) << column.shift | (units[column.unit] or 0)
    end
    units[column.unit] = value
  end
  return self.format:pack(table.unpack(units, 1, self.units))
end

--- layout:encode(x) -> string
-- The bytes of real numbers {samples, columns}, the inverse of decode: raw values are rounded
-- to nearest and saturate. Of an image the bytes themselves.
function Layout:encode(x)
  if self.raw then return x:tobytes() end
  local samples = {}
  for row = 1, #x do samples[row] = pack_sample(self, x, row) end
  return table.concat(samples)
end

return layout
