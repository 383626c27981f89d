-- Features and motion have the same bits on every target: checksums of their outputs as the host
-- gave them.

local dsp, signals, sys, test = require "dsp", require "signals", require "sys", require "test"
local lcg = signals.lcg

local signal = lcg(4000, 1)
-- Loud and soft parts, down to silence.
for i = 1, 4000 do signal[i] = signal[i] * 2.0 ^ -(i // 200) end
local frames = lcg(1200, 2):abs():reshape{30, 40}
local movement = lcg(900, 3):reshape{100, 9}
local six, three = movement:slice({}, {1, 6}):clone(), movement:slice({}, {1, 3}):clone()
local short = (signal * 8000):astype "int16"

local OUTPUTS = {}

local function output(name, crc, compute) OUTPUTS[#OUTPUTS + 1] = {name, crc, compute} end

output("mel_filterbank", 0xe92659a9, function()
  return dsp.mel_filterbank{scale = "slaney", area = true}
end)
output("logmel", 0xe4cac5a6, function() return dsp.logmel{taper = "blackman"}:push(signal) end)
output("mfcc", 0x5bd14e67, function()
  return dsp.mfcc{coefficients = 20, pre_emphasis = 0.97}:push(signal)
end)
output("mfcc of an odd length", 0xff5a0ab6, function()
  return dsp.mfcc{window = 401, fft = 407}:push(signal)
end)
output("pcen", 0x74fbb5d3, function() return dsp.pcen{}:push(frames) end)
output("pitch", 0xa7526f52, function() return dsp.pitch{}:push(signal) end)
output("sound_level", 0xed2fd693, function() return dsp.sound_level{hop = 100}:push(signal) end)
output("audio_frontend", 0x392d29b6, function()
  return dsp.audio_frontend{output = "int16"}:push(short)
end)
output("preemphasis", 0x964688d9, function() return dsp.preemphasis(signal) end)
output("deltas", 0x7edb145a, function() return dsp.deltas(frames) end)
output("spectral_flux", 0x0cae6bc7, function() return dsp.spectral_flux(frames) end)
output("onset_strength", 0x1ea2a1ef, function() return dsp.onset_strength(frames) end)
output("octave_bands", 0xb74375a3, function() return dsp.octave_bands(frames, 8000, 3) end)
output("spectral_centroid", 0x4872ec4f, function()
  return dsp.spectral_centroid(frames, 8000)
end)
output("spectral_flatness", 0x6e296c75, function() return dsp.spectral_flatness(frames) end)
output("kurtosis", 0x9514c280, function() return dsp.kurtosis(frames) end)
output("peaks", 0x06f7dd97, function()
  return select(2, dsp.find_peaks(signal, {width = 0})).widths
end)
output("tilt", 0x03102ed7, function() return dsp.tilt(three) end)
output("remove_gravity", 0x463fed00, function() return dsp.remove_gravity{}:push(three) end)
output("complementary", 0x508ee3d3, function() return dsp.complementary{}:push(six) end)
output("madgwick", 0xe7e04ccc, function() return dsp.madgwick{}:push(six) end)
output("madgwick with a magnetometer", 0xd478be10, function()
  return dsp.euler(dsp.madgwick{magnetometer = true}:push(movement))
end)
output("step_counter", 0x3d39a09c, function()
  return dsp.step_counter{threshold = 0.1}:push(three)
end)

test.describe("the bits of", function()
  for _, case in ipairs(OUTPUTS) do
    local name, crc, compute = table.unpack(case)
    test.it(name, function()
      local sum = sys.crc32(compute():tobytes())
      print(("%s 0x%08x"):format(name, sum))
      test.expect(sum):equals(crc)
    end)
  end
end)
