-- Figures as SVG: recorded, well-formed, and saved whole or not at all.

local plot, sys, tensor, test = require "plot", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes, figures = require "file_bytes", require "plot_figures"

local ENTITIES <const> = {["&amp;"] = "&", ["&lt;"] = "<", ["&gt;"] = ">", ["&quot;"] = '"'}

local function unescape(text)
  assert(not text:find "[<%c]", text)
  assert(not text:gsub("&%a+;", ""):find "&", "a bare & in " .. text)
  return (text:gsub("&%a+;", function(entity) return assert(ENTITIES[entity], entity) end))
end

-- Reads a document; gives its elements {name =, text =, attributes} in their order, or raises
-- where it is not well-formed XML.
local function parse(document)
  local elements, open, at = {}, {}, 1
  while at <= #document do
    local text, tag, next_at = document:match("^([^<]*)(%b<>)()", at)
    if not text then
      assert(document:sub(at):find "^%s*$", "text behind the end")
      break
    end
    if #open > 0 and text:find "%S" and open[#open].name ~= "style" then
      open[#open].text = unescape(text)
    end
    local closing = tag:match "^</(%a+)>$"
    if closing then
      assert(#open > 0 and table.remove(open).name == closing, tag)
    else
      local name, rest, empty = tag:match "^<(%a+)(.-)(/?)>$"
      local element = {name = assert(name, tag)}
      rest = rest:gsub('%s+([%w:-]+)="([^"]*)"', function(key, value)
        assert(element[key] == nil, "twice: " .. key)
        element[key] = unescape(value)
        return ""
      end)
      assert(rest == "", tag)
      elements[#elements + 1] = element
      if empty == "" then open[#open + 1] = element end
    end
    at = next_at
  end
  assert(#open == 0 and elements[1].name == "svg", "not closed")
  return elements
end

local function texts(elements)
  local set = {}
  for _, element in ipairs(elements) do
    if element.name == "text" then set[element.text] = true end
  end
  return set
end

describe("every kind", function()
  it("is a well-formed document", function()
    for _, entry in ipairs(figures) do
      local document = entry[2]():svg()
      local elements = parse(document)
      expect(elements[1].xmlns):equals "http://www.w3.org/2000/svg"
      expect(document:find "nan"):is_nil()
      expect(document:find "inf"):is_nil()
      for _, element in ipairs(elements) do
        local path = element.d or element.points
        if path then expect(path:find "%.%d?0[^%d]"):is_nil() end  -- as few digits as needed
      end
    end
  end)
  it("is drawn as recorded", function()
    local parts = {}
    for i, entry in ipairs(figures) do parts[i] = entry[2]():svg {width = 400, height = 250} end
    expect(table.concat(parts)):matches(test.golden "all")
  end)
  it("fits into its page", function()
    for _, entry in ipairs(figures) do
      local elements = parse(entry[2]():svg())
      local width, height = tonumber(elements[1].width), tonumber(elements[1].height)
      for _, element in ipairs(elements) do
        for x, y in (element.points or ""):gmatch "([%d.-]+) ([%d.-]+)" do
          assert(tonumber(x) >= 0 and tonumber(x) <= width, entry[1])
          assert(tonumber(y) >= 0 and tonumber(y) <= height, entry[1])
        end
      end
    end
  end)
end)

describe("a document", function()
  it("has the labels of the figure, escaped", function()
    local words = [[<b> & "quotes" 'and' dünn]]
    local elements = parse(plot.figure({title = words, xlabel = words, ylabel = "\27\xff\0"})
      :line({1, 2}, {legend = "a<b"}):svg())
    local set = texts(elements)
    expect(set[words]):is_true()
    expect(set["a<b"]):is_true()
    expect(set[" ? "]):is_true()
    expect(elements[2].text):equals(words)
  end)
  it("has the numbers of the axes and of cells", function()
    local figure = plot.figure():confusion({{12, 3}, {0, 45}}, {labels = {"a", "b"}})
    local set = texts(parse(figure:svg()))
    for _, text in ipairs {"12", "3", "0", "45", "a", "b", "true", "predicted"} do
      expect(set[text]):is_true()
    end
    set = texts(parse(plot.figure():line({0, 10}):svg()))
    for _, text in ipairs {"0", "2", "4", "6", "8", "10", "1"} do
      expect(set[text]):is_true()
    end
  end)
  it("joins points of one column, and breaks at gaps", function()
    local y = tensor.randn({100000}, 1)
    local elements, points, curves = parse(plot.figure():line(y):svg()), 0, 0
    for _, element in ipairs(elements) do
      if element.name == "polyline" then
        curves = curves + 1
        points = points + select(2, element.points:gsub(" ", "")) // 2 + 1
      end
    end
    expect(curves):equals(1)
    expect(points <= 4 * 640):is_true()
    local gapped = plot.figure():line {1, 2, 0 / 0, 2, 1, math.huge, 3}
    local _, gaps = gapped:svg():gsub("<polyline", "")
    expect(gaps):equals(3)
  end)
  it("has a cell for each pixel, and none for NaN", function()
    local document = plot.figure():image({{0, 1}, {0 / 0, 0.5}}):svg()
    expect(document):matches '<path stroke="#000000" d="M0 0h1"/>'
    expect(document):matches '<path stroke="#ffffff" d="M1 0h1"/>'
    expect(document):matches '<path stroke="#808080" d="M1 1h1"/>'
  end)
  it("has the size it is told", function()
    local root = parse(plot.figure():line({1, 2}):svg {width = 500, height = 200})[1]
    expect(root.width .. " " .. root.height):equals "500 200"
    expect(function() plot.figure():line({1}):svg {width = 5} end):raises "100 to 10000"
  end)
end)

describe("save", function()
  local path <const> = test.scratch ".svg"
  local figure = figures[1][2]()

  it("writes the document", function()
    expect(plot.save(path, figure)):equals(true)
    expect(file_bytes.read(path)):equals(figure:svg())
    expect(plot.save(path, figure, {width = 300})):equals(true)
    expect(file_bytes.read(path)):equals(figure:svg {width = 300})
    expect(io.open(path .. ".part")):is_nil()
    os.remove(path)
  end)
  it("leaves what was there when it cannot write", function()
    local folder = sys.board == "host" and "/no/such/folder/" or "/rom/"
    expect(plot.save(folder .. "x.svg", figure)):fails ""
    local open = io.open
    io.open = function(...)
      local file = open(...)
      return {
        write = function() return nil, "disk full" end,
        close = function() return file:close() end,
      }
    end
    local done, saved, why = pcall(plot.save, path, figure)
    io.open = open
    assert(done, saved)
    expect(saved):is_nil()
    expect(why):equals(path .. ": disk full")
    expect(io.open(path)):is_nil()
    expect(io.open(path .. ".part")):is_nil()
  end)
  it("takes a path and a figure alone", function()
    expect(plot.save, 3, figure):raises "#1 to 'save' (string expected, got 3)"
    expect(plot.save, path, "figure"):raises "#2 to 'save' (figure expected, got string)"
    expect(plot.save, path, plot.figure()):raises "nothing is drawn"
    expect(plot.save, path, figure, {size = 3}):raises "#3 to 'save' (no option 'size'"
  end)
end)
