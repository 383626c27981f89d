--- `moonlet model graph`: a picture of a model's graph and of its memory.

local nn = require "nn"
local text = require "model.text"

local graph = {}

-- What stands on a box: name, first output, quantisation, work.
local function operator_lines(op)
  local lines = {("%d  %s"):format(op.index, text.printable(op.name, 30))}
  local output = op.outputs[1]
  if output then
    local more = #op.outputs > 1 and (" and %d more"):format(#op.outputs - 1) or ""
    lines[#lines + 1] = text.tensor(output) .. more
    if output.scale then lines[#lines + 1] = text.quantization(output, true) end
  end
  local work = {}
  if op.macs > 0 then work[1] = text.count(op.macs) .. " MAC" end
  if op.weights > 0 then work[#work + 1] = text.bytes(op.weights) .. " weights" end
  if #work > 0 then lines[#lines + 1] = table.concat(work, ", ") end
  return lines
end

-- All there is to know of a tensor in one line.
local function tensor_detail(role, row)
  if not row then return role .. ": left out" end
  return ("%s: %s  %s%s"):format(role, text.tensor(row), text.printable(row.name),
    row.scale and "  " .. text.quantization(row) or "")
end

local function operator_detail(op)
  local lines = {("%d  %s"):format(op.index, text.printable(op.name))}
  local function add(name, value) lines[#lines + 1] = ("%s: %s"):format(name, value) end
  for i, row in ipairs(op.inputs) do
    lines[#lines + 1] = tensor_detail((row and row.constant and "constant %d" or "input %d")
      :format(i), row)
  end
  for i, row in ipairs(op.outputs) do lines[#lines + 1] = tensor_detail("output " .. i, row) end
  if op.macs > 0 then add("multiply-adds", text.exact(op.macs)) end
  if op.weights > 0 then add("weights", text.exact(op.weights) .. " bytes") end
  add("activations in use", text.exact(op.ram) .. " bytes")
  if op.runs_on then add("runs on", op.runs_on) end
  if op.becomes then add("a run does without it", op.becomes) end
  if op.npu then add("not on the NPU", text.printable(op.npu, 200)) end
  if op.reason then add("cannot run", text.printable(op.reason, 200)) end
  return table.concat(lines, "\n")
end

local function operator_box(op)
  local kind = op.reason and "refused" or op.becomes and "without" or op.runs_on
  return {
    kind = kind, lines = operator_lines(op), detail = operator_detail(op),
    note = op.reason and "cannot run" or op.becomes,
  }
end

local function port_box(role, i, row)
  local lines = {("%s %d"):format(role, i), text.tensor(row)}
  if row.scale then lines[3] = text.quantization(row, true) end
  return {kind = "port", lines = lines, detail = tensor_detail(role .. " " .. i, row)}
end

--- graph.of(analysis) -> boxes, edges
-- Of what nn.analyze gives: inputs, operators in the file's order, outputs; who reads from whom.
function graph.of(analysis)
  local boxes, edges, makers, known = {}, {}, {}, {}
  local function add(box)
    boxes[#boxes + 1] = box
    box.number = #boxes
    return box
  end
  local function read(box, row)
    local from = row and makers[row.index]
    if not from then return end
    local key = from.number .. " " .. box.number
    local edge = known[key]
    if not edge then
      edge = {from = from, to = box, tensors = {}}
      known[key], edges[#edges + 1] = edge, edge
    end
    table.insert(edge.tensors, row)
  end
  for i, row in ipairs(analysis.inputs) do makers[row.index] = add(port_box("input", i, row)) end
  for _, op in ipairs(analysis.operators) do
    local box = add(operator_box(op))
    for _, row in ipairs(op.inputs) do read(box, row) end
    for _, row in ipairs(op.outputs) do makers[row.index] = box end
  end
  for i, row in ipairs(analysis.outputs) do read(add(port_box("output", i, row)), row) end
  return boxes, edges
end

local function write(path, picture)
  local file, message = io.open(path, "w")
  if not file then error(message, 0) end
  local ok, why = file:write(picture)
  local closed, when = file:close()
  if not (ok and closed) then error(("%s: %s"):format(path, why or when), 0) end
end

-- The analysis, the picture or where it is, and true. `format`: "text" unless given.
function graph.run(options)
  local analysis, message = nn.analyze(options.model)
  if not analysis then error(message, 0) end
  local picture = require("model.graph_" .. (options.format or "text"))(analysis)
  if not options.out then return analysis, (picture:gsub("\n$", "")), true end
  write(options.out, picture)
  return analysis, ("%s: %s bytes"):format(options.out, text.exact(#picture)), true
end

return graph
