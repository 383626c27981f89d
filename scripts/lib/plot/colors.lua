-- Colours: of series, of matrices, and how terminals are told of them.

local colors = {}

-- Of series, told apart by the colour-blind as well: on a light page, on a dark one, in a terminal
-- of 256 colours and in one of 16.
colors.SERIES = {
  {light = "#0072b2", dark = "#56b4e9", many = 38, few = 4},
  {light = "#d55e00", dark = "#f28c3a", many = 208, few = 3},
  {light = "#00805f", dark = "#2ec4a0", many = 36, few = 2},
  {light = "#a63d80", dark = "#dd8bb8", many = 169, few = 5},
  {light = "#7a6a00", dark = "#e5d13c", many = 184, few = 6},
  {light = "#555555", dark = "#b8b8b8", many = 246, few = 7},
}

function colors.of_series(i) return colors.SERIES[(i - 1) % #colors.SERIES + 1] end

-- From dark violet over green to yellow: evenly brighter, so it survives a grey printer.
local VIRIDIS <const> = {
  {68, 1, 84}, {72, 40, 120}, {62, 73, 137}, {49, 104, 142}, {38, 130, 142}, {31, 158, 137},
  {53, 183, 121}, {110, 206, 88}, {181, 222, 43}, {253, 231, 37},
}
local GREY <const> = {{0, 0, 0}, {255, 255, 255}}
local BLUES <const> = {{230, 240, 250}, {8, 69, 148}}
local MAPS <const> = {viridis = VIRIDIS, grey = GREY, blues = BLUES}

-- The colour of a part from 0 to 1 as red, green and blue, 0 to 255.
function colors.of_part(map, part)
  local anchors = MAPS[map]
  local at = part * (#anchors - 1)
  local i = math.min(math.floor(at), #anchors - 2)
  local a, b, t = anchors[i + 1], anchors[i + 2], at - i
  local function mix(k) return math.floor(a[k] + (b[k] - a[k]) * t + 0.5) end
  return mix(1), mix(2), mix(3)
end

-- How bright it looks, 0 to 1.
function colors.brightness(r, g, b) return (0.299 * r + 0.587 * g + 0.114 * b) / 255 end

-- Terminals: a colour is what stands between "\27[38;" and "m", or behind 48 for a background.
local CUBE <const> = {0, 95, 135, 175, 215, 255}  -- the steps of the 6 x 6 x 6 colours

local function cube_step(value)
  local best = 1
  for i = 2, #CUBE do
    if math.abs(CUBE[i] - value) < math.abs(CUBE[best] - value) then best = i end
  end
  return best - 1
end

function colors.terminal_rgb(r, g, b, known)
  if known > 256 then return ("2;%d;%d;%d"):format(r, g, b) end
  return "5;" .. 16 + 36 * cube_step(r) + 6 * cube_step(g) + cube_step(b)
end

function colors.terminal_series(i, known)
  local color = colors.of_series(i)
  return "5;" .. (known >= 256 and color.many or color.few)
end

return colors
