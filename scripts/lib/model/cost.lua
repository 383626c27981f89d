--- What loading a model takes: time, and memory of every kind.

local nn, sys = require "nn", require "sys"
local text = require "model.text"

local cost = {}

--- cost.load(path) -> model, table | nil, message
-- `us`, and the bytes more of each part of sys.mem().
function cost.load(path)
  collectgarbage()
  collectgarbage()
  local before, start = sys.mem(), sys.ticks_us()
  local model, message = nn.load(path)
  local us = sys.ticks_us() - start
  if not model then return nil, message end
  collectgarbage()
  collectgarbage()
  local after, taken = sys.mem(), {us = us}
  for _, part in ipairs {"engine", "files", "packed", "lua"} do
    taken[part] = after[part] - before[part]
  end
  return model, taken
end

-- "loaded in 812 us: 16,512 bytes of the engine, 0 of files, 0 packed, 3,210 of Lua's heap"
function cost.text(taken)
  return ("loaded in %s us: %s bytes of engine RAM, %s of files, %s packed, %s of Lua's heap")
    :format(text.exact(taken.us), text.exact(taken.engine), text.exact(taken.files),
      text.exact(taken.packed), text.exact(taken.lua))
end

return cost
