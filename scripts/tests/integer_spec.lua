-- What quantised operators compute, element by element: plain loops over lists of integers,
-- written from the formulas of the reference kernels for random_operators_test.lua. Lua's
-- integers have 64 bits, so every product here is exact.
--
-- Lists are tensors in row-major order; images are NHWC and counted from 0. A factor is
-- {value, shift}, value * 2^(shift - 31).

local spec = {}

local INT32_MIN <const>, INT32_MAX <const> = -0x80000000, 0x7FFFFFFF

-- Numbers ---------------------------------------------------------------------

local function wrap(x) return ((x + 0x80000000) & 0xFFFFFFFF) - 0x80000000 end

-- The nearest float32.
local function float(x) return (("<f"):unpack(("<f"):pack(x))) end
spec.float = float

function spec.clamp(x, low, high) return x < low and low or x > high and high or x end
local clamp = spec.clamp

-- x / 2^n, rounded down.
local function floor_shift(x, n) return n > 62 and (x < 0 and -1 or 0) or x // (1 << n) end

-- round(a * b / 2^31), ties up.
local function high_mul(a, b)
  if a == INT32_MIN and b == INT32_MIN then return INT32_MAX end
  return (a * b + (1 << 30)) // (1 << 31)
end

-- round(x / 2^n), ties away from zero.
local function divide_away(x, n)
  if n > 31 then return 0 end
  if n == 0 then return x end
  local half = 1 << n - 1
  return x < 0 and -((half - x) >> n) or (x + half) >> n
end

-- The factor nearest to a positive double.
function spec.factor(real)
  local bits = ("<i8"):unpack(("<d"):pack(real))
  local shift = (bits >> 52 & 0x7FF) - 1022
  local significand = bits & (1 << 52) - 1 | 1 << 52
  local value = (significand >> 22) + (significand >> 21 & 1)
  if value == 1 << 31 then value, shift = value >> 1, shift + 1 end
  if shift < -31 then return {0, 0} end
  return {value, shift}
end

local function shifted(x, n) return n > 31 and 0 or wrap(x << n) end

-- An int32 times a factor: two roundings.
function spec.rescale(x, factor)
  local value, shift = factor[1], factor[2]
  local left = math.max(shift, 0)
  return divide_away(high_mul(shifted(x, left), value), left - shift)
end
local rescale = spec.rescale

-- An int64 times a factor of 16 bits: one rounding, ties up.
function spec.rescale_wide(x, factor)
  local value, shift = factor[1], factor[2]
  local product = x * (value < 0x7FFF0000 and value + 0x8000 >> 16 or 0x7FFF)
  local total = 15 - shift
  if total <= 0 then return total < -31 and 0 or wrap(product << -total) end
  return wrap(floor_shift(product + (1 << total - 1), total))
end

-- exp(a) in Q0 for a <= 0 with so many integer bits.
local function exp_of(a, integer_bits)
  if a == 0 then return INT32_MAX end
  local bits = 31 - integer_bits
  local quarter = 1 << bits - 2
  local u = a % quarter - quarter
  local x = wrap((u << integer_bits) + (1 << 28))
  local x2 = high_mul(x, x)
  local x3, x4 = high_mul(x2, x), high_mul(x2, x2)
  local tail = divide_away(high_mul(divide_away(x4, 2) + x3, 715827883) + x2, 1)
  local result = wrap(1895147668 + high_mul(1895147668, wrap(x + tail)))
  local rest = u - a
  local powers = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242}
  for i, power in ipairs(powers) do
    if bits - 3 + i <= 30 and rest >> bits - 3 + i & 1 == 1 then
      result = high_mul(result, power)
    end
  end
  return result
end

local function saturated(x) return clamp(x, INT32_MIN, INT32_MAX) end

-- 1 / (1 + a) in Q0 for a in Q0.
local function reciprocal_of_one_plus(a)
  local half = a + (1 << 31) >> 1
  local x = wrap(1515870810 + high_mul(half, -1010580540))
  for _ = 1, 3 do
    x = wrap(x + saturated(4 * high_mul(x, wrap((1 << 29) - high_mul(half, x)))))
  end
  return saturated(2 * x)
end

