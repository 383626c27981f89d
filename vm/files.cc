#include "vm/files.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include "vm/runtime.h"

namespace moonlet {
namespace {

constexpr size_t kAlignment = 64;

// A file's content behind its own bookkeeping, in one block.
class FileInMemory final : public BytesOwner {
 public:
  FileInMemory(Allocator& memory, size_t size) : memory_(memory), size_(size) {}
  static size_t BlockSize(size_t size) { return kOffset + size; }
  std::span<uint8_t> data() { return {reinterpret_cast<uint8_t*>(this) + kOffset, size_}; }
  void Release() override { memory_.Free(this, BlockSize(size_)); }

 private:
  static constexpr size_t kOffset = kAlignment;
  Allocator& memory_;
  size_t size_;
};
static_assert(sizeof(FileInMemory) <= kAlignment);

// A mapping, with what tells that the file behind it is still the same.
class MappedFile final : public BytesOwner {
 public:
  static size_t BlockSize(size_t path_length) { return sizeof(MappedFile) + path_length + 1; }
  MappedFile(Runtime& runtime, std::span<const uint8_t> data, const board::FileIdentity& identity,
             std::string_view path)
      : runtime_(runtime), data_(data), identity_(identity), path_length_(path.size()) {
    path.copy(this->path(), path.size());
    this->path()[path.size()] = '\0';
  }
  bool Unchanged() const override {
    board::FileIdentity now;
    const char* path = const_cast<MappedFile*>(this)->path();
    return runtime_.files().Identify(path, &now).ok() && now == identity_;
  }
  void Release() override {
    board::UnmapFile(data_.data(), data_.size());
    runtime_.heap().files().Free(this, BlockSize(path_length_));
  }

 private:
  char* path() { return reinterpret_cast<char*>(this + 1); }

  Runtime& runtime_;
  std::span<const uint8_t> data_;
  board::FileIdentity identity_;
  size_t path_length_;
};

// Closes at the end of the scope.
class ScopedFile {
 public:
  ScopedFile() = default;
  ScopedFile(const ScopedFile&) = delete;
  ScopedFile& operator=(const ScopedFile&) = delete;
  ~ScopedFile() { (void)file_.Close(); }
  File* operator->() { return &file_; }
  File* get() { return &file_; }

