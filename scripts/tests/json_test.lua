local json, test = require "json", require "test"
local describe, it, expect = test.describe, test.it, test.expect

describe("encode", function()
  it("writes scalars so that they read back", function()
    expect(json.encode(nil)):equals "null"
    expect(json.encode(true)):equals "true"
    expect(json.encode(-7)):equals "-7"
    expect(json.encode(math.mininteger)):equals "-9223372036854775808"
    expect(json.encode(0.1)):equals "0.1"
    for _, x in ipairs {1 / 3, 1e300, -2.5e-310, 3.0, 16777217.0} do
      expect(tonumber(json.encode(x))):equals(x)
    end
    expect(json.encode(1 / 0)):equals "null"
    expect(json.encode(0 / 0)):equals "null"
  end)
  it("escapes what a string may not hold", function()
    expect(json.encode 'a"b\\c\n\r\t\0\27/é'):equals [["a\"b\\c\n\r\t\u0000\u001b/é"]]
  end)
  it("writes lists and objects, keys in order", function()
    expect(json.encode {}):equals "[]"
    expect(json.encode {1, {2, "x"}, {b = false, a = {}}}):equals
      [=[[1, [2, "x"], {"a": [], "b": false}]]=]
  end)
  it("refuses what has no JSON", function()
    local loop = {}
    loop.loop = loop
    expect(function() json.encode(print) end):raises "a function has no JSON"
    expect(function() json.encode {[2] = 1} end):raises "a key is a number"
    expect(function() json.encode(loop) end):raises "nested too deep"
  end)
end)
