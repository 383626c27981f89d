--- The memory plan of a model as a strip: operators in the order they run from left to right,
-- bytes of the arena from top to bottom, a block for each tensor where it lies while it lives.

local text = require "model.text"

local HEIGHT <const>, LIVE <const> = 200, 46  -- of the arena, and of what is in use, in pixels
local LEFT <const> = 74                       -- for the numbers
local MOST_STEP <const> = 90                  -- pixels for an operator
local LABEL <const> = 6.2                     -- a character of a block's label

local function whole(value) return math.floor(value + 0.5) end

-- Who makes each tensor, for labels: "in1", "3", "state" where nobody does.
local function makers_of(analysis)
  local makers, names = {}, {}
  local function enter(row, maker)
    makers[row.index], names[row.index] = maker, row
  end
  for i, row in ipairs(analysis.inputs) do enter(row, "in" .. i) end
  for _, op in ipairs(analysis.operators) do
    for _, row in ipairs(op.inputs) do
      if row and not names[row.index] then enter(row, "state") end
    end
    for _, row in ipairs(op.outputs) do enter(row, "" .. op.index) end
  end
  return makers, names
end

-- Lists of the tensors that lie in each block.
local function shares_of(rows)
  local shares = {}
  for _, row in ipairs(rows) do
    if row.within then
      shares[row.within] = shares[row.within] or {}
      table.insert(shares[row.within], row)
    end
  end
  return shares
end

local function describe(row, makers, names)
  if not row.tensor then return ("scratch of operator %d"):format(row.operator) end
  local tensor, maker = names[row.tensor], makers[row.tensor]
  if not tensor then return "a tensor nobody reads" end
  local of = maker == "state" and "variable" or maker:find "^in" and "input " .. maker:sub(3)
    or "output of operator " .. maker
  return ("%s: %s  %s"):format(of, text.tensor(tensor), text.printable(tensor.name))
end

-- "bytes 16 to 31, needed from operator 3 to 5"
local function place_text(row, order)
  local function at(time)
    return order[time] and "operator " .. order[time] or time == 0 and "the start" or "the end"
  end
  return ("bytes %s to %s, from %s to %s"):format(text.exact(row.offset),
    text.exact(row.offset + row.bytes - 1), at(row.first), at(row.last))
end

local function draw_block(out, row, number, view)
  local x = view.left + row.first * view.step
  local width = (row.last - row.first + 1) * view.step
  local y = whole(row.offset * view.scale)
  local height = math.max(2, whole((row.offset + row.bytes) * view.scale) - y)
  local lines = {describe(row, view.makers, view.names), place_text(row, view.order)}
  for _, part in ipairs(view.shares[row.tensor] or {}) do
    lines[#lines + 1] = "shared with " .. describe(part, view.makers, view.names)
  end
  local class = row.tensor and "b" .. number % 6 or "scratch"
  if height >= 4 then class = class .. " apart" end
  out[#out + 1] = ('<g><title>%s</title><rect class="block %s" x="%d" y="%d" width="%d" '
    .. 'height="%d"/>'):format(text.escape(table.concat(lines, "\n")), class, x, y, width, height)
  local label = row.tensor and view.makers[row.tensor] or "scratch"
  if label and height >= 12 and width >= #label * LABEL + 4 then
    out[#out + 1] = ('<text class="label" x="%d" y="%d">%s</text>'):format(x + width // 2,
      y + height // 2 + 4, label)
  end
  out[#out + 1] = "</g>"
end

-- Numbers of the operators below the strip, as many as there is room for.
local function draw_axis(out, view, y)
  local every = 1
  while every * view.step < 22 do every = every + (every == 1 and 1 or every == 2 and 3 or 5) end
  for time = 0, view.last do
    local label = time == 0 and "in" or view.order[time] or time == view.last and "out"
    local shown = time == 0 or time == view.last or time % every == 0 and view.last - time >= every
    if label and shown then
      out[#out + 1] = ('<text class="soft middle" x="%d" y="%d">%s</text>'):format(
        view.left + time * view.step + view.step // 2, y, label)
    end
  end
end

-- Below the blocks: how much is in use while each operator runs, against the most.
local function draw_live(out, analysis, view, top)
  local bound = math.max(analysis.arena_bound, 1)
  for _, op in ipairs(analysis.operators) do
    local height = whole(op.ram * LIVE / bound)
    local detail = ("%d  %s: %s bytes in use"):format(op.index, text.printable(op.name),
      text.exact(op.ram))
    out[#out + 1] = ('<g><title>%s</title><rect class="live" x="%d" y="%d" width="%d" '
      .. 'height="%d"/></g>'):format(text.escape(detail), view.left + op.time * view.step + 1,
      top + LIVE - height, math.max(1, view.step - 2), height)
  end
  out[#out + 1] = ('<path class="bound" d="M%d %dH%d"/>'):format(view.left, top, view.right)
  out[#out + 1] = ('<text class="soft end" x="%d" y="%d">in use</text>'):format(view.left - 6,
    top + LIVE)
  out[#out + 1] = ('<text class="bad end" x="%d" y="%d">bound</text>'):format(view.left - 6,
    top + 4)
end

local function view_of(analysis, width)
  local last = #analysis.operators + 1
  local makers, names = makers_of(analysis)
  local view = {
    left = LEFT, last = last, makers = makers, names = names, order = {},
    step = math.max(4, math.min(MOST_STEP, (width - LEFT) // (last + 1))),
    scale = HEIGHT / math.max(analysis.arena, 1), shares = shares_of(analysis.memory),
  }
  view.right = LEFT + (last + 1) * view.step
  for _, op in ipairs(analysis.operators) do view.order[op.time] = op.index end
  return view
end

-- The strip of what nn.analyze gives, and its height.
return function(analysis, width)
  local view, out = view_of(analysis, width), {}
  out[1] = ('<text class="head" x="0" y="12">Memory plan: %s bytes of activations, bound %s</text>')
    :format(text.exact(analysis.arena), text.exact(analysis.arena_bound))
  out[2] = '<g transform="translate(0 26)">'
  out[3] = ('<path class="grid" d="M%d 0H%dM%d %dH%d"/>'):format(view.left, view.right, view.left,
    HEIGHT, view.right)
  out[4] = ('<text class="soft end" x="%d" y="10">0</text>'):format(view.left - 6)
  out[5] = ('<text class="soft end" x="%d" y="%d">%s</text>'):format(view.left - 6, HEIGHT,
    text.bytes(analysis.arena))
  for number, row in ipairs(analysis.memory) do
    if not row.within then draw_block(out, row, number, view) end
  end
  draw_live(out, analysis, view, HEIGHT + 14)
  draw_axis(out, view, HEIGHT + 14 + LIVE + 14)
  out[#out + 1] = "</g>"
  return table.concat(out, "\n"), 26 + HEIGHT + 14 + LIVE + 20
end
