--- Files that are written whole or not at all.

local whole_file = {}

--- whole_file.write(path, bytes) -> true | nil, message
-- The bytes go into a file beside it, which then takes its name.
function whole_file.write(path, bytes)
  local part = path .. ".part"
  local file, message = io.open(part, "wb")
  if not file then return nil, message end
  local written, why = file:write(bytes)
  local closed, reason = file:close()
  local moved = written and closed
  if moved then moved, reason = os.rename(part, path) end
  if moved then return true end
  os.remove(part)
  return nil, ("%s: %s"):format(path, why or reason)
end

return whole_file
