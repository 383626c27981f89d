--- What every operator of a model gave in one run, as arrays of a .npz file.

local tensor = require "tensor"

local layers = {}

-- "003_CONV_2D_out1"
local function name_of(row, k)
  return ("%03d_%s_out%d"):format(row.index, row.name:gsub("[^%w_]", "_"), k)
end

-- Writes what `rows` of model:trace hold. Raises when the file cannot be written.
function layers.save(path, rows)
  local arrays = {}
  for _, row in ipairs(rows) do
    for k, output in ipairs(row.outputs) do arrays[name_of(row, k)] = output.tensor end
  end
  local ok, message = tensor.save(path, arrays)
  if not ok then error(message, 0) end
end

return layers
