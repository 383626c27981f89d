-- Figures as text, recorded for each kind of screen, and how the environment chooses the screen.

local plot, sys, tensor, test = require "plot", require "sys", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect
local figures = require "plot_figures"

-- Runs `body` with these variables and no others, and with a screen of that size or none.
local function with(variables, columns, lines, body)
  local getenv, screen = os.getenv, sys.screen
  os.getenv = function(name) return variables[name] end
  sys.screen = function() return columns, lines end
  local done, result = pcall(body)
  os.getenv, sys.screen = getenv, screen
  if not done then error(result, 0) end
  return result
end

local function all_as_text(options)
  return with({}, nil, nil, function()
    local parts = {}
    for i, entry in ipairs(figures) do parts[i] = entry[1] .. "\n" .. entry[2]():text(options) end
    return table.concat(parts, "\n")
  end)
end

describe("every kind", function()
  it("is drawn in Unicode", function()
    expect(all_as_text {width = 60}):matches(test.golden "unicode")
  end)
  it("is drawn in ASCII", function()
    local text = all_as_text {width = 60, ascii = true}
    expect(text:find "[\x80-\xff\27]"):is_nil()
    expect(text):matches(test.golden "ascii")
  end)
  it("is drawn in 20 columns", function()
    expect(all_as_text {width = 20, height = 6}):matches(test.golden "narrow")
  end)
  it("is drawn in colours", function()
    expect(all_as_text {width = 40, height = 6, color = true}):matches(test.golden "colors")
  end)
  it("has the same characters in colours of ASCII", function()
    local function plain(options)
      return with({TERM = "xterm"}, nil, nil, function()
        return (figures[2][2]():text(options):gsub("\27%[[%d;]*m", ""))
      end)
    end
    expect(plain {ascii = true, color = true}):equals(plain {ascii = true})
  end)
end)

describe("a spectrogram", function()
  it("shows a tone however many bins share a cell", function()
    local tone = (tensor.arange(8000) * (2 * math.pi * 1000 / 8000)):sin()
    local figure = plot.figure():spectrogram(tone, 8000, {window = 1024})
    local text = figure:text {width = 40, height = 5, ascii = true}
    expect(text):matches "@@@@@@@@@@"
    expect(text):matches "%-60 %[.*%] 0 dB"  -- not 1.7e-5
  end)
end)

describe("the screen", function()
  local figure = plot.figure():line {1, 2, 3}

  local function text(variables, columns, lines)
    return with(variables, columns, lines, function() return figure:text() end)
  end
  local function width(...)
    local most = 0
    for line in text(...):gsub("\27%[[%d;]*m", ""):gmatch "[^\n]+" do
      most = math.max(most, utf8.len(line))
    end
    return most
  end
  local function rows(...) return select(2, text(...):gsub("\n", "")) end

  it("is as wide as the terminal, else as $COLUMNS, else 80", function()
    expect(width({}, 50, 24)):equals(50)
    expect(width({COLUMNS = "60"}, 50, 24)):equals(50)
    expect(width {COLUMNS = "60"}):equals(60)
    expect(width {}):equals(80)
    expect(width {COLUMNS = "many"}):equals(80)
    expect(width {COLUMNS = "3"}):equals(20)
    expect(width({}, 7, 24)):equals(20)
    expect(width {COLUMNS = "99999"}):equals(1000)
  end)
  it("is drawn higher where there are more lines", function()
    expect(rows({}, 80, 24)):equals(rows {})
    expect(rows({}, 80, 50) > rows {}):is_true()
    expect(rows({}, 80, 5) < rows {}):is_true()
  end)
  it("is ASCII where a locale without UTF-8 is set", function()
    for _, variables in ipairs {{LC_ALL = "C"}, {LANG = "de_DE.ISO-8859-1"}, {LC_CTYPE = "POSIX"},
        {LC_ALL = "C", LANG = "en_US.UTF-8"}} do
      expect(text(variables):find "[\x80-\xff]"):is_nil()
    end
    for _, variables in ipairs {{}, {LC_ALL = "C.UTF-8", LANG = "C"},
        {LC_ALL = "", LANG = "de_DE.utf8"}} do
      expect(text(variables)):matches "[\x80-\xff]"
    end
  end)
  it("has colours on a terminal that knows some", function()
    local function escapes(...) return text(...):match "\27%[[%d;]+m" end
    expect(escapes({TERM = "xterm-256color"}, 80, 24)):equals "\27[0;38;5;38m"
    expect(escapes({TERM = "xterm"}, 80, 24)):equals "\27[0;38;5;4m"
    expect(escapes({TERM = "dumb"}, 80, 24)):is_nil()
    expect(escapes({}, 80, 24)):is_nil()
    expect(escapes({TERM = "xterm", NO_COLOR = "1"}, 80, 24)):is_nil()
    expect(escapes {TERM = "xterm-256color"}):is_nil()  -- a pipe
  end)
  it("paints with all colours where they are known", function()
    local image = plot.figure():image {{0.5}}
    local function paint(variables)
      return with(variables, 80, 24, function() return image:text() end)
    end
    expect(paint {TERM = "xterm", COLORTERM = "truecolor"}):matches "48;2;128;128;128m"
    expect(paint {TERM = "xterm-256color"}):matches "48;5;102m"
    expect(paint {TERM = "xterm"}):matches "▒"
  end)
end)
