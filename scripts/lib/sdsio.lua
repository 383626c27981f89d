--- Streams to and from a host that runs the SDSIO server of Arm's SDS framework.
--
-- The device is the client: it opens streams by name, the host keeps them in the files that
-- module `sds` reads. All goes over one pipe, a table with two methods: `write(bytes)` gives
-- true, or nil and a message; `read(count, seconds)` gives up to `count` bytes as soon as they
-- are there, fewer when the time has passed, or nil and a message once the line is lost.
-- `sdsio.uart()` is the second serial line as a pipe; the server owns it alone.

local arguments = require "support.arguments"
local board, sys = require "board", require "sys"

local sdsio = {}

-- A message is four numbers (command, id, argument, bytes of data) and the data.
local HEADER <const>, HEADER_BYTES <const> = "<I4I4I4I4", 16
local OPEN <const>, CLOSE <const>, WRITE <const>, READ <const>, PING <const>, FLAGS <const>,
  INFO <const> = 1, 2, 3, 4, 5, 6, 7
local LARGEST_DATA <const> = 16 << 20
local LARGEST_READ <const> = 4096
-- The server takes seconds to make room for a stream.
local PATIENCE <const> = 15
local MOST_UNANSWERED <const> = 10  -- INFO messages: then the host is gone
local IDLE_UNKNOWN <const> = 0xFFFFFFFF

-- Bits of `client.flags` that are not the user's (0 to 23).

--- sdsio.start -> integer
-- The bit of `client.flags` that the host sets for a run.
sdsio.start = 1 << 31

--- sdsio.terminate -> integer
-- The bit of `client.flags` that the host sets at the end of all it plays back.
sdsio.terminate = 1 << 30

--- sdsio.playback -> integer
-- The bit of `client.flags` that says: streams are to be read, not written.
sdsio.playback = 1 << 29

--- sdsio.alive -> integer
-- The bit of `client.flags` that is set while the host answers.
sdsio.alive = 1 << 28

--- sdsio.reset -> integer
-- The bit of `client.flags` that the framework calls RESET.
sdsio.reset = 1 << 27

--- sdsio.uart([bits_per_second]) -> pipe
-- The second serial line as a pipe. On the host `moonlet --uart` says what that line is.
-- Units: bits_per_second: as it is, unless given
-- Example:
-- local pipe = sdsio.uart(115200)
-- print(pipe:write "" ) --> true
function sdsio.uart(bits_per_second)
  if bits_per_second then board.uart_speed(bits_per_second) end
  return {
    write = function(_, bytes)
      board.uart_write(bytes)
      return true
    end,
    read = function(_, count, seconds) return board.uart_read(math.min(count, 65536), seconds) end,
  }
end

-- Messages --------------------------------------------------------------------

local Client = {}
local ClientMeta = {__name = "client", __index = Client}

function ClientMeta:__tostring()
  return self.lost and "client, lost: " .. self.lost or ("client, flags %08x"):format(self.flags)
end

-- From now on nothing works: the protocol has no way to find a message's beginning again.
local function lose(client, why)
  client.lost = client.lost or why
  return nil, client.lost
end

