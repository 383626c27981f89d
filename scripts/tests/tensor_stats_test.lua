-- Quantiles, covariance, histograms, unique values, polygons and polynomials: NumPy's answers
-- (tools/goldens/linalg.py), small cases by hand, and misuse.
local sys, tensor, test = require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local golden = assert(tensor.load(assert(sys.find "stats_golden.npz")))
local methods <const> = {"linear", "lower", "higher", "midpoint", "nearest"}

local function near(got, name) expect(got:astype "float64"):close(golden[name], 1e-6) end

describe("quantiles", function()
  local cube, q = golden.cube, golden.q
  it("are NumPy's by every method, along every axis", function()
    for _, method in ipairs(methods) do
      near(cube:quantile(q, nil, method), "all_" .. method)
      for axis = 1, 3 do
        near(cube:quantile(q, axis, method), "axis" .. axis .. "_" .. method)
        local one = cube:quantile(q[2], axis, method)
        expect(one):same_bits(cube:quantile(q, axis, method)[2])
      end
    end
    for axis = 1, 3 do near(cube:median(axis), "median" .. axis) end
    expect(cube:transpose():quantile(0.3, -1)):same_bits(cube:quantile(0.3, 1):transpose():clone())
  end)
  it("of all elements are numbers", function()
    local x = tensor.new({5, 1, 4, 2}, "int8")
    expect(x:median()):equals(3.0)
    expect(x:quantile(0.75)):equals(4.25)
    expect(x:percentile(75, nil, "higher")):equals(5.0)
    expect(tensor.new({7}):percentile(33)):equals(7.0)
    expect(x:median(1).dtype):equals("float32")
    expect(tensor.new({1e308, 1.5e308}, "float64"):median()):equals(1.25e308)
    expect(tensor.new({1, 1 / 0, 1 / 0}):median()):equals(1 / 0)
    expect(tensor.new({1 / 0, 1 / 0}):quantile(0.3)):equals(1 / 0)
    expect(tostring(tensor.new({1, 0 / 0, 2}):quantile(0))):equals("nan")
  end)
  it("go to a result that is given", function()
    local out = tensor.zeros {2, 5, 3}
    local pair = tensor.new {0.25, 0.5}
    expect(rawequal(cube:quantile(pair, 1, nil, out), out)):is_true()
    expect(out[2]):same_bits(cube:median(1))
    local scalar = tensor.zeros {}
    expect(cube:median(nil, scalar):at()):equals(cube:median())
  end)
  it("name what does not fit", function()
    expect(cube.quantile, cube, 1.5):raises "0 to 1 expected, got 1.5"
    expect(cube.percentile, cube, -1):raises "0 to 100 expected, got -1.0"
    expect(cube.quantile, cube, 0 / 0):raises "0 to 1 expected"
    expect(cube.quantile, cube, tensor.new {0.5, 2}):raises "0 to 1 expected, got 2.0"
    expect(cube.quantile, cube, tensor.eye(2)):raises "number or rank 1 expected, got rank 2"
    expect(cube.quantile, cube, 0.5, 4):raises "axis 4 out of range"
    expect(cube.quantile, cube, 0.5, 1, "cubic"):raises "invalid option 'cubic'"
    expect(cube.median, tensor.zeros {0}):raises "no elements to choose from"
    expect(tensor.zeros({0, 3}):median(2).shape):equals({0})
    expect(cube.median, cube, 1, cube[1]):raises "shares memory"
    local deep = tensor.zeros {1, 1, 1, 1, 1, 1}
    expect(deep:quantile(tensor.zeros {2}, 1).shape):equals({2, 1, 1, 1, 1, 1})
  end)
end)

