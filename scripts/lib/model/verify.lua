--- `moonlet model verify`: a model's outputs against recorded ones.

local nn, tensor = require "nn", require "tensor"
local compare, layers = require "model.compare", require "model.layers"
local samples, text = require "model.samples", require "model.text"

local verify = {}

-- Integers are to be equal, floats to 1e-5 of the range of what was recorded.
local function limit_of(port, figures, options)
  if options.max_error then return options.max_error end
  return port.dtype:find "float" and 1e-5 * figures.range or 0
end

-- All outputs of all samples, as arrays like those recorded.
local function outputs_of(model, inputs, count)
  local collected = {}
  for k, port in ipairs(model.outputs) do
    collected[k] = tensor.zeros({count, table.unpack(port.shape)}, port.dtype)
  end
  for i = 1, count do
    local results = table.pack(model:run(samples.at(inputs, i)))
    if not results[1] then error(results[2], 0) end
    for k = 1, results.n do collected[k][i] = results[k] end
  end
  return collected
end

-- In how many samples the largest value stands at the same place.
local function top1(got, expected)
  local count = #got
  local a = got:reshape {count, got.size // count}:argmax(2)
  local b = expected:reshape {count, expected.size // count}:argmax(2)
  return a:eq(b):sum() / count
end

local function check_output(port, got, expected, options)
  local same = expected.dtype == got.dtype
  local figures = compare.tensors(got, expected, port, same and port or nil)
  figures.name, figures.dtype = port.name, port.dtype
  figures.limit = limit_of(port, figures, options)
  figures.top1 = top1(got, expected)
  figures.ok = figures.max_error <= figures.limit
  return figures
end

local function shown(report)
  local rows = {{"output", "max error", "limit", "RMSE", "cosine", "different", "top-1", ""}}
  for i, output in ipairs(report.outputs) do
    rows[i + 1] = {
      ("%d %s"):format(i, text.printable(output.name)), ("%.6g"):format(output.max_error),
      ("%.6g"):format(output.limit), ("%.6g"):format(output.rmse), ("%.6f"):format(output.cosine),
      ("%d of %d"):format(output.different, output.count), ("%.1f%%"):format(100 * output.top1),
      output.ok and "ok" or "FAIL",
    }
  end
  return ("%s: %d sample%s\n%s"):format(report.name, report.samples,
    report.samples == 1 and "" or "s", text.columns(rows, "<>>>>>><"))
end

-- The report, its text, and whether every output is within its limit.
function verify.run(options)
  local model, message = nn.load(options.model)
  if not model then error(message, 0) end
  local inputs, count = samples.load(options.inputs, model.inputs, "in")
  local golden, recorded = samples.load(options.golden, model.outputs, "out")
  if recorded ~= count then
    error(("%d samples of inputs, %d of outputs"):format(count, recorded), 0)
  end
  if options.dump_layers then layers.save(options.dump_layers, model, inputs) end
  local report = {name = nn.analyze(options.model).name, samples = count, outputs = {}, ok = true}
  for k, got in ipairs(outputs_of(model, inputs, count)) do
    report.outputs[k] = check_output(model.outputs[k], got, golden[k], options)
    report.ok = report.ok and report.outputs[k].ok
  end
  return report, shown(report), report.ok
end

return verify
