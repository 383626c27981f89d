--- A model's graph and its memory as an SVG picture. Coordinates are whole numbers, so that the
-- same model gives the same bytes everywhere; colours follow the reader's choice of light or dark.

local graph, layout = require "model.graph", require "model.layout"
local memory, text = require "model.graph_memory", require "model.text"

local MARGIN <const> = 24
local CHARACTER <const> = 6.7  -- pixels across, of 11 pixel monospace; DejaVu's is the widest
local LINE <const>, PAD <const> = 15, 7
local LEAST_WIDTH <const>, LEAST_BOX <const> = 720, 150

local STYLE <const> = [[
<style>
svg { background: #ffffff; }
text { font: 11px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1c2330; white-space: pre; }
.title { font-size: 17px; font-weight: bold; } .head { font-weight: bold; }
.soft { fill: #5b6472; } .note { fill: #8a5a00; } .middle { text-anchor: middle; }
.end { text-anchor: end; }
.box { stroke-width: 1.2; } .cpu { fill: #e6eefb; stroke: #5f86c4; }
.npu { fill: #dff5e6; stroke: #3f9a62; } .port { fill: #f4efdf; stroke: #a08c4a; }
.without { fill: #ffffff; stroke: #98a1af; stroke-dasharray: 4 3; }
.refused { fill: #fde3e0; stroke: #c4473a; } .refused ~ .note { fill: #c4473a; }
.edge { fill: none; stroke: #7d8796; stroke-width: 1.3; } .tip { fill: #7d8796; }
.grid { stroke: #d5dae2; }
.bound { stroke: #c4473a; stroke-dasharray: 5 3; } .bad { fill: #c4473a; }
.apart { stroke: #ffffff; } .live { fill: #b9c3d3; }
.b0 { fill: #8fb4e8; } .b1 { fill: #f2b880; } .b2 { fill: #93cf9f; } .b3 { fill: #d7a3d9; }
.b4 { fill: #e9d26f; } .b5 { fill: #86cfd0; } .scratch { fill: #c9cdd4; }
.label { fill: #1c2330; font-size: 10px; text-anchor: middle; }
@media (prefers-color-scheme: dark) {
svg { background: #14181f; } text { fill: #e4e8ee; } .soft { fill: #98a3b3; }
.note { fill: #e3b15c; }
.cpu { fill: #1f2f4a; stroke: #6f96d4; } .npu { fill: #1b3a28; stroke: #58b67c; }
.port { fill: #39331f; stroke: #b9a45e; } .without { fill: #14181f; stroke: #78828f; }
.refused { fill: #4a211d; stroke: #e0695b; } .refused ~ .note { fill: #e0695b; }
.edge { stroke: #8591a3; } .tip { fill: #8591a3; }
.grid { stroke: #333b47; } .bound { stroke: #e0695b; } .bad { fill: #e0695b; }
.apart { stroke: #14181f; } .live { fill: #4a5568; }
.label { fill: #14181f; } }
</style>
]]

local function whole(value) return math.floor(value + 0.5) end

-- Boxes as large as what stands on them.
local function measure(boxes)
  for _, box in ipairs(boxes) do
    local most = 0
    for _, line in ipairs(box.lines) do most = math.max(most, #line) end
    if box.note then most = math.max(most, #box.note) end
    box.width = math.max(LEAST_BOX, whole(most * CHARACTER) + 2 * PAD + 4)
    box.height = (#box.lines + (box.note and 1 or 0)) * LINE + 2 * PAD - 2
  end
end

local function class_of(box, i)
  if i == 1 then return "middle head" end
  return i > #box.lines and "middle note" or "middle soft"
end

local function draw_box(out, box)
  local left, top = whole(box.x - box.width / 2), whole(box.y - box.height / 2)
  out[#out + 1] = ('<g><title>%s</title><rect class="box %s" x="%d" y="%d" width="%d" height="%d" '
    .. 'rx="%d"/>'):format(text.escape(box.detail), box.kind, left, top, box.width, box.height,
    box.kind == "port" and 12 or 4)
  local lines = {table.unpack(box.lines)}
  lines[#lines + 1] = box.note
  for i, line in ipairs(lines) do
    out[#out + 1] = ('<text class="%s" x="%d" y="%d">%s</text>'):format(class_of(box, i),
      whole(box.x), top + PAD + i * LINE - 5, text.escape(line))
  end
  out[#out + 1] = "</g>"
end

-- From one cell down to the next: straight, or a curve that leaves and arrives upright.
local function down(path, x1, y1, x2, y2)
  if x1 == x2 then
    path[#path + 1] = ("V%d"):format(y2)
  else
    local middle = (y1 + y2) // 2
    path[#path + 1] = ("C%d %d %d %d %d %d"):format(x1, middle, x2, middle, x2, y2)
  end
end

-- Into the next column: down, through the gutter on its left, in above its first row.
local function across(path, y1, column, cell, x2, y2)
  local gutter = whole(column.left - layout.GUTTER / 2)
  local below = y1 + layout.GAP_DOWN // 2
  local above = whole(cell.y - (cell.row + layout.GAP_DOWN) / 2)
  path[#path + 1] = ("V%dH%dV%dH%dV%d"):format(below, gutter, above, x2, y2)
end

-- Where an edge leaves a cell, and where it arrives: it passes a point from end to end of its row.
local function bottom(cell) return whole(cell.y + (cell.point and cell.row or cell.height) / 2) end
local function top(cell) return whole(cell.y - (cell.point and cell.row or cell.height) / 2) end

local function draw_edge(out, edge, columns)
  local cells, path = edge.cells, {}
  path[1] = ("M%d %d"):format(whole(cells[1].x), bottom(cells[1]))
  for i = 2, #cells do
    local a, b = cells[i - 1], cells[i]
    local x1, y1, x2, y2 = whole(a.x), bottom(a), whole(b.x), top(b)
    if i == #cells then y2 = y2 - 5 end  -- the tip
    if a.column == b.column then
      down(path, x1, y1, x2, y2)
    else
      across(path, y1, columns[b.column], b, x2, y2)
    end
    if b.point then path[#path + 1] = ("V%d"):format(bottom(b)) end
  end
  local detail = {}
  for i, row in ipairs(edge.tensors) do
    detail[i] = ("%s  %s"):format(text.tensor(row), text.printable(row.name))
  end
  local x, y = whole(cells[#cells].x), top(cells[#cells])
  out[#out + 1] = ('<g><title>%s</title><path class="edge" d="%s"/><path class="tip" '
    .. 'd="M%d %dl-4 -7h8z"/></g>'):format(text.escape(table.concat(detail, "\n")),
    table.concat(path), x, y)
end

local NAMES <const> = {
  {"cpu", "runs on the CPU"}, {"npu", "runs on the NPU"},
  {"without", "a run does without it"}, {"refused", "cannot run"},
}

-- What the colours mean that are there.
local function draw_legend(out, boxes, y)
  local present, x = {}, MARGIN
  for _, box in ipairs(boxes) do present[box.kind] = true end
  for _, row in ipairs(NAMES) do
    if present[row[1]] then
      out[#out + 1] = ('<rect class="box %s" x="%d" y="%d" width="14" height="11" rx="3"/>'
        .. '<text class="soft" x="%d" y="%d">%s</text>'):format(row[1], x, y - 10, x + 20, y,
        row[2])
      x = x + 44 + whole(#row[2] * CHARACTER)
    end
  end
end

local function headline(analysis)
  local count = #analysis.operators
  return ("%d operator%s, %s MAC, %s weights, %s RAM"):format(count, count == 1 and "" or "s",
    text.count(analysis.macs), text.bytes(analysis.weights), text.bytes(analysis.ram))
end

-- The picture of what nn.analyze gives.
return function(analysis)
  local boxes, edges = graph.of(analysis)
  measure(boxes)
  local width, height, columns = layout.place(boxes, edges)
  local inner = math.max(whole(width), LEAST_WIDTH)
  local out = {}
  local strip, strip_height = memory(analysis, inner)
  local top = 96 + strip_height + 24
  draw_legend(out, boxes, 76)
  out[#out + 1] = ('<g transform="translate(%d 96)">'):format(MARGIN)
  out[#out + 1] = strip
  out[#out + 1] = ('</g>\n<g transform="translate(%d %d)">'):format(
    MARGIN + whole((inner - width) / 2), top)
  for _, edge in ipairs(edges) do draw_edge(out, edge, columns) end
  for _, box in ipairs(boxes) do draw_box(out, box) end
  out[#out + 1] = "</g>\n</svg>\n"
  local all, tall = inner + 2 * MARGIN, top + whole(height) + MARGIN
  return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
    .. 'role="img">\n<title>%s</title>\n%s<text class="title" x="%d" y="34">%s</text>\n'
    .. '<text class="soft" x="%d" y="54">%s</text>\n'):format(all, tall, all, tall,
    text.escape(analysis.name), STYLE, MARGIN, text.escape(text.printable(analysis.name, 80)),
    MARGIN, headline(analysis)) .. table.concat(out, "\n")
end
