--- A model's graph as a table: who reads from whom, and how full memory is meanwhile.

local text = require "model.text"

local BAR <const> = 24  -- characters of the largest amount of memory

-- "in1 3": whose outputs an operator reads.
local function readers_of(op, makers)
  local list = {}
  for _, row in ipairs(op.inputs) do
    local maker = row and makers[row.index]
    if maker then list[#list + 1] = maker end
  end
  return table.concat(list, " ")
end

-- The picture of what nn.analyze gives.
return function(analysis)
  local makers = {}
  for i, row in ipairs(analysis.inputs) do makers[row.index] = "in" .. i end
  local rows = {{"", "operator", "reads", "output", "", "in use", ""}}
  local most = math.max(analysis.arena_bound, 1)
  for _, op in ipairs(analysis.operators) do
    local output = op.outputs[1]
    rows[#rows + 1] = {
      "" .. op.index, text.printable(op.name, 28), text.printable(readers_of(op, makers), 16),
      output and text.tensor(output) or "",
      text.printable(op.reason and "cannot run" or op.becomes or "", 28), text.exact(op.ram),
      ("#"):rep((op.ram * BAR + most // 2) // most),
    }
    for _, row in ipairs(op.outputs) do makers[row.index] = "" .. op.index end
  end
  for i, row in ipairs(analysis.outputs) do
    rows[#rows + 1] = {"", "output " .. i, makers[row.index] or "", text.tensor(row), "", "", ""}
  end
  return ("%s\n%s bytes of activations, bound %s\n"):format(text.columns(rows, "><<<<><"),
    text.exact(analysis.arena), text.exact(analysis.arena_bound))
end