describe("covariance", function()
  it("is NumPy's", function()
    near(golden.rows:cov(), "cov")
    near(golden.rows:cov(0), "cov0")
    near(golden.rows:corrcoef(), "corrcoef")
    local x = tensor.new({1, 2, 4}, "int8")
    expect(x:cov()):close(7 / 3)
    expect(x:cov(0)):close(14 / 9)
    expect(x:corrcoef()):equals(1.0)
    local out = tensor.zeros {4, 4}
    expect(rawequal(golden.rows:cov(1, out), out) and out == golden.rows:cov()):is_true()
    expect(golden.rows:cov():transpose():clone()):same_bits(golden.rows:cov())
  end)
  it("names what does not fit", function()
    local x = golden.rows
    expect(x.cov, tensor.ones {1}):raises "1 observations are too few for ddof 1"
    expect(x.corrcoef, tensor.ones {2, 0}):raises "0 observations are too few for ddof 0"
    expect(x.cov, tensor.ones {2, 2, 2}):raises "rank 1 or 2 expected, got 3"
    local square = tensor.eye(3)
    expect(x.cov, square, 1, square):raises "shares memory"
    expect(tostring(tensor.ones({2, 3}):corrcoef():at(1, 2))):equals("nan")
  end)
end)

describe("a histogram", function()
  local few = golden.few
  it("is NumPy's", function()
    for _, bins in ipairs {1, 7, 10} do
      local counts, edges = few:histogram(bins)
      expect(counts):equals(golden["counts" .. bins])
      near(edges, "edges" .. bins)
    end
    expect((few:histogram())):equals(golden.counts10)
    expect((few:histogram(4, {-1, 1}))):equals(golden.counts_ranged)
    local counts, edges = few:histogram(golden.own_edges)
    expect(counts):equals(golden.counts_own)
    expect(edges):equals(golden.own_edges)
  end)
  it("counts by the edges it returns", function()
    local x = tensor.rand({1000}, 3)
    local counts, edges = x:histogram(13)
    for i = 1, 13 do
      local inside = x:ge(edges[i]) & (i < 13 and x:lt(edges[i + 1]) or x:le(edges[14]))
      expect(counts[i]):equals(inside:astype("int32"):sum())
    end
    expect(counts:sum()):equals(1000)
  end)
  it("knows odd ranges and integers", function()
    local counts, edges = tensor.new({3, 3}, "int8"):histogram(2)
    expect(counts):equals(tensor.new({0, 2}, "int64"))
    expect(edges):equals(tensor.new {2.5, 3, 3.5})
    counts, edges = tensor.zeros({0}):histogram(2)
    expect(edges):equals(tensor.new {0, 0.5, 1})
    expect(counts:sum()):equals(0)
    counts, edges = tensor.new({0, (1 << 24) + 1}, "int32"):histogram(2)
    expect(edges.dtype):equals("float64")
    expect(counts):equals(tensor.new({1, 1}, "int64"))
    expect((tensor.new({0 / 0, 1, 5}):histogram(1, {0, 2}))):equals(tensor.new({1}, "int64"))
  end)
  it("names what does not fit", function()
    expect(few.histogram, tensor.new {1, 0 / 0}):raises "give a finite range"
    expect(few.histogram, tensor.new {1, 1 / 0}):raises "give a finite range"
    expect(few.histogram, few, 0):raises "1 to 1073741824 bins expected, got 0"
    expect(few.histogram, few, 3, {2, 1}):raises "two finite numbers in this order"
    expect(few.histogram, few, 3, {"1", 2}):raises "two finite numbers in this order"
    expect(few.histogram, few, tensor.new {1, 0}):raises "edges must increase"
    expect(few.histogram, few, tensor.new {1}):raises "at least two edges"
    expect(few.histogram, few, tensor.new {1, 2}, {0, 1}):raises "a range goes with a number of bins"
    expect(few.histogram, few, 10, {1, 1 + 2^-23}):raises "too narrow for float32"
  end)
end)

