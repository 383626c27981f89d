-- Draws the marks of a figure on a canvas of characters: the hand of plot/text.lua, as
-- plot/svg_pen.lua is that of plot/svg.lua.

local canvas, colors, format = require "plot.canvas", require "plot.colors", require "plot.format"

local text_pen = {}
text_pen.__index = text_pen

local RISING <const> = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
local GROWING <const> = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}
local SHADES <const> = {" ", "░", "▒", "▓", "█"}
local ASCII_SHADES <const> = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"}

-- columns x rows of the page; `spare` more columns at the right have room for values of bars.
function text_pen.new(columns, rows, spare, style)
  local page = canvas.new(columns + spare, rows, style.braille, style.colors)
  local across = columns * page.across // (columns + spare)
  return setmetatable({canvas = page, columns = columns, rows = rows, ascii = style.ascii,
    across = across, down = page.down, levels = {}}, text_pen)
end

-- The one of n equal places at a part from 0 to 1.
local function place(part, n) return math.max(0, math.min(math.floor(part * n), n - 1)) end

function text_pen:column_of(part) return place(part, self.columns) end

function text_pen:row_of(part) return place(1 - part, self.rows) end

function text_pen:dot_of(u, v) return place(u, self.across), place(1 - v, self.down) end

function text_pen:line(points, color)
  local x, y = self:dot_of(points[1][1], points[1][2])
  if #points == 1 then return self.canvas:dot(x, y, color) end
  for i = 2, #points do
    local next_x, next_y = self:dot_of(points[i][1], points[i][2])
    self.canvas:stroke(x, y, next_x, next_y, color)
    x, y = next_x, next_y
  end
end

