-- One small figure of each kind, for the goldens of plot_text_test.lua and plot_svg_test.lua.

local plot, tensor = require "plot", require "tensor"

local nan <const> = 0 / 0

local function line()
  local t = tensor.arange(60) / 10
  return plot.figure({title = "A sine with a gap", xlabel = "seconds", ylabel = "volts"})
    :line(tensor.where(t:lt(4), t:sin(), tensor.full({60}, nan)),
      {from = 0, to = 5.9})
end

local function lines()
  local y = tensor.arange(40) / 5
  return plot.figure({title = "Three & more"})
    :line({y:sin(), y:cos() * 2, {1, 2, 0, 3}}, {legend = {"sin", "2 cos", "<list>"}})
end

local function scatter()
  local x, y = {1, 2, 3, 4, nan, 6}, {10, 40, 20, 5, 3, 80}
  return plot.figure({xlabel = "x", ylabel = "y"}):scatter(x, y, {classes = {"a", "b", "a", "b", "b", "c"}})
end

local function bar()
  return plot.figure({title = "Scores"}):bar({0.75, 0.2, -0.1, 0},
    {labels = {"yes", "no", "dünn", "x"}})
end

local function bars()
  return plot.figure():bar({{3, 1}, {2, 4}}, {labels = {"first", "second"}, legend = {"old", "new"}})
end

local function hist() return plot.figure({title = "normal"}):hist(tensor.randn({500}, 1)) end

local function heatmap()
  local x = tensor.arange(60):reshape({6, 10})
  x:set(nan, 2, 3)
  return plot.figure({title = "Counting"}):heatmap(x, {flip = true})
end

local function grey()
  local x = tensor.arange(64):reshape({8, 8}) * 4
  return plot.figure():image(x:astype "uint8")
end

local function colored()
  local x = tensor.zeros {6, 9, 3}
  for row = 1, 6 do
    for column = 1, 9 do
      x:set(row / 6, row, column, 1)
      x:set(column / 9, row, column, 2)
      x:set(0.25, row, column, 3)
    end
  end
  return plot.figure({title = "Colours"}):image(x)
end

local function spectrogram()
  local time = tensor.arange(4000, "float64") / 8000
  local sweep = ((time * 500 + time * time * 5000) * (2 * math.pi)):sin()
  return plot.figure({title = "A sweep"}):spectrogram(sweep, 8000, {window = 128})
end

local function confusion()
  return plot.figure():confusion(tensor.new({{48, 2, 0}, {3, 139, 8}, {0, 0, 0}}, "int32"),
    {labels = {"rest", "shake", "wave"}})
end

return {
  {"line", line}, {"lines", lines}, {"scatter", scatter}, {"bar", bar}, {"bars", bars},
  {"hist", hist}, {"heatmap", heatmap}, {"grey image", grey}, {"coloured image", colored},
  {"spectrogram", spectrogram}, {"confusion", confusion},
}
