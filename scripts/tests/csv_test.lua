local csv, tensor, test = require "csv", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

local path = test.scratch ".csv"

local function write(text) file_bytes.write(path, text) end

-- All rows, copied.
local function rows(options)
  local all = {}
  local log <close> = assert(csv.open(path, options))
  for row in log:rows() do all[#all + 1] = table.move(row, 1, #log.columns, 1, {}) end
  return all, log.columns
end

local nan = 0 / 0

describe("a log", function()
  it("has names above, or none", function()
    write "time,x\n0,1.5\n1,-2e3\n"
    local all, columns = rows()
    expect(columns):equals {"time", "x"}
    expect(all):equals {{0, 1.5}, {1, -2000}}
    write "0,1.5\n1,+2\n"
    all, columns = rows()
    expect(columns):equals {"column 1", "column 2"}
    expect(all):equals {{0, 1.5}, {1, 2}}
    expect((rows {header = true})):equals {{1, 2}}
    write "a,b\nc,d\n"
    expect((rows {header = false})):equals {{"a", "b"}, {"c", "d"}}
  end)
  it("is separated by comma, semicolon or tab", function()
    for _, separator in ipairs {",", ";", "\t", "|"} do
      write(("a%sb%sc\n1%s2%s3\n"):gsub("%%s", separator))
      expect((rows {separator = separator == "|" and "|" or nil})):equals {{1, 2, 3}}
    end
    write "a;b\n1,5;-0,25\n"
    expect((rows {decimal = ","})):equals {{1.5, -0.25}}
    write "x\n3\n"
    expect((rows())):equals {{3}}
  end)
  it("may lack values, and hold text", function()
    write "a,b,c\n,NaN,n/a\n1,,inf\nwalk,0x10,-Inf\n -3 , 1.5x, .5 \n"
    expect((rows())):equals {{nan, nan, nan}, {1, nan, math.huge}, {"walk", "0x10", -math.huge},
      {-3, "1.5x", 0.5}}
  end)
  it("may have quotes, comments, empty lines and any line ends", function()
    write '\xef\xbb\xbf# logger 3\r\n"time, s","a ""b"""\r\n\r\n"1","x,y"\r\n# end\r\n2,""'
    local all, columns = rows()
    expect(columns):equals {"time, s", 'a "b"'}
    expect(all):equals {{1, "x,y"}, {2, nan}}
    write "%a,b\n1,2\n%3,4\n"
    expect((rows {comment = "%", header = false})):equals {{1, 2}}
  end)
  it("gives one table for all rows", function()
    write "1,2\n3,4\n"
    local first
    for row in csv.open(path):rows() do
      first = first or row
      expect(rawequal(first, row)):is_true()
    end
    expect(first):equals {3, 4}
  end)
  it("that is damaged names the line", function()
    for text, why in pairs {
      ["a,b\n1,2\n3\n"] = "line 3: 1 cells where there are 2 columns",
      ["a,b\n1,2,3\n"] = "line 2: 3 cells where there are 2 columns",
      ['a,b\n1,"2\n'] = "line 2: a quoted cell does not end",
    } do
      write(text)
      expect(rows):raises(path .. ": " .. why)
      expect(csv.load(path)):fails(path .. ": " .. why)
    end
    write '"a,b\n'
    expect(csv.open(path)):fails(path .. ": line 1: a quoted cell")
    write "\n\n# nothing\n"
    expect(csv.open(path)):fails(path .. ": no lines")
    os.remove(path)
    expect(csv.open(path)):fails(path .. ": ")
    expect(csv.load(path)):fails(path .. ": ")
  end)
end)

describe("load", function()
  it("gives a tensor and the names", function()
    write "t,x,y\n0,1,2\n1,,4\n"
    local x, names = csv.load(path)
    expect(x):equals(tensor.new {{0, 1, 2}, {1, nan, 4}})
    expect(names):equals {"t", "x", "y"}
    x, names = csv.load(path, {columns = {"y", "t"}})
    expect(x):equals {{2, 0}, {4, 1}}
    expect(names):equals {"y", "t"}
  end)
  it("keeps long time stamps as float64", function()
    write "t\n1700000000123\n"
    expect(csv.load(path, {dtype = "float64"})):equals(tensor.new({{1700000000123}}, "float64"))
  end)
  it("takes a log of no rows, and one cut short", function()
    write "t,x\n"
    expect(csv.load(path)):equals(tensor.zeros {0, 2})
    write "t,x\n1,2\n3,4"
    expect(csv.load(path)):equals {{1, 2}, {3, 4}}
  end)
  it("refuses text, and columns that are not there", function()
    write "t,label\n1,walk\n"
    expect(csv.load(path)):fails(path .. ": line 2, column 'label': 'walk' is no number")
    expect(csv.load(path, {columns = {"t"}})):equals {{1}}
    expect(csv.load(path, {columns = {"t", "z"}})):fails(path .. ": no column 'z'")
  end)
  it("reads many rows", function()
    local lines = {}
    for i = 1, 3000 do lines[i] = ("%d,%.4f\n"):format(i, i / 16) end
    write(table.concat(lines))
    local x = csv.load(path)
    expect(x:slice({}, 1)):equals(tensor.arange(1, 3001))
    expect(x:slice({}, 2)):equals(tensor.arange(1, 3001) / 16)
  end)
end)

describe("misuse", function()
  it("is named", function()
    write "1\n"
    expect(csv.open, nil):raises "#1 to 'open' (string expected, got nil)"
    expect(csv.open, path, {seperator = ","}):raises "did you mean 'separator'"
    expect(csv.open, path, {separator = ",,"}):raises "one character expected"
    expect(csv.open, path, {decimal = ",", separator = ","}):raises "not the separator"
    expect(csv.load, path, {dtype = "int8"}):raises "float32 or float64 expected, got int8"
    expect(function() csv.open(path).names = {} end):raises "no field 'names'"
  end)
end)

os.remove(path)
