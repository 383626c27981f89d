-- The applications that listen: what they print, byte for byte on every machine, that they hear
-- recorded words, and that they allocate nothing per frame. The model and the recordings lie
-- where the recorded data is; corpus_test.lua tells where that is looked for.

local audio, sys, tensor, test = require "audio", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes, plot = require "file_bytes", require "plot"

-- Pictures as a device draws them, whatever this machine's terminal.
plot.width, plot.ascii, plot.color = 80, false, false

local MODEL <const> = test.shared() .. "/corpus/micro_speech_int8/model.tflite"
local SPEECH <const> = test.shared() .. "/samples/micro_speech/"

local function exists(path)
  local file <close> = io.open(path, "rb")
  return file ~= nil
end

-- What an application prints; an exit ends it as an error would.
local function output(name, ...)
  local lines, print_before, exit_before = {}, print, os.exit
  print = function(text) lines[#lines + 1] = tostring(text) end
  os.exit = function(code) error("exit " .. code, 0) end
  local done, why = pcall(sys.run, assert(sys.find(name)), ...)
  print, os.exit = print_before, exit_before
  if not done then lines[#lines + 1] = why end
  return table.concat(lines, "\n")
end

-- Memory that 1000 frames take, Lua's and the engine's, once an application runs.
local function garbage(name, ...)
  local first <const>, last <const> = 100, 1100
  local before, after, figures = nil, nil, {}
  local function used() return collectgarbage "count" * 1024 + sys.mem(figures).engine end
  used()
  local open = audio.open
  audio.open = function()
    local source = {sample_rate = 16000, length = 16000 * 60}
    function source.frames(_, n)
      local frame, count = tensor.randn({n}, 1) * 0.01, 0
      return function()
        count = count + 1
        if count == first then
          collectgarbage()
          before = used()
        elseif count == last then
          after = used()
        end
        return count <= last and frame or nil
      end
    end
    return setmetatable(source, {__close = function() end})
  end
  local text = output(name, "--wav", "noise", ...)
  audio.open = open
  assert(after, text)
  return math.tointeger(after - before)
end

describe("every application", function()
  it("tells how it is used", function()
    for _, name in ipairs {"gesture.lua", "kws.lua", "machine_health.lua", "soundlevel.lua",
        "spectrum.lua", "teach.lua"} do
      expect(output(name, "--help")):matches("^usage: " .. name .. " .*\nexit 0$")
      expect(output(name, "--what", "1")):matches "^no option '%-%-what'\nusage: .*\nexit 2$"
      expect(output(name, "file")):matches "^no option 'file'\n.*exit 2$"
    end
    for _, name in ipairs {"machine_health.lua", "kws.lua", "soundlevel.lua", "spectrum.lua"} do
      expect(output(name, "--wav")):matches "^%-%-wav: a value expected\n.*exit 2$"
    end
    for _, name in ipairs {"machine_health.lua", "soundlevel.lua", "spectrum.lua"} do
      expect(output(name, "--rate", "x")):equals "--rate: 'x' is no number\nexit 2"
      expect(output(name, "--wav", "/ram/none.wav")):matches "^/ram/none.wav: No such.*\nexit 1$"
    end
  end)
end)

-- Runs on several machines are compared by what they print.
local function print_sum(name, text)
  print(("%s printed %d bytes, CRC-32 %08x"):format(name, #text, sys.crc32(text)))
end

describe("soundlevel", function()
  it("measures its tones by the weighting of IEC 61672", function()
    local text = output "soundlevel.lua"
    print_sum("soundlevel", text)
    expect(text):matches "\n    2.00     %-20.0     %-20.6     %-20.0\n"
    expect(text):matches "\n    4.00     %-39.%d     %-29.0     %-23.0\n"
    expect(text):matches "\nmean level: %-23.0 dB%(A%)$"
    expect(output("soundlevel.lua", "--weighting", "z", "--full", "120")):matches(
      "mean level: 100.0 dB$")
    expect(output("soundlevel.lua", "--weighting", "B")):equals "no weighting 'B'\nexit 2"
  end)
  it("has a light on for a second after samples at full scale", function()
    local board = require "board"
    local lit, set_led = {}, board.set_led
    board.set_led = function(light, on) lit[#lit + 1] = ("%d %s"):format(light, on) end
    local path, x = test.scratch ".wav", tensor.zeros {1600}
    assert(audio.save(path, x, 16000))
    output("soundlevel.lua", "--wav", path)
    expect(#lit):equals(0)
    x[900] = -1
    assert(audio.save(path, x, 16000))
    local began = sys.ticks_us()
    output("soundlevel.lua", "--wav", path)
    board.set_led = set_led
    if board.leds == 0 then return expect(#lit):equals(0) end
    expect(table.concat(lit, ", ")):equals "1 true, 1 false"
    assert(sys.ticks_us() - began >= 1e6)
  end)
  it("reads raw samples", function()
    local path = test.scratch ".raw"
    local tone = (tensor.arange(16000) * (math.pi / 8)):sin() * 3276.7
    file_bytes.write(path, tone:astype("int16"):tobytes())
    expect(output("soundlevel.lua", "--pcm", path, "--rate", "16000")):matches(
      "mean level: %-20.0 dB%(A%)$")
    os.remove(path)
  end)
  it("allocates nothing per frame", function()
    expect(garbage("soundlevel.lua", "--every", "1000")):equals(0)
    expect(garbage("soundlevel.lua", "--every", "1000", "--weighting", "Z")):equals(0)
  end)
end)

describe("spectrum", function()
  it("finds the tone in its sweep", function()
    local text = output("spectrum.lua", "--ascii", "yes")
    print_sum("spectrum", text)
    expect(text):matches "\n124 frames; strongest: 1000.0 Hz, %-19.7 dB$"
    for line in text:gmatch "[^\n]+" do assert(utf8.len(line) <= 80, line) end
    expect(output("spectrum.lua", "--size", "36000")):matches "^less than a frame"
  end)
  it("allocates nothing per frame", function()
    expect(garbage "spectrum.lua"):equals(0)
  end)
end)

describe("gesture", function()
  local model <const> = test.scratch ".mlt"
  it("learns from some people and is tested with others", function()
    local text = output("gesture.lua", "--trees", "10", "--save", model)
    print_sum("gesture", (text:gsub("\nsaved as .*", "")))
    expect(text):matches "^learnt 240 windows of 5 gestures: a forest of 10 trees, %d+%.%d KiB\n"
    expect(text):matches "\n120 windows it has not seen, made by other people:\n"
    local accuracy = tonumber(text:match "accuracy%s+([%d.]+)")
    assert(accuracy > 0.8 and accuracy < 1, accuracy)
    expect(text):matches("\nsaved as " .. model:gsub("%p", "%%%0") .. "$")
    for line in text:gmatch "[^\n]+" do assert(utf8.len(line) <= 80, line) end
  end)
  it("tests a model it has saved, and learns from a CSV file", function()
    local gestures = require "support.gestures"
    local path, lines = test.scratch ".csv", {"ax,ay,az,gx,gy,gz,label"}
    for _, name in ipairs {"rest", "shake"} do
      for number = 1, 3 do
        for _, row in ipairs(gestures.make(name, 50, 2, number):totable()) do
          lines[#lines + 1] = table.concat(row, ",") .. "," .. name
        end
      end
    end
    file_bytes.write(path, table.concat(lines, "\n"))
    expect(output("gesture.lua", "--csv", path, "--model", model)):matches "^6 windows:\n"
    expect(output("gesture.lua", "--csv", path, "--trees", "5")):matches(
      "^learnt 4 windows of 2 gestures.*2 windows it has not seen, of the same recordings:")
    os.remove(path)
    expect(output("gesture.lua", "--csv", path)):matches "No such file.*\nexit 1$"
    expect(output("gesture.lua", "--model", path)):matches "\nexit 1$"
    os.remove(model)
  end)
end)

describe("machine_health", function()
  it("raises the alarm after the fault began, and not before", function()
    local text = output "machine_health.lua"
    print_sum("machine_health", text)
    expect(text):matches "^gmm: learnt from 60 looks of 1024 samples at 3200 Hz"
    local late = tonumber(text:match "began at look 100, the alarm came (%d+) looks")
    assert(late and late <= 20, text)
    expect(text):matches "  ALARM\n"
    for line in text:gmatch "[^\n]+" do assert(#line <= 100, line) end
  end)
  it("takes other detectors, and recordings", function()
    expect(output("machine_health.lua", "--detector", "luck")):matches "gmm, forest or lof"
    local path = test.scratch ".wav"
    assert(audio.save(path, tensor.randn({30 * 1024}, 1) * 0.1, 3200))
    local text = output("machine_health.lua", "--wav", path, "--learn", "20", "--detector", "forest")
    expect(text):matches "^isolation_forest: learnt from 20 looks of 1024 samples at 3200 Hz"
    expect(text):matches "no alarm$"
    expect(output("machine_health.lua", "--wav", path)):matches "30 looks: more than the 60"
    os.remove(path)
  end)
end)

describe("teach", function()
  -- Runs a session of these lines; gives what was printed.
  local function session(lines, ...)
    local read, write, at = io.read, io.write, 0
    io.read = function()
      at = at + 1
      return lines[at]
    end
    io.write = function() end
    local text = output("teach.lua", ...)
    io.read, io.write = read, write
    return text
  end
  it("learns by example, forgets, saves and reloads", function()
    local path = test.scratch ".mlt"
    local text = session {"list", "ask", "teach rest 4", "move shake", "teach shake 4", "ask",
      "move rest", "ask 2", "save " .. path, "forget shake", "list", "forget rest", "list",
      "load " .. path, "move shake", "ask", "quit", "list"}
    print_sum("teach", (text:gsub(path:gsub("%p", "%%%0"), "FILE")))
    local said = {}
    for line in text:gmatch "[^\n]+" do said[#said + 1] = line end
    table.remove(said, 1)
    expect(said[1]):equals "nothing is known yet"
    expect(said[3]):equals "4 examples of rest; 4 in all"
    expect(said[5]):equals "4 examples of shake; 8 in all"
    expect(said[6]):matches "^shake %(%d+ %%%)$"
    expect(said[8]):matches "^rest "
    expect(said[9]):matches "^rest "
    expect(said[11]):equals "4 examples forgotten, 4 left"
    expect(said[12]):equals "4 examples of: rest"
    expect(said[13]):equals "4 examples forgotten, 0 left"
    expect(said[15]):equals "8 examples of: rest, shake"
    expect(said[#said]):matches "^shake "
    os.remove(path)
  end)
  it("takes typed numbers and rows of a file", function()
    local text = session {"teach low : 1 2", "teach high : 8 9", "ask : 7 7", "ask : 1",
      "teach : 1 2", "teach low : x", "teach low 0", "dance", "save /no/such/folder/x.mlt"}
    expect(text):matches "\nhigh %(%d+ %%%)\n"
    expect(text):matches "2 features expected"
    expect(text):matches "'x' is no number"
    expect(text):matches "a number of examples expected"
    expect(text):matches "no command 'dance'"
    local path = test.scratch ".csv"
    file_bytes.write(path, "a,b\n1,2\n2,1\n8,9\n9,8\n1,1\n")
    text = session({"teach low 2", "teach high 2", "ask", "ask"}, "--csv", path, "--neighbors", "1")
    expect(text):matches "\nlow %(100 %%%)\nno more examples$"
    os.remove(path)
  end)
end)

describe("kws", function()
  it("tells where its model is", function()
    local text = output "kws.lua"
    expect(text):matches "github.com/tensorflow/tflite%-micro at %x+"
    expect(text):matches "SHA%-256 %x+"
  end)

  if not exists(MODEL) then
    it("is not required to hear where there is no model", function()
      print("No model at " .. MODEL)
      expect(test.setting "MOONLET_REQUIRE_SHARED" == "1"):is_false()
    end)
    return
  end

  it("hears the recorded words, with the same scores everywhere", function()
    local scores = {
      yes = {0, 0, 0.9961, 0}, no = {0, 0.0547, 0, 0.9453},
      silence = {0.3359, 0.2344, 0.2344, 0.1953}, noise = {0.9688, 0.0117, 0.0078, 0.0117},
    }
    for word, score in pairs(scores) do
      local heard = ""
      if word == "yes" then heard = "  1.00 s  yes     0.9961\n" end
      if word == "no" then heard = "  1.00 s  no      0.9453\n" end
      expect(output("kws.lua", "--model", MODEL, "--wav", SPEECH .. word .. "_1000ms.wav")):equals(
        heard .. "looks at a second each: 1; at the end:\n"
        .. ("  silence  %.4f\n  unknown  %.4f\n  yes      %.4f\n  no       %.4f"):format(
          table.unpack(score)))
    end
  end)
  it("hears them one after the other in a long signal", function()
    local path, parts = test.scratch ".raw", {}
    for i, word in ipairs {"noise", "yes", "noise", "no", "noise"} do
      local x = assert(audio.load(SPEECH .. word .. "_1000ms.wav"))
      parts[i] = (x * 32768):astype("int16"):tobytes()
    end
    file_bytes.write(path, table.concat(parts))
    local text = output("kws.lua", "--model", MODEL, "--pcm", path)
    os.remove(path)
    local heard = {}
    for word in text:gmatch " s  (%a+)" do heard[#heard + 1] = word end
    expect(heard):equals {"yes", "no"}
  end)
  it("hears words at another sample rate, and nothing in a tone", function()
    local path = test.scratch ".wav"
    assert(audio.save(path, audio.load(SPEECH .. "yes_1000ms.wav", {sample_rate = 48000}), 48000))
    expect(output("kws.lua", "--model", MODEL, "--wav", path)):matches "^  1.00 s  yes "
    expect(output("kws.lua", "--model", path)):matches "\nexit 1$"
    os.remove(path)
    expect(output("kws.lua", "--model", MODEL)):matches "^looks at a second each: 51"
  end)
  it("allocates nothing per frame", function()
    expect(garbage("kws.lua", "--model", MODEL)):equals(0)
  end)
end)

os.remove "/ram/generated.wav"
