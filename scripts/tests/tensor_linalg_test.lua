-- Linear algebra: NumPy's answers (tools/goldens/linalg.py), what defines each result, and
-- misuse.
local sys, tensor, test = require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local golden = assert(tensor.load(assert(sys.find "linalg_golden.npz")))
local epsilon <const> = 2^-23

-- Within a few roundings of the largest number.
local function near(got, name, roundings)
  local wanted = golden[name]
  local scale = wanted.rank == 0 and wanted:abs():max() or math.max(1e-30, wanted:abs():max())
  if type(got) == "number" then return expect(got):close(wanted:max(), 4 * epsilon * scale) end
  expect(got.dtype):equals("float32")
  expect(got:astype "float64"):close(wanted, (roundings or 4) * epsilon * scale)
end

describe("linear equations", function()
  local square, stack, spd = golden.square, golden.stack, golden.spd
  it("have NumPy's solutions", function()
    near(square:det(), "det")
    near(stack:det(), "dets")
    near(square:inv(), "inv")
    near(stack:inv(), "invs")
    near(square:solve(golden.right), "solved")
    near(square:solve(golden.vector), "solved_vector")
    near(spd:cholesky(), "cholesky")
  end)
  it("of float64 are solved to the last bits", function()
    local a = golden.square64
    expect(a:inv().dtype):equals("float64")
    expect(a:inv()):close(golden.inv64, 1e-12)
    expect(a:det()):close(golden.det64:max(), 1e-12)
    expect(a:matmul(a:inv())):close(tensor.eye(5, "float64"), 1e-13)
  end)
  it("broadcast axes in front", function()
    local b = tensor.rand({3, 4, 2}, 1)
    local x = stack:solve(b)
    expect(x.shape):equals({3, 4, 2})
    for i = 1, 3 do expect(x[i]):same_bits(stack[i]:solve(b[i])) end
    expect(stack:solve(b[1])[2]):same_bits(stack[2]:solve(b[1]))
    expect(stack:solve(b[1]:slice({}, 1))[3]):same_bits(stack[3]:solve(b[1]:slice({}, 1)))
    expect(stack[1]:solve(b).shape):equals({3, 4, 2})
  end)
  it("take integers, views and results to fill", function()
    local a = tensor.new({{4, 2}, {2, 3}}, "int8")
    expect(a:det()):equals(8.0)
    expect(a:inv()):close(tensor.new {{0.375, -0.25}, {-0.25, 0.5}})
    local view = square:transpose()
    expect(view:inv()):close(square:inv():transpose():clone(), 1e-4)
    local out = tensor.zeros {6, 6}
    expect(rawequal(square:inv(out), out)):is_true()
    expect(out):same_bits(square:inv())
    local same = square:clone()
    expect(same:inv(same)):same_bits(square:inv())
    local outs = tensor.zeros {3, 4, 4}
    expect(rawequal(stack:inv(outs), outs)):is_true()
    expect(outs):same_bits(stack:inv())
    expect(spd:cholesky(out)):same_bits(spd:cholesky())
    local scalar = tensor.zeros {}
    expect(square:det(scalar):at()):equals(square:det())
  end)
  it("of no unknowns are solved", function()
    local none = tensor.zeros {0, 0}
    expect(none:det()):equals(1.0)
    expect(none:inv().shape):equals({0, 0})
    expect(none:solve(tensor.zeros {0, 3}).shape):equals({0, 3})
    expect(tensor.zeros({2, 0, 0}):det()):equals(tensor.ones {2})
  end)
  it("that have no single solution raise and change nothing", function()
    local singular = tensor.new {{1, 2}, {2, 4}}
    expect(singular:det()):equals(0.0)
    expect(singular.inv, singular):raises "the matrix is singular"
    expect(singular.solve, singular, tensor.ones {2}):raises "the matrix is singular"
    expect(singular.cholesky, singular):raises "not positive definite"
    local both = tensor.stack {tensor.eye(2), singular}
    local out = tensor.full({2, 2, 2}, 7)
    expect(both.inv, both, out):raises "singular"
    expect(out):equals(tensor.full({2, 2, 2}, 7))
    expect(both.inv, both, both):raises "singular"
    expect(both[1]):equals(tensor.eye(2))
    local nan = tensor.full({2, 2}, 0 / 0)
    expect(nan.cholesky, nan):raises "not positive definite"
  end)
  it("name what does not fit", function()
    local a = tensor.ones {2, 3}
    expect(a.det, a):raises "square matrices expected, got shape {2, 3}"
    expect(a.inv, tensor.ones {4}):raises "square matrices expected, got shape {4}"
    expect(a.solve, tensor.eye(2), tensor.ones {3}):raises "2 rows of b expected"
    expect(a.solve, tensor.eye(2), tensor.ones {3, 2, 2}, a):raises "float32 {3, 2, 2} expected"
    expect(a.solve, tensor.ones {2, 2, 2}, tensor.ones {3, 2, 2}):raises "broadcast"
    local both = tensor.eye(4)
    expect(both.solve, both, tensor.ones {4, 4}, both):raises "shares memory"
  end)
end)

