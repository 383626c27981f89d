-- A page of characters: dots of Braille, blocks and letters, each with the colour of a terminal.
--
-- Columns and rows count from 0 at the left of the top, and dots as well: `across` x `down` of
-- them. Where Braille cannot be told apart, a character is one dot, and each colour has a mark.

local colors = require "plot.colors"

local canvas = {}
canvas.__index = canvas

local BRAILLE <const> = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}
local MARKS <const> = {"*", "+", "o", "x", "#", "@"}

function canvas.mark(color) return MARKS[(color - 1) % #MARKS + 1] end

-- braille: whether dots are Braille; known: how many colours the terminal knows.
function canvas.new(columns, rows, braille, known)
  return setmetatable({
    columns = columns, rows = rows, known = known, braille = braille,
    across = columns * (braille and 2 or 1), down = rows * (braille and 4 or 1),
    glyphs = {}, bits = {}, inks = {}, papers = {},
  }, canvas)
end

-- ink, paper: as colors.terminal_rgb gives them, nil for the terminal's own.
function canvas:put(column, row, glyph, ink, paper)
  if column < 0 or column >= self.columns or row < 0 or row >= self.rows then return end
  local cell = row * self.columns + column
  self.glyphs[cell], self.inks[cell], self.papers[cell] = glyph, ink, paper
end

function canvas:write(column, row, text, ink, paper)
  for _, code in utf8.codes(text) do
    self:put(column, row, utf8.char(code), ink, paper)
    column = column + 1
  end
end

function canvas:series_ink(color)
  return self.known > 0 and colors.terminal_series(color, self.known) or nil
end

function canvas:dot(x, y, color)
  if not self.braille then return self:put(x, y, canvas.mark(color), self:series_ink(color)) end
  if x < 0 or x >= self.across or y < 0 or y >= self.down then return end
  local cell = y // 4 * self.columns + x // 2
  local bits = (self.bits[cell] or 0) | BRAILLE[x % 2 + 1][y % 4 + 1]
  self.bits[cell] = bits
  self:put(x // 2, y // 4, utf8.char(0x2800 + bits), self:series_ink(color))
end

-- A straight line of dots, the same both ways, by Bresenham's algorithm.
function canvas:stroke(x0, y0, x1, y1, color)
  if x0 > x1 then x0, y0, x1, y1 = x1, y1, x0, y0 end
  local dx, dy = math.abs(x1 - x0), math.abs(y1 - y0)
  local step_y = y0 < y1 and 1 or -1
  local error = dx - dy
  while true do
    self:dot(x0, y0, color)
    if x0 == x1 and y0 == y1 then return end
    local twice = 2 * error
    if twice > -dy then error, x0 = error - dy, x0 + 1 end
    if twice < dx then error, y0 = error + dx, y0 + step_y end
  end
end

-- What switches to these colours.
local function escape(ink, paper)
  if not ink and not paper then return "\27[0m" end
  return ("\27[0%s%sm"):format(ink and ";38;" .. ink or "", paper and ";48;" .. paper or "")
end

-- A row as text, without the blanks at its end.
function canvas:row_text(row)
  local parts, ink, paper = {}, nil, nil
  local first, last = row * self.columns, (row + 1) * self.columns - 1
  while last >= first and (self.glyphs[last] or " ") == " " and not self.papers[last] do
    last = last - 1
  end
  for cell = first, last do
    if self.inks[cell] ~= ink or self.papers[cell] ~= paper then
      ink, paper = self.inks[cell], self.papers[cell]
      parts[#parts + 1] = escape(ink, paper)
    end
    parts[#parts + 1] = self.glyphs[cell] or " "
  end
  if ink or paper then parts[#parts + 1] = escape() end
  return table.concat(parts)
end

return canvas