-- Windows ---------------------------------------------------------------------

-- Size of the output and padding before it, or nil where the filter does not fit.
function spec.axis(padding, input, kernel, stride, dilation)
  local extent = (kernel - 1) * dilation + 1
  if padding == "VALID" then
    if extent > input then return nil end
    return (input - extent) // stride + 1, 0
  end
  local output = (input + stride - 1) // stride
  return output, math.max(0, (output - 1) * stride + extent - input) // 2
end

-- Calls visit(input pixel, tap) for what an output pixel sees of an image. p has y and x:
-- {input, output, kernel, stride, dilation, pad}.
local function for_each_tap(p, oy, ox, visit)
  local y, x = p.y, p.x
  for ky = 0, y.kernel - 1 do
    local iy = oy * y.stride - y.pad + ky * y.dilation
    if iy >= 0 and iy < y.input then
      for kx = 0, x.kernel - 1 do
        local ix = ox * x.stride - x.pad + kx * x.dilation
        if ix >= 0 and ix < x.input then visit(iy * x.input + ix, ky * x.kernel + kx) end
      end
    end
  end
end

-- Calls visit(image, oy, ox) for all output pixels, in order.
local function for_each_output(p, visit)
  for n = 0, p.batches - 1 do
    for oy = 0, p.y.output - 1 do
      for ox = 0, p.x.output - 1 do visit(n, oy, ox) end
    end
  end
end

-- Operators -------------------------------------------------------------------
-- finish(sum, channel) makes an output of a sum; channels count from 1.

