--- Descriptions of streams, `<stream>.sds.yml`, schema 3.1.0.

local layout, yaml = require "sds.layout", require "sds.yaml"

local description = {}

local FREQUENCIES <const> = {"block-frequency", "sample-frequency", "tick-frequency"}

-- What stands below `sds:`, or nil and what is wrong with it.
local function check(root)
  local about = type(root) == "table" and root.sds
  if type(about) ~= "table" then return nil, "no description of a stream" end
  if about.name == nil then return nil, "the stream has no name" end
  if type(about.content) ~= "table" or #about.content == 0 then
    return nil, "the stream has no content"
  end
  for _, item in ipairs(about.content) do
    if type(item) ~= "table" then return nil, "a part of the content is no mapping" end
  end
  about["sample-frequency"] = about["sample-frequency"] or about.frequency  -- of version 3.0
  for _, name in ipairs(FREQUENCIES) do
    local value = about[name]
    if value ~= nil and (type(value) ~= "number" or not (value > 0 and value < math.huge)) then
      return nil, ("%s is no frequency"):format(name)
    end
  end
  return about
end

--- description.read(path) -> table, layout | nil, message
-- What that file tells of a stream, and the layout of its samples.
function description.read(path)
  local file <close>, why = io.open(path, "r")
  if not file then return nil, why end
  local root, about, message
  root, message = yaml.parse(file:read "a" or "")
  if root then about, message = check(root) end
  if not about then return nil, path .. ": " .. message end
  local samples
  samples, message = layout.new(about.content)
  if not samples then return nil, path .. ": " .. message end
  return about, samples
end

local VALUE_FIELDS <const> = {"value", "type", "dim-x", "dim-y", "offset", "scale", "unit"}

-- The fields a value may have.
description.VALUE_FIELDS = {}
for _, field in ipairs(VALUE_FIELDS) do description.VALUE_FIELDS[field] = true end

--- description.text(name, fields) -> string
-- The description of a stream in the order of the schema; `fields` are those of sds.create.
function description.text(name, fields)
  local items = {}
  for i, value in ipairs(fields.values) do
    local item = {}
    for _, field in ipairs(VALUE_FIELDS) do
      if value[field] ~= nil then item[#item + 1] = {field, value[field]} end
    end
    items[i] = item
  end
  local about = {{"name", name}}
  local function add(key, value) if value then about[#about + 1] = {key, value} end end
  add("description", fields.description)
  add("block-frequency", fields.block_frequency)
  add("sample-frequency", fields.sample_frequency)
  add("tick-frequency", fields.tick_frequency)
  about[#about + 1] = {"content", {items = items}}
  return yaml.format {{"sds", about}}
end

return description
