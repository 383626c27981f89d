-- Goldens of module `test`: tensors in .npz archives, text as it is.

local compare, tensor = require "test.compare", require "tensor"

local golden = {}

local function is_arrays(value)
  if type(value) ~= "table" or next(value) == nil then return false end
  for name, item in pairs(value) do
    if type(name) ~= "string" or not compare.is_tensor(item) then return false end
  end
  return true
end

-- A file's content; nil when there is none.
local function file_text(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

local function write_text(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

-- The first line in which two texts differ, with those around it.
local function compare_text(expected, got)
  if expected == got then return nil end
  local a, b = expected .. "\n", got .. "\n"
  local before, number = nil, 0
  local next_a, next_b = a:gmatch "([^\n]*)\n", b:gmatch "([^\n]*)\n"
  local x, y
  repeat
    before, number = x, number + 1
    x, y = next_a(), next_b()
  until x ~= y
  local at = "line " .. number .. (before and ", after " .. compare.show(before) or "")
  return {expected = x and compare.show(x) or "the end", got = y and compare.show(y) or "the end", at = at}
end

local function compare_arrays(expected, got)
  for name, array in pairs(expected) do
    local difference = got[name] and compare.tensors(array, got[name], compare.same_bits)
      or not got[name] and {expected = compare.head(array), got = "nothing"}
    if difference then
      difference.at = name .. (difference.at and ", " .. difference.at or "")
      return difference
    end
  end
  for name, array in pairs(got) do
    if not expected[name] then
      return {expected = "nothing", got = compare.head(array), at = name}
    end
  end
end

-- Compares a value with what the file at `path`, which gets its suffix here, has recorded; with
-- `record` writes it instead. Gives what differs, as `compare.values` does, or nil and why there
-- is nothing to compare.
function golden.check(path, got, record)
  if compare.is_tensor(got) then got = {value = got} end
  local text = type(got) == "string"
  if not text and not is_arrays(got) then
    return nil, "expected  a tensor, a table of tensors by name, or text\ngot       "
      .. compare.show(got)
  end
  path = path .. (text and ".txt" or ".npz")
  if record then
    local done, why = pcall(function()
      if text then return write_text(path, got) end
      assert(tensor.save(path, got))
    end)
    return nil, not done and "cannot record " .. path .. ": " .. tostring(why) or nil
  end
  local expected, why
  if text then
    expected, why = file_text(path), "no such file"
  else
    expected, why = tensor.load(path)
  end
  if not expected then
    return nil, ("expected  what is recorded in %s\ngot       %s (moonlet test --record writes it)")
      :format(path, why)
  end
  return text and compare_text(expected, got) or not text and compare_arrays(expected, got) or nil
end

return golden
