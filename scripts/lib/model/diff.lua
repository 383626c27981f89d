--- `moonlet model diff`: two models layer by layer, on the same inputs.

local nn = require "nn"
local compare, samples, text = require "model.compare", require "model.samples", require "model.text"

local diff = {}

local function load(path)
  local model, message = nn.load(path)
  if not model then error(message, 0) end
  return model
end

local function same_shape(a, b)
  return table.concat(a.shape, " ") == table.concat(b.shape, " ")
end

-- A sample for the other model: its own dtype, or the real numbers that the first one's
-- quantised inputs stand for.
local function inputs_for(model, of, given)
  local list = {}
  for i, port in ipairs(model.inputs) do
    local from = of.inputs[i]
    if not from or not same_shape(port, from) then
      error(("input %d: %s and %s"):format(i, from and text.tensor(from) or "none",
        text.tensor(port)), 0)
    end
    local x = given[i]
    if port.dtype ~= x.dtype and x.dtype ~= "float32" then
      x = x:dequantize(from.scale, from.zero_point)
    end
    list[i] = x
  end
  return table.unpack(list)
end

-- One layer of each; `differs` says in words why they cannot be compared.
local function compare_rows(a, b, limit)
  local row = {index = a.index, name = a.name, other = b.name}
  local x, y = a.outputs[1], b.outputs[1]
  if not x or not y or not x.tensor or not y.tensor then return row end
  if not same_shape(x.tensor, y.tensor) then
    row.differs = ("%s and %s"):format(text.tensor(x.tensor), text.tensor(y.tensor))
    return row
  end
  local figures = compare.tensors(x.tensor, y.tensor, x, y)
  row.count, row.different, row.max_error = figures.count, figures.different, figures.max_error
  row.rmse = figures.rmse
  if figures.max_error > (limit or 0) or figures.max_error ~= figures.max_error then
    row.differs = ("%d of %d, at most %.6g"):format(figures.different, figures.count,
      figures.max_error)
  end
  return row
end

local function shown(report)
  local rows = {{"", "operator", "max error", "RMSE", "different", ""}}
  for _, row in ipairs(report.layers) do
    rows[#rows + 1] = {
      "" .. row.index,
      row.name == row.other and row.name or ("%s / %s"):format(row.name, row.other),
      row.max_error and ("%.6g"):format(row.max_error) or "",
      row.rmse and ("%.6g"):format(row.rmse) or "",
      row.count and ("%d of %d"):format(row.different, row.count) or row.differs or "",
      row.differs and "differs" or "",
    }
  end
  local verdict = report.first
    and ("first difference: layer %d %s: %s"):format(report.first,
      report.layers[report.first].name, report.layers[report.first].differs)
    or "no layer differs"
  if report.left > 0 then
    verdict = verdict .. ("\n%d layers of one model have no counterpart"):format(report.left)
  end
  return text.columns(rows, "><>>><") .. "\n" .. verdict
end

-- The report, its text, and whether no layer differs.
function diff.run(options)
  local a, b = load(options.model), load(options.other)
  local given = table.pack(samples.at((samples.of(a, options)), 1))
  local rows, others = a:trace(table.unpack(given)), b:trace(inputs_for(b, a, given))
  local report = {layers = {}, left = math.abs(#rows - #others)}
  for i = 1, math.min(#rows, #others) do
    local row = compare_rows(rows[i], others[i], options.max_error)
    report.layers[i] = row
    if row.differs and not report.first then report.first = i end
  end
  report.same = not report.first and report.left == 0
  return report, shown(report), report.same
end

return diff
