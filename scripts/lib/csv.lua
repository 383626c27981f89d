--- Sensor logs as text: comma, semicolon or tab between numbers, maybe a line of names above.
--
-- `csv.load` gives all rows as one tensor, `csv.open` one row after the other from a file of
-- any length. A missing value is NaN.

local arguments = require "support.arguments"
local tensor = require "tensor"

local csv = {}

local SEPARATORS <const> = {",", ";", "\t"}
local NAN <const> = 0.0 / 0.0
-- What loggers write where there is no value; compared without case.
local MISSING <const> = {[""] = true, ["nan"] = true, ["na"] = true, ["n/a"] = true,
  ["null"] = true, ["none"] = true, ["-"] = true}
local INFINITE <const> = {["inf"] = math.huge, ["+inf"] = math.huge, ["-inf"] = -math.huge}

-- Cells -----------------------------------------------------------------------

-- The cell that begins at `at`, and where the next one does: nil after the last one. Gives
-- nil and a message for quotes without an end.
local function next_cell(line, at, separator)
  local quoted = line:match('^[ ]*()"', at)
  if not quoted then
    local stop = line:find(separator, at, true)
    return line:sub(at, (stop or #line + 1) - 1):match "^[ ]*(.-)[ ]*$", stop and stop + 1
  end
  local parts, from = {}, quoted + 1
  while true do
    local quote = line:find('"', from, true)
    if not quote then return nil, "a quoted cell does not end on its line" end
    parts[#parts + 1] = line:sub(from, quote - 1)
    if line:byte(quote + 1) ~= 34 then
      local stop = line:find(separator, quote + 1, true)
      return table.concat(parts), stop and stop + 1
    end
    parts[#parts + 1] = '"'  -- two stand for one
    from = quote + 2
  end
end

-- All cells of a line as text, or nil and a message.
local function split(line, separator)
  local cells, at = {}, 1
  while at do
    local cell
    cell, at = next_cell(line, at, separator)
    if not cell then return nil, at end
    cells[#cells + 1] = cell
  end
  return cells
end

-- A cell's number; nil for text. Lua's own numerals are more than loggers mean: no hexadecimal.
local function number_of(cell, decimal)
  if decimal ~= "." then cell = cell:gsub("%" .. decimal, ".", 1) end
  if cell:find "^[+-]?%.?%d" and not cell:find "[xX]" then
    return tonumber((cell:gsub("^%+", "")))
  end
  local word = cell:lower()
  if MISSING[word] then return NAN end
  return INFINITE[word]
end

-- Logs ------------------------------------------------------------------------

local Log = {}
local LogMeta = {__name = "log", __index = Log}

function LogMeta:__tostring()
  return ("log of %d columns: %s"):format(#self.columns, table.concat(self.columns, ", "))
end

function LogMeta:__newindex(name)
  error(("a log has no field '%s' to set"):format(tostring(name)), 2)
end

function LogMeta:__close() self:close() end

-- The next line that is no comment and not empty; without its end. Bytes before the first one
-- tell of UTF-8.
local function next_line(state)
  while true do
    local line, why = state.file:read "l"
    if not line then return nil, why end
    state.line = state.line + 1
    if state.line == 1 then line = line:gsub("^\xef\xbb\xbf", "") end
    line = line:gsub("\r$", "")
    if line:find "%S" and line:sub(1, 1) ~= state.comment then return line end
  end
end

-- The separator that a line has most of.
local function guess_separator(line)
  local best, most = ",", 0
  for _, separator in ipairs(SEPARATORS) do
    local _, count = line:gsub(separator, "")
    if count > most then best, most = separator, count end
  end
  return best
end

local function has_text(cells, decimal)
  for _, cell in ipairs(cells) do
    if not number_of(cell, decimal) then return true end
  end
  return false
end

-- Takes the line of names, or makes names up: the first line then waits as a row.
local function read_columns(state, options)
  local line, why = next_line(state)
  if not line then return nil, why or "no lines" end
  state.separator = options.separator or guess_separator(line)
  state.decimal = options.decimal or "."
  local cells, message = split(line, state.separator)
  if not cells then return nil, ("line %d: %s"):format(state.line, message) end
  local header = options.header
  if header == nil then header = has_text(cells, state.decimal) end
  if header then return cells end
  state.waiting = line
  for i = 1, #cells do cells[i] = "column " .. i end
  return cells
end

local OPEN_OPTIONS <const> = {separator = "string", header = "boolean", decimal = "string",
  comment = "string"}

local function check_options(index, name, options, known)
  options = arguments.options(index, name, options, known)
  local separator, decimal = options.separator or ",", options.decimal or "."
  if #separator ~= 1 or separator == '"' or separator == " " then
    arguments.fail(index, name, "option 'separator': one character expected", 1)
  end
  if (decimal ~= "." and decimal ~= ",") or decimal == options.separator then
    arguments.fail(index, name, "option 'decimal': '.' or ',' expected, and not the separator", 1)
  end
  if options.comment and #options.comment ~= 1 then
    arguments.fail(index, name, "option 'comment': one character expected", 1)
  end
  return options
end

-- `path` is open as `file`.
local function new_log(path, file, options)
  local state = {file = file, line = 0, comment = options.comment or "#"}
  local columns, why = read_columns(state, options)
  if not columns then
    file:close()
    return nil, path .. ": " .. why
  end
  return setmetatable({columns = columns, _path = path, _state = state}, LogMeta)
end

--- csv.open(path [, options]) -> log | nil, message
-- Opens a log. Its field `columns` lists the names in its first line, or "column 1" and so on
-- when that holds numbers alone ({header = true} or false decides). The separator is found by
-- the first line: comma, semicolon or tab. Empty lines and those that begin with `comment`
-- do not count; cells may be in double quotes. nil and a message for a file that is missing
-- or has no lines.
-- Units: options: separator (one character), header (boolean), decimal ("." or ","), comment
--   ("#")
-- Example:
-- local file <close> = io.open("/ram/log.csv", "w")
-- file:write "time;x\n0;1,5\n1;\n"
-- file:close()
-- local log <close> = csv.open("/ram/log.csv", {decimal = ","})
-- print(log) --> log of 2 columns: time, x
-- for row in log:rows() do print(row[1], row[2]) end --> 0 1.5
--                                                    --> 1 nan
-- os.remove "/ram/log.csv"
function csv.open(path, options)
  arguments.check(1, "open", path, "string")
  options = check_options(2, "open", options, OPEN_OPTIONS)
  local file, why = io.open(path, "r")
  if not file then return nil, why end
  return new_log(path, file, options)
end

-- Fills `row` with a line's cells; gives nil and a message when they do not fit.
local function fill_row(state, line, row, width)
  local count, at = 0, 1
  while at do
    local cell
    cell, at = next_cell(line, at, state.separator)
    if not cell then return nil, at end
    count = count + 1
    if count <= width then row[count] = number_of(cell, state.decimal) or cell end
  end
  if count ~= width then
    return nil, ("%d cells where there are %d columns"):format(count, width)
  end
  return row
end

-- The next row into `row`; nil at the end, nil and a message when it is none.
local function read_row(log, row)
  local state = log._state
  local line, why = state.waiting, nil
  state.waiting = nil
  if not line then line, why = next_line(state) end
  if line then
    local filled
    filled, why = fill_row(state, line, row, #log.columns)
    if filled then return filled end
  end
  return nil, why and ("%s: line %d: %s"):format(log._path, state.line, why)
end

--- log:rows() -> iterator
-- Goes through the rows, from where the log stands: a list of numbers, and strings for cells
-- that are none. It is the same table every time. Raises, naming the line, when a row has
-- another number of cells than there are columns, or quotes do not end.
-- Units: a row: {number | string, ...}, NaN for a missing value
-- Example:
-- local file <close> = io.open("/ram/log.csv", "w")
-- file:write "x,label\n0.5,walk\n" file:close()
-- for row in csv.open("/ram/log.csv"):rows() do print(row[1], row[2]) end --> 0.5 walk
-- os.remove "/ram/log.csv"
function Log:rows()
  local row = {}
  return function()
    local filled, why = read_row(self, row)
    if why then error(why, 2) end
    return filled
  end
end

--- log:close()
-- Closes the file. Safe twice.
-- Units:
-- Example:
-- local file <close> = io.open("/ram/log.csv", "w")
-- file:write "x,y\n" file:close()
-- csv.open("/ram/log.csv"):close()
-- os.remove "/ram/log.csv"
function Log:close()
  if io.type(self._state.file) == "file" then self._state.file:close() end
end

-- Whole files -----------------------------------------------------------------

-- Positions of the columns asked for; nil and the name that is none.
local function positions_of(wanted, columns)
  local positions = {}
  for i, name in ipairs(wanted) do
    for position, column in ipairs(columns) do
      if column == name then positions[i] = position break end
    end
    if not positions[i] then return nil, name end
  end
  return positions
end

-- The values of those columns in `row`; nil and a message where one is text.
local function select_values(log, row, positions, values)
  for i, position in ipairs(positions) do
    local value = row[position]
    if type(value) == "string" then
      return nil, ("%s: line %d, column '%s': '%.40s' is no number"):format(log._path,
        log._state.line, log.columns[position], value)
    end
    values[i] = value
  end
  return values
end

-- The rest of the rows as bytes, far smaller than a table of tables, and their number.
local function pack_rows(log, positions)
  local pieces, row, values = {}, {}, {}
  local format = "<" .. ("d"):rep(#positions)
  while true do
    local filled, why = read_row(log, row)
    if why then return nil, why end
    if not filled then return table.concat(pieces), #pieces end
    filled, why = select_values(log, row, positions, values)
    if not filled then return nil, why end
    pieces[#pieces + 1] = format:pack(table.unpack(values, 1, #positions))
  end
end

local LOAD_OPTIONS <const> = {separator = "string", header = "boolean", decimal = "string",
  comment = "string", columns = "table", dtype = "string"}

--- csv.load(path [, options]) -> tensor, columns | nil, message
-- All rows of a log and the names of the columns; with `columns` only these, in that order.
-- nil and a message, naming line and column, for what is no number or a row of another length,
-- and as for `csv.open`. Time stamps of many digits need the dtype "float64".
-- Units: tensor: float32 {rows, columns} or `dtype`; options: columns (names), dtype ("float32"
--   or "float64"), and those of csv.open
-- Example:
-- local file <close> = io.open("/ram/log.csv", "w")
-- file:write "t,x,label\n0,1.5,a\n1,,b\n" file:close()
-- local x, names = csv.load("/ram/log.csv", {columns = {"x", "t"}})
-- print(#x, x:at(1, 1), x:at(2, 2), names[1]) --> 2 1.5 1.0 x
-- print(csv.load("/ram/log.csv")) --> nil /ram/log.csv: line 2, column 'label': 'a' is no number
-- os.remove "/ram/log.csv"
function csv.load(path, options)
  arguments.check(1, "load", path, "string")
  options = check_options(2, "load", options, LOAD_OPTIONS)
  local dtype = options.dtype or "float32"
  if dtype ~= "float32" and dtype ~= "float64" then
    arguments.fail(2, "load", "option 'dtype': float32 or float64 expected, got " .. dtype)
  end
  local file, why = io.open(path, "r")
  if not file then return nil, why end
  local log <close>, message = new_log(path, file, options)
  if not log then return nil, message end
  local columns = options.columns or log.columns
  local positions, missing = positions_of(columns, log.columns)
  if not positions then return nil, ("%s: no column '%s'"):format(path, tostring(missing)) end
  local bytes, count = pack_rows(log, positions)
  if not bytes then return nil, count end
  return tensor.frombytes(bytes, "float64", {count, #columns}):astype(dtype), columns
end

return csv