-- One dot of Braille is hard to see: a point takes four.
function text_pen:point(u, v, color)
  local x, y = self:dot_of(u, v)
  self.canvas:dot(x, y, color)
  if not self.canvas.braille then return end
  x, y = x // 2 * 2, y // 2 * 2
  for i = 0, 3 do self.canvas:dot(x + i % 2, y + i // 2, color) end
end

-- Whole characters of a length that is counted in eighths of them, and the eighths left.
function text_pen:eighths(part, n)
  if self.ascii then return math.floor(part * n + 0.5), 0 end
  local count = math.floor(part * n * 8 + 0.5)
  return count // 8, count % 8
end

-- A bar from v0 up to v1. Of several in one column the longest is seen; none is too short to be.
function text_pen:upright(u0, u1, v0, v1, color)
  local first = math.min(math.floor(u0 * self.columns + 0.5), self.columns - 1)
  local last = math.max(math.floor(u1 * self.columns + 0.5) - 1, first)
  local base = math.floor(v0 * self.rows + 0.5)
  local whole, eighths = self:eighths(math.max(v1 - base / self.rows, 0), self.rows)
  if v1 > v0 and whole == 0 and not self.ascii then eighths = math.max(eighths, 1) end
  for column = first, last do self:pile(column, base, whole, eighths, color) end
end

function text_pen:pile(column, base, whole, eighths, color)
  local level = whole * 8 + eighths
  if level <= (self.levels[column] or 0) then return end
  self.levels[column] = level
  local ink, block = self.canvas:series_ink(color), self.ascii and "#" or "█"
  local bottom = self.rows - 1 - base
  for row = bottom, bottom - whole + 1, -1 do self.canvas:put(column, row, block, ink) end
  if eighths > 0 then self.canvas:put(column, bottom - whole, RISING[eighths], ink) end
end

-- What a bar is made of: without colours each of several series has a sign of its own.
function text_pen:block(color, each)
  if self.ascii then return each > 1 and canvas.mark(color) or "#" end
  if each == 1 or self.canvas.known > 0 then return "█" end
  return SHADES[#SHADES - (color - 1) % (#SHADES - 1)]
end

-- A bar from u0 to u1 between the heights v0 and v1, with its value behind it.
function text_pen:lying(u0, u1, v0, v1, bar)
  local line = self:row_of((v0 + v1) / 2)
  local ink, block = self.canvas:series_ink(bar.color), self:block(bar.color, bar.each)
  local base = math.floor(u0 * self.columns + 0.5)
  local whole, eighths = self:eighths(math.max(u1 - base / self.columns, 0), self.columns)
  local first, last = base, base + whole - 1
  if u1 < u0 then first, last, eighths = math.floor(u1 * self.columns + 0.5), base - 1, 0 end
  for column = first, last do self.canvas:put(column, line, block, ink) end
  if block == "█" and eighths > 0 then
    last = last + 1
    self.canvas:put(last, line, GROWING[eighths], ink)
  end
  self.canvas:write(math.max(last + 1, base) + 1, line, format.number(bar.value))
end

function text_pen:shade(part)
  if part ~= part then return "?" end
  local shades = self.ascii and ASCII_SHADES or SHADES
  return shades[math.min(math.floor(part * #shades), #shades - 1) + 1]
end

-- Blocks of two halves have two rows of colours in one of characters.
function text_pen:colored_grid(grid)
  local page, uppers = self.canvas, {}
  grid:cells(2 * self.rows, self.columns, function(row, column, _, r, g, b)
    local color = r and colors.terminal_rgb(r, g, b, page.known)
    if row % 2 == 0 then
      uppers[column] = color or false
    elseif not color or not uppers[column] then
      page:put(column, row // 2, "?")
    elseif color == uppers[column] then
      page:put(column, row // 2, " ", nil, color)
    else
      page:put(column, row // 2, "▀", uppers[column], color)
    end
  end)
end

function text_pen:grid(grid)
  if grid.numbers and self.cell_width then return self:numbers(grid) end
  if self.canvas.known >= 256 and not self.ascii then return self:colored_grid(grid) end
  grid:cells(self.rows, self.columns, function(row, column, part)
    self.canvas:put(column, row, self:shade(part))
  end)
end

-- A number in each cell; nought is a dot without colour, so that the others are seen.
function text_pen:numbers(grid)
  local width, page = self.cell_width, self.canvas
  grid:cells(grid.rows, grid.columns, function(row, column, part, r, g, b)
    local value = grid.counts:at(row + 1, column + 1)
    local text = value == 0 and (self.ascii and "." or "·") or format.number(value)
    local ink, paper
    if value ~= 0 and page.known >= 256 and not self.ascii then
      paper = colors.terminal_rgb(r, g, b, page.known)
      ink = colors.brightness(r, g, b) > 0.5 and "5;16" or "5;231"
    end
    local right = (width - grid.widest) // 2
    text = (" "):rep(width - right - utf8.len(text)) .. text .. (" "):rep(right)
    page:write(column * width, row, text, ink, paper)
  end)
end

-- What stands for a series in the legend, and its columns.
function text_pen:sign(entry)
  local ink = self.canvas:series_ink(entry.color)
  local sign
  if entry.of == "blocks" then
    sign = self:block(entry.color, entry.each)
  elseif not self.canvas.braille then
    sign = canvas.mark(entry.color)
  else
    sign = entry.of == "line" and "⠒⠒" or "⠶"
  end
  return ink and ("\27[38;%sm%s\27[0m"):format(ink, sign) or sign, utf8.len(sign)
end

-- The colours of a matrix from low to high, and how many columns they take.
function text_pen:ramp(grid, columns)
  local parts = {}
  if self.canvas.known >= 256 and not self.ascii then
    for i = 1, columns do
      local r, g, b = colors.of_part(grid.map, (i - 1) / (columns - 1))
      parts[i] = ("\27[48;%sm "):format(colors.terminal_rgb(r, g, b, self.canvas.known))
    end
    return table.concat(parts) .. "\27[0m", columns
  end
  local shades = self.ascii and ASCII_SHADES or SHADES
  return "[" .. table.concat(shades) .. "]", #shades + 2
end

return text_pen
