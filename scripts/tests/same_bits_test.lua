-- One script, one answer: checksums of what scripts compute and print, the same on every
-- target. same_bits_golden.lua holds them as the host gave them; to take them anew:
--
--   moonlet scripts/tests/same_bits_test.lua record > scripts/tests/same_bits_golden.lua

local sys, tensor, test = require "sys", require "tensor", require "test"

local recording <const> = ... == "record"
local golden = recording and {} or require "same_bits_golden"
local all = 0  -- the checksum of everything
local COUNT <const> = 10000

-- A case: the text that `compute` gives is the recorded one.
local function same(name, compute)
  local function check()
    local text = compute()
    all = sys.crc32(name .. text, all)
    if recording then return print(("  [%q] = %q,"):format(name, text)) end
    test.expect(text):equals(golden[name])
  end
  if recording then check() else test.it(name, check) end
end

local function describe(name, cases)
  if recording then cases() else test.describe(name, cases) end
end

-- A checksum that grows by texts and by the bits of numbers, whatever their text.
local function new_sum()
  local crc, count = 0, 0
  local sum = {}
  local function grow(text) crc, count = sys.crc32(text, crc), count + 1 end
  function sum.add(...)
    for i = 1, select("#", ...) do grow(tostring((select(i, ...))) .. "\0") end
  end
  function sum.add_bits(...)
    for i = 1, select("#", ...) do
      local value = select(i, ...)
      local kind = math.type(value)
      grow(kind == "integer" and string.pack("<i8", value) or value ~= value and "nan"
        or kind == "float" and string.pack("<d", value) or tostring(value))
    end
  end
  function sum.text() return ("%d values, %08x"):format(count, crc) end
  return sum
end

