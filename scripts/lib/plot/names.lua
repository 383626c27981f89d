-- Names that options bring: one for each of something.

local arguments, format = require "support.arguments", require "plot.format"
local values = require "plot.values"

local names = {}

-- A list of n texts from a list of texts or numbers, a vector, or where n is 1 a text; nil and why
-- not.
function names.list(option, given, n)
  if type(given) == "string" and n == 1 then given = {given} end
  if type(given) ~= "table" and not values.is_tensor(given) then
    return nil, ("option '%s': list of %d names expected, got %s"):format(option, n,
      arguments.given(given))
  end
  if #given ~= n then
    return nil, ("option '%s': %d names expected, got %d"):format(option, n, #given)
  end
  local list = {}
  for i = 1, n do list[i] = format.label(tostring(given[i])) end
  return list
end

-- Adds marks, one or more for each series, to a figure, and what its legend says of them.
function names.add_series(figure, marks, legend, of, count)
  for _, mark in ipairs(marks) do figure.marks[#figure.marks + 1] = mark end
  for i, name in ipairs(legend or {}) do
    local entry = {name = name, color = figure.colors + i, of = of, each = count}
    figure.legend[#figure.legend + 1] = entry
  end
  figure.colors = figure.colors + count
end

return names
