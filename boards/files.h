// boards/files.h - the machine's own file system and console, for vm/ alone.
//
// Failures carry the system's words and no path; kNotFound is told apart from kIo.
// Nothing here allocates, but for what the C library needs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"

namespace moonlet::board {

// With the final zero. Functions keep several of these on their stack.
#if defined(__unix__)
inline constexpr size_t kMaxPath = 4096;
#else
inline constexpr size_t kMaxPath = 256;
#endif

// What a file is opened for; a sum of these.
enum OpenFlags : unsigned {
  kRead = 1,
  kWrite = 2,
  kCreate = 4,
  kTruncate = 8,
  kAppend = 16,
  kExclusive = 32,  // with kCreate: it must not be there
  kNoLink = 64,     // the path's last part must not be a symbolic link
  kAnyKind = 128,   // devices and pipes too; reading them may wait
};

enum class Whence { kStart, kCurrent, kEnd };

// What changes when a file's content does.
struct FileIdentity {
  uint64_t size = 0;
  int64_t changed_ns = 0;
  uint64_t file = 0;  // its number on the device
  uint64_t device = 0;
  bool operator==(const FileIdentity&) const = default;
};

// Opens a regular file; folders are refused, and without kAnyKind devices and pipes.
Status OpenFile(const char* path, unsigned flags, int* file);
Status CloseFile(int file);
// *got is less than asked for only at the end of the file.
Status ReadFile(int file, std::span<uint8_t> data, size_t* got);
Status WriteFile(int file, std::span<const uint8_t> data);
Status SeekFile(int file, int64_t offset, Whence whence, int64_t* position);
// Waits until the content is on the disk.
Status SyncFile(int file);
// Gives `file` the permissions of the file at `path`.
Status CopyMode(const char* path, int file);
Status Identify(int file, FileIdentity* identity);
Status Identify(const char* path, FileIdentity* identity);
// Read-only. Requires size > 0. The mapping outlives the file's closing.
Status MapFile(int file, size_t size, const uint8_t** data);
void UnmapFile(const uint8_t* data, size_t size);

// A regular file, or a symbolic link to one.
Status RemoveFile(const char* path);
Status RenameFile(const char* from, const char* to);
// The absolute path without links and dots; everything in `path` must exist.
Status ResolvePath(const char* path, std::span<char, kMaxPath> resolved);
// Calls visit(name, context) for each file and folder but "." and ".."; a folder's name
// ends in "/".
Status ListFolder(const char* path, void (*visit)(const char* name, void* context), void* context);

// A line or part of one from the console into `data`; 0 bytes at its end. kStopped when
// `stop` was raised or a signal came in between.
Status ReadConsole(std::span<char> data, const StopToken& stop, size_t* got);
void WriteConsole(std::span<const char> data);
// What goes wrong. Comes after everything written before.
void WriteError(std::span<const char> data);

}  // namespace moonlet::board
