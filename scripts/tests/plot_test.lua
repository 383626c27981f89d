local plot, tensor, test = require "plot", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local function lines(text)
  local all = {}
  for line in text:gmatch "([^\n]*)\n" do all[#all + 1] = line end
  return all
end

-- The picture alone: what stands right of the axis.
local function picture(text)
  local rows = {}
  for _, line in ipairs(lines(text)) do
    local row = line:match "^.........|(.*)$"
    if row then rows[#rows + 1] = row end
  end
  return rows
end

local small = {width = 20, height = 5, ascii = true}
local function with(options)
  for name, value in pairs(small) do options[name] = options[name] or value end
  return options
end

describe("a line", function()
  it("rises from corner to corner", function()
    expect(plot.line_text({0, 1, 2, 3, 4}, small)):equals(table.concat({
      "       4 |        **",
      "         |      **",
      "       2 |    **",
      "         |  **",
      "       0 |**",
      "         +----------",
      "          1        5", ""}, "\n"))
  end)
  it("shows the lowest and the highest of many values", function()
    local y = tensor.zeros {100000}
    y[54321], y[54322] = 1, -1
    expect(picture(plot.line_text(y, small))):equals {
      "     *", "     *", "**********", "     *", "     *"}
  end)
  it("joins the columns", function()
    expect(picture(plot.line_text({0, 0, 0, 0, 0, 4, 4, 4, 4, 4}, small))):equals {
      "     *****", "     *", "     *", "     *", "*****"}
    expect(picture(plot.line_text({4, 4, 4, 4, 4, 0, 0, 0, 0, 0}, small))):equals {
      "*****", "     *", "     *", "     *", "     *****"}
  end)
  it("leaves gaps for NaN and infinities", function()
    local nan = 0 / 0
    expect(picture(plot.line_text({1, 1, nan, 1, 1, math.huge, nan, 1, nan, 1}, small))):equals {
      "", "", "** **  * *", "", ""}
  end)
  it("takes what there is", function()
    expect(#lines(plot.line_text({}, small))):equals(7)
    expect(picture(plot.line_text({0 / 0}, small))):equals {"", "", "", "", ""}
    expect(picture(plot.line_text({-3}, small))):equals {"", "", "**********", "", ""}
    expect(picture(plot.line_text(tensor.new({5, 7}, "int16"), with {height = 2}))):equals {
      "     *****", "*****"}
    expect(plot.line_text({1e300, -1e300}, small)):matches "1e%+300"
  end)
  it("keeps inside of given ends", function()
    local text = plot.line_text({-10, 10}, with {low = 0, high = 4, from = 0, to = 2.5})
    expect(lines(text)[1]:sub(1, 10)):equals "       4 |"
    expect(lines(text)[7]):equals "          0      2.5"
    expect(picture(text)[1]):matches "%*%*$"
    expect(plot.line_text({7}, with {low = 7})):matches "10%.5 |"
    expect(plot.line_text({7}, with {high = 7})):matches "3%.5 |"
  end)
  it("is 80 columns wide, in Braille unless told otherwise", function()
    local text = plot.line_text(tensor.arange(1000):sin())
    for _, line in ipairs(lines(text)) do assert(utf8.len(line) <= 80, line) end
    expect(text):matches "[\u{2801}-\u{28ff}]"
    plot.ascii = true
    text = plot.line_text(tensor.arange(1000):sin(), {title = "sine"})
    plot.ascii = false
    expect(text:find "[\x80-\xff]"):is_nil()
    expect(lines(text)[1]):equals "sine"
    expect(#lines(text)[14]):equals(80)
  end)
  it("is printed too", function()
    local printed, print_before = {}, print
    print = function(text) printed[#printed + 1] = text end
    plot.line({1, 2}, small)
    plot.heatmap(tensor.eye(2), {width = 20, ascii = true})
    print = print_before
    expect(table.concat(printed, "\n") .. "\n"):equals(plot.line_text({1, 2}, small)
      .. plot.heatmap_text(tensor.eye(2), {width = 20, ascii = true}))
  end)
end)

describe("a heat map", function()
  it("shades from the lowest to the highest", function()
    expect(plot.heatmap_text(tensor.arange(10):reshape({1, 10}), small)):equals(table.concat({
      "       1 | .:-=+*#%@",
      "         +----------",
      "          1       10",
      "       0 [ .:-=+*#%@] 9", ""}, "\n"))
  end)
  it("has row 1 at the top, or at the bottom", function()
    local x = tensor.new {{0, 0}, {9, 9}}
    expect(picture(plot.heatmap_text(x, small))):equals {"          ", "@@@@@@@@@@"}
    expect(picture(plot.heatmap_text(x, with {flip = true}))):equals {"@@@@@@@@@@", "          "}
  end)
  it("shows means where there is no room", function()
    local x = tensor.zeros {100, 1000}
    x:slice({51, 100}, {501, 1000}):fill_(9)
    expect(picture(plot.heatmap_text(x, with {height = 2}))):equals {"          ", "     @@@@@"}
    expect(plot.heatmap_text(x, with {height = 3})):matches "\n      34 |"
  end)
  it("marks NaN, and takes infinities for the ends", function()
    local x = tensor.new {{0, 0 / 0, math.huge, -math.huge, 9}}
    expect(picture(plot.heatmap_text(x, small))):equals {"  ??@@  @@"}
    expect(picture(plot.heatmap_text(tensor.full({1, 10}, 3), small))):equals {"++++++++++"}
    expect(picture(plot.heatmap_text(tensor.new {{-1, 5}}, with {low = 0, high = 4}))):equals {
      "     @@@@@"}
  end)
end)

describe("misuse", function()
  it("is named", function()
    expect(plot.line, 3):raises "#1 to 'line' (tensor {n} or list of numbers expected, got 3)"
    expect(plot.line, {1, "2"}):raises "list of numbers"
    expect(plot.line, tensor.zeros {2, 2}):raises "tensor {n}"
    expect(plot.line, {1}, {widht = 3}):raises "did you mean 'width'"
    expect(plot.line, {1}, {width = 19}):raises "option 'width': 20 to 1000 expected, got 19"
    expect(plot.line, {1}, {height = 1}):raises "option 'height': 2 to 200"
    expect(plot.line, {1}, {low = 2, high = 1}):raises "low < high"
    expect(plot.line, {1}, {low = 0 / 0}):raises "finite"
    expect(plot.heatmap, tensor.zeros {3}):raises "#1 to 'heatmap' (tensor {rows, columns}"
    expect(plot.heatmap, tensor.zeros {0, 3}):raises "with elements"
    expect(plot.heatmap, tensor.eye(2), {height = 0}):raises "option 'height': 1 to 200"
  end)
end)
