-- The device under test of MLPerf Tiny: the benchmark's protocol with models built here, and
-- answers to recorded inputs. The models and recordings lie where the recorded data is.

local audio, sys, tensor, test = require "audio", require "sys", require "tensor", require "test"
local tflite, tiny_dut = require "tflite", require "support.tiny_dut"
local file_bytes = require "file_bytes"
local describe, it, expect = test.describe, test.it, test.expect

local CORPUS <const> = test.shared() .. "/corpus/"

local function exists(path)
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

-- A model that only takes such an input and gives it as a row.
local function echo(shape, size)
  local path = test.scratch ".tflite"
  local bytes = tflite.tobytes {
    tensors = {{shape = shape, dtype = "int8", scale = 0.5, zero_point = -128},
               {shape = {1, size}, dtype = "int8", scale = 0.5, zero_point = -128}},
    operators = {{"RESHAPE", inputs = {1}, outputs = {2}}}, inputs = {1}, outputs = {2},
  }
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
  return path
end

-- A device, and a function that gives a command's answer without its `m-ready`.
local function device(path, options)
  local lines = {}
  options = options or {}
  function options.say(line) lines[#lines + 1] = line end
  local dut = assert(tiny_dut.new(path, options))
  return dut, function(command)
    lines = {}
    dut:command(command)
    expect(table.remove(lines)):equals "m-ready"
    return table.concat(lines, "\n")
  end
end

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- As the runner does: 31 bytes a command.
local function load_bytes(ask, bytes)
  expect(ask("db load " .. #bytes)):equals(("m-[Expecting %d bytes]"):format(#bytes))
  local answer
  for first = 1, #bytes, 31 do
    answer = ask("db " .. hex(bytes:sub(first, first + 30)))
    if first + 31 <= #bytes then expect(answer):equals "" end
  end
  expect(answer):equals "m-load-done"
end

local function results(answer)
  local numbers = {}
  for number in answer:match "m%-results%-%[(.*)%]$":gmatch "[^,]+" do
    numbers[#numbers + 1] = number
  end
  return numbers
end

describe("the protocol", function()
  local path = echo({1, 49, 10, 1}, 490)

  it("says who and what it is", function()
    local _, ask = device(path, {vendor = "Acme"})
    expect(ask "name"):equals "m-name-dut-[Acme]"
    expect(ask "profile"):equals(
      "m-profile-[ULPMark for tinyML Firmware V0.0.1]\nm-model-[kws01]")
    expect(ask "timestamp"):matches "^m%-lap%-us%-%d+$"
    expect(ask "help"):matches "db load N"
    expect(ask ""):equals ""
    expect(ask "\r\n name"):equals "m-name-dut-[Acme]"
    expect(ask "bogus 1"):equals "e-[Unknown command: bogus]"
  end)
  it("boots as the benchmark's own firmware does", function()
    local lines = {}
    local dut = assert(tiny_dut.new(path, {say = function(line) lines[#lines + 1] = line end}))
    dut:boot()
    expect(table.concat(lines, " ")):matches(
      "^m%-timestamp%-mode%-performance m%-lap%-us%-%d+ m%-init%-done m%-ready$")
  end)
  it("takes bytes in digits of either case and ignores a surplus", function()
    local _, ask = device(path)
    expect(ask "db 00"):equals "e-[Say db load N first]"
    expect(ask "db load 3"):equals "m-[Expecting 3 bytes]"
    expect(ask "db aA"):equals ""
    expect(ask "db Bbcc0102"):equals "m-load-done"
    expect(ask "db 05"):equals ""
    expect(ask "db print"):equals "m-buffer-aa-bb-cc"
  end)
  it("prints eight bytes a line", function()
    local _, ask = device(path)
    load_bytes(ask, "0123456789")
    expect(ask "db print"):equals "m-buffer-30-31-32-33-34-35-36-37\nm-buffer-38-39"
  end)
  it("refuses what is no data and goes on", function()
    local _, ask = device(path)
    for _, count in ipairs {"", " 0", " -1", " x", " 1.5"} do
      expect(ask("db load" .. count)):equals "e-[Specify the number of bytes to load]"
    end
    expect(ask "db load 27649"):equals "e-[At most 27648 bytes can be loaded]"
    expect(ask "db load 2"):equals "m-[Expecting 2 bytes]"
    expect(ask "db 123"):equals "e-[Insufficent number of hex digits]"
    expect(ask "db 12zz"):equals "e-[Invalid hex digit 'zz']"
    expect(ask "db"):equals ""
    expect(ask "db 1234"):equals "m-load-done"
  end)
  it("runs as often as it is told, and gives three decimals", function()
    local _, ask = device(path)
    expect(ask "infer 1 0"):equals "e-[No data loaded]"
    expect(ask "results"):equals "e-[No results yet]"
    load_bytes(ask, "12")
    expect(ask "infer"):equals "e-[kws01 takes 490 bytes, 2 are loaded]"
    load_bytes(ask, ("\x80\x81\x7f"):rep(163) .. "\0")
    for _, wrong in ipairs {"0", "-1 0", "1 -1", "x", "1 x", "1.5"} do
      expect(ask("infer " .. wrong)):matches "^e%-%[Runs: 1 or more"
    end
    local answer = ask "infer 3 2"
    expect(answer):matches("^m%-warmup%-start%-2\nm%-warmup%-done\nm%-infer%-start%-3\n"
      .. "m%-lap%-us%-%d+\nm%-lap%-us%-%d+\nm%-infer%-done\nm%-results%-%[0%.000,0%.500,127%.500,")
    expect(#results(answer)):equals(490)
    expect(ask "results"):equals(answer:match "[^\n]*$")
    expect(ask "infer"):matches "^m%-warmup%-start%-10\n"
  end)
  it("cuts a command that is too long", function()
    local _, ask = device(path)
    expect(ask(("x"):rep(1000))):equals("e-[Unknown command: " .. ("x"):rep(80) .. "]")
  end)
  it("streams only where the model does", function()
    local _, ask = device(path)
    expect(ask "start"):equals "e-[kws01 does not stream]"
    expect(ask "stop"):equals "e-[kws01 does not stream]"
    local _, ask_word = device(echo({1, 30, 1, 40}, 1200))
    expect(ask_word "start"):equals "e-[No recording was given in place of a microphone]"
    expect(ask_word "stop"):equals "Not listening."
    local _, ask_lost = device(echo({1, 30, 1, 40}, 1200), {wav = "/ram/no such.wav"})
    expect(ask_lost "start"):matches "^e%-%[.*no such.wav"
  end)
  it("is ready before it listens, for the runner waits five seconds", function()
    local wav, said, listened = test.scratch ".wav", {}, nil
    assert(audio.save(wav, tensor.zeros {40 * 512}, 16000))
    local dut
    dut = assert(tiny_dut.new(echo({1, 30, 1, 40}, 1200), {wav = wav, say = function(line)
      said[#said + 1] = line
      if line == "m-ready" then listened = dut._activations ~= nil end
    end}))
    dut:command "start"
    expect(table.concat(said, " ")):equals "Listening ... m-ready"
    expect(listened):equals(false)
    expect(dut._activations ~= nil):equals(true)
  end)
  it("gives activations in short lines, and none of too short a sound", function()
    local wav = test.scratch ".wav"
    assert(audio.save(wav, tensor.zeros {40 * 512}, 16000))
    local _, ask = device(echo({1, 30, 1, 40}, 1200), {wav = wav})
    expect(ask "start"):equals "Listening ..."
    local lines = {}
    for line in ask "stop":gsub("m%-heard%-ms%-%d+\n", ""):gmatch "[^\n]+" do
      lines[#lines + 1] = select(2, line:gsub("%-?%d+", "")) .. line:match "[^%d]$"
    end
    expect(table.concat(lines, " ")):equals "16, 16, 8]"
    assert(audio.save(wav, tensor.zeros {500}, 16000))
    ask "start"
    expect(ask "stop"):equals ""
  end)
  it("says why a model is none of the benchmark's", function()
    expect(tiny_dut.new(echo({1, 2}, 2), {})):fails "no model of MLPerf Tiny takes {1, 2}"
    expect(tiny_dut.new("/ram/no such.tflite", {})):fails "no such.tflite"
  end)
end)

describe("recorded inputs", function()
  if not exists(CORPUS .. "mlperf_kws_int8/in2.bin") then return end

  local function values(name, file, dtype)
    return tensor.frombytes(file_bytes.read(CORPUS .. name .. "/" .. file), dtype)
  end
  local function rounded(t)
    local text = {}
    for i, x in ipairs(t:totable()) do text[i] = ("%.3f"):format(x) end
    return text
  end
  local function outputs(dut, q)
    local port = dut._model.outputs[1]
    return rounded(q:dequantize(port.scale, port.zero_point))
  end

  for _, case in ipairs {{"kws01", "mlperf_kws_int8", 0}, {"ic01", "mlperf_ic_int8", 128},
                         {"vww01", "mlperf_vww_int8", 128}} do
    local id, name, offset = table.unpack(case)
    it("of " .. id .. " give what was recorded", function()
      local dut, ask = device(CORPUS .. name .. "/model.tflite")
      expect(ask "profile"):matches("m%-model%-%[" .. id .. "%]$")
      local x = values(name, "in2.bin", "int8")
      load_bytes(ask, (x:astype "int16" + offset):astype(offset > 0 and "uint8" or "int8"):tobytes())
      expect(results(ask "infer 2 1")):equals(outputs(dut, values(name, "out2.bin", "int8")))
    end)
  end
  it("of ad01 give the mean square that was not reproduced", function()
    local dut, ask = device(CORPUS .. "mlperf_ad_int8/model.tflite")
    local port, out = dut._model.inputs[1], dut._model.outputs[1]
    local x = values("mlperf_ad_int8", "in2.bin", "int8"):dequantize(port.scale, port.zero_point)
    local y = values("mlperf_ad_int8", "out2.bin", "int8"):dequantize(out.scale, out.zero_point)
    load_bytes(ask, x:tobytes())
    expect(results(ask "infer 1 0")):equals(rounded(((y - x) ^ 2):mean(1):reshape {1}))
  end)
  it("hears the wake word where it is spoken", function()
    local wav = test.shared() .. "/samples/sww/short_wav_easy10s.wav"
    local _, ask = device(CORPUS .. "mlperf_sww_int8/model.tflite", {wav = wav})
    expect(ask "start"):equals "Listening ..."
    local answer = ask "stop"
    -- The word lies at 1.0 to 1.76 s, 4.0 to 4.76 s and 7.0 to 7.36 s; the model is told of the
    -- last at another loudness than it was trained with, and misses it.
    expect(answer):matches "^m%-heard%-ms%-1%d%d%d\nm%-heard%-ms%-5%d%d%d\ntarget activations: %["
    local count = select(2, answer:match "%[(.*)%]":gsub("%-?%d+", ""))
    expect(count):equals(10 * 16000 // 512)
    expect(ask "stop"):equals "Not listening."
  end)
end)
