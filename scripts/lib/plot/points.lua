-- Points: each by itself.

local values = require "plot.values"

local points = {}
points.__index = points

function points.new(x, y, color)
  return setmetatable({x = x, y = y, color = color, x_range = {values.range(x)},
    y_range = {values.range(y)}, rounded = true}, points)
end

function points:draw(pen, axes)
  for i = 1, #self.y do
    local x, y = self.x[i], self.y[i]
    if values.finite(x) and values.finite(y) then
      local u, v = axes.x:part(x), axes.y:part(y)
      if v >= 0 and v <= 1 then pen:point(u, v, self.color) end
    end
  end
end

return points
