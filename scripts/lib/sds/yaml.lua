--- The part of YAML that descriptions of recordings use: mappings and lists by indentation,
-- scalars on one line, comments.

local yaml = {}

local DEEPEST <const> = 32

-- A scalar's text to its value.
local function plain_value(text)
  if text == "" or text == "~" or text == "null" then return nil end
  if text == "true" or text == "false" then return text == "true" end
  if text:find "^[-+.]?%.?%d" and not text:find "%s" then return tonumber(text) or text end
  return text
end

local ESCAPES <const> = {n = "\n", t = "\t", r = "\r", ["0"] = "\0"}

-- A scalar in quotes and what follows it; nil when they do not end. Within '...' two quotes
-- stand for one, within "..." a backslash escapes.
local function quoted_value(text)
  local quote = text:sub(1, 1)
  local at, parts = 2, {}
  while true do
    local stop = text:find(quote == "'" and "'" or '[\\"]', at)
    if not stop then return nil end
    parts[#parts + 1] = text:sub(at, stop - 1)
    local mark, following = text:sub(stop, stop), text:sub(stop + 1, stop + 1)
    if mark == "\\" then
      parts[#parts + 1] = ESCAPES[following] or following
    elseif quote == "'" and following == "'" then
      parts[#parts + 1] = "'"
    else
      return table.concat(parts), text:sub(stop + 1)
    end
    at = stop + 2
  end
end

local Reader = {}
Reader.__index = Reader

function Reader:fail(line, text)
  error({message = ("line %d: %s"):format(line and line.number or #self.lines, text)}, 0)
end

function Reader:scalar(line, text)
  if text:find "^['\"]" then
    local value, rest = quoted_value(text)
    if not value then self:fail(line, "quotes do not end") end
    if rest:find "%S" and not rest:find "^%s+#" then self:fail(line, "text behind quotes") end
    return value
  end
  text = text:gsub("^#.*$", ""):gsub("%s+#.*$", ""):gsub("%s+$", "")
  if text:find "^[%[{&*!|>%%@`]" then self:fail(line, "this kind of YAML is not read") end
  return plain_value(text)
end

-- The value of more than a line that begins at self.at, deeper than `indent`; nil: none.
function Reader:nested(indent, depth)
  local line = self.lines[self.at]
  if not line or line.indent <= indent then return nil end
  return self:block(depth + 1)
end

local function is_item(text) return text == "-" or text:find "^%-%s" ~= nil end

function Reader:list(indent, depth)
  local list = {}
  while true do
    local line = self.lines[self.at]
    if not line or line.indent ~= indent or not is_item(line.text) then return list end
    local gap, text = line.text:match "^%-(%s*)(.*)$"
    if text == "" or text:find "^#" then
      self.at = self.at + 1
      list[#list + 1] = self:nested(indent, depth)
    elseif text:find "^[%w_%-]+:%s" or text:find "^[%w_%-]+:$" then
      -- The first key of a mapping stands behind the dash; the others below it.
      line.indent, line.text = indent + 1 + #gap, text
      list[#list + 1] = self:block(depth + 1)
    else
      self.at = self.at + 1
      list[#list + 1] = self:scalar(line, text)
    end
  end
end

function Reader:mapping(indent, depth)
  local map = {}
  while true do
    local line = self.lines[self.at]
    if not line or line.indent ~= indent then return map end
    local key, text = line.text:match "^([%w_%-]+):%s+(.*)$"
    key = key or line.text:match "^([%w_%-]+):$"
    if not key then self:fail(line, "'key: value' expected") end
    if map[key] ~= nil then self:fail(line, ("'%s' stands here twice"):format(key)) end
    self.at = self.at + 1
    local following = self.lines[self.at]
    if text and text ~= "" and not text:find "^#" then
      map[key] = self:scalar(line, text)
    elseif following and following.indent == indent and is_item(following.text) then
      map[key] = self:list(indent, depth + 1)
    else
      map[key] = self:nested(indent, depth)
    end
  end
end

function Reader:block(depth)
  local line = self.lines[self.at]
  if depth > DEEPEST then self:fail(line, "nested too deep") end
  local value = is_item(line.text) and self:list(line.indent, depth)
    or self:mapping(line.indent, depth)
  local following = self.lines[self.at]
  if following and following.indent > line.indent then
    self:fail(following, "it is indented too far")
  end
  return value
end

local function split_lines(text)
  local lines, number = {}, 0
  for line in (text:gsub("^\xef\xbb\xbf", "") .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local indent, rest = line:match "^( *)(.-)%s*$"
    if rest ~= "" and not rest:find "^#" and rest ~= "---" then
      lines[#lines + 1] = {indent = #indent, text = rest, number = number}
    end
  end
  return lines
end

--- yaml.parse(text) -> table | nil, message
-- Lists with elements 1, 2, ... and mappings; numbers, booleans and strings in them. A message
-- names the line.
function yaml.parse(text)
  local reader = setmetatable({lines = split_lines(text), at = 1}, Reader)
  if #reader.lines == 0 then return nil, "nothing in it" end
  local done, value = pcall(reader.block, reader, 1)
  if not done then
    if type(value) == "table" and value.message then return nil, value.message end
    error(value, 0)
  end
  local left = reader.lines[reader.at]
  if left then return nil, ("line %d: it is indented less than the first"):format(left.number) end
  return value
end

-- A scalar as text that reads back as it was.
local function scalar_text(value)
  if type(value) == "number" then
    return math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value)
  end
  local text = tostring(value)
  if plain_value(text) == value and not text:find "[#:%c'\"]" and not text:find "^[%[{&*!|>%%@`%- ]"
      and not text:find " $" then
    return text
  end
  return '"' .. text:gsub('[\\"\n]', {["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n"}) .. '"'
end

-- Adds "key: value" for the pairs of a list {{key, value}, ...}; a value may be such a list
-- or, with the field `items`, a list of these.
local function add_pairs(lines, pairs_list, indent, first)
  for _, pair in ipairs(pairs_list) do
    local key, value = pair[1], pair[2]
    local head = (first or indent) .. key .. ":"
    first = nil
    if type(value) ~= "table" then
      lines[#lines + 1] = head .. " " .. scalar_text(value)
    elseif value.items then
      lines[#lines + 1] = head
      for _, item in ipairs(value.items) do
        add_pairs(lines, item, indent .. "  ", indent .. "- ")
      end
    else
      lines[#lines + 1] = head
      add_pairs(lines, value, indent .. "  ")
    end
  end
end

--- yaml.format(pairs) -> string
-- Text of {{key, value}, ...}, in this order.
function yaml.format(pairs_list)
  local lines = {}
  add_pairs(lines, pairs_list, "")
  return table.concat(lines, "\n") .. "\n"
end

return yaml
