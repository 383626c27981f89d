-- plot.image: pixels, grey or of red, green and blue.

local grid, values = require "plot.grid", require "plot.values"

local image = {first = true, options = {}}

local RANGES <const> = {uint8 = {0, 255}, int8 = {-128, 127}}  -- of others 0 to 1

local WHAT <const> = "tensor {height, width}, {height, width, 1} or {height, width, 3}"

function image.add(figure, _, x)
  local pixels, why = values.array(x, {[2] = true, [3] = true}, WHAT)
  if not pixels then return 1, why end
  local planes = {pixels}
  if pixels.rank == 3 then
    local channels = pixels:dim(3)
    if channels ~= 1 and channels ~= 3 then
      return 1, ("%s expected, got %d channels"):format(WHAT, channels)
    end
    for i = 1, channels do planes[i] = pixels:slice({}, {}, i) end
  end
  local is_bool = values.is_tensor(x) and x.dtype == "bool"
  local range = not is_bool and RANGES[pixels.dtype] or {0, 1}
  figure.marks[#figure.marks + 1] = grid.new(planes, {
    map = "grey", square = true, low = figure.options.low or range[1],
    high = figure.options.high or range[2],
  })
end

return image
