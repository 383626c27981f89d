--- The tools behind `moonlet model` on a device: brings the files that the tool reads, has the
-- device run it, and fetches what it shows and writes. Module `device` is the command's own.

local device, sys = require "device", require "sys"
local line, there = require "model.line", require "model.there"
local complain = require "support.complain"

local NS_PER_INSTRUCTION <const> = 32  -- of an emulator that counts them (shell/sim.h)
local RUNS <const>, WARMUP <const> = 10, 1  -- each is like the other there

local function name_of(path) return path:match "[^/]*$" end

-- A value as Lua text on one line.
local function quoted(value)
  if type(value) ~= "table" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  for i, key in ipairs(keys) do parts[i] = key .. " = " .. quoted(value[key]) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

-- What a chunk prints on the device.
local function run(board, code, ...)
  local printed, message = board:run(code:format(...))
  if not printed then error(message, 0) end
  return printed
end

local function read(path)
  local file <close>, message = io.open(path, "rb")
  if not file then error(message, 0) end
  return file:read "a"
end

local function say(text, ...) complain("moonlet: " .. text:format(...)) end

-- Where a file of the host's is on a device at the end of a cable, which is brought it if it has
-- no such file.
local function bring(board, path, number)
  local name, bytes = name_of(path), read(path)
  local found = run(board, "print(require 'model.there'.find(%q, %d, %d) or '')", name, #bytes,
    sys.crc32(bytes)):match "^[^\n]+"
  if found then
    say("%s: is there as %s", path, found)
    return found
  end
  local place = ("%s%d/%s"):format(there.FOLDER, number, name)
  local ok, message = board:put(path, place)
  if not ok then error(message, 0) end
  say("%s: %d bytes brought to %s", path, #bytes, place)
  return place
end

-- The files that the tool reads, in the order of line.paths.
local function files_of(name, options)
  local files = {}
  for _, option in ipairs(line.paths(name, "reads")) do
    if options[option] then files[#files + 1] = {option = option, path = options[option]} end
  end
  return files
end

-- The same options with the paths that they are on the device; what is to be fetched from there.
local function translated(board, name, options, files)
  local given, results = {}, {}
  for option, value in pairs(options) do given[option] = value end
  given.target = nil
  for i, file in ipairs(files) do
    given[file.option] = board:is_emulated() and ("/rom/files/%d/%s"):format(i, name_of(file.path))
      or bring(board, file.path, i)
  end
  for i, option in ipairs(line.paths(name, "writes")) do
    if options[option] then
      given[option] = ("%sresult_%d/%s"):format(there.FOLDER, i, name_of(options[option]))
      results[#results + 1] = {from = given[option], to = options[option]}
    end
  end
  return given, results
end

local TOOL <const> = "local shown, fine = require 'model.tool'(%q, %s) print(fine) print(shown)"

local function fetch(board, from, to)
  local ok, message = board:get(from, to)
  if not ok then error(message, 0) end
end

local function run_tool(board, name, options, files)
  local given, results = translated(board, name, options, files)
  if name == "bench" then
    given.runs, given.warmup = given.runs or RUNS, given.warmup or WARMUP
    given.instruction_ns = board:is_emulated() and NS_PER_INSTRUCTION or nil
  end
  local fine, shown = run(board, TOOL, name, quoted(given)):match "^(%w+)\n(.*)\n$"
  if not shown then error("the device gives no answer", 0) end
  for _, file in ipairs(results) do
    shown = shown:gsub(file.from:gsub("%p", "%%%0"), (file.to:gsub("%%", "%%%%")))
    fetch(board, file.from, file.to)
  end
  return shown, fine == "true"
end

-- The device's layers against the host's, by the tool that compares with recorded ones.
local function diff_with_host(board, options, files)
  local given = translated(board, "diff", options, files)
  local recorded, here = there.FOLDER .. "layers.npz", os.tmpname()
  local gone <close> = setmetatable({}, {__close = function() os.remove(here) end})
  run(board, "require 'model.layers'.record(%s, %q)", quoted(given), recorded)
  fetch(board, recorded, here)
  options.recorded = here
  return require "model.tool"("diff", options)
end

-- What the tool has to show, and whether all is well.
return function(name, options)
  local files, paths = files_of(name, options), {}
  for i, file in ipairs(files) do paths[i] = file.path end
  local board <close> = device.open(options.target, paths, name == "bench")
  if name == "diff" and not options.other then return diff_with_host(board, options, files) end
  return run_tool(board, name, options, files)
end
