// bindings/pcm.cc - module `pcm`: samples from files and serial lines straight into tensors,
// without a string in between. Module `audio`, in Lua, knows of headers and iterators.
#include <algorithm>
#include <cstring>
#include <new>

#include "bindings/options.h"
#include "bindings/registry.h"
#include "bindings/tensor.h"
#include "boards/board.h"
#include "dsp/pcm.h"
#include "engine/base/float_mode.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

using dsp::PcmFormat;

// Where bytes come from, and those that have come but make no whole frame yet.
struct PcmReader {
  enum class From : uint8_t { kClosed, kFile, kConsole, kUart };

  From from = From::kClosed;
  PcmFormat format = PcmFormat::kS16;
  uint16_t channels = 1;
  File file;
  uint64_t left = 0;         // bytes before the end
  uint64_t patience = 0;     // microseconds without a byte that end a serial line's signal
  uint64_t quiet_since = 0;  // while asked whether frames are there; 0: nobody has asked
  size_t held = 0;           // bytes at the beginning of the buffer
  uint8_t buffer[1024];      // at least one frame: kMaxPcmChannels of 8 bytes

  size_t frame_bytes() const { return channels * dsp::BytesOf(format); }
};
static_assert(std::is_trivially_destructible_v<PcmReader>);
static_assert(sizeof(PcmReader::buffer) >= dsp::kMaxPcmChannels * sizeof(double));

int CloseReader(lua_State* L);
int ReadFrames(lua_State* L);
int ReadyFrames(lua_State* L);
int ReaderText(lua_State* L);

constexpr Entry kReaderTable[] = {
    {"read", ReadFrames, "reader:read(out [, fresh]) -> frames | nil, message",
     "out: float32 {n} or {n, channels}; fresh: number of frames >= 1, default n",
     Doc("Fills `out` with the next frames, full scale being -1 to 1, and gives how many came: "
         "less than asked for at the end only, and zeros stand for those that are missing. With "
         "`fresh` smaller than n the last n - fresh frames move to the front before, so that "
         "windows overlap; with a larger one the frames in between are skipped. An `out` of rank "
         "1 takes the mean of several channels. Allocates nothing. nil and a message when the "
         "file cannot be read."),
     Doc("local f <close> = io.open(\"/ram/x.raw\", \"wb\")\n"
         "f:write(string.pack(\"<i2i2i2\", 16384, -32768, 8192)) f:close()\n"
         "local reader <close> = pcm.open(\"/ram/x.raw\", \"s16\")\n"
         "local x = tensor.zeros {2}\n"
         "print(reader:read(x), x[1], x[2]) --> 2 0.5 -1.0\n"
         "print(reader:read(x, 1), x[1], x[2]) --> 1 -1.0 0.25\n"
         "print(reader:read(x)) --> 0\n"
         "os.remove \"/ram/x.raw\"")},
    {"ready", ReadyFrames, "reader:ready([seconds]) -> frames | nil [, message]",
     "seconds: up to 1e6, default 0",
     Doc("How many frames can be read without waiting, at most what 1,024 bytes hold; nil when the "
         "signal has ended, and a message when the file cannot be read. With a time it waits for a "
         "frame."),
     Doc("print(pcm.uart(\"s16\"):ready()) --> 0")},
    {"close", CloseReader, "reader:close()", "",
     Doc("Closes the file. Safe twice; reading afterwards raises."),
     Doc("local reader = pcm.uart(\"s16\", {milliseconds = 0})\n"
         "reader:close()\n"
         "print(pcall(reader.read, reader, tensor.zeros {1})) --> false the reader is closed")},
};
const std::span<const Entry> kReaderParts[] = {kReaderTable};
constexpr luaL_Reg kReaderMetamethods[] = {{"__gc", CloseReader},
                                           {"__close", CloseReader},
                                           {"__tostring", ReaderText},
                                           {nullptr, nullptr}};
constexpr const luaL_Reg* kReaderMetamethodLists[] = {kReaderMetamethods};
constexpr Class kReaderClass = {"reader", "moonlet.pcm_reader",
                                Doc("Frames of samples from a file or a serial line."),
                                kReaderParts, kReaderMetamethodLists};

