local test = require "test"
local describe, it, expect = test.describe, test.it, test.expect
local signature, reference = require "doc.signature", require "doc.reference"
local markdown, html, luals, man =
  require "doc.markdown", require "doc.html", require "doc.luals", require "doc.man"
local highlight = require "doc.highlight".lua

local CLASSES <const> = {tensor = "tensor", model = "nn", block = "dsp"}

local function parse(text, units) return signature.parse(text, units or "", CLASSES, "f") end

-- "x y? options?: table" of what was parsed.
local function show_parameters(parsed)
  local parts = {}
  for i, p in ipairs(parsed.parameters) do
    parts[i] = p.name .. (p.optional and "?" or "") .. ": " .. p.kind
  end
  return table.concat(parts, ", ")
end

local function show_results(parsed)
  local parts = {}
  for i, r in ipairs(parsed.results) do
    parts[i] = (r.name and r.name .. ": " or "") .. r.kind .. (r.more and "..." or "")
  end
  return table.concat(parts, ", ")
end

describe("a signature", function()
  it("tells functions, methods, fields and modules that are one", function()
    local f = parse "dsp.rfft(x) -> tensor"
    expect({f.owner, f.name, f.kind}):equals {"dsp", "rfft", "function"}
    local m = parse "tensor:mean([axis [, out]]) -> number | tensor"
    expect({m.owner, m.name, m.kind}):equals {"tensor", "mean", "method"}
    local d = parse "tensor.shape -> table"
    expect({d.owner, d.name, d.kind}):equals {"tensor", "shape", "field"}
    local h = parse "help([what])"
    expect({h.owner, h.name, h.kind}):equals {"help", "help", "function"}
  end)
  test.each({
    {"f.g()", "", ""},
    {"f.g(x [, n [, out]])", "x: float32 {..., m}; n: points", "x: tensor, n?: integer, out?: tensor"},
    {"f.g(x [, y] [, options])", "", "x: any, y?: any, options?: table"},
    {"f.g([start,] stop [, step] [, dtype])", "",
      "start?: any, stop: any, step?: any, dtype?: string"},
    {"f.g(b | sos [, a])", "b, a: number", "b: number, a?: number"},
    {"f.g(item, ...)", "", "item: any, ...: any"},
    {"f.g([x1, x2, ...])", "", "x1?: any, x2?: any, ...?: any"},
    {"f.g(body)", "body: function(value...) -> boolean", "body: function"},
    {"f.g(on, path, seconds)", "on: boolean", "on: boolean, path: string, seconds: number"},
    {"f.g(x, low, y)", "x: tensor or number; low: a tensor, number or nil; y: an array of 1 to 9",
      "x: tensor | number, low: tensor | number | nil, y: table"},
    {"f.g(model, block)", "", "model: model, block: block"},
  }, "reads the arguments of %s with %s", function(text, units, expected)
    expect(show_parameters(parse(text, units))):equals(expected)
  end)
  test.each({
    {"f.g()", ""},
    {"f.g() -> number | tensor", "number | tensor"},
    {"f.g() -> model | nil, message", "model: model | nil, message: nil | string"},
    {"f.g() -> tensor, tensor", "tensor, tensor"},
    {"f.g() -> time, block", "time: integer, block: any"},
    {"f.g() -> value, ...", "value: any, any..."},
    {"f.g() -> roll: number, pitch: number | tensor",
      "roll: number | tensor, pitch: number | nil"},
    {'f.g() -> true, value | nil, "timeout"', "true | nil, value: any | string"},
    {"f.g() -> tensor | array of strings | nil", "tensor | table | nil"},
    {"f.g() -> {name, ...} | nil, message", "table | nil, message: nil | string"},
  }, "reads the results of %s", function(text, expected)
    expect(show_results(parse(text))):equals(expected)
  end)
end)

describe("options", function()
  local function names(units)
    local parts = {}
    for i, option in ipairs(parse("f.g(x [, options])", units).options) do
      parts[i] = option.name .. ": " .. option.kind
    end
    return table.concat(parts, ", ")
  end
  it("are read behind colons, to the next argument", function()
    expect(names "x: {n}; options: map: boolean; ram: bytes; threads: integer; result: {n}")
      :equals "map: boolean, ram: integer, threads: integer"
    expect(names 'options: dtype: "float32", "int16" (q15) or "int32"; width; max_push')
      :equals "dtype: string, width: any, max_push: any"
    expect(names "options: sample_rate, to: hertz, whole numbers; or up, down; taps: {k}")
      :equals "sample_rate: number, to: number, up: any, down: any, taps: tensor"
  end)
  it("are read with their defaults or in parentheses", function()
    expect(names 'options: window = "hann", nperseg = 256 (samples), padded = true')
      :equals "window: string, nperseg: number, padded: boolean"
    expect(names "options: channels (1 to 64), offset (bytes)"):equals "channels: number, offset: integer"
  end)
  it("may be told elsewhere", function()
    expect(names "options: as for dsp.butter"):equals ""
  end)
end)

-- Records as bindings/help_texts.h tells them.
local function record(...) return "\30" .. table.concat({...}, "\31") .. "\n" end

