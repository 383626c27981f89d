-- What may be drawn: tensors of any type and plain lists, as vectors and matrices. A refusal is
-- nil and what was expected.

local arguments, tensor = require "support.arguments", require "tensor"

local values = {}

-- Beyond it a number counts as infinite: the difference of two others stays a number.
local MOST <const> = 1e300

function values.finite(value) return value >= -MOST and value <= MOST end

function values.is_tensor(x) return arguments.given(x) == "tensor" end

local function numbers(x) return x.dtype == "bool" and x:astype "uint8" or x end

-- What a message says of a value that does not fit.
local function given(x)
  if not values.is_tensor(x) then return arguments.given(x) end
  return "tensor {" .. table.concat(x.shape, ", ") .. "}"
end

local VECTOR <const> = "tensor {n} or list of numbers expected, got "

-- What has a length and numbers at 1 to it.
function values.vector(x)
  if values.is_tensor(x) then
    if x.rank ~= 1 then return nil, VECTOR .. given(x) end
    x = numbers(x)
  elseif type(x) ~= "table" then
    return nil, VECTOR .. given(x)
  else
    for i = 1, #x do
      if type(x[i]) ~= "number" then return nil, VECTOR .. given(x[i]) .. " in it" end
    end
  end
  if #x == 0 then return nil, "values expected, got none" end
  return x
end

-- A list of vectors: one, those of a list, or the columns of a tensor {n, series}.
function values.series(x)
  if values.is_tensor(x) and x.rank == 2 then
    if x.size == 0 then return nil, "values expected, got none" end
    local columns = {}
    for i = 1, x:dim(2) do columns[i] = numbers(x):slice({}, i) end
    return columns
  end
  local several = type(x) == "table" and (type(x[1]) == "table" or values.is_tensor(x[1]))
  if not several then
    local vector, why = values.vector(x)
    return vector and {vector}, why
  end
  local list = {}
  for i = 1, #x do
    local vector, why = values.vector(x[i])
    if not vector then return nil, ("series %d: %s"):format(i, why) end
    list[i] = vector
  end
  return list
end

-- A tensor of one of these ranks with elements; lists of lists become one.
function values.array(x, ranks, what)
  if type(x) == "table" and #x > 0 then
    local done, made = pcall(tensor.new, x, "float64")
    if not done then return nil, what .. " expected, got a table: " .. made end
    x = made
  end
  if not values.is_tensor(x) or not ranks[x.rank] then
    return nil, what .. " expected, got " .. given(x)
  end
  if x.size == 0 then return nil, "values expected, got none" end
  return numbers(x)
end

function values.matrix(x) return values.array(x, {[2] = true}, "tensor {rows, columns}") end

local function wider(low, high, other_low, other_high)
  return math.min(low, other_low), math.max(high, other_high)
end

-- The lowest and the highest finite number of a vector or matrix, as floats: -math.mininteger is
-- itself. Where there is none, infinities the wrong way round.
function values.range(x)
  local rank = 1
  if values.is_tensor(x) then
    local low, high = x:min() + 0.0, x:max() + 0.0  -- NaN if there is one
    if values.finite(low) and values.finite(high) then return low, high end
    rank = x.rank
  end
  local low, high = math.huge, -math.huge
  for i = 1, #x do
    if rank > 1 then
      low, high = wider(low, high, values.range(x[i]))
    elseif values.finite(x[i]) then
      low, high = wider(low, high, x[i] + 0.0, x[i] + 0.0)
    end
  end
  return low, high
end

return values
