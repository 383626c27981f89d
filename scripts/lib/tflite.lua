--- Writes models: `.tflite` files from tables, for tests and for what a script has trained.
--
-- A model is a table with `tensors`, `operators`, `inputs` and `outputs`. Operators and
-- lists name tensors by their positions, which count from 1.
--
--   tflite.save("relu.tflite", {
--     tensors = {
--       {name = "x", shape = {1, 8}, dtype = "int8", scale = 0.1, zero_point = 3},
--       {name = "y", shape = {1, 8}, dtype = "int8", scale = 0.1, zero_point = -128},
--     },
--     operators = {{"RELU", inputs = {1}, outputs = {2}}},
--     inputs = {1}, outputs = {2},
--   })

local flatbuffer = require "tflite.flatbuffer"
local schema = require "tflite.schema"
local whole_file = require "support.whole_file"

local tflite = {}

-- Complaints ------------------------------------------------------------------

local function fail(text, ...)
  error(text:format(...), 0)
end

local function is_tensor(value)
  return type(value) == "userdata" and tostring(value):find "^tensor " ~= nil
end

-- A whole number between two bounds; `what` names it.
local function check_integer(value, least, most, what)
  local number = math.tointeger(value)
  if type(value) ~= "number" or not number or number < least or number > most then
    fail("%s: integer from %d to %d expected, got %s", what, least, most, tostring(value))
  end
  return number
end

local function check_table(value, what)
  if type(value) ~= "table" then fail("%s: table expected, got %s", what, type(value)) end
  return value
end

local function check_names(table, known, what)
  for name in pairs(table) do
    if not known[name] then fail("%s: unknown field '%s'", what, tostring(name)) end
  end
end

-- A list of integers, or one for a list of one.
local function check_integers(value, least, most, what)
  if type(value) == "number" then value = {value} end
  local list = {}
  for i, x in ipairs(check_table(value, what)) do
    list[i] = check_integer(x, least, most, what)
  end
  return list
end

-- Tensors ---------------------------------------------------------------------

local TENSOR <const> = {
  name = true, shape = true, dtype = true, scale = true, zero_point = true, axis = true,
  data = true, variable = true,
}
local int32_most <const> = 0x7FFFFFFF

