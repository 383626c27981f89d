-- Whole files, as the tests read and write them.

local file_bytes = {}

-- What is in the file, or nil and a message.
function file_bytes.read(path)
  local file <close>, message = io.open(path, "rb")
  if not file then return nil, message end
  return file:read "a"
end

-- Makes the file anew. Raises an error where it cannot be opened.
function file_bytes.write(path, bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
end

return file_bytes
