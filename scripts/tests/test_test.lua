local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- The message of an expectation that should not hold.
local function failure(body)
  local ok, message = pcall(body)
  assert(not ok, "the expectation held")
  return tostring(message)
end

describe("equals", function()
  it("compares numbers by value, and NaN to NaN", function()
    expect(2):equals(2.0)
    expect(0 / 0):equals(0 / 0)
    expect(-0.0):equals(0.0)
    expect(failure(function() expect(2):equals(3) end)):matches("expected  3\ngot       2")
    expect(failure(function() expect("2"):equals(2) end)):matches('got       "2"')
  end)
  it("compares tables by content and names the place", function()
    expect({1, {x = "a"}}):equals({1, {x = "a"}})
    local nested = failure(function()
      expect({a = {1, 2, {b = 3}}}):equals({a = {1, 2, {b = 4}}})
    end)
    expect(nested):matches("at .a[3].b\nexpected  4\ngot       3")
    expect(failure(function() expect({1, 2}):equals({1}) end)):matches("at [2]\nexpected  nil")
    expect(failure(function() expect({}):equals({x = false}) end)):matches("at .x")
  end)
  it("ends with tables that hold themselves", function()
    local a, b = {}, {}
    a.self, b.self = a, b
    expect(a):equals(b)
    b.more = 1
    expect(a):differs(b)
  end)
  it("compares tensors by dtype, shape and elements", function()
    local t = tensor.new({{1, 2}, {3, 4}}, "int8")
    expect(t):equals(t:clone())
    expect(t):equals({{1, 2}, {3, 4}})
    local other = t:clone()
    other:set(-4, 2, 2)
    expect(failure(function() expect(t):equals(other) end)):matches(
      "at position (2, 2) of tensor int8 {2, 2}\nexpected  -4\ngot       4")
    expect(failure(function() expect(t):equals(t:astype "int16") end)):matches(
      "expected  tensor int16 {2, 2}\ngot       tensor int8 {2, 2}")
    expect(failure(function() expect(t):equals(t:reshape {4}) end)):matches("int8 {4}")
    expect(failure(function() expect(t):equals(4) end)):matches("expected  4\ngot       tensor")
  end)
  it("takes NaN in a tensor as equal to itself", function()
    local t = tensor.new {1, 0 / 0, 3}
    expect(t):equals(t:clone())
    expect(t):differs(tensor.new {1, 2, 3})
  end)
  it("reads views element by element", function()
    local t = tensor.new({{1, 2, 3}, {4, 5, 6}}, "int32")
    expect(t:transpose()):equals({{1, 4}, {2, 5}, {3, 6}})
    expect(t:slice({}, 2)):equals(tensor.new({2, 5}, "int32"))
    expect(tensor.zeros {0, 3}):equals(tensor.ones {0, 3})
    expect(tensor.full({}, 2)):equals(tensor.full({}, 2))
  end)
end)

describe("close", function()
  it("allows the tolerance and no more", function()
    expect(1.0):close(1.25, 0.25)
    expect(failure(function() expect(1.0):close(1.25, 0.2) end)):matches("expected  1.25")
    expect(1 / 0):close(1 / 0)
    expect(failure(function() expect(0 / 0):close(0) end)):matches("nan")
  end)
  it("goes into tables and tensors", function()
    expect({1, {2.05}}):close({1, {2}}, 0.1)
    expect(tensor.new {1, 2.5}):close(tensor.new {1, 2.25}, 0.25)
    expect(failure(function()
      expect(tensor.new {1, 2.5}):close(tensor.new {1, 2}, 0.25)
    end)):matches("position (2)")
  end)
end)

describe("same_bits", function()
  it("tells zeros and kinds of number apart", function()
    expect(-0.0):same_bits(-0.0)
    expect(failure(function() expect(-0.0):same_bits(0.0) end)):matches("expected  0.0")
    expect(failure(function() expect(2):same_bits(2.0) end)):matches("expected  2.0")
  end)
  it("compares the bytes of tensors and shows those that differ", function()
    local a = tensor.full({40, 50}, 1)
    local b = a:clone()
    expect(a):same_bits(b)
    b:set(1 + 2 ^ -23, 31, 7)
    local message = failure(function() expect(a):same_bits(b) end)
    expect(message):matches("at position (31, 7) of tensor float32 {40, 50}")
    expect(message):matches("0x3f800001\ngot       1.0  0x3f800000")
    expect(tensor.new {0.0}):equals(tensor.new {-0.0})
    expect(failure(function() expect(tensor.new {0.0}):same_bits(tensor.new {-0.0}) end))
      :matches("0x80000000")
  end)
end)

describe("raises", function()
  it("takes plain text or a pattern", function()
    expect(function() error("a (b)") end):raises("a (b)")
    expect(function() error("line 17") end):raises("line %d+")
    expect(function() error("half (") end):raises("half (")
    expect(error, "value"):raises("value")
  end)
  it("fails for no error and for another", function()
    expect(failure(function() expect(type, 1):raises("x") end)):matches("got       none")
    expect(failure(function() expect(error, "y"):raises("x") end)):matches('got       "y"')
    expect(function() expect(type, 1):raises() end):raises("text or pattern expected, got nil")
  end)
end)

