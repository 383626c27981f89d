-- plot.confusion: which classes are taken for which, as numbers shaded by their part of the row.

local grid, names, tensor = require "plot.grid", require "plot.names", require "tensor"
local values = require "plot.values"

local confusion = {first = true, options = {labels = "any"}}

-- Each number as a part of its row.
local function parts(counts)
  local shares = tensor.zeros(counts.shape)
  for row = 1, counts:dim(1) do
    local sum = 0
    for column = 1, counts:dim(2) do sum = sum + counts:at(row, column) end
    if sum > 0 then shares[row] = counts[row]:astype "float32" / sum end
  end
  return shares
end

function confusion.add(figure, options, matrix)
  local counts, why = values.matrix(matrix)
  if not counts then return 1, why end
  local n = counts:dim(1)
  if counts:dim(2) ~= n then
    return 1, ("a square matrix expected, got {%d, %d}"):format(n, counts:dim(2))
  end
  for row = 1, n do
    local least, most = values.range(counts[row])
    if not (counts[row]:min() >= 0) or least > most then
      return 1, ("numbers from 0 expected, in row %d is another"):format(row)
    end
  end
  local labels = {}
  for i = 1, n do labels[i] = tostring(i) end
  if options.labels then
    labels, why = names.list("labels", options.labels, n)
    if not labels then return 2, why end
  end
  figure.marks[#figure.marks + 1] = grid.new({parts(counts)}, {
    map = "blues", low = 0, high = 1, square = true, numbers = true, counts = counts,
    x_names = labels, y_names = labels,
  })
  figure.options.xlabel = figure.options.xlabel or "predicted"
  figure.options.ylabel = figure.options.ylabel or "true"
end

return confusion
