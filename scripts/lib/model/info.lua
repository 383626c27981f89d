--- `moonlet model info`: what is in a model, and what cannot run.

local nn = require "nn"
local cost, text = require "model.cost", require "model.text"

local info = {}

-- "input  int8 {1, 8}  name  scale 0.1, zero point 3"
local function tensor_row(role, row)
  if not row then return {role, "left out", "", ""} end
  return {
    role, text.tensor(row), text.printable(row.name), row.scale and text.quantization(row) or "",
  }
end

-- Every operator with all its tensors.
local function tensors_text(analysis)
  local parts = {}
  for _, op in ipairs(analysis.operators) do
    local rows = {}
    for i, row in ipairs(op.inputs) do
      local constant = row and row.constant
      rows[#rows + 1] = tensor_row(("  %s %d"):format(constant and "constant" or "input", i), row)
    end
    for i, row in ipairs(op.outputs) do rows[#rows + 1] = tensor_row("  output " .. i, row) end
    parts[#parts + 1] = ("\n%d  %s\n%s"):format(op.index, text.printable(op.name),
      text.columns(rows, "<<<<"))
  end
  return table.concat(parts, "\n")
end

-- What loading takes here, or why it cannot be.
local function load_text(path, analysis)
  if #analysis.unsupported > 0 then return nil, false end
  local model <close>, taken = cost.load(path)
  if not model then return "does not load here: " .. taken, false end
  analysis.load = taken
  return cost.text(taken), true
end

-- The analysis, its text, and whether the model can run.
function info.run(options)
  local analysis, message = nn.analyze(options.model)
  if not analysis then error(message, 0) end
  local shown = tostring(analysis)
  local loaded, fine = load_text(options.model, analysis)
  if loaded then shown = shown .. "\n" .. loaded end
  if options.tensors then shown = shown .. "\n" .. tensors_text(analysis) end
  return analysis, shown, fine
end

return info
