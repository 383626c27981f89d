-- A figure as SVG, readable on light and dark pages: the marks that plot/text.lua draws in
-- characters, drawn in pixels.

local axes, colors, format = require "plot.axes", require "plot.colors", require "plot.format"
local svg_pen, ticks = require "plot.svg_pen", require "plot.ticks"
local with = require "plot.marks".with

local svg = {}

local n, escape = svg_pen.length, svg_pen.escape

-- All sizes are pixels.
local WIDTH <const>, HEIGHT <const> = 640, 360
local EDGE <const> = 14          -- around everything
local LINE <const> = 20          -- of text
local CHARACTER <const> = 7.2    -- the width of most, in the font below
local SCALE <const> = 14         -- the width of a scale of colours
local BAR <const>, THIN_BAR <const> = 20, 15  -- a lying bar, one of several in a row
local MOST_CELL <const> = 56     -- of a matrix with numbers
local TICK_COLUMNS <const>, TICK_ROWS <const> = 70, 36  -- from one to the next, at least

local LIGHT <const> = {page = "#fff", ink = "#222", rule = "#e4e4e4", on = "#fff"}
local DARK <const> = {page = "#17191d", ink = "#e4e4e4", rule = "#33363c", on = "#111"}

local function width_of(text) return utf8.len(format.label(text)) * CHARACTER end

local function longest(list)
  local most = 0
  for _, item in ipairs(list) do most = math.max(most, width_of(item.label)) end
  return most
end

-- Layout ----------------------------------------------------------------------

-- Room of the marks in `columns` x `rows` pixels.
local function sizes(figure, columns, rows)
  local lying, grid = with(figure.marks, "series"), with(figure.marks, "planes")
  if lying then
    local bar = #lying.series > 1 and THIN_BAR or BAR
    return columns, bar * lying.y_range[1] / lying.height
  end
  if not grid or not grid.square then return columns, rows end
  local cell = math.min(columns / grid.columns, rows / grid.rows)
  if grid.numbers then cell = math.min(math.max(cell, 3 * CHARACTER), MOST_CELL) end
  return cell * grid.columns, cell * grid.rows
end

-- What stands right of the marks: a scale, values of bars.
local function right_room(figure)
  local grid, lying = with(figure.marks, "scale"), with(figure.marks, "series")
  if grid then
    return 2 * EDGE + SCALE + longest(ticks.list(grid.low, grid.high, 6)) + 8
      + (grid.unit and CHARACTER * 2 or 0)
  end
  local room = EDGE
  for _, lengths in ipairs(lying and lying.series or {}) do
    for i = 1, #lengths do room = math.max(room, width_of(format.number(lengths[i])) + EDGE) end
  end
  return room
end

