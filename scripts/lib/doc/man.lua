--- The manual page moonlet(1), made of what `moonlet --help` prints.

local man = {}

-- Descriptions of options begin in this column.
local COLUMN <const> = 22

local function escape(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-")
  return (text:gsub("^[.']", "\\&%0"))
end

-- Parts of the help, each {title, lines}; the first without a title. A title stands at the left
-- between an empty line and one that is indented.
local function sections(help)
  local all = {{title = "", lines = {}}}
  local before = "?"
  for line, at in help:gmatch "([^\n]*)\n()" do
    local next_line = help:sub(at, at + 1)
    if before == "" and line:find "^%u" and next_line == "  " then
      all[#all + 1] = {title = line, lines = {}}
    else
      table.insert(all[#all].lines, line)
    end
    before = line
  end
  return all
end

-- "  NAME    what it does": both; the second "" where the line has room for the name alone.
local function item_of(line)
  local head = line:sub(1, COLUMN - 1):match "^  (%S.-)%s*$"
  if not head then return end
  if line:sub(COLUMN - 1, COLUMN - 1) == " " and line:sub(COLUMN, COLUMN) ~= " " then
    return head, line:sub(COLUMN)
  end
  return line:match "^  (.*)$", ""
end

local function add_items(out, lines)
  for _, line in ipairs(lines) do
    local head, text = item_of(line)
    if head then
      out[#out + 1] = ".TP\n.B " .. escape(head)
      if text ~= "" then out[#out + 1] = escape(text) end
    elseif line ~= "" then
      out[#out + 1] = escape(line:match "^%s*(.*)$")
    end
  end
end

-- Lines as they are.
local function add_block(out, lines)
  out[#out + 1] = ".nf"
  for _, line in ipairs(lines) do out[#out + 1] = escape(line) end
  out[#out + 1] = ".fi"
end

local function add_section(out, section)
  out[#out + 1] = ".SH " .. section.title:upper()
  local has_items, has_columns = false, false
  for _, line in ipairs(section.lines) do
    has_items = has_items or line:find("^" .. (" "):rep(COLUMN - 1) .. "%S")
    has_columns = has_columns or line:find "%S   +%S"
  end
  if has_items or section.title == "About" then return add_items(out, section.lines) end
  if has_columns then return add_block(out, section.lines) end
  for _, line in ipairs(section.lines) do
    out[#out + 1] = escape(line:match "^%s*(.*)$")
  end
end

-- NAME, SYNOPSIS and DESCRIPTION: the title, "usage: ..." and the paragraph below it.
local function add_beginning(out, lines)
  local usage, rest = {}, {}
  local title = lines[1]
  local in_usage = false
  for i = 2, #lines do
    local line = lines[i]
    if line:find "^usage: " then in_usage = true end
    if line == "" then in_usage = false end
    if in_usage then
      usage[#usage + 1] = line:sub(8)
    elseif line ~= "" then
      rest[#rest + 1] = line
    end
  end
  out[#out + 1] = ".SH NAME\n" .. escape(title):gsub(" \\%- ", " \\- ", 1)
  out[#out + 1] = ".SH SYNOPSIS"
  add_block(out, usage)
  out[#out + 1] = ".SH DESCRIPTION"
  for _, line in ipairs(rest) do out[#out + 1] = escape(line) end
end

--- man.page(help, version) -> string
-- The page in roff.
function man.page(help, version)
  local out = {('.TH MOONLET 1 "" "Moonlet %s" "User Commands"'):format(version)}
  local all = sections(help)
  add_beginning(out, all[1].lines)
  for i = 2, #all do add_section(out, all[i]) end
  out[#out + 1] = ".SH SEE ALSO\nhelp() at the prompt; "
    .. "the guides and the reference in the folder share/doc/moonlet of the installation."
  return table.concat(out, "\n") .. "\n"
end

return man
