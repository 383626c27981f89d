--- Pictures of numbers in text, for terminals and serial lines.
--
-- `plot.line` and `plot.heatmap` print; `line_text` and `heatmap_text` give the same as a
-- string. They are 80 columns wide unless told otherwise. With {ascii = true}, or once
-- `plot.ascii` is true, they need no Unicode.

local arguments = require "support.arguments"
local tensor = require "tensor"

local plot = {}

--- plot.ascii -> boolean
-- Whether all pictures do without Unicode; false at first.
plot.ascii = false

local LABEL <const> = 9            -- columns of the numbers on the left
local LEAST_WIDTH <const>, MOST_WIDTH <const> = 20, 1000
local MOST_HEIGHT <const> = 200
local SHADES <const> = {" ", "░", "▒", "▓", "█"}
local ASCII_SHADES <const> = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"}

local function finite(value) return value - value == 0 end

local function label(value) return ("%" .. LABEL - 1 .. ".4g "):format(value) end

local function size_option(options, option, otherwise, least, most, name)
  local value = options[option] or otherwise
  if value >= least and value <= most then return value end
  arguments.fail(2, name, ("option '%s': %d to %d expected, got %s"):format(option, least, most,
    value), 1)
end

local function check_range(options, name)
  local low, high = options.low, options.high
  if (low and not finite(low)) or (high and not finite(high)) or (low and high and low >= high) then
    arguments.fail(2, name, "options 'low' and 'high': finite, low < high expected", 1)
  end
end

-- What the picture spans: what the options say, else the values themselves, made wider when
-- they are all the same.
local function span(options, low, high)
  low, high = options.low or low, options.high or high
  if low > high then low, high = 0, 1 end  -- no value is finite
  if low == high then
    local half = low == 0 and 1 or math.abs(low) / 2
    if options.low then return low, low + half end
    if options.high then return high - half, high end
    low, high = low - half, high + half
  end
  return low, high
end

-- Lines -----------------------------------------------------------------------

-- A bitmap of dots, `across` x `down` of them in each character.
local Canvas = {}
Canvas.__index = Canvas

local BRAILLE <const> = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}
local STARS <const> = {{1}}

local function new_canvas(columns, rows, ascii)
  local dots = ascii and STARS or BRAILLE
  return setmetatable({
    columns = columns, rows = rows, dots = dots, cells = {},
    width = columns * #dots, height = rows * #dots[1],
  }, Canvas)
end

-- Sets the dots of column x from row y1 to y2; rows count from 0 at the top.
function Canvas:stroke(x, y1, y2)
  if y1 > y2 then y1, y2 = y2, y1 end
  local across, down = #self.dots, #self.dots[1]
  local dots = self.dots[x % across + 1]
  for y = y1, y2 do
    local cell = y // down * self.columns + x // across
    self.cells[cell] = (self.cells[cell] or 0) | dots[y % down + 1]
  end
end

function Canvas:row_text(row)
  local parts = {}
  for column = 1, self.columns do
    local bits = self.cells[row * self.columns + column - 1] or 0
    local mark = self.dots == STARS and "*" or utf8.char(0x2800 + bits)
    parts[column] = bits == 0 and " " or mark
  end
  return (table.concat(parts):gsub(" +$", ""))
end

