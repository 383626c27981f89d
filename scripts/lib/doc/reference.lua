--- The reference as one tree, read from records: what the program registers, and what comments
-- in modules written in Lua say (bindings/help_texts.h tells their form).

local signature = require "doc.signature"

local reference = {}

local function by_name(a, b)
  local x, y = a.name:lower(), b.name:lower()
  if x ~= y then return x < y end
  return a.signature < b.signature
end

-- Where an entry goes: the module's own, or one of its classes.
local function place(module, owner, class)
  if class and class.name == owner then return class.entries end
  if owner == module.name then return module.entries end
  for _, known in ipairs(module.classes) do
    if known.name == owner then return known.entries end
  end
  local new = {name = owner, text = "", entries = {}}
  module.classes[#module.classes + 1] = new
  return new.entries
end

-- Each record as {key, units, text, example}.
local function records(texts)
  local found = {}
  for record in texts:gmatch "\30([^\30]*)" do
    local key, units, text, example = record:match "^([^\31]*)\31([^\31]*)\31([^\31]*)\31(.*)$"
    found[#found + 1] = {key, units, text, (example:gsub("\n$", ""))}
  end
  return found
end

-- The module of each kind of objects, by name: classes, and receivers of methods.
local function class_modules(all)
  local modules, module = {}, nil
  for _, record in ipairs(all) do
    module = record[1]:match "^module (.*)$" or module
    local name = record[1]:match "^class (.*)$" or record[1]:match "^([%w_]+):"
    if name then modules[name] = modules[name] or module end
  end
  return modules
end

-- Which functions give an object of each class.
local function note_makers(modules)
  local makers = {}
  for _, module in ipairs(modules) do
    for _, entry in ipairs(module.entries) do
      for _, result in ipairs(entry.parsed.results) do
        for kind in result.kind:gmatch "[%w_]+" do
          makers[kind] = makers[kind] or {}
          makers[kind][#makers[kind] + 1] = entry.id
        end
      end
    end
  end
  for _, module in ipairs(modules) do
    for _, class in ipairs(module.classes) do class.makers = makers[class.name] or {} end
  end
end

--- reference.read(texts) -> table
-- `modules` in order, each {name, text, entries, classes}; a class is {name, text, entries,
-- makers}, an entry {id, module, name, signature, units, text, example, parsed}, sorted by name;
-- `ids` has every entry by its id, its name as it is called: "tensor:mean".
function reference.read(texts)
  local all = records(texts)
  local classes = class_modules(all)
  local book = {modules = {}, ids = {}, classes = classes}
  local module, class
  for _, record in ipairs(all) do
    local what, name = record[1]:match "^(%l+) ([%w_]+)$"
    if what == "module" then
      module, class = {name = name, text = record[3], entries = {}, classes = {}}, nil
      book.modules[#book.modules + 1] = module
    elseif what == "class" then
      class = {name = name, text = record[3], entries = {}}
      module.classes[#module.classes + 1] = class
    else
      local parsed = signature.parse(record[1], record[2], classes, module.name)
      local entry = {
        id = record[1]:match "^[%w_.:]+", module = module.name, name = parsed.name,
        signature = record[1],
        units = record[2], text = record[3], example = record[4], parsed = parsed,
      }
      local entries = place(module, parsed.owner, class)
      entries[#entries + 1] = entry
      book.ids[entry.id] = entry
    end
  end
  for _, each in ipairs(book.modules) do
    table.sort(each.entries, by_name)
    for _, known in ipairs(each.classes) do table.sort(known.entries, by_name) end
  end
  note_makers(book.modules)
  return book
end

--- reference.paragraphs(text) -> array
-- The paragraphs of a text, {words} or, of a list, {items = {words, ...}}, in order.
function reference.paragraphs(text)
  local found, lines, list = {}, {}, nil
  local function close()
    if #lines == 0 then return end
    local words = table.concat(lines, " ")
    if words:find "^%- " then
      if not list then
        list = {items = {}}
        found[#found + 1] = list
      end
      list.items[#list.items + 1] = words:sub(3)
    else
      list = nil
      found[#found + 1] = {words}
    end
    lines = {}
  end
  for line in (text .. "\n"):gmatch "(.-)\n" do
    if line == "" then
      close()
      list = nil
    else
      if line:find "^%- " then close() end
      lines[#lines + 1] = line:match "^%s*(.-)%s*$"
    end
  end
  close()
  return found
end

--- reference.first_sentence(text) -> string
-- Up to the end of the first sentence, without line ends.
function reference.first_sentence(text)
  text = text:gsub("\n\n.*", ""):gsub("%s+", " ")
  return text:match "^(.-%.) " or text
end

return reference
