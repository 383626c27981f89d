-- The SDSIO client against a server written from the protocol's description: it answers in
-- pieces of any size and puts flags between its answers.

local board, sds, sdsio, test = require "board", require "sds", require "sdsio", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local HEADER <const> = "<I4I4I4I4"
local function message(command, id, argument, data)
  return HEADER:pack(command, id, argument, #(data or "")) .. (data or "")
end

local Server = {}
Server.__index = Server

-- files[name] = bytes: what is played back; written[name] = bytes: what came.
local function new_server(files)
  return setmetatable({files = files or {}, written = {}, open = {}, handles = 0, pings = 0,
    inbox = "", outbox = "", info = {}, flagging = false}, Server)
end

function Server:answer(bytes)
  -- Flags come unasked, before any answer.
  if self.flagging then self.outbox = self.outbox .. message(6, sdsio.alive | 5, 2) end
  self.outbox = self.outbox .. bytes
end

local commands = {}

commands[1] = function(self, _, mode, data)
  local name = data:gsub("%z$", "")
  local refused = name:find '["*/:<>?\\|]' or name == "" or mode == 0 and not self.files[name]
  for _, stream in pairs(self.open) do refused = refused or stream.name == name end
  if refused then return self:answer(message(1, 0, mode)) end
  self.handles = self.handles + 1
  self.open[self.handles] = {name = name, rest = self.files[name]}
  if mode == 1 then self.written[name] = "" end
  self:answer(message(1, self.handles, mode))
end

commands[2] = function(self, handle) self.open[handle] = nil end

commands[3] = function(self, handle, _, data)
  local name = self.open[handle].name
  self.written[name] = self.written[name] .. data
end

commands[4] = function(self, handle, most)
  local stream = self.open[handle]
  local data = stream.rest:sub(1, math.min(most, self.piece or most))
  stream.rest = stream.rest:sub(#data + 1)
  self:answer(message(4, handle, data == "" and 1 or 0, data))
end

commands[5] = function(self)
  self.pings = self.pings + 1
  self:answer(message(5, 0, 1))
end

commands[7] = function(self, flags, idle)
  self.info[#self.info + 1] = {flags, idle}
  if self.flagging then self:answer "" end
end

-- As a pipe.
function Server:write(bytes)
  self.inbox = self.inbox .. bytes
  while #self.inbox >= 16 do
    local command, id, argument, size = HEADER:unpack(self.inbox)
    if #self.inbox < 16 + size then break end
    local data = self.inbox:sub(17, 16 + size)
    self.inbox = self.inbox:sub(17 + size)
    commands[command](self, id, argument, data)
  end
  return true
end

function Server:read(count)
  local most = math.min(count, self.drip or count)
  local bytes = self.outbox:sub(1, most)
  self.outbox = self.outbox:sub(#bytes + 1)
  return bytes
end

local function connect(server) return sdsio.connect(server, {seconds = 0}) end

describe("a client", function()
  it("records and plays back, however the line cuts its bytes", function()
    for _, drip in ipairs {1, 3, 16, 1000} do
      for _, flagging in ipairs {false, true} do
        local records = ("<I4s4"):pack(1, "abcd") .. ("<I4s4"):pack(5, ("x"):rep(5000))
        local server = new_server {accel = records}
        server.drip, server.flagging, server.piece = drip, flagging, drip
        local client = connect(server)
        expect(client:ping()):is_true()
        local input <close>, output = assert(client:open("accel", "r")), nil
        output = assert(client:open "result")
        for time, block in function() return input:read() end do
          expect(output:write(time, block:upper())):is_true()
        end
        expect(input:read()):is_nil()
        expect(output:close()):is_true()
        expect(server.written.result == ("<I4s4"):pack(1, "ABCD")
          .. ("<I4s4"):pack(5, ("X"):rep(5000))):is_true()
        expect(client.flags):equals(flagging and sdsio.alive | 5 or 0)
      end
    end
  end)
  it("takes flags in and tells its own", function()
    local server = new_server()
    local client = connect(server)
    server.outbox = message(6, sdsio.start | sdsio.alive | 3, 0)
    expect(client:poll()):equals(sdsio.start | sdsio.alive | 3)
    server.outbox = message(6, 4, sdsio.start | 1)
    expect(client:poll(0, 60)):equals(sdsio.alive | 6)
    expect(server.info):equals {{0, 0xFFFFFFFF}, {sdsio.start | sdsio.alive | 3, 60}}
  end)
  it("notices that the host is gone", function()
    local client = connect(new_server())
    for _ = 1, 10 do expect(client:poll()):equals(0) end
    expect(client:poll()):fails "the host is gone"
    expect(client:ping()):fails "the host is gone"
    expect(client:open "accel"):fails "the host is gone"
    expect(tostring(client)):equals "client, lost: the host is gone"
  end)
  it("is lost with what is no answer", function()
    for bytes, why in pairs {
      [("x"):rep(16)] = "what came is no message",
      [message(1, 1, 0)] = "answer 1 to message 5",
      [HEADER:pack(5, 0, 1, 0xFFFFFFFF)] = "what came is no message",
      [HEADER:pack(5, 0, 1, 4) .. "ab"] = "no answer within 0 s",
      [("x"):rep(5)] = "no answer within 0 s",
    } do
      local line = {write = function() return true end}
      function line:read(count)
        local part = bytes:sub(1, count)
        bytes = bytes:sub(count + 1)
        return part
      end
      local client = connect(line)
      expect(client:ping()):fails(why)
      expect(client:poll()):fails(why)
    end
    local server = new_server()
    server.outbox = message(5, 0, 1)
    expect(connect(server):poll()):fails "message 5 without a question"
    local broken = {write = function() return nil, "unplugged" end}
    expect(connect(broken):ping()):fails "unplugged"
  end)
end)

describe("a stream", function()
  it("may be refused", function()
    local client = connect(new_server())
    expect(client:open "a/b"):fails "the host refuses stream 'a/b'"
    expect(client:open("accel", "r")):fails "refuses"
    local stream <close> = assert(client:open "accel")
    expect(client:open "accel"):fails "refuses"
    expect(tostring(stream)):equals "stream 'accel'"
  end)
  it("may end within a block, or lie about its size", function()
    local whole = ("<I4s4"):pack(1, "abcd")
    for bytes = 1, #whole - 1 do
      local stream <close> = assert(connect(new_server {a = whole:sub(1, bytes)}):open("a", "r"))
      expect(stream:read()):fails "stream 'a' ends within a block"
    end
    local huge = new_server {a = ("<I4I4"):pack(0, 1 << 30)}
    local stream <close> = assert(connect(huge):open("a", "r"))
    expect(stream:read()):fails "too large"
  end)
  it("refuses the wrong direction and what makes no block", function()
    local client = connect(new_server {a = ""})
    local input <close> = assert(client:open("a", "r"))
    local output = assert(client:open "b")
    expect(input.write, input, 0, "x"):raises "open to read"
    expect(output.read, output):raises "open to write"
    expect(output.write, output, 0.5, "x"):raises "ticks (integer) expected, got 0.5"
    expect(output.write, output, 0, ""):raises "an empty block"
    expect(output.write, output, 0, 5):raises "string expected, got 5"
    expect(client.open, client, "c", "a"):raises "'r' or 'w' expected"
    expect(client.open, client, 5):raises "string expected, got 5"
    output:close()
    expect(output.write, output, 0, "x"):raises "the stream is closed"
  end)
  it("becomes a recording", function()
    local server = new_server()
    local stream = assert(connect(server):open "accel")
    stream:write(3, ("<i2"):pack(-7))
    stream:close()
    local name = test.scratch()
    sds.create(name, {values = {{value = "x", type = "int16_t"}}}):close()
    do
      local file <close> = assert(io.open(name .. ".0.sds", "wb"))
      file:write(server.written.accel)
    end
    local x, times = sds.load(name .. ".0.sds")
    expect(x):equals {{-7}}
    expect(times):equals {0.003}
    os.remove(name .. ".0.sds")
    os.remove(name .. ".sds.yml")
  end)
end)

describe("the second serial line", function()
  it("is a pipe", function()
    local pipe = sdsio.uart(115200)
    if board.name ~= "host" then return expect(pipe:write ""):is_true() end
    board.uart_read()
    expect(pipe:write "hello"):is_true()  -- on the host it comes back
    expect(pipe:read(3, 0.01)):equals "hel"
    expect(pipe:read(100, 0)):equals "lo"
  end)
end)
