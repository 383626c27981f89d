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

describe("decode", function()
  local function same(text, value)
    expect(json.encode(json.decode(text))):equals(json.encode(value))
  end
  it("reads what encode writes", function()
    local value = {a = {1, 2.5, -3e-7}, b = {c = "x\"\\\n\0é", d = true}, e = {}, f = {{{}}}}
    same(json.encode(value), value)
  end)
  it("reads every kind of value", function()
    same(' [ 1 , -0.5e+2 , "a\\u00e9\\ud83d\\ude00\\/" , true,false ] ',
      {1, -50.0, "aé😀/", true, false})
    expect(math.type(json.decode "17")):equals "integer"
    expect(math.type(json.decode "17.0")):equals "float"
    expect(json.decode "null"):equals(nil)
    expect(json.decode('[null, 2]')[2]):equals(2)
    expect(json.decode('{"a": null, "b": 1}').b):equals(1)
  end)
  it("tells where text is no JSON", function()
    for _, text in ipairs {"", " ", "[1", "[1,]", "{1: 2}", '{"a" 1}', '{"a":}', "01", "1.", "+1",
      ".5", "nul", "truex", "[1] 2", '"a', '"\\x"', '"\\u12g4"', '"a\nb"', "nan", ("["):rep(200)} do
      expect(json.decode(text)):fails "expected"
    end
    expect(function() json.decode(1) end):raises "string expected"
  end)
end)
