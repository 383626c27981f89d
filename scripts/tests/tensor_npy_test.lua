local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local path
test.before_each(function() path = path or os.tmpname() end)

local function write(bytes)
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
end

local function read()
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local function npy(header, elements)
  return "\x93NUMPY\1\0" .. string.pack("<s2", header) .. elements
end

describe("save and load", function()
  it("keep every dtype and shape", function()
    for _, dtype in ipairs {"float32", "float64", "int8", "uint8", "int16", "uint16", "int32",
                            "uint32", "int64", "bool"} do
      for _, shape in ipairs {{}, {6}, {2, 3}, {3, 0}, {1, 2, 1, 3, 1, 1}} do
        local x = tensor.zeros(shape, dtype)
        if x.size > 0 then x = tensor.arange(x.size):astype(dtype):reshape(shape) end
        expect(tensor.save(path, x)):is_true()
        expect(assert(tensor.load(path))):equals(x)
      end
    end
    local x = tensor.arange(6):reshape(2, 3)
    assert(tensor.save(path, x:transpose()))
    expect(assert(tensor.load(path))):equals(x:transpose():clone())
  end)
  it("write one NaN and NumPy's header", function()
    assert(tensor.save(path, tensor.new({0 / 0, -(0 / 0)})))
    local bytes = read()
    expect(#bytes):equals(128 + 8)
    expect(bytes:sub(1, 8)):equals("\x93NUMPY\1\0")
    expect(bytes:sub(11)):matches("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")
    expect(bytes:sub(129)):equals("\0\0\xc0\x7f\0\0\xc0\x7f")
  end)
  it("read Fortran order and big-endian elements", function()
    write(npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2)}", "\0\1\0\2\0\3\0\4"))
    expect(assert(tensor.load(path))):equals({{1, 3}, {2, 4}})
  end)
end)

describe("a refusal", function()
  it("is nil and a message with the path", function()
    os.remove(path)
    expect(tensor.load(path)):fails(path .. ": ")
    write("hello")
    expect(tensor.load(path)):fails(path .. ": not a .npy file")
    write(npy("{'descr': '<c8', 'fortran_order': False, 'shape': ()}", ""))
    expect(tensor.load(path)):fails("dtype '<c8' is not supported")
    write(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000)}", "1234"))
    expect(tensor.load(path)):fails("file ends early")
    expect(tensor.save("/nowhere/at/all.npy", tensor.zeros {1})):fails("/nowhere/at/all.npy: ")
  end)
  it("leaves the file that was there", function()
    assert(tensor.save(path, tensor.new {1}))
    expect(tensor.save, path):raises("tensor expected, got no value")
    expect(tensor.save, path, {1}):raises("tensor expected, got table")
    expect(tensor.load(path)):equals({1})
    os.remove(path)
  end)
end)
