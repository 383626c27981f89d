--- `moonlet doc [--format FORMAT] [-o OUT]`: the reference, laid out. Exit codes: 0 fine, 1 a file
-- cannot be written, 2 the line makes no sense.
--
-- The command hands over what it knows: the texts it registers, those of modules written in Lua
-- (bindings/help_texts.h tells their form) and the text of --help.

local complain = require "support.complain"

local registered, of_modules, help = ...
local words = {select(4, ...)}

local USAGE <const> = [[
usage: moonlet doc [--format text|markdown|html|luals|man] [-o OUT]
  text      the texts of help(), as help.txt of an image
  markdown  the reference in one document, or with -o a page per module in a folder
  html      the reference as a page that needs no other file
  luals     files for the Lua language server, in the folder OUT
  man       the manual page of the command]]

local function misuse(text, ...)
  complain("moonlet: doc: " .. text:format(...) .. "\n" .. USAGE)
  os.exit(2)
end

local function refuse(message)
  complain("moonlet: doc: " .. message)
  os.exit(1)
end

local function book() return require "doc.reference".read(registered .. of_modules) end
local function version() return require "sys".version end

-- What each format gives: one text, or files of a folder by name.
local FORMATS <const> = {
  text = {text = function() return registered end},
  markdown = {
    text = function() return require "doc.markdown".text(book()) end,
    files = function() return require "doc.markdown".files(book()) end,
  },
  html = {text = function() return require "doc.html".page(book(), version()) end},
  luals = {files = function() return require "doc.luals".files(book()) end},
  man = {text = function() return require "doc.man".page(help, version()) end},
}

local function write_file(path, text)
  local file, why = io.open(path, "wb")
  if not file then return refuse(why) end
  local done, failed = file:write(text)
  done, failed = file:close() and done, failed
  if not done then refuse(path .. ": " .. tostring(failed or "cannot be written")) end
end

local format, out = "text", nil
local at = 1
while at <= #words do
  local word, value = words[at], words[at + 1]
  if word ~= "--format" and word ~= "-o" then
    misuse(word:find "^%-" and "no option %s" or "'%s' is too much", word)
  end
  if value == nil then misuse("%s: a value expected", word) end
  if word == "-o" then out = value else format = value end
  at = at + 2
end

local chosen = FORMATS[format]
if not chosen then misuse("no format '%s'", format) end
if not out and not chosen.text then misuse("%s: -o OUT expected, a folder", format) end
if out and chosen.files then
  for name, text in pairs(chosen.files()) do write_file(out .. "/" .. name, text) end
elseif out then
  write_file(out, chosen.text())
else
  io.write(chosen.text())
end