describe("unique values", function()
  local few = golden.few
  it("are NumPy's", function()
    local values, counts, inverse, first = few:unique("counts", "inverse", "first")
    expect(values):equals(golden.unique)
    expect(counts:astype "int64"):equals(golden.unique_counts)
    expect(inverse:astype "int64"):equals(golden.inverse)
    expect(first:astype "int64"):equals(golden.first)
    expect(values:gather(1, inverse)):equals(few)
  end)
  it("come in the order asked for, of any shape and dtype", function()
    local x = tensor.new({{3, -1}, {3, 7}}, "int16")
    local values, inverse, counts = x:unique("inverse", "counts")
    expect(values):equals(tensor.new({-1, 3, 7}, "int16"))
    expect(inverse):equals(tensor.new({{2, 1}, {2, 3}}, "int32"))
    expect(counts):equals(tensor.new({1, 2, 1}, "int32"))
    expect(tensor.new({true, false, true}):unique()):equals(tensor.new {false, true})
    expect(#tensor.new({0 / 0, 1, 0 / 0, -0.0, 0.0}):unique()):equals(3)
    expect(#tensor.zeros({0, 4}):unique()):equals(0)
    expect(tensor.full({}, 5):unique()):equals(tensor.new {5})
    expect(x.unique, x, "count"):raises "invalid option 'count'"
    expect(x.unique, x, "counts", "counts"):raises "given already"
  end)
end)

describe("a polygon", function()
  local xp, fp = golden.xp, golden.fp
  it("is NumPy's", function()
    near(tensor.interp(golden.cube, xp:astype "float32", fp:astype "float32"), "interp")
    near(tensor.interp(golden.cube, xp, fp, -9, 9), "interp_ends")
    expect(tensor.interp(0.25, xp, fp)):equals(1.5)
    expect(tensor.interp(-5, xp, fp, -9)):equals(-9.0)
    expect(tostring(tensor.interp(0 / 0, xp, fp))):equals("nan")
    expect(tensor.interp(golden.cube, xp, fp).dtype):equals("float64")
    expect(tensor.interp(tensor.new({0, 2}, "int8"), tensor.arange(3), tensor.new {1, 2, 4})):equals(
      tensor.new {1, 4})
    local jump = tensor.new {0, 1, 1, 2}
    expect(tensor.interp(1, jump, tensor.new {0, 1, 5, 6})):equals(5.0)
    expect(tensor.interp(1.5, tensor.new {1, 2}, tensor.new {1 / 0, 1 / 0})):equals(1 / 0)
    local x = tensor.new {0.5, 1.5}
    expect(rawequal(tensor.interp(x, jump, jump, nil, nil, x), x)):is_true()
  end)
  it("names what does not fit", function()
    local two = tensor.ones {2}
    expect(tensor.interp, 1, tensor.new {2, 1}, two):raises "xp must increase, 2 is followed by 1"
    expect(tensor.interp, 1, tensor.new {0, 0 / 0}, two):raises "xp must increase"
    expect(tensor.interp, 1, tensor.zeros {0}, tensor.zeros {0}):raises "no points to go through"
    expect(tensor.interp, 1, tensor.zeros {3}, two):raises "one length expected, got {3} and {2}"
    expect(tensor.interp, 1, tensor.eye(2), two):raises "rank 1 expected, got 2"
    expect(tensor.interp, "1", two, two):raises "tensor or number expected, got string"
  end)
end)

describe("a polynomial", function()
  it("is NumPy's to the last bit", function()
    expect(tensor.polyval(golden.p, golden.cube)):same_bits(golden.polyval)
    expect(golden.cube:cross(golden.cube[1])):same_bits(golden.cross)
    expect(tensor.polyval(tensor.new({1, 1}, "int8"), tensor.new({100, 127}, "int8"))):equals(
      tensor.new({101, -128}, "int8"))
    expect(tensor.polyval(tensor.zeros {0}, 3)):equals(0.0)
    expect(tensor.polyval(tensor.new {1, 2}, 0.5)):equals(2.5)
    local x = tensor.new {1, 2}
    expect(tensor.polyval, x, x, x):raises "shares memory"
    expect(tensor.polyval, tensor.eye(2), x):raises "rank 1 expected, got 2"
  end)
end)