-- What makes u s vt a decomposition of a.
local function check_svd(a, u, s, vt, tolerance)
  tolerance = tolerance or 1e-6
  local k = #s
  local part = u:slice({}, {1, k}) * s
  expect(part:matmul(vt:slice {1, k})):close(a, tolerance)
  expect(u:transpose():matmul(u)):close(tensor.eye(u:dim(2), a.dtype), tolerance)
  expect(vt:matmul(vt:transpose())):close(tensor.eye(vt:dim(1), a.dtype), tolerance)
  for i = 2, k do expect(s[i] <= s[i - 1] and s[i] >= 0):is_true() end
end

describe("decompositions", function()
  local tall, wide = golden.tall, golden.wide
  it("are NumPy's but for signs", function()
    local q, r = tall:qr()
    near(q, "q")
    near(r, "r")
    for _, name in ipairs {"tall", "wide"} do
      local u, s, vt = golden[name]:svd(false)
      near(u, name .. "_u")
      near(s, name .. "_s")
      near(vt, name .. "_vt")
    end
    local w, v = golden.spd:eigh()
    near(w, "w")
    near(v, "v", 16)
  end)
  it("multiply to what they came from", function()
    for seed, shape in ipairs {{1, 1}, {2, 5}, {5, 2}, {20, 20}, {33, 7}, {3, 40}} do
      local a = tensor.randn(shape, seed):astype "float64"
      local q, r = a:qr "complete"
      expect(q:matmul(r)):close(a, 1e-13)
      expect(q:transpose():matmul(q)):close(tensor.eye(shape[1], "float64"), 1e-13)
      for i = 1, math.min(shape[1], shape[2]) do expect(r:at(i, i) >= 0):is_true() end
      expect(a:qr "r"):same_bits((select(2, a:qr())))
      local u, s, vt = a:svd()
      check_svd(a, u, s, vt, 1e-12)
      expect(u.shape[2] == shape[1] and vt.shape[1] == shape[2]):is_true()
    end
  end)
  it("of matrices without full rank have bases all the same", function()
    check_svd(tensor.zeros {3, 2}, tensor.zeros({3, 2}):svd())
    local u, s, vt = tensor.zeros({3, 2}):svd()
    expect(s):equals(tensor.zeros {2})
    local a = tensor.randn({6, 2}, 1):matmul(tensor.randn({2, 5}, 2)):astype "float64"
    u, s, vt = a:svd()
    check_svd(a, u, s, vt, 1e-12)
    expect(s[3] < 1e-6):is_true()
    local column = tensor.new {{0}, {3}, {4}}
    u, s, vt = column:svd()
    expect(u:slice({}, 1)):close(tensor.new {0, 0.6, 0.8})
    check_svd(column, u, s, vt, 1e-6)
    check_svd(tensor.full({4, 4}, 1e-30), tensor.full({4, 4}, 1e-30):svd())
    u, s, vt = (tensor.eye(2, "float64") * 1e300):svd()
    expect(s):equals(tensor.full({2}, 1e300, "float64"))
  end)
  it("of symmetric matrices have orthogonal vectors", function()
    for n = 1, 24, 5 do
      local a = tensor.randn({n, n}, n):astype "float64"
      a = a + a:transpose()
      local w, v = a:eigh()
      expect((v * w):matmul(v:transpose())):close(a, 1e-12)
      expect(v:transpose():matmul(v)):close(tensor.eye(n, "float64"), 1e-13)
      expect(w:sort()):same_bits(w)
      local lower = a:clone()
      for i = 1, n do lower[i]:slice({i, n}):fill_(0 / 0) lower[i][i] = a:at(i, i) end
      expect((lower:eigh())):same_bits(w)
    end
  end)
end)

