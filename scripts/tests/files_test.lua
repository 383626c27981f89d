-- /ram and /rom, which host and device have alike.
local sys, tensor, test = require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local function write(path, text)
  local f <close> = assert(io.open(path, "w"))
  assert(f:write(text))
end
local function read(path)
  local f <close> = assert(io.open(path))
  return f:read "a"
end

describe("a file in /ram", function()
  it("is what was written last", function()
    write("/ram/t/a", "first")
    write("/ram/t/a", "second")
    expect(read "/ram/t/a"):equals "second"
    expect(read "/ram/t/../t/./a"):equals "second"
    local f = assert(io.open("/ram/t/a", "a+"))
    f:write(" and", " third")
    f:seek("set", 7)
    expect(f:read(3)):equals "and"
    f:close()
    expect(read "/ram/t/a"):equals "second and third"
    assert(os.remove "/ram/t/a")
  end)
  it("is renamed over another", function()
    write("/ram/t/a", "old")
    write("/ram/t/b", "new")
    local open <close> = assert(io.open "/ram/t/a")
    assert(os.rename("/ram/t/b", "/ram/t/a"))
    expect(sys.list "/ram/t"):equals {"a"}
    expect(read "/ram/t/a"):equals "new"
    expect(open:read "a"):equals "old"
    assert(os.remove "/ram/t/a")
    expect(os.remove "/ram/t/a"):fails "No such file or directory"
  end)
  it("holds any bytes, and many", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local text = table.concat(bytes):rep(100)
    write("/ram/t/all", text)
    expect(read "/ram/t/all" == text):is_true()
    local lines = 0
    for _ in io.lines "/ram/t/all" do lines = lines + 1 end
    expect(lines):equals(101)
    assert(os.remove "/ram/t/all")
  end)
  it("takes tensors", function()
    local t = tensor.arange(100)
    assert(tensor.save("/ram/t/x.npy", t))
    expect(tensor.load "/ram/t/x.npy"):equals(t)
    expect(sys.list "/ram/t"):equals {"x.npy"}
    assert(os.remove "/ram/t/x.npy")
  end)
  it("is neither a folder nor in a file", function()
    write("/ram/t/a", "")
    expect(io.open("/ram/t/a/b", "w")):fails "Not a directory"
    expect(io.open("/ram/t", "w")):fails "/ram/t: Not a regular file"
    expect(io.open "/ram/none"):fails "No such file or directory"
    expect(io.open("/ram/../etc/passwd")):fails "No such file or directory"
    expect(io.open("/ram/" .. ("x"):rep(300), "w")):fails "File name too long"
    assert(os.remove "/ram/t/a")
  end)
end)

describe("/rom", function()
  it("cannot be written", function()
    expect(io.open("/rom/new", "w")):fails "/rom/new: Read%-only file system"
    expect(os.remove "/rom/none"):fails "."
    expect(tensor.save("/rom/x.npy", tensor.zeros {1})):fails "Read%-only file system"
  end)
end)

describe("list", function()
  it("is sorted, with folders marked", function()
    write("/ram/t/b", "")
    write("/ram/t/c/d", "")
    write("/ram/t/a.lua", "")
    expect(sys.list "/ram/t"):equals {"a.lua", "b", "c/"}
    expect(sys.list "/ram/t/"):equals {"a.lua", "b", "c/"}
    expect(sys.list "/ram/t/c"):equals {"d"}
    for _, name in ipairs {"b", "c/d", "a.lua"} do assert(os.remove("/ram/t/" .. name)) end
    expect(sys.list "/ram/t"):fails "/ram/t: No such file or directory"
    expect(type(sys.list "/ram")):equals "table"
  end)
  it("may be long", function()
    for i = 1, 200 do write(("/ram/t/file number %03d"):format(i), "") end
    local names = sys.list "/ram/t"
    expect(#names):equals(200)
    expect(names[200]):equals "file number 200"
    for _, name in ipairs(names) do assert(os.remove("/ram/t/" .. name)) end
  end)
end)

describe("run", function()
  it("gives a script its arguments and its results back", function()
    write("/ram/t/s.lua", "#!/usr/bin/env moonlet\nreturn arg[0], arg[1], select('#', ...), ...")
    local before = arg
    expect({sys.run("/ram/t/s.lua", "x", 2)}):equals {"/ram/t/s.lua", "x", 2, "x", 2}
    expect(arg == before):is_true()
    assert(os.remove "/ram/t/s.lua")
  end)
  it("lets a script find what lies beside it", function()
    write("/ram/t/part_of_s.lua", "return 'part'")
    write("/ram/t/s.lua", "return require 'part_of_s', (require 'sys'.find 's.lua')")
    expect({sys.run "/ram/t/s.lua"}):equals {"part", "/ram/t/s.lua"}
    expect(sys.find "s.lua"):fails "neither"
    assert(os.remove "/ram/t/s.lua")
    assert(os.remove "/ram/t/part_of_s.lua")
  end)
  it("lets errors through and is as before afterwards", function()
    write("/ram/t/s.lua", "arg = nil error 'on purpose'")
    local before = arg
    expect(sys.run, "/ram/t/s.lua"):raises "/ram/t/s.lua:1: on purpose"
    expect(arg == before):is_true()
    expect(sys.find "s.lua"):fails "neither"
    write("/ram/t/s.lua", "x = = 1")
    expect(sys.run, "/ram/t/s.lua"):raises "/ram/t/s.lua:1: unexpected symbol"
    assert(os.remove "/ram/t/s.lua")
    expect(sys.run "/ram/t/s.lua"):fails "cannot open /ram/t/s.lua: No such file or directory"
  end)
end)

describe("rom()", function()
  it("tells which images there are", function()
    local rom = sys.rom()
    expect(type(rom)):equals "table"
    for _, name in ipairs {"base", "application"} do
      local image = rom[name]
      if image then
        assert(image.size >= 64 and image.crc > 0)
        expect(image.version):matches "^%d+%.%d+%.%d+$"
      end
    end
  end)
end)
