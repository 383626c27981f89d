-- Bars from a base line: upright ones side by side over an axis of numbers, lying ones in rows
-- with a name each.

local values = require "plot.values"

local blocks = {}
blocks.__index = blocks

local function with_zero(low, high) return {math.min(low, 0), math.max(high, 0)} end

-- Upright: bar i, from edges[i] to edges[i + 1], is lengths[i] high, 0 or more.
function blocks.upright(lengths, edges, color)
  return setmetatable({lengths = lengths, edges = edges, color = color,
    x_range = {edges[1], edges[#edges]}, y_range = with_zero(values.range(lengths))}, blocks)
end

-- Lying, `series` lists of lengths: below `names[i]` bar i of each, the first at the top. A name
-- has one unit of the y axis, in which several bars leave room for one more between them and the
-- next name's.
function blocks.lying(series, names, first_color)
  local low, high = 0, 0
  for _, lengths in ipairs(series) do
    local least, most = values.range(lengths)
    low, high = math.min(low, least), math.max(high, most)
  end
  local height = #series > 1 and 1 / (#series + 1) or 1
  local gap = 1 - height * #series
  return setmetatable({series = series, color = first_color, height = height,
    x_range = {low, high}, y_range = {#names - gap, 0}, y_names = names, y_first = (1 - gap) / 2,
    rounded = true, exact_y = true}, blocks)
end

local function clamp(part) return math.max(0, math.min(1, part)) end

-- Infinite bars end where the axis does; one of NaN is none.
local function ends(axis, length)
  if length ~= length then return nil end
  return clamp(axis:part(0)), clamp(axis:part(math.max(-1e300, math.min(1e300, length))))
end

function blocks:draw_upright(pen, axes)
  for i = 1, #self.lengths do
    local v0, v1 = ends(axes.y, self.lengths[i])
    if v0 then
      pen:upright(axes.x:part(self.edges[i]), axes.x:part(self.edges[i + 1]), v0, v1, self.color)
    end
  end
end

function blocks:draw_lying(pen, axes)
  for row = 1, #self.y_names do
    for k, lengths in ipairs(self.series) do
      local u0, u1 = ends(axes.x, lengths[row])
      if u0 then
        local top = row - 1 + (k - 1) * self.height
        pen:lying(u0, u1, axes.y:part(top + self.height), axes.y:part(top),
          {color = self.color + k - 1, each = #self.series, value = lengths[row]})
      end
    end
  end
end

function blocks:draw(pen, axes)
  if self.edges then self:draw_upright(pen, axes) else self:draw_lying(pen, axes) end
end

return blocks
