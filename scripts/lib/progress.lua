--- A bar for long loops: how far, how fast, how long still.
--
-- It is drawn on standard error when that is a terminal, a few times a second, and is
-- silent in a pipe, so a script can leave it in.

local sys = require "sys"

local progress = {}

local usual_columns <const> = 80  -- of a terminal that does not tell
local least_bar <const> = 4       -- columns; without room for them there are numbers alone
local redraw_us <const> = 100000  -- the eye takes no more, and drawing costs
local first_us <const> = 300000   -- a loop that is over by then shows nothing
local look_us <const> = 20000     -- how often a fast loop looks at the clock

-- 75 -> "1:15", 3675 -> "1:01:15"
local function clock_text(seconds)
  seconds = math.floor(seconds + 0.5)
  local hours, minutes = seconds // 3600, seconds // 60 % 60
  if hours > 0 then return ("%d:%02d:%02d"):format(hours, minutes, seconds % 60) end
  return ("%d:%02d"):format(minutes, seconds % 60)
end

-- "5.2/s", slow ones "8.1 s each"
local function rate_text(done, seconds)
  if done == 0 or seconds <= 0 then return "" end
  local rate = done / seconds
  if rate < 0.5 then return ("%.1f s each"):format(1 / rate) end
  return (rate < 10 and "%.1f/s" or "%.0f/s"):format(rate)
end

-- "   12/100 [####......] 5.2/s, 0:17 left", with less behind the bar where there is no room.
local function bar_text(done, total, seconds, columns)
  local rate = rate_text(done, seconds)
  if not total then
    return ("%d  %s, %s"):format(done, rate, clock_text(seconds)):sub(1, columns)
  end
  local part = total > 0 and math.min(done / total, 1) or 1
  local left = done > 0 and clock_text(seconds / done * math.max(total - done, 0)) .. " left" or ""
  local head = ("%" .. #tostring(total) .. "d/%d ["):format(done, total)
  for _, tail in ipairs {("] %s, %s"):format(rate, left), "] " .. left, "]"} do
    local width = columns - #head - #tail
    if width >= least_bar then
      local full = math.floor(part * width)
      return head .. ("#"):rep(full) .. ("."):rep(width - full) .. tail
    end
  end
  return ("%d/%d"):format(done, total):sub(1, columns)
end

-- A bar, drawn by time. `close` ends its line; it may be called twice.
local Bar = {}
Bar.__index = Bar

local function new_bar(total, out)
  local now = sys.ticks_us()
  return setmetatable({
    total = total, out = out, start = now, drawn = false,
    done = 0,              -- steps finished
    looked = now,          -- at the clock
    stride = 1, look = 1,  -- it is looked at again when `done` comes to `look`
    due = now + first_us,
  }, Bar)
end

-- Looks at the clock, draws when it is time, and chooses when to look next.
function Bar:step()
  local now = sys.ticks_us()
  local passed = now - self.looked
  if passed < look_us then
    self.stride = self.stride * 2
  elseif passed > 2 * look_us then
    self.stride = math.max(self.stride * look_us // passed, 1)
  end
  self.looked, self.look = now, self.done + self.stride
  if now >= self.due then
    self.due = now + redraw_us
    self:draw(now)
  end
end

function Bar:draw(now)
  -- The last column stays free: some terminals begin a new line once it is written to.
  local columns = (sys.screen "error" or usual_columns) - 1
  local text = bar_text(self.done, self.total, (now - self.start) / 1e6, columns)
  self.out:write("\r", text, "\27[K")
  self.out:flush()
  self.drawn = true
end

function Bar:close()
  if not self.drawn then return end
  self:draw(sys.ticks_us())
  self.out:write("\n")
  self.drawn = false
end

Bar.__close = Bar.close

-- Iterator, state and first control value over what `iter` was given, and its length.
local function open(over)
  if math.type(over) == "integer" then
    return function(_, i)
      if i < over then return i + 1 end
    end, nil, 0, math.max(over, 0)
  end
  if type(over) == "function" then return over end
  local length = #over
  return function(_, i)
    if i < length then return i + 1, over[i + 1] end
  end, nil, 0, length
end

--- progress.iter(over [, total]) -> iterator
-- Goes through `over` as `for` would and shows how far it came. An integer n stands for
-- 1 to n; a list or tensor gives positions and elements, as many as there are at the
-- beginning; an iterator function is called until it gives nil, and needs `total` for a
-- bar. The line is ended however the loop ends: at its end, by `break`, or by an error.
-- Units: total: number of steps
-- Example:
-- local sum = 0
-- for i in progress.iter(4) do sum = sum + i end
-- print(sum) --> 10
-- for i, name in progress.iter {"a", "b"} do print(i, name) end --> 1 a
--                                                               --> 2 b
-- for line in progress.iter(("x y z"):gmatch "%a", 3) do print(line) end --> x y z
function progress.iter(over, total)
  if total ~= nil and math.type(total) ~= "integer" then
    error("bad argument #2 to 'iter' (integer expected, got " .. type(total) .. ")", 2)
  end
  local kind = type(over)
  if math.type(over) ~= "integer" and kind ~= "function" and kind ~= "table"
      and kind ~= "userdata" then
    error("bad argument #1 to 'iter' (integer, list or iterator expected, got " .. kind .. ")", 2)
  end
  local next_item, state, first, length = open(over)
  local out = progress._out or sys.terminal and io.stderr
  if not out then return next_item, state, first end
  local bar = new_bar(total or length, out)
  local done = -1  -- the call that starts a step ends the one before
  return function(s, control)
    done = done + 1
    bar.done = done
    if done >= bar.look then bar:step() end
    return next_item(s, control)
  end, state, first, bar
end

return progress
