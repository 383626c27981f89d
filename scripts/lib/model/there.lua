--- The device's side of `moonlet model --target`: files that lie there.

local sys = require "sys"

local there = {}

-- What a tool is brought, and what it leaves to be fetched.
there.FOLDER = "/ram/moonlet_model/"

local function is_same(path, size, crc)
  local file <close> = io.open(path, "rb")
  if not file then return false end
  local have, sum = 0, 0
  for piece in function() return file:read(4096) end do
    have, sum = have + #piece, sys.crc32(piece, sum)
  end
  return have == size and sum == crc
end

local function find_below(folder, name, size, crc)
  for _, entry in ipairs(sys.list(folder) or {}) do
    local path = folder .. entry
    if entry:sub(-1) == "/" then
      local found = find_below(path, name, size, crc)
      if found then return found end
    elseif entry == name and is_same(path, size, crc) then
      return path
    end
  end
end

--- there.find(name, size, crc) -> path | nil
-- Where in /rom or /ram a file of that name has these bytes.
function there.find(name, size, crc)
  return find_below("/rom/", name, size, crc) or find_below("/ram/", name, size, crc)
end

--- there.clear([folder])
-- Removes what lies in the tools' folder.
function there.clear(folder)
  folder = folder or there.FOLDER
  for _, entry in ipairs(sys.list(folder) or {}) do
    if entry:sub(-1) == "/" then there.clear(folder .. entry) else os.remove(folder .. entry) end
  end
end

return there
