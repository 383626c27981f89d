--- Lights of the board that go out by themselves, in applications whose tasks run.

local board, sys, task = require "board", require "sys", require "task"

local lights = {}

local ends = {}  -- when a light goes out, in microseconds

local function burn(light)
  local left = ends[light] - sys.ticks_us()
  while left > 0 do
    task.sleep(left / 1e6)
    left = ends[light] - sys.ticks_us()
  end
  ends[light] = nil
  board.set_led(light, false)
end

--- lights.flash(light, seconds)
-- Has the light on from now for so long; one that is on stays on until then. A board without
-- this light shows nothing.
function lights.flash(light, seconds)
  if light > board.leds then return end
  board.set_led(light, true)
  local burns = ends[light]
  ends[light] = sys.ticks_us() + math.floor(seconds * 1e6)
  if not burns then task.spawn(burn, light) end
end

return lights
