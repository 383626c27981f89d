--- Sound from WAV files and serial lines, as float32 tensors from -1 to 1.
--
-- A source gives frames, one sample of each channel, in order: all of them in pieces of the
-- same tensor (`frames`), or as many as asked for in a new one (`read`). Of a file cut short
-- it gives what is there.

local arguments = require "support.arguments"
local dsp, pcm, tensor = require "dsp", require "pcm", require "tensor"
local wav = require "audio.wav"

local audio = {}

local BITS <const> = {u8 = 8, s16 = 16, s24 = 24, s32 = 32, f32 = 32, f64 = 64}

-- Sources ---------------------------------------------------------------------

local Source = {}
local SourceMeta = {__name = "source", __index = Source}

function SourceMeta:__tostring()
  local channels = self.channels == 1 and "mono" or self.channels .. " channels"
  local length = self.length and (", %d frames"):format(self.length) or ""
  return ("source %g Hz, %s, %d bits%s"):format(self.sample_rate, channels, self.bits, length)
end

function SourceMeta:__newindex(name)
  error(("a source has no field '%s' to set"):format(tostring(name)), 2)
end

function SourceMeta:__close() self._reader:close() end

-- `open` gives a reader at the beginning of the signal; `wanted` is the sample rate it is to
-- have, its own unless given.
local function new_source(fields, open, wanted)
  local reader, why = open()
  if not reader then return nil, why end
  fields._reader, fields._open, fields._pieces, fields._rest = reader, open, false, false
  fields._rate = fields.sample_rate  -- of the file or the line
  fields._width = not fields.mono and fields.channels > 1 and fields.channels or nil
  if wanted and wanted ~= fields.sample_rate then
    fields.sample_rate = wanted
    if fields.length then
      fields.length = (fields.length * wanted + fields._rate - 1) // fields._rate
    end
  end
  return setmetatable(fields, SourceMeta)
end

local function shape_of(source, frames) return {frames, source._width} end

-- Resampling ------------------------------------------------------------------

local PIECE <const> = 1024  -- frames at once: a device has no room for all of them twice

