-- A matrix as coloured cells: of one plane through a map of colours, or of three for red, green
-- and blue.

local colors, ticks, values = require "plot.colors", require "plot.ticks", require "plot.values"

local grid = {}
grid.__index = grid

-- options: map; low, high: values of the map's ends, else those of the plane; x_range, y_range: of
-- the edges, else positions; names: of rows and columns; square: cells are; numbers: shown in them;
-- fold: what values that share a cell become, "max" or else their mean.
function grid.new(planes, options)
  local rows, columns = planes[1]:dim(1), planes[1]:dim(2)
  local self = setmetatable({planes = planes, rows = rows, columns = columns}, grid)
  for name, value in pairs(options) do self[name] = value end
  self.whole_x = not self.x_range
  if self.whole_y == nil then self.whole_y = not self.y_range end
  self.x_range = self.x_range or {0.5, columns + 0.5}
  self.y_range = self.y_range or {rows + 0.5, 0.5}
  self.exact_y = true
  local low, high = values.range(planes[1])
  for i = 2, #planes do
    local other_low, other_high = values.range(planes[i])
    low, high = math.min(low, other_low), math.max(high, other_high)
  end
  self.low, self.high = ticks.span(low, high, options.low, options.high)
  return self
end

-- Positions first to last of `n` that cell i of `count` shows; cells count from 0.
local function cell_range(i, count, n)
  local first = i * n // count + 1
  return first, math.max((i + 1) * n // count, first)
end

-- What rows r1 to r2 and columns c1 to c2 become; NaN where one of them is.
function grid:folded(plane, r1, r2, c1, c2)
  if r1 == r2 and c1 == c2 then return plane:at(r1, c1) end
  local there = plane:slice({r1, r2}, {c1, c2})
  return self.fold == "max" and there:max() or there:mean()
end

-- Where a value lies between the ends, 0 to 1; NaN stays.
function grid:part(value)
  if value ~= value then return value end
  return math.max(0, math.min(1, (value - self.low) / (self.high - self.low)))
end

-- Parts of red, green and blue, 0 to 1: how bright they are together, and each as 0 to 255. NaN
-- alone if one is.
local function mixed(r, g, b)
  if r ~= r or g ~= g or b ~= b then return 0 / 0 end
  r, g, b = math.floor(r * 255 + 0.5), math.floor(g * 255 + 0.5), math.floor(b * 255 + 0.5)
  return colors.brightness(r, g, b), r, g, b
end

-- Calls visit(row, column, part, r, g, b) for each of rows x columns cells, from the left of the
-- top; r, g and b are nil where a value is NaN.
function grid:cells(rows, columns, visit)
  local red, green, blue = table.unpack(self.planes)
  for row = 0, rows - 1 do
    local r1, r2 = cell_range(row, rows, self.rows)
    if self.upwards then r1, r2 = self.rows + 1 - r2, self.rows + 1 - r1 end
    for column = 0, columns - 1 do
      local c1, c2 = cell_range(column, columns, self.columns)
      local part = self:part(self:folded(red, r1, r2, c1, c2))
      if green then
        visit(row, column, mixed(part, self:part(self:folded(green, r1, r2, c1, c2)),
          self:part(self:folded(blue, r1, r2, c1, c2))))
      elseif part ~= part then
        visit(row, column, part)
      else
        visit(row, column, part, colors.of_part(self.map, part))
      end
    end
  end
end

function grid:draw(pen) pen:grid(self) end

return grid
