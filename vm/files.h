// vm/files.h - paths become bytes here, and nowhere else.
//
// /rom is read in place and /ram written by every script (vm/file_system.h). Of all other
// paths only those below an allowed folder exist in the sandbox; the rest is refused with
// one message, whether it is there or not, before it is opened.
#pragma once
#include <cstdint>
#include <span>

#include "boards/files.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "vm/lua.h"
#include "vm/volume_path.h"

namespace moonlet {

// Larger files are mapped instead of read.
inline constexpr uint64_t kLargestReadFile = 16 << 20;

// A file's bytes: where they lie in /rom, else read into memory, or mapped when it has more
// than 16 MiB or `map` says so. A mapped file is checked for size and time of change by
// Bytes::Unchanged(). The memory counts as "files" in sys.mem() and against the cap. The bytes must
// not outlive the Runtime. kNotFound, kIo and kNoMemory are the world's refusals; the message has
// no path.
Status ReadFile(lua_State* L, const char* path, bool map, Bytes* bytes) noexcept;

// What a ROM image holds of the model at `path` besides its bytes.
struct PreparedBytes {
  std::span<const uint8_t> section;  // empty: nothing
  uint32_t model_crc = 0;
  uint32_t model_size = 0;
};
PreparedBytes FindPrepared(lua_State* L, const char* path) noexcept;

// A copy of `data` that lives and counts as a file read into memory. kNoMemory.
Status CopyBytes(lua_State* L, std::span<const uint8_t> data, Bytes* bytes) noexcept;

// Replaces a file by `data`, whole or not at all: a temporary file beside it, then a
// rename. kStopped when the stop token is raised meanwhile.
Status WriteFile(lua_State* L, const char* path, std::span<const uint8_t> data) noexcept;

// Whether ReadFile would find a file there and be let through.
Status CheckReadable(lua_State* L, const char* path) noexcept;

// Calls visit for each file and folder in a folder, in no order; a name may come twice.
// `visit` must not raise.
Status ListFolder(lua_State* L, const char* path, VisitName visit, void* context) noexcept;

// What ReadFile does, without asking the sandbox: for the script that the user named,
// the modules it requires, and help on the library's modules.
Status ReadTrustedFile(lua_State* L, const char* path, bool map, Bytes* bytes) noexcept;

// The path under which the system finds `path`, or the sandbox's refusal. The file need
// not exist when it is to be written.
Status ResolveAllowed(lua_State* L, const char* path, bool write,
                      std::span<char, board::kMaxPath> resolved) noexcept;

}  // namespace moonlet