-- Pieces of the signal at the rate asked for, of any length; nil at the end. Allocates nothing
-- but at the end, where zeros follow the signal until all of it has come out.
local function resampled_pieces(source)
  local from, to = source._rate, source.sample_rate
  local block = dsp.resampler {sample_rate = from, to = to, width = source._width or 1,
    max_push = PIECE}
  local chunk = tensor.zeros(shape_of(source, PIECE))
  local taken, given, ended = 0, 0, false
  local function next_piece()
    local got, why = source._reader:read(chunk)  -- zeros where there is nothing any more
    if not got then error(why, 0) end
    taken, ended = taken + got, ended or got < PIECE
    local piece = block:push(chunk)
    local left = ended and (taken * to + from - 1) // from - given
    if left and left <= #piece then piece = left > 0 and piece:slice {1, left} or nil end
    given = given + (piece and #piece or 0)
    return piece
  end
  return next_piece
end

-- The pieces of a source, begun where it stands.
local function pieces_of(source)
  if not source._pieces then source._pieces = resampled_pieces(source) end
  return source._pieces
end

local function next_piece(source)
  local piece = source._rest or pieces_of(source)()
  source._rest = false
  return piece
end

-- Reads frames of a resampled source one piece after the other.
local function read_pieces(source, n)
  local x, filled = tensor.zeros(shape_of(source, n)), 0
  while filled < n do
    local piece = next_piece(source)
    if not piece then break end
    local count = math.min(#piece, n - filled)
    if count > 0 then
      x:slice({filled + 1, filled + count}):fill_(piece:slice {1, count})
      filled = filled + count
    end
    if count < #piece then source._rest = piece:slice {count + 1, -1} end
  end
  return x, filled
end

local function check_count(index, name, value)
  if math.type(value) ~= "integer" or value < 1 then
    arguments.fail(index, name, "a number of frames >= 1 expected, got "
      .. arguments.given(value), 1)
  end
end

-- Windows of what comes bit by bit: takes what is there, and waits by wait(source) when nothing is.
local function awaited_frames(source, n, hop, wait)
  local reader, window = source._reader, tensor.zeros(shape_of(source, n))
  local fresh = n  -- the first window is all new
  return function()
    local missing = fresh
    while missing > 0 do
      local there, why = reader:ready()
      if there == 0 then there = wait(source) end
      if not there then return why and error(why, 2) end
      if there > 0 then
        local count = math.min(there, missing, n)
        reader:read(window, count)
        missing = missing - count
      end
    end
    fresh = hop
    return window
  end
end

--- source:frames(n [, hop [, wait]]) -> iterator
-- Goes through the signal in pieces of `n` frames, from where the source stands: float32 {n},
-- {n, channels} for more than one. Each begins `hop` frames after the one before. It is the
-- same tensor every time, and nothing is allocated after the first; what is left at the end
-- and fills no piece is dropped. Raises when the file cannot be read.
-- A source with another sample rate than the file's reads ahead. When nothing has come,
-- wait(source) is to give what `source:ready` does, after whatever time (see `task.frames`).
-- Units: n, hop: number of frames >= 1; hop: n unless given; wait: function(source)
-- Example:
-- audio.save("/ram/x.wav", tensor.arange(5) / 8, 8000)
-- for x in audio.open("/ram/x.wav"):frames(2) do print(x[1], x[2]) end --> 0.0 0.125
--                                                                     --> 0.25 0.375
-- for x in audio.open("/ram/x.wav"):frames(3, 2) do print(x[1], x[3]) end --> 0.0 0.25
--                                                                        --> 0.25 0.5
-- os.remove "/ram/x.wav"
function Source:frames(n, hop, wait)
  check_count(1, "frames", n)
  if hop ~= nil then check_count(2, "frames", hop) end
  if self._rate ~= self.sample_rate then
    return dsp.frames(function() return next_piece(self) end, n, hop or n)
  end
  if wait then return awaited_frames(self, n, hop or n, wait) end
  local reader, piece = self._reader, tensor.zeros(shape_of(self, n))
  local least, fresh = n, nil  -- the first piece is all new
  return function()
    local got, why = reader:read(piece, fresh)
    if not got then error(why, 2) end
    if got < least then return nil end
    if hop then least, fresh = math.min(hop, n), hop end
    return piece
  end
end

--- source:read(n) -> tensor | nil
-- A new tensor with the next `n` frames, fewer at the end of the signal; nil when there are
-- none. Raises when the file cannot be read.
-- Units: n: number of frames >= 1
-- Example:
-- audio.save("/ram/x.wav", tensor.arange(5) / 8, 8000)
-- local source <close> = audio.open "/ram/x.wav"
-- print(#source:read(3), #source:read(3), source:read(3)) --> 3 2 nil
-- os.remove "/ram/x.wav"
function Source:read(n)
  check_count(1, "read", n)
  local x, got, why
  if self._rate ~= self.sample_rate then
    x, got = read_pieces(self, n)
  else
    x = tensor.zeros(shape_of(self, n))
    got, why = self._reader:read(x)
  end
  if not got then error(why, 2) end
  if got == 0 then return nil end
  return got == n and x or x:slice({1, got}):clone()
end

local MOST_SECONDS <const> = 1000000  -- as reader:ready takes

--- source:ready([seconds]) -> frames | nil
-- How many frames can be read without waiting, at most what 1,024 bytes hold; nil at the end.
-- With a time it waits until there is one or the time has passed. Raises when the file cannot
-- be read.
-- Units: seconds: 0 unless given
-- Example:
-- audio.save("/ram/x.wav", tensor.zeros {5}, 8000)
-- local source <close> = audio.open "/ram/x.wav"
-- print(source:ready()) --> 5
-- source:read(5)
-- print(source:ready()) --> nil
-- os.remove "/ram/x.wav"
function Source:ready(seconds)
  if seconds ~= nil and not (math.type(seconds) and seconds >= 0 and seconds <= MOST_SECONDS) then
    arguments.fail(1, "ready", ("seconds from 0 to %d expected, got %s"):format(MOST_SECONDS,
      arguments.given(seconds)))
  end
  if self._rate == self.sample_rate then
    local there, why = self._reader:ready(seconds)
    if why then error(why, 2) end
    return there
  end
  while not self._rest or #self._rest == 0 do
    self._rest = pieces_of(self)() or false
    if not self._rest then return nil end
  end
  return #self._rest
end

--- source:rewind()
-- Goes back to the beginning of a file; a serial line just goes on. Raises when the file is
-- not there any more.
-- Units:
-- Example:
-- audio.save("/ram/x.wav", tensor.ones {4}, 8000)
-- local source <close> = audio.open "/ram/x.wav"
-- source:read(4)
-- source:rewind()
-- print(#source:read(10)) --> 4
-- os.remove "/ram/x.wav"
function Source:rewind()
  local reader, why = self._open()
  if not reader then error(why, 2) end
  self._reader:close()
  self._reader, self._pieces, self._rest = reader, false, false
end

--- source:close()
-- Closes the file. Safe twice; `local source <close>` does the same.
-- Units:
-- Example:
-- local source = audio.pcm {from = "uart"}
-- source:close()
function Source:close() self._reader:close() end

-- Opening ---------------------------------------------------------------------

local OPEN_OPTIONS <const> = {mono = "boolean", sample_rate = "integer"}

-- The sample rate among the options.
local function check_rate(index, name, rate)
  if rate and (rate < 1 or rate > 0xFFFFFFFF) then
    arguments.fail(index, name, "option 'sample_rate': whole Hz expected, got " .. rate, 1)
  end
end

--- audio.open(path [, options]) -> source | nil, message
-- Opens a WAV file: PCM of 8, 16, 24 or 32 bits, float of 32 or 64, also in the EXTENSIBLE
-- format, with 1 to 64 channels. The source has the fields `sample_rate`, `channels`, `bits`,
-- `format` (as in module pcm) and `length`, the number of frames that are there. With
-- {mono = true} every frame is the mean of its channels, with {sample_rate = 16000} the signal
-- is resampled as by `dsp.resample_poly`. nil and a message for a file that is
-- missing, no WAV file, of another format, or ends before its samples.
-- Units: sample_rate: Hz; options: mono (boolean), sample_rate (whole Hz)
-- Example:
-- audio.save("/ram/x.wav", tensor.zeros {100, 2}, 16000)
-- print(audio.open "/ram/x.wav") --> source 16000 Hz, 2 channels, 16 bits, 100 frames
-- print(audio.open "no such file") --> nil no such file: No such file or directory
-- os.remove "/ram/x.wav"
function audio.open(path, options)
  arguments.check(1, "open", path, "string")
  options = arguments.options(2, "open", options, OPEN_OPTIONS)
  check_rate(2, "open", options.sample_rate)
  local header, why = wav.read(path)
  if not header then return nil, why end
  local place = {channels = header.channels, offset = header.offset, bytes = header.bytes}
  return new_source({
    sample_rate = header.sample_rate, channels = header.channels, bits = header.bits,
    format = header.format, mono = options.mono or false,
    length = header.bytes // (header.channels * header.bits // 8),
  }, function() return pcm.open(path, header.format, place) end, options.sample_rate)
end

local PCM_OPTIONS <const> = {
  from = "string", format = "string", channels = "integer", sample_rate = "number",
  mono = "boolean", milliseconds = "integer",
}

--- audio.pcm([options]) -> source | nil, message
-- Samples without a header: from "console", which is standard input and on a device the line
-- of the prompt; from "uart", the second serial line, where the signal ends when nothing has
-- come for `milliseconds`; or from a file. A source as `audio.open` gives it, without
-- `length`.
-- Units: options: from ("console" unless given), format ("s16", see pcm.open), channels (1),
--   sample_rate (16000, Hz), mono (boolean), milliseconds (1000)
-- Example:
-- local board = require "board"
-- if board.name == "host" then
--   board.uart_write(("<i2i2"):pack(16384, -16384))
--   print(audio.pcm({from = "uart", milliseconds = 0}):read(10)[2]) --> -0.5
-- end
function audio.pcm(options)
  options = arguments.options(1, "pcm", options, PCM_OPTIONS)
  local from, format = options.from or "console", options.format or "s16"
  if not BITS[format] then
    arguments.fail(1, "pcm", ("no format '%s' (there are: u8 s16 s24 s32 f32 f64)"):format(format))
  end
  local channels, rate = options.channels or 1, options.sample_rate or 16000
  if channels < 1 or channels > 64 then
    arguments.fail(1, "pcm", "option 'channels': 1 to 64 expected, got " .. channels)
  end
  local fields = {sample_rate = rate, channels = channels, bits = BITS[format], format = format,
    mono = options.mono or false}
  return new_source(fields, function()
    if from == "console" then return pcm.console(format, {channels = channels}) end
    if from ~= "uart" then return pcm.open(from, format, {channels = channels}) end
    return pcm.uart(format, {channels = channels, milliseconds = options.milliseconds})
  end)
end

-- The whole signal at another rate; each channel by itself.
local function resample(x, from, to)
  if x.size == 0 then return x end
  local divisor = from
  local rest = to
  while rest > 0 do divisor, rest = rest, divisor % rest end
  local up, down = to // divisor, from // divisor
  if x.rank == 1 then return dsp.resample_poly(x, up, down) end
  return dsp.resample_poly(x:transpose():clone(), up, down):transpose():clone()
end

--- audio.load(path [, options]) -> tensor, sample_rate | nil, message
-- All of a WAV file: float32 {length}, {length, channels} for more than one. Options and
-- failures are those of `audio.open`.
-- Units: sample_rate: Hz
-- Example:
-- audio.save("/ram/x.wav", tensor.new {0.5, -0.25}, 8000)
-- local x, sample_rate = audio.load "/ram/x.wav"
-- print(x[1], x[2], sample_rate) --> 0.5 -0.25 8000
-- os.remove "/ram/x.wav"
function audio.load(path, options)
  arguments.check(1, "load", path, "string")
  options = arguments.options(2, "load", options, OPEN_OPTIONS)
  check_rate(2, "load", options.sample_rate)
  local source <close>, why = audio.open(path, {mono = options.mono})
  if not source then return nil, why end
  local x = tensor.zeros(shape_of(source, source.length))
  local got, message = source._reader:read(x)
  if not got then return nil, path .. ": " .. message end
  local rate = options.sample_rate or source.sample_rate
  return rate == source.sample_rate and x or resample(x, source.sample_rate, rate), rate
end

-- Saving ----------------------------------------------------------------------

-- Bytes of float32 samples: rounded to nearest, ties to even, out of range to the largest.
local encode = {
  u8 = function(x)
    local whole = (x * 128):astype("int8"):astype "int16"
    return (whole + 128):astype("uint8"):tobytes()
  end,
  s16 = function(x) return (x * 0x1p15):astype("int16"):tobytes() end,
  s24 = function(x)
    local whole = (x * 0x1p23):clip(-0x1p23, 0x1p23 - 1):astype "int32"
    local bytes = tensor.frombytes(whole:tobytes(), "uint8", {whole.size, 4})
    return bytes:slice({}, {1, 3}):clone():tobytes()
  end,
  s32 = function(x) return (x * 0x1p31):astype("int32"):tobytes() end,
  f32 = function(x) return x:tobytes() end,
}

local function write_samples(file, x, format)
  for first = 1, #x, PIECE do
    local piece = x:slice({first, math.min(first + PIECE - 1, #x)}):clone()
    local done, why = file:write(encode[format](piece))
    if not done then return nil, why end
  end
  return true
end

local SAVE_OPTIONS <const> = {bits = "integer", float = "boolean"}

local function save_format(options)
  local bits = options.bits or (options.float and 32 or 16)
  local format = options.float and "f" .. bits or (bits == 8 and "u8" or "s" .. bits)
  if encode[format] then return format, bits end
  arguments.fail(4, "save", ("no WAV files of %s bits%s are written"):format(bits,
    options.float and ", float," or ""), 1)
end

-- Gives the sample rate as an integer.
local function check_signal(x, sample_rate)
  local fits = x.dtype == "float32" and (x.rank == 1 or x.rank == 2 and x:dim(2) >= 1
    and x:dim(2) <= 64)
  if not fits then
    arguments.fail(2, "save", "float32 {n} or {n, 1 to 64 channels} expected, got " .. x.dtype
      .. " {" .. table.concat(x.shape, ", ") .. "}", 1)
  end
  local rate = math.type(sample_rate) and math.tointeger(sample_rate)
  if not rate or rate < 1 or rate > 0xFFFFFFFF then
    arguments.fail(3, "save", "a sample rate in whole Hz expected, got "
      .. arguments.given(sample_rate), 1)
  end
  return rate
end

--- audio.save(path, x, sample_rate [, options]) -> true | nil, message
-- Writes a WAV file: PCM of 8, 16, 24 or 32 bits or, with {float = true}, float32, which keeps
-- every bit. -1 to 1 is full scale; samples are rounded to the nearest integer, ties to even,
-- and saturate; NaN gives 0.
-- Units: x: float32 {n} or {n, channels}; sample_rate: whole Hz; options: bits (16), float
--   (boolean)
-- Example:
-- print(audio.save("/ram/x.wav", tensor.new {2, -2}, 8000, {bits = 24})) --> true
-- print(audio.load("/ram/x.wav")[2]) --> -1.0
-- os.remove "/ram/x.wav"
function audio.save(path, x, sample_rate, options)
  arguments.check(1, "save", path, "string")
  arguments.check(2, "save", x, "tensor")
  sample_rate = check_signal(x, sample_rate)
  local format, bits = save_format(arguments.options(4, "save", options, SAVE_OPTIONS))
  local channels = x.rank == 2 and x:dim(2) or 1
  if #x * channels * bits // 8 > 0xFFFFFF00 then return nil, path .. ": too long for a WAV file" end
  local file, why = io.open(path, "wb")
  if not file then return nil, why end
  local done
  done, why = file:write(wav.header(format, bits, channels, sample_rate, #x))
  if done then done, why = write_samples(file, x, format) end
  if done and #x * channels * bits // 8 % 2 == 1 then done, why = file:write "\0" end
  local closed, failure = file:close()
  if done and closed then return true end
  os.remove(path)
  return nil, path .. ": " .. (why or failure)
end

return audio
