-- plot.hist: how many of the values lie in each of several bins.

local blocks, names, ticks = require "plot.blocks", require "plot.names", require "plot.ticks"
local values = require "plot.values"

local hist = {options = {bins = "integer", from = "number", to = "number", legend = "any"}}

local MOST_BINS <const> = 1000

local function edges_of(from, to, bins)
  local edges = {}
  for i = 0, bins do edges[i + 1] = from + (to - from) * (i / bins) end
  return edges
end

-- Bins for n values, by Rice's rule.
local function usual_bins(n) return math.ceil(2 * n ^ (1 / 3)) end

-- Round edges around all values, for at most about as many bins as usual.
local function round_edges(x, low, high)
  low, high = ticks.span(low, high)
  local list = ticks.list(low, high, usual_bins(#x) + 1)
  local step = #list > 1 and (list[#list].value - list[1].value) / (#list - 1) or high - low
  local from, to = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
  if high >= to then to = to + step end  -- the end of a bin belongs to the next
  return edges_of(from, to, math.floor((to - from) / step + 0.5))
end

-- The last edge belongs to the last bin.
local function count(x, edges)
  local counts, bins = {}, #edges - 1
  local from, to = edges[1], edges[#edges]
  for i = 1, bins do counts[i] = 0 end
  for i = 1, #x do
    local value = x[i]
    if value >= from and value <= to then
      local bin = math.min(math.floor((value - from) / (to - from) * bins) + 1, bins)
      -- Division may round across an edge.
      if value < edges[bin] then bin = bin - 1 end
      if bin < bins and value >= edges[bin + 1] then bin = bin + 1 end
      counts[bin] = counts[bin] + 1
    end
  end
  return counts
end

function hist.add(figure, options, x)
  local why, legend
  x, why = values.vector(x)
  if not x then return 1, why end
  local bins = options.bins
  if bins and (bins < 1 or bins > MOST_BINS) then
    return 2, ("option 'bins': 1 to %d expected, got %d"):format(MOST_BINS, bins)
  end
  if options.legend then
    legend, why = names.list("legend", options.legend, 1)
    if not legend then return 2, why end
  end
  local low, high = values.range(x)
  low, high = options.from or low, options.to or high
  if options.from and options.to and not (low < high) then
    return 2, "options 'from' and 'to': from < to expected"
  end
  local edges
  if bins or options.from or options.to then
    low, high = ticks.span(low, high, options.from, options.to)
    edges = edges_of(low, high, bins or usual_bins(#x))
  else
    edges = round_edges(x, low, high)
  end
  names.add_series(figure, {blocks.upright(count(x, edges), edges, figure.colors + 1)}, legend,
    "blocks", 1)
end

return hist
