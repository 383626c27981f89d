--- The reference as Markdown: a page per module, and one that lists them.

local reference = require "doc.reference"

local markdown = {}

-- Characters that would begin markup; code between backticks stays as it is.
local function escape(text)
  local parts = {}
  for plain, code in (text .. "``"):gmatch "([^`]*)(`[^`]*`)" do
    parts[#parts + 1] = plain:gsub("[*_<>|%[%]]", "\\%0")
    if code ~= "``" then parts[#parts + 1] = code end
  end
  return table.concat(parts)
end

local function add_text(lines, text)
  for _, paragraph in ipairs(reference.paragraphs(text)) do
    lines[#lines + 1] = ""
    if not paragraph.items then lines[#lines + 1] = escape(paragraph[1]) end
    for _, item in ipairs(paragraph.items or {}) do lines[#lines + 1] = "- " .. escape(item) end
  end
end

-- Of a list: "`tensor:mean`: the first sentence".
local function add_contents(lines, entries)
  lines[#lines + 1] = ""
  for _, entry in ipairs(entries) do
    lines[#lines + 1] = ("- `%s`: %s"):format(entry.id,
      escape(reference.first_sentence(entry.text)))
  end
end

local function add_entry(lines, entry, level)
  lines[#lines + 1] = ("\n%s %s\n\n```\n%s\n```"):format(level, escape(entry.id), entry.signature)
  if #entry.parsed.items > 0 then lines[#lines + 1] = "" end
  for _, item in ipairs(entry.parsed.items) do
    lines[#lines + 1] = item.name and ("- `%s`: %s"):format(item.name, escape(item.what))
      or "- " .. escape(item.what)
  end
  add_text(lines, entry.text)
  if entry.example ~= "" then
    lines[#lines + 1] = "\n```lua\n" .. entry.example .. "\n```"
  end
end

local MOST_MAKERS <const> = 8

--- markdown.makers(class) -> string
-- "From `dsp.fir`, `dsp.sos`." of functions that give such an object; "" where none does.
function markdown.makers(class)
  local count = #class.makers
  if count == 0 then return "" end
  local shown = math.min(count, MOST_MAKERS)
  return "From `" .. table.concat(class.makers, "`, `", 1, shown) .. "`"
    .. (shown < count and (" and %d others."):format(count - shown) or ".")
end

--- markdown.module(module) -> string
-- The page of a module.
function markdown.module(module)
  local lines = {"# " .. module.name}
  add_text(lines, module.text)
  if #module.entries > 1 then add_contents(lines, module.entries) end
  for _, entry in ipairs(module.entries) do add_entry(lines, entry, "##") end
  for _, class in ipairs(module.classes) do
    lines[#lines + 1] = "\n## Objects: " .. class.name
    add_text(lines, class.text)
    add_text(lines, markdown.makers(class))
    for _, entry in ipairs(class.entries) do add_entry(lines, entry, "###") end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- markdown.index(book) -> string
-- The page that lists the modules.
function markdown.index(book)
  local lines = {"# Reference of Moonlet", "", "| module | |", "| --- | --- |"}
  for _, module in ipairs(book.modules) do
    lines[#lines + 1] = ("| [`%s`](%s.md) | %s |"):format(module.name, module.name,
      escape(reference.first_sentence(module.text)))
  end
  return table.concat(lines, "\n") .. "\n"
end

--- markdown.files(book) -> table
-- Contents of files by their names.
function markdown.files(book)
  local files = {["README.md"] = markdown.index(book)}
  for _, module in ipairs(book.modules) do
    files[module.name .. ".md"] = markdown.module(module)
  end
  return files
end

--- markdown.text(book) -> string
-- All of it as one document.
function markdown.text(book)
  local pages = {}
  for i, module in ipairs(book.modules) do pages[i] = markdown.module(module) end
  return table.concat(pages, "\n")
end

return markdown
