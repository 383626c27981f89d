--- Recordings of sensors in the files of Arm's SDS framework (Synchronous Data Streaming).
--
-- A file `<stream>.<label>.sds` holds blocks of samples, each with the time it belongs to; the
-- description `<stream>.sds.yml` beside it says what is in a sample. Blocks of streams that
-- belong together carry the same time. Module `sdsio` exchanges such streams with a host.

local arguments = require "support.arguments"
local sys, tensor = require "sys", require "tensor"
local description, layout = require "sds.description", require "sds.layout"

local sds = {}

local HEADER <const> = "<I4I4"  -- time, bytes of the block
local HEADER_BYTES <const> = 8
local LARGEST_BLOCK <const> = 16 << 20  -- a damaged size must not take all memory
local TICKS <const> = 1000             -- per second, unless the description says otherwise

-- "a/Accel.0.p.sds" -> "a/Accel", the stream's name with its folder.
local function stem_of(path)
  local stem = path:match "^(.*)%.sds$" or path
  stem = stem:match "^(.+)%.p$" or stem
  return stem:match "^(.+)%.[^./]+$" or stem
end

-- Recordings ------------------------------------------------------------------

local Recording = {}
local RecordingMeta = {__name = "recording", __index = Recording}

function RecordingMeta:__tostring()
  return ("recording of %s: %s"):format(self.name, table.concat(self.columns, ", "))
end

function RecordingMeta:__newindex(name)
  error(("a recording has no field '%s' to set"):format(tostring(name)), 2)
end

function RecordingMeta:__close() self:close() end

local OPEN_OPTIONS <const> = {metadata = "string"}

--- sds.open(path [, options]) -> recording | nil, message
-- Opens a recording and the description beside it, or the one that `metadata` names. Fields:
-- `name`, `description`, `columns` (names of what a sample consists of; of an image none),
-- `units` (of the columns), `tick_frequency`, `sample_frequency` and `block_frequency` (the
-- latter two only when described). Read are int8_t to uint32_t, float and double, also mixed,
-- with dimensions, and bit fields as `uint32_t:3`; audio is PCM. nil and a message for a file
-- or description that is missing or makes no sense.
-- Units: frequencies: Hz; options: metadata (path)
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "int16_t"}}})
-- writer:write(0, tensor.new {{1}, {2}}) writer:close()
-- local recording <close> = sds.open "/ram/accel.0.sds"
-- print(recording, recording.tick_frequency) --> recording of accel: x 1000
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function sds.open(path, options)
  arguments.check(1, "open", path, "string")
  options = arguments.options(2, "open", options, OPEN_OPTIONS)
  local about, samples = description.read(options.metadata or stem_of(path) .. ".sds.yml")
  if not about then return nil, samples end
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local units = {}
  for i, column in ipairs(samples.places or {}) do units[i] = column.part.unit or "" end
  return setmetatable({
    name = tostring(about.name), description = about.description, columns = samples.columns,
    units = units, tick_frequency = about["tick-frequency"] or TICKS,
    sample_frequency = about["sample-frequency"], block_frequency = about["block-frequency"],
    _path = path, _file = file, _layout = samples, _state = {record = 0},
  }, RecordingMeta)
end

-- Ticks from one time to another; negative: back. Times wrap at 2^32.
local function ticks_between(from, to)
  local ticks = to - from & 0xFFFFFFFF
  return ticks < 1 << 31 and ticks or ticks - (1 << 32)
end

