-- What text is written for: how wide, with which characters and colours.

local sys = require "sys"

local terminal = {}

local COLUMNS <const>, LINES <const> = 80, 24  -- where nobody tells
local LEAST_COLUMNS <const>, MOST_COLUMNS <const> = 20, 1000
local TRUE_COLOR <const> = 1 << 24

-- A variable of the environment; nil where it is empty or there is none.
local function variable(name)
  local value = os.getenv and os.getenv(name)
  return value ~= "" and value or nil
end

-- Where no locale is set, text is UTF-8.
local function is_unicode()
  local locale = variable "LC_ALL" or variable "LC_CTYPE" or variable "LANG"
  return not locale or locale:lower():find "utf%-?8" ~= nil
end

-- How many colours the terminal knows, if there is one.
local function known_colors(told)
  if told then return 16 end
  local name, more = variable "TERM" or "dumb", variable "COLORTERM"
  if name == "dumb" then return 0 end
  if more == "truecolor" or more == "24bit" then return TRUE_COLOR end
  return (more or name:find "256color") and 256 or 16
end

local function first(...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if value ~= nil then return value end
  end
end

-- The screen for options {width =, height =, ascii =, color =}, for those left out by the fields
-- of `settings`, for others by what standard output comes to. `height` is nil if nobody told.
function terminal.screen(options, settings)
  local columns, lines, colored_there = sys.screen()
  local told = columns or math.tointeger(tonumber(variable "COLUMNS"))
  local width = math.max(LEAST_COLUMNS, math.min(told or COLUMNS, MOST_COLUMNS))
  local wanted = first(options.color, settings.color)  -- who asks for colours has them
  local colored = first(wanted, columns ~= nil and not variable "NO_COLOR")
  return {
    columns = options.width or settings.width or width, height = options.height,
    lines = lines or LINES,
    ascii = first(options.ascii, settings.ascii, not is_unicode()),
    colors = colored and math.max(known_colors(colored_there), wanted and 256 or 0) or 0,
  }
end

return terminal
