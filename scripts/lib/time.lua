--- How long a call takes: `time(fn, ...)`, open by its name at the prompt.

local sys = require "sys"

local function text(us)
  if us < 1000 then return ("%d us"):format(us) end
  if us < 1000000 then return ("%.2f ms"):format(us / 1000) end
  return ("%.2f s"):format(us / 1000000)
end

-- Takes the time first, then tells it: the results pass by untouched.
local function tell(start, ...)
  io.write(text(sys.ticks_us() - start), "\n")
  return ...
end

--- time(fn, ...) -> ...
-- Calls `fn` with the other arguments, prints how much time went by meanwhile, and gives what
-- it gave.
-- Units: fn: function
-- Example:
-- print(time(math.max, 3, 4)) --> 4
local function time(fn, ...)
  return tell(sys.ticks_us(), fn(...))
end

return time
