--- Lua as HTML in colours.

local highlight = {}

local ENTITIES <const> = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}

--- highlight.escape(text) -> string
-- Text that is not taken for markup.
function highlight.escape(text) return (text:gsub('[&<>"]', ENTITIES)) end

local escape = highlight.escape

local WORDS <const> = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat "
  .. "return then true until while"):gmatch "%a+" do
  WORDS[word] = true
end

-- What a piece of code may begin with, and how it is shown; the first that fits.
local TOKENS <const> = {
  {"^%-%->[^\n]*", "o"}, {"^%-%-[^\n]*", "c"}, {'^"[^"\n]*"', "s"}, {"^'[^'\n]*'", "s"},
  {"^%[%[.-%]%]", "s"}, {"^0[xX]%x+", "n"}, {"^%d+%.?%d*[eE]?[+-]?%d*", "n"}, {"^[%a_][%w_]*"},
  {"^%s+"}, {"^."},
}

local function next_token(code, at)
  for _, token in ipairs(TOKENS) do
    local text = code:match(token[1], at)
    if text then return text, WORDS[text] and "k" or token[2] end
  end
end

--- highlight.lua(code) -> string
-- Lua with its words, strings, numbers and comments marked.
function highlight.lua(code)
  local parts, at = {}, 1
  while at <= #code do
    local text, class = next_token(code, at)
    at = at + #text
    parts[#parts + 1] = class and ('<span class="%s">%s</span>'):format(class, escape(text))
      or escape(text)
  end
  return table.concat(parts)
end

return highlight
