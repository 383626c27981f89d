-- A figure as lines of text: its marks in the middle, axes and labels around them.

local axes, format, with = require "plot.axes", require "plot.format", require "plot.marks".with
local new_pen = require "plot.text_pen".new

local text = {}

local UNICODE <const> = {bar = "│", tick = "┤", corner = "└", line = "─", below = "┬"}
local ASCII <const> = {bar = "|", tick = "+", corner = "+", line = "-", below = "+"}
local LEAST_COLUMNS <const> = 8  -- of the marks, whatever the labels take
local MOST_CELL <const> = 3      -- rows of a cell of a small matrix
local MOST_NAME <const> = 10     -- columns of a name above numbers
local RAMP <const> = 16          -- columns of a coloured scale

local function longest(list, field)
  local most = 0
  for _, item in ipairs(list) do most = math.max(most, utf8.len(field and item[field] or item)) end
  return most
end

-- Sizes -----------------------------------------------------------------------

-- Columns and rows of a matrix: whole ones for each cell where there is room, about as wide as
-- they are high unless it may stretch.
local function grid_size(grid, columns, rows)
  local high = math.max(1, math.min(rows // grid.rows, MOST_CELL))
  local wide = columns // grid.columns
  if not grid.stretch then wide = math.min(wide, 2 * high) end
  return wide > 0 and wide * grid.columns or columns, math.min(grid.rows * high, rows)
end

-- Of an image, whose pixels are square: characters are twice as high as wide.
local function image_size(grid, columns, rows)
  local scale = math.min(columns / grid.columns, 2 * rows / grid.rows, 8)
  if scale >= 2 then scale = scale // 2 * 2 end
  return math.max(1, math.floor(grid.columns * scale + 1e-9)),
    math.max(1, math.floor(grid.rows * scale / 2 + 0.5))
end

-- Columns of each number of a matrix, if all of them fit.
local function number_width(grid, columns)
  local widest = 0
  for row = 1, grid.rows do
    for column = 1, grid.columns do
      widest = math.max(widest, #format.number(grid.counts:at(row, column)))
    end
  end
  grid.widest = widest
  local wanted = math.max(widest, math.min(longest(grid.x_names), MOST_NAME)) + 2
  local width = math.min(wanted, columns // grid.columns)
  return width > widest and width or nil
end

-- Room of the marks: columns, rows, columns beside them for values, columns of a number.
local function sizes(figure, columns, rows)
  local grid, lying = with(figure.marks, "planes"), with(figure.marks, "series")
  if lying then
    local spare = 1
    for _, lengths in ipairs(lying.series) do
      for i = 1, #lengths do spare = math.max(spare, #format.number(lengths[i]) + 2) end
    end
    spare = math.max(math.min(spare, columns - 4), 0)
    return columns - spare, math.floor(lying.y_range[1] / lying.height + 0.5), spare
  end
  if not grid then return columns, rows, 0 end
  local width = grid.numbers and number_width(grid, columns)
  if width then return width * grid.columns, grid.rows, 0, width end
  columns, rows = (grid.square and image_size or grid_size)(grid, columns, rows)
  return columns, rows, 0
end

-- Axes ------------------------------------------------------------------------

local function cut_labels(list, columns, ascii)
  for _, tick in ipairs(list) do
    tick.label = format.cut(format.label(tick.label, ascii), columns)
  end
  return list
end

-- As many ticks of the x axis as have two blanks between their labels.
local function x_ticks(axis, columns, cell_width)
  if axis.names then
    return axis:ticks(cell_width and #axis.names or columns // (longest(axis.names) + 2))
  end
  for most = math.max(math.min(columns // 6, 10), 2), 2, -1 do
    local list = axis:ticks(most)
    if (longest(list, "label") + 2) * #list <= columns + 2 then return list end
  end
  return axis:ticks(1)
end

-- Labels under their columns, where they touch no other.
local function label_line(page)
  local line, used = "", 0
  local width = math.max(page.width, page.gutter + 1 + page.pen.columns)
  for _, tick in ipairs(page.below) do
    local length = utf8.len(tick.label)
    local at = page.gutter + 1 + page.pen:column_of(tick.part) - (length - 1) // 2
    at = math.max(math.min(at, width - length), 0)
    if at >= used + (used > 0 and 1 or 0) then
      line = line .. (" "):rep(at - used) .. tick.label
      used = at + length
    end
  end
  return line
end

local function add_axis(lines, page)
  local cells, signs = {}, page.signs
  for column = 1, page.pen.columns do cells[column] = signs.line end
  for _, tick in ipairs(page.below) do cells[page.pen:column_of(tick.part) + 1] = signs.below end
  lines[#lines + 1] = (" "):rep(page.gutter) .. signs.corner .. table.concat(cells)
end

-- The rows of the marks behind the axis and its labels.
local function add_rows(lines, page)
  local labels, signs = {}, page.signs
  for _, tick in ipairs(page.left) do
    local row = page.pen:row_of(tick.part)
    labels[row] = labels[row] or tick.label
  end
  for row = 0, page.pen.rows - 1 do
    local label = labels[row]
    local blanks = page.gutter - (label and utf8.len(label) + 1 or 0)
    lines[#lines + 1] = (" "):rep(blanks) .. (label and label .. " " .. signs.tick or signs.bar)
      .. page.pen.canvas:row_text(row)
  end
end

-- What stands around -----------------------------------------------------------

-- Adds text in lines of whole words, in the middle of the marks or, without them, at the left.
local function add_words(lines, words, page, middle)
  if not words then return end
  for _, line in ipairs(format.wrap(format.label(words, page.ascii), page.width)) do
    local blanks = 0
    if middle then
      blanks = page.gutter + 1 + (page.pen.columns - utf8.len(line)) // 2
      blanks = math.max(math.min(blanks, page.width - utf8.len(line)), 0)
    end
    lines[#lines + 1] = (" "):rep(blanks) .. line
  end
end

local function add_legend(lines, legend, page)
  local indent, line, used = (" "):rep(page.gutter + 1), "", 0
  for _, entry in ipairs(legend) do
    local sign, columns = page.pen:sign(entry)
    local name = format.cut(format.label(entry.name, page.ascii),
      math.max(page.width - #indent - columns - 1, 1))
    local length = columns + 1 + utf8.len(name)
    if used > 0 and #indent + used + 3 + length > page.width then
      lines[#lines + 1] = indent .. line
      line, used = "", 0
    end
    line = line .. (used > 0 and "   " or "") .. sign .. " " .. name
    used = used + (used > 0 and 3 or 0) + length
  end
  if used > 0 then lines[#lines + 1] = indent .. line end
end

-- What the colours of a matrix stand for: in one line if it fits.
local function add_scale(lines, grid, page)
  local low = format.end_of_range(grid.low, grid.high)
  local high = format.end_of_range(grid.high, grid.low) .. (grid.unit and " " .. grid.unit or "")
  local ramp, columns = page.pen:ramp(grid, RAMP)
  local length = #low + 1 + columns + 1 + #high
  if length > page.width then
    lines[#lines + 1] = ramp
    lines[#lines + 1] = low .. " to " .. high
    return
  end
  local blanks = math.min(page.gutter + 1, page.width - length)
  lines[#lines + 1] = ("%s%s %s %s"):format((" "):rep(blanks), low, ramp, high)
end

-- The page ---------------------------------------------------------------------

-- Rows of the marks unless somebody told: what leaves room for all the rest. Halves, thirds,
-- quarters and sixths of 7, 13 and 25 rows are rows, so ticks are evenly apart.
local function usual_rows(grid, lines)
  if grid then return math.max(MOST_CELL, math.min(lines - 8, 24)) end
  return lines < 20 and 7 or lines < 50 and 13 or 25
end

local function y_ticks(axis, rows)
  return axis:ticks(axis.names and rows or math.max((rows + 1) // 2, 2))
end

-- Shares the screen out: labels at the left have what they need, marks what is left.
local function new_page(figure, screen)
  local ascii, width = screen.ascii, screen.columns
  local ends, grid = axes.of(figure), with(figure.marks, "planes")
  local most_rows = screen.height or usual_rows(grid, screen.lines)
  local _, rows = sizes(figure, width, most_rows)
  local left = cut_labels(y_ticks(ends.y, rows), width // 3, ascii)
  local gutter = longest(left, "label") + 1
  local columns, final_rows, spare, cell_width =
    sizes(figure, math.max(width - gutter - 1, LEAST_COLUMNS), most_rows)
  if final_rows ~= rows then
    left = cut_labels(y_ticks(ends.y, final_rows), gutter - 1, ascii)
  end
  local below = x_ticks(ends.x, columns, cell_width)
  local pen = new_pen(columns, final_rows, spare, {ascii = ascii, colors = screen.colors,
    braille = not ascii and (screen.colors > 0 or figure.colors <= 1)})
  pen.cell_width = cell_width
  return {ends = ends, grid = grid, pen = pen, left = left, gutter = gutter, ascii = ascii,
    below = cut_labels(below, cell_width and cell_width - 1 or width, ascii), width = width,
    signs = ascii and ASCII or UNICODE}
end

-- The figure in lines, on a screen as terminal.screen has it.
function text.render(figure, screen)
  local page, options = new_page(figure, screen), figure.options
  for _, mark in ipairs(figure.marks) do mark:draw(page.pen, page.ends) end
  local lines = {}
  add_words(lines, options.title, page, true)
  add_words(lines, options.ylabel, page)
  add_rows(lines, page)
  add_axis(lines, page)
  lines[#lines + 1] = label_line(page)
  add_words(lines, options.xlabel, page, true)
  add_legend(lines, figure.legend, page)
  if page.grid and page.grid.scale then add_scale(lines, page.grid, page) end
  return table.concat(lines, "\n") .. "\n"
end

return text
