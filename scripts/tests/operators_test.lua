-- Random single-operator models against a second implementation of the operators in NumPy
-- (tools/operators/README.md tells what is in a file): byte for byte, or floats to the
-- tolerance that a case states. The goldens lie in scripts/tests/operators.

local nn, sys, tensor, test = require "nn", require "sys", require "tensor", require "test"
local describe, it = test.describe, test.it

-- Each file and how many cases it holds at least.
local FILES = [[
  abs 24, add 28, add_n 20, arg_max 20, arg_min 20, assign_variable 21, average_pool_2d 24,
  batch_matmul 27, batch_to_space_nd 20, broadcast_args 20, broadcast_to 20, call_once 21,
  cast 30, ceil 20, circular_buffer 20, concatenation 24, conv_2d 42, cos 20, cumsum 24,
  depth_to_space 20, depthwise_conv_2d 35, dequantize 21, div 28, dynamic_update_slice 24,
  elu 20, embedding_lookup 21, equal 20, exp 20, expand_dims 20, fill 20, floor 20,
  floor_div 20, floor_mod 20, fully_connected 42, gather 24, gather_nd 20, gelu 20, greater 20,
  greater_equal 20, hard_swish 21, if 21, l2_normalization 24, l2_pool_2d 20, leaky_relu 21,
  less 20, less_equal 20, log 20, log_softmax 20, logical_and 20, logical_not 20, logical_or 20,
  logistic 24, max_pool_2d 24, maximum 20, mean 30, minimum 20, mirror_pad 20, mul 28, neg 20,
  not_equal 20, one_hot 20, pack 20, pad 20, padv2 20, pow 20, prelu 24, quantize 24, range 20,
  reduce_max 20, reduce_min 20, reduce_prod 20, relu 21, relu6 21, relu_n1_to_1 20, reshape 20,
  resize_bilinear 24, resize_nearest_neighbor 24, reverse_v2 21, round 20, rsqrt 24,
  scatter_nd 21, select 21, select_v2 24, shape 20, sign 20, signaldelay 20, signalenergy 20,
  signalfftautoscale 20, signalfilterbank 20, signalfilterbanklog 20,
  signalfilterbankspectralsubtraction 20, signalfilterbanksquareroot 20, signalframer 20,
  signalirfft 30, signaloverlapadd 20, signalpcan 20, signalrfft 30, signalstacker 20,
  signalwindow 20, sin 20, slice 20, softmax 32, space_to_batch_nd 20, space_to_depth 20,
  split 20, split_v 20, sqrt 20, square 20, squared_difference 28, squeeze 20, strided_slice 35,
  sub 28, sum 27, svdf 21, tanh 24, tflite_detection_postprocess 20, tflm_decode 24, tile 20,
  topk_v2 21, transpose 24, transpose_conv 28, unidirectional_sequence_lstm 24, unpack 20,
  where 20, while 21, zeros_like 20
]]

local figures, all_cases, all_bytes = {}, 0, 0

local function shape_text(x) return "{" .. table.concat(x.shape, ", ") .. "}" end

-- How far a golden's floats may be off: a part of their range, 0 included.
local function margin(golden, tolerance)
  if not tolerance then return 0 end
  return tolerance * (math.max(golden:max(), 0) - math.min(golden:min(), 0))
end

-- The first element that is too far off, as text, or nil.
local function first_off(got, golden, allowed)
  local a, b = got:reshape({got.size}), golden:reshape({golden.size})
  for i = 1, #b do
    local x, y = a[i], b[i]
    local same = x == y or x ~= x and y ~= y
    if not same and not (allowed > 0 and math.abs(x - y) <= allowed) then
      return ("element %d: got %s, expected %s"):format(i, x, y)
    end
  end
  return allowed == 0 and "a zero of the other sign" or nil
end

local function difference(got, golden, tolerance)
  if got.dtype ~= golden.dtype or shape_text(got) ~= shape_text(golden) then
    return ("got %s %s, expected %s %s"):format(got.dtype, shape_text(got), golden.dtype,
      shape_text(golden))
  end
  if got:tobytes() == golden:tobytes() then return nil end
  return first_off(got, golden, margin(golden, tolerance))
end

-- The values of "<key>1", "<key>2" ...
local function numbered(file, key)
  local list = {}
  while file[key .. #list + 1] do list[#list + 1] = file[key .. #list + 1] end
  return list
end

-- Runs one case of a file; gives the first difference as text, or nil and the bytes compared.
local function compare(file, case)
  local model, message = nn.frombytes(file[case .. "model"]:tobytes())
  if not model then return message end
  local close <close> = model
  local tolerance, bytes, run = file[case .. "tolerance"], 0, 1
  while file[case .. "run" .. run .. "/in1"] do
    local at = case .. "run" .. run .. "/"
    local outputs = table.pack(model:run(table.unpack(numbered(file, at .. "in"))))
    for i = 1, #model.outputs do
      local golden = file[at .. "out" .. i]
      if golden then
        if not outputs[i] then return ("run %d: %s"):format(run, outputs[2]) end
        local found = difference(outputs[i], golden, tolerance and tolerance:at())
        if found then return ("run %d, output %d, %s"):format(run, i, found) end
        bytes = bytes + #golden:tobytes()
      end
    end
    run = run + 1
  end
  return nil, bytes
end

local function check(name, least)
  local file = assert(tensor.load(assert(sys.find("operators/" .. name .. ".npz"))))
  local cases, bytes, off, first = 0, 0, 0, nil
  while file[("%03d/model"):format(cases + 1)] do
    cases = cases + 1
    local found, compared = compare(file, ("%03d/"):format(cases))
    if found then
      off, first = off + 1, first or ("case %d, %s"):format(cases, found)
    else
      bytes = bytes + compared
    end
  end
  assert(off == 0, ("%s: %d of %d cases differ; %s"):format(name, off, cases, first))
  assert(cases >= least, ("%s: %d cases, at least %d expected"):format(name, cases, least))
  figures[#figures + 1] = ("%s %d/%d"):format(name, cases, bytes)
  all_cases, all_bytes = all_cases + cases, all_bytes + bytes
end

describe("an operator gives the outputs of its second implementation:", function()
  for name, cases in FILES:gmatch "([%w_]+) (%d+)" do
    it(name, function() check(name, math.tointeger(cases)) end)
  end

  it("counted", function()
    print(("%d cases, %d bytes compared; cases/bytes: %s"):format(all_cases, all_bytes,
      table.concat(figures, ", ")))
    assert(all_cases > 0)
  end)
end)
