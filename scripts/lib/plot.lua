--- Pictures of numbers: as text for terminals and serial lines, and as SVG.
--
-- The functions print a picture and return it as a figure, which `plot.save` writes as SVG. They
-- take tensors of any type and plain lists; NaN and infinities leave gaps. A figure from
-- `plot.figure` prints nothing, and takes several things into one picture.
--
-- Every function has these options: `title xlabel ylabel`; `low` and `high`, the ends of the axis
-- of values, or of the colours; `width` in columns and `height` in rows; `ascii`, no Unicode;
-- `color`. What is not said follows the terminal: its width, $COLUMNS or 80; ASCII where
-- $LC_ALL, $LC_CTYPE or $LANG names another encoding than UTF-8; colours where there are some,
-- unless $NO_COLOR is set. The fields `plot.width plot.ascii plot.color` say it for all pictures.

local arguments, whole_file = require "support.arguments", require "support.whole_file"

local plot = {}

--- plot.width -> integer
-- Columns of all pictures whose options do not say it; nil, as at first: those of the terminal.
plot.width = nil

--- plot.ascii -> boolean
-- Whether all pictures do without Unicode; nil, as at first: where the locale is without UTF-8.
plot.ascii = nil

--- plot.color -> boolean
-- Whether all pictures have colours; nil, as at first: where a terminal has some.
plot.color = nil

local FIGURE_OPTIONS <const> = {
  title = "string", xlabel = "string", ylabel = "string", low = "number", high = "number",
  width = "integer", height = "integer", ascii = "boolean", color = "boolean",
}
local SCREEN_OPTIONS <const> = {width = "integer", height = "integer", ascii = "boolean",
  color = "boolean"}
local SCREEN_SIZES <const> = {width = {20, 1000}, height = {2, 200}}  -- columns, rows
local PAGE_SIZES <const> = {width = {100, 10000}, height = {100, 10000}}  -- pixels

-- Figures ---------------------------------------------------------------------

-- `marks` draw themselves (plot/curve.lua and others), in their order; `legend` names some of
-- the `colors` that are taken.
local Figure = {}
local FigureMeta = {__name = "figure", __index = Figure}

