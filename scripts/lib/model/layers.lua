--- What every operator of a model gave in one run, as arrays of a .npz file.

local nn, tensor = require "nn", require "tensor"
local samples = require "model.samples"

local layers = {}

--- layers.name(row, k) -> string
-- What output `k` of a row of model:trace is called in a file: "003_CONV_2D_out1".
function layers.name(row, k)
  return ("%03d_%s_out%d"):format(row.index, row.name:gsub("[^%w_]", "_"), k)
end

--- layers.save(path, model, inputs)
-- Writes what each operator gives for the first sample. Raises when the file cannot be written.
function layers.save(path, model, inputs)
  local arrays = {}
  for _, row in ipairs(model:trace(samples.at(inputs, 1))) do
    for k, output in ipairs(row.outputs) do arrays[layers.name(row, k)] = output.tensor end
  end
  model:reset()
  local ok, message = tensor.save(path, arrays)
  if not ok then error(message, 0) end
end

--- layers.record(options, path)
-- The same of the model and inputs that the options of a tool name.
function layers.record(options, path)
  local model, message = nn.load(options.model)
  if not model then error(message, 0) end
  layers.save(path, model, (samples.of(model, options)))
end

return layers