PcmReader& CheckReader(lua_State* L) {
  auto& reader = *static_cast<PcmReader*>(CheckObject(L, 1, kReaderClass));
  if (reader.from == PcmReader::From::kClosed) luaL_error(L, "the reader is closed");
  return reader;
}

int CloseReader(lua_State* L) {
  auto& reader = *static_cast<PcmReader*>(CheckObject(L, 1, kReaderClass));
  if (reader.from == PcmReader::From::kFile) (void)reader.file.Close();
  reader.from = PcmReader::From::kClosed;
  return 0;
}

int ReaderText(lua_State* L) {
  const auto& reader = *static_cast<PcmReader*>(CheckObject(L, 1, kReaderClass));
  lua_pushfstring(L, "reader of %s, %d channel%s%s", NameOf(reader.format), int{reader.channels},
                  reader.channels == 1 ? "" : "s",
                  reader.from == PcmReader::From::kClosed ? ", closed" : "");
  return 1;
}

// ---- reading ----

// A byte at a time: more might not be there.
Status TakeTyped(std::span<uint8_t> data, const StopToken& stop, size_t* got, bool* ended) {
  while (*got < data.size() && board::WaitConsole(0, stop)) {
    size_t count;
    const std::span<uint8_t> next = data.subspan(*got, 1);
    if (Status s = board::ReadConsole({reinterpret_cast<char*>(next.data()), 1}, stop, &count);
        !s.ok())
      return s;
    *ended = count == 0;
    if (*ended) break;
    ++*got;
  }
  return {};
}

// Holds up to `bytes` of what is there. A serial line ends once nothing has come for too long
// since somebody asked.
Status LookAhead(PcmReader& reader, size_t bytes, const StopToken& stop, bool* ended) {
  const size_t missing = bytes - std::min(bytes, reader.held);
  const std::span<uint8_t> data{reader.buffer + reader.held,
                                static_cast<size_t>(std::min<uint64_t>(missing, reader.left))};
  Status status;
  size_t got = 0;
  *ended = false;
  if (reader.from == PcmReader::From::kConsole) {
    status = TakeTyped(data, stop, &got, ended);
  } else if (reader.from == PcmReader::From::kUart) {
    const uint64_t now = board::Microseconds();
    got = board::TakeUart(data);
    if (got > 0 || reader.quiet_since == 0) reader.quiet_since = now;
    *ended = now - reader.quiet_since >= reader.patience;
    if (*ended) reader.quiet_since = 0;
  } else {
    if (!data.empty()) status = reader.file.Read(data, &got);
    *ended = got == 0;
  }
  reader.left -= got;
  reader.held += got;
  return stop.raised() ? Status::Stopped() : status;
}

constexpr uint64_t kSlice = 1000;  // microseconds between two looks

// Gets up to `frames` frames, at most what the buffer holds, to its beginning; *got is less
// only at the end. The bytes of a frame that is not whole are held.
Status Fill(PcmReader& reader, size_t frames, const StopToken& stop, size_t* got) {
  const size_t frame_bytes = reader.frame_bytes();
  const size_t wanted = std::min(frames, sizeof(reader.buffer) / frame_bytes) * frame_bytes;
  reader.quiet_since = 0;
  while (reader.held < wanted) {
    bool ended;
    if (Status s = LookAhead(reader, wanted, stop, &ended); !s.ok()) return s;
    if (ended) break;
    if (reader.held < wanted && reader.from != PcmReader::From::kFile) board::Sleep(kSlice, stop);
  }
  *got = std::min(reader.held, wanted) / frame_bytes;
  return {};
}

// Forgets the frames at the buffer's beginning.
void Drop(PcmReader& reader, size_t frames) {
  const size_t bytes = frames * reader.frame_bytes();
  reader.held -= bytes;
  std::memmove(reader.buffer, reader.buffer + bytes, reader.held);
}

void Decode(const PcmReader& reader, size_t frames, const Tensor& out, size_t at) {
  const FlushDenormals flush;
  if (out.rank() == 1 && reader.channels > 1)
    return dsp::DecodePcmMean(reader.format, reader.buffer, reader.channels,
                              {out.as<float>() + at, frames});
  const size_t channels = reader.channels;
  dsp::DecodePcm(reader.format, reader.buffer,
                 {out.as<float>() + at * channels, frames * channels});
}

