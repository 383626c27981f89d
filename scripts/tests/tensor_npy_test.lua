local sys, tensor, test = require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

local path
test.before_each(function() path = path or test.scratch() end)

local function write(bytes) file_bytes.write(path, bytes) end
local function read() return assert(file_bytes.read(path)) end

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
    write(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000, 100000)}", "1234"))
    expect(tensor.load(path)):fails("file ends early")
    expect(tensor.save("/nowhere/at/all.npy", tensor.zeros {1})):fails("/nowhere/at/all.npy: ")
  end)
  it("leaves the file that was there", function()
    assert(tensor.save(path, tensor.new {1}))
    expect(tensor.save, path):raises("tensor expected, got no value")
    expect(tensor.save, path, {1}):raises("names of tensors are strings")
    expect(tensor.load(path)):equals({1})
    os.remove(path)
  end)
end)

describe("an archive", function()
  local tensors = {weights = tensor.arange(6):reshape(2, 3), labels = tensor.new({3, 1}, "int8"),
    ["größe 1/2"] = tensor.zeros({0}, "bool")}
  local function same(a, b)
    for name, value in pairs(a) do expect(b[name]):equals(value) end
    for name in pairs(b) do expect(a[name] ~= nil):is_true() end
  end

  it("keeps tensors by name", function()
    assert(tensor.save(path, tensors))
    same(assert(tensor.load(path)), tensors)
    local bytes = read()
    assert(tensor.save(path, {["größe 1/2"] = tensors["größe 1/2"], labels = tensors.labels,
      weights = tensors.weights}, {deflate = false}))
    expect(read() == bytes):is_true()
    assert(tensor.save(path, {}))
    expect(next(assert(tensor.load(path)))):is_nil()
  end)
  it("can be compressed", function()
    local saved, message = tensor.save(path, {x = tensor.zeros {1000}}, {deflate = true})
    if not saved then return expect(message):matches "a build with zlib" end
    expect(#read() < 400):is_true()
    same(tensor.load(path), {x = tensor.zeros {1000}})
  end)
  it("is read as NumPy writes it", function()
    local stored = assert(tensor.load(assert(sys.find "numpy_stored.npz")))
    same(stored, {empty = tensor.zeros({3, 0}, "float64"), flags = tensor.new {true, false, true},
      scalar = tensor.full({}, -5, "int64"), weights = tensor.arange(6):reshape(2, 3) / 4})
    local deflated, message = tensor.load(assert(sys.find "numpy_deflated.npz"))
    if not deflated then return expect(message):matches "a build with zlib" end
    same(deflated, {big_endian = tensor.new({1, 2, -3}, "int16"),
      columns = tensor.arange(6, "int32"):reshape(2, 3), ramp = tensor.arange(500, "uint16"),
      ["größe"] = tensor.new({0.5, -0.25}, "float64")})
  end)
  it("is refused when it is damaged", function()
    assert(tensor.save(path, tensors))
    local bytes = read()
    write(bytes:sub(1, -2))
    expect(tensor.load(path)):fails(path .. ": damaged .npz file: it ends early")
    local at = bytes:find("NUMPY", 1, true)
    write(bytes:sub(1, at) .. "?" .. bytes:sub(at + 2))
    expect(tensor.load(path)):fails "its checksum is wrong"
    assert(tensor.save(path, {ab = tensors.labels, ac = tensors.labels}))
    write((read():gsub("ac%.npy", "ab.npy")))
    expect(tensor.load(path)):fails "two entries are called 'ab'"
    write((bytes:gsub("NUMPY", "numpy")))
    expect(tensor.load(path)):fails(path .. ": entry '")
  end)
  it("takes tensors with names alone, and its options", function()
    expect(function() tensor.save(path, {1}) end):raises "names of tensors are strings, got a number"
    expect(function() tensor.save(path, {x = 1}) end):raises "'x': tensor expected, got number"
    expect(function() tensor.save(path, {["\xff"] = tensors.labels}) end):raises "UTF%-8"
    expect(function() tensor.save(path, {}, {defalte = true}) end):raises "did you mean 'deflate'"
    expect(function() tensor.save(path, tensors.labels, {deflate = true}) end):raises(
      "options are for a table of tensors")
    expect(tensor.save("/nowhere/at/all.npz", tensors)):fails "/nowhere/at/all.npz: "
  end)
end)
