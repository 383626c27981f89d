-- Models written from tables, read back by the engine; the writer's schema against the one
-- the engine is built from.

local nn, tensor, test = require "nn", require "tensor", require "test"
local schema, tflite = require "tflite.schema", require "tflite"
local describe, it, expect = test.describe, test.it, test.expect

local function pair(operator, x, y)
  return {
    tensors = {x, y or x}, operators = {operator}, inputs = {1}, outputs = {2},
  }
end

describe("tobytes", function()
  it("keeps name, shape, dtype and quantisation of tensors", function()
    local bytes = tflite.tobytes(pair({"RESHAPE", inputs = {1}, outputs = {2}},
      {name = "in", shape = {2, 3}, dtype = "int8", scale = 0.25, zero_point = -7},
      {shape = {6}, dtype = "int8", scale = 0.25, zero_point = -7}))
    local model = assert(nn.frombytes(bytes))
    local x = model.inputs[1]
    expect(x.name):equals "in"
    expect(x.shape):equals {2, 3}
    expect(x.dtype):equals "int8"
    expect(x.scale):equals(0.25)
    expect(x.zero_point):equals(-7)
    expect(model.outputs[1].shape):equals {6}
  end)
  it("writes int8 layers with one scale per channel", function()
    local bytes = tflite.tobytes {
      tensors = {
        {shape = {1, 4}, dtype = "int8", scale = 0.5, zero_point = 1},
        {data = tensor.new({{1, 2, 3, 4}, {-1, -1, -1, -1}}, "int8"), scale = {0.5, 0.25}, zero_point = {0, 0}},
        {data = tensor.new({8, 16}, "int32"), scale = {0.25, 0.125}, zero_point = {0, 0}},
        {shape = {1, 2}, dtype = "int8", scale = 0.25, zero_point = 0},
      },
      operators = {{"FULLY_CONNECTED", inputs = {1, 2, 3}, outputs = {4}}},
      inputs = {1}, outputs = {4},
    }
    local model = assert(nn.frombytes(bytes))
    -- (q - 1) / 2 = 0.5 each: 0.25 * 10 + 2 = 4.5 and 0.125 * -4 + 2 = 1.5
    local y = model:run(tensor.full({1, 4}, 2, "int8"))
    expect(y:totable()):equals {{18, 6}}
  end)
  it("writes options, optional inputs and constants of every kind", function()
    local bytes = tflite.tobytes {
      tensors = {
        {shape = {1, 4, 4, 1}, dtype = "float32"},
        {data = tensor.ones({2, 3, 3, 1})},
        {shape = {1, 2, 2, 2}, dtype = "float32"},
      },
      operators = {{"CONV_2D", inputs = {1, 2, false}, outputs = {3}, options = {
        padding = "SAME", stride_w = 2, stride_h = 2, fused_activation_function = "RELU6",
        dilation_w_factor = 1, dilation_h_factor = 1}}},
      inputs = {1}, outputs = {3},
    }
    local y = assert(nn.frombytes(bytes)):run(tensor.ones({1, 4, 4, 1}))
    expect(y:totable()):equals {{{{6, 6}, {6, 6}}, {{6, 6}, {4, 4}}}}
  end)
  it("writes further graphs and custom operators", function()
    local value = {shape = {2}, dtype = "float32"}
    local bytes = tflite.tobytes {
      tensors = {{shape = {}, dtype = "resource"}, value},
      operators = {
        {"CALL_ONCE", options = {init_subgraph_index = 1}},
        {"VAR_HANDLE", outputs = {1}, options = {container = "", shared_name = "v"}},
        {"READ_VARIABLE", inputs = {1}, outputs = {2}},
      },
      inputs = {}, outputs = {2},
      subgraphs = {{
        name = "start", tensors = {{shape = {}, dtype = "resource"}, {data = tensor.new {3, 4}}},
        operators = {
          {"VAR_HANDLE", outputs = {1}, options = {shared_name = "v"}},
          {"ASSIGN_VARIABLE", inputs = {1, 2}},
        },
      }},
    }
    expect(assert(nn.frombytes(bytes)):run():totable()):equals {3, 4}
    local _, message = nn.frombytes(tflite.tobytes(pair(
      {"CUSTOM", custom = "Mine", custom_options = "abc", inputs = {1}, outputs = {2}}, value)))
    expect(message):matches "Mine.*a custom operator nobody knows"
  end)
  it("gives the same bytes for the same table", function()
    local model = pair({"ABS", inputs = {1}, outputs = {2}}, {shape = {2}, dtype = "float32"})
    expect(tflite.tobytes(model)):equals(tflite.tobytes(model))
  end)
  it("says what is wrong with a table, at the caller's line", function()
    local x = {shape = {2}, dtype = "float32"}
    local function fails(model, message)
      expect(function() tflite.tobytes(model) end):raises(message)
    end
    fails(7, "tflite_test.lua:%d+: bad argument to 'tobytes' %(: table expected, got number%)")
    fails(pair({"ABBS", inputs = {1}, outputs = {2}}, x), "operator 1: no operator 'ABBS'")
    fails(pair({"ABS", inputs = {3}, outputs = {2}}, x),
      "operator 1: inputs: integer from 1 to 2 expected, got 3")
    fails(pair({"ABS", inputs = {1}, outputs = {2}, options = {axis = 1}}, x),
      "operator 1: options: unknown field 'axis'")
    fails(pair({"TANH", inputs = {1}, outputs = {2}, options = {axis = 1}}, x),
      "TANH has no options")
    fails(pair({"SOFTMAX", inputs = {1}, outputs = {2}, options = {beta = "1"}}, x),
      "beta: number expected, got string")
    fails(pair({"ADD", inputs = {1, 1}, outputs = {2},
      options = {fused_activation_function = "ELU"}}, x), "no activation 'ELU'")
    fails(pair({"ABS"}, {shape = {2}, dtype = "float33"}), "tensor 1: no dtype 'float33'")
    fails(pair({"ABS"}, {dtype = "int8"}), "tensor 1: shape expected")
    fails(pair({"ABS"}, {shape = {-1}, dtype = "int8"}), "shape: integer from 0")
    fails(pair({"ABS"}, {shape = {1}, dtype = "int8", zero_point = 3}), "without a scale")
    fails(pair({"ABS"}, {shape = {1}, dtype = "int8", scale = {1, 2}, zero_point = {1, 2, 3}}),
      "2 scales and 3 zero points")
    fails(pair({"ABS"}, {shape = {1}, dtype = "int8", scales = {1, 2}}), "unknown field 'scales'")
    fails({tensors = {}, layers = {}}, "unknown field 'layers'")
  end)
end)

