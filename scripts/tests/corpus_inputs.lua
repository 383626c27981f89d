-- Inputs of the recorded models, as who recorded them made them, and a run on them.
--
--   local next_bytes = corpus_inputs.of(folder, vector)
--   local answer = corpus_inputs.run(model, next_bytes)
--
-- What lies in in<vector>.bin, else generated: one value for each element, by the kind of its
-- vector.

local tensor, read = require "tensor", require("file_bytes").read

local corpus_inputs = {}

local LOW = {int8 = -128, int16 = -32768, float32 = -1}
local HIGH = {int8 = 127, int16 = 32767, float32 = 1}
local FORMAT = {int8 = "<i1", int16 = "<i2", float32 = "<f"}

local function random_draw()
  local state = 1
  return function(dtype)
    state = state ~ (state << 13) & 0xffffffff
    state = state ~ state >> 17
    state = state ~ (state << 5) & 0xffffffff
    local signed = string.unpack("<i4", string.pack("<I4", state))
    if dtype == "float32" then return signed // 256 / 8388608 end
    return signed // (dtype == "int16" and 1 << 16 or 1 << 24)
  end
end

local function alternating_draw()
  local drawn = 0
  return function(dtype)
    drawn = drawn + 1
    return drawn % 2 == 1 and LOW[dtype] or HIGH[dtype]
  end
end

local function zero_draw()
  return function() return 0 end
end

-- Gives the bytes of one input after the other.
function corpus_inputs.of(folder, vector)
  local stored = read(folder .. "/in" .. vector .. ".bin")
  local draw = ({[0] = random_draw, alternating_draw, zero_draw})[vector]()
  local used = 0
  return function(port)
    if stored then
      local first = used + 1
      used = used + #port.tensor:tobytes()
      return stored:sub(first, used)
    end
    local format, parts = FORMAT[port.dtype], {}
    for i = 1, port.tensor.size do parts[i] = format:pack(draw(port.dtype)) end
    return table.concat(parts)
  end
end

-- Runs a model once on the next inputs; gives the bytes of all outputs, one after the other.
function corpus_inputs.run(model, next_bytes)
  local inputs = {}
  for i, port in ipairs(model.inputs) do
    inputs[i] = tensor.frombytes(next_bytes(port), port.dtype, port.shape)
  end
  local outputs = table.pack(model:run(table.unpack(inputs)))
  for i, y in ipairs(outputs) do outputs[i] = y:tobytes() end
  return #outputs == 1 and outputs[1] or table.concat(outputs)
end

return corpus_inputs