describe("decompositions of several matrices", function()
  it("are those of each, also where results are given", function()
    local stack = golden.stack
    local q, r = stack:qr()
    local u, s, vt = stack:svd()
    local w, v = (stack + stack:transpose(2, 3)):eigh()
    for i = 1, 3 do
      local one = stack[i]:clone()
      expect(q[i]):same_bits((one:qr()))
      expect(r[i]):same_bits((select(2, one:qr())))
      expect(s[i]):same_bits((select(2, one:svd())))
      expect(vt[i]):same_bits((select(3, one:svd())))
      expect(v[i]):same_bits((select(2, (one + one:transpose()):eigh())))
    end
    local a, b, c = tensor.zeros {3, 4, 4}, tensor.zeros {3, 4}, tensor.zeros {3, 4, 4}
    local x, y, z = stack:svd(true, a, b, c)
    expect(rawequal(x, a) and rawequal(y, b) and rawequal(z, c)):is_true()
    expect(a == u and b == s and c == vt):is_true()
    x, y = stack:qr("reduced", a, c)
    expect(rawequal(x, a) and rawequal(y, c) and a == q and c == r):is_true()
    expect(stack[1]:qr("r", c[1])):same_bits(r[1])
  end)
  it("refuse what is not finite, no matrix, or shares memory", function()
    local nan = tensor.new {{1, 0}, {0 / 0, 1}}
    for _, name in ipairs {"qr", "svd", "eigh"} do
      expect(function() nan[name](nan) end):raises "the elements must be finite"
      expect(function() nan[name](tensor.ones {3}) end):raises "expected"
    end
    expect(nan.eigh, tensor.ones {2, 3}):raises "square matrices expected"
    expect(nan.qr, nan, "full"):raises "invalid option 'full'"
    expect(nan.svd, nan, 1):raises "boolean expected"
    local a = tensor.ones {2, 2}
    expect(a.qr, a, nil, a):raises "shares memory"
    expect(a.eigh, a, a[1], tensor.ones {2, 2}):raises "shares memory"
    local both = tensor.ones {2, 2}
    expect(a.svd, a, true, both, both[1], tensor.ones {2, 2}):raises "shares memory"
    local long = pcall(tensor.zeros, {1 << 40, 0}) and 1 << 40 or 1 << 20  -- by what can be counted
    expect(function() tensor.zeros({long, 0}):svd() end):raises "more elements than can be counted"
    expect(#tensor.zeros({long, 0}):qr()):equals(long)
  end)
end)

describe("least squares", function()
  it("have NumPy's answers", function()
    for _, name in ipairs {"tall", "deficient"} do
      local x, residuals, rank, s = golden[name]:lstsq(golden.target)
      near(x, name .. "_x", 16)
      expect(rank):equals(golden[name .. "_rank"]:at())
      near(s, name .. "_lstsq_s")
      if golden[name .. "_residuals"] then near(residuals, name .. "_residuals") end
    end
    near(tensor.polyfit(golden.at, golden["values"], 3), "fit")
  end)
  it("take several right sides, and wide matrices", function()
    local both = tensor.stack({golden.target, golden.target * 2}, 2)
    local x, residuals = golden.tall:lstsq(both)
    local first, distance = golden.tall:lstsq(golden.target)
    expect(x:slice({}, 1):clone()):same_bits(first)
    expect(residuals[1]):equals(distance[1])
    expect(residuals[2]):close(4 * distance[1], 1e-5)
    local wide, b = golden.wide, tensor.new {1, 2, 3}
    local shortest, _, rank = wide:lstsq(b)
    expect(rank):equals(3)
    expect(wide:matmul(shortest)):close(b, 1e-5)
    local _, _, vt = wide:svd()  -- nothing along what the matrix does not see
    expect(vt:slice({4, 5}):matmul(shortest)):close(tensor.zeros {2}, 1e-5)
    local out = tensor.zeros {4}
    expect(rawequal((golden.tall:lstsq(golden.target, nil, out)), out) and out == first):is_true()
    expect((tensor.zeros({2, 2}):lstsq(tensor.ones {2}))):equals(tensor.zeros {2})
  end)
  it("go exactly through points of their degree", function()
    local p = tensor.new({2, -1, 0.5}, "float64")
    local x = tensor.new({-1, 0, 2}, "float64")
    expect(tensor.polyfit(x, tensor.polyval(p, x), 2)):close(p, 1e-13)
    local ys = tensor.stack({x, x * x}, 2)
    expect(tensor.polyfit(x, ys, 2)):close(
      tensor.new({{0, 1}, {1, 0}, {0, 0}}, "float64"), 1e-13)
    expect(tensor.polyfit(tensor.new({1, 2, 3}, "int8"), tensor.new({2, 2, 2}, "int8"), 0)):close(
      tensor.new {2})
  end)
  it("name what does not fit", function()
    local a = golden.tall
    expect(a.lstsq, a, tensor.ones {3}):raises "shapes {m, n} and {m} or {m, k} expected"
    expect(tensor.polyfit, tensor.ones {3}, tensor.ones {2}, 1):raises "got {3} and {2}"
    expect(tensor.polyfit, tensor.ones {0}, tensor.ones {0}, 1):raises "got {0} and {0}"
    expect(tensor.polyfit, tensor.ones {3}, tensor.ones {3}, -1):raises "0 to 1048576 expected, got -1"
    expect(tensor.polyfit, tensor.new {1e30, 1}, tensor.ones {2}, 20):raises "finite"
  end)
end)

describe("products", function()
  it("outer, of vectors", function()
    local a, b = tensor.new({1, 2}, "int8"), tensor.new({100, 2, 3}, "int8")
    expect(a:outer(b)):equals(tensor.new({{100, 2, 3}, {-56, 4, 6}}, "int8"))
    expect(a:outer(b:astype "float32").dtype):equals("float32")
    expect(a.outer, a, tensor.eye(2)):raises "two vectors expected"
    expect(a.outer, a, a, tensor.zeros({2, 2})):raises "int8 {2, 2} expected as out"
  end)
  it("cross, along an axis", function()
    local x, y = tensor.new({1, 2, 3}, "int32"), tensor.new({4, 5, 6}, "int32")
    expect(x:cross(y)):equals(tensor.new({-3, 6, -3}, "int32"))
    expect(y:cross(x)):equals(tensor.new({3, -6, 3}, "int32"))
    local both = tensor.stack {x, y}
    expect(both:cross(y)):equals(tensor.new({{-3, 6, -3}, {0, 0, 0}}, "int32"))
    expect(both:transpose():cross(y:reshape(3, 1), 1):transpose():clone()):equals(both:cross(y))
    expect(x.cross, x, tensor.ones {2}):raises "broadcast"
    expect(x.cross, x, tensor.ones({1}, "int32")):raises "vectors of 3 elements expected"
    expect(x.cross, x, y, nil, x):raises "shares memory"
  end)
  it("trace, of matrices", function()
    local x = tensor.arange(12, "int32"):reshape(2, 2, 3)
    expect(x[1]:trace()):equals(4)
    expect(x:trace()):equals(tensor.new({9, 11, 13}, "int64"))
    expect(x:trace(2, 3)):equals(tensor.new({4, 16}, "int64"))
    expect(math.type(tensor.eye(3):trace())):equals("float")
    expect(x.trace, x, 2, 2):raises "two different axes"
    expect(x.trace, tensor.ones {3}):raises "rank 2 or more expected, got 1"
  end)
end)

-- Recorded on x86-64; every target and instruction set gives these.
describe("the bits of the results", function()
  local function checksum(...)
    local sum = 0
    for _, t in ipairs {...} do
      local bytes = t:tobytes()
      for i = 1, #bytes do sum = sum * 31 + bytes:byte(i) & 0xffffffff end
    end
    return sum
  end
  it("are the same everywhere", function()
    local square, tall, spd = golden.square64, golden.tall:astype "float64", golden.spd
    expect(checksum(square:inv(), square:solve(tensor.ones({5}, "float64")))):equals(1030869709)
    expect(checksum(tall:qr())):equals(3203422238)
    expect(checksum(tall:svd())):equals(1401260606)
    expect(checksum(spd:astype("float64"):eigh())):equals(3963733424)
    expect(checksum(spd:cholesky())):equals(2686599855)
    expect(checksum((tall:lstsq(golden.target)))):equals(3010068642)
    local values = golden["values"]:astype "float64"
    expect(checksum(tensor.polyfit(golden.at, values, 5))):equals(1827467347)
  end)
end)
