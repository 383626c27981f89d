--- `moonlet model diff`: two models layer by layer on the same inputs, or one and what was
--- recorded of its layers, on another machine perhaps.

local nn, tensor = require "nn", require "tensor"
local compare, layers = require "model.compare", require "model.layers"
local samples, text = require "model.samples", require "model.text"

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

local function same_bytes(x, y) return x.dtype == y.dtype and x:tobytes() == y:tobytes() end

-- The first of the outputs behind the first one whose bits differ.
local function further_difference(a, b)
  for k = 2, math.min(#a.outputs, #b.outputs) do
    local x, y = a.outputs[k].tensor, b.outputs[k].tensor
    if x and y and not same_bytes(x, y) then return k end
  end
end

-- In words why two layers are not the same, if so. Without a limit every bit counts where both
-- have one dtype.
local function difference(a, b, figures, limit)
  local x, y = a.outputs[1].tensor, b.outputs[1].tensor
  local same = same_bytes(x, y)
  local exact = not limit and x.dtype == y.dtype
  local nan = figures.max_error ~= figures.max_error
  if figures.max_error > (limit or 0) or (exact or nan) and not same then
    return ("%d of %d, at most %.6g"):format(figures.different, figures.count, figures.max_error)
  end
  local further = exact and further_difference(a, b)
  return further and "output " .. further or nil
end

-- One layer of each; `differs` says in words why they are not the same, or cannot be compared.
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
  row.same_bits = same_bytes(x.tensor, y.tensor) and not further_difference(a, b)
  row.differs = difference(a, b, figures, limit)
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
    or report.compared == 0 and "no layer is there in both"
    or "no layer differs" .. (report.same_bits and ": same bits" or "")
  if report.left > 0 then
    verdict = verdict .. ("\n%d layers of one model have no counterpart"):format(report.left)
  end
  return text.columns(rows, "><>>><") .. "\n" .. verdict
end

-- The rows of a trace with what a file of layers (model.layers) has for their first outputs, and
-- how many of its arrays are no outputs of these.
local function recorded_rows(rows, path)
  local arrays, message = tensor.load(path)
  if type(arrays) ~= "table" then error(message or path .. ": no archive of layers", 0) end
  local list, left = {}, 0
  for _ in pairs(arrays) do left = left + 1 end
  for i, row in ipairs(rows) do
    list[i] = {name = row.name, outputs = {}}
    for k, output in ipairs(row.outputs) do
      local array = arrays[layers.name(row, k)]
      if array then left = left - 1 end
      list[i].outputs[k] = {scale = output.scale, zero_point = output.zero_point, tensor = array}
    end
  end
  return list, left
end

-- The rows of both sides, and how many there are more on one.
local function rows_of(options)
  local model = load(options.model)
  local given = table.pack(samples.at((samples.of(model, options)), 1))
  local rows = model:trace(table.unpack(given))
  local path = options.recorded or options.other:match "%.npz$" and options.other
  if path then return rows, recorded_rows(rows, path) end
  local other = load(options.other)
  local others = other:trace(inputs_for(other, model, given))
  return rows, others, math.abs(#rows - #others)
end

-- The report, its text, and whether no layer differs.
function diff.run(options)
  local rows, others, left = rows_of(options)
  local report = {layers = {}, left = left, compared = 0, same_bits = true}
  for i = 1, math.min(#rows, #others) do
    local row = compare_rows(rows[i], others[i], options.max_error)
    report.layers[i] = row
    if row.differs and not report.first then report.first = i end
    if row.same_bits ~= nil then
      report.compared = report.compared + 1
      report.same_bits = report.same_bits and row.same_bits
    end
  end
  report.same = not report.first and report.left == 0 and report.compared > 0
  return report, shown(report), report.same
end

return diff
