--- A model's graph as one page that needs nothing else: the picture, and its operators as a table.

local picture, text = require "model.graph_svg", require "model.text"

local HEAD <const> = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
body { margin: 0; background: #ffffff; color: #1c2330; font: 13px sans-serif; }
.picture { overflow-x: auto; }
table { border-collapse: collapse; margin: 0 24px 32px; }
th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid #d5dae2; }
td { font: 12px "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: nowrap; }
.number { text-align: right; }
@media (prefers-color-scheme: dark) {
body { background: #14181f; color: #e4e8ee; } th, td { border-color: #333b47; }
}
</style>
</head>
<body>
<div class="picture">
]]

local function row_of(op)
  local output = op.outputs[1]
  local cells = {}
  local function add(value, class)
    cells[#cells + 1] = ("<td%s>%s</td>"):format(class or "", text.escape(value))
  end
  add("" .. op.index, ' class="number"')
  add(text.printable(op.name))
  add(output and text.tensor(output) or "")
  add(output and output.scale and text.quantization(output) or "")
  add(op.macs > 0 and text.exact(op.macs) or "", ' class="number"')
  add(op.weights > 0 and text.exact(op.weights) or "", ' class="number"')
  add(text.exact(op.ram), ' class="number"')
  add(op.runs_on or "")
  add(text.printable(op.reason or op.becomes or "", 120))
  return "<tr>" .. table.concat(cells) .. "</tr>"
end

-- The page of what nn.analyze gives.
return function(analysis)
  local rows = {
    '<tr><th class="number"></th><th>operator</th><th>output</th><th>quantisation</th>'
      .. '<th class="number">MAC</th><th class="number">weights</th><th class="number">in use</th>'
      .. "<th>on</th><th></th></tr>",
  }
  for _, op in ipairs(analysis.operators) do rows[#rows + 1] = row_of(op) end
  return HEAD:format(text.escape(analysis.name)) .. picture(analysis) .. "</div>\n<table>\n"
    .. table.concat(rows, "\n") .. "\n</table>\n</body>\n</html>\n"
end