describe("other expectations", function()
  it("tell a refusal of the world", function()
    expect(nil, "no such file"):fails("such")
    expect(failure(function() expect({}):fails("x") end)):matches("expected  nil and a message")
    expect(failure(function() expect(nil):fails("x") end)):matches("got       nil, nil")
    expect(failure(function() expect(nil, "y"):fails("x") end)):matches('nil, "y"')
  end)
  it("tell nil, true and false apart from what is like them", function()
    expect(nil):is_nil()
    expect(true):is_true()
    expect(false):is_false()
    expect(failure(function() expect(false):is_nil() end)):matches("got       false")
    expect(failure(function() expect(1):is_true() end)):matches("got       1")
    expect(failure(function() expect(nil):is_false() end)):matches("got       nil")
  end)
  it("name those there are for a misspelt one", function()
    expect(function() expect(1):equal(1) end):raises("no expectation is called 'equal'")
    expect(function() expect(1):equal(1) end):raises("close differs equals fails")
  end)
end)

describe("before_each", function()
  local log = {}
  test.before_each(function() log = {"outer"} end)
  describe("inside", function()
    test.before_each(function() log[#log + 1] = "inner" end)
    it("runs outermost first", function() expect(log):equals({"outer", "inner"}) end)
    it("runs anew for each case", function() expect(#log):equals(2) end)
  end)
  it("ends with its describe", function() expect(log):equals({"outer"}) end)
end)

describe("limit", function()
  it("wants seconds, outside of a case", function()
    expect(test.limit, 0):raises "bad argument #1 to 'limit' (seconds above 0 expected, got 0)"
    expect(test.limit, "1"):raises 'got "1"'
    expect(test.limit, 1):raises "limit inside a case"
  end)
  test.limit(30)
  it("lets a case run that keeps to it", function() expect(1):equals(1) end)
end)

describe("misuse", function()
  it("names the argument", function()
    expect(it, 1, print):raises("bad argument #1 to 'it' (name expected, got number)")
    expect(it, "x"):raises("bad argument #2 to 'it' (function expected, got nil)")
    expect(test.before_each, 1):raises("function expected, got number")
  end)
  it("refuses a case inside a case", function()
    expect(it, "inner", print):raises("it inside a case")
  end)
end)

describe("assert", function()
  it("gives back its arguments, as Lua's does", function()
    expect({assert(1, "two", nil, 4)}):equals({1, "two", nil, 4})
    expect(function() assert(false) end):raises("assertion failed!")
    expect(function() assert(nil, "why") end):raises("test_test.lua:%d+: why")
    local ok, value = pcall(function() assert(false, log) end)
    expect({ok, value}):equals({false, nil})
    expect(assert):raises("bad argument #1")
  end)
end)

describe("golden", function()
  local path = test.scratch ".lua"
  local golden = require "test.golden"

  -- What a check says, after recording `kept`.
  local function difference(kept, got)
    expect(golden.check(path, kept, true)):is_nil()
    return golden.check(path, got)
  end

  it("keeps tensors to the bit", function()
    local x = tensor.new {1.5, -0.0, 0 / 0}
    expect(difference(x, x:clone())):is_nil()
    local found = difference(x, tensor.new {1.5, 0.0, 0 / 0})
    expect(found.at):equals "value, position (2) of tensor float32 {3}"
    expect(found.expected):equals "-0.0  0x80000000"
    expect(difference(x, tensor.zeros {2}).got):equals "tensor float32 {2}"
  end)
  it("keeps tables of tensors by name", function()
    local kept = {a = tensor.ones {2}, b = tensor.zeros({1}, "int8")}
    expect(difference(kept, {a = tensor.ones {2}, b = tensor.zeros({1}, "int8")})):is_nil()
    expect(difference(kept, {a = tensor.ones {2}}).got):equals "nothing"
    kept.c = tensor.ones {1}
    expect(golden.check(path, kept).at):equals "c"
  end)
  it("keeps text and shows the first line that differs", function()
    expect(difference("one\ntwo\n", "one\ntwo\n")):is_nil()
    local found = difference("one\ntwo\nthree", "one\ntwo\ndrei")
    expect(found):equals {at = 'line 3, after "two"', expected = '"three"', got = '"drei"'}
    expect(difference("one", "one\ntwo").expected):equals "the end"
    expect(difference("", "one")):equals {at = "line 1", expected = '""', got = '"one"'}
  end)
  it("says what is missing, damaged or of no kind it keeps", function()
    local _, why = golden.check(test.scratch(), "text")
    expect(why):matches "no such file (moonlet test --record writes it)"
    local file = assert(io.open(path .. ".npz", "wb"))
    file:write "PK, but no archive"
    file:close()
    expect(select(2, golden.check(path, tensor.ones {1}))):matches "got       .*%-%-record writes it"
    for _, value in ipairs {1, {1}, {a = 1}, {}} do
      expect(select(2, golden.check(path, value))):matches "a tensor, a table of tensors by name, or text"
    end
  end)
  it("has names that are files everywhere", function()
    expect(tostring(test.golden "a layer")):equals "golden a layer"
    expect(test.golden, "../up"):raises "bad argument #1 to 'golden'"
    expect(test.golden, ""):raises "bad argument #1 to 'golden'"
  end)
end)

describe("skip and each", function()
  it("want a reason and a list", function()
    expect(test.skip):raises "reason expected, got nil"
    expect(test.skip, ""):raises "reason expected"
    expect(test.each, 3, "name", print):raises "list expected, got number"
  end)
end)

local seen = {}
test.each({{1, 2}, "three"}, "each gives its items to a case", function(...)
  seen[#seen + 1] = {...}
  expect(seen):equals(#seen == 1 and {{1, 2}} or {{1, 2}, {"three"}})
end)
