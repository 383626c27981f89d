-- Draws the marks of a figure as elements of SVG: the hand of plot/svg.lua, as plot/text_pen.lua is
-- that of plot/text.lua.

local colors, format = require "plot.colors", require "plot.format"

local svg_pen = {}
svg_pen.__index = svg_pen

local MOST_ROWS <const>, MOST_COLUMNS <const> = 128, 256  -- cells drawn of a matrix
local LEVELS <const> = 64                                 -- colours told apart in one

-- A length in tenths of a pixel, in as few characters as it takes.
function svg_pen.length(length)
  local tenths = math.floor(length * 10 + 0.5)
  if tenths % 10 == 0 then return ("%d"):format(tenths // 10) end
  local sign = tenths < 0 and "-" or ""
  tenths = math.abs(tenths)
  return ("%s%d.%d"):format(sign, tenths // 10, tenths % 10)
end

local n = svg_pen.length

-- A factor, finer than a length.
local function factor(value) return (("%.4f"):format(value):gsub("%.?0+$", "")) end

local ENTITIES <const> = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}

-- A label as text of XML, to which U+FFFE and U+FFFF are no characters.
function svg_pen.escape(text)
  return (format.label(text):gsub("\xEF\xBF[\xBE\xBF]", "?"):gsub('[&<>"]', ENTITIES))
end

-- The marks are in columns x rows pixels, whose corner is at left, top.
function svg_pen.new(left, top, columns, rows)
  return setmetatable({left = left, top = top, columns = columns, rows = rows,
    across = math.floor(columns), parts = {}, used = {}, dots = {}}, svg_pen)
end

function svg_pen:add(pattern, ...)
  self.parts[#self.parts + 1] = pattern:format(...)
end

function svg_pen:x(part) return self.left + part * self.columns end

function svg_pen:y(part) return self.top + (1 - part) * self.rows end

-- The number of a series' colour, which the style then has.
function svg_pen:color(color)
  local i = (color - 1) % #colors.SERIES + 1
  self.used[i] = true
  return i
end

function svg_pen:line(points, color)
  local list = {}
  for i, point in ipairs(points) do list[i] = n(self:x(point[1])) .. " " .. n(self:y(point[2])) end
  if #list == 1 then list[2] = list[1] end  -- a round end is a dot
  self:add('<polyline class="l%d" points="%s"/>', self:color(color), table.concat(list, " "))
end

-- All points of a series make one path, of lines without length but with round ends.
function svg_pen:point(u, v, color)
  local i = self:color(color)
  local list = self.dots[i]
  if not list then
    list = {}
    self.dots[i] = list
  end
  list[#list + 1] = "M" .. n(self:x(u)) .. " " .. n(self:y(v)) .. "h0"
end

function svg_pen:rectangle(x0, y0, x1, y1, class)
  if x1 < x0 then x0, x1 = x1, x0 end
  if y1 < y0 then y0, y1 = y1, y0 end
  self:add('<path class="%s" d="M%s %sH%sV%sH%sz"/>', class, n(x0), n(y0), n(x1), n(y1), n(x0))
end

function svg_pen:upright(u0, u1, v0, v1, color)
  if v0 == v1 then return end
  local class = "f" .. self:color(color)
  self:rectangle(self:x(u0) + 0.5, self:y(v0), self:x(u1) - 0.5, self:y(v1), class)
end

function svg_pen:lying(u0, u1, v0, v1, bar)
  local gap = bar.each > 1 and 0.5 or 2
  if u0 ~= u1 then
    self:rectangle(self:x(u0), self:y(v1) + gap, self:x(u1), self:y(v0) - gap,
      "f" .. self:color(bar.color))
  end
  self:text(self:x(math.max(u0, u1)) + 5, self:y((v0 + v1) / 2) + 4, format.number(bar.value), "s")
end

-- anchor: s, m or e, where the text has that point: at its start, middle or end.
function svg_pen:text(x, y, text, anchor, class)
  local attributes = anchor == "s" and "" or (' class="%s"'):format(anchor)
  if class then attributes = (' class="%s %s"'):format(anchor, class) end
  self:add('<text x="%s" y="%s"%s>%s</text>', n(x), n(y), attributes, svg_pen.escape(text))
end

-- Cells of columns x rows units, drawn by `visit(put)` with put(row, column, colour): each run of a
-- colour in a row is a line as thick as the row.
function svg_pen:cells(x, y, width, height, columns, rows, visit)
  local paths, order, last = {}, {}, nil
  local function flush()
    if not last then return end
    local path = paths[last.color]
    if not path then
      path = {}
      paths[last.color] = path
      order[#order + 1] = last.color
    end
    path[#path + 1] = ("M%d %dh%d"):format(last.column, last.row, last.count)
  end
  visit(function(row, column, color)
    if last and last.row == row and last.color == color and last.column + last.count == column then
      last.count = last.count + 1
      return
    end
    flush()
    last = color and {row = row, column = column, color = color, count = 1} or nil
  end)
  flush()
  self:add('<g transform="translate(%s %s) scale(%s %s)" shape-rendering="crispEdges">', n(x),
    n(y + height / rows / 2), factor(width / columns), factor(height / rows))
  for _, color in ipairs(order) do
    self:add('<path stroke="%s" d="%s"/>', color, table.concat(paths[color]))
  end
  self:add "</g>"
end

local function rgb(r, g, b) return ("#%02x%02x%02x"):format(r, g, b) end

-- A colour of a map: one of few, so that equal neighbours make one shape. Grey ones are pixels,
-- which keep theirs.
local function level_color(map, part)
  if map == "grey" then return rgb(colors.of_part(map, part)) end
  return rgb(colors.of_part(map, math.floor(part * (LEVELS - 1) + 0.5) / (LEVELS - 1)))
end

function svg_pen:grid(grid)
  if grid.numbers then return self:numbers(grid) end
  local rows, columns = math.min(grid.rows, MOST_ROWS), math.min(grid.columns, MOST_COLUMNS)
  self:cells(self.left, self.top, self.columns, self.rows, columns, rows, function(put)
    grid:cells(rows, columns, function(row, column, part, r, g, b)
      put(row, column, r and (#grid.planes == 1 and level_color(grid.map, part) or rgb(r, g, b)))
    end)
  end)
end

-- Cells as opaque as their part is large let light and dark pages through.
function svg_pen:numbers(grid)
  local wide, high = self.columns / grid.columns, self.rows / grid.rows
  local fill = "f" .. self:color(1)
  grid:cells(grid.rows, grid.columns, function(row, column, part)
    local x, y = self.left + column * wide, self.top + row * high
    if part > 0 then
      self:add('<path class="%s" fill-opacity="%s" d="M%s %sh%sv%sh-%sz"/>', fill, factor(part),
        n(x + 0.5), n(y + 0.5), n(wide - 1), n(high - 1), n(wide - 1))
    end
    local value = grid.counts:at(row + 1, column + 1)
    local class = value == 0 and "faint" or part > 0.5 and "on" or nil
    self:text(x + wide / 2, y + high / 2 + 4, format.number(value), "m", class)
  end)
end

-- The colours of a map from its high end at the top to its low end, `width` wide at x.
function svg_pen:scale(map, x, width)
  self:cells(x, self.top, width, self.rows, 1, LEVELS, function(put)
    for i = 0, LEVELS - 1 do put(i, 0, level_color(map, 1 - i / (LEVELS - 1))) end
  end)
end

-- Draws what `point` has collected.
function svg_pen:draw_points()
  for i = 1, #colors.SERIES do
    if self.dots[i] then self:add('<path class="p%d" d="%s"/>', i, table.concat(self.dots[i])) end
  end
  self.dots = {}
end

return svg_pen
