-- plot.bar: a lying bar for each value, with its name.

local blocks, names, values = require "plot.blocks", require "plot.names", require "plot.values"

local bar = {first = true, options = {labels = "any", legend = "any"}}

function bar.add(figure, options, lengths)
  local series, why = values.series(lengths)
  if not series then return 1, why end
  local n = #series[1]
  for i, vector in ipairs(series) do
    if #vector ~= n then
      return 1, ("series %d: %d values expected, got %d"):format(i, n, #vector)
    end
  end
  local labels, legend = {}, nil
  for i = 1, n do labels[i] = tostring(i) end
  if options.labels then
    labels, why = names.list("labels", options.labels, n)
    if not labels then return 2, why end
  end
  if options.legend then
    legend, why = names.list("legend", options.legend, #series)
    if not legend then return 2, why end
  end
  names.add_series(figure, {blocks.lying(series, labels, figure.colors + 1)}, legend, "blocks",
    #series)
end

return bar
