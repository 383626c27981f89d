--- The reference for the Lua language server: a file per module that declares what is in it, with
-- kinds of arguments and results as far as signatures tell them. Editors then complete and check:
--
--   moonlet doc --format luals -o meta      and in .luarc.json: {"workspace.library": ["meta"]}

local luals = {}

-- What objects answer besides methods and fields; a registration has no entry for it.
local OPERATORS <const> = {
  tensor = [[
---@field [integer] any
---@operator add(any): moonlet.tensor
---@operator sub(any): moonlet.tensor
---@operator mul(any): moonlet.tensor
---@operator div(any): moonlet.tensor
---@operator idiv(any): moonlet.tensor
---@operator mod(any): moonlet.tensor
---@operator pow(any): moonlet.tensor
---@operator unm: moonlet.tensor
---@operator band(any): moonlet.tensor
---@operator bor(any): moonlet.tensor
---@operator bnot: moonlet.tensor
---@operator len: integer]],
  ports = "---@field [integer] moonlet.port\n---@operator len: integer",
}

local KEYWORDS <const> = {
  ["and"] = true, ["break"] = true, ["do"] = true, ["else"] = true, ["elseif"] = true,
  ["end"] = true, ["false"] = true, ["for"] = true, ["function"] = true, ["goto"] = true,
  ["if"] = true, ["in"] = true, ["local"] = true, ["nil"] = true, ["not"] = true, ["or"] = true,
  ["repeat"] = true, ["return"] = true, ["then"] = true, ["true"] = true, ["until"] = true,
  ["while"] = true,
}

-- Lines on their way into the file of a module, and the names of all classes.
local Writer = {}
Writer.__index = Writer

function Writer:add(format, ...)
  local line = select("#", ...) == 0 and format or format:format(...)
  self[#self + 1] = line:gsub(" +$", "")
end

-- Each line of a text as a comment.
function Writer:comment(text)
  for line in (text .. "\n"):gmatch "(.-)\n" do self:add("---" .. line) end
end

-- "tensor | nil" with names of classes as the server knows them. An argument of module `ml` that is
-- a tensor may be a table of its elements as well.
function Writer:kind(kind, argument)
  local words = {}
  for word in kind:gmatch "[%w_]+" do
    words[#words + 1] = self.classes[word] and "moonlet." .. word or word
    if argument and word == "tensor" and self.module == "ml" then words[#words + 1] = "table" end
  end
  return table.concat(words, "|")
end

local function one_line(text) return (text:gsub("%s+", " ")) end

-- The paragraph and what units say of results; what they say of arguments stands there.
local function add_description(out, entry)
  out:comment(entry.text)
  local arguments = {}
  for _, parameter in ipairs(entry.parsed.parameters) do arguments[parameter.what] = true end
  for _, item in ipairs(entry.parsed.items) do
    if not arguments[item.what] then
      out:add "---"
      out:add("---" .. (item.name and "`" .. item.name .. "`: " or "") .. item.what)
    end
  end
  if entry.example ~= "" then out:comment("\n```lua\n" .. entry.example .. "\n```") end
end

-- Declares the keys of a function's option table; gives the kind of that argument.
local function add_options(out, entry)
  if #entry.parsed.options == 0 then return "table" end
  local name = "moonlet.options." .. entry.id:gsub(":", ".")
  out:add("---@class " .. name)
  for _, option in ipairs(entry.parsed.options) do
    out:add("---@field %s? %s %s", option.name, out:kind(option.kind, true), option.what)
  end
  out:add ""
  return name
end

local function argument_name(parameter, i)
  local name = parameter.name
  if name:find "^%.%.%." then return "..." end
  if KEYWORDS[name] or not name:find "^[%a_][%w_]*$" then return "argument" .. i end
  return name
end

-- Declares arguments; gives their names.
local function add_parameters(out, entry, options)
  local names = {}
  for i, parameter in ipairs(entry.parsed.parameters) do
    local name = argument_name(parameter, i)
    names[i] = name
    if name == "..." then
      out:add "---@param ... any"
      break
    end
    local kind = name == "options" and options or out:kind(parameter.kind, true)
    out:add("---@param %s%s %s %s", name, parameter.optional and "?" or "", kind,
      one_line(parameter.what))
  end
  return names
end

local function add_function(out, entry, receiver)
  local parsed = entry.parsed
  local options = add_options(out, entry)
  add_description(out, entry)
  local names = add_parameters(out, entry, options)
  for _, result in ipairs(parsed.results) do
    out:add("---@return %s %s", out:kind(result.kind), result.more and "..." or result.name or "")
  end
  local mark = parsed.kind == "method" and ":" or "."
  local name = parsed.owner == parsed.name and parsed.name or receiver .. mark .. parsed.name
  out:add("function %s(%s) end\n", name, table.concat(names, ", "))
end

-- Fields are declared with their table, functions after it.
local function add_entries(out, entries, receiver)
  for _, entry in ipairs(entries) do
    if entry.parsed.kind == "field" then
      local result = entry.parsed.results[1]
      out:add("---@field %s %s %s", entry.name, out:kind(result and result.kind or "any"),
        one_line(entry.text))
    end
  end
  out:add("local %s = {}\n", receiver)
  for _, entry in ipairs(entries) do
    if entry.parsed.kind ~= "field" then add_function(out, entry, receiver) end
  end
end

local function add_class(out, class)
  if class.text ~= "" then out:comment(class.text) end
  out:add("---@class moonlet." .. class.name)
  if OPERATORS[class.name] then out:add(OPERATORS[class.name]) end
  add_entries(out, class.entries, class.name .. "_object")
end

--- luals.module(module, book) -> string
-- The file of a module.
function luals.module(module, book)
  local out = setmetatable({module = module.name, classes = book.classes}, Writer)
  out:add("---@meta %s\n", module.name)
  local first = module.entries[1]
  if first and first.id == module.name then  -- `help` is a function, and global
    add_function(out, first, module.name)
    return table.concat(out, "\n")
  end
  out:comment(module.text)
  out:add("---@class moonlet.module." .. module.name)
  add_entries(out, module.entries, module.name)
  for _, class in ipairs(module.classes) do add_class(out, class) end
  out:add("return " .. module.name)
  return table.concat(out, "\n") .. "\n"
end

--- luals.files(book) -> table
-- Contents of files by their names.
function luals.files(book)
  local files = {}
  for _, module in ipairs(book.modules) do
    files[module.name .. ".lua"] = luals.module(module, book)
  end
  return files
end

return luals
