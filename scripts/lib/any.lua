--- Random values for tests that must hold for any value, and the search for the smallest that breaks them.
--
-- A generator is a table: `draw(random)` gives a value, `shrink(value)` a list of simpler ones,
-- the simplest first. `random(low, high)` gives whole numbers, the same from a seed on every
-- machine. `test.property` runs them.

local tensor = require "tensor"

local any = {}

-- Of shrinking: each runs the test once. So nobody makes more simpler values, which would not fit
-- into a small heap.
local MOST_STEPS <const> = 500

-- xorshift64* (Vigna 2016): function(low, high) -> integer, both included.
local function source(seed)
  local state = seed * 0x9E3779B97F4A7C15 | 1
  local function step()
    state = state ~ state >> 12
    state = state ~ state << 25
    state = state ~ state >> 27
    return state * 0x2545F4914F6CDD1D
  end
  return function(low, high)
    local span = high - low + 1
    if span > 0 then return low + (step() >> 1) % span end
    -- More than half of all integers.
    local value
    repeat value = step() until value >= low and value <= high
    return value
  end
end

-- Simpler whole numbers: the target, then half the way back, a quarter, ..., one.
local function towards(target, value)
  local list, distance = {}, value - target
  while distance ~= 0 do
    list[#list + 1] = value - distance
    distance = distance > 0 and distance // 2 or -(-distance // 2)
  end
  return list
end

local function nearest_to_zero(low, high) return math.max(low, math.min(high, 0)) end

local function check_range(low, high, kind)
  if math.type(low) == nil or math.type(high) == nil or low > high
      or kind and (math.type(low) ~= kind or math.type(high) ~= kind) then
    error(("a range of numbers expected, got %s to %s"):format(tostring(low), tostring(high)), 3)
  end
end

--- any.integer(low, high) -> generator
-- Whole numbers from low to high, both included; the ends and zero more often than the others.
-- Units:
-- Example:
-- print(any.check({any.integer(1, 100)}, function(n) return n < 50 end).values[1]) --> 50
function any.integer(low, high)
  check_range(low, high, "integer")
  local target = nearest_to_zero(low, high)
  local ends = {low, high, target}
  return {
    draw = function(random)
      local edge = random(1, 20)
      return ends[edge] or random(low, high)
    end,
    shrink = function(value)
      local list = towards(target, value)
      if value < 0 and -value <= high then table.insert(list, 2, -value) end
      return list
    end,
  }
end

--- any.number(low, high) -> generator
-- Numbers from low to high; the ends and the nearest to zero more often than the others.
-- Units:
-- Example:
-- print(any.check({any.number(0, 1)}, function(x) return x <= 1 end)) --> nil
function any.number(low, high)
  check_range(low, high)
  local target = nearest_to_zero(low, high) + 0.0
  local ends = {low + 0.0, high + 0.0, target}
  return {
    draw = function(random)
      return ends[random(1, 20)] or low + (high - low) * (random(0, (1 << 53) - 1) * 2.0 ^ -53)
    end,
    shrink = function(value)
      local list = {}
      local whole = value < 0 and math.ceil(value) or math.floor(value)
      local nearer = whole + (whole < target and 1 or -1)
      for _, simpler in ipairs {target, whole + 0.0, (value + target) / 2, nearer + 0.0} do
        if simpler ~= value and simpler >= low and simpler <= high then
          list[#list + 1] = simpler
        end
      end
      return list
    end,
  }
end

--- any.boolean() -> generator
-- true or false; false is the simpler one.
-- Units:
-- Example:
-- print(any.check({any.boolean()}, function(b) return b ~= nil end)) --> nil
function any.boolean()
  return {
    draw = function(random) return random(0, 1) == 1 end,
    shrink = function(value) return value and {false} or {} end,
  }
end

--- any.of(values) -> generator
-- One of the values of a list; earlier ones are simpler.
-- Units:
-- Example:
-- print(any.check({any.of {"int8", "int16"}}, function(d) return d == "int8" end).values[1])
-- --> int16
function any.of(values)
  if type(values) ~= "table" or #values == 0 then error("a list of values expected", 2) end
  return {
    draw = function(random) return values[random(1, #values)] end,
    shrink = function(value)
      local list = {}
      for _, simpler in ipairs(values) do
        if rawequal(simpler, value) then break end
        list[#list + 1] = simpler
      end
      return list
    end,
  }
end

-- Shorter sequences: nothing, halves, and without one item each; then the same with one item
-- simpler. `without(first, last)` leaves a part out, `with(i, item)` replaces one.
local function shorter(length, without)
  local list = {}
  local part = length
  while part >= 1 do
    for first = 1, length, part do
      list[#list + 1] = without(first, math.min(first + part - 1, length))
    end
    part = part // 2
  end
  return list
end

--- any.list(generator, most) -> generator
-- Lists of up to `most` values of another generator.
-- Units: most: items
-- Example:
-- local found = any.check({any.list(any.integer(0, 9), 20)}, function(list) return #list < 3 end)
-- print(table.concat(found.values[1], " ")) --> 0 0 0
function any.list(generator, most)
  return {
    draw = function(random)
      local list = {}
      for i = 1, random(0, most) do list[i] = generator.draw(random) end
      return list
    end,
    shrink = function(value)
      local lists = shorter(#value, function(first, last)
        local rest = table.move(value, 1, first - 1, 1, {})
        return table.move(value, last + 1, #value, first, rest)
      end)
      for i, item in ipairs(value) do
        for _, simpler in ipairs(generator.shrink(item)) do
          if #lists >= MOST_STEPS then return lists end
          local copy = table.move(value, 1, #value, 1, {})
          copy[i] = simpler
          lists[#lists + 1] = copy
        end
      end
      return lists
    end,
  }
end

--- any.text(most [, characters]) -> generator
-- Strings of up to `most` of these characters; the first of them is the simplest.
-- Units: most: bytes; characters: letters, digits, blank and the bytes 0, 10, 34, 92, 255 unless given
-- Example:
-- print(any.check({any.text(9)}, function(s) return not s:find "%d" end).values[1]) --> 0
function any.text(most, characters)
  characters = characters or "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \0\n\"\\\255"
  local function at(i) return characters:sub(i, i) end
  return {
    draw = function(random)
      local parts = {}
      for i = 1, random(0, most) do parts[i] = at(random(1, #characters)) end
      return table.concat(parts)
    end,
    shrink = function(value)
      local list = shorter(#value, function(first, last)
        return value:sub(1, first - 1) .. value:sub(last + 1)
      end)
      for i = 1, #value do
        local place = characters:find(value:sub(i, i), 1, true)
        for _, simpler in ipairs(towards(1, place)) do
          if #list >= MOST_STEPS then return list end
          list[#list + 1] = value:sub(1, i - 1) .. at(simpler) .. value:sub(i + 1)
        end
      end
      return list
    end,
  }
end

--- any.tensor([options]) -> generator
-- Tensors of random shape and content. Options: `dtype` ("float32"), `rank`, the most axes (3),
-- `dim`, the most along an axis (8), `low` and `high` (-100, 100). Simpler ones have fewer
-- elements, then more zeros.
-- Units: rank: axes; dim: elements
-- Example:
-- local x = any.tensor {dtype = "int8", rank = 2}
-- print(any.check({x}, function(t) return t:sum() == t:reshape {-1}:sum() end)) --> nil
function any.tensor(options)
  options = options or {}
  local dtype, rank, dim = options.dtype or "float32", options.rank or 3, options.dim or 8
  local low, high = options.low or -100, options.high or 100
  return {
    draw = function(random)
      local shape = {}
      for axis = 1, random(1, rank) do shape[axis] = random(1, dim) end
      local seed = random(0, 1 << 30)
      if dtype:find "^float" then
        return (tensor.rand(shape, seed) * (high - low) + low):astype(dtype)
      end
      return tensor.randint(low, high, shape, dtype, seed)
    end,
    shrink = function(value)
      local list = {}
      for axis, size in ipairs(value.shape) do
        local whole = {}
        for i = 1, value.rank do whole[i] = {} end
        for _, range in ipairs(size > 1 and {{1, size // 2}, {size // 2 + 1, size}} or {}) do
          whole[axis] = range
          list[#list + 1] = value:slice(table.unpack(whole)):clone()
        end
      end
      local flat = value:reshape {-1}
      local first = 0
      for i = 1, value.size do
        if flat[i] ~= 0 then first = i break end
      end
      if first > 0 and low <= 0 and high >= 0 then
        list[#list + 1] = tensor.zeros(value.shape, dtype)
        local copy = value:clone()
        copy:reshape {-1}:set(0, first)
        list[#list + 1] = copy
      end
      return list
    end,
  }
end

-- Replaces values by simpler ones for as long as the test fails on them; gives the number of
-- simplifications.
local function simplify(generators, values, fails)
  local steps, found = 0, 0
  local again = true
  while again do
    again = false
    for i, generator in ipairs(generators) do
      for _, simpler in ipairs(generator.shrink(values[i])) do
        steps = steps + 1
        if steps > MOST_STEPS then return found end
        local before = values[i]
        values[i] = simpler
        if fails(values) then
          found, again = found + 1, true
          break
        end
        values[i] = before
      end
    end
  end
  return found
end

--- any.check(generators, holds [, options]) -> nil | counterexample
-- Calls `holds` with a value of each generator, again and again. nil when it gave true each time;
-- else, as a table, the simplest `values` found for which it did not, or raised; the `first` that
-- were; `run`, which run of `runs` that was, and the `seed`. Options: `runs` (100), `seed` (1).
-- Units: holds: function(value...) -> boolean
-- Example:
-- local found = any.check({any.integer(-1000, 1000)}, function(n) return n * n < 10000 end)
-- print(found.values[1], found.seed) --> 100 1
function any.check(generators, holds, options)
  options = options or {}
  local runs, seed = options.runs or 100, options.seed or 1
  local function fails(values)
    local done, result = pcall(holds, table.unpack(values, 1, #generators))
    return not (done and result)
  end
  local random = source(seed)
  for run = 1, runs do
    local values = {}
    for i, generator in ipairs(generators) do values[i] = generator.draw(random) end
    if fails(values) then
      local first = table.move(values, 1, #generators, 1, {})
      local steps = simplify(generators, values, fails)
      return {values = values, first = first, steps = steps, run = run, seed = seed}
    end
  end
  return nil
end

return any