-- The curve at column x of more columns than values: between two of them, or, beside a gap,
-- a value's own column.
local function value_between(y, x, width)
  local step = (#y - 1) / (width - 1)
  local at = x * step
  local i = math.min(math.floor(at), math.max(#y - 2, 0))
  local a, b = y[i + 1], y[math.min(i + 2, #y)]
  local value = at == i and a or a + (b - a) * (at - i)
  if finite(value) then return value end
  if at - i <= step / 2 then return a end
  return i + 1 - at < step / 2 and b or value
end

-- The values that column x of `width` shows: first, lowest, highest, last; nil for a gap.
local function column_values(y, x, width)
  local n = #y
  if n < width then
    local value = value_between(y, x, width)
    if not finite(value) then return nil end
    return value, value, value, value
  end
  local first, low, high, last
  for i = x * n // width + 1, (x + 1) * n // width do
    local value = y[i]
    if finite(value) then
      first, last = first or value, value
      low, high = math.min(low or value, value), math.max(high or value, value)
    end
  end
  return first, low, high, last
end

local function draw_curve(canvas, y, low, high)
  local bottom = canvas.height - 1
  local function row(value)
    local part = math.max(0, math.min(1, (value - low) / (high - low)))
    return bottom - math.floor(part * bottom + 0.5)
  end
  local before
  for x = 0, canvas.width - 1 do
    local first, least, most, last = column_values(y, x, canvas.width)
    if first then
      canvas:stroke(x, row(most), row(least))
      -- From the column before, without its own dot.
      local from, to = before and row(before), row(first)
      if from and from ~= to then canvas:stroke(x, from + (from < to and 1 or -1), to) end
    end
    before = last
  end
end

local function range_of(y)
  local low, high = math.huge, -math.huge
  for i = 1, #y do
    if finite(y[i]) then low, high = math.min(low, y[i]), math.max(high, y[i]) end
  end
  return low, high
end

local function axis_text(columns, from, to)
  local left, right = ("%.6g"):format(from), ("%.6g"):format(to)
  local gap = math.max(columns - #left - #right, 1)
  return (" "):rep(LABEL + 1) .. left .. (" "):rep(gap) .. right
end

local LINE_OPTIONS <const> = {
  width = "integer", height = "integer", ascii = "boolean", title = "string",
  low = "number", high = "number", from = "number", to = "number",
}

local function is_vector(y)
  if arguments.given(y) == "tensor" then return y.rank == 1 and y.dtype ~= "bool" end
  if type(y) ~= "table" then return false end
  for i = 1, #y do
    if type(y[i]) ~= "number" then return false end
  end
  return true
end

local function line_lines(name, y, options)
  if not is_vector(y) then
    arguments.fail(1, name, "tensor {n} or list of numbers expected, got " .. arguments.given(y), 1)
  end
  options = arguments.options(2, name, options, LINE_OPTIONS)
  local width = size_option(options, "width", 80, LEAST_WIDTH, MOST_WIDTH, name)
  local rows = size_option(options, "height", 12, 2, MOST_HEIGHT, name)
  check_range(options, name)
  local canvas = new_canvas(width - LABEL - 1, rows, options.ascii or plot.ascii)
  local low, high = span(options, range_of(y))
  if #y > 0 then draw_curve(canvas, y, low, high) end
  local lines = {options.title}
  for row = 0, rows - 1 do
    local value = high - (high - low) * row / (rows - 1)
    local labelled = row == 0 or row == rows - 1 or row == rows // 2
    lines[#lines + 1] = (labelled and label(value) or (" "):rep(LABEL)) .. "|"
      .. canvas:row_text(row)
  end
  lines[#lines + 1] = (" "):rep(LABEL) .. "+" .. ("-"):rep(canvas.columns)
  lines[#lines + 1] = axis_text(canvas.columns, options.from or 1, options.to or #y)
  return lines
end

--- plot.line(y [, options])
-- Prints the values as a curve. Each column spans from the lowest to the highest of its
-- values, so peaks stay in sight; NaN and infinities leave gaps. `low` and `high` are the
-- ends of the vertical axis, `from` and `to` what stands below its left and right end.
-- Units: y: tensor {n} or list; options: width (80), height (12), ascii, title, low, high, from
--   (1), to (n)
-- Example:
-- plot.line(tensor.arange(100):sin(), {title = "a sine"})
function plot.line(y, options)
  for _, text in ipairs(line_lines("line", y, options)) do print(text) end
end

--- plot.line_text(y [, options]) -> string
-- What `plot.line` prints, with a newline behind each line.
-- Units: y: tensor {n} or list; options: as for plot.line
-- Example:
-- print(plot.line_text({0, 1, 2, 3}, {width = 20, height = 4, ascii = true}))
-- --> 3 |        **
-- -->   |     ***
-- --> 1 |  ***
-- --> 0 |**
-- -->   +----------
-- -->    1        4
function plot.line_text(y, options)
  return table.concat(line_lines("line_text", y, options), "\n") .. "\n"
end

-- Heat maps -------------------------------------------------------------------

-- How many cells `n` values take in `room`: each a whole number of them, or several in one.
local function cell_count(n, room) return n <= room and n * (room // n) or room end

-- The mean of rows r1 to r2, columns c1 to c2; NaN where one of them is.
local function mean(x, r1, r2, c1, c2)
  local sum = 0
  for r = r1, r2 do
    for c = c1, c2 do sum = sum + x:at(r, c) end
  end
  return sum / ((r2 - r1 + 1) * (c2 - c1 + 1))
end

-- Values first to last of `n` that cell i of `count` shows; cells count from 0.
local function cell_range(i, count, n)
  local first = i * n // count + 1
  return first, math.max((i + 1) * n // count, first)
end

local function cell_means(x, rows, columns)
  local cells, low, high = {}, math.huge, -math.huge
  for row = 0, rows - 1 do
    local line = {}
    local r1, r2 = cell_range(row, rows, x:dim(1))
    for column = 0, columns - 1 do
      local value = mean(x, r1, r2, cell_range(column, columns, x:dim(2)))
      line[column + 1] = value
      if finite(value) then low, high = math.min(low, value), math.max(high, value) end
    end
    cells[row + 1] = line
  end
  return cells, low, high
end

local function shade(shades, value, low, high)
  if value ~= value then return "?" end
  local part = math.max(0, math.min(1, (value - low) / (high - low)))
  return shades[math.min(math.floor(part * #shades), #shades - 1) + 1]
end

local HEATMAP_OPTIONS <const> = {
  width = "integer", height = "integer", ascii = "boolean", title = "string",
  low = "number", high = "number", flip = "boolean",
}

local function heatmap_lines(name, x, options)
  if arguments.given(x) ~= "tensor" or x.rank ~= 2 or x.dtype == "bool" or x.size == 0 then
    arguments.fail(1, name, "tensor {rows, columns} with elements expected, got "
      .. tostring(x):gsub("\n.*", ""), 1)
  end
  options = arguments.options(2, name, options, HEATMAP_OPTIONS)
  local width = size_option(options, "width", 80, LEAST_WIDTH, MOST_WIDTH, name)
  local height = size_option(options, "height", 24, 1, MOST_HEIGHT, name)
  check_range(options, name)
  local columns = cell_count(x:dim(2), width - LABEL - 1)
  local rows = math.min(x:dim(1), height)
  local cells, low, high = cell_means(x, rows, columns)
  low, high = span(options, low, high)
  local shades = (options.ascii or plot.ascii) and ASCII_SHADES or SHADES
  local lines = {options.title}
  for i = 1, rows do
    local row = options.flip and rows + 1 - i or i
    local parts = {}
    for column = 1, columns do parts[column] = shade(shades, cells[row][column], low, high) end
    local first = cell_range(row - 1, rows, x:dim(1))
    lines[#lines + 1] = label(first) .. "|" .. table.concat(parts)
  end
  lines[#lines + 1] = (" "):rep(LABEL) .. "+" .. ("-"):rep(columns)
  lines[#lines + 1] = axis_text(columns, 1, x:dim(2))
  lines[#lines + 1] = label(low) .. "[" .. table.concat(shades) .. "] " .. ("%.4g"):format(high)
  return lines
end

--- plot.heatmap(x [, options])
-- Prints a matrix as shades, from blank for `low` to full for `high`: row 1 at the top, with
-- {flip = true} at the bottom, as spectrograms have it. Where there is no room for all rows
-- or columns, a cell shows the mean of several; NaN shows as "?". The number of the first row
-- of each line is on its left.
-- Units: x: tensor {rows, columns}; options: width (80), height (24), ascii, title, low, high,
--   flip
-- Example:
-- plot.heatmap(tensor.eye(8), {title = "the identity"})
function plot.heatmap(x, options)
  for _, text in ipairs(heatmap_lines("heatmap", x, options)) do print(text) end
end

--- plot.heatmap_text(x [, options]) -> string
-- What `plot.heatmap` prints, with a newline behind each line.
-- Units: x: tensor {rows, columns}; options: as for plot.heatmap
-- Example:
-- print(plot.heatmap_text(tensor.new {{0, 1}, {2, 3}}, {width = 20, ascii = true}))
-- --> 1 |     -----
-- --> 2 |*****@@@@@
-- -->   +----------
-- -->    1        2
-- --> 0 [ .:-=+*#%@] 3
function plot.heatmap_text(x, options)
  return table.concat(heatmap_lines("heatmap_text", x, options), "\n") .. "\n"
end

return plot
