--- What models are fed with: arrays of a file, or numbers that look random.
--
-- A file has one array for each input (or output), by its name, or as "in1", "in2", ...
-- ("out1", ...). An array holds one sample or more, one after the other.

local tensor = require "tensor"

local samples = {}

-- The arrays of a .npz by name, or that of a .npy as the first one.
local function load(path, prefix)
  local loaded, message = tensor.load(path)
  if not loaded then error(message, 0) end
  if type(loaded) == "table" then return loaded end
  return {[prefix .. "1"] = loaded}
end

-- `array` as {count, shape of the port ...}.
local function split(array, port, what)
  local size = port.tensor.size
  if size == 0 or array.size % size ~= 0 or array.size == 0 then
    error(("%s: %d elements are no samples of %d"):format(what, array.size, size), 0)
  end
  return array:reshape {array.size // size, table.unpack(port.shape)}
end

-- One array for each port of `ports`, and the number of samples in each. `prefix` is "in"
-- or "out".
function samples.load(path, ports, prefix)
  local arrays, list, count = load(path, prefix), {}, nil
  for i, port in ipairs(ports) do
    local name = prefix .. i
    local array = arrays[port.name] or arrays[name]
    if not array then error(("%s: neither '%s' nor '%s'"):format(path, port.name, name), 0) end
    list[i] = split(array, port, ("%s: %s"):format(path, name))
    count = count or #list[i]
    if #list[i] ~= count then
      error(("%s: %d samples of %s1, %d of %s"):format(path, count, prefix, #list[i], name), 0)
    end
  end
  return list, count
end

local LIMITS <const> = {
  int8 = {-128, 127}, uint8 = {0, 255}, int16 = {-32768, 32767}, uint16 = {0, 65535},
  int32 = {-1000, 1000}, uint32 = {0, 1000}, int64 = {-1000, 1000}, uint64 = {0, 1000},
  bool = {0, 1},
}

-- One sample for each input, the same for the same seed: floats from -1 to 1, small integers
-- of every value, large ones up to 1,000.
function samples.random(ports, seed)
  local list = {}
  for i, port in ipairs(ports) do
    local limits = LIMITS[port.dtype]
    local shape = {1, table.unpack(port.shape)}
    if limits then
      local dtype = port.dtype == "bool" and "uint8" or port.dtype
      list[i] = tensor.randint(limits[1], limits[2], shape, dtype, seed + i)
      if port.dtype == "bool" then list[i] = list[i]:astype "bool" end
    else
      list[i] = (tensor.rand(shape, port.dtype, seed + i) * 2 - 1):astype(port.dtype)
    end
  end
  return list, 1
end

-- Sample `i` of each array, as model:run takes them.
function samples.at(arrays, i)
  local list = {}
  for k, array in ipairs(arrays) do
    local view = array[i]
    list[k] = type(view) == "number" and tensor.full({}, view, array.dtype) or view
  end
  return table.unpack(list)
end

-- What `options` ask for: `inputs`, a path, or random ones from `seed`.
function samples.of(model, options)
  if options.inputs then return samples.load(options.inputs, model.inputs, "in") end
  return samples.random(model.inputs, options.seed or 1)
end

return samples
