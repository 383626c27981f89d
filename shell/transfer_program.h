// shell/transfer_program.h - the device's side of a transfer, in Lua.
//
// Lines go both ways as BODY~CRC, the CRC-32 of the body in decimal. A body:
//
//   host                                    device
//   P PATH    write this file               P
//   U SIZE CRC  write the unused slot       U
//   D BLOCK LINE BASE64                     (no answer)
//   Q BLOCK LINES CRC  is it complete?      A BLOCK  or  N BLOCK LINE...  what is missing
//   E SIZE CRC  is all right?               E        file in place
//   G PATH    read this file                G SIZE CRC
//   R BLOCK [LINE...]  send (these lines)   D BLOCK LINE BASE64 ... A BLOCK LINES
//   X         end
//
// and "F MESSAGE" from the device for whatever cannot be done. PATH and MESSAGE are
// base64. Every question may be asked again: what is done is only confirmed then.
#pragma once

namespace moonlet {

// Takes the program itself: lines "N TEXT", each confirmed by "~N"; "0 " starts it. Short,
// because it comes unprotected: any damage to it must leave nothing that runs on.
inline constexpr const char* kTransferLoader =
    R"lua(local t,k={},require"sys".crc32 while 1 do
local b,i,x,c=(io.read()or error()):match"^((%d+) (.*))~(%d+)"
if b and k(b)==c+0 then t[i+0]=x print("~"..i)
if i=="0"then return load(table.concat(t,"\n"))()end
else print"~"end end)lua";

// No line may be much longer than these: each is sent whole, and again when damaged.
inline constexpr const char* kTransferProgram = R"lua(
local sys = require "sys"
local crc = sys.crc32
local code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
code = code .. code:lower() .. "0123456789+/"
local value = {}
for i = 1, 64 do value[code:byte(i)] = i - 1 end

local function decode(s)
  local parts, length = {}, #s * 3 // 4
  s = s .. ("A"):rep(-#s % 4)
  for i = 1, #s, 4 do
    local a, b, c, d = s:byte(i, i + 3)
    local n = value[a] << 18 | value[b] << 12
    n = n | value[c] << 6 | value[d]
    local x, y = n >> 16, n >> 8 & 255
    parts[#parts + 1] = string.char(x, y, n & 255)
  end
  return table.concat(parts):sub(1, length)
end

local function encode(s)
  local parts, length = {}, (#s * 4 + 2) // 3
  s = s .. ("\0"):rep(-#s % 3)
  local function char(n)
    n = (n & 63) + 1
    return code:sub(n, n)
  end
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a << 16 | b << 8 | c
    local x, y = char(n >> 18), char(n >> 12)
    parts[#parts + 1] = x .. y .. char(n >> 6) .. char(n)
  end
  return table.concat(parts):sub(1, length)
end

local function say(...)
  local body = table.concat({...}, " ")
  io.write(body, "~", crc(body), "\n")
end

local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = word end
  return list
end

local function opened(path, mode)
  local file, message = io.open(path, mode)
  return file or error(message, 0)
end

-- Size and CRC of a file as it is stored.
local function check(path)
  local file <close> = opened(path, "rb")
  local size, sum = 0, 0
  for piece in function() return file:read(4096) end do
    size, sum = size + #piece, crc(piece, sum)
  end
  return size, sum
end

-- Where received bytes go.
local sink

local function file_sink(path)
  local part = path .. ".part"
  local file = opened(part, "wb")
  local self = {}
  function self.write(bytes) assert(file:write(bytes)) end
  function self.finish(size, sum)
    assert(file:close())
    local have, got = check(part)
    local right = have == size and got == sum
    if not right then error("the file was damaged", 0) end
    assert(os.rename(part, path))
    part = nil
  end
  function self.drop()
    if io.type(file) == "file" then file:close() end
    if part then os.remove(part) end
  end
  return self
end

local function slot_sink(size, sum)
  local board = require "board"
  local writer = assert(board.update(size, sum))
  local self = {}
  function self.write(bytes) assert(writer:write(bytes)) end
  function self.finish() assert(writer:finish()) end
  function self.drop() end
  return self
end

local block, lines = 1, {}   -- the block to come
local size, sum = 0, 0       -- what has been written
local done = false
local source                 -- the file to send
local answer = {}

-- The line that started this program, said again.
answer["0"] = function() print "~0" end

function answer.P(w)
  if not sink then sink = file_sink(decode(w[2])) end
  say "P"
end

function answer.U(w)
  if not sink then sink = slot_sink(w[2] + 0, w[3] + 0) end
  say "U"
end

function answer.D(w)
  if w[2] + 0 == block then lines[w[3] + 0] = w[4] end
end

function answer.Q(w)
  if w[2] + 0 < block then return say("A", w[2]) end
  local missing = {}
  for i = 1, w[3] do
    if not lines[i] and #missing < 16 then
      missing[#missing + 1] = i
    end
  end
  if #missing > 0 then
    return say("N", w[2], table.unpack(missing))
  end
  for i = 1, w[3] do lines[i] = decode(lines[i]) end
  local bytes = table.concat(lines)
  lines = {}
  if crc(bytes) ~= w[4] + 0 then return say("N", w[2], 1) end
  sink.write(bytes)
  size, sum = size + #bytes, crc(bytes, sum)
  block = block + 1
  say("A", w[2])
end

function answer.E(w)
  if size ~= w[2] + 0 or sum ~= w[3] + 0 then
    error("the blocks are not those of the file", 0)
  end
  if not done then sink.finish(size, sum) end
  done = true
  say "E"
end

function answer.G(w)
  local path = decode(w[2])
  local have, got = check(path)
  source = source or opened(path, "rb")
  say("G", have, got)
end

function answer.R(w)
  source:seek("set", (w[2] - 1) * 4096)
  local bytes = source:read(4096) or ""
  local count = (#bytes + 47) // 48
  local function send(i)
    local from = (i - 1) * 48
    say("D", w[2], i, encode(bytes:sub(from + 1, from + 48)))
  end
  for i = 3, #w do send(w[i] + 0) end
  if #w == 2 then for i = 1, count do send(i) end end
  say("A", w[2], count)
end

-- Until X; what fails is what every later question gets to hear. A line with two Ctrl-C
-- ends it: see below.
local function serve()
  local failure
  while true do
    local text = io.read() or error("no more input", 0)
    if text:find "\3\3" then error("interrupted", 0) end
    local body, mark = text:match "^(.*)~(%d+)"
    if body and crc(body) == mark + 0 then
      local w = words(body)
      if w[1] == "X" then return end
      if not failure then
        local ok, why = pcall(answer[w[1]], w)
        failure = not ok and tostring(why)
      end
      if failure and w[1] ~= "D" then
        say("F", encode(failure))
      end
    end
  end
end

-- A board that looks for Ctrl-C drops what comes faster than it is read. Without, it
-- holds the line back, and a damaged byte that looks like one does no harm. One that waits
-- must not come before what is temporary is gone.
local before = sys.interrupt_char(nil)
local ok, why = pcall(serve)
if source then source:close() end
if sink then sink.drop() end
sys.interrupt_char(before)
if not ok then error(why, 0) end
)lua";

}  // namespace moonlet
