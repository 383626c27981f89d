-- Inertial sensors: poses that are known, rotations that are integrated exactly, steps walked.

local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect
local lcg = signals.lcg

-- Pushed one by one, in pieces and at once, a block gives the same bits.
local function expect_streams(make, x)
  local whole = make():push(x):clone()
  expect(whole.shape[1]):equals(x.shape[1])
  for piece = 1, 7, 3 do
    local block, at = make(), 1
    while at <= #x do
      local last = math.min(at + piece - 1, #x)
      expect(block:push(x:slice{at, last})):same_bits(whole:slice{at, last})
      at = last + 1
    end
    expect(block:reset():push(x)):same_bits(whole)
  end
  return whole
end

-- Gravity as a sensor with this roll and pitch feels it.
local function gravity(roll, pitch)
  return {-math.sin(pitch), math.sin(roll) * math.cos(pitch), math.cos(roll) * math.cos(pitch)}
end

describe("tilt", function()
  it("tells the pose gravity was made for", function()
    for roll = -3, 3 do
      for pitch = -1.5, 1.5, 0.5 do
        local a, b = dsp.tilt(tensor.new(gravity(roll, pitch)))
        expect(a):close(roll, 1e-5)
        expect(b):close(pitch, 1e-5)
      end
    end
  end)

  it("of several samples is a tensor", function()
    local rows = tensor.new{gravity(0.1, 0.2), gravity(-1, 0.5)}
    local out = tensor.zeros{2, 2}
    assert(rawequal(dsp.tilt(rows, out), out))
    expect(out):close(tensor.new{{0.1, 0.2}, {-1, 0.5}}, 1e-6)
    expect(dsp.tilt(rows:reshape{2, 1, 3}).shape):equals{2, 1, 2}
    expect(dsp.tilt(tensor.zeros{0, 3}).shape):equals{0, 2}
  end)

  it("does not depend on the unit, and is 0 without gravity", function()
    expect((dsp.tilt(tensor.new{0, 5, 5}))):close(math.pi / 4, 1e-12)
    local roll, pitch = dsp.tilt(tensor.zeros{3})
    expect(roll):equals(0)
    expect(pitch):equals(0)
  end)

  it("refuses other shapes", function()
    expect(dsp.tilt, tensor.zeros{4}):raises("3 along the last axis")
    expect(dsp.tilt, tensor.zeros{}):raises("rank 1 to 6")
    expect(dsp.euler, tensor.zeros{2, 3}):raises("4 along the last axis")
    expect(dsp.tilt, tensor.zeros{2, 3}, tensor.zeros{2, 3}):raises("bad argument #2")
  end)
end)

describe("euler", function()
  it("takes a quaternion apart into its turns", function()
    local function quaternion(roll, pitch, yaw)
      local cr, sr = math.cos(roll / 2), math.sin(roll / 2)
      local cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
      local cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
      return tensor.new({cr * cp * cy + sr * sp * sy, sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy, cr * cp * sy - sr * sp * cy}, "float64")
    end
    for roll = -3, 3, 1.5 do
      for pitch = -1.5, 1.5, 0.75 do
        local a, b, c = dsp.euler(quaternion(roll, pitch, 2))
        expect({a, b, c}):close({roll, pitch, 2}, 1e-7)
      end
    end
    expect(select(2, dsp.euler(tensor.new{math.sqrt(0.5), 0, math.sqrt(0.5), 0}))):close(math.pi / 2, 1e-3)
  end)
end)

describe("remove_gravity", function()
  it("streams, and follows its definition", function()
    local x = lcg(300, 3):reshape{100, 3}
    local y = expect_streams(function()
      return dsp.remove_gravity{sample_rate = 50, cutoff = 1}
    end, x)
    local part, g = 1 - math.exp(-2 * math.pi / 50), {}
    for t = 1, 100 do
      for i = 1, 3 do
        g[i] = g[i] and g[i] + part * (x:at(t, i) - g[i]) or x:at(t, i)
        expect(y:at(t, i)):close(x:at(t, i) - g[i], 2e-6)
      end
    end
  end)

  it("fades to nothing in the end", function()
    local block = dsp.remove_gravity{sample_rate = 10, cutoff = 2}
    block:push(tensor.ones{1, 3})
    expect(block:push(tensor.zeros{400, 3}):at(400, 1)):equals(0)
  end)

  it("refuses other options and shapes", function()
    expect(dsp.remove_gravity, {cutoff = 60}):raises("option 'cutoff'")
    expect(dsp.remove_gravity, {sample_rate = 0}):raises("option 'sample_rate'")
    expect(function() dsp.remove_gravity{}:push(tensor.zeros{3, 2}) end):raises("{n, 3}")
  end)
end)

-- Samples of a sensor that turns about x at a steady rate, with gravity's true direction.
local function turning(count, rate, sample_rate)
  local rows = {}
  for i = 1, count do
    local g = gravity(rate * i / sample_rate, 0)
    rows[i] = {g[1], g[2], g[3], rate, 0, 0}
  end
  return tensor.new(rows)
end

describe("complementary", function()
  it("streams and follows a turn all the way around", function()
    local x = turning(800, 1, 100)
    local y = expect_streams(function() return dsp.complementary{sample_rate = 100} end, x)
    for i = 1, 800, 7 do
      local angle = (i / 100 + math.pi) % (2 * math.pi) - math.pi
      expect(math.cos(y:at(i, 1) - angle)):close(1, 1e-6)
      expect(y:at(i, 2)):close(0, 1e-6)
    end
  end)

  it("forgets a gyroscope's offset in its time constant", function()
    local rows = {}
    for i = 1, 1000 do rows[i] = {0, 0, 1, 0.1, 0, 0} end
    local y = dsp.complementary{sample_rate = 100, time_constant = 0.5}:push(tensor.new(rows))
    expect(y:at(1000, 1)):close(0.1 * 0.5, 1e-3)
  end)
end)

describe("madgwick", function()
  it("streams and stays a unit quaternion", function()
    local x = lcg(600, 5):reshape{100, 6}
    local y = expect_streams(function() return dsp.madgwick{sample_rate = 50} end, x)
    for i = 1, 100 do expect(y[i]:norm()):close(1, 1e-6) end
    expect_streams(function()
      return dsp.madgwick{sample_rate = 50, magnetometer = true}
    end, lcg(900, 6):reshape{100, 9})
  end)

  it("integrates the gyroscope alone when there is no gravity", function()
    local rows = {}
    for i = 1, 1000 do rows[i] = {0, 0, 0, 0, 0, math.pi / 2} end
    local y = dsp.madgwick{sample_rate = 1000}:push(tensor.new(rows))
    local roll, pitch, yaw = dsp.euler(y[1000])
    expect({roll, pitch, yaw}):close({0, 0, math.pi / 2}, 1e-4)
  end)

  it("comes to the pose that gravity shows", function()
    local g, rows = gravity(0.4, -0.3), {}
    for i = 1, 3000 do rows[i] = {g[1], g[2], g[3], 0, 0, 0} end
    local y = dsp.madgwick{sample_rate = 100, beta = 0.5}:push(tensor.new(rows))
    local roll, pitch = dsp.euler(y[3000])
    expect({roll, pitch}):close({0.4, -0.3}, 1e-2)
  end)

  it("comes to the heading that the magnetic field shows", function()
    -- Level, turned by 1 rad about z: north, {0.5, 0, -0.8} on earth, as the sensor sees it.
    local rows = {}
    for i = 1, 5000 do
      rows[i] = {0, 0, 1, 0, 0, 0, 0.5 * math.cos(1), -0.5 * math.sin(1), -0.8}
    end
    local block = dsp.madgwick{sample_rate = 100, beta = 0.5, magnetometer = true}
    local roll, pitch, yaw = dsp.euler(block:push(tensor.new(rows))[5000])
    expect({roll, pitch, yaw}):close({0, 0, 1}, 1e-2)
  end)

  it("refuses other widths", function()
    expect(function() dsp.madgwick{}:push(tensor.zeros{2, 9}) end):raises("{n, 6}")
    expect(function() dsp.madgwick{magnetometer = true}:push(tensor.zeros{2, 6}) end)
      :raises("{n, 9}")
    expect(dsp.madgwick, {beta = -1}):raises("option 'beta'")
  end)
end)

-- A walk: `count` steps at `pace` per second, the sensor upright, with a little noise.
local function walk(count, pace, sample_rate)
  local rows, jitter = {}, lcg(count * 200, 9)
  local samples = math.floor((count + 0.5) / pace * sample_rate)
  for i = 1, sample_rate do rows[i] = {0, 0, 9.81 + jitter[i] / 20} end
  for i = 1, samples do
    local swing = 3 * -math.cos(2 * math.pi * pace * i / sample_rate)
    rows[#rows + 1] = {jitter[i] / 20, 0, 9.81 + math.max(swing, -2)}
  end
  for i = 1, sample_rate do rows[#rows + 1] = {0, 0, 9.81 + jitter[i] / 20} end
  return tensor.new(rows)
end

describe("step_counter", function()
  it("counts the steps of a walk", function()
    for _, pace in ipairs{1.2, 1.8, 2.5} do
      local y = dsp.step_counter{sample_rate = 50}:push(walk(20, pace, 50))
      expect(math.abs(y[-1] - 20) <= 1):is_true()
    end
  end)

  it("counts none at rest, and streams", function()
    local rest = tensor.full({500, 3}, 5) + lcg(1500, 3):reshape{500, 3} / 20
    expect(dsp.step_counter{}:push(rest)[-1]):equals(0)
    local y = expect_streams(function() return dsp.step_counter{sample_rate = 50} end, walk(6, 2, 50))
    expect(y.dtype):equals("int32")
  end)

  it("allocates nothing", function()
    local x = lcg(30, 1):reshape{10, 3}
    local six = lcg(60, 1):reshape{10, 6}
    local blocks = {dsp.step_counter{max_push = 10}, dsp.remove_gravity{max_push = 10}}
    for _, block in ipairs(blocks) do
      expect(test.garbage(50, function() block:push(x) end)):equals(0)
    end
    blocks = {dsp.madgwick{max_push = 10}, dsp.complementary{max_push = 10}}
    for _, block in ipairs(blocks) do
      expect(test.garbage(50, function() block:push(six) end)):equals(0)
    end
  end)
end)
