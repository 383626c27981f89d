-- bench/device_bench.lua - what a model takes on the device: executed instructions, per
-- inference and per operator, and memory, beside TFLM with the kernels of CMSIS-NN.
--
--   moonlet device --icount run bench/device_bench.lua
--   moonlet device --icount run bench/device_bench.lua load FILE
--   moonlet device --icount run bench/device_bench.lua NAME FILE RAM LOAD
--
-- The first prints the head of a table, the last a row of it and then the operators; RAM and
-- LOAD are what the second says of the model as a file that nobody prepared. Each takes a fresh
-- emulator (`make bench-device`), since the peak of the engine's memory is that since the start.

local INSTRUCTIONS = 31.25  -- in a microsecond of the clock that counts them
local RUNS = 20

-- TFLM's executed instructions of an inference and of AllocateTensors, and its arena; then our
-- goals for instructions and the engine's memory.
local PEERS = {
  ad01 = {286281, 240000, 5172, 150000, 1700},
  resnet = {4913053, 680000, 54996, 4000000, 50500},
  kws = {1817236, 810000, 27300, 1350000, 18000},
  vww = {6559939, 3210000, 100756, 5000000, 60000},
  sww = {408368, 980000, 19940, 330000, 9000},
}

local HEAD = {"model", "instructions", "CMSIS-NN", "ratio", "goal", "engine RAM", "raw", "Lua",
              "goal", "arena", "TFLM", "load", "raw", "TFLM"}
local WIDTHS = {7, 12, 9, 6, 8, 10, 7, 6, 6, 7, 7, 8, 8, 8}

local function row(cells)
  local padded = {}
  for i, cell in ipairs(cells) do
    if math.type(cell) == "float" then cell = ("%.3f"):format(cell) end
    padded[i] = ("%" .. (i == 1 and "-" or "") .. WIDTHS[i] .. "s"):format(cell)
  end
  return table.concat(padded, "  ")
end

if not arg[1] then
  print(row(HEAD))
  return
end

local nn, sys, tensor = require "nn", require "sys", require "tensor"
local name, file, raw_ram, raw_load = table.unpack(arg)
local ticks = sys.ticks_us

local function instructions(microseconds) return math.floor(microseconds * INSTRUCTIONS + 0.5) end

local now = {}
local function memory(which)
  collectgarbage()
  collectgarbage()
  return sys.mem(now)[which]
end

-- Bytes of a model's objects in the heap, its ports included; the first one takes some more,
-- for what all have in common.
local function lua_bytes()
  local before = memory "lua"
  local model = assert(nn.load(file))
  local ports = {model.inputs[1].tensor, model.outputs[1].tensor}
  return memory "lua" - before, ports
end

local engine_before = memory "engine"
local start = ticks()
local model = assert(nn.load(file))
local load_time = ticks() - start

-- Bytes without a pattern, the same in every run.
local input = tensor.randint(-128, 127, model.inputs[1].shape, "int8", 1)
local run = model.run
run(model, input)
start = ticks()
for _ = 1, RUNS do run(model, input) end
local run_time = (ticks() - start) / RUNS
local engine = sys.mem(now).engine_peak - engine_before

if name == "load" then
  print(engine, instructions(load_time))
  return
end

local peer = PEERS[name]
local count = instructions(run_time)
print(row {name, count, peer[1], count / peer[1], peer[4], engine, raw_ram, (lua_bytes()), peer[5],
           assert(nn.analyze(file)).arena, peer[3], instructions(load_time), raw_load, peer[2]})

local profile = assert(model:profile(RUNS))
print(("\n%s: %d instructions\n%4s  %-20s %9s %12s %7s %11s"):format(
  name, instructions(profile.us), "", "operator", "MAC", "instructions", "share", "MAC each"))
for i, op in ipairs(profile) do
  local own = instructions(op.us)
  print(("%4d  %-20s %9d %12d %6.1f%% %11.2f"):format(
    i, op.name, op.macs, own, 100 * op.us / profile.us, op.macs / math.max(own, 1)))
end
