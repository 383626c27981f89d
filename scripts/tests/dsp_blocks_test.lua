-- Streaming blocks: what each computes, against its definition in double; the same bits however
-- a signal is cut; no memory once warm; misuse.
local dsp, signals, sys = require "dsp", require "signals", require "sys"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- Signals ----------------------------------------------------------------------------

local function noise(n, seed, width)
  return tensor.rand(width and {n, width} or {n}, seed):sub(0.5):mul(2)
end

local function fixed_noise(n, seed, dtype)
  local peak = dtype == "int16" and 32767 or 2147483647
  return noise(n, seed):astype("float64"):mul(peak):astype(dtype)
end

local function integers(x) return x:totable() end

-- Each is made anew for each case, with a signal that suits it.
local MAKE = {
  fir = function() return dsp.fir {taps = noise(31, 1)} end,
  fir_one_tap = function() return dsp.fir {taps = {0.5}} end,
  fir_wide = function() return dsp.fir {taps = noise(7, 2), width = 3} end,
  fir_q15 = function() return dsp.fir {taps = noise(20, 3):mul(0.3), dtype = "int16"} end,
  fir_q31 = function() return dsp.fir {taps = noise(20, 4):mul(0.3), dtype = "int32"} end,
  fir_decimator = function() return dsp.fir_decimator {taps = noise(24, 5), factor = 4} end,
  fir_decimator_wide = function()
    return dsp.fir_decimator {taps = noise(5, 6), factor = 7, width = 2}
  end,
  fir_interpolator = function() return dsp.fir_interpolator {taps = noise(20, 7), factor = 3} end,
  resampler = function() return dsp.resampler {up = 3, down = 2} end,
  resampler_hertz = function() return dsp.resampler {sample_rate = 16000, to = 14700} end,
  sos = function() return dsp.sos {sections = {{0.3, 0.2, 0.1, 1, -0.5, 0.3}}} end,
  sos_many = function()
    local row = {0.4, 0.3, 0.2, 1, -0.6, 0.4}
    return dsp.sos {sections = {row, row, row, row, row, row}, width = 2}
  end,
  sos_steady = function()
    local row = {0.4, 0.3, 0.2, 1, -0.6, 0.4}
    return dsp.sos {sections = {row, row, row}, steady = true}
  end,
  sos_q15 = function()
    return dsp.sos {sections = {{0.3, 0.2, 0.1, 1, -0.5, 0.3}}, dtype = "int16"}
  end,
  sos_q31 = function()
    return dsp.sos {sections = {{0.3, 0.2, 0.1, 1, -0.5, 0.3}}, dtype = "int32"}
  end,
  one_pole = function() return dsp.one_pole {cutoff = 200, sample_rate = 8000} end,
  dc_blocker = function() return dsp.dc_blocker {} end,
  moving_average = function() return dsp.moving_average {length = 5} end,
  median = function() return dsp.median {length = 7, width = 2} end,
  median_even = function() return dsp.median {length = 4} end,
  exponential = function() return dsp.exponential {alpha = 0.2, width = 2} end,
  lms = function() return dsp.lms {taps = 8} end,
  lms_plain = function() return dsp.lms {taps = 8, step = 0.05, normalized = false} end,
  kalman = function()
    return dsp.kalman {F = {{1, 0.1}, {0, 1}}, H = {{1, 0}}, Q = {{1e-4, 0}, {0, 1e-3}},
      R = {{0.1}}}
  end,
  comb = function() return dsp.comb {delay = 9, gain = 0.5, width = 2} end,
  comb_feedback = function() return dsp.comb {delay = 9, gain = 0.5, feedback = true} end,
  integrator = function() return dsp.integrator {sample_rate = 10, leak = 0.01} end,
  differentiator = function() return dsp.differentiator {sample_rate = 10} end,
  delay = function() return dsp.delay {length = 11, width = 2} end,
  delay_none = function() return dsp.delay {length = 0, dtype = "int16"} end,
  chain = function()
    return dsp.chain {dsp.dc_blocker {}, dsp.fir_decimator {taps = noise(12, 8), factor = 3},
      dsp.fir_interpolator {taps = noise(9, 9), factor = 2}, dsp.delay {length = 3}}
  end,
}
local NAMES = {}
for name in pairs(MAKE) do NAMES[#NAMES + 1] = name end
table.sort(NAMES)

local function signal_for(block, n)
  if block.dtype ~= "float32" then return fixed_noise(n, 17, block.dtype) end
  return noise(n, 17, block.width_in > 1 and block.width_in or nil)
end

-- Pushes `x` in pieces of the lengths that `next_length` gives; the pieces of output joined.
local function in_pieces(block, x, next_length)
  local pieces, first = {}, 1
  while first <= #x do
    local last = math.min(#x, first + next_length() - 1)
    local piece = last >= first and x:slice {first, last} or tensor.zeros({0}, x.dtype)
    if x.rank == 2 and last < first then piece = tensor.zeros({0, x:dim(2)}, x.dtype) end
    pieces[#pieces + 1] = block:push(piece):tobytes()
    first = last + 1
  end
  return table.concat(pieces)
end

local function checksum(bytes)
  local sum = 0
  for i = 1, #bytes do sum = (sum * 31 + bytes:byte(i)) & 0xffffffff end
  return sum
end

describe("a stream", function()
  local draw = 12345
  local function random_length(most)
    draw = signals.next_state(draw)
    return (draw >> 16) % (most + 1)
  end
  for _, name in ipairs(NAMES) do
    it("through " .. name .. " has the same bits however it is cut", function()
      local block = MAKE[name]()
      local x = signal_for(block, 1400)
      local whole = block:push(x):tobytes()
      print(("%s %08x"):format(name, checksum(whole)))  -- the same on every target
      expect(#whole > 0):is_true()
      for _, most in ipairs {1, 7, 64, 700} do
        block:reset()
        expect(in_pieces(block, x, function() return random_length(most) end) == whole):is_true()
      end
      expect(MAKE[name]():push(x):tobytes() == whole):is_true()
    end)
    it("through " .. name .. " takes no memory once it is warm", function()
      local block = MAKE[name]()
      local x = signal_for(block, 37)
      local out = block:push(x)
      expect(rawequal(block:push(x), out)):is_true()
      expect(test.garbage(50, function() block:push(x) end)):equals(0)
      local every = signal_for(block, 74):slice {1, 74, 2}
      block:push(every)
      expect(test.garbage(50, function() block:push(every) end)):equals(0)
    end)
  end
end)

-- Definitions ------------------------------------------------------------------------

-- sum h[k] u[n down - k], u being x with up - 1 zeros after each item.
local function upfirdn(h, x, up, down, offset)
  local y, n = {}, 0
  offset = offset or 0
  while (n * down + offset) // up < #x do
    local sum = 0.0
    for k = 0, #h - 1 do
      local t = n * down + offset - k
      if t >= 0 and t % up == 0 then sum = sum + h[k + 1] * x[t // up + 1] end
    end
    y[n + 1] = sum
    n = n + 1
  end
  return y
end

-- Within 1e-5 of the peak.
local function near(got, wanted)
  expect(#got):equals(#wanted)
  expect(got):close(tensor.new(wanted), 1e-5 * signals.largest(wanted))
end

describe("finite filters", function()
  local x = noise(200, 21)
  local values = x:totable()
  it("are the sums that define them", function()
    for _, length in ipairs {1, 2, 31, 64, 300} do
      local taps = noise(length, length)
      near(dsp.fir {taps = taps}:push(x), upfirdn(taps:totable(), values, 1, 1))
      for _, factor in ipairs {1, 2, 5} do
        near(dsp.fir_decimator {taps = taps, factor = factor}:push(x),
          upfirdn(taps:totable(), values, 1, factor))
        near(dsp.fir_interpolator {taps = taps, factor = factor}:push(x),
          upfirdn(taps:totable(), values, factor, 1))
      end
      near(dsp.resampler {taps = taps, up = 3, down = 4}:push(x),
        upfirdn((taps * 3):totable(), values, 3, 4, (length - 1) // 2))
    end
  end)
  it("are linear", function()
    local fir = dsp.fir {taps = noise(9, 22)}
    local a, b = noise(100, 23), noise(100, 24)
    local sum = fir:push(a + b):clone()
    local parts = fir:reset():push(a):clone():add(fir:reset():push(b))
    expect(sum):close(parts, 1e-5)
  end)
  it("pass an impulse as their taps", function()
    local taps, impulse = noise(40, 25), tensor.zeros {40}
    impulse[1] = 1
    expect(dsp.fir {taps = taps}:push(impulse)):same_bits(taps)
  end)
  it("of several channels filter each by itself", function()
    local taps, wide = noise(9, 26), noise(50, 27, 3)
    local y = dsp.fir {taps = taps, width = 3}:push(wide)
    for channel = 1, 3 do
      expect(y:slice({}, channel):clone())
        :same_bits(dsp.fir {taps = taps}:push(wide:slice({}, channel)))
    end
  end)
  it("in q15 are exact, rounded half up and saturated", function()
    local taps = fixed_noise(12, 28, "int16")
    local signal = fixed_noise(100, 29, "int16")
    signal:slice({1, 30}):fill_(32767)
    signal:slice({31, 60}):fill_(-32768)
    local h, u, wanted = taps:totable(), signal:totable(), {}
    for n = 1, #u do
      local sum = 0
      for k = 1, math.min(n, #h) do sum = sum + h[k] * u[n - k + 1] end
      wanted[n] = math.max(-32768, math.min(32767, (sum + 16384) // 32768))
    end
    expect(integers(dsp.fir {taps = taps, dtype = "int16"}:push(signal))):equals(wanted)
  end)
  it("in q31 are exact where 64 bits do not hold the sum", function()
    local least = -2147483648
    local taps = tensor.full({9}, least, "int32")
    local signal = tensor.full({12}, least, "int32")
    signal:slice({10, 12}):fill_(1)
    local got = dsp.fir {taps = taps, dtype = "int32"}:push(signal):totable()
    -- k products of 2^62 come to k: at most 2^31 - 1 can be said.
    for n = 1, 12 do expect(got[n]):equals(2147483647) end
    local tiny = tensor.full({3}, 1 << 30, "int32")  -- a half
    expect(dsp.fir {taps = tiny, dtype = "int32"}:push(tensor.new({1, 0, 0, -1, -4}, "int32")))
      :equals(tensor.new({1, 1, 1, 0, -2}, "int32"))
  end)
  it("round taps that are no integers", function()
    local y = dsp.fir {taps = {0.5, -1}, dtype = "int16"}:push(tensor.new({100, 0}, "int16"))
    expect(y):equals(tensor.new({50, -100}, "int16"))
  end)
  it("average, differentiate and delay", function()
    near(dsp.moving_average {length = 4}:push(x), upfirdn({0.25, 0.25, 0.25, 0.25}, values, 1, 1))
    near(dsp.differentiator {sample_rate = 50}:push(x), upfirdn({50, -50}, values, 1, 1))
    local bits = tensor.new {-0.0, math.huge, 0 / 0, 1e-42, 2}
    local late = dsp.delay {length = 2}:push(bits)
    expect(late:slice {3, 5}:clone()):same_bits(bits:slice {1, 3}:clone())
    expect(late:slice {1, 2}:clone()):same_bits(tensor.zeros {2})
  end)
  it("forget what was not finite once it is past", function()
    local dirty = tensor.ones {40}
    dirty[3], dirty[9] = math.huge, 0 / 0
    for _, block in ipairs {dsp.fir {taps = {0.5, 0.25, 0.25}}, dsp.moving_average {length = 4},
      dsp.differentiator {}, dsp.comb {delay = 5}, dsp.median {length = 5}} do
      local y = block:push(dirty)
      expect(y:slice {20, 40}:sum()):equals(y[40] * 21)
    end
  end)
end)

describe("the median", function()
  it("is the one of what came last", function()
    for _, length in ipairs {1, 2, 3, 8, 31} do
      local x = noise(120, length):mul(8):floor()  -- with equal values
      local values, wanted = x:totable(), {}
      for n = 1, #values do
        local last = {}
        for k = 0, length - 1 do last[k + 1] = values[n - k] or 0.0 end
        table.sort(last)
        wanted[n] = (last[(length + 1) // 2] + last[length // 2 + 1]) / 2
      end
      expect(dsp.median {length = length}:push(x)):equals(wanted)
    end
  end)
  it("takes NaN for the largest", function()
    local y = dsp.median {length = 3}:push(tensor.new {1, 0 / 0, 2, 3, 0 / 0, 0 / 0})
    expect(y:slice {1, 5}:clone()):equals {0, 1, 2, 3, 3}
    expect(y[6] ~= y[6]):is_true()
  end)
end)

-- The cascade in double.
local function sos_of(rows, values)
  local y = table.move(values, 1, #values, 1, {})
  for _, row in ipairs(rows) do
    local s1, s2 = 0.0, 0.0
    for n = 1, #y do
      local x = y[n]
      y[n] = row[1] * x + s1
      s1 = row[2] * x - row[5] * y[n] + s2
      s2 = row[3] * x - row[6] * y[n]
    end
  end
  return y
end

describe("recursive filters", function()
  local x = noise(300, 31)
  local values = x:totable()
  it("are the recursions that define them, for every number of sections", function()
    local rows = {}
    for i = 1, 9 do
      rows[i] = {0.5, 0.1 * i, 0.25, 1, -0.1 * i, 0.3 + 0.05 * i}
      near(dsp.sos {sections = rows}:push(x), sos_of(rows, values))
    end
  end)
  it("divide by a0", function()
    expect(dsp.sos {sections = {{2, 1, 0.5, 2, -0.5, 0.25}}}:push(x))
      :same_bits(dsp.sos {sections = {{1, 0.5, 0.25, 1, -0.25, 0.125}}}:push(x))
  end)
  it("of the first order are what they say", function()
    local pole = math.exp(-2 * math.pi * 200 / 8000)
    near(dsp.one_pole {cutoff = 200, sample_rate = 8000}:push(x),
      sos_of({{1 - pole, 0, 0, 1, -pole, 0}}, values))
    near(dsp.dc_blocker {pole = 0.9}:push(x), sos_of({{1, -1, 0, 1, -0.9, 0}}, values))
    near(dsp.integrator {sample_rate = 4, leak = 0.5}:push(x),
      sos_of({{0.25, 0, 0, 1, -0.5, 0}}, values))
    local y, wanted = values[1], {}
    for n = 1, #values do
      y = 0.25 * values[n] + 0.75 * y
      wanted[n] = y
    end
    near(dsp.exponential {alpha = 0.25}:push(x), wanted)
  end)
  it("that start steady stay where they are", function()
    local rows = {{0.4, 0.3, 0.2, 1, -0.6, 0.4}, {0.5, 0.1, 0.2, 1, -0.3, 0.2}}
    local gain = 1
    for _, r in ipairs(rows) do gain = gain * (r[1] + r[2] + r[3]) / (1 + r[5] + r[6]) end
    local y = dsp.sos {sections = rows, steady = true}:push(tensor.full({50}, 3))
    expect(y):close(tensor.full({50}, 3 * gain), 1e-5)
  end)
  it("decay to exact silence", function()
    local impulse = tensor.zeros {4000}
    impulse[1] = 1
    for _, block in ipairs {dsp.sos {sections = {{1, 0, 0, 1, -1.8, 0.9}}},
      dsp.one_pole {cutoff = 0.05}, dsp.comb {delay = 3, gain = 0.5, feedback = true}} do
      expect(block:push(impulse):slice {3900, 4000}:abs():max()):equals(0.0)
    end
  end)
  it("in q15 and q31 are form I, rounded once per section", function()
    local rows = {{0.3, 0.2, 0.1, 1, -0.5, 0.3}, {1.5, -1.2, 0.7, 1, -1.1, 0.6}}
    for dtype, bits in pairs {int16 = 14, int32 = 30} do
      local u = fixed_noise(200, 32, dtype):totable()
      local peak = 1 << (bits + 1)
      for _, row in ipairs(rows) do
        local c = {}
        for i, value in ipairs(row) do
          local single = string.unpack("f", string.pack("f", value))
          c[i] = math.floor(single * (1 << bits) + 0.5)
        end
        local x1, x2, y1, y2 = 0, 0, 0, 0
        for n = 1, #u do
          local sum = c[1] * u[n] + c[2] * x1 + c[3] * x2 - c[5] * y1 - c[6] * y2
          local y = math.max(-peak, math.min(peak - 1, (sum + (1 << (bits - 1))) // (1 << bits)))
          x2, x1, y2, y1 = x1, u[n], y1, y
          u[n] = y
        end
      end
      expect(integers(dsp.sos {sections = rows, dtype = dtype}:push(fixed_noise(200, 32, dtype))))
        :equals(u)
    end
  end)
  it("comb forwards and back", function()
    local wanted = {}
    for n = 1, #values do wanted[n] = values[n] - 0.5 * (values[n - 4] or 0) end
    near(dsp.comb {delay = 4, gain = -0.5}:push(x), wanted)
    for n = 1, #values do wanted[n] = values[n] + 0.5 * (wanted[n - 4] or 0) end
    near(dsp.comb {delay = 4, gain = 0.5, feedback = true}:push(x), wanted)
  end)
end)

describe("adaptive filters", function()
  it("are the recursion that defines them", function()
    for _, normalized in ipairs {true, false} do
      local x, wanted = noise(100, 41), noise(100, 42)
      local y = dsp.lms {taps = 3, step = 0.1, normalized = normalized}
        :push(tensor.stack({x, wanted}, 2))
      local u, d, w, estimates = x:totable(), wanted:totable(), {0.0, 0.0, 0.0}, {}
      for n = 1, #u do
        local estimate, energy = 0.0, 1e-6
        for k = 1, 3 do
          local v = u[n - k + 1] or 0.0
          estimate, energy = estimate + w[k] * v, energy + v * v
        end
        local gain = 0.1 * (d[n] - estimate) / (normalized and energy or 1)
        for k = 1, 3 do w[k] = w[k] + gain * (u[n - k + 1] or 0.0) end
        estimates[n] = estimate
      end
      near(y:slice({}, 1):clone(), estimates)
      expect(y:slice({}, 2):clone()):close(wanted - y:slice({}, 1), 1e-6)
    end
  end)
  it("learn a filter", function()
    local x = noise(4000, 43)
    local wanted = dsp.fir {taps = {0.5, -0.3, 0.2, 0.1}}:push(x)
    local y = dsp.lms {taps = 4}:push(tensor.stack({x, wanted:clone()}, 2))
    expect(y:slice({-100, -1}, 2):abs():max() < 1e-5):is_true()
  end)
  it("follow a line by Kalman's equations", function()
    -- One state: x += k (z - x), k = p / (p + r), p = (1 - k) p + q.
    local level = dsp.kalman {F = {{1}}, H = {{1}}, Q = {{0.01}}, R = {{0.5}}, x = {2}, P = {{4}}}
    local z, x, p, wanted = noise(50, 44), 2.0, 4.0, {}
    for n, value in ipairs(z:totable()) do
      p = p + 0.01
      local k = p / (p + 0.5)
      x, p = x + k * (value - x), (1 - k) * p
      wanted[n] = x
    end
    near(level:push(z), wanted)
  end)
  it("keep a position and a velocity, and bridge what is missing", function()
    local dt, rows = 0.1, {}
    for n = 1, 200 do rows[n] = {3 * n * dt, 5 - n * dt} end
    for n = 151, 160 do rows[n] = {0 / 0, 0} end
    local track = dsp.kalman {
      F = {{1, 0, dt, 0}, {0, 1, 0, dt}, {0, 0, 1, 0}, {0, 0, 0, 1}},
      H = {{1, 0, 0, 0}, {0, 1, 0, 0}},
      Q = tensor.eye(4):mul(1e-6), R = tensor.eye(2):mul(1e-2),
    }
    local state = track:push(tensor.new(rows))
    expect(state.shape):equals {200, 4}
    expect(state[200]):close(tensor.new {60, -15, 3, -1}, 1e-2)
    expect(state[160]):close(tensor.new {48, -11, 3, -1}, 0.05)
  end)
end)

describe("a chain", function()
  it("is its blocks one after the other", function()
    local x = noise(500, 51)
    local function parts()
      return dsp.dc_blocker {}, dsp.fir_decimator {taps = noise(11, 52), factor = 3},
        dsp.fir_interpolator {taps = noise(8, 53), factor = 4}
    end
    local a, b, c = parts()
    local wanted = c:push(b:push(a:push(x)))
    local chain = dsp.chain {parts()}
    expect(chain:push(x)):same_bits(wanted)
    expect({chain.rate_out, chain.rate_in}):equals {4, 3}
    expect(chain.latency):close(0 + 5 + 3 * 3.5 / 4)
    expect(tostring(chain)):matches "chain"
  end)
  it("nests, and keeps its parts alive", function()
    local chain = dsp.chain {dsp.chain {dsp.delay {length = 2}}, dsp.delay {length = 3}}
    collectgarbage()
    collectgarbage()
    expect(chain:push(noise(100, 54)):slice {6, 100}:clone())
      :same_bits(noise(100, 54):slice {1, 95}:clone())
    expect(chain.latency):equals(5.0)
  end)
  it("has rates and widths that meet", function()
    local wide, narrow = dsp.fir {taps = {1}, width = 2}, dsp.fir {taps = {1}}
    expect(dsp.chain, {narrow, wide}):raises "block 2 takes float32 {2}, but gets float32 {1}"
    expect(dsp.chain, {narrow, dsp.fir {taps = {0.5}, dtype = "int16"}}):raises "int16"
    expect(dsp.chain, {dsp.resampler {sample_rate = 48000, to = 16000},
      dsp.one_pole {cutoff = 10, sample_rate = 8000}}):raises "block 2 is for 8000 Hz, but gets 16000 Hz"
    expect(dsp.chain {dsp.fir_decimator {taps = {1}, factor = 3},
      dsp.one_pole {cutoff = 10, sample_rate = 8000}}.sample_rate):equals(24000.0)
    expect(narrow:push(tensor.ones {1})[1]):equals(1.0)  -- in no chain yet
  end)
  it("owns its blocks", function()
    local part = dsp.delay {}
    local chain = dsp.chain {part}
    expect(part.push, part, tensor.ones {1}):raises "part of a chain"
    expect(part.reset, part):raises "part of a chain"
    expect(dsp.chain, {part}):raises "part 1 is in a chain already"
    local twice = dsp.delay {}
    expect(dsp.chain, {twice, twice}):raises "part 2 is in a chain already"
    expect(twice:push(tensor.ones {2})[2]):equals(1.0)
    expect(chain:push(tensor.ones {2})[2]):equals(1.0)
    expect(dsp.chain, {}):raises "1 to 1000 blocks"
    expect(dsp.chain, {1}):raises "part 1: block expected, got 1"
  end)
end)

-- Pushing ----------------------------------------------------------------------------

describe("push", function()
  it("returns the same tensor, whose length is that of the call", function()
    local block = dsp.fir_decimator {taps = {1}, factor = 4}
    local lengths = {}
    local y = block:push(tensor.ones {2})
    for i = 1, 6 do
      expect(rawequal(block:push(tensor.ones {3}), y)):is_true()
      lengths[i] = #y
    end
    expect(lengths):equals {1, 0, 1, 1, 1, 0}
    local kept = block:reset():push(tensor.new {7}):clone()
    block:push(tensor.ones {100})
    expect(kept):equals {7}
  end)
  it("keeps views of a result in memory when the room grows", function()
    local block = dsp.delay {length = 0}
    local view = block:push(tensor.new {1, 2, 3}):slice {2, 3}
    block:push(tensor.ones {5000})
    collectgarbage()
    expect(view):equals {2, 3}
  end)
  it("takes its own result, views and single items", function()
    local block = dsp.delay {}
    local y = block:push(tensor.new {1, 2, 3})
    expect(block:push(y)):equals {3, 0, 1}
    expect(block:reset():push(tensor.new {1, 2, 3, 4}:slice {4, 1, -1})):equals {0, 4, 3, 2}
    expect(block:reset():push(tensor.new {{1}, {2}})):equals {0, 1}
    local wide = dsp.delay {width = 3}
    expect(wide:push(tensor.new {1, 2, 3}).shape):equals {1, 3}
    expect(wide:push(tensor.new {4, 5, 6})):equals {{1, 2, 3}}
    local grown = dsp.fir_interpolator {taps = {1, 1, 1, 1}, factor = 4}
    expect(grown:push(grown:push(grown:push(tensor.new {5}))):sum()):equals(5.0 * 64)
  end)
  it("has room from the start", function()
    local block = dsp.fir {taps = {1}, max_push = 64}
    local x = tensor.ones {64}
    local push = block.push
    collectgarbage()
    local before = collectgarbage "count"
    push(block, x)
    local after = collectgarbage "count"
    expect(after):equals(before)
  end)
  it("writes to a tensor of the script's own", function()
    local block = dsp.delay {}
    local out = tensor.zeros {3}
    expect(rawequal(block:push(tensor.new {1, 2, 3}, out), out)):is_true()
    expect(out):equals {0, 1, 2}
    local wide = tensor.zeros {6}
    block:push(tensor.new {4, 5, 6}, wide:slice {1, 6, 2})
    expect(wide):equals {3, 0, 4, 0, 5, 0}
  end)
  it("that is refused leaves the block as it was", function()
    local block = dsp.fir_decimator {taps = {1, 2, 3}, factor = 2}
    block:push(tensor.new {1, 2, 3})
    local x = tensor.new {4, 5, 6, 7}
    for _, bad in ipairs {tensor.ones({4}, "int16"), tensor.ones {4, 2}, tensor.ones {1, 2, 2},
      tensor.ones {}, 3, "x", {}} do
      expect(pcall(block.push, block, bad)):is_false()
    end
    expect(block.push, block, tensor.ones {4, 2}):raises "float32 {n} expected, got float32 {4, 2}"
    expect(block.push, block, x, tensor.zeros {4}):raises "float32 {2} expected as out"
    expect(block.push, block, x, tensor.zeros({2}, "int8")):raises "expected as out"
    expect(block.push, block, x, x:slice {1, 2}):raises "shares memory"
    expect(block.push, block, x, 1):raises "tensor expected"
    expect(block:push(x)):equals {5 + 2 * 4 + 3 * 3, 7 + 2 * 6 + 3 * 5}
  end)
  it("fills a model's input with the last items, quantised", function()
    local nn = require "nn"
    local model = assert(nn.load(assert(sys.find "digits.tflite")))
    local input = model.inputs[1]
    local block = dsp.delay {length = 0, width = 8}
    local rows = noise(12, 61, 8)
    local ready = {}
    for i = 1, 12 do ready[i] = block:push(rows:slice {i, i}, input.tensor) end
    expect(ready):equals {false, false, false, false, false, false, false, true, true, true, true,
      true}
    local last = rows:slice {5, 12}:reshape(input.shape):clone()
    expect(input.tensor):equals(last:quantize(input.scale, input.zero_point, input.dtype))
    model:run()
    expect(block:push(rows:slice {1, 3}, input.tensor)):is_true()
    expect(block:push(tensor.zeros {0, 8}, input.tensor)):is_false()
    expect(test.garbage(20, function() block:push(rows, model.inputs[1].tensor) end)):equals(0)
    block:reset()
    expect(block:push(rows:slice {1, 3}, input.tensor)):is_false()
    local odd = dsp.delay {length = 0, width = 7}
    expect(odd.push, odd, tensor.ones {7}, input.tensor):raises "a model's input of items {7}"
  end)
end)

describe("misuse of blocks", function()
  it("names the section that float32 cannot hold", function()
    local exact = dsp.butter(4, 1, {sample_rate = 1e6, dtype = "float64"})
    expect(dsp.sos, {sections = exact}):raises "section 1: a pole of radius 0.9999"
    expect(dsp.sosfilt, exact, noise(8, 1)):raises "section 1: a pole of radius 0.9999"
    -- What is on the circle by intention may stay there.
    expect(dsp.sos {sections = {{1, 0, 0, 1, -1, 0}}}:push(tensor.ones {4})[4]):equals(4)
  end)
  it("names the option", function()
    expect(dsp.fir):raises "table expected"
    expect(dsp.fir, {}):raises "option 'taps'"
    expect(dsp.fir, {taps = {}}):raises "option 'taps': rank 1 and at least one number"
    expect(dsp.fir, {taps = {{1}}}):raises "option 'taps': rank 1"
    expect(dsp.fir, {tabs = {1}}):raises "did you mean 'taps'"
    expect(dsp.fir, {taps = {1}, width = 0}):raises "option 'width'"
    expect(dsp.fir, {taps = {1}, dtype = "int8"}):raises "option 'dtype'"
    expect(dsp.fir, {taps = {0, 1.5}, dtype = "int16"}):raises "tap 2 is 1.5"
    expect(dsp.fir_decimator, {taps = {1}, factor = 0}):raises "option 'factor'"
    expect(dsp.resampler, {up = 2, to = 8000}):raises "either 'sample_rate' and 'to'"
    expect(dsp.resampler, {to = 8000}):raises "go together"
    expect(dsp.resampler, {}):raises "either"
    expect(dsp.resampler, {sample_rate = 44100.5, to = 16000}):raises "option 'sample_rate'"
    expect(dsp.sos, {sections = {{1, 2, 3}}}):raises "option 'sections': shape {n, 6} expected, got {1, 3}"
    expect(dsp.sos, {}):raises "option 'sections'"
    expect(dsp.sos, {sections = {{1, 0, 0, 0, 0, 0}}}):raises "section 1"
    expect(dsp.sos, {sections = {{1, 0, 0, 1, -1, 0}}, steady = true}):raises "pole at 1"
    expect(dsp.sos, {sections = {{2, 0, 0, 1, 0, 0}}, dtype = "int16"}):raises "section 1"
    expect(dsp.one_pole, {}):raises "'cutoff'"
    expect(dsp.one_pole, {cutoff = 5000, sample_rate = 8000}):raises "option 'cutoff'"
    expect(dsp.dc_blocker, {pole = 1}):raises "option 'pole'"
    expect(dsp.exponential, {alpha = 0}):raises "option 'alpha'"
    expect(dsp.median, {length = 0}):raises "option 'length'"
    expect(dsp.comb, {delay = 0}):raises "option 'delay'"
    expect(dsp.kalman, {F = {{1}}, H = {{1}}, Q = {{0}}}):raises "option 'R'"
    expect(dsp.kalman, {F = {{1, 0}}, H = {{1}}, Q = {{0}}, R = {{1}}}):raises "option 'F': shape {1, 1}"
  end)
  it("sets no fields, and knows what there is", function()
    local block = dsp.sos {sections = {{1, 0, 0, 1, 0, 0}}}
    expect(function() block.latency = 3 end):raises "no field 'latency' to set"
    expect(tostring(block)):equals 'block "sos": float32 {1} -> float32 {1}, rate 1/1'
    expect(block.sample_rate):is_nil()
    expect(block.width_in):equals(1)
  end)
  it("asks for more than there is", function()
    expect(dsp.delay, {length = 2147483647, width = 65536}):raises "not enough memory"
    expect(dsp.fir, {taps = {1}, max_push = 2147483647, width = 65536}):raises "not enough memory"
  end)
end)
