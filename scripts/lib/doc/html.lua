--- The reference as one page for a browser: it needs no other file.

local highlight, markdown, reference =
  require "doc.highlight", require "doc.markdown", require "doc.reference"

local html = {}

local escape = highlight.escape

local function link(id, text)
  return ('<a href="#%s"><code>%s</code></a>'):format(escape(id), escape(text))
end

-- Names that have an entry, in text already escaped, become links.
local function link_names(text, book)
  return (text:gsub("%f[%w_][%l_][%w_]*[.:][%a_][%w_]*", function(name)
    return book.ids[name] and link(name, name)
  end))
end

-- A text's words: code between backticks, links.
local function inline(text, book)
  local parts = {}
  for plain, code in (text .. "``"):gmatch "([^`]*)`([^`]*)`" do
    parts[#parts + 1] = link_names(escape(plain), book)
    if code ~= "" then
      local id = code:match "^[%w_]+[.:][%w_]+"
      parts[#parts + 1] = id and book.ids[id] and link(id, code) or
        "<code>" .. escape(code) .. "</code>"
    end
  end
  return table.concat(parts)
end

local function add_text(out, text, book)
  for _, paragraph in ipairs(reference.paragraphs(text)) do
    if paragraph.items then
      out[#out + 1] = '<ul class="text">'
      for _, item in ipairs(paragraph.items) do
        out[#out + 1] = "<li>" .. inline(item, book) .. "</li>"
      end
      out[#out + 1] = "</ul>"
    else
      out[#out + 1] = "<p>" .. inline(paragraph[1], book) .. "</p>"
    end
  end
end

-- Entries -----------------------------------------------------------------------

-- The name stands out, results step back.
local function signature_text(entry)
  local rest = entry.signature:sub(#entry.id + 1)
  local arguments, results = rest:match "^(.-)( %-> .*)$"
  local owner = entry.id:sub(1, #entry.id - #entry.name)
  return ("<code>%s<b>%s</b>%s<i>%s</i></code>"):format(escape(owner), escape(entry.name),
    escape(arguments or rest), escape((results or ""):gsub("%->", "→", 1)))
end

-- Options line by line, where there are enough to get lost among.
local function options_text(entry, book)
  local out = {"<dl>"}
  for _, option in ipairs(entry.parsed.options) do
    out[#out + 1] = ("<dt><code>%s</code></dt><dd>%s</dd>"):format(escape(option.name),
      inline(option.what, book))
  end
  out[#out + 1] = "</dl>"
  return table.concat(out)
end

local function add_units(out, entry, book)
  if #entry.parsed.items == 0 then return end
  out[#out + 1] = "<dl>"
  for _, item in ipairs(entry.parsed.items) do
    if item.name then
      local many = item.name == "options" and #entry.parsed.options > 1
      out[#out + 1] = ("<dt><code>%s</code></dt><dd>%s</dd>"):format(escape(item.name),
        many and options_text(entry, book) or inline(item.what, book))
    else
      out[#out + 1] = '<dd class="wide">' .. inline(item.what, book) .. "</dd>"
    end
  end
  out[#out + 1] = "</dl>"
end

local function add_entry(out, entry, book)
  out[#out + 1] = ('<article id="%s" data-first="%s"><h4>%s</h4>'):format(escape(entry.id),
    escape((reference.first_sentence(entry.text):gsub("`", ""))), signature_text(entry))
  add_units(out, entry, book)
  add_text(out, entry.text, book)
  if entry.example ~= "" then
    out[#out + 1] = "<pre><code>" .. highlight.lua(entry.example) .. "</code></pre>"
  end
  out[#out + 1] = "</article>"
end

local function add_names(out, entries)
  out[#out + 1] = '<ul class="names">'
  for _, entry in ipairs(entries) do
    out[#out + 1] = "<li>" .. link(entry.id, entry.name) .. "</li>"
  end
  out[#out + 1] = "</ul>"
end

local function add_module(out, module, book)
  out[#out + 1] = ('<section data-module="%s"><h2 id="module-%s"><a href="#module-%s">%s</a></h2>')
    :format(module.name, module.name, module.name, module.name)
  add_text(out, module.text, book)
  if #module.entries > 1 then add_names(out, module.entries) end
  for _, entry in ipairs(module.entries) do add_entry(out, entry, book) end
  for _, class in ipairs(module.classes) do
    local id = "class-" .. class.name
    out[#out + 1] = ('<h3 id="%s"><a href="#%s">Objects: %s</a></h3>'):format(id, id, class.name)
    add_text(out, class.text, book)
    add_text(out, markdown.makers(class), book)
    if #class.entries > 6 then add_names(out, class.entries) end
    for _, entry in ipairs(class.entries) do add_entry(out, entry, book) end
  end
  out[#out + 1] = "</section>"
end

-- The page ----------------------------------------------------------------------

local function add_contents(out, book)
  out[#out + 1] = '<details id="contents" open><summary>Contents</summary>'
  for _, module in ipairs(book.modules) do
    out[#out + 1] = ('<details data-module="%s"><summary>%s</summary><ul>'):format(module.name,
      module.name)
    out[#out + 1] = ('<li class="class"><a href="#module-%s">about %s</a></li>'):format(module.name,
      module.name)
    for _, entry in ipairs(module.entries) do
      out[#out + 1] = "<li>" .. link(entry.id, entry.name) .. "</li>"
    end
    for _, class in ipairs(module.classes) do
      out[#out + 1] = ('<li class="class"><a href="#class-%s">objects: %s</a></li>'):format(
        class.name, class.name)
      for _, entry in ipairs(class.entries) do
        out[#out + 1] = "<li>" .. link(entry.id, entry.name) .. "</li>"
      end
    end
    out[#out + 1] = "</ul></details>"
  end
  out[#out + 1] = "</details>"
end

local function add_overview(out, book)
  out[#out + 1] = [[
<h1 id="top">Reference of Moonlet</h1>
<p>The script API, module by module: every function with its arguments, what it does, and an example
that a test runs. At the prompt <code>help(nn.load)</code> says the same, and
<code>help "words"</code> searches as the box here does.</p>
<p>In signatures <code>[ ]</code> holds what may be left out and <code>|</code> parts alternatives;
<code>{n, 2}</code> is a tensor's shape. A dot calls a function of a module, a colon a method of an
object.</p>
<table class="modules">]]
  for _, module in ipairs(book.modules) do
    out[#out + 1] = ('<tr><td><a href="#module-%s">%s</a></td><td>%s</td></tr>'):format(module.name,
      module.name, inline(reference.first_sentence(module.text), book))
  end
  out[#out + 1] = "</table>"
end

--- html.page(book, version) -> string
-- The whole page.
function html.page(book, version)
  local out = {[[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Reference of Moonlet</title>
<style>
]] .. require "doc.style" .. [[
</style>
</head>
<body>
<aside>
<p class="title"><a href="#top">Moonlet</a> <span>]] .. escape(version) .. [[</span>
<button id="theme" type="button" title="light or dark">dark</button></p>
<input id="search" type="search" placeholder="Search ( / )" aria-label="Search" autocomplete="off">
<ul id="found"></ul>
]]}
  add_contents(out, book)
  out[#out + 1] = "</aside>\n<main>"
  add_overview(out, book)
  for _, module in ipairs(book.modules) do add_module(out, module, book) end
  out[#out + 1] = "<footer>Made by <code>moonlet doc --format html</code>.</footer>\n</main>"
  out[#out + 1] = "<script>\n" .. require "doc.script" .. "</script>\n</body>\n</html>"
  return table.concat(out, "\n") .. "\n"
end

return html
