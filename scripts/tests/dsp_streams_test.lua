-- Frames of a signal and the ring between who records and who computes.
local dsp, signals, tensor, test = require "dsp", require "signals", require "tensor",
  require "test"
local describe, it, expect = test.describe, test.it, test.expect

local function noise(n, width) return tensor.rand(width and {n, width} or {n}, 5) end

-- A source of pieces of the given lengths, as a function.
local function pieces(x, lengths)
  local first, i = 1, 0
  return function()
    if first > #x then return nil end
    i = i % #lengths + 1
    local last = math.min(#x, first + lengths[i] - 1)
    local piece = last < first and tensor.zeros(x.rank == 1 and {0} or {0, x:dim(2)})
      or x:slice {first, last}
    first = last + 1
    return piece
  end
end

local function collect(frames)
  local list = {}
  for frame in frames do list[#list + 1] = frame:clone() end
  return list
end

describe("frames", function()
  local x = noise(101)
  it("are the pieces of a tensor, whatever size and hop", function()
    for _, case in ipairs {{10, 10}, {10, 3}, {3, 10}, {101, 1}, {1, 1}, {102, 5}, {7, 200}} do
      local size, hop = table.unpack(case)
      local wanted = {}
      for first = 1, #x - size + 1, hop do
        wanted[#wanted + 1] = x:slice {first, first + size - 1}:clone()
      end
      expect(collect(dsp.frames(x, size, hop))):equals(wanted)
      for _, lengths in ipairs {{101}, {1}, {7}, {0, 5, 33}, {64}} do
        expect(collect(dsp.frames(pieces(x, lengths), size, hop))):equals(wanted)
      end
    end
    expect(#collect(dsp.frames(x, 50))):equals(2)
    expect(#collect(dsp.frames(tensor.zeros {0}, 4))):equals(0)
  end)
  it("have the items' shape and dtype", function()
    local wide = noise(20, 3)
    expect(collect(dsp.frames(pieces(wide, {3, 4}), 5, 2)))
      :equals(collect(dsp.frames(wide, 5, 2)))
    local bytes = tensor.arange(9, "int16")
    expect(dsp.frames(bytes, 4)().dtype):equals "int16"
    expect(dsp.frames(bytes:slice {9, 1, -1}, 4)()):equals(tensor.new({8, 7, 6, 5}, "int16"))
  end)
  it("come from objects that read", function()
    local asked = {}
    local source = {read = function(self, n)
      asked[#asked + 1] = n
      self.left = (self.left or 30) - n
      return self.left >= 0 and tensor.full({n}, self.left) or nil
    end}
    expect(#collect(dsp.frames(source, 8, 4))):equals(6)
    expect(asked[1]):equals(4)
  end)
  it("are the same tensor every time, for no memory", function()
    for _, frames in ipairs {dsp.frames(x, 10, 1), dsp.frames(pieces(x, {101}), 10, 1)} do
      local first = frames()
      expect(rawequal(frames(), first)):is_true()
      expect(test.garbage(50, function() frames() end)):equals(0)
    end
    local frames = dsp.frames(x, 100)
    frames()
    expect(frames()):is_nil()
    expect(frames()):is_nil()
    expect(tostring(frames)):equals "frames of 100 every 100"
  end)
  it("keep their source alive", function()
    local frames = dsp.frames(tensor.ones {1000}, 600)
    collectgarbage()
    local frame = frames()
    frames = nil
    collectgarbage()
    expect(frame:sum()):equals(600.0)
  end)
  it("pass errors of the source on, and go on after them", function()
    local calls = 0
    local frames = dsp.frames(function()
      calls = calls + 1
      if calls == 2 then error "no contact" end
      return tensor.full({3}, calls)
    end, 4)
    expect(frames):raises "no contact"
    expect(frames()):equals {1, 1, 1, 3}
    expect(frames()):equals {3, 3, 4, 4}
  end)
  it("refuse what is no source", function()
    expect(dsp.frames, 3, 4):raises "tensor, function or source expected"
    expect(dsp.frames, {}, 4):raises "tensor, function or source expected"
    expect(dsp.frames, tensor.ones {}, 4):raises "tensor of items"
    expect(dsp.frames, x, 0):raises "bad argument #2"
    expect(dsp.frames, x, 4, 0):raises "bad argument #3"
    expect(dsp.frames(function() return 1 end, 4)):raises "the source gave 1, expected a tensor"
    local widths = 0
    expect(dsp.frames(function()
      widths = widths + 1
      return tensor.ones {2, widths}
    end, 4)):raises "the source gave float32 {2, 2} after other items"
  end)
end)

describe("a ring", function()
  it("gives items in the order they came, and counts what it loses", function()
    local draw, next_in, next_out = 7, 0, 0
    local ring, lost = dsp.ring(16), 0
    for _ = 1, 500 do
      draw = signals.next_state(draw)
      local n = (draw >> 20) % 23
      lost = lost + ring:push(tensor.arange(next_in, next_in + n, "float32"))
      next_in = next_in + n
      next_out = math.max(next_out, next_in - 16)
      expect(#ring):equals(next_in - next_out)
      local want = math.min(#ring, (draw >> 10) % 9)
      expect(ring:peek(want)):equals(tensor.arange(next_out, next_out + want, "float32"))
      expect(ring:pop(want).size):equals(want)
      next_out = next_out + want
    end
    expect(ring.overruns):equals(lost)
    expect(lost > 0):is_true()
  end)
  it("has a width and a dtype", function()
    local ring = dsp.ring(2, 3, "int16")
    expect(ring:push(tensor.new({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, "int16"))):equals(1)
    expect(ring:pop()):equals(tensor.new({{4, 5, 6}, {7, 8, 9}}, "int16"))
    expect(ring:push(tensor.new({1, 2, 3}, "int16"))):equals(0)
    expect({ring.capacity, ring.width, ring.dtype, #ring, ring.overruns})
      :equals {2, 3, "int16", 1, 1}
    expect(tostring(ring)):equals "ring of int16 {3}: 1 of 2 items"
    expect(ring.push, ring, tensor.ones {3}):raises "int16 {n, 3} expected"
    expect(#ring):equals(1)
    expect(#ring:clear(), ring.overruns):equals(0)
  end)
  it("makes frames that overlap, for no memory", function()
    local ring, x, frames = dsp.ring(64), noise(1000), {}
    for piece in dsp.frames(x, 20) do
      ring:push(piece)
      while #ring >= 30 do
        frames[#frames + 1] = ring:peek(30):clone()
        ring:drop(10)
      end
    end
    expect(frames):equals(collect(dsp.frames(x, 30, 10)))
    local piece, out = noise(20), tensor.zeros {20}
    local same = ring:clear():push(piece) and ring:pop(20)
    expect(test.garbage(50, function()
      ring:push(piece)
      ring:pop(20, out)
      ring:push(piece)
      ring:pop(20)
    end)):equals(0)
    expect(out):same_bits(piece)
    ring:push(piece)
    expect(rawequal(ring:pop(20), same)):is_true()
  end)
  it("says what it refuses", function()
    local ring = dsp.ring(4)
    ring:push(tensor.new {1, 2})
    expect(ring:pop(3)):is_nil()
    expect(ring.pop, ring, -1):raises "bad argument"
    expect(ring.drop, ring, 3):raises "no more items than there are"
    expect(ring.pop, ring, 2, tensor.zeros {3}):raises "float32 {2} expected as out"
    expect(#ring):equals(2)
    expect(function() ring.capacity = 9 end):raises "no field 'capacity' to set"
    expect(dsp.ring, 0):raises "bad argument #1"
    expect(dsp.ring, 4, 0):raises "bad argument #2"
    expect(dsp.ring, 2147483647, 65536):raises "not enough memory"
  end)
end)
