-- Tasks that take turns: order, time, channels, failures, cancelling, the serial line, sound.

local audio, board, sys = require "audio", require "board", require "sys"
local task, tensor, test = require "task", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- A list that tasks write to, and what it holds as text.
local function log()
  local entries = {}
  return function(...)
    if select("#", ...) == 0 then return table.concat(entries, " ") end
    entries[#entries + 1] = table.concat({...}, " ")
  end
end

describe("spawn and wait", function()
  it("hands arguments in and results out", function()
    local t = task.spawn(function(a, b) return a + b, nil, "x" end, 1, 2)
    expect(table.pack(task.wait(t))):equals {3, nil, "x", n = 3}
    expect(table.pack(task.wait(t)).n):equals(3)
    expect(task.run(function(...) return select("#", ...) end, nil, nil)):equals(2)
  end)
  it("lets tasks run in the order they were spawned, up to where they wait", function()
    local note = log()
    for _, name in ipairs {"a", "b", "c"} do
      task.spawn(function()
        note(name, 1)
        task.sleep(0)
        note(name, 2)
      end)
    end
    task.run()
    expect(note()):equals "a 1 b 1 c 1 a 2 b 2 c 2"
  end)
  it("waits inside of tasks too", function()
    expect(task.run(function()
      local inner = task.spawn(function()
        task.sleep(0.001)
        return 7
      end)
      return task.wait(inner) + task.wait(inner)
    end)):equals(14)
  end)
  it("says what is wrong with its arguments", function()
    expect(task.spawn, 1):raises "function expected, got number"
    expect(task.wait, {}):raises "task expected, got table"
    expect(task.channel, 0):raises "a capacity of 1 or more"
    expect(task.every, 0, print):raises "seconds above 0"
    expect(task.run, function() task.sleep(-1) end):raises "seconds from 0"
    expect(task.run, function() task.run(print) end):raises "task.run inside of a task"
    expect(task.select, {}):raises "select outside of a task"
    expect(task.run, function()
      local me
      me = task.spawn(function() task.wait(me) end)
      task.wait(me)
    end):raises "cannot wait for itself"
  end)
  it("notices that all wait for each other", function()
    expect(task.run, function() task.channel():receive() end):raises "all tasks wait"
  end)
end)

describe("time", function()
  it("wakes the earliest first, whatever the order of asking", function()
    local note = log()
    for _, ms in ipairs {9, 3, 6, 1, 3} do
      task.spawn(function()
        task.sleep(ms / 1000)
        note(ms)
      end)
    end
    task.run(task.sleep, 0.02)
    expect(note()):equals "1 3 3 6 9"
  end)
  it("repeats without drifting and leaves out what it missed", function()
    local count, began = 0, sys.ticks_us()
    task.wait(task.every(0.002, function()
      count = count + 1
      if count == 2 then sys.sleep(0.007) end
      return count < 4
    end))
    assert(sys.ticks_us() - began >= 12000)
    expect(count):equals(4)
  end)
  it("counts the time in which all wait", function()
    local before = task.idle()
    task.run(task.sleep, 0.005)
    local idled = task.idle() - before
    assert(idled > 0.004 and idled < 5, idled)
  end)
  it("gives up on what takes too long", function()
    task.run(function()
      local note = log()
      local ok, why = task.with_timeout(0.002, function()
        local _ <close> = setmetatable({}, {__close = function() note "closed" end})
        task.sleep(10)
      end)
      expect(ok):is_nil()
      expect(why):equals "timeout"
      task.sleep(0)
      expect(note()):equals "closed"
      expect(table.pack(task.with_timeout(5, function(x) return x, x end, 3))):equals {true, 3, 3, n = 3}
      expect(task.with_timeout, 5, error, "broken"):raises "broken"
    end)
  end)
end)

describe("channels", function()
  it("hold back who sends to a full one", function()
    local note, channel = log(), task.channel(2)
    task.spawn(function()
      for i = 1, 5 do
        channel:send(i)
        note("sent", i)
      end
      channel:close()
    end)
    task.run(function()
      task.sleep(0.001)
      note "reads"
      local sum = 0
      for n in channel:each() do sum = sum + n end
      expect(sum):equals(15)
    end)
    expect(note()):matches "^sent 1 sent 2 reads "
  end)
  it("serve those who wait in their order", function()
    local note, channel = log(), task.channel()
    for _, name in ipairs {"a", "b"} do
      task.spawn(function() note(name, channel:receive()) end)
    end
    task.run(function()
      task.sleep(0)
      channel:send(1)
      channel:send(2)
      task.sleep(0)
    end)
    expect(note()):equals "a 1 b 2"
  end)
  it("end for all when they close", function()
    local channel = task.channel()
    local t = task.spawn(function() return channel:receive() end)
    task.run(function()
      task.sleep(0)
      channel:close()
    end)
    expect(task.wait(t)):is_nil()
    expect(channel.send, channel, 1):raises "the channel is closed"
    expect(channel.send, channel):raises "nil would end the channel"
    expect(tostring(channel)):equals "channel, 0 waiting, closed"
  end)
  it("are selected from, in order, with a time limit", function()
    task.run(function()
      local a, b = task.channel(), task.channel()
      task.spawn(function()
        task.sleep(0.001)
        b:send "late"
      end)
      local channel, value = task.select({a, b}, 5)
      expect(channel == b):is_true()
      expect(value):equals "late"
      expect(select(2, task.select({a, b}, 0.001))):equals "timeout"
      a:send(1)
      b:send(2)
      expect(task.select {a, b} == a):is_true()
      a:close()
      expect(select(2, task.select {a})):is_nil()
    end)
  end)
end)

describe("failures", function()
  it("reach who waits, with the task's own traceback", function()
    local function deep() error "no signal" end
    local t = task.spawn(function()
      task.sleep(0)
      deep()
    end)
    local ok, why = pcall(task.wait, t)
    expect(ok):is_false()
    expect(why):matches "no signal\nin task "
    expect(why):matches "in upvalue 'deep'"
    expect(tostring(t)):matches "^task %d+, failed$"
  end)
  it("end the run when nobody waits", function()
    task.spawn(function() error("lost", 0) end)
    expect(task.run, task.sleep, 1):raises "^lost\nin task "
  end)
  it("keep values that are no text", function()
    local problem = {}
    local ok, why = pcall(task.wait, task.spawn(error, problem))
    expect(ok):is_false()
    expect(rawequal(why, problem)):is_true()
  end)
  it("leave the others where they were", function()
    local t = task.spawn(function()
      task.sleep(0.003)
      return "still here"
    end)
    task.spawn(error, "first")
    expect(task.run, task.sleep, 1):raises "first"
    expect(task.wait(t)):equals "still here"
  end)
end)

describe("cancel", function()
  it("ends a task where it waits", function()
    task.run(function()
      local note, channel = log(), task.channel()
      local waits = {
        function() task.sleep(10) end, function() channel:receive() end,
        function() task.wait(task.spawn(task.sleep, 10)) end,
        function() task.select({channel}, 10) end,
      }
      for _, body in ipairs(waits) do
        local t = task.spawn(function()
          local _ <close> = setmetatable({}, {__close = function() note "closed" end})
          body()
          note "went on"
        end)
        task.sleep(0)
        t:cancel()
        task.sleep(0)
        expect(task.wait, t):raises "cancelled"
      end
      expect(note()):equals "closed closed closed closed"
      channel:send "nobody took it"
      expect(channel:receive()):equals "nobody took it"
    end)
  end)
  it("ends one that has not begun, and lets one that has ended be", function()
    local ran = false
    local t = task.spawn(function() ran = true end)
    t:cancel "no need"
    expect(task.wait, t):raises "no need"
    expect(ran):is_false()
    local done = task.spawn(function() return 1 end)
    expect(task.wait(done)):equals(1)
    done:cancel()
    expect(task.wait(done)):equals(1)
  end)
end)

describe("the serial line", function()
  it("wakes who reads", function()
    if board.name ~= "host" then return expect(board.uart_read()):equals "" end
    board.uart_read()
    local note = log()
    task.spawn(function() note(task.uart_read(4)) end)
    task.spawn(function() note(task.uart_read(1)) end)
    task.spawn(function() note(task.uart_read()) end)
    task.run(function()
      task.sleep(0.001)
      board.uart_write "ping!all the rest"
      task.sleep(0.01)
    end)
    expect(note()):equals "ping ! all the rest"
  end)
end)

-- A source of the second serial line that ends after so long a silence.
local function line(milliseconds)
  if board.name == "host" then board.uart_read() end
  return audio.pcm {from = "uart", milliseconds = milliseconds}
end

describe("sources", function()
  local path <const> = test.scratch ".wav"

  it("let others run between their frames", function()
    assert(audio.save(path, tensor.arange(8) / 8, 8000))
    local source <close> = assert(audio.open(path))
    local note = log()
    local other = task.spawn(function()
      while true do
        note "other"
        task.sleep(0)
      end
    end)
    task.run(function()
      for x in task.frames(source, 3, 2) do note(x[1]) end
    end)
    other:cancel()
    expect(note()):matches "0.0 other 0.25 other 0.5 other"
  end)
  it("wake who listens, bit by bit", function()
    if board.name ~= "host" then return expect(line(0):ready()):is_nil() end
    local sums, source = {}, line(1000)
    local bytes = ("<i2i2i2i2i2i2"):pack(1, 2, 3, 4, 5, 6)
    task.run(function()
      task.spawn(function()
        for i = 1, #bytes do
          board.uart_write(bytes:sub(i, i))
          task.sleep(0.0005)
        end
      end)
      for x in task.frames(source, 2) do
        sums[#sums + 1] = x:sum() * 0x1p15
        if #sums == 3 then break end
      end
    end)
    expect(sums):equals {3, 7, 11}
  end)
  it("hold up nobody while they are silent", function()
    local count, idled = 0, task.idle()
    task.run(function()
      local ticks = task.every(0.001, function() count = count + 1 end)
      for _ in task.frames(line(30), 100) do error "nothing was sent" end
      ticks:cancel()
    end)
    assert(count >= 5, count)
    assert(task.idle() > idled)
  end)
  it("two wait as well as one", function()
    local note = log()
    task.run(function()
      for _, ms in ipairs {40, 10} do
        task.spawn(function()
          local source = line(ms)
          for _ in task.frames(source, 1) do error "nothing was sent" end
          note(ms)
        end)
      end
      task.sleep(0.2)
    end)
    expect(note()):equals "10 40"
  end)
  it("tell who reads what is wrong", function()
    local source = line(1000)
    task.run(function()
      local t = task.spawn(function() for _ in task.frames(source, 1) do end end)
      task.sleep(0.003)
      source:close()
      expect(task.wait, t):raises "the reader is closed"
      expect(task.frames, source, 0):raises "a number of frames >= 1"
    end)
    expect(task.frames, source, 1):raises "frames outside of a task"
  end)
  it("are left by who is cancelled", function()
    local source, closed = line(5000), false
    task.run(function()
      local t = task.spawn(function()
        local _ <close> = setmetatable({}, {__close = function() closed = true end})
        for _ in task.frames(source, 1) do end
      end)
      task.sleep(0.003)
      t:cancel()
      expect(task.wait, t):raises "cancelled"
    end)
    expect(closed):is_true()
  end)
  it("cost no memory, nor does waiting for them", function()
    assert(audio.save(path, tensor.zeros {3000}, 8000))
    task.run(function()
      local source <close> = assert(audio.open(path))
      local next_frame = task.frames(source, 10)
      expect(test.garbage(100, function() next_frame() end)):equals(0)
      if board.name ~= "host" then return end
      -- A line on which something comes once it is looked at.
      local quiet, looks = line(1000), 0
      local live = {frames = function(_, ...) return quiet:frames(...) end}
      function live.ready(_, seconds)
        looks = looks + 1
        board.uart_write "ab"
        return quiet:ready(seconds)
      end
      local next_sample = task.frames(live, 1)
      expect(test.garbage(100, function() next_sample() end)):equals(0)
      expect(looks):equals(104)
    end)
  end)
end)