local TEXTS <const> = record("module m", "", "Makes *things*. And more.", "")
  .. record("m.make(x [, options]) -> thing | nil, message", "x: number; options: a: boolean",
    "Makes one of a < b & c; see `thing:go`, or thing.size.\n\n- first\n- second",
    'print(m.make(1)) --> "<x>"')
  .. record("class thing", "", "What m.make gives.", "")
  .. record("thing:go(...)", "", "Goes.", "t:go()")
  .. record("thing.size -> integer", "bytes", "How large it is.", "")
  .. record("module n", "", "Nothing much.", "")
  .. record("n.and_so(end) -> thing", "", "On.", "n.and_so()")
  .. record("other:do_it()", "", "Does it.", "o:do_it()")

describe("the reference", function()
  local book = reference.read(TEXTS)
  it("has modules, classes and what belongs to them", function()
    expect(#book.modules):equals(2)
    local m, n = book.modules[1], book.modules[2]
    expect(m.entries[1].id):equals "m.make"
    expect(m.classes[1].name):equals "thing"
    expect(m.classes[1].makers):equals {"m.make", "n.and_so"}
    expect({m.classes[1].entries[1].id, m.classes[1].entries[2].id}):equals {"thing:go", "thing.size"}
    expect(n.classes[1].name):equals "other"
    expect(book.ids["thing:go"].example):equals "t:go()"
  end)
  it("splits texts into paragraphs and lists", function()
    expect(reference.paragraphs "One\ntwo.\n\nThree.\n- a\n  b\n- c"):equals {
      {"One two."}, {"Three."}, {items = {"a b", "c"}},
    }
    expect(reference.paragraphs ""):equals {}
    expect(reference.first_sentence "A first\none. A second."):equals "A first one."
  end)
  it("becomes Markdown", function()
    local files = markdown.files(book)
    expect(files["README.md"]):matches "| [`m`](m.md) | Makes \\*things\\*. |"
    expect(files["m.md"]):matches "# m\n\nMakes \\*things\\*. And more.\n"
    expect(files["m.md"]):matches "```\nm.make(x [, options]) -> thing | nil, message\n```"
    expect(files["m.md"]):matches "\n- first\n- second\n"
    expect(files["m.md"]):matches "see `thing:go`"
    expect(files["n.md"]):matches "## Objects: other"
  end)
  it("becomes a page with links, where nothing is taken for markup", function()
    local page = html.page(book, "1 < 2")
    expect(page):matches '<article id="thing:go" data-first="Goes.">'
    expect(page):matches "one of a &lt; b &amp; c"
    expect(page):matches '<a href="#thing:go"><code>thing:go</code></a>'
    expect(page):matches '<a href="#thing.size"><code>thing.size</code></a>'
    expect(page):matches "<span>1 &lt; 2</span>"
    expect(page):matches '--&gt; &quot;&lt;x&gt;&quot;</span>'
    local _, opened = page:gsub("<article", "")
    local _, closed = page:gsub("</article>", "")
    expect(opened):equals(5)
    expect(closed):equals(opened)
  end)
  it("becomes files of the language server that are Lua", function()
    local files = luals.files(book)
    for name, text in pairs(files) do expect(load(text, name)):differs(nil) end
    local m = files["m.lua"]
    expect(m):matches "---@meta m\n"
    expect(m):matches "---@class moonlet.options.m.make\n---@field a? boolean"
    expect(m):matches "---@param x number"
    expect(m):matches "---@param options? moonlet.options.m.make"
    expect(m):matches "---@return moonlet.thing|nil"
    expect(m):matches "---@return nil|string message"
    expect(m):matches "---@field size integer How large it is."
    expect(m):matches "function thing_object:go(...) end"
    expect(files["n.lua"]):matches "function n.and_so(argument1) end"
  end)
end)

describe("the manual page", function()
  local page = man.page([[
tool - a thing

usage: tool [OPTIONS]      a prompt
       tool FILE           runs

Options stand first. What follows
is the script's.

What to run
  -e CODE            some code; \n is
                     two letters
  model verify FILE IN.npz GOLDEN.npz
                     compares

Exit status
  0  fine                               1  not
]], "0.1")
  it("has the sections of --help", function()
    expect(page):matches '^.TH MOONLET 1 "" "Moonlet 0.1"'
    expect(page):matches ".SH NAME\ntool \\- a thing\n.SH SYNOPSIS\n.nf\n"
    expect(page):matches ".SH DESCRIPTION\nOptions stand first. What follows\nis the script's.\n"
    expect(page):matches ".SH WHAT TO RUN\n.TP\n.B \\-e CODE\nsome code; \\en is\ntwo letters\n.TP\n"
    expect(page):matches ".B model verify FILE IN.npz GOLDEN.npz\ncompares\n"
    expect(page):matches ".SH EXIT STATUS\n.nf\n"
  end)
end)

describe("code", function()
  it("is marked by kind", function()
    expect(highlight 'local x = "a" -- b'):equals('<span class="k">local</span> x = '
      .. '<span class="s">&quot;a&quot;</span> <span class="c">-- b</span>')
    expect(highlight "f(0x1F, 2.5e-3) --> 3"):equals('f(<span class="n">0x1F</span>, '
      .. '<span class="n">2.5e-3</span>) <span class="o">--&gt; 3</span>')
  end)
end)