-- Lines of the legend: lists of entries with their places.
local function legend_lines(figure, width)
  local lines, line, x = {}, {}, 0
  for _, entry in ipairs(figure.legend) do
    local length = 24 + width_of(entry.name)
    if #line > 0 and x + length > width then
      lines[#lines + 1] = line
      line, x = {}, 0
    end
    line[#line + 1] = {x = x, entry = entry}
    x = x + length + 18
  end
  if #line > 0 then lines[#lines + 1] = line end
  return lines
end

local function draw_legend(pen, lines, y)
  for i, line in ipairs(lines) do
    local middle = y + (i - 1) * LINE + LINE / 2
    for _, item in ipairs(line) do
      local x, color = pen.left + item.x, pen:color(item.entry.color)
      if item.entry.of == "line" then
        pen:add('<path class="l%d" d="M%s %sh18"/>', color, n(x), n(middle))
      elseif item.entry.of == "points" then
        pen:add('<path class="p%d" d="M%s %sh0"/>', color, n(x + 9), n(middle))
      else
        pen:rectangle(x + 3, middle - 6, x + 15, middle + 6, "f" .. color)
      end
      pen:text(x + 24, middle + 4, item.entry.name, "s")
    end
  end
end

local function draw_rules(pen, across, upright)
  local parts = {}
  for _, tick in ipairs(across or {}) do
    parts[#parts + 1] = ("M%s %sh%s"):format(n(pen.left), n(pen:y(tick.part)), n(pen.columns))
  end
  for _, tick in ipairs(upright or {}) do
    parts[#parts + 1] = ("M%s %sv%s"):format(n(pen:x(tick.part)), n(pen.top), n(pen.rows))
  end
  if #parts > 0 then pen:add('<path class="rule" d="%s"/>', table.concat(parts)) end
end

local function draw_axes(pen, left, below)
  local bottom = pen.top + pen.rows
  local right = pen.left + pen.columns
  local parts = {("M%s %sV%sH%s"):format(n(pen.left), n(pen.top), n(bottom), n(right))}
  for _, tick in ipairs(left) do
    parts[#parts + 1] = ("M%s %sh-4"):format(n(pen.left), n(pen:y(tick.part)))
  end
  for _, tick in ipairs(below) do
    parts[#parts + 1] = ("M%s %sv4"):format(n(pen:x(tick.part)), n(bottom))
  end
  pen:add('<path class="axis" d="%s"/>', table.concat(parts))
  for _, tick in ipairs(left) do pen:text(pen.left - 8, pen:y(tick.part) + 4, tick.label, "e") end
  for _, tick in ipairs(below) do pen:text(pen:x(tick.part), bottom + 17, tick.label, "m") end
end

local function draw_scale(pen, grid)
  local x = pen.left + pen.columns + EDGE
  pen:scale(grid.map, x, SCALE)
  local most, unit = math.max(pen.rows // TICK_ROWS, 2), grid.unit and " " .. grid.unit or ""
  for _, tick in ipairs(ticks.list(grid.low, grid.high, most)) do
    local y = pen:y(grid:part(tick.value))
    pen:add('<path class="axis" d="M%s %sh4"/>', n(x + SCALE), n(y))
    pen:text(x + SCALE + 8, y + 4, tick.label .. unit, "s")
  end
end

local PAGE_STYLE <const> = ".plot text{fill:%s}.plot .on{fill:%s}.page{fill:%s}.rule{stroke:%s}"
  .. ".axis{stroke:%s}"

-- Style of a kind of page: {page =, ink =, rule =, on =} and that shade of the series.
local function page_style(used, page, shade)
  local rules = {PAGE_STYLE:format(page.ink, page.on, page.page, page.rule, page.ink)}
  for i in ipairs(colors.SERIES) do
    if used[i] then
      local color = colors.SERIES[i][shade]
      rules[#rules + 1] = (".l%d,.p%d{stroke:%s}.f%d{fill:%s}"):format(i, i, color, i, color)
    end
  end
  return table.concat(rules)
end

local FONTS <const> = ".plot text{font:12px system-ui,sans-serif}"
  .. ".plot .t{font-weight:600;font-size:14px}.plot .m{text-anchor:middle}"
  .. ".plot .e{text-anchor:end}.plot .faint{fill-opacity:.4}.axis{fill:none}"
local STROKES <const> = "%s{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}"
  .. "%s{stroke-width:6;stroke-linecap:round;stroke-opacity:.7}"

local function style(pen)
  local lines, points = {}, {}
  for i in ipairs(colors.SERIES) do
    if pen.used[i] then lines[#lines + 1], points[#points + 1] = ".l" .. i, ".p" .. i end
  end
  local strokes = STROKES:format(table.concat(lines, ","), table.concat(points, ","))
  return table.concat {"<style>", FONTS, #lines > 0 and strokes or "", "\n",
    page_style(pen.used, LIGHT, "light"), "\n@media(prefers-color-scheme:dark){",
    page_style(pen.used, DARK, "dark"), "}</style>"}
end

-- Shares the page out. Cells and bars may want less than all of it: then it is smaller.
local function new_page(figure, width, height)
  local labels, ends = figure.options, axes.of(figure)
  local legend = legend_lines(figure, width - 5 * EDGE)
  local legend_y = EDGE + (labels.title and LINE + 6 or 0)
  local top = legend_y + (#legend > 0 and #legend * LINE + 6 or 0)
  local bottom = LINE + EDGE + (labels.xlabel and LINE or 0)
  local _, rows = sizes(figure, width, math.max(height - top - bottom, 2 * LINE))
  local left = ends.y:ticks(ends.y.names and #ends.y.names or math.max(rows // TICK_ROWS, 2))
  local x = EDGE + (labels.ylabel and LINE or 0) + longest(left) + 8
  local right = right_room(figure)
  local columns
  columns, rows = sizes(figure, math.max(width - x - right, 2 * LINE), rows)
  local names = ends.x.names
  return {
    pen = svg_pen.new(x, top, columns, rows), ends = ends, legend = legend, legend_y = legend_y,
    left = left, below = ends.x:ticks(names and #names or math.max(columns // TICK_COLUMNS, 2)),
    width = x + columns + right, height = top + rows + bottom,
  }
end

local function draw_labels(labels, page)
  local pen = page.pen
  local middle = pen.left + pen.columns / 2
  if labels.title then pen:text(middle, EDGE + 14, labels.title, "m", "t") end
  if labels.xlabel then pen:text(middle, page.height - EDGE, labels.xlabel, "m") end
  if labels.ylabel then
    pen:add('<text class="m" transform="translate(%s %s) rotate(-90)">%s</text>', n(EDGE + 10),
      n(pen.top + pen.rows / 2), escape(labels.ylabel))
  end
end

local function draw(figure, page)
  local pen, marks = page.pen, figure.marks
  local grid, lying = with(marks, "planes"), with(marks, "series")
  if not grid then
    draw_rules(pen, not lying and page.left, (lying or with(marks, "rounded")) and page.below)
  end
  for _, mark in ipairs(marks) do
    mark:draw(pen, page.ends)
    pen:draw_points()
  end
  draw_axes(pen, page.left, page.below)
  if grid and grid.scale then draw_scale(pen, grid) end
  draw_legend(pen, page.legend, page.legend_y)
  draw_labels(figure.options, page)
end

-- The figure as a document; `options` may have its width and height.
function svg.render(figure, options)
  local page = new_page(figure, options.width or WIDTH, options.height or HEIGHT)
  draw(figure, page)
  local width, height, title = n(page.width), n(page.height), figure.options.title
  return table.concat {
    ('<svg xmlns="http://www.w3.org/2000/svg" class="plot" width="%s" height="%s" '
      .. 'viewBox="0 0 %s %s" role="img">\n'):format(width, height, width, height),
    title and "<title>" .. escape(title) .. "</title>\n" or "", style(page.pen), "\n",
    ('<path class="page" d="M0 0H%sV%sH0z"/>\n'):format(width, height),
    table.concat(page.pen.parts, "\n"), "\n</svg>\n"}
end

return svg