-- The block behind a header that was read.
local function read_block(file, header, state)
  if #header < HEADER_BYTES then return nil, "its header is cut short" end
  local time, size = HEADER:unpack(header)
  if size > LARGEST_BLOCK then return nil, ("a block of %d bytes is too large"):format(size) end
  local block = size == 0 and "" or file:read(size) or ""
  if #block < size then
    return nil, ("only %d of the block's %d bytes are there"):format(#block, size)
  end
  local ticks = state.time and ticks_between(state.time, time) or time
  if ticks < 0 then
    return nil, ("its time goes back from %d to %d"):format(state.time, time)
  end
  state.time, state.total = time, (state.total or 0) + ticks
  return state.total, block
end

-- The next time and block; nil at the end; nil and a message for damage.
local function next_block(recording)
  local state, file = recording._state, recording._file
  local header, why = file:read(HEADER_BYTES)
  if not header and not why then return nil end
  state.record = state.record + 1
  local time, block
  if header then time, block = read_block(file, header, state) end
  if time then return time, block end
  return nil, ("%s: record %d: %s"):format(recording._path, state.record, block or why)
end

--- recording:blocks() -> iterator
-- Goes through the blocks, from where the recording stands: their time in ticks, which goes
-- on counting where the file's 32 bits wrap, and their bytes. Raises, naming the record, when
-- a header or block is cut short, a block is larger than 16 MiB, or time goes back.
-- Units: time: ticks of 1 / tick_frequency seconds
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "int16_t"}}})
-- writer:write(7, "\1\0\2\0") writer:write(9, "\3\0") writer:close()
-- local recording <close> = sds.open "/ram/accel.0.sds"
-- for time, block in recording:blocks() do print(time, #block) end --> 7 4
--                                                                  --> 9 2
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function Recording:blocks()
  return function()
    local time, block = next_block(self)
    if time == nil and block then error(block, 2) end
    return time, block
  end
end

--- recording:decode(block) -> tensor | nil, message
-- The samples in a block's bytes: raw values times `scale` plus `offset`, in real units; audio
-- from -1 to 1. Of an image the bytes, uint8 {n}. nil and a message when the bytes are no
-- whole number of samples.
-- Units: tensor: float32 {samples, columns}
-- Example:
-- local writer = sds.create("/ram/accel", {values = {
--   {value = "x", type = "int16_t", scale = 0.5}, {value = "n", type = "uint8_t"}}})
-- writer:close()
-- local recording <close> = sds.open "/ram/accel.0.sds"
-- print(recording:decode(("<i2I1"):pack(-3, 200)):totable()[1][1]) --> -1.5
-- print(recording:decode "\0") --> nil 1 bytes are no whole number of samples of 3 bytes
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function Recording:decode(block)
  arguments.check(1, "decode", block, "string")
  return self._layout:decode(block)
end

--- recording:close()
-- Closes the file. Safe twice; `local recording <close>` does the same.
-- Units:
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "float"}}})
-- writer:close()
-- sds.open("/ram/accel.0.sds"):close()
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function Recording:close()
  if io.type(self._file) == "file" then self._file:close() end
end

-- Samples of all blocks and their times.
local function read_all(recording)
  local pieces, times, count = {}, {}, 0
  local step = recording.sample_frequency and 1 / recording.sample_frequency or 0
  while true do
    local time, block = next_block(recording)
    if time == nil and block then return nil, block end
    if not time then break end
    local x, why = recording:decode(block)
    if not x then
      return nil, ("%s: record %d: %s"):format(recording._path, recording._state.record, why)
    end
    pieces[#pieces + 1] = x:tobytes()
    for i = 0, #x - 1 do
      count = count + 1
      times[count] = time / recording.tick_frequency + i * step
    end
  end
  local x = tensor.frombytes(table.concat(pieces), "float32", {count, #recording.columns})
  return x, count > 0 and tensor.new(times, "float64") or tensor.zeros({0}, "float64")
end

--- sds.load(path [, options]) -> tensor, times, recording | nil, message
-- All samples of a recording, the time of each, and what `sds.open` gives. Samples of a block
-- follow each other by the sample frequency; where it is not described they have one time.
-- nil and a message, naming the record, for a damaged file, and as for `sds.open`.
-- Units: tensor: float32 {samples, columns}; times: float64 {samples}, seconds
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "int16_t"}},
--   sample_frequency = 100})
-- writer:write(500, tensor.new {{1}, {2}}) writer:close()
-- local x, times = sds.load "/ram/accel.0.sds"
-- print(x:at(2, 1), times[1], times[2]) --> 2.0 0.5 0.51
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function sds.load(path, options)
  arguments.check(1, "load", path, "string")
  local recording <close>, why = sds.open(path, arguments.options(2, "load", options, OPEN_OPTIONS))
  if not recording then return nil, why end
  if recording._layout.raw then return nil, path .. ": images are read block by block" end
  local x, times = read_all(recording)
  if not x then return nil, times end
  return x, times, recording
end

-- Recording -------------------------------------------------------------------

local Writer = {}
local WriterMeta = {__name = "writer", __index = Writer}

function WriterMeta:__tostring() return "writer of " .. self.path end

function WriterMeta:__newindex(name)
  error(("a writer has no field '%s' to set"):format(tostring(name)), 2)
end

function WriterMeta:__close() self:close() end

