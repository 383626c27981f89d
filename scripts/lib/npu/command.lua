--- `moonlet npu COMMAND FILE`: compiles models for the NPU and looks into those that are. Exit
-- codes: 0 fine, 1 not (no such file, nothing to compile, a stream that is malformed or that a unit
-- would not run), 2 the line makes no sense.

local npu = require "npu"
local complain = require "support.complain"

local USAGE <const> = [[
usage: moonlet npu disasm FILE    the command streams of a compiled model as text
       moonlet npu check FILE     whether a unit would run them as they are meant
       moonlet npu compile FILE -o OUT [--macs N] [--product U55|U65]
                                  an int8 model compiled for a unit, of 128 MACs
                                  unless given]]

local function misuse(text, ...)
  complain("moonlet: npu: " .. text:format(...) .. "\n" .. USAGE)
  os.exit(2)
end

-- Takes words that begin with a dash, and what follows each, out of `words`.
local function take_options(words, known)
  local options, names = {}, {}
  local at = 1
  while at <= #words do
    local word = words[at]
    local name = word:match "^%-" and known[word]
    if word:match "^%-" and not name then misuse("no option %s", word) end
    if name then
      at = at + 1
      options[name] = words[at] or misuse("%s: a value expected", word)
    else
      names[#names + 1] = word
    end
    at = at + 1
  end
  return options, names
end

local COMPILE_OPTIONS <const> = {["-o"] = "target", ["--macs"] = "macs", ["--product"] = "product"}

local function compile(path, options)
  local macs = options.macs and math.tointeger(tonumber(options.macs))
  if not options.target then misuse "-o OUT expected" end
  if options.macs and not macs then
    misuse("--macs: a whole number expected, got '%s'", options.macs)
  end
  local ok, report, message =
    pcall(npu.compile, path, options.target, {macs = macs, product = options.product})
  if not ok then return nil, report end
  return report and tostring(report), message
end

local COMMANDS <const> = {
  disasm = {run = npu.disassemble, options = {}},
  check = {
    run = function(path)
      local fine, message = npu.check(path)
      return fine and "fine", message
    end,
    options = {},
  },
  compile = {run = compile, options = COMPILE_OPTIONS},
}

local words = {...}
local command = COMMANDS[words[1]]
if not command then misuse(words[1] and "no command '%s'" or "a command expected", words[1]) end
local options, names = take_options({table.unpack(words, 2)}, command.options)
if not names[1] then misuse("FILE expected") end
if names[2] then misuse("'%s' is too much", names[2]) end
local text, message, lines = command.run(names[1], options)
if not text then
  if lines then io.write(lines) end
  complain("moonlet: " .. tostring(message))
  os.exit(1)
end
print((text:gsub("\n$", "")))
