--- Writes FlatBuffers, the format of .tflite files (https://flatbuffers.dev, internals).
--
-- A buffer grows from its end to its beginning, so what a table points to is there before
-- it. Positions are bytes from the end; a position stands for the object it begins.

local flatbuffer = {}

local Builder = {}
Builder.__index = Builder

function flatbuffer.builder()
  return setmetatable({pieces = {}, size = 0}, Builder)
end

function Builder:prepend(bytes)
  self.pieces[#self.pieces + 1] = bytes
  self.size = self.size + #bytes
end

-- Pads so that after `bytes` more the beginning lies at a multiple of `alignment`.
function Builder:align(alignment, bytes)
  self:prepend(("\0"):rep(-(self.size + bytes) % alignment))
end

-- A vector of `count` elements that are `bytes` together, aligned as one of them needs.
function Builder:vector(bytes, count, alignment)
  self:align(math.max(alignment, 4), #bytes)
  self:prepend(bytes)
  self:prepend(("<I4"):pack(count))
  return self.size
end

function Builder:numbers(format, values)
  local texts = {}
  for i, value in ipairs(values) do texts[i] = format:pack(value) end
  return self:vector(table.concat(texts), #values, format:packsize())
end

function Builder:string(text)
  return self:vector(text .. "\0", #text, 1)
end

-- What stands at `size` from the end and points to `position`.
local function pointer(size, position)
  return ("<I4"):pack(size - position)
end

-- A vector of what lies at these positions.
function Builder:objects(positions)
  self:align(4, 4 * #positions)
  for i = #positions, 1, -1 do self:prepend(pointer(self.size + 4, positions[i])) end
  self:prepend(("<I4"):pack(#positions))
  return self.size
end

-- A table. `fields` has the packed number or, as an integer, the position of each slot,
-- counted from 0; what is left out has its default.
function Builder:table(fields)
  local slots, last = {}, -1
  for slot, value in pairs(fields) do
    slots[#slots + 1] = slot
    last = math.max(last, slot)
  end
  local function length(slot)
    return type(fields[slot]) == "string" and #fields[slot] or 4
  end
  -- Small ones last, so that little is lost to alignment.
  table.sort(slots, function(a, b)
    local x, y = length(a), length(b)
    if x ~= y then return x < y end
    return a < b
  end)
  local finish, at = self.size, {}
  for _, slot in ipairs(slots) do
    local value = fields[slot]
    self:align(length(slot), length(slot))
    self:prepend(type(value) == "string" and value or pointer(self.size + 4, value))
    at[slot] = self.size
  end
  local entries = {}
  self:align(4, 4)
  local start = self.size + 4
  for slot = 0, last do
    entries[slot + 1] = ("<I2"):pack(at[slot] and start - at[slot] or 0)
  end
  local vtable = ("<I2I2"):pack(4 + 2 * #entries, start - finish) .. table.concat(entries)
  self:prepend(("<i4"):pack(#vtable))  -- the vtable ends where the table begins
  self:prepend(vtable)
  return start
end

-- The whole file, whose root is the table at this position.
function Builder:finish(root, identifier)
  self:align(16, 8)
  self:prepend(identifier)
  self:prepend(pointer(self.size + 4, root))
  local all = self.pieces
  for i = 1, #all // 2 do all[i], all[#all + 1 - i] = all[#all + 1 - i], all[i] end
  return table.concat(all)
end

return flatbuffer
