--- What modules written in Lua say of wrong arguments: the words of those written in C++.

local arguments = {}

-- The fewest letters to insert, delete or replace to get from one word to the other.
local function edits(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local replaced = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(replaced, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

local function nearest(word, known)
  local best, fewest = nil, math.min(math.max(#word // 2, 2), 8) + 1
  for name in pairs(known) do
    local count = edits(word, name)
    if count < fewest or (count == fewest and best and name < best) then
      best, fewest = name, count
    end
  end
  return best
end

--- arguments.fail(index, name, text [, level])
-- Raises "bad argument #index to 'name' (text)" where the function of that name, which calls
-- this one, was called; `level` calls further out if there are such in between.
function arguments.fail(index, name, text, level)
  error(("bad argument #%d to '%s' (%s)"):format(index, name, text), (level or 0) + 3)
end

-- What messages say was given.
function arguments.given(value)
  if type(value) == "number" then return tostring(value) end
  if type(value) == "userdata" then return tostring(value):match "^%a+" or "userdata" end
  return type(value)
end

local function of_type(value, kind)
  if kind == "any" then return true end
  if kind == "integer" then return math.type(value) == "integer" end
  if kind == "tensor" then return arguments.given(value) == "tensor" end
  return type(value) == kind
end

--- arguments.check(index, name, value, kind [, level])
-- Raises unless the value is of that kind: a type of Lua, "integer", "tensor" or "any".
function arguments.check(index, name, value, kind, level)
  if of_type(value, kind) then return end
  arguments.fail(index, name, kind .. " expected, got " .. arguments.given(value), 1 + (level or 0))
end

--- arguments.options(index, name, given, known [, level]) -> table
-- Checks a table of options, or nil, against known[option] = kind; gives it, or {}.
function arguments.options(index, name, given, known, level)
  level = 1 + (level or 0)
  if given == nil then return {} end
  if type(given) ~= "table" then
    arguments.fail(index, name, "table expected, got " .. arguments.given(given), level)
  end
  for option, value in pairs(given) do
    local kind = known[option]
    if not kind then
      local near = type(option) == "string" and nearest(option, known)
      arguments.fail(index, name, ("no option '%s'%s"):format(tostring(option),
        near and ("; did you mean '%s'?"):format(near) or ""), level)
    elseif not of_type(value, kind) then
      arguments.fail(index, name, ("option '%s': %s expected, got %s"):format(option, kind,
        arguments.given(value)), level)
    end
  end
  return given
end

return arguments
