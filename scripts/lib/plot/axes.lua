-- The two axes of a figure: what they span, and where on them a number lies.

local ticks, with = require "plot.ticks", require "plot.marks".with

local axes = {}

local ROUND <const> = 6  -- ticks that ends are moved out to

local Axis = {}
Axis.__index = Axis

-- Where a number lies: 0 at the left or bottom, 1 at the right or top.
function Axis:part(value) return (value - self.from) / (self.to - self.from) end

-- Places with labels, about so many at most: {part =, label =}. Of names all, or every second, ...
-- One number does not tell how long an axis is: there are two if two exist.
function Axis:ticks(most)
  local list = {}
  if self.names then
    local n = #self.names
    local every = math.max(math.ceil(n / math.max(most, 1)), 1)
    for i = 1, n, every do
      list[#list + 1] = {part = self:part(self.first + i - 1), label = self.names[i]}
    end
    return list
  end
  local low, high = math.min(self.from, self.to), math.max(self.from, self.to)
  local chosen = ticks.list(low, high, most, self.whole)
  if #chosen < 2 then chosen = ticks.list(low, high, most + 1, self.whole) end
  for i, tick in ipairs(chosen) do
    list[i] = {part = self:part(tick.value), label = tick.label}
  end
  return list
end

-- What all marks take of one axis; `from` and `to` of one that goes downwards change places.
local function reach(marks, name)
  local low, high, downwards = math.huge, -math.huge, false
  for _, mark in ipairs(marks) do
    local a, b = mark[name][1], mark[name][2]
    if a > b and a < math.huge then a, b, downwards = b, a, true end
    low, high = math.min(low, a), math.max(high, b)
  end
  return low, high, downwards
end

local function any(marks, field)
  local mark = with(marks, field)
  return mark and mark[field]
end

local function new_axis(marks, side, least, most, round)
  local low, high, downwards = reach(marks, side .. "_range")
  low, high = ticks.span(low, high, least, most)
  if round then
    local round_low, round_high = ticks.round_out(low, high, ROUND)
    low, high = least or round_low, most or round_high
  end
  return setmetatable({
    from = downwards and high or low, to = downwards and low or high,
    names = any(marks, side .. "_names"), first = any(marks, side .. "_first") or 1,
    whole = any(marks, "whole_" .. side),
  }, Axis)
end

-- `low` and `high` are the ends of the axis of values: that along which bars lie, else y. Of cells
-- they are those of the colours.
function axes.of(figure)
  local marks, options = figure.marks, figure.options
  local low, high = options.low, options.high
  if any(marks, "planes") then low, high = nil, nil end
  local lying = any(marks, "series")
  return {
    x = new_axis(marks, "x", lying and low or nil, lying and high or nil, any(marks, "rounded")),
    y = new_axis(marks, "y", not lying and low or nil, not lying and high or nil,
      not any(marks, "exact_y")),
  }
end

return axes
