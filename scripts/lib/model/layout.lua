--- Where the boxes of a graph stand: in layers from top to bottom, each below all it depends on,
-- with few crossings (Sugiyama's method). Long graphs go on in further columns.
--
-- An edge over several layers passes a point in each. Points and boxes are both "cells".

local layout = {}

local GAP_ACROSS <const>, GAP_DOWN <const> = 18, 26  -- between boxes
local GUTTER <const> = 44                            -- between columns
local SWEEPS <const>, PASSES <const> = 6, 6         -- for the order in a layer, and the places
local UPRIGHT <const>, NEARLY <const> = 0.9, 100
local LEAST_HEIGHT <const> = 900                     -- before there is a second column

-- The longest way from a box without any before it. What depends on no input of the model then
-- moves down to its readers: a constant that the last layer reads is drawn there.
local function rank_boxes(boxes)
  for _, box in ipairs(boxes) do
    box.rank, box.fed = 1, box.kind == "port"
    for _, from in ipairs(box.from) do
      box.rank = math.max(box.rank, from.rank + 1)
      box.fed = box.fed or from.fed
    end
  end
  for i = #boxes, 1, -1 do
    local box, least = boxes[i], math.huge
    for _, to in ipairs(box.to) do least = math.min(least, to.rank) end
    if not box.fed and least < math.huge then box.rank = least - 1 end
  end
end

local function connect(above, below)
  table.insert(above.below, below)
  table.insert(below.above, above)
end

-- The layers, lists of cells; edge.cells has those of an edge, both boxes among them.
local function make_layers(boxes, edges)
  local layers = {}
  local function add(cell, rank)
    cell.above, cell.below, cell.rank = {}, {}, rank
    layers[rank] = layers[rank] or {}
    table.insert(layers[rank], cell)
    return cell
  end
  for _, box in ipairs(boxes) do
    for rank = #layers + 1, box.rank do layers[rank] = {} end
    add(box, box.rank)
  end
  for _, edge in ipairs(edges) do
    local cells = {edge.from}
    for rank = edge.from.rank + 1, edge.to.rank - 1 do
      cells[#cells + 1] = add({width = 6, height = 0, point = true}, rank)
    end
    cells[#cells + 1] = edge.to
    for i = 2, #cells do connect(cells[i - 1], cells[i]) end
    edge.cells = cells
  end
  return layers
end

local function number(layer)
  for place, cell in ipairs(layer) do cell.place = place end
end

-- How many edges between two layers cross each other.
local function crossings(layer)
  local count, seen = 0, {}
  for _, cell in ipairs(layer) do
    local places = {}
    for _, below in ipairs(cell.below) do places[#places + 1] = below.place end
    for _, place in ipairs(places) do
      for _, other in ipairs(seen) do
        if other > place then count = count + 1 end
      end
    end
    table.move(places, 1, #places, #seen + 1, seen)
  end
  return count
end

local function all_crossings(layers)
  local count = 0
  for _, layer in ipairs(layers) do count = count + crossings(layer) end
  return count
end

-- Sorts a layer by the means of the places of its neighbours on one side.
local function sort_by(layer, side)
  for place, cell in ipairs(layer) do
    local sum = 0
    for _, other in ipairs(cell[side]) do sum = sum + other.place end
    cell.mean = #cell[side] > 0 and sum / #cell[side] or cell.place
    cell.before = place
  end
  table.sort(layer, function(a, b)
    if a.mean ~= b.mean then return a.mean < b.mean end
    return a.before < b.before
  end)
  number(layer)
end

-- The order within the layers with the fewest crossings of some sweeps down and up.
local function order(layers)
  for _, layer in ipairs(layers) do number(layer) end
  local best, fewest = nil, math.huge
  local function keep()
    local count = all_crossings(layers)
    if count >= fewest then return end
    best, fewest = {}, count
    for i, layer in ipairs(layers) do best[i] = {table.unpack(layer)} end
  end
  keep()
  for _ = 1, SWEEPS do
    if fewest == 0 then break end
    for i = 2, #layers do sort_by(layers[i], "above") end
    keep()
    for i = #layers - 1, 1, -1 do sort_by(layers[i], "below") end
    keep()
  end
  for i, layer in ipairs(best) do
    layers[i] = layer
    number(layer)
  end
end

-- Puts the middles of a layer's cells as near as can be to where they want to be, in their order
-- and with their distance: neighbours that would come too near move as one, to the mean of their
-- wishes (pool adjacent violators).
local function place(layer)
  local groups, before = {}, 0
  for i, cell in ipairs(layer) do
    local last = layer[i - 1]
    if last then before = before + (last.width + cell.width) / 2 + GAP_ACROSS end
    cell.offset = before
    local weight = cell.weight or cell.point and 8 or 1  -- long edges are to be straight
    local group = {first = i, last = i, weight = weight, at = cell.wish - before}
    while #groups > 0 and groups[#groups].at > group.at do
      local left = table.remove(groups)
      local both = left.weight + group.weight
      group.at = (left.at * left.weight + group.at * group.weight) / both
      group.first, group.weight = left.first, both
    end
    groups[#groups + 1] = group
  end
  for _, group in ipairs(groups) do
    for i = group.first, group.last do layer[i].x = group.at + layer[i].offset end
  end
end

-- Each cell wants to be in the middle of its neighbours on these sides, and a bit towards the
-- middle of all, or graphs lean over.
local function wish_by(layer, ...)
  for _, cell in ipairs(layer) do
    local sum, count = 0, 0
    for _, side in ipairs {...} do
      for _, other in ipairs(cell[side]) do sum, count = sum + other.x, count + 1 end
    end
    cell.wish = (count > 0 and sum / count or cell.x) * UPRIGHT
  end
  place(layer)
end

-- What alone reads what is alone above it, and stands nearly below, does so exactly.
local function follow(layer)
  for _, cell in ipairs(layer) do
    local above = cell.above[1]
    local chained = #cell.above == 1 and #above.below == 1 and math.abs(above.x - cell.x) < NEARLY
    cell.wish, cell.weight = chained and above.x or cell.x, chained and 50 or 1
  end
  place(layer)
end

local function place_across(layers)
  for _, layer in ipairs(layers) do
    for _, cell in ipairs(layer) do cell.wish = 0 end
    place(layer)
  end
  for _ = 1, PASSES do
    for i = 2, #layers do wish_by(layers[i], "above") end
    for i = #layers - 1, 1, -1 do wish_by(layers[i], "below") end
  end
  for _ = 1, PASSES do
    for i = 1, #layers do wish_by(layers[i], "above", "below") end
  end
  for i = 2, #layers do follow(layers[i]) end
end

local function height_of(layer)
  local most = 0
  for _, cell in ipairs(layer) do most = math.max(most, cell.height) end
  return most
end

-- Left and right end of some layers.
local function span(layers, first, last)
  local left, right = math.huge, -math.huge
  for i = first, last do
    for _, cell in ipairs(layers[i]) do
      left = math.min(left, cell.x - cell.width / 2)
      right = math.max(right, cell.x + cell.width / 2)
    end
  end
  return left, right
end

-- How high a column may be: about as high as all columns together are wide.
local function column_height(layers, total)
  if total <= LEAST_HEIGHT then return total end
  local left, right = span(layers, 1, #layers)
  return total / math.max(1, math.floor(math.sqrt(total / (right - left + GUTTER)) + 0.5))
end

-- Whether a column may end below a layer: all that leads on comes from one cell.
local function may_end(layer)
  local sources = 0
  for _, cell in ipairs(layer) do
    if #cell.below > 0 then sources = sources + 1 end
  end
  return sources == 1
end

-- Rows of {first, last} layer, one for each column.
local function split(layers)
  local heights, total = {}, 0
  for i, layer in ipairs(layers) do
    heights[i] = height_of(layer) + GAP_DOWN
    total = total + heights[i]
  end
  local most = column_height(layers, total)
  local columns, first, used, left = {}, 1, 0, total
  for i = 1, #layers do
    used, left = used + heights[i], left - heights[i]
    if used >= most - heights[i] / 2 and left > most / 4 and may_end(layers[i]) then
      columns[#columns + 1] = {first, i}
      first, used = i + 1, 0
    end
  end
  columns[#columns + 1] = {first, #layers}
  return columns
end

-- Coordinates for all cells from the columns; the size of everything.
local function place_columns(layers, columns)
  local x, height = 0, 0
  for number_of, column in ipairs(columns) do
    local left, right = span(layers, column[1], column[2])
    local y = 0
    for i = column[1], column[2] do
      local row = height_of(layers[i])
      for _, cell in ipairs(layers[i]) do
        cell.x, cell.y = cell.x - left + x, y + row / 2
        cell.row, cell.column = row, number_of
      end
      y = y + row + GAP_DOWN
    end
    column.left, column.right = x, x + right - left
    x, height = x + right - left + GUTTER, math.max(height, y - GAP_DOWN)
  end
  return x - GUTTER, height, columns
end

--- layout.place(boxes, edges) -> width, height, columns
-- `boxes`, in an order in which each follows all that it depends on, have `width` and `height`
-- and get `x` and `y` of their middle and the number of their `column`. `edges` have the boxes
-- `from` and `to` and get `cells`, what they pass: places with `x`, `y`, `column` and the
-- height of their `row`. Columns have `left` and `right`.
function layout.place(boxes, edges)
  for _, box in ipairs(boxes) do box.from, box.to = {}, {} end
  for _, edge in ipairs(edges) do
    table.insert(edge.to.from, edge.from)
    table.insert(edge.from.to, edge.to)
  end
  rank_boxes(boxes)
  local layers = make_layers(boxes, edges)
  order(layers)
  place_across(layers)
  return place_columns(layers, split(layers))
end

layout.GUTTER, layout.GAP_DOWN = GUTTER, GAP_DOWN

return layout
