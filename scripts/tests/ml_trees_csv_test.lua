-- Forests from the text that emlearn writes, and what is kept of them.
local ml, tensor, test = require "ml", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local TWO_TREES = [[
f,2
c,2
l,0
l,1
r,0
r,3
n,1,0.25,1,2
n,0,0.5,-1,-2
n,0,0.75,-2,-1
n,0,0.125,-1,1
n,1,-0.5,-2,-1
]]

describe("trees as text", function()
  it("vote for classes", function()
    local model = assert(ml.parse_trees_csv(TWO_TREES))
    expect(model.kind):equals("forest")
    expect(model.features):equals(2)
    expect(model:predict_proba(tensor.new {{1, -1}, {1, 1}, {0, 1}}) ==
           tensor.new {{0, 1}, {1, 0}, {0.5, 0.5}}):equals(true)
  end)
  it("may hold values", function()
    local model = assert(ml.parse_trees_csv "f,1\nc,0\nlf,32\nl,-1.5\nl,2.5\nr,0\nn,0,3,-1,-2\n")
    expect(model.kind):equals("forest_regressor")
    expect(model:predict(tensor.new {3})):equals(-1.5)
    expect(model:predict(tensor.new {3.5})):equals(2.5)
  end)
  it("go to a file of ours and back", function()
    local model = assert(ml.parse_trees_csv(TWO_TREES))
    local x = tensor.new {{1, -1}, {1, 1}, {0, 1}, {0.5, 0}}
    local copy = assert(ml.frombytes(ml.tobytes(model)))
    expect(copy:predict_proba(x) == model:predict_proba(x)):equals(true)
  end)
  it("name the line that loops, leads nowhere or lacks a leaf", function()
    local function message(node)
      local model, text = ml.parse_trees_csv("f,2\nc,2\nl,0\nr,0\n" .. node)
      expect(model):equals(nil)
      return text
    end
    expect(message "n,0,1,0,-1"):equals("trees: line 5: leads back to node 0")
    expect(message "n,0,1,9,-1"):equals("trees: line 5: no node 9")
    expect(message "n,0,1,-1,-2"):equals("trees: line 5: no leaf 2")
    expect(message "n,0,abc,-1,-1"):equals("trees: line 5: field 3 is no number")
  end)
  it("are not found under a wrong path", function()
    local model, text = ml.load_trees_csv "no such file.csv"
    expect(model):equals(nil)
    expect(text:find("no such file.csv", 1, true) ~= nil):equals(true)
  end)
end)

-- Samples of two classes that few trees part.
local function samples(n, dtype)
  local x, y = {}, {}
  for i = 1, n do
    x[i] = {(i * 7919) % 101 - 50, (i * 104729) % 97 - 48, (i * 31) % 89 - 44}
    y[i] = (x[i][1] * x[i][2] > x[i][3]) and 1 or 0
  end
  return tensor.new(x, dtype), tensor.new(y, "int32")
end

describe("packed trees", function()
  it("answer alike one by one and in a batch", function()
    for _, dtype in ipairs {"float32", "int16"} do
      local x, y = samples(150, dtype)
      local model = ml.forest {trees = 30, seed = 1}:fit(x, y)
      local all = model:predict_proba(x)
      for i = 1, 150, 7 do
        expect(model:predict_proba(x[i]) == all[i]):equals(true)
      end
    end
  end)
  it("take 8 bytes a split for int16 samples, 10 for float32", function()
    local x, y = samples(150, "int16")
    expect(ml.forest {trees = 5, seed = 1}:fit(x, y).nodes:dim(2)):equals(4)
    expect(ml.forest {trees = 5, seed = 1}:fit(x:astype "float32", y).nodes:dim(2)):equals(5)
  end)
  it("split int16 samples as float32 ones", function()
    local x, y = samples(150, "int16")
    local whole = ml.forest {trees = 10, seed = 1}:fit(x, y)
    local float = ml.forest {trees = 10, seed = 1}:fit(x:astype "float32", y)
    expect(whole:predict_proba(x) == float:predict_proba(x:astype "float32")):equals(true)
  end)
  it("lose little to leaves in 8 bits", function()
    local x, y = samples(150, "float32")
    local exact = ml.forest {trees = 20, depth = 4, seed = 1}:fit(x, y)
    local coded = ml.forest {trees = 20, depth = 4, seed = 1, leaves = "uint8"}:fit(x, y)
    expect(coded.bytes < exact.bytes):equals(true)
    expect((coded:predict_proba(x) - exact:predict_proba(x)):abs():max() < 0.5 / 255 + 1e-6)
        :equals(true)
  end)
end)