 private:
  File file_;
};

// Makes `bytes` of `size` and tells where to write them.
Status NewFile(Allocator& memory, size_t size, Bytes* bytes, std::span<uint8_t>* data) {
  void* block = memory.Allocate(FileInMemory::BlockSize(size), kAlignment);
  if (block == nullptr) return Status::NoMemory(size);
  auto* owner = new (block) FileInMemory(memory, size);
  *data = owner->data();
  *bytes = Bytes(*data, owner);
  return {};
}

Status ReadIntoMemory(File* file, size_t size, Allocator& memory, Bytes* bytes) {
  std::span<uint8_t> data;
  if (Status s = NewFile(memory, size, bytes, &data); !s.ok()) return s;
  size_t got = 0;
  Status status = file->Read(data, &got);
  if (status.ok() && got != size)
    status = Status::Error(Code::kIo, "File changed while it was read");
  if (!status.ok()) bytes->Reset();
  return status;
}

Status Map(int file, const board::FileIdentity& identity, const char* path, Runtime& runtime,
           Bytes* bytes) {
  Allocator& memory = runtime.heap().files();
  const size_t length = std::strlen(path);
  void* block = memory.Allocate(MappedFile::BlockSize(length), alignof(MappedFile));
  if (block == nullptr) return Status::NoMemory(MappedFile::BlockSize(length));
  const auto size = static_cast<size_t>(identity.size);
  const uint8_t* data = nullptr;
  if (Status s = board::MapFile(file, size, &data); !s.ok()) {
    memory.Free(block, MappedFile::BlockSize(length));
    return s;
  }
  auto* owner = new (block) MappedFile(runtime, {data, size}, identity, {path, length});
  *bytes = Bytes({data, size}, owner);
  return {};
}

// A large file takes its time, so the stop token is looked at between pieces of it.
Status WritePieces(File* file, std::span<const uint8_t> data, const StopToken& stop) {
  constexpr size_t kPiece = 1 << 20;
  while (!data.empty()) {
    if (stop.raised()) return Status::Stopped();
    const size_t size = std::min(kPiece, data.size());
    if (Status s = file->Write(data.first(size)); !s.ok()) return s;
    data = data.subspan(size);
  }
  return {};
}

Status Refused() {
  return Status::Error(Code::kNotFound, "outside the folders the sandbox allows");
}

// Whether `path` is `folder` or lies below it; both are resolved.
bool IsBelow(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool IsAllowed(const Runtime& runtime, std::string_view path, bool write) {
  constexpr std::string_view kWritable = ":rw";
  char name[board::kMaxPath];
  char resolved[board::kMaxPath];
  for (std::string_view folder : runtime.options().allow) {
    const bool writable = folder.ends_with(kWritable);
    if (writable) folder.remove_suffix(kWritable.size());
    if ((write && !writable) || folder.size() >= sizeof(name)) continue;
    name[folder.copy(name, folder.size())] = '\0';
    if (board::ResolvePath(name, resolved).ok() && IsBelow(path, resolved)) return true;
  }
  return false;
}

// Resolves the longest part of `path` that exists; *rest is what is left of it.
Status ResolveExisting(const char* path, std::span<char, board::kMaxPath> resolved,
                       std::string_view* rest) {
  char part[board::kMaxPath];
  const std::string_view whole = path;
  if (whole.empty()) return Status::Error(Code::kNotFound, "empty path");
  if (whole.size() >= sizeof(part)) return Status::Error(Code::kIo, "File name too long");
  part[whole.copy(part, whole.size())] = '\0';
  *rest = {};
  while (!board::ResolvePath(part, resolved).ok()) {
    const size_t slash = std::string_view(part).rfind('/');
    if (slash == std::string_view::npos) {
      *rest = whole;
      return board::ResolvePath(".", resolved);
    }
    *rest = whole.substr(slash + 1);
    part[slash == 0 ? 1 : slash] = '\0';
    if (slash == 0) return board::ResolvePath(part, resolved);
  }
  return {};
}

bool IsNameAlone(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos;
}

}  // namespace

Status ResolveAllowed(lua_State* L, const char* path, bool write,
                      std::span<char, board::kMaxPath> resolved) noexcept {
  const Runtime& runtime = Runtime::Of(L);
  if (!runtime.options().sandbox || VolumeOf(path) != Volume::kBoard) {
    const std::string_view whole = path;
    if (whole.size() >= resolved.size()) return Status::Error(Code::kIo, "File name too long");
    resolved[whole.copy(resolved.data(), whole.size())] = '\0';
    return {};
  }
  std::string_view rest;
  if (Status s = ResolveExisting(path, resolved, &rest); !s.ok()) return s;
  if (!IsAllowed(runtime, resolved.data(), write)) return Refused();
  if (rest.empty()) return {};
  if (!IsNameAlone(rest)) {
    return rest.find("..") == rest.npos
               ? Status::Error(Code::kNotFound, "No such file or directory")
               : Refused();
  }
  const size_t length = std::strlen(resolved.data());
  if (rest.size() + 2 > resolved.size() - length)
    return Status::Error(Code::kIo, "File name too long");
  resolved[length] = '/';
  resolved[length + 1 + rest.copy(&resolved[length + 1], rest.size())] = '\0';
  return {};
}

Status ReadTrustedFile(lua_State* L, const char* path, bool map, Bytes* bytes) noexcept {
  Runtime& runtime = Runtime::Of(L);
  ScopedFile file;
  if (Status s = runtime.files().Open(path, board::kRead, file.get()); !s.ok()) return s;
  if (file->in_place()) {
    *bytes = Bytes::Borrow(file->content());
    return {};
  }
  board::FileIdentity identity;
  if (Status s = file->Identify(&identity); !s.ok()) return s;
  if (identity.size > SIZE_MAX / 2) return Status::NoMemory(identity.size);
  const bool mappable = file->board_file() >= 0 && identity.size > 0;
  if (mappable && (map || identity.size > kLargestReadFile))
    return Map(file->board_file(), identity, path, runtime, bytes);
  return ReadIntoMemory(file.get(), static_cast<size_t>(identity.size), runtime.heap().files(),
                        bytes);
}

Status ReadFile(lua_State* L, const char* path, bool map, Bytes* bytes) noexcept {
  char resolved[board::kMaxPath];
  if (Status s = ResolveAllowed(L, path, false, resolved); !s.ok()) return s;
  return ReadTrustedFile(L, resolved, map, bytes);
}

PreparedBytes FindPrepared(lua_State* L, const char* path) noexcept {
  RomEntry model;
  RomEntry section;
  if (!Runtime::Of(L).files().FindPrepared(path, &model, &section)) return {};
  return {section.data, model.crc, static_cast<uint32_t>(model.data.size())};
}

Status CopyBytes(lua_State* L, std::span<const uint8_t> data, Bytes* bytes) noexcept {
  std::span<uint8_t> copy;
  if (Status s = NewFile(Runtime::Of(L).heap().files(), data.size(), bytes, &copy); !s.ok())
    return s;
  if (!data.empty()) std::memcpy(copy.data(), data.data(), data.size());
  return {};
}

Status CheckReadable(lua_State* L, const char* path) noexcept {
  char resolved[board::kMaxPath];
  if (Status s = ResolveAllowed(L, path, false, resolved); !s.ok()) return s;
  ScopedFile file;
  return Runtime::Of(L).files().Open(resolved, board::kRead, file.get());
}

Status ListFolder(lua_State* L, const char* path, VisitName visit, void* context) noexcept {
  char resolved[board::kMaxPath];
  if (Status s = ResolveAllowed(L, path, false, resolved); !s.ok()) return s;
  return Runtime::Of(L).files().List(resolved, visit, context);
}

Status WriteFile(lua_State* L, const char* path, std::span<const uint8_t> data) noexcept {
  constexpr std::string_view kSuffix = ".part";
  char target[board::kMaxPath];
  char temporary[board::kMaxPath];
  if (Status s = ResolveAllowed(L, path, true, target); !s.ok()) return s;
  // The file itself, not a link to it, is what gets replaced.
  const bool volume = VolumeOf(target) != Volume::kBoard;
  if (volume || !board::ResolvePath(target, temporary).ok()) std::strcpy(temporary, target);
  std::strcpy(target, temporary);
  const size_t length = std::strlen(temporary);
  if (length + kSuffix.size() >= sizeof(temporary))
    return Status::Error(Code::kIo, "File name too long");
  temporary[length + kSuffix.copy(temporary + length, kSuffix.size())] = '\0';

  FileSystem& files = Runtime::Of(L).files();
  board::FileIdentity old;
  const Status there = files.Identify(target, &old);
  if (!there.ok() && there.code() != Code::kNotFound) return there;
  ScopedFile file;
  constexpr unsigned kFlags = board::kWrite | board::kCreate | board::kTruncate | board::kNoLink;
  Status status = files.Open(temporary, kFlags, file.get());
  if (!status.ok()) return status;
  if (there.ok() && !volume) status = board::CopyMode(target, file->board_file());
  if (status.ok()) status = WritePieces(file.get(), data, Runtime::Of(L).stop());
  if (status.ok()) status = file->Sync();
  if (Status s = file->Close(); status.ok()) status = s;
  if (status.ok()) status = files.Rename(temporary, target);
  if (!status.ok()) (void)files.Remove(temporary);
  return status;
}

}  // namespace moonlet
