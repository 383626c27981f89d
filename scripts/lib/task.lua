--- Tasks that take turns: coroutines that sleep, wait for each other, for channels and for the serial line.
--
-- A task runs until it waits; then others do. While all wait the machine idles. A task that fails
-- ends what waits for it, with its own traceback; if nothing does, it ends `task.run`.

local board, sys = require "board", require "sys"

local task = {}

local PIECE <const> = 0.002  -- seconds of a look outside while somebody waits for it
local NOTHING <const> = {n = 0}

local current          -- the running task; nil outside
local ready = {}       -- tasks to resume, in order, from ready.first to ready.last
ready.first, ready.last = 1, 0
local timers = {}      -- {time, order, wake}, a heap: the earliest first
local order = 0        -- of timers: those of one time fire as they were set
local listeners = {}   -- of tasks that wait for what comes from outside, in order
local failures = {}    -- tasks that failed and that nothing has waited for yet
local living, spawned = 0, 0
local run_until        -- the loop, below
local idle_us = 0

-- Timers ----------------------------------------------------------------------

local function earlier(a, b)
  if a.time ~= b.time then return a.time < b.time end
  return a.order < b.order
end

local function set_timer(time, wake)
  order = order + 1
  local timer = {time = time, order = order, wake = wake}
  local at = #timers + 1
  timers[at] = timer
  while at > 1 and earlier(timer, timers[at // 2]) do
    timers[at] = timers[at // 2]
    at = at // 2
  end
  timers[at] = timer
  return timer
end

-- Takes the earliest off.
local function next_timer()
  local first, last = timers[1], table.remove(timers)
  if #timers == 0 then return first end
  local at = 1
  while 2 * at <= #timers do
    local child = 2 * at
    if child < #timers and earlier(timers[child + 1], timers[child]) then child = child + 1 end
    if not earlier(timers[child], last) then break end
    timers[at] = timers[child]
    at = child
  end
  timers[at] = last
  return first
end

-- Tasks -----------------------------------------------------------------------

local Task = {}
local TaskMeta = {__name = "task", __index = Task}

function TaskMeta:__tostring() return self.name .. ", " .. self.state end

local function make_ready(t, ...)
  t.values = select("#", ...) > 0 and table.pack(...) or NOTHING
  ready.last = ready.last + 1
  ready[ready.last] = t
end

local function go_on(t, ...)
  t.forget = nil
  if t.cancelled then error(t.cancelled, 0) end
  return ...
end

-- Lets others run until somebody wakes this task; gives what it was woken with. `forget` is called
-- when the task is cancelled meanwhile.
local function park(forget)
  current.forget = forget
  return go_on(current, coroutine.yield())
end

-- Resumes a parked task once; later calls do nothing.
local function waker(t)
  local pending = true
  return function(...)
    if not pending then return false end
    pending = false
    make_ready(t, ...)
    return true
  end
end

local function need_task(what)
  if not current then error(what .. " outside of a task (task.run runs one)", 3) end
end

local function finish(t, ok, ...)
  t.state = ok and "done" or "failed"
  t.values, t.thread = table.pack(...), nil
  living = living - 1
  local waiting = t.waiting
  t.waiting = {}
  for _, wake in ipairs(waiting) do wake() end
  if not ok and #waiting == 0 and not t.cancelled then failures[#failures + 1] = t end
end

-- What a task did once it was resumed.
local function settle(t, ok, ...)
  current = nil
  if coroutine.status(t.thread) ~= "dead" then
    t.state = "waiting"
  elseif ok then
    finish(t, true, ...)
  else
    local message = ...
    if type(message) == "string" then
      message = sys.traceback(message .. "\nin " .. t.name, t.thread)
    end
    coroutine.close(t.thread)  -- what it left open
    finish(t, false, message)
  end
end

local function resume(t)
  if t.cancelled and t.state == "ready" then return finish(t, false, t.cancelled) end
  local values = t.values
  current, t.state = t, "running"
  settle(t, coroutine.resume(t.thread, table.unpack(values, 1, values.n)))
end

--- task.spawn(body, ...) -> task
-- A task that calls `body` with these arguments once it is its turn. Its field `name` is what
-- messages call it, at first `task` and a number.
-- Units: body: function
-- Example:
-- local task = require "task"
-- local t = task.spawn(function(n) return n * 2 end, 21)
-- print(task.wait(t)) --> 42
function task.spawn(body, ...)
  if type(body) ~= "function" then
    error("bad argument #1 to 'spawn' (function expected, got " .. type(body) .. ")", 2)
  end
  local t = setmetatable({thread = coroutine.create(body), state = "ready", waiting = {}}, TaskMeta)
  living = living + 1
  spawned = spawned + 1
  t.name = "task " .. spawned
  make_ready(t, ...)
  return t
end

--- task.sleep(seconds)
-- Lets other tasks run for so long. Outside of a task it waits as sys.sleep does.
-- Units:
-- Example:
-- task.run(function() task.sleep(0.001) end)
function task.sleep(seconds)
  if not current then return sys.sleep(seconds) end
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds <= 1e9) then
    error("bad argument #1 to 'sleep' (seconds from 0 to 1e9 expected)", 2)
  end
  local wake = waker(current)
  local timer = set_timer(sys.ticks_us() + math.floor(seconds * 1e6), wake)
  park(function() timer.wake = nil end)
end

--- task.every(seconds, body) -> task
-- A task that calls `body` again and again, at multiples of that time from now, until it gives
-- false or the task is cancelled. A call that takes longer leaves out the times it missed.
-- Units: body: function() -> boolean
-- Example:
-- local task = require "task"
-- local count = 0
-- task.wait(task.every(0.001, function()
--   count = count + 1
--   return count < 3
-- end))
-- print(count) --> 3
function task.every(seconds, body)
  if type(seconds) ~= "number" or not (seconds > 0 and seconds <= 1e9) then
    error("bad argument #1 to 'every' (seconds above 0, up to 1e9, expected)", 2)
  end
  return task.spawn(function()
    local step = math.max(math.floor(seconds * 1e6), 1)
    local at = sys.ticks_us() + step
    while true do
      task.sleep(math.max(at - sys.ticks_us(), 0) / 1e6)
      if body() == false then return end
      at = at + math.max((sys.ticks_us() - at) // step + 1, 1) * step
    end
  end)
end

-- What a task gave; raises what it failed with.
local function outcome(t)
  if t.state == "failed" then
    for i, failed in ipairs(failures) do
      if failed == t then table.remove(failures, i) break end
    end
    error(t.values[1], 0)
  end
  return table.unpack(t.values, 1, t.values.n)
end

--- task.wait(t) -> value, ...
-- Waits until a task has ended and gives what its body returned; raises what it failed with,
-- with its traceback. Outside of a task it runs all tasks until then.
-- Units: t: task
-- Example:
-- local task = require "task"
-- local t = task.spawn(function() error("no signal", 0) end)
-- local _, message = pcall(task.wait, t)
-- print(message:match "[^\n]*") --> no signal
function task.wait(t)
  if getmetatable(t) ~= TaskMeta then
    error("bad argument #1 to 'wait' (task expected, got " .. type(t) .. ")", 2)
  end
  if t == current then error("a task cannot wait for itself", 2) end
  if t.thread then
    if not current then
      t.waiting[#t.waiting + 1] = function() end
      run_until(function() return t.thread == nil end)
    else
      local wake = waker(current)
      t.waiting[#t.waiting + 1] = wake
      park()
    end
  end
  return outcome(t)
end

--- task:cancel([reason])
-- Ends a task where it waits: there an error is raised, so that its <close> variables close. A
-- task that has ended stays as it is.
-- Units: reason: text, "cancelled" unless given
-- Example:
-- local task = require "task"
-- local t = task.every(0.001, function() end)
-- t:cancel()
-- print(pcall(task.wait, t)) --> false cancelled
function Task:cancel(reason)
  if not self.thread or self.cancelled then return end
  self.cancelled = reason or "cancelled"
  if self == current then error(self.cancelled, 0) end
  if self.forget then self.forget() end
  if self.state == "waiting" then make_ready(self) end
end

--- task.with_timeout(seconds, body, ...) -> true, value, ... | nil, "timeout"
-- Calls `body` as a task and gives what it returns; cancels it when that takes longer.
-- Units: body: function
-- Example:
-- local task = require "task"
-- task.run(function()
--   print(task.with_timeout(0.001, task.sleep, 1)) --> nil timeout
--   print(task.with_timeout(1, math.max, 1, 2)) --> true 2
-- end)
function task.with_timeout(seconds, body, ...)
  need_task "with_timeout"
  local t = task.spawn(body, ...)
  local wake = waker(current)
  t.waiting[#t.waiting + 1] = function() wake "ended" end
  local timer = set_timer(sys.ticks_us() + math.floor(seconds * 1e6), function()
    wake "timeout"
  end)
  local why = park(function()
    timer.wake = nil
    t:cancel()
  end)
  timer.wake = nil
  if why == "ended" then return true, outcome(t) end
  t:cancel "timeout"
  return nil, "timeout"
end

-- Channels --------------------------------------------------------------------

local Channel = {}
local ChannelMeta = {__name = "channel", __index = Channel}

function ChannelMeta:__tostring()
  return ("channel, %d waiting%s"):format(#self.values, self.closed and ", closed" or "")
end

--- task.channel([capacity]) -> channel
-- A queue between tasks: `send` waits while it holds so many values, `receive` while it holds
-- none.
-- Units: capacity: values, 1 unless given
-- Example:
-- local task = require "task"
-- local numbers = task.channel(2)
-- task.spawn(function()
--   for i = 1, 3 do numbers:send(i) end
--   numbers:close()
-- end)
-- task.run(function()
--   for n in numbers:each() do print(n) end
--   --> 1
--   --> 2
--   --> 3
-- end)
function task.channel(capacity)
  capacity = capacity == nil and 1 or capacity
  if math.type(capacity) ~= "integer" or capacity < 1 then
    error("bad argument #1 to 'channel' (a capacity of 1 or more expected)", 2)
  end
  return setmetatable({values = {}, capacity = capacity, senders = {}, receivers = {}}, ChannelMeta)
end

-- Wakes the first of a list that still waits.
local function wake_first(list)
  while #list > 0 do
    if table.remove(list, 1)() then return end
  end
end

local function forget_in(list, wake)
  return function()
    for i, other in ipairs(list) do
      if other == wake then return table.remove(list, i) end
    end
  end
end

--- channel:send(value)
-- Adds a value at the end; waits while the channel is full. Raises once it is closed.
-- Units:
-- Example:
-- local channel = require "task".channel()
-- channel:send(5)
-- print(channel) --> channel, 1 waiting
function Channel:send(value)
  if value == nil then error("bad argument #1 to 'send' (nil would end the channel)", 2) end
  while not self.closed and #self.values >= self.capacity do
    need_task "send to a full channel"
    local wake = waker(current)
    table.insert(self.senders, wake)
    park(forget_in(self.senders, wake))
  end
  if self.closed then error("the channel is closed", 2) end
  table.insert(self.values, value)
  wake_first(self.receivers)
end

--- channel:receive() -> value | nil
-- The first value; waits while there is none. nil once the channel is closed and empty.
-- Units:
-- Example:
-- local channel = require "task".channel()
-- channel:send(5)
-- print(channel:receive()) --> 5
function Channel:receive()
  while #self.values == 0 and not self.closed do
    need_task "receive from an empty channel"
    local wake = waker(current)
    table.insert(self.receivers, wake)
    park(forget_in(self.receivers, wake))
  end
  local value = table.remove(self.values, 1)
  wake_first(self.senders)
  return value
end

--- channel:close()
-- No more values come: who waits for one gets nil, who sends gets an error.
-- Units:
-- Example:
-- local channel = require "task".channel()
-- channel:close()
-- print(channel:receive()) --> nil
function Channel:close()
  self.closed = true
  while #self.receivers > 0 do wake_first(self.receivers) end
  while #self.senders > 0 do wake_first(self.senders) end
end

--- channel:each() -> iterator
-- All values up to the end.
-- Units:
-- Example:
-- local channel = require "task".channel(2)
-- channel:send "a"
-- channel:close()
-- for word in channel:each() do print(word) end --> a
function Channel:each() return function() return self:receive() end end

--- task.select(channels [, seconds]) -> channel, value | nil, "timeout"
-- Waits for the first channel that has a value, or is closed, and receives from it: which one it
-- was, and the value. Earlier ones come first when several have.
-- Units: channels: list; seconds: for ever unless given
-- Example:
-- local task = require "task"
-- local a, b = task.channel(), task.channel()
-- b:send "hello"
-- task.run(function()
--   local channel, value = task.select {a, b}
--   print(channel == b, value) --> true hello
--   print(task.select({a, b}, 0.001)) --> nil timeout
-- end)
function task.select(channels, seconds)
  need_task "select"
  local timer, late
  while true do
    for _, channel in ipairs(channels) do
      if #channel.values > 0 or channel.closed then
        if timer then timer.wake = nil end
        return channel, channel:receive()
      end
    end
    if late then return nil, "timeout" end
    local wake = waker(current)
    local forgets = {}
    for i, channel in ipairs(channels) do
      table.insert(channel.receivers, wake)
      forgets[i] = forget_in(channel.receivers, wake)
    end
    local function forget() for _, each in ipairs(forgets) do each() end end
    if timer then
      timer.wake = function() late = wake() end
    elseif seconds then
      timer = set_timer(sys.ticks_us() + math.floor(seconds * 1e6), function() late = wake() end)
    end
    park(forget)
    forget()
  end
end

-- What comes from outside -------------------------------------------------------

-- Of what look(seconds) gives, who looks for so long and is called until there is something.
local function new_listener(look)
  local listener = {look = look}
  function listener.forget()
    for i, other in ipairs(listeners) do
      if other == listener then return table.remove(listeners, i) end
    end
  end
  return listener
end

-- Waits for what a listener finds.
local function listen(listener)
  listener.task = current
  table.insert(listeners, listener)
  park(listener.forget)
  return listener.found
end

-- Looks at all that is waited for; only at the first for as long as nothing else is to do.
local function look_outside(seconds)
  local i = 1
  while listeners[i] do
    local listener = listeners[i]
    listener.found = listener.look(seconds)
    seconds = 0
    if listener.found then
      table.remove(listeners, i)
      make_ready(listener.task)
    else
      i = i + 1
    end
  end
end

--- task.uart_read([count]) -> bytes
-- Up to so many bytes of the second serial line, as soon as there are any. Tasks that read take
-- turns.
-- Units: count: bytes, 65536 unless given
-- Example:
-- local board, task = require "board", require "task"
-- if board.name == "host" then
--   board.uart_read()
--   task.spawn(function() board.uart_write "ping" end)
--   task.run(function() print(task.uart_read(4)) end) --> ping
-- end
function task.uart_read(count)
  need_task "uart_read"
  count = count or 65536
  local bytes = board.uart_read(count)
  if bytes ~= "" then return bytes end
  return listen(new_listener(function(seconds)
    local first = board.uart_read(1, seconds)
    return first ~= "" and first .. board.uart_read(count - 1)
  end))
end

-- Lets the others run that can.
local function give_way()
  local timer = timers[1]
  if ready.first > ready.last and not (timer and timer.time <= sys.ticks_us()) then return end
  make_ready(current)
  park()
end

--- task.frames(source, n [, hop]) -> iterator
-- The pieces of a source (see `source:frames`), between which other tasks run, and while it
-- waits for samples of a serial line. Allocates nothing after the first.
-- Units: source: what audio.open or audio.pcm gives; n, hop: number of frames
-- Example:
-- local audio, board, task = require "audio", require "board", require "task"
-- if board.name == "host" then
--   board.uart_read()
--   task.spawn(function() board.uart_write(("<i2i2"):pack(16384, -16384)) end)
--   task.run(function()
--     for x in task.frames(audio.pcm {from = "uart"}, 2) do
--       print(x[1], x[2]) --> 0.5 -0.5
--       break
--     end
--   end)
-- end
function task.frames(source, n, hop)
  need_task "frames"
  local ok, there
  local listener = new_listener(function(seconds)
    ok, there = pcall(source.ready, source, seconds)
    return not ok or there ~= 0
  end)
  local frames = source:frames(n, hop, function()
    listen(listener)
    if not ok then error(there, 0) end
    return there
  end)
  return function()
    give_way()
    return frames()
  end
end

-- The loop --------------------------------------------------------------------

-- Seconds until something can happen; nil when nothing ever will.
local function patience()
  while timers[1] and not timers[1].wake do next_timer() end
  if ready.first <= ready.last then return 0 end
  if timers[1] then return math.max(timers[1].time - sys.ticks_us(), 0) / 1e6 end
  return #listeners > 0 and math.huge or nil
end

local function idle(seconds)
  local began = sys.ticks_us()
  if #listeners > 0 then
    look_outside(math.min(seconds, PIECE))
  elseif seconds > 0 then
    sys.sleep(seconds)
  end
  if seconds > 0 then idle_us = idle_us + sys.ticks_us() - began end
end

-- Runs tasks until done() is true, nothing is left to do, or a task failed that nobody waited for.
function run_until(done)
  while not done() do
    local seconds = patience()
    if not seconds then return false end
    if seconds > 0 or #listeners > 0 then idle(seconds) end
    while timers[1] and (not timers[1].wake or timers[1].time <= sys.ticks_us()) do
      local timer = next_timer()
      if timer.wake then timer.wake() end
    end
    if ready.first <= ready.last then
      local t = ready[ready.first]
      ready[ready.first] = nil
      ready.first = ready.first + 1
      if t.thread then resume(t) end
    end
    local failed = table.remove(failures, 1)
    if failed and not done() then error(failed.values[1], 0) end
  end
  return true
end

--- task.run([body, ...]) -> value, ...
-- Runs tasks: until `body`, a task of its own, returns, or without one until none is left. The
-- other tasks stay where they are. Raises what a task failed with that nothing waits for, and
-- says so when all wait for each other.
-- Units: body: function
-- Example:
-- local task = require "task"
-- print(task.run(function() return "done" end)) --> done
function task.run(body, ...)
  if current then error("task.run inside of a task", 2) end
  if body == nil then
    if not run_until(function() return living == 0 end) then
      error(living .. " tasks wait for something that nobody does", 2)
    end
    return
  end
  local t = task.spawn(body, ...)
  t.waiting[1] = function() end
  if not run_until(function() return t.thread == nil end) then
    error("all tasks wait for something that nobody does", 2)
  end
  return outcome(t)
end

--- task.idle() -> seconds
-- How long the machine has idled so far because all tasks waited.
-- Units:
-- Example:
-- local task = require "task"
-- local before = task.idle()
-- task.run(task.sleep, 0.002)
-- print(task.idle() - before >= 0.001) --> true
function task.idle() return idle_us / 1e6 end

return task
