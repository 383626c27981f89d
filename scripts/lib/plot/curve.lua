-- A curve through values, as much of it as can be seen: parts of it in the unit square, whose
-- corner 0, 0 is at the left of the bottom.

local values = require "plot.values"

local curve = {}
curve.__index = curve

-- x: a vector; else from and to: those of the first and the last value, 1 and #y unless given.
function curve.new(y, x, from, to, color)
  local whole = not (x or from or to)
  from, to = from or 1, to or #y
  local low, high
  if x then
    low, high = values.range(x)
  else
    low, high = math.min(from, to), math.max(from, to)
  end
  local step = #y > 1 and (to - from) / (#y - 1) or 0
  return setmetatable({y = y, x = x, from = from, step = step, color = color,
    whole_x = whole, x_range = {low, high}, y_range = {values.range(y)}}, curve)
end

-- What one column shows of the values that follow each other in it: the first, the lowest, the
-- highest and the last, in their order.
local function add_run(line, run)
  local low_first = run.low_at < run.high_at
  local a, b = low_first and "low" or "high", low_first and "high" or "low"
  local last_at = 0
  for _, name in ipairs {"first", a, b, "last"} do
    local at = run[name .. "_at"]
    if at > last_at then
      line[#line + 1] = {run[name .. "_u"], run[name]}
      last_at = at
    end
  end
end

local function new_run(column, i, u, v)
  return {column = column, first = v, first_u = u, first_at = i, low = v, low_u = u, low_at = i,
    high = v, high_u = u, high_at = i, last = v, last_u = u, last_at = i}
end

local function extend_run(run, i, u, v)
  run.last, run.last_u, run.last_at = v, u, i
  if v < run.low then run.low, run.low_u, run.low_at = v, u, i end
  if v > run.high then run.high, run.high_u, run.high_at = v, u, i end
end

-- Lines of points {u, v} between the gaps that NaN and infinities leave.
function curve:lines(axes, columns)
  local lines, line, run = {}, nil, nil
  for i = 1, #self.y do
    local x, y = self.x and self.x[i] or self.from + (i - 1) * self.step, self.y[i]
    if values.finite(x) and values.finite(y) then
      local u, v = axes.x:part(x), axes.y:part(y)
      local column = math.floor(u * columns)
      if run and run.column == column then
        extend_run(run, i, u, v)
      else
        line = line or {}
        if run then add_run(line, run) end
        run = new_run(column, i, u, v)
      end
    elseif run then
      add_run(line, run)
      lines[#lines + 1] = line
      line, run = nil, nil
    end
  end
  if run then
    add_run(line, run)
    lines[#lines + 1] = line
  end
  return lines
end

local function inside(point) return point[2] >= 0 and point[2] <= 1 end

-- Where a and b, on different sides of the height v, meet it.
local function crossing(a, b, v)
  local t = (v - a[2]) / (b[2] - a[2])
  return {a[1] + (b[1] - a[1]) * t, v}
end

-- The part of a line from a to b that is in the square; nil, nil: none is.
local function clip(a, b)
  for _, edge in ipairs {0, 1} do
    local outside = edge == 0 and function(p) return p[2] < 0 end or function(p) return p[2] > 1 end
    if outside(a) and outside(b) then return nil end
    if outside(a) then a = crossing(a, b, edge) elseif outside(b) then b = crossing(a, b, edge) end
  end
  return a, b
end

local function draw_line(pen, line, color)
  local part = inside(line[1]) and {line[1]} or {}
  for i = 2, #line do
    local a, b = clip(line[i - 1], line[i])
    if a ~= line[i - 1] and #part > 0 then
      pen:line(part, color)
      part = {}
    end
    if a then
      if #part == 0 then part[1] = a end
      part[#part + 1] = b
    end
  end
  if #part > 0 then pen:line(part, color) end
end

function curve:draw(pen, axes)
  for _, line in ipairs(self:lines(axes, pen.across)) do draw_line(pen, line, self.color) end
end

return curve