-- Scales and zero points of a tensor as lists of the same length, or nil.
local function quantization_of(spec, what)
  if not spec.scale then
    if spec.zero_point then fail("%s: a zero_point without a scale", what) end
    return nil
  end
  local scales = type(spec.scale) == "number" and {spec.scale} or check_table(spec.scale, what)
  local zero_points = check_integers(spec.zero_point or 0, -int32_most - 1, int32_most, what)
  for i, scale in ipairs(scales) do
    if type(scale) ~= "number" then fail("%s: scale %d is a %s", what, i, type(scale)) end
    zero_points[i] = zero_points[i] or zero_points[1]
  end
  if #zero_points ~= #scales or #scales == 0 then
    fail("%s: %d scales and %d zero points", what, #scales, #zero_points)
  end
  return scales, zero_points
end

local function add_quantization(builder, spec, what)
  local scales, zero_points = quantization_of(spec, what)
  if not scales then return nil end
  local axis = check_integer(spec.axis or 1, 1, 8, what .. ": axis") - 1
  local fields = {
    [2] = builder:numbers("<f", scales),
    [3] = builder:numbers("<i8", zero_points),
  }
  if axis > 0 then fields[6] = ("<i4"):pack(axis) end
  return builder:table(fields)
end

-- Constants are shared by nobody: buffer 0 is the empty one, each constant has its own.
local function add_tensor(builder, spec, what, buffers)
  check_names(check_table(spec, what), TENSOR, what)
  local data = spec.data
  if data ~= nil and type(data) ~= "string" and not is_tensor(data) then
    fail("%s: data: tensor or string expected, got %s", what, type(data))
  end
  local dtype = spec.dtype or is_tensor(data) and data.dtype
  local shape = spec.shape or is_tensor(data) and data.shape
  if not schema.types[dtype] then fail("%s: no dtype '%s'", what, tostring(dtype)) end
  if not shape then fail("%s: shape expected", what) end
  if is_tensor(data) then
    if spec.dtype and spec.dtype ~= data.dtype and not spec.dtype:find "4$" then
      fail("%s: dtype %s, but its data are %s", what, spec.dtype, data.dtype)
    end
    data = data:tobytes()
  end
  local fields = {
    [0] = builder:numbers("<i4", check_integers(shape, 0, int32_most, what .. ": shape")),
    [1] = ("<i1"):pack(schema.types[dtype]),
    [3] = builder:string(tostring(spec.name or what:match "%S+ %d+$")),
    [4] = add_quantization(builder, spec, what),
  }
  if data then
    buffers[#buffers + 1] = builder:table {[0] = builder:vector(data, #data, 16)}
    fields[2] = ("<I4"):pack(#buffers - 1)
  end
  if spec.variable then fields[5] = "\1" end
  return builder:table(fields)
end

-- Operators -------------------------------------------------------------------

local NUMBERS <const> = {int = "<i4", uint = "<I4", float = "<f", byte = "<i1"}

-- The packed value or the position of one option.
local function add_option(builder, kind, value, what)
  if kind == "bool" then
    if type(value) ~= "boolean" then fail("%s: boolean expected, got %s", what, type(value)) end
    return value and "\1" or "\0"
  elseif kind == "string" then
    return builder:string(tostring(value))
  elseif kind == "ints" then
    return builder:numbers("<i4", check_integers(value, -int32_most - 1, int32_most, what))
  elseif kind == "floats" then
    return builder:numbers("<f", check_table(value, what))
  end
  local names = kind == "dtype" and schema.types or schema.enums[kind]
  if names then
    if not names[value] then fail("%s: no %s '%s'", what, kind, tostring(value)) end
    return ("<i1"):pack(names[value])
  elseif kind == "float" then
    if type(value) ~= "number" then fail("%s: number expected, got %s", what, type(value)) end
    return ("<f"):pack(value)
  end
  local least = kind == "uint" and 0 or -int32_most - 1
  return NUMBERS[kind]:pack(check_integer(value, least, int32_most, what))
end

local function add_options(builder, operator, options, what)
  local fields, known = {}, {}
  for slot, field in ipairs(operator.fields) do
    local name, kind = field[1], field[2]
    known[name] = true
    if options[name] ~= nil then
      fields[slot - 1] = add_option(builder, kind, options[name], what .. ": " .. name)
    end
  end
  check_names(options, known, what .. ": options")
  return builder:table(fields)
end

-- Positions of tensors, from 0 in the file; false stands for an input left out.
local function add_positions(builder, list, count, what)
  local positions = {}
  for i = 1, #check_table(list, what) do
    positions[i] = list[i] and check_integer(list[i], 1, count, what) - 1 or -1
  end
  return builder:numbers("<i4", positions)
end

local OPERATOR <const> = {
  [1] = true, inputs = true, outputs = true, options = true, custom = true, custom_options = true,
  intermediates = true,
}

-- `codes` collects which operators the file has: codes[key] is the index, codes[i] the entry.
local function code_of(spec, what, codes)
  local name = spec[1]
  local operator = schema.operators[name]
  if not operator then fail("%s: no operator '%s'", what, tostring(name)) end
  if name == "CUSTOM" and type(spec.custom) ~= "string" then
    fail("%s: custom: the operator's name expected, got %s", what, type(spec.custom))
  end
  local key = name .. " " .. (spec.custom or "")
  if not codes[key] then
    codes[#codes + 1] = {operator = operator, custom = spec.custom}
    codes[key] = #codes - 1
  end
  return operator, codes[key]
end

local function add_operator(builder, spec, what, count, codes)
  check_names(check_table(spec, what), OPERATOR, what)
  local operator, index = code_of(spec, what, codes)
  local fields = {
    [0] = ("<I4"):pack(index),
    [1] = add_positions(builder, spec.inputs or {}, count, what .. ": inputs"),
    [2] = add_positions(builder, spec.outputs or {}, count, what .. ": outputs"),
  }
  local options = check_table(spec.options or {}, what .. ": options")
  if operator.tag > 0 then
    fields[4] = add_options(builder, operator, options, what)
    fields[3] = ("<I1"):pack(operator.tag)
  elseif next(options) ~= nil then
    fail("%s: %s has no options", what, spec[1])
  end
  if spec.custom_options then
    fields[5] = builder:vector(spec.custom_options, #spec.custom_options, 1)
  end
  if spec.intermediates then
    fields[8] = add_positions(builder, spec.intermediates, count, what .. ": intermediates")
  end
  return builder:table(fields)
end

local function add_code(builder, code)
  local number = code.operator.number
  return builder:table {
    [0] = ("<i1"):pack(math.min(number, 127)),  -- what old readers look at
    [1] = code.custom and builder:string(code.custom) or nil,
    [2] = ("<i4"):pack(1),
    [3] = ("<i4"):pack(number),
  }
end

-- Models ----------------------------------------------------------------------

local GRAPH <const> = {
  tensors = true, operators = true, inputs = true, outputs = true, name = true,
}
local MODEL <const> = {subgraphs = true, metadata = true}
for name in pairs(GRAPH) do MODEL[name] = true end

local function add_graph(builder, graph, what, buffers, codes)
  check_names(check_table(graph, what), what == "" and MODEL or GRAPH, what)
  local tensors, operators = {}, {}
  for i, spec in ipairs(check_table(graph.tensors or {}, what .. "tensors")) do
    tensors[i] = add_tensor(builder, spec, ("%stensor %d"):format(what, i), buffers)
  end
  for i, spec in ipairs(check_table(graph.operators or {}, what .. "operators")) do
    local name = ("%soperator %d"):format(what, i)
    operators[i] = add_operator(builder, spec, name, #tensors, codes)
  end
  return builder:table {
    [0] = builder:objects(tensors),
    [1] = add_positions(builder, graph.inputs or {}, #tensors, what .. "inputs"),
    [2] = add_positions(builder, graph.outputs or {}, #tensors, what .. "outputs"),
    [3] = builder:objects(operators),
    [4] = builder:string(tostring(graph.name or "main")),
  }
end

-- In the order of their names, so that the same table gives the same bytes.
local function add_metadata(builder, metadata, buffers)
  local names, entries = {}, {}
  for name, data in pairs(check_table(metadata, "metadata")) do
    if type(name) ~= "string" or type(data) ~= "string" then
      fail("metadata: names and strings expected, got %s and %s", type(name), type(data))
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local data = metadata[name]
    buffers[#buffers + 1] = builder:table {[0] = builder:vector(data, #data, 16)}
    entries[i] = builder:table {[0] = builder:string(name), [1] = ("<I4"):pack(#buffers - 1)}
  end
  return builder:objects(entries)
end

local function write(model)
  local builder = flatbuffer.builder()
  local buffers, codes, graphs = {builder:table {}}, {}, {}
  graphs[1] = add_graph(builder, model, "", buffers, codes)
  for i, graph in ipairs(check_table(model.subgraphs or {}, "subgraphs")) do
    graphs[i + 1] = add_graph(builder, graph, ("subgraph %d: "):format(i), buffers, codes)
  end
  local metadata = model.metadata and add_metadata(builder, model.metadata, buffers)
  local entries = {}
  for i, code in ipairs(codes) do entries[i] = add_code(builder, code) end
  return builder:finish(builder:table {
    [0] = ("<I4"):pack(3),  -- the version of the schema
    [1] = builder:objects(entries),
    [2] = builder:objects(graphs),
    [3] = builder:string "Moonlet",
    [4] = builder:objects(buffers),
    [6] = metadata,
  }, "TFL3")
end

-- Complaints stand at the line of the script that called `name`.
local function build(name, model)
  local ok, result = pcall(write, model)
  if not ok then error(("bad argument to '%s' (%s)"):format(name, tostring(result)), 3) end
  return result
end

--- tflite.tobytes(model) -> string
-- The bytes of the `.tflite` file that a table describes, ready for `nn.frombytes`. The
-- table has `tensors`, `operators`, `inputs` and `outputs`, and where the model has more
-- than one graph the others, like it, in `subgraphs`, and `metadata` as strings by their
-- names. A tensor has `shape`, `dtype`, and
-- where it is quantised `scale` and `zero_point`: a number each, or lists along `axis`. One
-- with `data` (a tensor, which gives shape and dtype, or bytes) is a constant; `variable =
-- true` keeps it from run to run. An operator has its name first, `inputs` (false where an
-- optional one is left out), `outputs`, and `options` as the schema of the format names
-- them, for instance `{padding = "SAME", stride_w = 1, stride_h = 1}`; a custom one is
-- `{"CUSTOM", custom = "its name", custom_options = bytes}`. Raises for what the format
-- cannot say; whether the model makes sense is for `nn.frombytes` to tell.
-- Units: positions of tensors count from 1
-- Example:
-- local bytes = tflite.tobytes {
--   tensors = {
--     {shape = {1, 3}, dtype = "float32"}, {data = tensor.new {{1, 2, 3}}}, {shape = {1, 1},
--      dtype = "float32"},
--   },
--   operators = {{"FULLY_CONNECTED", inputs = {1, 2, false}, outputs = {3},
--                 options = {fused_activation_function = "RELU"}}},
--   inputs = {1}, outputs = {3},
-- }
-- local model = assert(nn.frombytes(bytes))
-- print(model:run(tensor.new {{3, 2, 1}}):at(1, 1)) --> 10.0
function tflite.tobytes(model)
  local bytes = build("tobytes", model)  -- no tail call: an error names the caller's line
  return bytes
end

--- tflite.save(path, model) -> true | nil, message
-- Writes the file that `tflite.tobytes` describes, whole or not at all.
-- Units:
-- Example:
-- local path = os.tmpname()
-- local model = {
--   tensors = {{shape = {2}, dtype = "float32"}, {shape = {2}, dtype = "float32"}},
--   operators = {{"ABS", inputs = {1}, outputs = {2}}}, inputs = {1}, outputs = {2},
-- }
-- print(tflite.save(path, model), #nn.analyze(path).operators) --> true 1
-- os.remove(path)
function tflite.save(path, model)
  local bytes = build("save", model)
  return whole_file.write(path, bytes)
end

return tflite
