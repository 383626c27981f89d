local help, sys, tensor, test = require "help", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- What help(...) prints.
local function lines(...)
  local list, real = {}, print
  print = function(text) list[#list + 1] = text end
  local ok, message = pcall(help, ...)
  print = real
  assert(ok, message)
  return list
end

local function page(...) return table.concat(lines(...), "\n") .. "\n" end

describe("help on a function", function()
  it("shows signature, units, text and example", function()
    local text = page(sys.sleep)
    expect(text):matches("^sys.sleep%(seconds%)\n  seconds: number from 0 to 1e9\n\n  Waits; ")
    expect(text):matches("\n\n  Example:\n    sys.sleep(0.001)\n")
  end)
  it("is found by name, with point or colon", function()
    expect(page "sys.sleep"):equals(page(sys.sleep))
    expect(page "ticks_us"):equals(page(sys.ticks_us))
    expect(page "sleep"):matches("  sys.sleep   .*\n  task.sleep  ")
    expect(page "tensor.reshape"):equals(page "tensor:reshape")
    expect(page(tensor.zeros {1}.reshape)):equals(page "tensor:reshape")
  end)
  it("reads the comment above one written in Lua", function()
    local text = page(test.it)
    expect(text):equals(page "test.it")
    expect(text):matches("^test.it%(name, body%)\n  body: function%(%)\n\n  Runs a case: ")
    expect(text):matches("\n  Example:\n    test.it(")
    expect(page "expectation:raises"):matches("^expectation:raises%(pattern%)\n")
  end)
  it("says so when there is none", function()
    expect(page(print)):matches("Lua itself")
    expect(page(lines)):matches("help_test.lua:5, without help")
    expect(page(load("return function() end", "=text")())):matches("without help")
    expect(page(load("return function() end", "@/no/such")())):matches("without help")
  end)
end)

describe("help on a module", function()
  it("lists what it has", function()
    local text = page "sys"
    expect(text):equals(page(sys))
    for _, name in ipairs {"ticks_us", "sleep", "mem", "find", "version", "board"} do
      expect(text):matches("\n  sys." .. name .. " ")
    end
  end)
  it("knows those written in Lua", function()
    expect(page "test"):matches("^test\n  Tests as scripts")
    expect(page(test)):matches("\n  test.describe ")
  end)
  it("lists all of them without an argument", function()
    expect(page()):matches("\n  tensor ")
    expect(page()):matches("\n  sys ")
  end)
  it("explains itself", function()
    expect(page(help)):matches("^help%(%[what%]%)")
    expect(page "help"):equals(page(help))
  end)
end)

describe("help on an object", function()
  it("shows its class", function()
    local text = page(tensor.zeros {1})
    expect(text):matches("^tensor\n")
    expect(text):matches("\n  tensor.shape ")
    expect(text):matches("\n  tensor:reshape ")
  end)
  it("admits that it knows nothing of plain values", function()
    expect(page(nil)):matches("no help on a nil value")
    expect(page(12)):matches("no help on a number value")
    expect(page({})):matches("no help on a table value")
    local file <close> = assert(io.open(assert(sys.find "help_test.lua")))
    expect(page(file)):matches("no help on a userdata value")
  end)
end)

describe("help with words", function()
  it("puts the page that holds most of them first", function()
    local found = lines "clock microseconds"
    expect(found[1]):matches("^  sys.ticks_us ")
    expect(lines("sleep waits budget")[1]):matches("^  sys.sleep ")
  end)
  it("takes no account of case or plural", function()
    expect(lines("MICROSECONDS CLOCKS")[1]):matches("^  sys.ticks_us ")
  end)
  it("suggests the nearest names for a misspelt one", function()
    expect(page "tikcs_us"):matches("no help on 'tikcs_us'.\nThe nearest names:\n  sys.ticks_us ")
    expect(page "tensor.zeroes"):matches("tensor.zeros")
    expect(page "qqqqqqqqq"):matches("no help on 'qqqqqqqqq'.\nhelp() lists the modules.")
    expect(page(("x"):rep(5000))):matches("no help on 'xxx")
    expect(page "\0"):matches("no help")
    expect(page ""):matches("no help on ''")
  end)
end)

describe("the layout", function()
  it("keeps to 80 columns", function()
    for _, topic in ipairs {"tensor", "sys", "test", "progress", "tensor:slice", "shape of a"} do
      for _, line in ipairs(lines(topic)) do
        assert(#line <= 80 or not line:find "^  %S", line)
      end
    end
  end)
  it("returns nothing", function()
    local real = print
    print = function() end
    expect(select("#", help(sys))):equals(0)
    print = real
  end)
end)
