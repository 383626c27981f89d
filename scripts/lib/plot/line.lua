-- plot.line: values as curves.

local curve, names, values = require "plot.curve", require "plot.names", require "plot.values"

local line = {options = {x = "any", from = "number", to = "number", legend = "any"}}

local function check_x(options, series)
  local x, why = values.vector(options.x)
  if not x then return nil, "option 'x': " .. why end
  for _, y in ipairs(series) do
    if #y ~= #x then
      return nil, ("option 'x': %d values expected, one for each of y, got %d"):format(#y, #x)
    end
  end
  return x
end

function line.add(figure, options, y)
  local series, why = values.series(y)
  if not series then return 1, why end
  local x, legend
  if options.x then
    x, why = check_x(options, series)
    if not x then return 2, why end
  end
  if options.legend then
    legend, why = names.list("legend", options.legend, #series)
    if not legend then return 2, why end
  end
  local marks = {}
  for i, vector in ipairs(series) do
    marks[i] = curve.new(vector, x, options.from, options.to, figure.colors + i)
  end
  names.add_series(figure, marks, legend, "line", #series)
end

return line
