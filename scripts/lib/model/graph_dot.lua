--- A model's graph in the language of Graphviz: `dot -Tsvg`.

local graph = require "model.graph"

local STYLES <const> = {
  cpu = [[style=filled fillcolor="#e6eefb"]], npu = [[style=filled fillcolor="#e2f5e8"]],
  without = [[style=dashed]], refused = [[style=filled fillcolor="#fde3e0"]],
  port = [[style="rounded,filled" fillcolor="#f4efdf"]],
}

-- Lines in the middle, one below the other.
local function label(lines)
  local escaped = {}
  for i, line in ipairs(lines) do escaped[i] = line:gsub('[\\"]', "\\%0") end
  return table.concat(escaped, "\\n")
end

-- The picture of what nn.analyze gives.
return function(analysis)
  local boxes, edges = graph.of(analysis)
  local out = {
    ('digraph "%s" {'):format(label {analysis.name}),
    '  node [shape=box fontname="monospace" fontsize=10]; edge [arrowsize=0.7];',
  }
  for _, box in ipairs(boxes) do
    local lines = {table.unpack(box.lines)}
    lines[#lines + 1] = box.note
    out[#out + 1] = ('  n%d [label="%s" %s];'):format(box.number, label(lines), STYLES[box.kind])
  end
  for _, edge in ipairs(edges) do
    out[#out + 1] = ("  n%d -> n%d;"):format(edge.from.number, edge.to.number)
  end
  out[#out + 1] = "}\n"
  return table.concat(out, "\n")
end
