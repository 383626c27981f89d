-- Recursive filters: SciPy's recorded designs, what each family promises, and what is refused.

local dsp, json, signals = require "dsp", require "json", require "signals"
local sys, tensor, test = require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local recorded = signals.recorded

local LEAST_DESIGNS = 16  -- what a whole run compares

-- A Python dictionary in a call, as a table.
local function keywords(call)
  return assert(json.decode((call:match "%b{}":gsub("'", '"'))))
end

local function design(call, extra)
  local family, k = call:match "scipy.signal.(%w+)", keywords(call)
  local options = {btype = k.btype, sample_rate = k.fs, norm = k.norm}
  for name, value in pairs(extra or {}) do options[name] = value end
  local arguments = {k.N, k.rp or k.rs, k.rp and k.rs, k.Wn, options}
  local given = {}
  for i = 1, 5 do if arguments[i] then given[#given + 1] = arguments[i] end end
  return dsp[family](table.unpack(given))
end

-- Every element within a part of itself; what is rounding noise next to its neighbours is 0.
local function relative(got, want, tolerance, what)
  local most = signals.largest(want)
  for i, x in ipairs(want) do
    local allowed = math.abs(x) < most * 1e-9 and most * 1e-9 or math.abs(x) * tolerance
    if not (math.abs(got[i] - x) <= allowed) then
      error(("%s: element %d is %.12g, expected %.12g"):format(what, i, got[i], x))
    end
  end
end

local function half(row, first) return table.move(row, first, first + 2, 1, {}) end

local function compare_sections(sos, want, call)
  expect(sos:dim(1)):equals(#want)
  for i, row in ipairs(sos:totable()) do
    relative(half(row, 1), half(want[i], 1), 1e-6, call .. " section " .. i)
    relative(half(row, 4), half(want[i], 4), 1e-6, call .. " section " .. i)
  end
end

-- The absolute value, in dB, at one frequency (of half the sample rate 1).
local function level(sos, frequency)
  local _, h = dsp.sosfreqz(sos, tensor.new({frequency}, "float64"), {sample_rate = 2})
  return 20 * math.log(math.max(h[1]:norm(), 1e-30), 10)
end

describe("SciPy's designs", function()
  it("are ours", function()
    local cases, compared = recorded "iir_design_filter", 0
    for _, case in ipairs(cases or {}) do
      if case.sosfreqz16_abs then
        local sos = design(case.call)
        compare_sections(sos, case.sos, case.call)
        local b, a = design(case.call, {output = "ba", dtype = "float64"})
        relative(b, case.ba[1], 1e-6, case.call)
        relative(a, case.ba[2], 1e-6, case.call)
        local exact = design(case.call, {dtype = "float64"})
        local _, h = dsp.sosfreqz(exact, 16)
        for i, want in ipairs(case.sosfreqz16_abs) do
          expect(h[i]:norm()):close(want, 1e-5)
        end
        expect(dsp.sosfilt_zi(exact)):close(tensor.new(case.sosfilt_zi, "float64"), 1e-6)
        compared = compared + 1
      end
    end
    if cases then signals.expect_compared(compared, LEAST_DESIGNS, "designs") end
  end)
  it("of resonators and steady states are ours", function()
    local compared = 0
    for _, case in ipairs(recorded "iir_design_filter" or {}) do
      local resonator = case.call:match "scipy.signal.(iir%w+)%("
      if resonator then
        local row = dsp[resonator](0.2, 30)[1]:totable()
        relative(half(row, 1), case.ba[1], 1e-6, case.call)
        relative(half(row, 4), case.ba[2], 1e-6, case.call)
        compared = compared + 1
      elseif case.call:find("sosfiltfilt", 1, true) then
        compare_sections(dsp.butter(4, 0.2), case.sos, case.call)
      elseif case.lfilter_zi then
        local b, a = dsp.butter(2, 0.2, {output = "ba", dtype = "float64"})
        relative(dsp.lfilter_zi(b, a), case.lfilter_zi, 1e-6, case.call)
        compared = compared + 1
      end
    end
    expect(compared == 0 or compared == 3):is_true()
  end)
  it("of the cookbook are ours", function()
    local compared = 0
    for _, case in ipairs(recorded "misc" or {}) do
      local kind = case.call:match "Audio%-EQ%-cookbook biquad (%w+)"
      if kind then
        local options = {sample_rate = 16000, q = 0.9, gain_db = 6}
        local row = dsp.rbj(kind, 1000, options)[1]:totable()
        relative(half(row, 1), half(case.expected, 1), 1e-6, kind)
        relative(half(row, 4), half(case.expected, 4), 1e-6, kind)
        compared = compared + 1
      end
    end
    expect(compared == 0 or compared == 8):is_true()
  end)
end)

describe("a family keeps its promise", function()
  local BANDS = {
    {"lowpass", 0.3, {0, 0.29}, {0.5, 0.999}, {0.3}},
    {"highpass", 0.3, {0.31, 1}, {0.001, 0.15}, {0.3}},
    {"bandpass", {0.3, 0.5}, {0.31, 0.49}, {0.001, 0.1}, {0.3, 0.5}},
    {"bandstop", {0.3, 0.6}, {0, 0.2}, {0.42, 0.44}, {0.3, 0.6}},
  }
  -- The lowest and the highest level in a range.
  local function levels(sos, range)
    local low, high = math.huge, -math.huge
    for i = 0, 40 do
      local x = level(sos, range[1] + (range[2] - range[1]) * i / 40)
      low, high = math.min(low, x), math.max(high, x)
    end
    return low, high
  end
  it("in all bands and at all orders", function()
    for _, band in ipairs(BANDS) do
      for _, order in ipairs {1, 2, 3, 5, 8, 12} do
        local options = {btype = band[1], dtype = "float64"}
        local butter = dsp.butter(order, band[2], options)
        local cheby1 = dsp.cheby1(order, 1, band[2], options)
        local cheby2 = dsp.cheby2(order, 30, band[2], options)
        local ellip = dsp.ellip(order, 1, 30, band[2], options)
        for _, edge in ipairs(band[5]) do
          expect(level(butter, edge)):close(-10 * math.log(2, 10), 1e-4)
          expect(level(cheby1, edge)):close(-1, 1e-4)
          expect(level(cheby2, edge)):close(-30, 1e-3)
          expect(level(ellip, edge)):close(-1, 1e-4)
          expect(level(dsp.bessel(order, band[2], {btype = band[1], norm = "mag",
            dtype = "float64"}), edge)):close(-10 * math.log(2, 10), 1e-4)
        end
        local low, high = levels(cheby1, band[3])
        expect(low >= -1 - 1e-4 and high <= 1e-4):is_true()
        low, high = levels(ellip, band[3])
        expect(low >= -1 - 1e-4 and high <= 1e-4):is_true()
        _, high = levels(cheby2, band[4])
        expect(high <= -30 + 1e-3 or order == 1):is_true()
        _, high = levels(ellip, band[4])
        expect(high <= -30 + 1e-3 or order < 4):is_true()
      end
    end
  end)
  it("of a constant delay", function()
    local sos = dsp.bessel(6, 0.1, {dtype = "float64"})
    local _, delay = dsp.group_delay(sos, nil, tensor.linspace(0, 0.05 * math.pi, 20))
    expect((delay:max() - delay:min()) / delay:max()):close(0, 0.05)
  end)
  it("with orders up to 32", function()
    for order = 1, 32 do
      local z, p, k = dsp.bessel(order, 0.4, {output = "zpk", dtype = "float64"})
      expect(z:dim(1) == order and p:dim(1) == order and k > 0):is_true()
      expect(level(dsp.bessel(order, 0.4), 0)):close(0, 1e-4)
      expect(level(dsp.butter(order, 0.4), 0.4)):close(-3.0103, 2e-3)
    end
  end)
  it("whatever the unit of its edges", function()
    expect(dsp.butter(4, 1600, {sample_rate = 16000})):equals(dsp.butter(4, 0.2))
    expect(dsp.butter(4, {1600, 3200}, {sample_rate = 16000, btype = "band"}))
      :equals(dsp.butter(4, {0.2, 0.4}))
  end)
end)

describe("zeros, poles and polynomials", function()
  it("tell the same filter", function()
    for _, order in ipairs {1, 2, 5} do
      local options = {dtype = "float64", output = "zpk"}
      local z, p, k = dsp.ellip(order, 1, 40, {0.2, 0.4}, options)
      options.output = "ba"
      local b, a = dsp.ellip(order, 1, 40, {0.2, 0.4}, options)
      local sos = dsp.ellip(order, 1, 40, {0.2, 0.4}, {dtype = "float64"})
      expect(#b):equals(2 * order + 1)
      for _, w in ipairs {0.1, 0.9, 2, 3} do
        local size = k
        for i = 1, 2 * order do
          local c, s = math.cos(w), math.sin(w)
          size = size * math.sqrt((c - z[i][1]) ^ 2 + (s - z[i][2]) ^ 2)
            / math.sqrt((c - p[i][1]) ^ 2 + (s - p[i][2]) ^ 2)
        end
        local at = tensor.new({w}, "float64")
        local _, of_ba = dsp.freqz(b, a, at)
        local _, of_sos = dsp.sosfreqz(sos, at)
        expect(of_ba[1]:norm()):close(size, 1e-6)
        expect(of_sos[1]:norm()):close(size, 1e-6)
      end
    end
  end)
end)

describe("single sections", function()
  it("do what the cookbook says", function()
    local function at(kind, frequency, options)
      return level(dsp.rbj(kind, 0.2, options), frequency)
    end
    expect(at("lowpass", 0.2)):close(-3.0103, 1e-3)
    expect(at("highpass", 0.2)):close(-3.0103, 1e-3)
    expect(at("bandpass", 0.2)):close(0, 1e-4)
    expect(at("notch", 0.2) < -90):is_true()
    expect(at("allpass", 0.7)):close(0, 1e-4)
    expect(at("peaking", 0.2, {gain_db = 9})):close(9, 1e-4)
    expect(at("lowshelf", 0, {gain_db = -6})):close(-6, 1e-4)
    expect(at("highshelf", 1, {gain_db = -6})):close(-6, 1e-4)
    expect(at("lowshelf", 1, {gain_db = -6})):close(0, 1e-4)
  end)
  it("of a notch and a peak are -3 dB at the ends of their width", function()
    for _, q in ipairs {0.5, 5, 50} do
      local notch = dsp.iirnotch(0.3, q, {dtype = "float64"})
      local peak = dsp.iirpeak(0.3, q, {dtype = "float64"})
      expect(level(notch, 0.3) < -150):is_true()
      expect(level(peak, 0.3)):close(0, 1e-6)
      for w = 0.01, 0.99, 0.07 do  -- they share the power
        expect(10 ^ (level(notch, w) / 10) + 10 ^ (level(peak, w) / 10)):close(1, 1e-6)
      end
    end
  end)
  it("weight sound as the standard's curves", function()
    local function power(f, corner) return f * f + corner * corner end
    local function analog(curve, f)
      local size = f * f / (power(f, 20.598997) * power(f, 12194.217))
      if curve == "A" then
        size = size * f * f / math.sqrt(power(f, 107.65265) * power(f, 737.86223))
      end
      return 20 * math.log(size, 10)
    end
    for _, curve in ipairs {"A", "C"} do
      local sos = dsp.weighting(curve, 48000, {dtype = "float64"})
      for _, f in ipairs {20, 31.5, 63, 125, 250, 500, 1000, 2000, 4000} do
        local want = analog(curve, f) - analog(curve, 1000)
        expect(level(sos, f / 24000)):close(want, 0.1)
      end
    end
    -- Float32 sections are good enough for it.
    expect(level(dsp.weighting("A", 48000), 100 / 24000)):close(-19.145, 0.05)
  end)
end)

describe("responses", function()
  it("have the frequencies that are asked for", function()
    local b = tensor.new {1, 2, 3}
    expect(dsp.freqz(b, nil, 4)):close(tensor.new {0, math.pi / 4, math.pi / 2, 3 * math.pi / 4})
    expect(dsp.freqz(b, nil, 4, {whole = true, sample_rate = 8})):equals(tensor.new {0, 2, 4, 6})
    expect(#dsp.freqz(b)):equals(512)
    local w, h = dsp.freqz(b, tensor.new {2}, tensor.new {0, 4}, {sample_rate = 8})
    expect(w):equals(tensor.new {0, 4})
    expect(h):close(tensor.new {{3, 0}, {1, 0}})
  end)
  it("delay as the slope of the phase", function()
    local b, a = dsp.butter(3, 0.3, {output = "ba", dtype = "float64"})
    local sos = dsp.butter(3, 0.3, {dtype = "float64"})
    local w = tensor.new({0.1, 0.5, 0.9, 1.5}, "float64")
    local _, delay = dsp.group_delay(b, a, w)
    local _, of_sections = dsp.group_delay(sos, nil, w)
    expect(of_sections):close(delay, 1e-4)
    for i = 1, 4 do
      local e = 1e-2
      local _, h = dsp.freqz(b, a, tensor.new({w[i] - e, w[i] + e}, "float64"))
      local turn = math.atan(h[2][2], h[2][1]) - math.atan(h[1][2], h[1][1])
      turn = (turn + math.pi) % (2 * math.pi) - math.pi
      expect(-turn / (2 * e)):close(delay[i], 2e-3)
    end
    local _, zero = dsp.group_delay(tensor.new {1, 0, -1}, nil, tensor.new {0, 1})
    expect(zero):close(tensor.new {0, 1})
  end)
  it("rest in their steady state", function()
    local b, a = dsp.cheby1(4, 1, 0.2, {output = "ba", dtype = "float64"})
    local zi = dsp.lfilter_zi(b, a)
    local state = zi:totable()
    local last = 0
    for _ = 1, 50 do  -- transposed form II with ones
      last = b[1] + state[1]
      for k = 1, 4 do state[k] = b[k + 1] - a[k + 1] * last + (state[k + 1] or 0) end
    end
    expect(last):close(10 ^ (-1 / 20), 1e-9)
    expect(tensor.new(state, "float64")):close(zi, 1e-9)
    local one = dsp.lfilter_zi(b, tensor.new({2}, "float64"))
    expect(one[4]):close(b[5] / 2, 1e-12)
  end)
end)

it("designs have the same bits everywhere", function()
  local crc = 0
  local function add(...)
    for _, t in ipairs {...} do crc = sys.crc32(t:tobytes(), crc) end
  end
  local bands = {{"low", 0.3}, {"high", 0.4}, {"band", {0.25, 0.6}}, {"stop", {0.2, 0.55}}}
  for order = 1, 32 do
    for _, band in ipairs(bands) do
      local options = {btype = band[1], dtype = "float64"}
      local sos = dsp.ellip(order, 0.7, 55, band[2], options)
      add(dsp.butter(order, band[2], options), dsp.cheby1(order, 0.7, band[2], options), sos)
      add(dsp.cheby2(order, 55, band[2], options), dsp.sosfilt_zi(sos))
      options.norm = "mag"
      add(dsp.bessel(order, band[2], options))
    end
  end
  local double = {dtype = "float64"}
  add(dsp.iirnotch(0.2, 30, double), dsp.weighting("A", 44100, double))
  add(dsp.rbj("highshelf", 0.2, {gain_db = 7, dtype = "float64"}))
  add(dsp.sosfreqz(dsp.butter(5, {0.1, 0.2}), 100))
  add(dsp.group_delay(dsp.butter(5, {0.1, 0.2}), nil, 100))
  expect(("%08x"):format(crc)):equals "d56a35d4"
end)

describe("impossible designs", function()
  local function refuse(pattern, f, ...)
    local arguments = table.pack(...)
    expect(function() f(table.unpack(arguments, 1, arguments.n)) end):raises(pattern)
  end
  it("are refused by order", function()
    for _, order in ipairs {0, -1, 33, math.maxinteger} do
      refuse("#1 to 'f' (an order of 1 to 32 expected", dsp.butter, order, 0.2)
      refuse("an order of 1 to 32 expected", dsp.ellip, order, 1, 40, 0.2)
    end
    refuse("integer", dsp.butter, 1.5, 0.2)
  end)
  it("are refused by edges", function()
    for _, edge in ipairs {0, 1, -0.1, 2, 0 / 0, 1 / 0} do
      refuse("edges between 0 and half the sample rate", dsp.butter, 2, edge)
      refuse("edges between 0 and half the sample rate", dsp.bessel, 2, {0.1, edge})
    end
    refuse("half the sample rate", dsp.butter, 2, 8000, {sample_rate = 16000})
    refuse("do not ascend", dsp.butter, 2, {0.4, 0.2})
    refuse("do not ascend", dsp.butter, 2, {0.4, 0.4})
    refuse("two edges expected", dsp.butter, 2, 0.2, {btype = "bandpass"})
    refuse("one edge expected", dsp.butter, 2, {0.2, 0.3}, {btype = "lowpass"})
    refuse("a frequency or a table of two", dsp.butter, 2, {0.2})
    refuse("a frequency or a table of two", dsp.butter, 2, "low")
  end)
  it("are refused by ripple and attenuation", function()
    for _, db in ipairs {0, -1, 0 / 0, 1 / 0} do
      refuse("a ripple above 0 dB", dsp.cheby1, 2, db, 0.2)
      refuse("an attenuation above 0 dB", dsp.cheby2, 2, db, 0.2)
    end
    refuse("above the ripple", dsp.ellip, 2, 3, 2, 0.2)
  end)
  it("are refused by option", function()
    refuse("did you mean 'btype'", dsp.butter, 2, 0.2, {type = "lowpass"})
    refuse("norm", dsp.butter, 2, 0.2, {norm = "mag"})
    refuse("btype", dsp.butter, 2, 0.2, {btype = "lopass"})
    refuse("dtype", dsp.butter, 2, 0.2, {dtype = "int8"})
    refuse("sample_rate", dsp.butter, 2, 0.2, {sample_rate = 0})
  end)
  it("are refused when float32 has no such pole", function()
    refuse("section 1: a pole of radius 0.99999997", dsp.butter, 4, 1e-8)
    refuse("section", dsp.butter, 8, {1e-7, 2e-7})
    refuse("section 1: a gain of", dsp.butter, 32, 0.02)
    expect(dsp.butter(4, 1e-5, {dtype = "float64"}):dim(1)):equals(2)
    refuse("denominator", dsp.butter, 6, 0.001, {output = "ba"})
    refuse("pole", dsp.iirnotch, 0.2, 1e8)
  end)
  it("are refused in single sections", function()
    refuse("a frequency between 0 and half", dsp.iirnotch, 1, 30)
    refuse("a quality above 0", dsp.iirnotch, 0.2, 0)
    refuse("a width of frequency / q", dsp.iirpeak, 0.8, 0.5)
    refuse("a frequency between 0 and half", dsp.rbj, "lowpass", 0)
    refuse("invalid option", dsp.rbj, "lowpas", 0.2)
    refuse("a quality above 0", dsp.rbj, "lowpass", 0.2, {q = 0})
    refuse("above 2000 Hz", dsp.weighting, "A", 2000)
    refuse("invalid option", dsp.weighting, "B", 48000)
  end)
  it("have no response or steady state", function()
    refuse("{n, 6}", dsp.sosfreqz, tensor.zeros {2, 5})
    refuse("section 1: a0 is 0", dsp.sosfreqz, tensor.zeros {2, 6})
    refuse("a vector of one or more", dsp.freqz, tensor.zeros {0})
    refuse("1 to 2^24", dsp.freqz, tensor.ones {3}, nil, 0)
    refuse("a pole at 1", dsp.lfilter_zi, tensor.ones {1}, tensor.new {1, -1})
    refuse("section 1: a pole at 1", dsp.sosfilt_zi, tensor.new {{1, 0, 0, 1, -1, 0}})
    refuse("nil next to sections", dsp.group_delay, tensor.ones {1, 6}, tensor.ones {2})
  end)
end)

describe("the gain of a cascade", function()
  -- The response up to each section, as magnitudes at many frequencies.
  local function up_to(sos, k)
    local _, h = dsp.sosfreqz(sos:slice({1, k}, {}):clone(), 1000)
    return dsp.cabs(h)
  end
  it("is shared out so that no section is louder than what came in", function()
    for _, sos in ipairs {dsp.butter(8, 0.1), dsp.ellip(6, 1, 60, {0.2, 0.4}),
      dsp.cheby1(5, 0.5, 0.3, {btype = "highpass"}), dsp.butter(2, 0.3)} do
      local n = #sos
      local scaled = dsp.scale_sections(sos)
      expect(up_to(scaled, n)):close(up_to(sos, n), 1e-5)
      expect(scaled:slice({}, {4, 6})):equals(sos:slice({}, {4, 6}):clone())
      for k = 1, n - 1 do expect(up_to(scaled, k):max()):close(1, 1e-2) end
    end
  end)
  it("fits fixed point then", function()
    local sos = dsp.butter(4, 1000, {sample_rate = 16000})
    expect(dsp.sos, {sections = sos, dtype = "int16"}):raises "see dsp.scale_sections"
    local x = tensor.rand({800}, 3):sub(0.5)
    local exact = dsp.sosfilt(sos, x)
    local scaled = dsp.scale_sections(sos)
    local y = dsp.sos {sections = scaled, dtype = "int16"}:push(dsp.to_q15(x))
    expect(y:astype "float32" / 32768):close(exact, 1e-3)
    local z = dsp.sos {sections = scaled, dtype = "int32"}:push(dsp.to_q31(x))
    expect(z:astype "float64" / 2 ^ 31):close(exact:astype "float64", 1e-6)
  end)
  it("stays where there is no loudest frequency", function()
    local silent = tensor.new {{0, 0, 0, 1, 0, 0}, {1, 0, 0, 1, -0.5, 0}}
    expect(dsp.scale_sections, silent):raises "section 1: a gain of 0"
    expect(dsp.scale_sections, tensor.zeros {2, 5}):raises "{n, 6} expected"
  end)
end)