local function exists(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

local CREATE_FIELDS <const> = {values = "table", description = "string", label = "string",
  sample_frequency = "number", block_frequency = "number", tick_frequency = "number",
  playback = "boolean"}
local function write_text(path, text)
  local file, why = io.open(path, "wb")
  if not file then return nil, why end
  local done
  done, why = file:write(text)
  local closed, failure = file:close()
  if not done or not closed then return nil, path .. ": " .. (why or failure) end
  return true
end

-- "<stream>.<label>.sds": the first number that is free, or the label asked for.
local function new_path(stream, fields)
  local suffix = fields.playback and ".p.sds" or ".sds"
  if fields.label then return ("%s.%s%s"):format(stream, fields.label, suffix) end
  local number = 0
  while exists(("%s.%d%s"):format(stream, number, suffix)) do number = number + 1 end
  return ("%s.%d%s"):format(stream, number, suffix)
end

-- A file that is there becomes .bak, as the SDSIO server does it.
local function open_new(path)
  if exists(path) then
    os.remove(path .. ".bak")
    local done, why = os.rename(path, path .. ".bak")
    if not done then return nil, why end
  end
  return io.open(path, "wb")
end

local function check_fields(fields)
  fields = arguments.options(2, "create", fields, CREATE_FIELDS)
  if not fields.values then arguments.fail(2, "create", "option 'values' is missing", 1) end
  for _, value in ipairs(fields.values) do
    if type(value) ~= "table" then arguments.fail(2, "create", "'values': tables expected", 1) end
    for key in pairs(value) do
      if not description.VALUE_FIELDS[key] then
        arguments.fail(2, "create", ("a value has no field '%s'"):format(tostring(key)), 1)
      end
    end
  end
  local samples, why = layout.new(fields.values)
  if not samples then arguments.fail(2, "create", why, 1) end
  return fields, samples
end

--- sds.create(stream, fields) -> writer | nil, message
-- Begins a recording `<stream>.<label>.sds` and writes its description `<stream>.sds.yml`. The
-- label is the first free number from 0, or `label`: a recording of that name is kept as
-- `.bak`. Each of `values` has `value` (its name) and `type` and may have `dim-x`, `dim-y`,
-- `scale`, `offset` and `unit`, as in the description; Arm's own tools want one type in a
-- stream and know no 8-bit integers. The field `path` tells the file. nil and a message when
-- a file cannot be written.
-- Units: fields: values, description, sample_frequency, block_frequency, tick_frequency (1000),
--   all in Hz, label, playback (boolean: recorded while others are played)
-- Example:
-- local writer <close> = sds.create("/ram/accel", {sample_frequency = 100, values = {
--   {value = "x", type = "int16_t", scale = 0.01, unit = "m/s^2"}}})
-- print(writer) --> writer of /ram/accel.0.sds
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function sds.create(stream, fields)
  arguments.check(1, "create", stream, "string")
  local checked, samples = check_fields(fields)
  local done, why = write_text(stream .. ".sds.yml", description.text(stream:match "[^/]*$", checked))
  if not done then return nil, why end
  local path = new_path(stream, checked)
  local file
  file, why = open_new(path)
  if not file then return nil, why end
  return setmetatable({path = path, _file = file, _layout = samples, _state = {}}, WriterMeta)
end

-- The bytes of what a script gives to write.
local function block_bytes(writer, block)
  local samples = writer._layout
  if type(block) == "string" then return block end
  arguments.check(2, "write", block, "tensor")
  if block.rank ~= 2 or block:dim(2) ~= #samples.columns then
    arguments.fail(2, "write", ("{samples, %d} expected, got {%s}"):format(#samples.columns,
      table.concat(block.shape, ", ")), 1)
  end
  return samples:encode(block)
end

--- writer:write(time, block) -> true | nil, message
-- Appends a block: samples in real units, which are divided by `scale`, rounded to nearest and
-- saturate, or the bytes themselves. `time` is not before the last one and wraps at 2^32.
-- Blocks of streams that belong together carry the same time. nil and a message when the file
-- cannot be written.
-- Units: time: ticks; block: {samples, columns}, or string
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "int16_t"}}})
-- print(writer:write(0, tensor.new {{-1}, {1e6}})) --> true
-- writer:close()
-- print(sds.load("/ram/accel.0.sds"):at(2, 1)) --> 32767.0
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function Writer:write(time, block)
  if math.type(time) ~= "integer" then
    arguments.fail(1, "write", "ticks (integer) expected, got " .. arguments.given(time))
  end
  time = time & 0xFFFFFFFF
  local last = self._state.time
  if last and ticks_between(last, time) < 0 then
    arguments.fail(1, "write", ("the time goes back from %d to %d"):format(last, time))
  end
  local bytes = block_bytes(self, block)
  if #bytes == 0 or #bytes % self._layout.bytes ~= 0 then
    arguments.fail(2, "write", ("one or more samples of %d bytes expected, got %d bytes"):format(
      self._layout.bytes, #bytes))
  end
  local done, why = self._file:write(HEADER:pack(time, #bytes), bytes)
  if not done then return nil, self.path .. ": " .. why end
  self._state.time = time
  return true
end

--- writer:close() -> true | nil, message
-- Ends the recording. Safe twice.
-- Units:
-- Example:
-- local writer = sds.create("/ram/accel", {values = {{value = "x", type = "float"}}})
-- print(writer:close(), writer:close()) --> true true
-- os.remove "/ram/accel.0.sds" os.remove "/ram/accel.sds.yml"
function Writer:close()
  if io.type(self._file) ~= "file" then return true end
  local done, why = self._file:close()
  if not done then return nil, self.path .. ": " .. why end
  return true
end

-- Playing ---------------------------------------------------------------------

local PLAY_OPTIONS <const> = {speed = "number"}

-- Waits until `ticks` after the first one are due.
local function wait_until(clock, ticks, frequency, speed)
  clock.first_ticks = clock.first_ticks or ticks
  clock.start = clock.start or sys.ticks_us()
  local due = (ticks - clock.first_ticks) / frequency / speed
  local passed = (sys.ticks_us() - clock.start) / 1e6
  if due > passed then sys.sleep(due - passed) end
end

local function advance(recording)
  local time, block = next_block(recording)
  if time == nil and block then error(block, 3) end
  return {time = time, block = block}
end

local function check_recordings(recordings)
  if type(recordings) ~= "table" or #recordings == 0 then
    arguments.fail(1, "play", "list of recordings expected", 1)
  end
  for _, recording in ipairs(recordings) do
    if getmetatable(recording) ~= RecordingMeta then
      arguments.fail(1, "play", "list of recordings expected", 1)
    end
    if recording.tick_frequency ~= recordings[1].tick_frequency then
      arguments.fail(1, "play", ("'%s' counts %g ticks per second, '%s' %g"):format(
        recordings[1].name, recordings[1].tick_frequency, recording.name,
        recording.tick_frequency), 1)
    end
  end
end

--- sds.play(recordings [, options]) -> iterator
-- Goes through recordings together, in the order of time: the time and, for each recording,
-- its block of that very time, or nil where it has none. With {speed = 1} blocks come when
-- they came, counted from the first, with 2 twice as fast; without it at once. Raises for
-- damaged files as `recording:blocks` does, and for recordings with different ticks.
-- Units: time: ticks; blocks: string | nil; options: speed
-- Example:
-- for _, name in ipairs {"accel", "gyro"} do
--   local writer <close> = sds.create("/ram/" .. name, {values = {{value = "x", type = "float"}}})
--   writer:write(name == "gyro" and 1 or 0, "abcd")
--   writer:write(2, "efgh")
-- end
-- local a, b = sds.open "/ram/accel.0.sds", sds.open "/ram/gyro.0.sds"
-- for time, x, y in sds.play {a, b} do print(time, x, y) end --> 0 abcd nil
--                                                            --> 1 nil abcd
--                                                            --> 2 efgh efgh
-- for _, name in ipairs(sys.list "/ram") do os.remove("/ram/" .. name) end
function sds.play(recordings, options)
  check_recordings(recordings)
  options = arguments.options(2, "play", options, PLAY_OPTIONS)
  local speed = options.speed
  if speed and not (speed > 0 and speed < math.huge) then
    arguments.fail(2, "play", "option 'speed': more than 0 expected, got " .. speed)
  end
  local heads, clock, blocks = nil, {}, {}
  return function()
    if not heads then
      heads = {}
      for i, recording in ipairs(recordings) do heads[i] = advance(recording) end
    end
    local time
    for _, head in ipairs(heads) do
      if head.time and (not time or head.time < time) then time = head.time end
    end
    if not time then return nil end
    for i, recording in ipairs(recordings) do
      blocks[i] = nil
      if heads[i].time == time then
        blocks[i] = heads[i].block
        heads[i] = advance(recording)
      end
    end
    if speed then wait_until(clock, time, recordings[1].tick_frequency, speed) end
    return time, table.unpack(blocks, 1, #recordings)
  end
end

return sds
