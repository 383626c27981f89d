-- Calls everything the modules offer with random arguments. Whatever comes back, the process
-- lives, a mistake is told with its place and the function's name, and what a refused call
-- was given is as before. MOONLET_FUZZ=N makes 100 N calls, MOONLET_SEED=N others.
local help, ml, nn, sys = require "help", require "ml", require "nn", require "sys"
local tensor, test = require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local calls <const> = tonumber(test.setting "MOONLET_FUZZ" or 50) * 100
local seed <const> = tonumber(test.setting "MOONLET_SEED" or 1)

-- Left out: what waits, repeats itself as often as asked, writes files, ends an object or
-- the process, or changes the machine for all.
local left_out = {sleep = true, profile = true, save = true, close = true, reset = true,
  set_time = true, interrupt_char = true}

-- The names of the methods of an object's class, from its help page.
local function method_names(object)
  local names, real = {}, print
  print = function(line)
    names[#names + 1] = line:match "^  %w+:([%w_]+)"
  end
  help(object)
  print = real
  return names
end

local dtypes <const> = {"float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32",
  "int64", "bool"}
-- As lengths these are small, or more than any machine has and refused at once.
local numbers <const> = {0, 0.0, -0.0, 0.5, -1.5, 1 << 40, -(1 << 31), 2^53, 1e300, 1 / 0,
  -1 / 0, 0 / 0, math.maxinteger, math.mininteger}
local strings <const> = {"", "float", "counts", "nearest", "r", "int8 ", "0x10", "7", "a\0b", "%s%n",
  "/no/such/file.npy", ("long"):rep(200)}

local function pick(list) return list[math.random(#list)] end

local function list_of(make, most)
  local list = {}
  for i = 1, math.random(0, most) do list[i] = make() end
  return list
end

local function small() return math.random(-2, 5) end
local function number()
  local dice = math.random(10)
  return dice < 8 and small() or dice < 9 and small() + 0.0 or pick(numbers)
end
local function boolean() return math.random(2) == 1 end

-- Tensors of every dtype and small shapes, some of them views of others.
local function fresh_tensor()
  local shape = {}
  for axis = 1, math.random(0, 4) do shape[axis] = math.random(8) == 1 and 0 or math.random(4) end
  local t = (tensor.randn(shape) * 3):astype(pick(dtypes))
  if math.random(3) == 1 then t = t:transpose() end
  if math.random(3) == 1 and t.rank > 0 then t = t:slice {nil, nil, pick {-1, 2}} end
  return t
end

local pool = {}
local function some_tensor() return pick(pool) end

local makers <const> = {some_tensor, some_tensor, some_tensor, small, small, number, boolean,
  function() return pick(dtypes) end,
  function() return pick(strings) end,
  function() return list_of(small, 4) end,
  function() return list_of(number, 7) end,
  function() return list_of(some_tensor, 3) end,
  function() return list_of(function() return list_of(number, 2) end, 3) end,
  function() return {map = boolean(), float_io = number()} end,
  function() return nil end,
  function() return print end,
  function() return coroutine.create(print) end,
  function() return io.stdout end}

-- A call as a script writes it, so that messages have the name.
local function caller(separator, name)
  return load("local o = ... return function(...) return o" .. separator .. name .. "(...) end",
    "=caller")
end

local function add_functions(list, functions)
  for name, f in pairs(functions) do
    if type(f) == "function" and not left_out[name] then
      local call = caller(".", name)
      list[#list + 1] = {name = name, bind = function() return call(functions) end}
    end
  end
end

local function add_methods(list, example, some)
  for _, name in ipairs(method_names(example)) do
    if not left_out[name] then
      local call = caller(":", name)
      list[#list + 1] = {name = name, bind = function() local o = some() return call(o), o end}
    end
  end
end

-- Expressions with a tensor as one of the first `operands`.
local function add_expressions(list, operands, expressions)
  for _, text in ipairs(expressions) do
    local call = load("local a, b = ... return " .. text, "=caller")
    list[#list + 1] = {name = text, bind = function() return call end, operands = operands}
  end
end

local function add_operators(list)
  add_expressions(list, 1, {"-a", "~a", "#a", "a[b]", "a.shape", "tostring(a)"})
  add_expressions(list, 2, {"a + b", "a - b", "a * b", "a / b", "a // b", "a % b", "a ^ b", "a & b",
    "a | b", "a == b", "a < b", "a <= b", "a .. b", "a << b"})
  local set = load("local a, b, c = ... a[b] = c", "=caller")
  list[#list + 1] = {name = "a[b] = c", bind = function() return set end, operands = 1}
end

-- One of each kind, most of them fitted.
local function estimators()
  local list, x = {}, tensor.rand({12, 3}, 5)
  local y = tensor.new({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, "int32")
  for i, kind in ipairs(ml.kinds()) do
    list[i] = ml.estimator(kind, {})
    pcall(list[i].fit, list[i], x, y)
    if not list[i].fitted then pcall(list[i].fit, list[i], x) end
  end
  return list
end

-- {name, bind() -> function to call, the object it is a method of; operands}, in one order
-- everywhere.
local function subjects(model)
  local list = {}
  add_functions(list, tensor)
  add_functions(list, ml)
  add_functions(list, nn)
  add_functions(list, sys)
  add_methods(list, tensor.zeros {2}, some_tensor)
  add_methods(list, model, function() return model end)
  add_methods(list, model.inputs[1], function() return model.inputs[1] end)
  local all = estimators()
  add_methods(list, all[1], function() return pick(all) end)
  add_operators(list)
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

local function bytes_of(arguments)
  local list = {}
  for i = 0, arguments.n do
    local value = arguments[i]
    local is_tensor = type(value) == "userdata" and tostring(value):find "^tensor "
    list[i] = is_tensor and value:tobytes() or false
  end
  return list
end

local function keep(value)
  if type(value) ~= "userdata" then return end
  local text = tostring(value)
  if not text:find "^tensor " then return end
  if value.size <= 256 then pool[math.random(#pool)] = value end
end

describe("any call", function()
  it("gives an answer or names what is wrong, and changes nothing then", function()
    math.randomseed(seed)
    local model = assert(nn.load(assert(sys.find "digits.tflite")))
    for i = 1, 40 do pool[i] = fresh_tensor() end
    local list, raised = subjects(model), 0
    for n = 1, calls do
      local subject = pick(list)
      local f, object = subject.bind()
      local arguments = {n = math.random(0, 4)}
      for i = 1, arguments.n do arguments[i] = pick(makers)() end
      if subject.operands then
        arguments[math.random(subject.operands)] = some_tensor()
        arguments.n = math.max(arguments.n, subject.operands)
      end
      arguments[0] = object
      local before = bytes_of(arguments)
      local ok, result = pcall(f, table.unpack(arguments, 1, arguments.n))
      if ok then
        keep(result)
      else
        raised = raised + 1
        if result ~= "not enough memory" then
          expect(result):matches "^caller:1: "
          expect(result:find "'%?'"):is_nil()
          expect(result:find "got userdata"):is_nil()
        end
        local after = bytes_of(arguments)
        for i = 0, arguments.n do
          if after[i] ~= before[i] then
            error(("call %d: %s changed argument %d: %s"):format(n, subject.name, i, result))
          end
        end
      end
      if n % 50 == 0 then pool[math.random(#pool)] = fresh_tensor() end
    end
    expect(raised > calls // 4):is_true()
  end)
end)
