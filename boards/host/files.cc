#include "boards/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace moonlet::board {
namespace {

Status LastError() {
  const int error = errno;
  const bool absent = error == ENOENT || error == ENOTDIR;
  return Status::Error(absent ? Code::kNotFound : Code::kIo, "%s", std::strerror(error));
}

Status OkUnless(bool failed) { return failed ? LastError() : Status(); }

FileIdentity ToIdentity(const struct stat& info) {
  return {.size = static_cast<uint64_t>(info.st_size),
          .changed_ns =
              static_cast<int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec,
          .file = info.st_ino,
          .device = info.st_dev};
}

Status NotRegular() { return Status::Error(Code::kIo, "Not a regular file"); }

bool IsDots(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

int ToPosix(unsigned flags) {
  // Without O_NONBLOCK opening a pipe would wait for its other end.
  int result = O_CLOEXEC | O_NOCTTY;
  if (!(flags & kAnyKind)) result |= O_NONBLOCK;
  if ((flags & kRead) && (flags & kWrite))
    result |= O_RDWR;
  else if (flags & kWrite)
    result |= O_WRONLY;
  if (flags & kCreate) result |= O_CREAT;
  if (flags & kTruncate) result |= O_TRUNC;
  if (flags & kAppend) result |= O_APPEND;
  if (flags & kExclusive) result |= O_EXCL;
  if (flags & kNoLink) result |= O_NOFOLLOW;
  return result;
}

}  // namespace

Status OpenFile(const char* path, unsigned flags, int* file) {
  *file = open(path, ToPosix(flags), 0666);
  if (*file < 0) return LastError();
  struct stat info;
  Status status = OkUnless(fstat(*file, &info) != 0);
  const bool any = (flags & kAnyKind) && !S_ISDIR(info.st_mode);
  if (status.ok() && !any && !S_ISREG(info.st_mode)) status = NotRegular();
  if (!status.ok()) {
    close(*file);
    *file = -1;
  }
  return status;
}

Status CloseFile(int file) { return OkUnless(close(file) != 0); }

Status ReadFile(int file, std::span<uint8_t> data, size_t* got) {
  *got = 0;
  while (*got < data.size()) {
    const ssize_t n = read(file, data.data() + *got, data.size() - *got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return LastError();
    if (n == 0) break;
    *got += static_cast<size_t>(n);
  }
  return {};
}

Status WriteFile(int file, std::span<const uint8_t> data) {
  while (!data.empty()) {
    const ssize_t n = write(file, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return LastError();
    data = data.subspan(static_cast<size_t>(n));
  }
  return {};
}

Status SeekFile(int file, int64_t offset, Whence whence, int64_t* position) {
  const int origin = whence == Whence::kStart ? SEEK_SET
                     : whence == Whence::kEnd ? SEEK_END
                                              : SEEK_CUR;
  *position = lseek(file, static_cast<off_t>(offset), origin);
  return OkUnless(*position < 0);
}

Status SyncFile(int file) { return OkUnless(fsync(file) != 0); }

Status CopyMode(const char* path, int file) {
  struct stat info;
  return OkUnless(stat(path, &info) != 0 || fchmod(file, info.st_mode & 0777) != 0);
}

Status Identify(int file, FileIdentity* identity) {
  struct stat info;
  if (fstat(file, &info) != 0) return LastError();
  *identity = ToIdentity(info);
  return {};
}

Status Identify(const char* path, FileIdentity* identity) {
  struct stat info;
  if (stat(path, &info) != 0) return LastError();
  if (!S_ISREG(info.st_mode)) return NotRegular();
  *identity = ToIdentity(info);
  return {};
}

Status MapFile(int file, size_t size, const uint8_t** data) {
  void* mapping = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (mapping == MAP_FAILED) return LastError();
  *data = static_cast<const uint8_t*>(mapping);
  return {};
}

void UnmapFile(const uint8_t* data, size_t size) { munmap(const_cast<uint8_t*>(data), size); }

Status RemoveFile(const char* path) { return OkUnless(unlink(path) != 0); }

Status RenameFile(const char* from, const char* to) { return OkUnless(rename(from, to) != 0); }

Status ResolvePath(const char* path, std::span<char, kMaxPath> resolved) {
  static_assert(kMaxPath >= PATH_MAX);
  return OkUnless(realpath(path, resolved.data()) == nullptr);
}

Status ListFolder(const char* path, void (*visit)(const char*, void*), void* context) {
  DIR* folder = opendir(path);
  if (folder == nullptr) return LastError();
  while (const dirent* entry = readdir(folder)) {
    if (IsDots(entry->d_name)) continue;
    struct stat info;
    char name[sizeof(entry->d_name) + 1];
    const bool known = fstatat(dirfd(folder), entry->d_name, &info, 0) == 0;
    std::snprintf(name, sizeof(name), "%s%s", entry->d_name,
                  known && S_ISDIR(info.st_mode) ? "/" : "");
    visit(name, context);
  }
  closedir(folder);
  return {};
}

Status ReadConsole(std::span<char> data, const StopToken&, size_t* got) {
  *got = 0;
  std::fflush(stdout);
  for (int c = 0; *got < data.size() && c != '\n'; ++*got) {
    errno = 0;
    c = std::getc(stdin);
    if (c == EOF) {
      const bool interrupted = std::ferror(stdin) && errno == EINTR;
      std::clearerr(stdin);
      return interrupted ? Status::Stopped() : Status();
    }
    data[*got] = static_cast<char>(c);
  }
  return {};
}

void WriteConsole(std::span<const char> data) {
  if (!data.empty()) std::fwrite(data.data(), 1, data.size(), stdout);  // data() may be null
}

void WriteError(std::span<const char> data) {
  std::fflush(stdout);
  std::fwrite(data.data(), 1, data.size(), stderr);
}

}  // namespace moonlet::board
