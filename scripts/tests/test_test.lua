local test = require "test"
local describe, it, expect = test.describe, test.it, test.expect

describe("expect", function()
  it("compares numbers, strings and tables by content", function()
    expect(1):equals(1)
    expect({1, {x = "a"}}):equals({1, {x = "a"}})
    expect(0 / 0):equals(0 / 0)
    expect(1.0000001):close(1, 1e-6)
    expect(-0.0):equals(0.0)
    expect(function() expect(-0.0):same_bits(0.0) end):raises("expected  -0.0")
  end)
  it("takes plain text or a pattern for an error", function()
    expect(function() error("a (b)") end):raises("a (b)")
    expect(function() error("line 17") end):raises("line %d+")
  end)
end)