function FigureMeta:__tostring()
  local title = self.options.title
  return ("figure%s: %d mark%s"):format(title and ' "' .. title .. '"' or "", #self.marks,
    #self.marks == 1 and "" or "s")
end

function FigureMeta:__newindex(name)
  error(("a figure has no field '%s' to set"):format(tostring(name)), 2)
end

-- What is wrong with sizes; nil: nothing.
local function wrong_size(options, limits)
  for option, limit in pairs(limits) do
    local value = options[option]
    if value and (value < limit[1] or value > limit[2]) then
      return ("option '%s': %d to %d expected, got %d"):format(option, limit[1], limit[2], value)
    end
  end
end

local function finite(value) return value - value == 0 end

-- A figure without marks; nil and what is wrong with its options.
local function new_figure(options)
  local why = wrong_size(options, SCREEN_SIZES)
  if why then return nil, why end
  local low, high = options.low, options.high
  if not finite(low or 0) or not finite(high or 0) or (low and high and low >= high) then
    return nil, "options 'low' and 'high': finite, low < high expected"
  end
  return setmetatable({options = options, marks = {}, legend = {}, colors = 0}, FigureMeta)
end

local function check_drawn(figure)
  if #figure.marks == 0 then error("nothing is drawn in the figure", 3) end
end

--- plot.figure([options]) -> figure
-- A picture that is made step by step. It has the methods `line scatter bar hist heatmap image
-- spectrogram confusion`, which add what the functions of those names draw and return the figure.
-- Bars, matrices and images have axes of their own and come first; the others draw over them.
-- A figure keeps the values, not a copy of them.
-- Units: options: title: text; xlabel: text; ylabel: text; low: number; high: number;
--   width: integer, columns; height: integer, rows; ascii: boolean; color: boolean
-- Example:
-- local x = tensor.arange(50) / 5
-- local figure = plot.figure {title = "measured and fitted"}
-- figure:scatter(x, x * 2 + tensor.randn({50}, 1), {legend = "measured"})
-- figure:line(x * 2, {x = x, legend = "fitted"})
-- print(#figure:text() > 0, figure:svg():match "^<svg") --> true <svg
function plot.figure(options)
  local copy = {}
  for name, value in pairs(arguments.options(1, "figure", options, FIGURE_OPTIONS)) do
    copy[name] = value
  end
  local figure, why = new_figure(copy)
  if not figure then arguments.fail(1, "figure", why) end
  return figure
end

--- figure:text([options]) -> string
-- The picture as text, with a newline behind each line.
-- Units: options, in place of the figure's: width: integer, columns; height: integer, rows;
--   ascii: boolean; color: boolean
-- Example:
-- local figure = plot.figure():bar({1, 2}, {labels = {"one", "two"}})
-- print(figure:text {width = 20, ascii = true})
-- --> one +###### 1
-- --> two +############ 2
-- -->     ++----------+
-- -->      0          2
function Figure:text(options)
  check_drawn(self)
  options = arguments.options(1, "text", options, SCREEN_OPTIONS)
  local why = wrong_size(options, SCREEN_SIZES)
  if why then arguments.fail(1, "text", why) end
  if plot.width and (math.type(plot.width) ~= "integer" or wrong_size(plot, SCREEN_SIZES)) then
    error("plot.width: 20 to 1000 columns expected, got " .. tostring(plot.width), 2)
  end
  local wanted = {}
  for name in pairs(SCREEN_OPTIONS) do
    wanted[name] = options[name]
    if wanted[name] == nil then wanted[name] = self.options[name] end
  end
  return require "plot.text".render(self, require "plot.terminal".screen(wanted, plot))
end

-- The size of a page, as argument `index` of the function of that name has it.
local function page_options(index, name, options)
  options = arguments.options(index, name, options, {width = "integer", height = "integer"}, 1)
  local why = wrong_size(options, PAGE_SIZES)
  if why then arguments.fail(index, name, why, 1) end
  return options
end

--- figure:svg([options]) -> string
-- The picture as an SVG document; cells and bars may want it smaller, or higher.
-- Units: options: width: integer, pixels (640); height: integer, pixels (360)
-- Example:
-- print(plot.figure():line({1, 2}):svg {width = 300}:match 'width="300"') --> width="300"
function Figure:svg(options)
  check_drawn(self)
  options = page_options(1, "svg", options)
  return require "plot.svg".render(self, options)
end

-- Kinds of pictures and which argument their options are. Each is a file in plot/ with the names of
-- its `options`, `add(figure, options, ...)`, which adds marks or gives the number of an argument
-- and what is wrong with it, and perhaps `first`: it takes no marks below its own.
local KINDS <const> = {line = 2, scatter = 3, bar = 2, hist = 2, heatmap = 2, image = 2,
  spectrogram = 3, confusion = 2}

for name, index in pairs(KINDS) do
  Figure[name] = function(self, ...)
    if getmetatable(self) ~= FigureMeta then
      arguments.fail(0, name, "figure expected, got " .. arguments.given(self))
    end
    local kind = require("plot." .. name)
    if kind.first and #self.marks > 0 then
      error(("'%s' has axes of its own: it comes first in a figure"):format(name), 2)
    end
    local options = arguments.options(index, name, select(index, ...), kind.options)
    local wrong, why = kind.add(self, options, ...)
    if wrong then arguments.fail(wrong, name, why) end
    return self
  end
end

-- Makes a figure of one kind and prints it; called by the function of that name.
local function draw(name, options, ...)
  local kind, index = require("plot." .. name), KINDS[name]
  local known = {}
  for option, type_name in pairs(FIGURE_OPTIONS) do known[option] = type_name end
  for option, type_name in pairs(kind.options) do known[option] = type_name end
  options = arguments.options(index, name, options, known, 1)
  local own, shared = {}, {}
  for option, value in pairs(options) do
    if FIGURE_OPTIONS[option] then shared[option] = value else own[option] = value end
  end
  local figure, why = new_figure(shared)
  if not figure then arguments.fail(index, name, why, 1) end
  local wrong
  wrong, why = kind.add(figure, own, ...)
  if wrong then arguments.fail(wrong, name, why, 1) end
  print((figure:text():gsub("\n$", "")))
  return figure
end

-- Pictures --------------------------------------------------------------------

--- plot.line(y [, options]) -> figure
-- Draws values as a curve, or several of them: a list of vectors, or the columns of a tensor
-- {n, series}. Each column of the picture spans from the lowest to the highest of its values, so
-- peaks stay in sight. `x` are the places of the values; else `from` and `to` are those of the
-- first and the last one.
-- Units: y: tensor {n} or {n, series}, list, list of those; options: x: tensor {n} or list;
--   from: number (1); to: number (n); legend: text, or list of texts; those of plot.figure
-- Example:
-- print(plot.figure():line {0, 1, 2, 3, 4}:text {width = 20, height = 5, ascii = true})
-- --> 4 +               **
-- -->   |           ****
-- --> 2 +       ****
-- -->   |   ****
-- --> 0 +***
-- -->   +----+-------+----
-- -->        2       4
function plot.line(y, options)
  local figure = draw("line", options, y)
  return figure
end

--- plot.scatter(x, y [, options]) -> figure
-- Draws points, in the colours of their classes if there are such.
-- Units: x, y: tensor {n} or list; options: classes: list or tensor of n labels; legend: list of
--   texts in place of the labels; those of plot.figure
-- Example:
-- plot.scatter({1, 2, 3, 4}, {1, 4, 9, 16}, {xlabel = "side", ylabel = "area"})
function plot.scatter(x, y, options)
  local figure = draw("scatter", options, x, y)
  return figure
end

--- plot.bar(values [, options]) -> figure
-- Draws a bar for each value, with its name at the left and the number at its end; of several
-- series bars of one name lie together.
-- Units: values: tensor {n} or {n, series}, list, list of those; options: labels: list of n texts
--   (1 to n); legend: list of texts, one for each series; those of plot.figure
-- Example:
-- print(plot.figure():bar({0.75, 0.25}, {labels = {"yes", "no"}}):text {width = 30, ascii = true})
-- --> yes +################## 0.75
-- -->  no +###### 0.25
-- -->     ++----------+-------
-- -->     0.0        0.5
function plot.bar(values, options)
  local figure = draw("bar", options, values)
  return figure
end

--- plot.hist(x [, options]) -> figure
-- Draws how many of the values lie in each of several bins of the same width. Without options
-- they have round edges; with `bins`, `from` or `to` there are so many between those ends, and the
-- last edge belongs to the last bin.
-- Units: x: tensor {n} or list; options: bins: integer, 1 to 1000; from: number; to: number;
--   legend: text; those of plot.figure
-- Example:
-- plot.hist(tensor.randn({1000}, 1), {title = "normal"})
function plot.hist(x, options)
  local figure = draw("hist", options, x)
  return figure
end

--- plot.heatmap(x [, options]) -> figure
-- Draws a matrix as colours or shades from `low` to `high`: row 1 at the top, with {flip = true}
-- at the bottom. Where there is no room for all rows or columns, a cell shows the mean of several;
-- NaN shows as "?". `from` and `to` are the places of the first and the last column, `bottom` and
-- `top` those of the rows there.
-- Units: x: tensor {rows, columns} or list of lists; options: from: number; to: number;
--   bottom: number; top: number; flip: boolean; those of plot.figure
-- Example:
-- plot.heatmap(tensor.eye(8), {title = "the identity"})
function plot.heatmap(x, options)
  local figure = draw("heatmap", options, x)
  return figure
end

--- plot.image(x [, options]) -> figure
-- Draws pixels, grey or coloured: from 0 to 255 if their type is uint8, -128 to 127 if it is int8,
-- else 0 to 1, unless `low` and `high` say otherwise.
-- Units: x: tensor {height, width}, {height, width, 1} or {height, width, 3}; options: those of
--   plot.figure
-- Example:
-- plot.image(tensor.rand({16, 16, 3}, 1))
function plot.image(x, options)
  local figure = draw("image", options, x)
  return figure
end

--- plot.spectrogram(x, sample_rate [, options]) -> figure
-- Draws which frequencies a signal has, and when: power spectra of pieces under a Hann window, in
-- dB, 0 dB being a sine at full scale (1, of int16 samples 32768). `low` and `high` are 60 dB
-- below the strongest and that itself unless given.
-- Units: x: tensor {n} or list; sample_rate: hertz; options: window: integer, samples (256);
--   hop: integer, samples (window // 2); those of plot.figure
-- Example:
-- plot.spectrogram((tensor.arange(4000) * 0.5):sin(), 8000, {title = "a tone of 637 Hz"})
function plot.spectrogram(x, sample_rate, options)
  local figure = draw("spectrogram", options, x, sample_rate)
  return figure
end

--- plot.confusion(matrix [, options]) -> figure
-- Draws what a classifier takes each class for: a row for each true class, a column for what was
-- said, as `ml.confusion_matrix` gives it.
-- Units: matrix: tensor {n, n} or list of lists; options: labels: list of n texts (1 to n); those
--   of plot.figure
-- Example:
-- print(plot.figure():confusion({{8, 1}, {0, 7}}, {labels = {"yes", "no"}}):text {ascii = true})
-- --> true
-- --> yes +  8    1
-- -->  no +  .    7
-- -->     +--+----+--
-- -->       yes   no
-- -->      predicted
function plot.confusion(matrix, options)
  local figure = draw("confusion", options, matrix)
  return figure
end

--- plot.save(path, figure [, options]) -> true | nil, message
-- Writes a figure as SVG, whole or not at all: the same picture, readable on light and dark pages,
-- with the same bytes on every machine.
-- Units: options: width: integer, pixels (640); height: integer, pixels (360)
-- Example:
-- local path = os.tmpname()
-- print(plot.save(path, plot.figure():line {1, 4, 9})) --> true
-- os.remove(path)
function plot.save(path, figure, options)
  arguments.check(1, "save", path, "string")
  if getmetatable(figure) ~= FigureMeta then
    arguments.fail(2, "save", "figure expected, got " .. arguments.given(figure))
  end
  check_drawn(figure)
  options = page_options(3, "save", options)
  local document = require "plot.svg".render(figure, options)
  return whole_file.write(path, document)
end

return plot