local function send(client, command, id, argument, data)
  if client.lost then return nil, client.lost end
  local done, why = client._pipe:write(HEADER:pack(command, id, argument, #data) .. data)
  if not done then return lose(client, why) end
  return true
end

-- Has at least `count` bytes in the buffer by that time; false when they did not come.
local function gather(client, count, deadline)
  while #client._buffer < count do
    local left = math.max(deadline - sys.ticks_us(), 0) / 1e6
    local bytes, why = client._pipe:read(count - #client._buffer, left)
    if not bytes then return lose(client, why or "the line is lost") end
    client._buffer = client._buffer .. bytes
    if bytes == "" and sys.ticks_us() >= deadline then return false end
  end
  return true
end

-- The next message; false when none came by then. Flags are taken in on the way.
local function receive(client, deadline)
  while true do
    local whole, why = gather(client, HEADER_BYTES, deadline)
    if not whole then return whole, why end
    local command, id, argument, size = HEADER:unpack(client._buffer)
    if command < OPEN or command > FLAGS or size > LARGEST_DATA then
      return lose(client, "what came is no message of an SDSIO server")
    end
    whole, why = gather(client, HEADER_BYTES + size, deadline)
    if not whole then return whole, why end
    local data = client._buffer:sub(HEADER_BYTES + 1, HEADER_BYTES + size)
    client._buffer = client._buffer:sub(HEADER_BYTES + size + 1)
    if command ~= FLAGS then
      return {command = command, id = id, argument = argument, data = data}
    end
    client.flags = client.flags & ~argument | id
    client._unanswered = 0
  end
end

-- Sends a message and waits for its answer.
local function request(client, command, id, argument, data)
  local sent, why = send(client, command, id, argument, data)
  if not sent then return nil, why end
  local answer
  answer, why = receive(client, sys.ticks_us() + client._patience_us)
  if not answer then
    return lose(client, why or ("no answer within %g s"):format(client._patience_us / 1e6))
  end
  if answer.command ~= command then
    return lose(client, ("answer %d to message %d"):format(answer.command, command))
  end
  return answer
end

-- Clients ---------------------------------------------------------------------

local CONNECT_OPTIONS <const> = {seconds = "number"}

--- sdsio.connect(pipe [, options]) -> client
-- A client over that pipe; it sends nothing yet. Its field `flags` is what the host has set,
-- `lost` the reason once the host is gone. An answer that does not come within `seconds` means
-- that it is, for the protocol cannot find its way again.
-- Units: pipe: see help "sdsio"; options: seconds (15)
-- Example:
-- local silent = {write = function() return true end, read = function() return "" end}
-- local client = sdsio.connect(silent, {seconds = 0})
-- print(client:ping()) --> nil no answer within 0 s
function sdsio.connect(pipe, options)
  arguments.check(1, "connect", pipe, "table")
  options = arguments.options(2, "connect", options, CONNECT_OPTIONS)
  return setmetatable({flags = 0, lost = false, _pipe = pipe, _buffer = "", _unanswered = 0,
    _patience_us = (options.seconds or PATIENCE) * 1e6}, ClientMeta)
end

--- client:ping() -> true | nil, message
-- Asks the server whether it is there.
-- Units:
-- Example:
-- local lost = {write = function() return nil, "unplugged" end}
-- print(sdsio.connect(lost):ping()) --> nil unplugged
function Client:ping()
  local answer, why = request(self, PING, 0, 0, "")
  if not answer then return nil, why end
  return true
end

--- client:poll([seconds [, idle]]) -> flags | nil, message
-- Tells the host that all is well and takes in its flags, which come about every 100 ms, for
-- up to `seconds`; to be called that often. A run begins when `sdsio.start` is set and ends
-- when it is not any more; `sdsio.playback` says that streams are to be read. nil and a
-- message when ten calls in a row brought nothing: the host is gone.
-- Units: seconds: 0 unless given; idle: % of time the processor had nothing to do
-- Example:
-- local silent = {write = function() return true end, read = function() return "" end}
-- print(sdsio.connect(silent):poll()) --> 0
function Client:poll(seconds, idle)
  local sent, why = send(self, INFO, self.flags, idle or IDLE_UNKNOWN, "")
  if not sent then return nil, why end
  self._unanswered = self._unanswered + 1
  local message
  message, why = receive(self, sys.ticks_us() + (seconds or 0) * 1e6)
  if message then return lose(self, ("message %d without a question"):format(message.command)) end
  if message == nil then return nil, why end
  if self._unanswered > MOST_UNANSWERED then return lose(self, "the host is gone") end
  return self.flags
end

-- Streams ---------------------------------------------------------------------

local Stream = {}
local StreamMeta = {__name = "stream", __index = Stream}

function StreamMeta:__tostring() return ("stream '%s'"):format(self.name) end
function StreamMeta:__close() self:close() end

--- client:open(name [, mode]) -> stream | nil, message
-- Opens a stream on the host, to write ("w") or to read ("r") it. nil and a message when the
-- host refuses: the name is open already or has one of `" * / : < > ? \ |`, or nothing is
-- played back.
-- Units: mode: "w" unless given
-- Example:
-- local silent = {write = function() return true end, read = function() return "" end}
-- print(sdsio.connect(silent, {seconds = 0}):open "accel") --> nil no answer within 0 s
function Client:open(name, mode)
  arguments.check(1, "open", name, "string")
  mode = mode or "w"
  if mode ~= "r" and mode ~= "w" then
    arguments.fail(2, "open", "'r' or 'w' expected, got " .. tostring(mode))
  end
  local answer, why = request(self, OPEN, 0, mode == "w" and 1 or 0, name .. "\0")
  if not answer then return nil, why end
  if answer.id == 0 then return nil, ("the host refuses stream '%s'"):format(name) end
  return setmetatable({name = name, _client = self, _handle = answer.id, _mode = mode,
    _buffer = "", _ended = false}, StreamMeta)
end

local function check_open(stream, mode)
  if not stream._handle then error("the stream is closed", 3) end
  if stream._mode ~= mode then
    error(("stream '%s' is open to %s"):format(stream.name, mode == "r" and "write" or "read"), 3)
  end
end

--- stream:write(time, block) -> true | nil, message
-- Sends a block of samples with the time it belongs to.
-- Units: time: ticks; block: string, not empty
-- Example:
-- local sent = {}
-- local host = {write = function(_, bytes) sent[#sent + 1] = bytes return true end,
--   read = function(_, count) return ("<I4I4I4I4"):pack(1, 7, 1, 0):sub(1, count) end}
-- local stream = sdsio.connect(host):open "accel"
-- print(stream:write(5, "abcd"), #sent[2]) --> true 28
function Stream:write(time, block)
  check_open(self, "w")
  if math.type(time) ~= "integer" then
    arguments.fail(1, "write", "ticks (integer) expected, got " .. arguments.given(time))
  end
  arguments.check(2, "write", block, "string")
  if block == "" then arguments.fail(2, "write", "an empty block") end
  return send(self._client, WRITE, self._handle, 0, ("<I4s4"):pack(time & 0xFFFFFFFF, block))
end

-- Has `count` bytes in the stream's buffer; false at its end.
local function fetch(stream, count)
  while #stream._buffer < count do
    if stream._ended then return false end
    local ask = math.min(math.max(count - #stream._buffer, HEADER_BYTES), LARGEST_READ)
    local answer, why = request(stream._client, READ, stream._handle, ask, "")
    if not answer then return nil, why end
    if answer.id ~= stream._handle or #answer.data > ask then
      return lose(stream._client, "the answer to another question")
    end
    stream._ended = answer.argument == 1
    stream._buffer = stream._buffer .. answer.data
  end
  return true
end

--- stream:read() -> time, block | nil [, message]
-- The next block of a stream that is played back, and its time; nil at the end, nil and a
-- message when the host is gone or the stream ends within a block.
-- Units: time: ticks; block: string
-- Example:
-- local silent = {write = function() return true end, read = function() return "" end}
-- local stream, why = sdsio.connect(silent, {seconds = 0}):open("accel", "r")
-- print(stream) --> nil
function Stream:read()
  check_open(self, "r")
  local whole, why = fetch(self, 8)
  if whole == nil then return nil, why end
  if not whole then
    if self._buffer == "" then return nil end
    return nil, ("stream '%s' ends within a block"):format(self.name)
  end
  local time, size = ("<I4I4"):unpack(self._buffer)
  if size > LARGEST_DATA then return nil, ("a block of %d bytes is too large"):format(size) end
  whole, why = fetch(self, 8 + size)
  if whole == nil then return nil, why end
  if not whole then return nil, ("stream '%s' ends within a block"):format(self.name) end
  local block = self._buffer:sub(9, 8 + size)
  self._buffer = self._buffer:sub(9 + size)
  return time, block
end

--- stream:close() -> true | nil, message
-- Ends the stream; the host then has its file. Safe twice.
-- Units:
-- Example:
-- local host = {write = function() return true end,
--   read = function(_, count) return ("<I4I4I4I4"):pack(1, 7, 1, 0):sub(1, count) end}
-- local stream = sdsio.connect(host):open "accel"
-- print(stream:close(), stream:close()) --> true true
function Stream:close()
  if not self._handle then return true end
  local handle = self._handle
  self._handle = nil
  return send(self._client, CLOSE, handle, 0, "")
end

return sdsio
