-- The pictures that `moonlet model graph` draws.

local nn, sys, test = require "nn", require "sys", require "test"
local graph, layout, line = require "model.graph", require "model.layout", require "model.line"
local describe, it, expect = test.describe, test.it, test.expect

local digits = assert(sys.find "digits.tflite")

-- What nn.analyze could tell of a model whose operators read tensors: operator i, row i of `reads`,
-- makes tensor i + 1; tensor 1 is the input, the last one the output.
local function analysis_of(reads)
  local function row(index)
    return {
      index = index, name = "t<" .. index .. ">", dtype = "int8", shape = {1, 4 * index},
      bytes = 4 * index, scale = 0.5, zero_point = index,
    }
  end
  local operators, memory = {}, {}
  for i, list in ipairs(reads) do
    local inputs = {}
    for k, tensor in ipairs(list) do inputs[k] = row(tensor) end
    operators[i] = {
      index = i, time = i, name = "ADD", macs = 1000 * i, weights = 0, ram = 100 + 10 * i,
      inputs = inputs, outputs = {row(i + 1)}, runs_on = "cpu",
      becomes = i == 2 and "nothing to copy" or nil,
    }
    memory[i] = {tensor = i + 1, offset = 16 * (i % 3), bytes = 16, first = i, last = i + 1}
  end
  return {
    name = "made.tflite", macs = 6000, weights = 0, ram = 400, arena = 48, arena_bound = 48,
    inputs = {row(1)}, outputs = {row(#reads + 1)}, operators = operators, memory = memory,
    unsupported = {},
  }
end

local DIAMOND <const> = {{1, 1}, {2}, {2}, {3, 4}}

local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

-- Every element that is opened is closed, in order.
local function check_elements(xml)
  local open = {}
  for closing, name, rest in xml:gmatch "<(/?)(%a[%w]*)([^>]*)>" do
    if closing == "/" then
      expect(table.remove(open)):equals(name)
    elseif rest:sub(-1) ~= "/" and name ~= "meta" then
      open[#open + 1] = name
    end
  end
  expect(#open):equals(0)
end

describe("a graph", function()
  it("has a box for each operator, input and output, and an edge for who reads whom", function()
    local boxes, edges = graph.of(analysis_of(DIAMOND))
    expect(#boxes):equals(6)
    expect(#edges):equals(6)
    expect(#edges[1].tensors):equals(2)
    expect(boxes[3].note):equals "nothing to copy"
  end)
  it("puts every box below what it reads, none over another", function()
    local random = {}
    for i = 1, 60 do random[i] = {math.max(1, i - i % 7), math.max(1, i // 2), i} end
    for _, reads in ipairs {DIAMOND, random, {{1}}} do
      local boxes, edges = graph.of(analysis_of(reads))
      for _, box in ipairs(boxes) do box.width, box.height = 100, 40 end
      local width, height = layout.place(boxes, edges)
      for i, a in ipairs(boxes) do
        assert(a.x >= 50 and a.x <= width - 50 and a.y >= 20 and a.y <= height - 20, i)
        for k = 1, i - 1 do
          local b = boxes[k]
          assert(math.abs(a.x - b.x) >= 100 or math.abs(a.y - b.y) >= 40, i .. " over " .. k)
        end
      end
      for _, edge in ipairs(edges) do
        assert(edge.to.column > edge.from.column or edge.to.y > edge.from.y)
      end
    end
  end)
  it("of a long chain goes on in further columns", function()
    local chain = {}
    for i = 1, 70 do chain[i] = {i} end
    local boxes, edges = graph.of(analysis_of(chain))
    for _, box in ipairs(boxes) do box.width, box.height = 200, 70 end
    local width, height, columns = layout.place(boxes, edges)
    assert(#columns > 3 and height < 2 * width and width < 2 * height, width .. " x " .. height)
  end)
end)

describe("a picture", function()
  -- Of a table, so that the same is drawn on every machine.
  test.each({{"svg"}, {"dot"}, {"text"}}, "has the same bytes everywhere: %s", function(format)
    local picture = require("model.graph_" .. format)(analysis_of(DIAMOND))
    expect(picture):matches(test.golden(format))
  end)
  it("is well-formed, tells all of an operator, and needs nothing else", function()
    for _, format in ipairs {"svg", "html"} do
      local picture = require("model.graph_" .. format)(nn.analyze(digits))
      check_elements(picture)
      expect(picture):matches "CONV_2D"
      expect(picture):matches "scale %S+, zero point"
      expect(count(picture, "https?:")):equals(1)  -- the name of SVG's language
      expect(count(picture, "<script")):equals(0)
    end
  end)
  it("escapes names", function()
    local analysis = analysis_of(DIAMOND)
    analysis.name = [[a "<b>" & \c]]
    expect(require "model.graph_svg"(analysis)):matches "a &quot;&lt;b&gt;&quot; &amp; \\c"
    expect(require "model.graph_dot"(analysis)):matches [[a \"<b>\" & \\c]]
  end)
  it("tells what cannot run", function()
    local analysis = analysis_of(DIAMOND)
    analysis.operators[1].reason = "operator 1 ADD: no such type"
    for _, format in ipairs {"svg", "dot", "text", "html"} do
      expect(require("model.graph_" .. format)(analysis)):matches "cannot run"
    end
  end)
  it("shows each tensor of the arena where it lies, each operator's share of the bound", function()
    local analysis = nn.analyze(digits)
    local strip = require "model.graph_memory"(analysis, 720)
    local blocks = 0
    for _, row in ipairs(analysis.memory) do
      if not row.within then blocks = blocks + 1 end
      assert(row.offset + row.bytes <= analysis.arena and row.first <= row.last)
    end
    expect(count(strip, 'class="block')):equals(blocks)
    expect(count(strip, 'class="live"')):equals(#analysis.operators)
  end)
end)

describe("the command", function()
  it("writes the format that its name or an option tells", function()
    local name = test.scratch ".dot"
    local options = assert(line.parse {"graph", digits, "-o", name})
    expect(select(2, graph.run(options))):matches "%.dot: [%d,]+ bytes$"
    local file <close> = assert(io.open(name))
    expect(file:read "l"):equals 'digraph "digits.tflite" {'
    os.remove(name)
    expect(select(2, graph.run(line.parse {"graph", digits, "--svg"}))):matches "^<svg "
    expect(select(2, graph.run(line.parse {"graph", digits}))):matches "activations, bound"
  end)
  it("refuses what makes no sense", function()
    expect(line.parse {"graph", digits, "--svg", "--dot"}):fails "--svg or --dot, not both"
    expect(line.parse {"graph", digits, "-o", "x.png"}):fails "x.png: --svg, --dot or --html"
    expect(line.parse {"graph"}):fails "FILE expected"
    expect(line.parse {"diff", digits}):fails "OTHER expected"
    expect(function() graph.run {model = "no such file"} end):raises "no such file"
  end)
end)
