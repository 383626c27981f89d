-- size.lua - what the device image takes, module by module.
--
--   build/host/shell/moonlet tools/size.lua build/device/moonlet.map
--
-- Reads the map that the linker writes beside the image. `code` is text and constants, `ram`
-- the variables: the heap is what they leave, and the stacks are apart. Fails when a module
-- exceeds its limit.
--
-- A byte counts for the section that begins there or last before it. So the parts are together
-- the whole; padding counts for what stands before it, a string that files share for the first
-- of them. Signatures are the constants of the bindings: the tables that name each script
-- function, with its signature.

-- In KiB. `cap` is what was planned; `limit`, where a module could not be made to fit, what it
-- takes, so that it does not grow.
local MODULES <const> = {
  {name = "Lua and vm", cap = 190},
  {name = "tensor", cap = 90, limit = 158},
  {name = "nn", cap = 130, limit = 312},
  {name = "npu", cap = 45},
  {name = "dsp", cap = 80, limit = 134},
  {name = "ml", cap = 80, limit = 210},
  {name = "shell", cap = 45, limit = 48},
  {name = "signatures", cap = 30, limit = 44},
}
local TOTAL <const> = {name = "all", cap = 735, limit = 1133}

local LIBRARIES <const> = {
  moonlet_lua = "Lua and vm", moonlet_vm = "Lua and vm", moonlet_libm = "Lua and vm",
  moonlet_base = "Lua and vm", c = "Lua and vm", m = "Lua and vm", gcc = "Lua and vm",
  moonlet_tensor = "tensor", moonlet_zlib = "tensor", moonlet_nn = "nn", moonlet_npu = "npu",
  moonlet_dsp = "dsp", moonlet_ml = "ml",
  moonlet_repl = "shell", moonlet_board = "shell",
}
-- Kernels that tensors or models use count for them, the rest for nn.
local TENSOR_KERNELS <const> = {
  elementwise_scalar = true, float_kernels = true, float_kernels_helium = true,
  float_kernels_scalar = true, float_math_helium = true, float_math_scalar = true,
  matmul_scalar = true, quantize = true, reduce_scalar = true,
}
local ML_KERNELS <const> = {double_loops = true, double_loops_scalar = true}

-- What the linker's sections are for.
local USES <const> = {
  [".vectors"] = "code", [".text"] = "code", [".ARM.exidx"] = "code", [".data"] = "ram",
  [".bss"] = "ram", [".noinit"] = "stacks", [".stacks"] = "stacks",
}

-- The module of a section, such as ".text.main" of "libmoonlet_nn.a(graph.cc.obj)".
local function module_of(section, object)
  local library, member = object:match "lib([%w_+]+)%.a%(([%w_%-]+)"
  if library == "moonlet_kernels" then
    return TENSOR_KERNELS[member] and "tensor" or ML_KERNELS[member] and "ml" or "nn"
  end
  if library ~= "moonlet_bindings" then return LIBRARIES[library] or "shell" end
  -- A string of a function has the function's name before its ".str1".
  if section:find "^%.rodata" and not section:find "^%.rodata%._Z.*%.str1" then
    return "signatures"
  end
  local batch = member:match "^unity_(%a+)"  -- bindings/CMakeLists.txt
  return batch and batch ~= "sys" and batch ~= "help" and batch or "shell"
end

-- What the map says of memory, in order: where each section begins, with its name, object and
-- use, and where an output section ends, with its use alone.
local function read_marks(map)
  local marks, output, name = {}, nil, nil
  local function finish()
    if output then marks[#marks + 1] = {at = output.at + output.size, use = output.use} end
  end
  for line in map:lines() do
    local heading, at, size = line:match "^(%.[%w._]+)%s+(0x%x+)%s+(0x%x+)"
    if heading then
      finish()
      output = USES[heading] and {use = USES[heading], at = tonumber(at), size = tonumber(size)}
      if output then marks[#marks + 1] = {at = output.at, use = output.use, name = heading} end
    end
    name = line:match "^ ([%.%w_]%S*)" or name
    local begins, bytes, object = line:match "^ [%.%w_]?%S*%s+(0x%x+)%s+(0x%x+) (%S.*)$"
    if output and object and tonumber(bytes) > 0 then
      marks[#marks + 1] = {at = tonumber(begins), use = output.use, name = name, object = object}
    end
  end
  finish()
  return marks
end

-- Bytes by module, or "all", and use.
local function measure(marks)
  local bytes = {}
  local function add(module, use, size)
    bytes[module] = bytes[module] or {code = 0, ram = 0, stacks = 0}
    bytes[module][use] = bytes[module][use] + size
  end
  for _, module in ipairs(MODULES) do add(module.name, "code", 0) end
  for i, mark in ipairs(marks) do
    if mark.name then
      local size = marks[i + 1].at - mark.at
      add(module_of(mark.name, mark.object or ""), mark.use, size)
      add(TOTAL.name, mark.use, size)
    end
  end
  return bytes
end

local function kib(bytes) return bytes / 1024 end

local function report(module, used)
  local limit = module.limit or module.cap
  local over = kib(used.code) > limit
  print(("%-12s %7.1f %7d %7d %7.1f%s"):format(module.name, kib(used.code), module.cap, limit,
    kib(used.ram), over and "  exceeds its limit" or ""))
  return over
end

local path = ...
if not path then error("usage: moonlet tools/size.lua MAP", 0) end
local map <close> = io.open(path)
if not map then
  print(path .. " is not there: make device builds it")
  os.exit(1)
end
local bytes = measure(read_marks(map))
local exceeded = false
print "KiB             code     cap   limit     ram"
for _, module in ipairs(MODULES) do
  exceeded = report(module, bytes[module.name]) or exceeded
end
exceeded = report(TOTAL, bytes[TOTAL.name]) or exceeded
print(("The stacks take %.0f KiB more."):format(kib(bytes[TOTAL.name].stacks)))
os.exit(not exceeded)