// Writes `frames` frames into `out` from its position `at` on, or skips them when there is
// no `out`; *done is less only at the end.
Status Advance(PcmReader& reader, size_t frames, const Tensor* out, size_t at,
               const StopToken& stop, size_t* done) {
  for (*done = 0; *done < frames;) {
    size_t got = 0;
    if (Status s = Fill(reader, frames - *done, stop, &got); !s.ok()) return s;
    if (got == 0) return {};
    if (out != nullptr) Decode(reader, got, *out, at + *done);
    Drop(reader, got);
    *done += got;
  }
  return {};
}

// reader:read(out [, fresh])
int ReadFrames(lua_State* L) {
  PcmReader& reader = CheckReader(L);
  const Tensor& out = *CheckTensor(L, 2);
  const bool fits = out.dtype == DType::kFloat32 && out.contiguous() &&
                    (out.rank() == 1 || (out.rank() == 2 && out.dim(1) == reader.channels));
  if (!fits) {
    ArgumentError(L, 2, "float32 {n} or {n, %d} without gaps expected", int{reader.channels});
  }
  const auto length = static_cast<size_t>(out.dim(0));
  const lua_Integer asked = luaL_optinteger(L, 3, static_cast<lua_Integer>(length));
  luaL_argcheck(L, asked >= (lua_isnoneornil(L, 3) ? 0 : 1), 3, "a number of frames >= 1 expected");
  const auto fresh = static_cast<size_t>(asked);
  const StopToken& stop = StopOf(L);
  const size_t skipped = fresh > length ? fresh - length : 0;
  const size_t kept = fresh < length ? length - fresh : 0;
  const size_t width = out.rank() == 1 ? 1 : reader.channels;
  auto* data = out.as<float>();
  size_t done;
  if (Status s = Advance(reader, skipped, nullptr, 0, stop, &done); !s.ok())
    return PushFailure(L, "pcm", s);
  if (kept > 0) std::memmove(data, data + fresh * width, kept * width * sizeof(float));
  if (Status s = Advance(reader, length - kept, &out, kept, stop, &done); !s.ok())
    return PushFailure(L, "pcm", s);
  std::fill(data + (kept + done) * width, data + length * width, 0.0f);
  lua_pushinteger(L, static_cast<lua_Integer>(done));
  return 1;
}

// reader:ready([seconds])
int ReadyFrames(lua_State* L) {
  PcmReader& reader = CheckReader(L);
  constexpr lua_Integer kLongest = 1'000'000;
  const uint64_t wait = CheckSeconds(L, 2, kLongest);
  const StopToken& stop = StopOf(L);
  const uint64_t end = board::Microseconds() + wait;
  const size_t frame_bytes = reader.frame_bytes();
  while (true) {
    bool ended;
    const size_t room = sizeof(reader.buffer) / frame_bytes * frame_bytes;
    if (Status s = LookAhead(reader, room, stop, &ended); !s.ok()) return PushFailure(L, "pcm", s);
    const size_t frames = reader.held / frame_bytes;
    const uint64_t now = board::Microseconds();
    if (frames > 0 || (now >= end && !ended)) {
      lua_pushinteger(L, static_cast<lua_Integer>(frames));
      return 1;
    }
    if (ended) {
      lua_pushnil(L);
      return 1;
    }
    board::Sleep(std::min(kSlice, end - now), stop);
  }
}

// ---- opening ----

// Pushes a reader of no bytes yet, for the format and options at those indices.
PcmReader& PushReader(lua_State* L, int format, int options, std::span<const char* const> names) {
  const OptionTable table(L, options, names);
  const char* name = luaL_optstring(L, format, "s16");
  PcmFormat found;
  if (!dsp::PcmFormatByName(name, &found)) {
    ArgumentError(L, format, "no format '%s' (there are: u8 s16 s24 s32 f32 f64)", name);
  }
  auto channels = static_cast<uint16_t>(table.Integer("channels", 1, 1, dsp::kMaxPcmChannels));
  auto* reader = new (NewObject(L, kReaderClass, sizeof(PcmReader), 0)) PcmReader;
  reader->format = found;
  reader->channels = channels;
  reader->left = UINT64_MAX;
  return *reader;
}