-- p has channels, outputs and groups besides; `weights` are [outputs, y, x, channels / groups].
function spec.conv(p, input, weights, finish)
  local depth, each = p.channels // p.groups, p.outputs // p.groups
  local result, pixels, taps = {}, p.y.input * p.x.input, p.y.kernel * p.x.kernel
  for_each_output(p, function(n, oy, ox)
    for c = 0, p.outputs - 1 do
      local sum = 0
      for_each_tap(p, oy, ox, function(pixel, tap)
        local at = (n * pixels + pixel) * p.channels + c // each * depth
        local from = (c * taps + tap) * depth
        for i = 1, depth do sum = sum + (input[at + i] - p.zero) * weights[from + i] end
      end)
      result[#result + 1] = finish(sum, c + 1)
    end
  end)
  return result
end

-- `weights` are [y, x, outputs]; p.multiplier outputs have one input channel.
function spec.depthwise(p, input, weights, finish)
  local result, pixels = {}, p.y.input * p.x.input
  local outputs = p.channels * p.multiplier
  for_each_output(p, function(n, oy, ox)
    for c = 0, outputs - 1 do
      local sum, channel = 0, c // p.multiplier + 1
      for_each_tap(p, oy, ox, function(pixel, tap)
        local x = input[(n * pixels + pixel) * p.channels + channel]
        sum = sum + (x - p.zero) * weights[tap * outputs + c + 1]
      end)
      result[#result + 1] = finish(sum, c + 1)
    end
  end)
  return result
end

-- Spreads each input pixel over the outputs below its filter. The window is that of the
-- convolution the other way: p.y.input is the output's height.
function spec.transpose_conv(p, input, weights, finish)
  local pixels, taps = p.y.input * p.x.input, p.y.kernel * p.x.kernel
  local sums, from = {}, 0
  for i = 1, p.batches * pixels * p.outputs do sums[i] = 0 end
  for_each_output(p, function(n, iy, ix)
    for_each_tap(p, iy, ix, function(pixel, tap)
      for c = 0, p.outputs - 1 do
        local at, w, sum = (n * pixels + pixel) * p.outputs + c + 1, (c * taps + tap) * p.channels, 0
        for i = 1, p.channels do sum = sum + (input[from + i] - p.zero) * weights[w + i] end
        sums[at] = sums[at] + sum
      end
    end)
    from = from + p.channels
  end)
  for i, sum in ipairs(sums) do sums[i] = finish(sum, (i - 1) % p.outputs + 1) end
  return sums
end

function spec.fully_connected(p, input, weights, finish)
  local result = {}
  for n = 0, p.batches - 1 do
    for c = 0, p.outputs - 1 do
      local sum = 0
      for i = 1, p.depth do
        sum = sum + (input[n * p.depth + i] - p.zero) * (weights[c * p.depth + i] - p.filter_zero)
      end
      result[#result + 1] = finish(sum, c + 1)
    end
  end
  return result
end

-- fold(so far or nil, x), then finish(folded, number of taps).
function spec.pool(p, input, fold, finish)
  local result, pixels = {}, p.y.input * p.x.input
  for_each_output(p, function(n, oy, ox)
    for c = 1, p.channels do
      local value, taps = nil, 0
      for_each_tap(p, oy, ox, function(pixel)
        value = fold(value, input[(n * pixels + pixel) * p.channels + c])
        taps = taps + 1
      end)
      result[#result + 1] = finish(value, taps)
    end
  end)
  return result
end

-- sum / n to nearest, ties away from zero.
function spec.mean(sum, n)
  return sum > 0 and (sum + n // 2) // n or -((n // 2 - sum) // n)
end

-- Of rows of int8; `bits` are the output's, whose lowest value stands for 0.
function spec.softmax(depth, input, beta, scale, bits)
  local factor = spec.factor(math.min(beta * scale * (1 << 26), INT32_MAX))
  local least = -math.floor(31.0 * 2.0 ^ (26 - factor[2]))
  local lowest, result = -(1 << bits - 1), {}
  for row = 0, #input // depth - 1 do
    local largest = math.max(table.unpack(input, row * depth + 1, row * depth + depth))
    local exps, sum = {}, 0
    for i = 1, depth do
      local difference = input[row * depth + i] - largest
      if difference >= least then
        exps[i] = exp_of(high_mul(shifted(difference, factor[2]), factor[1]), 5)
        sum = sum + divide_away(exps[i], 12)
      end
    end
    sum = math.min(sum, INT32_MAX)
    local zeros = 0
    while sum << zeros < 1 << 31 do zeros = zeros + 1 end
    local inverse = reciprocal_of_one_plus((sum << zeros) - (1 << 31))
    for i = 1, depth do
      local y = exps[i] and divide_away(high_mul(inverse, exps[i]), 12 - zeros + 31 - bits) or 0
      result[#result + 1] = math.min(y + lowest, -lowest - 1)
    end
  end
  return result
end

-- The logistic function of an int8 difference to the zero point, in steps of 1/256 from -128 on.
function spec.logistic(difference, scale)
  local factor = spec.factor(scale * (1 << 27))
  local radius = math.floor(15.0 * 2.0 ^ (27 - factor[2]))
  if difference <= -radius then return -128 end
  if difference >= radius then return 127 end
  local x = rescale(difference, factor)
  local y = 1 << 30
  if x ~= 0 then y = reciprocal_of_one_plus(exp_of(-math.abs(x), 4)) end
  if x < 0 then y = INT32_MAX - y end
  return math.min(divide_away(y, 23) - 128, 127)
end

-- The sum of all elements that differ in `axes` (a set of positions from 1) only, in order.
-- Also gives how many there are of each.
function spec.sums(shape, axes, input)
  local sums, order = {}, {}
  local position = {}
  for axis = 1, #shape do position[axis] = 0 end
  for _, x in ipairs(input) do
    local key = 0
    for axis, length in ipairs(shape) do
      if not axes[axis] then key = key * length + position[axis] end
    end
    if not sums[key] then order[#order + 1] = key end
    sums[key] = (sums[key] or 0) + x
    for axis = #shape, 1, -1 do
      position[axis] = position[axis] + 1
      if position[axis] < shape[axis] then break end
      position[axis] = 0
    end
  end
  for i, key in ipairs(order) do order[i] = sums[key] end
  return order, #input // #order
end

-- The factor of a mean over so many elements.
function spec.mean_factor(real, count)
  local factor = spec.factor(real)
  local bits = 0
  while count >> bits + 1 > 0 do bits = bits + 1 end
  bits = math.min(bits, 32, 31 + factor[2])
  return {(factor[1] << bits) // count, factor[2] - bits}
end

spec.wrap, spec.high_mul, spec.divide_away, spec.shifted = wrap, high_mul, divide_away, shifted

return spec
