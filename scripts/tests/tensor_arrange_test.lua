-- Elements moved, repeated and picked by position, with NumPy's answers.
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local function int(values) return tensor.new(values, "int32") end
local x = int {{1, 2, 3}, {4, 5, 6}}

describe("flip and roll", function()
  it("turn axes round as a view", function()
    expect(x:flip()):equals(int {{6, 5, 4}, {3, 2, 1}})
    expect(x:flip(1)):equals(int {{4, 5, 6}, {1, 2, 3}})
    expect(x:flip(-1)):equals(int {{3, 2, 1}, {6, 5, 4}})
    expect(x:flip(1, 1)):equals(x)
    local y = x:clone()
    y:flip(2)[1] = int {9, 8, 7}
    expect(y[1]):equals(int {7, 8, 9})
    expect(tensor.zeros({0, 2}):flip().shape):equals({0, 2})
  end)
  it("move elements round the end", function()
    expect(x[1]:roll(1)):equals(int {3, 1, 2})
    expect(x:roll(-1, 2)):equals(int {{2, 3, 1}, {5, 6, 4}})
    expect(x:roll(math.maxinteger, 1)):equals(int {{4, 5, 6}, {1, 2, 3}})
    expect(function() x:roll(1) end):raises "number expected, got no value"
    expect(function() x:roll(1, 1, x) end):raises "shares memory"
  end)
end)

describe("copies", function()
  it("stand side by side", function()
    expect(x[1]:tile(2)):equals(int {1, 2, 3, 1, 2, 3})
    expect(x:tile {2, 1}):equals(tensor.concat {x, x})
    expect(x:tile(2)):equals(tensor.concat({x, x}, 2))
    expect(x[1]:tile({2, 2}).shape):equals({2, 6})
    expect(x:tile(0).shape):equals({2, 0})
    expect(function() x:tile {1, -1} end):raises "item 2: a number of copies expected, got -1"
    expect(function() x:tile {1 << 30, 1 << 30, 1 << 30} end):raises "more elements than can be counted"
  end)
  it("stand one behind the other", function()
    expect(x[1]:repeat_each(2)):equals(int {1, 1, 2, 2, 3, 3})
    expect(x:repeat_each(2, 1)):equals(int {{1, 2, 3}, {1, 2, 3}, {4, 5, 6}, {4, 5, 6}})
    expect(x:repeat_each(0, 2).shape):equals({2, 0})
    expect(function() x:repeat_each(-1, 1) end):raises "expected, got -1"
  end)
end)

describe("running sums and differences", function()
  it("go along an axis", function()
    expect(x:cumsum(1)):equals(tensor.new({{1, 2, 3}, {5, 7, 9}}, "int64"))
    expect(x:cumprod(2)):equals(tensor.new({{1, 2, 6}, {4, 20, 120}}, "int64"))
    expect(tensor.new({0.5, 0.25}):cumsum()):equals(tensor.new {0.5, 0.75})
    expect(function() x:cumsum() end):raises "number expected, got no value"
    local y = tensor.new {1, 2, 3}
    expect(rawequal(y:cumsum(1, y), y)):is_true()
    expect(y[3]):equals(6)
  end)
  it("undo each other", function()
    local y = tensor.new {3, 1, 4, 1, 5}
    expect(y:cumsum():diff()):equals(y:slice {2, -1})
    expect(x:diff(1)):equals(int {{3, 3, 3}})
    expect(x:diff()):equals(int {{1, 1}, {1, 1}})
    expect(#tensor.zeros({1}):diff()):equals(0)
    expect(function() tensor.new({true, false}):diff() end):raises "bool"
  end)
end)

describe("positions", function()
  it("pick and place along an axis", function()
    local order = x[1]:argsort(true)
    expect(x[1]:gather(1, order)):equals(int {3, 2, 1})
    expect(x:gather(2, int {{1, -1}, {2, 2}})):equals(int {{1, 3}, {5, 5}})
    expect(tensor.zeros({3}):scatter_(1, int {1, -1, 1}, tensor.new {7, 8, 9})):equals(
      tensor.new {9, 0, 8})
    expect(tensor.zeros({2, 2}, "int8"):scatter_(2, int {{1}, {2}}, 5)):equals(
      tensor.new({{5, 0}, {0, 5}}, "int8"))
  end)
  it("take parts along an axis", function()
    local rows = int {{1, 2}, {3, 4}, {5, 6}}
    expect(rows:take(int {3, 1, -1})):equals(int {{5, 6}, {1, 2}, {5, 6}})
    expect(rows:take(int {2}, 2)):equals(int {{2}, {4}, {6}})
    expect(rows:transpose():take(int {3, 3}, -1)):equals(int {{5, 5}, {6, 6}})
    expect(tensor.new({true, false}):take(int {2, 1})):equals(tensor.new {false, true})
    expect(rows:take(tensor.zeros({0}, "int32")).shape):equals {0, 2}
    local out = tensor.zeros({1, 2}, "int32")
    expect(rawequal(rows:take(int {2}, 1, out), out)):is_true()
    expect(out):equals(int {{3, 4}})
    expect(function() rows:take(int {4}) end):raises "position 4 out of range (length 3)"
    expect(function() rows:take(int {{1}}) end):raises "rank 1 expected, got 2"
    expect(function() rows:take(int {1}, 3) end):raises "bad argument #2 to 'take'"
  end)
  it("are checked before anything is written", function()
    local y = tensor.zeros {3}
    expect(function() y:scatter_(1, int {1, 4}, 1) end):raises "position 4 out of range (length 3)"
    expect(function() y:scatter_(1, int {1, 0}, 1) end):raises "position 0 out of range (length 3)"
    expect(function() y:gather(1, tensor.new {1}) end):raises "positions are float32"
    expect(y):equals(tensor.zeros {3})
  end)
  it("of what is not zero", function()
    expect(int({{0, 2}, {3, 0}}):nonzero()):equals(int {{1, 2}, {2, 1}})
    expect(tensor.zeros({2}):nonzero().shape):equals({0, 1})
  end)
  it("make rows with a single one", function()
    expect(int({2, 3}):one_hot(3)):equals(tensor.new {{0, 1, 0}, {0, 0, 1}})
    expect(tensor.new({{1}}, "uint8"):one_hot(1).shape):equals({1, 1, 1})
    expect(function() int({4}):one_hot(3) end):raises "position 4 out of range (length 3)"
    expect(int({2, 3}):one_hot(3):argmax(2)):equals(int {2, 3})
  end)
end)

describe("a grid", function()
  it("has coordinates as NumPy gives them", function()
    local a, b = tensor.meshgrid(tensor.arange(3), tensor.new({7, 8}, "int8"))
    expect(a):equals(tensor.new {{0, 1, 2}, {0, 1, 2}})
    expect(b):equals(tensor.new({{7, 7, 7}, {8, 8, 8}}, "int8"))
    local p, q, r = tensor.meshgrid(tensor.arange(2), tensor.arange(3), tensor.arange(4))
    expect(p.shape):equals({3, 2, 4})
    expect(r:at(1, 1, 4)):equals(3)
    expect(q:at(3, 1, 1)):equals(2)
    expect(function() tensor.meshgrid(x) end):raises "rank 1 expected, got 2"
  end)
  it("has a diagonal", function()
    expect(x:diagonal()):equals(int {1, 5})
    expect(tensor.zeros({2, 3, 4}):diagonal(1, 3).shape):equals({3, 2})
    expect(function() x[1]:diagonal() end):raises "rank 2 or more expected, got 1"
  end)
end)
