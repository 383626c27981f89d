-- kinds.lua - what estimators consist of, for tools/sklearn_export/writer.py.
--
--   build/host/shell/moonlet tools/sklearn_export/kinds.lua > tools/sklearn_export/kinds.json

local json, ml = require "json", require "ml"

local function sorted(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function by_name(list, fields)
  local parts = {}
  for _, item in ipairs(list) do
    local values = {}
    for i, field in ipairs(fields) do
      values[i] = ("%s: %s"):format(json.encode(field), json.encode(item[field]))
    end
    parts[#parts + 1] = ("      %s: {%s}"):format(json.encode(item.name), table.concat(values, ", "))
  end
  return #parts > 0 and ("{\n%s\n    }"):format(table.concat(parts, ",\n")) or "{}"
end

local kinds = {}
for _, name in ipairs(ml.kinds()) do kinds[name] = ml.describe(name) end
local parts = {}
for _, name in ipairs(sorted(kinds)) do
  parts[#parts + 1] = ('  %s: {\n    "options": %s,\n    "arrays": %s\n  }'):format(
    json.encode(name), by_name(kinds[name].options, {"type", "words"}),
    by_name(kinds[name].arrays, {"dtype", "shape"}))
end
print(("{\n%s\n}"):format(table.concat(parts, ",\n")))
