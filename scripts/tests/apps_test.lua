-- The applications that listen: what they print, byte for byte on every machine, that they hear
-- recorded words, and that they allocate nothing per frame. The model and the recordings lie
-- where the recorded data is; corpus_test.lua tells where that is looked for.

local audio, sys, tensor, test = require "audio", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

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
    for _, name in ipairs {"kws.lua", "soundlevel.lua", "spectrum.lua"} do
      expect(output(name, "--help")):matches("^usage: " .. name .. " .*\nexit 0$")
      expect(output(name, "--what", "1")):matches "^no option '%-%-what'\nusage: .*\nexit 2$"
      expect(output(name, "file")):matches "^no option 'file'\n.*exit 2$"
      expect(output(name, "--wav")):matches "^%-%-wav: a value expected\n.*exit 2$"
    end
    for _, name in ipairs {"soundlevel.lua", "spectrum.lua"} do
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
    for line in text:gmatch "[^\n]+" do assert(#line <= 80, line) end
    expect(output("spectrum.lua", "--size", "36000")):matches "^less than a frame"
  end)
  it("allocates nothing per frame", function()
    expect(garbage "spectrum.lua"):equals(0)
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
