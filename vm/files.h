// vm/files.h - paths become bytes here, and nowhere else.
//
// Host paths, and later /rom (read in place) and /ram. In the sandbox only paths below
// an allowed folder exist; the rest is refused before the file system is asked.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "vm/lua.h"

namespace moonlet {

// A file's bytes, read into memory (up to 16 MiB, or whatever its size unless `map`)
// or mapped. A mapped file is checked for size and time of change by
// Bytes::Unchanged(). The memory counts as "files" in sys.mem() and against the cap.
// kNotFound, kIo and kNoMemory are the world's refusals; the message has no path.
Status ReadFile(lua_State* L, const char* path, bool map, Bytes* bytes) noexcept;

// Replaces a file by `data`, whole or not at all: a temporary file beside it, then a
// rename.
Status WriteFile(lua_State* L, const char* path, std::span<const uint8_t> data) noexcept;

}  // namespace moonlet
