-- plot.heatmap: a matrix as colours.

local grid, values = require "plot.grid", require "plot.values"

local heatmap = {first = true, options = {from = "number", to = "number", bottom = "number",
  top = "number", flip = "boolean"}}

-- The edges of n cells whose first and last have their middles there; nil where neither is given.
local function edges(first, last, n, otherwise_first, otherwise_last)
  if not first and not last then return nil end
  first, last = first or otherwise_first, last or otherwise_last
  local half = n > 1 and (last - first) / (n - 1) / 2 or 0.5
  return {first - half, last + half}
end

function heatmap.add(figure, options, x)
  local matrix, why = values.matrix(x)
  if not matrix then return 1, why end
  local rows, columns = matrix:dim(1), matrix:dim(2)
  local bottom, top = rows, 1
  if options.flip then bottom, top = 1, rows end
  local x_range = edges(options.from, options.to, columns, 1, columns)
  local y_range = edges(options.bottom, options.top, rows, bottom, top)
  figure.marks[#figure.marks + 1] = grid.new({matrix}, {
    map = "viridis", scale = true, upwards = options.flip,
    low = figure.options.low, high = figure.options.high, stretch = x_range ~= nil,
    x_range = x_range, y_range = y_range or options.flip and {0.5, rows + 0.5} or nil,
    whole_y = not y_range,
  })
end

return heatmap
