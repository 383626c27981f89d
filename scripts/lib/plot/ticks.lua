-- Where an axis has its numbers: multiples of 1, 2 or 5 times a power of ten.
--
-- A tick is a whole number k and the power e of ten it counts, so that neither its place nor its
-- label depends on how sums round.

local ticks = {}

local STEPS <const> = {1, 2, 5}
local LEAST <const> = 1e-290    -- a shorter span has no power of ten to count
local ALIKE <const> = 1e-12     -- numbers that differ by less, in parts of themselves, are the same
local SLACK <const> = 1e-9      -- of a step: how far behind the end of an axis its tick may fall
local PLAIN_DIGITS <const> = 7  -- of a label; longer ones are written with an exponent
local PLAIN_DECIMALS <const> = 5

local function value_of(k, e) return e >= 0 and k * 10.0 ^ e or k / 10.0 ^ -e end

-- The whole steps that lie between two ends.
local function steps_between(low, high, step)
  return math.ceil(low / step - SLACK), math.floor(high / step + SLACK)
end

-- The shortest step that comes up at most so many times: factor, exponent, first and last.
local function choose(low, high, most, whole)
  local e = math.floor(math.log((high - low) / most, 10)) - 1
  if whole then e = math.max(e, 0) end
  while true do
    for _, m in ipairs(STEPS) do
      local first, last = steps_between(low, high, value_of(m, e))
      if last - first < most then return m, e, first, last end
    end
    e = e + 1
  end
end

-- Digits of a number without the zeros at its end, and how many those were.
local function significant(k)
  local digits = ("%d"):format(math.abs(k))
  local kept = digits:match "^(.-)0*$"
  return kept, #digits - #kept
end

local function with_exponent(k, e)
  if k == 0 then return "0" end
  local digits, zeros = significant(k)
  local fraction = digits:sub(2)
  return ("%s%s%se%d"):format(k < 0 and "-" or "", digits:sub(1, 1),
    fraction == "" and "" or "." .. fraction, e + zeros + #fraction)
end

local function plain(k, e)
  local digits = ("%d"):format(math.abs(k))
  local sign = k < 0 and "-" or ""
  if e >= 0 then return sign .. digits .. (k == 0 and "" or ("0"):rep(e)) end
  digits = ("0"):rep(1 - e - #digits) .. digits
  return sign .. digits:sub(1, e - 1) .. "." .. digits:sub(e)
end

local function writer(first, last, e)
  local longest = math.max(math.abs(first), math.abs(last))
  local digits = #("%d"):format(longest) + math.max(e, 0)
  if e < -PLAIN_DECIMALS or (e >= 0 and digits > PLAIN_DIGITS) then return with_exponent end
  return plain
end

-- The ticks of an axis from `low` to `high`, a list of {value =, label =}, at most so many; only
-- whole numbers where `whole`.
function ticks.list(low, high, most, whole)
  local m, e, first, last = choose(low, high, most, whole)
  local write = writer(first * m, last * m, e)
  local list = {}
  for k = first, last do
    list[#list + 1] = {value = value_of(k * m, e), label = write(k * m, e)}
  end
  return list
end

-- The ends of an axis for numbers from low to high: apart even if those are the same, or if there
-- are none (low > high). `least` and `most`, where given, are ends that stay.
function ticks.span(low, high, least, most)
  if low > high then
    low, high = most and most - 1 or 0, least and least + 1 or 1
  end
  low, high = least or low, most or high
  local size = math.max(math.abs(low), math.abs(high))
  if high - low > math.max(size * ALIKE, LEAST) then return low, high end
  local room = size > LEAST and size / 2 or 1
  if least and not most then return low, low + room end
  if most and not least then return high - room, high end
  return low - room, high + room
end

-- Moves the ends outwards to ticks of about `most`.
function ticks.round_out(low, high, most)
  local m, e = choose(low, high, most)
  local step = value_of(m, e)
  local first, last = math.floor(low / step + SLACK), math.ceil(high / step - SLACK)
  return value_of(first * m, e), value_of(last * m, e)
end

return ticks