-- Numbers of a linear congruential generator (Knuth's MMIX), folded.
local function generator(seed)
  local state = seed
  return function()
    state = state * 6364136223846793005 + 1442695040888963407
    return state ~ state >> 29
  end
end

-- Floats of every size: the odd ones, any bits, ordinary ones, whole numbers.
local odd <const> = {0.0, -0.0, 1 / 0, -1 / 0, 0 / 0, 2 ^ -1074, -2 ^ -1022, 2 ^ 53, 1e308, 0.5, 1, -1}
local function arguments(seed)
  local next_bits, list = generator(seed), {}
  for i = 1, COUNT do
    local bits = next_bits()
    if i <= #odd then
      list[i] = odd[i]
    elseif i % 4 == 0 then
      list[i] = string.unpack("<d", string.pack("<i8", bits))
    elseif i % 4 == 1 then
      list[i] = (bits >> 11) / 2 ^ 50 - 4
    elseif i % 4 == 2 then
      list[i] = (bits >> 11) / 2 ^ 43 - 512
    else
      list[i] = (bits >> 56) - 128.0
    end
  end
  return list
end

describe("numbers", function()
  local xs, ys = arguments(1), arguments(2)
  local function of(name, f)
    same(name, function()
      local sum = new_sum()
      for i = 1, COUNT do sum.add_bits(f(xs[i], ys[i])) end
      return sum.text()
    end)
  end
  for _, name in ipairs {"sin", "cos", "tan", "asin", "acos", "atan", "exp", "sqrt", "floor", "ceil",
      "abs", "deg", "rad", "modf", "tointeger", "type", "fmod", "max", "min"} do
    of("math." .. name, math[name])
  end
  of("math.atan of one", function(x) return math.atan(x) end)
  of("math.log", function(x, y) return math.log(x), math.log(x, 2), math.log(x, 10), math.log(x, y) end)
  of("x ^ y", function(x, y) return x ^ y, x ^ 2, x ^ 0.5 end)
  of("x % y and x // y", function(x, y) return x % y, x // y end)
  of("+ - * /", function(x, y) return x + y, x - y, x * y, x / y end)
  of("< <= ==", function(x, y) return x < y, x <= y, x == y end)

  same("integers", function()
    local sum, bits = new_sum(), generator(3)
    for _ = 1, COUNT do
      local a, b = bits(), bits() >> (bits() & 63) | 1
      sum.add_bits(a + b, a * b, a // b, a % b, math.fmod(a, b), a & b, a ~ b, a << (b & 127),
        a >> (b & 63), -a, math.ult(a, b), a / b, math.abs(a), a < b + 0.5, a == b + 0.0)
    end
    return sum.text()
  end)
  same("the random generator", function()
    local sum = new_sum()
    math.randomseed(42)
    for _ = 1, COUNT do sum.add_bits(math.random(), math.random(1000), math.random(0)) end
    return sum.text()
  end)
end)

describe("texts", function()
  local xs = arguments(4)
  for _, format in ipairs {"%.14g", "%.17g", "%g", "%a", "%q", "%.3f", "%+12.5e", "%.99f", "%-20.7A|"} do
    same(format, function()
      local sum = new_sum()
      for i = 1, COUNT do sum.add(string.format(format, xs[i])) end
      return sum.text()
    end)
  end
  same("tostring and ..", function()
    local sum, bits = new_sum(), generator(5)
    for i = 1, COUNT do sum.add(tostring(xs[i]), xs[i] .. "", bits(), xs[i] // 1) end
    return sum.text()
  end)
  same("formats of integers", function()
    local sum, bits = new_sum(), generator(6)
    for _ = 1, COUNT do
      local n = bits()
      sum.add(("%d %i %x %X %o %5d|%-5d|%+d|% d|%q"):format(n, n, n, n, n, n, n, n, n, n))
    end
    return sum.text()
  end)
  same("texts that become the numbers they were", function()
    local good = 0
    for i = 1, COUNT do
      local x = xs[i]
      local seventeen = x == x and math.abs(x) < 1 / 0
      if (not seventeen or tonumber(("%.17g"):format(x)) == x and tonumber(("%a"):format(x)) == x)
          and (x ~= x or load("return " .. ("%q"):format(x))() == x) then
        good = good + 1
      end
    end
    return good .. " good"
  end)
  same("texts read", function()
    local sum, bits = new_sum(), generator(7)
    for _ = 1, COUNT do
      local digits = ("%d"):format(bits() & 0x7FFFFFFFFFFFFFFF)
      local at = (bits() & 15) % #digits + 1
      local exponent = (bits() & 1023) - 600
      sum.add_bits(tonumber(digits:sub(1, at) .. "." .. digits:sub(at + 1) .. "e" .. exponent),
        tonumber("0x" .. digits:sub(1, at) .. "." .. digits .. "p" .. exponent))
    end
    return sum.text()
  end)
  same("what is no number, and both zeros", function()
    return ("%g %g %g %g %g "):format(0 / 0, -(0 / 0), 1 / 0, -1 / 0, -0.0)
      .. tostring(0 / 0) .. tostring(-(0 / 0)) .. -0.0
      .. (" %q %q %q "):format(0 / 0, 1 / 0, -1 / 0) .. ("%a %a"):format(-0.0, 2 ^ -1074)
  end)
end)

describe("orders", function()
  same("pairs over names, numbers and booleans", function()
    local sum, bits, keys = new_sum(), generator(8), {}
    for i = 1, 500 do
      keys["name" .. (bits() & 0xFFFF)] = i
      keys[bits() >> 40] = i
      keys[(bits() >> 40) / 7] = i
      keys[i] = i
    end
    keys[true], keys[false] = 1, 2
    for key, value in pairs(keys) do sum.add(key, value) end
    for i = 1, 250 do keys[i] = nil end
    for key in pairs(keys) do sum.add(key) end
    return sum.text()
  end)
  same("table.sort with equal keys", function()
    local sum, bits, list = new_sum(), generator(9), {}
    for i = 1, 2000 do list[i] = {key = bits() & 15, number = i} end
    table.sort(list, function(a, b) return a.key < b.key end)
    for _, item in ipairs(list) do sum.add(item.key, item.number) end
    return sum.text()
  end)
  same("strings", function()
    local sum, bits, list = new_sum(), generator(10), {}
    for i = 1, 1000 do list[i] = string.pack("<i8", bits()):sub(1, 1 + i % 8) end
    table.sort(list)
    for _, text in ipairs(list) do sum.add(text) end
    return sum.text()
  end)
end)

describe("the depth at which recursion fails", function()
  -- Nests until an error comes; gives how deep that was, and its first line. A coroutine has a
  -- stack of its own, but counts the C calls around it: those of whoever runs this file.
  local function depth_of(nest)
    local depth = 0
    local function deeper()
      depth = depth + 1
      return nest(deeper)
    end
    local _, message = coroutine.resume(coroutine.create(deeper))
    return depth, tostring(message):match "^[^\n]*":match "[^:]*$"
  end
  local function protected(deeper) error(select(2, pcall(deeper)), 0) end
  local function by(name, nest)
    same("by " .. name, function()
      local depth, message = depth_of(nest)
      if message:find "C stack" then
        return ("%+d from pcall's: %s"):format(depth - depth_of(protected), message)
      end
      return ("%d: %s"):format(depth, message)
    end)
  end
  local function with(event, handler) return setmetatable({}, {[event] = handler}) end
  by("calls", function(deeper) return 1 + deeper() end)
  same("by pcall", function()
    local depth, message = depth_of(protected)
    assert(depth > 180 and depth < 200, depth)
    if not recording then print(("pcall nests %d deep in this file"):format(depth)) end
    return message
  end)
  by("xpcall", function(deeper)
    error(select(2, xpcall(deeper, function(message) return message end)), 0)
  end)
  by("gsub", function(deeper) return (("x"):gsub("x", deeper)) end)
  by("sort", function(deeper) return table.sort({1, 2, 3}, deeper) end)
  by("tostring", function(deeper) return tostring(with("__tostring", deeper)) end)
  by("__index", function(deeper) return with("__index", deeper).x end)
  by("__concat", function(deeper) return with("__concat", deeper) .. "" end)
  by("__close", function(deeper)
    local guard <close> = with("__close", deeper)
    return guard
  end)
  by("coroutine.wrap", function(deeper) return coroutine.wrap(deeper)() end)
  by("load", function(deeper) return assert(load(function() return deeper() end)) end)
  by("string.format", function(deeper) return ("%s"):format(with("__tostring", deeper)) end)
  by("table.concat", function(deeper) return table.concat(with("__index", deeper), "", 1, 2) end)

  same("of the compiler", function()
    local depths = {}
    for _, text in ipairs {"(", "{", "-", "not ", "a[", "1 ..", "1^", "f{"} do
      local deepest = 0
      for n = 1, 300 do
        local _, message = load("return " .. text:rep(n))
        if message and (message:find "overflow" or message:find "levels") then break end
        deepest = n
      end
      depths[#depths + 1] = text .. (deepest == 300 and "any" or deepest - depth_of(protected))
    end
    return table.concat(depths, " ")
  end)
  same("of an __index chain", function()
    local chain, length = {}, 0
    repeat
      chain, length = setmetatable({}, {__index = chain}), length + 1
    until not pcall(function() return chain.x end)
    return tostring(length)
  end)
  same("of a pattern", function()
    local text, length = ("x"):rep(300), 0
    repeat
      length = length + 1
    until length == 300 or not pcall(string.find, text, ("x?"):rep(length))
    return tostring(length)
  end)
end)

describe("tensors", function()
  local dtypes <const> = {"float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32",
    "int64", "bool"}
  -- `count` elements of any bits; float32 ones avoid the binade of docs/floats.md's corner.
  local function noise(dtype, count, seed)
    local next_bits, bytes = generator(seed), {}
    for i = 1, count do bytes[i] = string.pack("<i8", next_bits()) end
    local width = #tensor.zeros({1}, dtype):tobytes()
    if dtype == "bool" then return noise("uint8", count, seed):lt(128) end
    for i = 1, count do bytes[i] = bytes[i]:sub(1, width) end
    return tensor.frombytes(table.concat(bytes), dtype, {count})
  end
  local function hash(...)
    local crc = 0
    for i = 1, select("#", ...) do
      local value = select(i, ...)
      crc = sys.crc32(type(value) == "userdata" and value:tobytes()
        or math.type(value) == "float" and (value ~= value and "nan" or string.pack("<d", value))
        or tostring(value), crc)
    end
    return ("%08x"):format(crc)
  end
  local ordinary = tensor.rand({COUNT}, "float32", 11) * 16 - 8
  local tiny = noise("int32", COUNT, 12) % 0x00FFFFFF
  tiny = tensor.frombytes((tiny):tobytes(), "float32", {COUNT})  -- denormals, and the lowest normal

  for _, dtype in ipairs(dtypes) do
    same("tostring of " .. dtype, function()
      local t = noise(dtype, 60, 13)
      return hash(tostring(t), tostring(t:reshape({3, 4, 5})), tostring(t[1]))
    end)
  end
  local unary <const> = {"neg", "abs", "exp", "log", "sqrt", "sin", "cos", "tanh", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "asinh", "acosh", "atanh", "expm1", "log1p", "log2", "log10", "cbrt", "erf",
    "round", "floor", "ceil", "trunc", "sign"}
  for _, dtype in ipairs {"float32", "float64"} do
    local any, mild = noise(dtype, COUNT, 14), ordinary:astype(dtype)
    for _, name in ipairs(unary) do
      same(dtype .. ":" .. name, function()
        return hash(any[name](any), mild[name](mild), tiny:astype(dtype)[name](tiny:astype(dtype)))
      end)
    end
  end
  for _, dtype in ipairs(dtypes) do
    if dtype ~= "bool" then
      local a, b = noise(dtype, COUNT, 15), noise(dtype, COUNT, 16)
      if dtype == "float32" then a, b = ordinary, noise("int8", COUNT, 16):astype "float32" / 64 + 0.01 end
      local divisor = b:eq(0):astype(dtype) + b
      same(dtype .. " with " .. dtype, function()
        return hash(a + b, a - b, a * b, a / divisor, a // divisor, a % divisor, a:maximum(b),
          a:minimum(b), a:lt(b), a:ge(b), a:eq(b), a:pow(2), a:hypot(b), a:atan2(b))
      end)
      same(dtype .. " reduced", function()
        local m = a:slice({1, 9984}):reshape({96, 104})
        return hash(a:sum(), a:prod(), a:mean(), a:var(), a:std(), a:max(), a:min(), a:argmax(),
          m:sum(1), m:mean(2), m:max(1), m:argmin(2), m:cumsum(2), a:sort(), a:argsort(),
          select(1, a:topk(7)))
      end)
    end
    for _, other in ipairs(dtypes) do
      same(dtype .. " as " .. other, function() return hash(noise(dtype, 2000, 17):astype(other)) end)
    end
  end
  same("matmul and dot", function()
    local a, b = ordinary:slice({1, 4900}):reshape({70, 70}), ordinary:slice({5001, 9900}):reshape({70, 70})
    local double = a:astype "float64"
    return hash(a:matmul(b), a:matmul(b[1]), a[1]:dot(b[2]), a:norm(), double:matmul(double),
      tiny:dot(ordinary))
  end)
  same("denormals", function()
    return hash(tiny + 0, tiny * 1, tiny - tiny:roll(1), tiny / 2, tiny:sum(), tiny:max(), tiny:neg(),
      tiny:lt(1e-40), tiny:sort(), tiny:astype "float64", tiny:astype "int32")
  end)
  same("linear algebra", function()
    local a = ordinary:slice({1, 400}):reshape({20, 20})
    local double = a:astype "float64"
    return hash(a:det(), a:inv(), double:inv(), double:solve(double[1]), double:qr(), double:svd(),
      (double:matmul(double:transpose()) + tensor.eye(20, "float64")):cholesky())
  end)
  same("random numbers", function()
    return hash(tensor.rand({999}, "float32", 1), tensor.rand({999}, "float64", 2),
      tensor.randn({999}, "float32", 3), tensor.randint(-5, 5, {999}, "int8", 4),
      tensor.permutation(99, 5))
  end)
end)

if recording then
  print "}"
else
  print(("same bits: %08x"):format(all))
end