Status OpenPcmFile(lua_State* L, const char* path, int64_t offset, PcmReader& reader) noexcept {
  char resolved[board::kMaxPath];
  if (Status s = ResolveAllowed(L, path, false, resolved); !s.ok()) return s;
  if (Status s = Runtime::Of(L).files().Open(resolved, board::kRead, &reader.file); !s.ok())
    return s;
  reader.from = PcmReader::From::kFile;
  int64_t position;
  return reader.file.Seek(offset, board::Whence::kStart, &position);
}

// pcm.open(path [, format [, options]])
int OpenReader(lua_State* L) {
  static constexpr const char* kNames[] = {"channels", "offset", "bytes"};
  const char* path = luaL_checkstring(L, 1);
  lua_settop(L, 3);
  PcmReader& reader = PushReader(L, 2, 3, kNames);
  const OptionTable options(L, 3, kNames);
  const int64_t offset = options.Integer("offset", 0, 0, INT64_MAX);
  reader.left = static_cast<uint64_t>(options.Integer("bytes", INT64_MAX, 0, INT64_MAX));
  if (Status s = OpenPcmFile(L, path, offset, reader); !s.ok()) return PushFailure(L, path, s);
  return 1;
}

// pcm.console([format [, options]])
int OpenConsoleReader(lua_State* L) {
  static constexpr const char* kNames[] = {"channels"};
  lua_settop(L, 2);
  PushReader(L, 1, 2, kNames).from = PcmReader::From::kConsole;
  return 1;
}

// pcm.uart([format [, options]])
int OpenUartReader(lua_State* L) {
  static constexpr const char* kNames[] = {"channels", "milliseconds"};
  lua_settop(L, 2);
  PcmReader& reader = PushReader(L, 1, 2, kNames);
  const OptionTable options(L, 2, kNames);
  constexpr int64_t kDay = 86'400'000;
  reader.patience = static_cast<uint64_t>(options.Integer("milliseconds", 1000, 0, kDay)) * 1000;
  reader.from = PcmReader::From::kUart;
  return 1;
}

constexpr Entry kPcmTable[] = {
    {"open", OpenReader, "pcm.open(path [, format [, options]]) -> reader | nil, message",
     "format: \"u8\" \"s16\" \"s24\" \"s32\" \"f32\" \"f64\", default \"s16\"; options: channels "
     "(1 to 64), offset (bytes before the first sample), bytes (of samples, at most)",
     Doc("Opens a file of little-endian samples, as they lie behind the header of a WAV file or in "
         "a file without one. `audio.open` finds format and place by the header."),
     Doc("print(pcm.open \"no such file\") --> nil no such file: No such file or directory")},
    {"console", OpenConsoleReader, "pcm.console([format [, options]]) -> reader",
     "format: as for pcm.open; options: channels (1 to 64)",
     Doc("Reads samples from standard input, on a device from the line of the prompt. Waits for "
         "them until the input ends or the script is interrupted."),
     Doc("print(pcm.console \"s24\") --> reader of s24, 1 channel")},
    {"uart", OpenUartReader, "pcm.uart([format [, options]]) -> reader",
     "format: as for pcm.open; options: channels (1 to 64), milliseconds (0 to 86,400,000, "
     "default 1000)",
     Doc("Reads samples from the second serial line (`board.uart_read`). The signal ends when no "
         "byte has come for `milliseconds`; later ones begin a new signal, and half a frame waits "
         "for its other half."),
     Doc("local line = pcm.uart(\"u8\", {milliseconds = 0})\n"
         "print(line) --> reader of u8, 1 channel")},
};
const std::span<const Entry> kPcmParts[] = {kPcmTable};
constexpr const Class* kPcmClasses[] = {&kReaderClass};

}  // namespace

extern const Module kPcmModule;
const Module kPcmModule = {
    "pcm",
    Doc("Samples from files and serial lines into tensors, without garbage; what `audio` is built "
        "on."),
    kPcmParts, kPcmClasses, nullptr};

}  // namespace moonlet
