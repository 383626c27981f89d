-- What module plot draws, and what it refuses; plot_text_test.lua and plot_svg_test.lua have
-- pictures recorded.

local plot, tensor, test = require "plot", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local nan <const>, inf <const> = 0 / 0, math.huge
local small <const> = {width = 20, height = 5, ascii = true, color = false}

local function lines(text)
  local all = {}
  for line in text:gmatch "([^\n]*)\n" do all[#all + 1] = line end
  return all
end

-- The marks alone: what stands right of the axis.
local function picture(figure, options)
  local rows = {}
  for _, line in ipairs(lines(figure:text(options or small))) do
    local row = line:match "^[%w%. -]-[|+](.*)$"
    if row and not row:find "^[+-]*%-[+-]*$" then rows[#rows + 1] = row end
  end
  return rows
end

local function line(...) return plot.figure():line(...) end

describe("a line", function()
  it("rises from corner to corner", function()
    expect(picture(line {0, 1, 2, 3, 4})):equals {
      "               **", "           ****", "       ****", "   ****", "***"}
  end)
  it("shows the lowest and the highest of many values", function()
    local y = tensor.zeros {100000}
    y[54321], y[54322] = 1, -1
    local rows = picture(line(y))
    for i, row in ipairs {"        *", "        *", "****************", "        *",
        "        *"} do
      expect(rows[i]:sub(1, #row)):equals(row)
    end
  end)
  it("leaves gaps for NaN and infinities", function()
    expect(picture(line {1, 1, nan, 1, 1, inf, nan, 1, nan, 1})[3]):equals "**   **    *  *"
    expect(picture(line {nan, -inf})):equals {"", "", "", "", ""}
  end)
  it("takes any type of numbers, and one value", function()
    expect(picture(line {-3})[3]):equals "        *"
    for _, dtype in ipairs {"int8", "uint8", "int16", "int32", "int64", "float32", "float64"} do
      expect(picture(line(tensor.new({0, 2, 4}, dtype)))):equals(picture(line {0, 2, 4}))
    end
    expect(picture(line(tensor.new({0, 1, 1}, "bool")))):equals(picture(line {0, 1, 1}))
    expect(#picture(line {1e300, -1e300})):equals(5)
    expect(#picture(line {math.mininteger, math.maxinteger})):equals(5)
    expect(#picture(line {math.mininteger})):equals(5)
  end)
  it("is cut off at given ends", function()
    local text = plot.figure({low = 0, high = 4}):line({-10, 10}, {from = 0, to = 2.5}):text(small)
    expect(text):matches "^4 %+"
    expect(text):matches "\n0 %+"
    local rows = picture(plot.figure({low = 0, high = 4}):line {-10, 10})
    expect(rows[5]):equals "        *"
    expect(rows[1]):equals "           *"
  end)
  it("goes where its x says", function()
    expect(picture(line({0, 0, 4}, {x = {0, 10, 10}}))):equals {
      "                *", "                *", "                *", "                *",
      "*****************"}
    expect(picture(line({0, 4}, {x = {10, 0}}))):equals(picture(line({4, 0}, {x = {0, 10}})))
  end)
  it("takes series as lists and as columns", function()
    local columns = tensor.new {{1, 5}, {2, 4}, {3, 3}}
    expect(line(columns):text(small)):equals(line({{1, 2, 3}, {5, 4, 3}}):text(small))
    expect(line({tensor.new {1, 2, 3}, {5, 4, 3}}):text(small)):equals(line(columns):text(small))
  end)
end)

describe("every point", function()
  -- The places of marks: "column row".
  local function places(rows)
    local found = {}
    for row, text in ipairs(rows) do
      for column = 1, #text do
        if text:sub(column, column) == "*" then found[#found + 1] = column .. " " .. row end
      end
    end
    return found
  end
  it("lies in its cell", function()
    for seed = 1, 20 do
      local place = tensor.rand({2}, seed) * 10
      local x, y = place[1], place[2]
      local rows = picture(plot.figure():scatter({0, x, 10}, {0, y, 10}))
      local columns = #rows[1]  -- the last point is at the right of the top
      local own = math.floor(x / 10 * columns) + 1 .. " " .. 5 - math.floor(y / 10 * 5)
      local want = {[columns .. " 1"] = true, ["1 5"] = true, [own] = true}
      for _, found in ipairs(places(rows)) do
        assert(want[found], ("seed %d: %s"):format(seed, found))
        want[found] = nil
      end
      expect(next(want)):is_nil()
    end
  end)
end)

describe("a histogram", function()
  -- How many of the values there are in each bin.
  local function counts(x, options) return plot.figure():hist(x, options).marks[1].lengths end
  it("counts every finite value once", function()
    for seed = 1, 10 do
      local sum = 0
      for _, count in ipairs(counts(tensor.randn({300}, seed))) do sum = sum + count end
      expect(sum):equals(300)
    end
    expect(counts({1, 2, nan, inf, 2.5}, {bins = 2})):equals {1, 2}
  end)
  it("has the edges of numpy.histogram when told how many bins", function()
    expect(counts({0, 1, 2, 3, 4}, {bins = 2})):equals {2, 3}
    expect(counts({0.1, 0.2, 0.3, 0.7}, {bins = 10, from = 0, to = 1})):equals {
      0, 1, 1, 1, 0, 0, 0, 1, 0, 0}
    expect(counts({5, 5, 5}, {bins = 1})):equals {3}
    expect(counts({1, 2, 9}, {from = 5, bins = 1})):equals {1}
  end)
  it("has round edges else, each value its own bin where there are few", function()
    local figure = plot.figure():hist(tensor.new({0, 1, 1, 2, 3, 3, 3, 9}, "int32"))
    expect(figure.marks[1].edges[1]):equals(0)
    local sum = 0
    for _, count in ipairs(figure.marks[1].lengths) do sum = sum + count end
    expect(sum):equals(8)
    for _, count in ipairs(counts {nan}) do expect(count):equals(0) end
  end)
end)

describe("a matrix", function()
  it("is shaded from the lowest to the highest", function()
    local rows = picture(plot.figure():heatmap(tensor.arange(10):reshape({1, 10})))
    expect(rows[1]):equals " .:-=+*#%@"
  end)
  it("has row 1 at the top, or at the bottom", function()
    local x = {{0, 0}, {9, 9}}
    expect(picture(plot.figure():heatmap(x), {width = 20, height = 2, ascii = true})):equals {
      "", "@@@@"}
    expect(picture(plot.figure():heatmap(x, {flip = true}), {width = 20, height = 2,
      ascii = true})):equals {"@@@@", ""}
  end)
  it("shows means where there is no room", function()
    local x = tensor.zeros {100, 1000}
    x:slice({51, 100}, {501, 1000}):fill_(9)
    local rows = picture(plot.figure():heatmap(x), {width = 20, height = 2, ascii = true})
    expect(rows[1]):equals ""
    expect(rows[2]):matches "^ +[=@]?@@@@@@@$"
  end)
  it("marks NaN, and takes infinities for the ends", function()
    local x = tensor.new {{0, nan, inf, -inf, 9}}
    local rows = picture(plot.figure():heatmap(x), {width = 20, height = 2, ascii = true})
    expect(rows[1]):equals "   ???@@@   @@@"
  end)
end)

describe("an image", function()
  it("has the range of its type", function()
    local function shades(x) return picture(plot.figure():image(x))[1] end
    expect(shades(tensor.new({{0, 128, 255}}, "uint8"))):matches "^ +[+=]+@+$"
    expect(shades(tensor.new({{-128, 0, 127}}, "int8"))):equals(
      shades(tensor.new({{0, 128, 255}}, "uint8")))
    expect(shades(tensor.new {{0, 0.5, 1}})):equals(shades(tensor.new({{0, 128, 255}}, "uint8")))
    expect(shades(tensor.new({{0, 1}}, "bool"))):equals(shades(tensor.new {{0, 1}}))
  end)
  it("takes one channel and three", function()
    local x = tensor.rand({4, 4, 1}, 1)
    expect(plot.figure():image(x):text(small)):equals(
      plot.figure():image(x:reshape({4, 4})):text(small))
    expect(plot.figure():image(tensor.ones {2, 2, 3}):text(small)):matches "@@@@"
  end)
end)

describe("a spectrogram", function()
  local function ends(x, options)
    local mark = plot.figure(options):spectrogram(x, 8000).marks[1]
    return {mark.low, mark.high}
  end
  it("shows 60 dB unless told otherwise", function()
    local tone = (tensor.arange(2048) * (math.pi / 4)):sin()
    expect(ends(tone)):close({-60, 0}, 0.1)
    expect(ends((tone * 32767):astype "int16")):close({-60, 0}, 0.1)
    expect(ends(tone, {low = -20})):close({-20, 0}, 0.1)
    expect(ends(tone, {low = 20})):equals {20, 21}
    expect(ends(tone, {high = 10})):equals {-50, 10}
    expect(ends(tensor.zeros {300})):close({-180, -120}, 0.1)
    expect(ends(tensor.full({300}, nan))):equals {-60, 0}
  end)
end)

describe("a confusion matrix", function()
  it("comes as ml.confusion_matrix gives it", function()
    local ml = require "ml"
    local matrix = ml.confusion_matrix({0, 1, 1, 1, 2}, {0, 1, 0, 1, 2})
    local text = plot.figure():confusion(matrix):text(small)
    expect(text):matches "\n2 %+ 1  2  %."
    expect(text):matches "predicted"
  end)
  it("is shades alone where numbers have no room", function()
    expect(plot.figure():confusion(tensor.eye(30)):text(small)):matches "\n25 %+        %.%.\n"
  end)
end)

describe("a figure", function()
  it("is printed and returned by the functions", function()
    local printed, print_before = {}, print
    print = function(text) printed[#printed + 1] = text end
    local done, figure = pcall(plot.line, {1, 2}, {width = 20, ascii = true, title = "two"})
    print = print_before
    assert(done, figure)
    expect(printed):equals {(figure:text():gsub("\n$", ""))}
    expect(tostring(figure)):equals 'figure "two": 1 mark'
  end)
  it("takes several kinds", function()
    local figure = plot.figure():scatter({1, 2, 3}, {1, 4, 9}, {legend = "a"})
      :line({1, 4, 9}, {legend = "b"})
    expect(figure:text(small)):matches "\n +%* a   %+ b\n$"
    expect(tostring(figure)):equals "figure: 2 marks"
  end)
  it("has one matrix or bars at most, below the rest", function()
    local figure = plot.figure():heatmap({{1, 2}, {3, 4}}):line({1, 2}):scatter({1.5}, {1.5})
    expect(tostring(figure)):equals "figure: 3 marks"
    expect(figure:text(small)):matches "@"
    for _, name in ipairs {"bar", "heatmap", "image", "confusion"} do
      expect(figure[name], figure, {{1, 2}, {3, 4}}):raises("'" .. name .. "' has axes of its own")
    end
    expect(figure.spectrogram, figure, tensor.zeros {300}, 1):raises "comes first"
  end)
  it("keeps to the width it is told", function()
    for _, entry in ipairs(require "plot_figures") do
      for _, width in ipairs {20, 33, 80, 132} do
        local options = {width = width, ascii = false, color = false}
        for _, text in ipairs(lines(entry[2]():text(options))) do
          assert(utf8.len(text) <= width, entry[1] .. ": " .. text)
        end
      end
    end
  end)
  it("has the settings of the module where it has none", function()
    plot.width, plot.ascii, plot.color = 30, true, false
    local text = line({1, 2}):text()
    plot.width, plot.ascii, plot.color = nil, nil, nil
    expect(text):equals(line({1, 2}):text {width = 30, ascii = true, color = false})
    expect(text:find "[\x80-\xff\27]"):is_nil()
  end)
  it("refuses a setting that is no width", function()
    for _, width in ipairs {7, 30.5, "wide"} do
      plot.width = width
      local done, why = pcall(function() line({1, 2}):text() end)
      plot.width = nil
      expect(done):is_false()
      expect(why):matches "plot_test.lua:%d+: plot.width: 20 to 1000 columns expected"
    end
  end)
  it("lets no label give orders to the terminal", function()
    local text = plot.figure({title = "a\27[2Jb\nc", ylabel = "\xff\xfe", xlabel = "µ"})
      :line({1, 2}):text(small)
    expect(text):matches " a %[2Jb c\n"
    expect(text:find "[\27\x80-\xff]"):is_nil()
  end)
end)

describe("misuse", function()
  it("is named by the argument", function()
    expect(plot.line, 3):raises "#1 to 'line' (tensor {n} or list of numbers expected, got 3)"
    expect(plot.line, {1, "2"}):raises "list of numbers"
    expect(plot.line, {}):raises "#1 to 'line' (values expected, got none)"
    expect(plot.line, {{1}, {}}):raises "series 2: values expected, got none"
    expect(plot.line, tensor.zeros {2, 2, 2}):raises "got tensor {2, 2, 2}"
    expect(plot.line, {1}, {x = {1, 2}}):raises "option 'x': 1 values expected"
    expect(plot.line, {1}, {legend = {"a", "b"}}):raises "option 'legend': 1 names expected, got 2"
    expect(plot.line, {1}, {widht = 3}):raises "did you mean 'width'"
    expect(plot.line, {1}, {width = 19}):raises(
      "#2 to 'line' (option 'width': 20 to 1000 expected, got 19)")
    expect(plot.line, {1}, {height = 1}):raises "option 'height': 2 to 200"
    expect(plot.line, {1}, {low = 2, high = 1}):raises "low < high"
    expect(plot.line, {1}, {low = nan}):raises "finite"
    expect(plot.scatter, {1, 2}, {1}):raises "#2 to 'scatter' (2 values expected"
    expect(plot.scatter, {1}, {1}, {classes = {nan}}):raises "#3 to 'scatter'"
    expect(plot.bar, {{1, 2}, {3}}):raises "series 2: 2 values expected, got 1"
    expect(plot.bar, {1, 2}, {labels = {"a"}}):raises "option 'labels': 2 names expected, got 1"
    expect(plot.hist, {1}, {bins = 0}):raises "option 'bins': 1 to 1000"
    expect(plot.hist, {1}, {from = 2, to = 1}):raises "from < to"
    expect(plot.heatmap, tensor.zeros {3}):raises "#1 to 'heatmap' (tensor {rows, columns}"
    expect(plot.heatmap, tensor.zeros {0, 3}):raises "values expected, got none"
    expect(plot.heatmap, {{1, 2}, {3}}):raises "#1 to 'heatmap'"
    expect(plot.image, tensor.zeros {2, 2, 2}):raises "got 2 channels"
    expect(plot.spectrogram, {1, 2}, 8000):raises "256 samples or more expected, got 2"
    expect(plot.spectrogram, tensor.zeros {300}, 0):raises "#2 to 'spectrogram' (sample rate"
    expect(plot.spectrogram, tensor.zeros {300}, 1, {window = 1}):raises "option 'window'"
    expect(plot.spectrogram, tensor.zeros {300}, 1, {hop = 0}):raises "option 'hop'"
    expect(plot.confusion, {{1, 2}}):raises "square"
    expect(plot.confusion, {{1, -2}, {0, 1}}):raises "in row 1"
    expect(plot.figure, {from = 1}):raises "no option 'from'"
  end)
  it("blames the caller's line", function()
    for _, call in ipairs {function() plot.line(3) end, function() plot.figure():line(3) end,
        function() plot.line({1}, {width = 3}) end, function() plot.figure {width = 3} end,
        function() plot.figure():text() end, function() plot.save("x", 3) end,
        function() plot.save("x", line {1}, {width = 3}) end, function() line({1}):svg(3) end,
        function() line({1}):text {width = 1} end} do
      local _, message = pcall(call)
      expect(message):matches "plot_test.lua:%d+: "
    end
  end)
  it("leaves a figure as it was", function()
    local figure = line {1, 2}
    local before = figure:text(small)
    expect(figure.line, figure, {{1, 2}, {}}):raises "series 2"
    expect(figure.scatter, figure, {1}, {2}, {legend = 3}):raises "legend"
    expect(figure:text(small)):equals(before)
    expect(function() figure.title = "x" end):raises "no field 'title' to set"
    expect(function() plot.figure():text() end):raises "nothing is drawn"
    expect(function() plot.figure():svg() end):raises "nothing is drawn"
  end)
end)