describe("save", function()
  it("writes the file whole, or says why not", function()
    local model = pair({"ABS", inputs = {1}, outputs = {2}}, {shape = {2}, dtype = "float32"})
    local path = test.scratch()
    expect(tflite.save(path, model)):equals(true)
    local file <close> = assert(io.open(path, "rb"))
    expect(file:read "a"):equals(tflite.tobytes(model))
    os.remove(path)
    local ok, message = tflite.save("/no/such/folder/m.tflite", model)
    expect(ok):equals(nil)
    expect(message):matches "^/no/such/folder/m.tflite"
  end)
end)

-- The schema that the engine is built from, where the sources are at hand.
local source = io.open "engine/nn/tflite.fbs"
if source then
  local text = source:read "a":gsub("//[^\n]*", "")
  source:close()

  -- The names in a list of the schema, in order.
  local function list(head)
    local names = {}
    local members = text:match(head .. "[^{]*{(.-)}"):gsub(":%w+", "")  -- what they stand for
    for name in members:gmatch "[%w_]+" do names[#names + 1] = name end
    return names
  end
  local KINDS <const> = {
    ActivationFunctionType = "activation", Padding = "padding", MirrorPadMode = "mode",
    TensorType = "dtype", ["[int]"] = "ints", ["[float]"] = "floats",
    FullyConnectedOptionsWeightsFormat = "byte", LSHProjectionType = "byte",
    LSTMKernelType = "byte", CombinerType = "byte",
  }

  describe("the writer's schema", function()
    it("has the numbers of operators, types and enumerations", function()
      for i, name in ipairs(list "enum BuiltinOperator") do
        local operator = schema.operators[name]
        if operator then expect(operator.number):equals(i - 1) end
      end
      for i, name in ipairs(list "enum TensorType") do
        local number = schema.types[name:lower()]
        if number then expect(number):equals(i - 1) end
      end
      for kind, enum in pairs {activation = "ActivationFunctionType", padding = "Padding",
        mode = "MirrorPadMode"} do
        for i, name in ipairs(list("enum " .. enum)) do
          expect(schema.enums[kind][name]):equals(i - 1)
        end
      end
    end)
    it("has the fields of every operator's options", function()
      local union = list "union BuiltinOptions"
      for name, operator in pairs(schema.operators) do
        if operator.tag > 0 then
          local fields = {}
          local body = text:match("table " .. union[operator.tag] .. " {(.-)}")
          for field, kind in body:gmatch "([%w_]+)%s*:%s*([%[%]%w]+)" do
            fields[#fields + 1] = {field, KINDS[kind] or kind}
          end
          assert(#fields == #operator.fields, name)
          expect(operator.fields):equals(fields)
        end
      end
    end)
  end)
end
