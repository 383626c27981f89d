--- Tests as scripts: cases with names, expectations that say what differs.
--
-- A case runs where it stands, so a file is read from top to bottom. `moonlet test PATHS`
-- runs files, each in a fresh state, and counts; a file run by itself shows its failures.

local sys = require "sys"

local test = {}

-- What `moonlet test` has set (test._start).
local run = {filter = nil, settings = {}, tell = nil}
local path = {}      -- names of the open describes, outermost first
local hooks = {}     -- hooks[depth]: functions of before_each, in order
local limits = {}    -- limits[depth]: seconds of test.limit
local assertions     -- calls of expectations and assert in the running case; nil outside

-- Positions -------------------------------------------------------------------

local _, here = pcall(error, "", 2)
local this_file <const> = here:match("^(.*:)%d+: $")

-- "file:line" of the innermost Lua function outside this file. Needs no debug library:
-- the sandbox has none.
local function where()
  for level = 3, 20 do
    local _, text = pcall(error, "", level)
    if text ~= "" and text:sub(1, #this_file) ~= this_file then return text:sub(1, -3) end
  end
  return "?"
end

local compare = require "test.compare"
local show, differ, same_number, same_bits = compare.show, compare.differ, compare.same_number,
  compare.same_bits

-- Expectations ----------------------------------------------------------------

-- A failed expectation, as an error value that no string can be taken for.
local Failure = {__name = "failed expectation"}
function Failure:__tostring() return self.where .. ": " .. self.text end

local function count() if assertions then assertions = assertions + 1 end end

-- Ends the case.
local function fail(text) error(setmetatable({where = where(), text = text}, Failure), 0) end

local function fail_difference(difference)
  if not difference then return end
  local at = difference.at and difference.at ~= "" and "at " .. difference.at .. "\n" or ""
  error(setmetatable({
    where = where(),
    text = ("%sexpected  %s\ngot       %s"):format(at, difference.expected, difference.got),
  }, Failure), 0)
end

-- True when `text` holds `pattern`, read as plain text or as a Lua pattern.
local function holds(text, pattern)
  if text:find(pattern, 1, true) then return true end
  local valid, found = pcall(string.find, text, pattern)
  return valid and found ~= nil
end

local function check_pattern(pattern, name)
  if type(pattern) ~= "string" then
    error("bad argument #1 to '" .. name .. "' (text or pattern expected, got "
      .. type(pattern) .. ")", 3)
  end
end

local Expectation = {}

--- expectation:equals(expected)
-- The value is the expected one. Numbers are compared by value (2 and 2.0 are equal, and
-- NaN is to NaN), tables by content, tensors by dtype, shape and elements. A table equals
-- a tensor with these elements.
-- Units:
-- Example:
-- test.expect({1, {x = "a"}}):equals({1, {x = "a"}})
-- test.expect(tensor.new{1, 2}):equals({1, 2})
function Expectation:equals(expected)
  count()
  fail_difference(compare.values(expected, self.values[1], same_number))
end

--- expectation:differs(other)
-- The value is not the other one, compared as `equals` does.
-- Units:
-- Example:
-- test.expect(tensor.zeros{2}):differs(tensor.zeros({2}, "int8"))
function Expectation:differs(other)
  count()
  if not compare.values(other, self.values[1], same_number) then
    fail("expected  anything but " .. show(other) .. "\ngot       it")
  end
end

--- expectation:close(expected [, tolerance])
-- Every number is at most `tolerance` away from the expected one; everything else is
-- equal. Numbers, tables and tensors of the same dtype and shape are compared.
-- Units: tolerance: absolute, 1e-6 unless given
-- Example:
-- test.expect(math.pi):close(3.1416, 1e-4)
function Expectation:close(expected, tolerance)
  count()
  tolerance = tolerance or 1e-6
  fail_difference(compare.values(expected, self.values[1], function(a, b)
    return same_number(a, b) or math.abs(a - b) <= tolerance
  end))
end

--- expectation:same_bits(expected)
-- The value is the expected one to the last bit: 0.0 is not -0.0, and 2 is not 2.0. Of
-- tensors the bytes are compared.
-- Units:
-- Example:
-- test.expect(tensor.new{-0.0}):same_bits(tensor.new{-0.0})
function Expectation:same_bits(expected)
  count()
  fail_difference(compare.values(expected, self.values[1], same_bits))
end

--- expectation:raises(pattern)
-- The function raises an error when called with the arguments that follow it in
-- `expect`, and the message holds `pattern`, as plain text or as a Lua pattern.
-- Units:
-- Example:
-- test.expect(function() error("no such thing") end):raises("no such")
-- test.expect(tensor.zeros, {-1}):raises("bad argument #1")
function Expectation:raises(pattern)
  count()
  check_pattern(pattern, "raises")
  local ok, message = pcall(self.values[1], table.unpack(self.values, 2, self.values.n))
  if ok then fail("expected  an error with " .. show(pattern) .. "\ngot       none") end
  message = tostring(message)
  if not holds(message, pattern) then
    fail("expected  an error with " .. show(pattern) .. "\ngot       " .. show(message))
  end
end

--- expectation:fails(pattern)
-- The values given to `expect` are nil and a message that holds `pattern`, as plain text
-- or as a Lua pattern: the answer to what the world refuses.
-- Units:
-- Example:
-- test.expect(io.open("/no/such/file")):fails("No such file")
function Expectation:fails(pattern)
  count()
  check_pattern(pattern, "fails")
  local value, message = self.values[1], self.values[2]
  if value ~= nil or type(message) ~= "string" or not holds(message, pattern) then
    fail("expected  nil and a message with " .. show(pattern) .. "\ngot       " .. show(value)
      .. ", " .. show(message))
  end
end

-- Goldens: what a test gave once, in a file beside it ------------------------------

local Golden = {__name = "golden"}
function Golden:__tostring() return "golden " .. self.name end

local function matches_golden(golden, got)
  local difference, why = require "test.golden".check(golden.path, got,
    test.setting "MOONLET_TEST_RECORD")
  if why then fail(why) end
  fail_difference(difference)
end

--- test.golden(name) -> golden
-- A value recorded once, for `expect(x):matches(golden)`: a tensor or a table of tensors by name
-- in the archive `TEST.NAME.npz` beside the test file, or text in `TEST.NAME.txt`. `moonlet test
-- --record` writes them; every later run, on any machine, compares bits and shows the first
-- difference.
-- Units: name: letters, digits, - and _
-- Example:
-- print(test.golden "first layer") --> golden first layer
function test.golden(name)
  if type(name) ~= "string" or name == "" or name:find "[^%w_ -]" then
    error("bad argument #1 to 'golden' (a name of letters, digits, blanks, - and _ expected)", 2)
  end
  local file = where():match "^(.*):%d+$" or "test.lua"
  return setmetatable({name = name, path = file:gsub("%.lua$", "") .. "." .. name:gsub(" ", "_")},
    Golden)
end

--- expectation:matches(pattern)
-- The value is a string that holds `pattern`, as plain text or as a Lua pattern; or it is, to the
-- last bit, what `pattern`, a `test.golden`, has recorded.
-- Units: pattern: text or golden
-- Example:
-- test.expect(sys.version):matches("^%d+%.%d+")
function Expectation:matches(pattern)
  count()
  if getmetatable(pattern) == Golden then return matches_golden(pattern, self.values[1]) end
  check_pattern(pattern, "matches")
  local got = self.values[1]
  if type(got) ~= "string" or not holds(got, pattern) then
    fail("expected  text with " .. show(pattern) .. "\ngot       " .. show(got))
  end
end

--- expectation:is_nil()
-- The value is nil.
-- Units:
-- Example:
-- test.expect(({})[1]):is_nil()
function Expectation:is_nil()
  count()
  if self.values[1] ~= nil then fail_difference(differ(nil, self.values[1])) end
end

--- expectation:is_true()
-- The value is true itself.
-- Units:
-- Example:
-- test.expect(1 < 2):is_true()
function Expectation:is_true()
  count()
  if self.values[1] ~= true then fail_difference(differ(true, self.values[1])) end
end

--- expectation:is_false()
-- The value is false itself.
-- Units:
-- Example:
-- test.expect(2 < 1):is_false()
function Expectation:is_false()
  count()
  if self.values[1] ~= false then fail_difference(differ(false, self.values[1])) end
end

local ExpectationMeta = {__name = "expectation"}

function ExpectationMeta.__index(_, key)
  local method = Expectation[key]
  if method or math.type(key) == "integer" then return method end  -- a value that is nil
  local names = {}
  for name in pairs(Expectation) do names[#names + 1] = name end
  table.sort(names)
  error(("no expectation is called '%s' (there are: %s)"):format(tostring(key),
    table.concat(names, " ")), 2)
end

--- test.expect(value, ...) -> expectation
-- Takes what is to be tested. The methods of the result say what it should be; one that
-- does not hold ends the case, naming the line, what was expected and what came. For
-- `raises` the first value is a function and the others are its arguments.
-- Units:
-- Example:
-- test.expect(1 + 1):equals(2)
-- print(pcall(function() test.expect(1):equals(2) end)) --> false example:2: expected  2
--                                                       --> got       1
function test.expect(...)
  return setmetatable({values = table.pack(...)}, ExpectationMeta)
end

-- A bare assert counts as an expectation; else it does what Lua's does.
local lua_assert = assert
function assert(...)
  count()
  local value, message = ...
  if value or select("#", ...) == 0 then return lua_assert(...) end
  error(select("#", ...) == 1 and "assertion failed!" or message, 2)
end

-- Cases -----------------------------------------------------------------------

local function indent(text, by) return by .. text:gsub("\n", "\n" .. by) end

-- What ends a case that cannot run here, as an error value.
local Skip = {__name = "skipped case"}
function Skip:__tostring() return "skipped: " .. self.reason end

-- Tells of a case: to whoever runs the file, else to the reader. A failure is a text or a Skip.
local function report(name, failure)
  local skipped = getmetatable(failure) == Skip
  local result = skipped and "skipped" or failure and "failed" or "passed"
  local text = skipped and failure.reason:gsub("%s+", " ") or failure or ""
  if run.tell then return run.tell(result, name, text) end
  if result == "skipped" then
    print(("skip  %s: %s"):format(name, text))
  elseif result == "failed" then
    print("FAIL  " .. name)
    print(indent(text, "      "))
  end
end

-- Runs in the failing code's place, where its line is still known.
local function describe_error(message)
  if getmetatable(message) == Skip then return message end
  if getmetatable(message) == Failure then return message.where .. "\n" .. message.text end
  local text = type(message) == "string" and message or show(message)
  if not text:find("^[^\n]-:%d+: ") then text = where() .. ": " .. text end
  return text
end

-- xpcall, with the time that the innermost test.limit leaves.
local function call_limited(body)
  for depth = #path, 0, -1 do
    if limits[depth] then return sys.limit(limits[depth], body, describe_error) end
  end
  return xpcall(body, describe_error)
end

-- Runs the function with every before_each around it; gives a message for a failure.
local function run_case(body)
  assertions = 0
  local ok, message = call_limited(function()
    for depth = 0, #path do
      for _, hook in ipairs(hooks[depth] or {}) do hook() end
    end
    body()
  end)
  local made = assertions
  assertions = nil
  if not ok then return getmetatable(message) == Skip and message or tostring(message) end
  if made == 0 then return "asserted nothing" end
end

local function full_name(name)
  local names = table.move(path, 1, #path, 1, {})
  names[#names + 1] = name
  return table.concat(names, " > ")
end

local function check_call(name, body, what)
  if type(name) ~= "string" then
    error(("bad argument #1 to '%s' (name expected, got %s)"):format(what, type(name)), 3)
  end
  if type(body) ~= "function" then
    error(("bad argument #2 to '%s' (function expected, got %s)"):format(what, type(body)), 3)
  end
  if assertions then error(what .. " inside a case", 3) end
end

--- test.describe(name, body)
-- Runs `body`, whose cases then carry the name in front of their own. An error outside
-- of its cases is one more failure and ends the body only.
-- Units: body: function()
-- Example:
-- test.describe("addition", function()
--   test.it("adds", function() test.expect(1 + 1):equals(2) end)
-- end)
function test.describe(name, body)
  check_call(name, body, "describe")
  path[#path + 1] = name
  local ok, message = xpcall(body, describe_error)
  hooks[#path], limits[#path] = nil, nil
  path[#path] = nil
  if not ok then
    report(full_name(name), getmetatable(message) == Skip and message or tostring(message))
  end
end

--- test.it(name, body)
-- Runs a case: `body` passes unless an expectation in it fails, or it raises. A bare
-- `assert` counts as an expectation; a case without any fails.
-- Units: body: function()
-- Example:
-- test.it("adds", function() assert(1 + 1 == 2) end)
function test.it(name, body)
  check_call(name, body, "it")
  name = full_name(name)
  if run.filter and not holds(name, run.filter) then return end
  report(name, run_case(body))
end

--- test.skip(reason)
-- Ends the running case, or the rest of a `describe`, which cannot run here: it counts as skipped,
-- neither passed nor failed, and the reason is printed.
-- Units:
-- Example:
-- test.it("speaks to a camera", function()
--   test.skip "there is none on this board"
-- end)
function test.skip(reason)
  if type(reason) ~= "string" or reason == "" then
    error("bad argument #1 to 'skip' (reason expected, got " .. type(reason) .. ")", 2)
  end
  error(setmetatable({reason = reason}, Skip), 0)
end

--- test.each(values, name, body)
-- A case for each value, whose items, if it is a list, are the arguments of `body`. Directives of
-- string.format in `name` show the arguments; without any the case's number is added.
-- Units: body: function(value...)
-- Example:
-- test.each({{1, 2, 3}, {-1, 1, 0}}, "%d and %d are %d", function(a, b, sum)
--   test.expect(a + b):equals(sum)
-- end)
function test.each(values, name, body)
  if type(values) ~= "table" then
    error("bad argument #1 to 'each' (list expected, got " .. type(values) .. ")", 2)
  end
  for i, value in ipairs(values) do
    local items = type(value) == "table" and #value > 0 and value or {value}
    local shown = {}
    for k, item in ipairs(items) do
      shown[k] = (type(item) == "number" or type(item) == "string") and item or show(item)
    end
    local title = name .. " (" .. i .. ")"
    if name:find "%%[^%%]" then title = name:format(table.unpack(shown)) end
    test.it(title, function() body(table.unpack(items)) end)
  end
end

-- The values of a counterexample, for the eye.
local function show_values(values)
  local parts = {}
  for i, value in ipairs(values) do parts[i] = show(value) end
  return table.concat(parts, ", ")
end

--- test.property(name, generators, body [, options])
-- A case that runs `body` with random values, one of each generator (module `any`), and passes
-- when no expectation ever fails. Of values with which one does the simplest that are found are
-- shown, with the seed; `options.seed` or `moonlet test --seed` runs them again, and
-- `moonlet test --repeat` tries one seed after the other. `options.runs`, else the setting
-- `MOONLET_TEST_RUNS`, says how many runs there are (100).
-- Units: body: function(value...); options: runs: runs; seed: integer
-- Example:
-- local any = require "any"
-- test.property("twice backwards is forwards", {any.text(20)}, function(s)
--   test.expect(s:reverse():reverse()):equals(s)
-- end)
function test.property(name, generators, body, options)
  check_call(name, body or false, "property")
  options = options or {}
  local runs = options.runs or tonumber(test.setting "MOONLET_TEST_RUNS") or 100
  local seed = options.seed or tonumber(test.setting "MOONLET_TEST_SEED") or 1
  test.it(name, function()
    local message, skipped
    local found = require "any".check(generators, function(...)
      local ok, why = xpcall(body, describe_error, ...)
      if getmetatable(why) == Skip then skipped = why end
      if not ok then message = tostring(why) end
      return ok or skipped
    end, {runs = runs, seed = seed})
    if skipped then error(skipped, 0) end
    if not found then return end
    -- Once more, for the message of the simplest.
    xpcall(body, function(why) message = describe_error(why) end,
      table.unpack(found.values, 1, #generators))
    local text = ("with %s\nrun %d of %d, seed %d"):format(show_values(found.values), found.run,
      runs, found.seed)
    if found.steps > 0 then text = text .. ", first with " .. show_values(found.first) end
    error(setmetatable({where = message:match "^[^\n]*", text = text .. (message:match "\n.*$" or "")},
      Failure), 0)
  end)
end

--- test.before_each(body)
-- Has `body` run before each case that follows in the same `describe` and in those
-- inside it; outermost first.
-- Units: body: function()
-- Example:
-- local list
-- test.before_each(function() list = {} end)
-- test.it("begins empty", function() test.expect(#list):equals(0) end)
function test.before_each(body)
  if type(body) ~= "function" then
    error("bad argument #1 to 'before_each' (function expected, got " .. type(body) .. ")", 2)
  end
  if assertions then error("before_each inside a case", 2) end
  local depth = #path
  hooks[depth] = hooks[depth] or {}
  table.insert(hooks[depth], body)
end

--- test.limit(seconds)
-- Gives each case that follows in the same `describe`, and in those inside it, so much wall time,
-- hooks included. One that takes longer is stopped wherever it is, inside a kernel too, and has
-- failed; the others go on.
-- Units: seconds: number above 0
-- Example:
-- test.describe("a filter", function()
--   test.limit(0.5)
--   test.it("is quick", function() assert(dsp.butter(4, 0.2)) end)
-- end)
function test.limit(seconds)
  if type(seconds) ~= "number" or not (seconds > 0 and seconds <= 1e9) then
    error("bad argument #1 to 'limit' (seconds above 0 expected, got " .. show(seconds) .. ")", 2)
  end
  if assertions then error("limit inside a case", 2) end
  limits[#path] = seconds
end

-- Settings --------------------------------------------------------------------

--- test.setting(name) -> string | nil
-- What whoever started the tests has set: a variable of the host's environment. On a device
-- and in the sandbox `moonlet test --target` hands those on whose names begin with
-- `MOONLET_`.
-- Units:
-- Example:
-- print(test.setting "MOONLET_NO_SUCH_SETTING") --> nil
function test.setting(name)
  local value = run.settings[name]
  if value == nil and os.getenv then value = os.getenv(name) end
  return value
end

--- test.shared() -> folder
-- Where recorded data outside of the project is, if it is there: the setting
-- `MOONLET_SHARED`, else `../shared`.
-- Units:
-- Example:
-- print(#test.shared() > 0) --> true
function test.shared() return test.setting "MOONLET_SHARED" or "../shared" end

-- Measuring -------------------------------------------------------------------

--- test.garbage(count, body) -> bytes
-- Lua memory taken by `count` calls of `body`, once it is warm: what is left when each call
-- makes a little garbage, or keeps something. 0 for a body that allocates nothing.
-- Units: body: function()
-- Example:
-- print(test.garbage(100, function() return 1 + 1 end)) --> 0
-- print(test.garbage(100, function() return {} end) > 100) --> true
function test.garbage(count, body)
  for _ = 1, 3 do body() end
  collectgarbage()  -- far from the next collection
  body()            -- this one may have shrunk the stack
  local before = collectgarbage "count"
  for _ = 1, count do body() end
  return math.tointeger((collectgarbage "count" - before) * 1024)
end

local scratch_files = 0

--- test.scratch([suffix]) -> path
-- A path for a file of the test's own; nothing is there. In `/ram`, where a script has no
-- way to ask the system for one.
-- Units: suffix: of the file's name, such as ".npy"
-- Example:
-- local path = test.scratch ".txt"
-- io.open(path, "w"):close()
-- print(os.remove(path)) --> true
function test.scratch(suffix)
  local name
  if os.tmpname then
    name = os.tmpname()
    os.remove(name)
  else
    scratch_files = scratch_files + 1
    name = "/ram/scratch_" .. scratch_files
  end
  return name .. (suffix or "")
end

-- The runner's side (shell/test_records.cc): names that start with _ are not public. `tell` takes
-- each case: "passed", "failed" or "skipped", its name and a text.
function test._start(filter, settings, tell)
  run.filter, run.settings, run.tell = filter, settings, tell
end

return test
