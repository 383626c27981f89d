// The board has no files of its own: what scripts see, /rom and /ram, is vm/'s.
#include "boards/files.h"

namespace moonlet::board {
namespace {

Status None() { return Status::Error(Code::kNotFound, "No such file or directory"); }

}  // namespace

Status OpenFile(const char*, unsigned, int*) { return None(); }
Status CloseFile(int) { return None(); }
Status ReadFile(int, std::span<uint8_t>, size_t*) { return None(); }
Status WriteFile(int, std::span<const uint8_t>) { return None(); }
Status SeekFile(int, int64_t, Whence, int64_t*) { return None(); }
Status SyncFile(int) { return None(); }
Status CopyMode(const char*, int) { return None(); }
Status Identify(int, FileIdentity*) { return None(); }
Status Identify(const char*, FileIdentity*) { return None(); }
Status MapFile(int, size_t, const uint8_t**) { return None(); }
void UnmapFile(const uint8_t*, size_t) {}
Status RemoveFile(const char*) { return None(); }
Status RenameFile(const char*, const char*) { return None(); }
Status ResolvePath(const char*, std::span<char, kMaxPath>) { return None(); }
Status ListFolder(const char*, void (*)(const char*, void*), void*) { return None(); }

}  // namespace moonlet::board
