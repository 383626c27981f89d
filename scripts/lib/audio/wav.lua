--- Headers of WAV files: RIFF chunks, the formats PCM, IEEE float and EXTENSIBLE.

local wav = {}

local PCM <const>, FLOAT <const>, EXTENSIBLE <const> = 1, 3, 0xFFFE
local MOST_CHANNELS <const> = 64  -- what module pcm takes
-- A size that whoever wrote the header did not know yet.
local OPEN_SIZE <const> = 0xFFFFFFFF

-- What others may mean by their format, for the message.
local OTHERS <const> = {[2] = "ADPCM", [6] = "A-law", [7] = "mu-law", [17] = "ADPCM", [85] = "MP3"}

local INTEGERS <const> = {[8] = "u8", [16] = "s16", [24] = "s24", [32] = "s32"}
local FLOATS <const> = {[32] = "f32", [64] = "f64"}

-- Fields of a "fmt " chunk, or nil and what is wrong with it.
local function parse_format(bytes)
  if #bytes < 16 then return nil, "its format is cut short" end
  local tag, channels, rate, _, block, bits = ("<I2I2I4I4I2I2"):unpack(bytes)
  if tag == EXTENSIBLE then
    if #bytes < 40 then return nil, "its format is cut short" end
    tag = ("<I2"):unpack(bytes, 25)  -- the first field of the sub-format's GUID
  end
  if tag ~= PCM and tag ~= FLOAT then
    return nil, "its format is " .. (OTHERS[tag] or "number " .. tag) .. ", not PCM or float"
  end
  local format = (tag == PCM and INTEGERS or FLOATS)[(bits + 7) // 8 * 8]
  if not format then return nil, ("%d bits per sample are not supported"):format(bits) end
  bits = (bits + 7) // 8 * 8  -- fewer bits lie at the top of whole bytes
  if channels < 1 or channels > MOST_CHANNELS then
    return nil, ("%d channels are not supported"):format(channels)
  end
  if rate == 0 then return nil, "its sample rate is 0" end
  if block ~= channels * bits // 8 then
    return nil, ("frames of %d bytes do not hold %d x %d bits"):format(block, channels, bits)
  end
  return {format = format, bits = bits, channels = channels, sample_rate = rate}
end

-- The header of an open file of `size` bytes.
local function read_header(file, size)
  local riff = file:read(12)
  if not riff or riff:sub(1, 4) ~= "RIFF" or riff:sub(9, 12) ~= "WAVE" then
    return nil, "not a WAV file"
  end
  local header
  local at = 12
  while true do
    local head = file:read(8)
    if not head or #head < 8 then return nil, "the WAV file ends before its samples" end
    local id, length = ("<c4I4"):unpack(head)
    at = at + 8
    if id == "data" then
      if not header then return nil, "samples before their format" end
      local left = size - at
      header.offset = at
      header.bytes = length == OPEN_SIZE and left or math.min(length, left)
      return header
    elseif id == "fmt " then
      local why
      header, why = parse_format(file:read(math.min(length, 64)) or "")
      if not header then return nil, why end
    end
    at = at + length + length % 2
    if not file:seek("set", at) then return nil, "the WAV file ends before its samples" end
  end
end

--- wav.read(path) -> table | nil, message
-- What the header tells: format (as module pcm names it), bits, channels, sample_rate, and
-- where the samples are: offset and bytes, of which all are there.
function wav.read(path)
  local file <close>, why = io.open(path, "rb")
  if not file then return nil, why end
  local size = file:seek "end"
  if not size or not file:seek "set" then return nil, path .. ": not a file" end
  local header, message = read_header(file, size)
  if not header then return nil, path .. ": " .. message end
  return header
end

--- wav.header(format, bits, channels, sample_rate, frames) -> string
-- The 44 bytes before the samples of integers, 58 of floats; `format` as module pcm names it.
function wav.header(format, bits, channels, sample_rate, frames)
  local block = channels * bits // 8
  local bytes = frames * block
  local is_float = format:sub(1, 1) == "f"
  local fmt = ("<I2I2I4I4I2I2"):pack(is_float and FLOAT or PCM, channels, sample_rate,
    sample_rate * block, block, bits)
  local chunks = ("<c4s4"):pack("fmt ", is_float and fmt .. "\0\0" or fmt)
  if is_float then chunks = chunks .. ("<c4I4I4"):pack("fact", 4, frames) end
  local size = 4 + #chunks + 8 + bytes + bytes % 2
  return ("<c4I4c4"):pack("RIFF", size, "WAVE") .. chunks .. ("<c4I4"):pack("data", bytes)
end

return wav
