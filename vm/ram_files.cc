#include "vm/ram_files.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <new>

#include "boards/files.h"

namespace moonlet {
namespace {

constexpr size_t kSmallestChunk = 64;
constexpr size_t kLargestChunk = 16 << 10;

// Calls use(bytes) for each piece of a file from `position` on, `size` bytes in all.
template <typename Use>
void ForPieces(RamChunk* chunk, size_t position, size_t size, const Use& use) {
  for (; size > 0; chunk = chunk->next) {
    if (position >= chunk->size) {
      position -= chunk->size;
      continue;
    }
    const size_t piece = std::min(size, chunk->size - position);
    use(std::span(chunk->data() + position, piece));
    position = 0;
    size -= piece;
  }
}

Status NoSuchRamFile() { return Status::Error(Code::kNotFound, "No such file or directory"); }

}  // namespace

RamFiles::~RamFiles() {
  while (first_ != nullptr) Unlist(first_);
  assert(used_ == 0);
}

void* RamFiles::Allocate(size_t size) {
  void* block = memory_->Allocate(size, alignof(std::max_align_t));
  if (block != nullptr) used_ += size;
  return block;
}

void RamFiles::Free(void* block, size_t size) {
  if (block == nullptr) return;
  used_ -= size;
  memory_->Free(block, size);
}

RamFile* RamFiles::Find(std::string_view path) const {
  RamFile* file = first_;
  while (file != nullptr && file->name() < path) file = file->next;
  return file != nullptr && file->name() == path ? file : nullptr;
}

bool RamFiles::HasFolder(std::string_view path) const {
  if (path.empty()) return true;
  for (const RamFile* file = first_; file != nullptr; file = file->next)
    if (IsBelowFolder(file->name(), path)) return true;
  return false;
}

// A name whose file would be a folder, or lie in a file, is none.
Status RamFiles::CheckNewName(std::string_view path) const {
  if (!IsVolumePath(path) || HasFolder(path)) return Status::Error(Code::kIo, "Is a directory");
  for (const RamFile* file = first_; file != nullptr; file = file->next)
    if (IsBelowFolder(path, file->name())) return Status::Error(Code::kNotFound, "Not a directory");
  return {};
}

Status RamFiles::Open(std::string_view path, unsigned flags, RamFile** file) {
  *file = Find(path);
  if (*file == nullptr) {
    if (HasFolder(path)) return Status::Error(Code::kIo, "Not a regular file");
    if (!(flags & board::kCreate)) return NoSuchRamFile();
    if (Status s = Create(path, file); !s.ok()) return s;
  } else if ((flags & board::kCreate) && (flags & board::kExclusive)) {
    return Status::Error(Code::kIo, "File exists");
  }
  ++(*file)->users;
  if (flags & board::kTruncate) {
    (*file)->size = 0;
    Trim(*file);
    ++(*file)->changes;
  }
  return {};
}

// Allocating may collect garbage and so close files, but it neither adds nor removes names.
Status RamFiles::Create(std::string_view path, RamFile** file) {
  if (Status s = CheckNewName(path); !s.ok()) return s;
  void* block = Allocate(sizeof(RamFile));
  void* text = block != nullptr ? Allocate(path.size()) : nullptr;
  if (text == nullptr) {
    Free(block, sizeof(RamFile));
    return Status::NoMemory(sizeof(RamFile) + path.size());
  }
  *file = new (block) RamFile{};
  (*file)->path = static_cast<char*>(text);
  (*file)->path_size = path.copy((*file)->path, path.size());
  (*file)->number = ++last_number_;
  Insert(*file);
  return {};
}

void RamFiles::Insert(RamFile* file) {
  RamFile** link = &first_;
  while (*link != nullptr && (*link)->name() < file->name()) link = &(*link)->next;
  file->next = *link;
  file->listed = true;
  *link = file;
}

void RamFiles::Unlist(RamFile* file) {
  RamFile** link = &first_;
  while (*link != file) link = &(*link)->next;
  *link = file->next;
  file->listed = false;
  if (file->users == 0) Release(file);
}

void RamFiles::Release(RamFile* file) {
  file->size = 0;
  Trim(file);
  Free(file->path, file->path_size);
  Free(file, sizeof(RamFile));
}

void RamFiles::Close(RamFile* file) {
  if (--file->users == 0 && !file->listed) Release(file);
}

// Chunks double up to the largest. Allocating one may collect garbage, which may close a
// file that writes its rest, even to this one: nothing is kept in mind meanwhile.
Status RamFiles::Reserve(RamFile* file, size_t size) {
  while (file->capacity < size) {
    const size_t missing = size - file->capacity;
    size_t length = std::clamp(file->capacity, kSmallestChunk, kLargestChunk);
    void* block = Allocate(sizeof(RamChunk) + length);
    if (block == nullptr && missing < length)
      block = Allocate(sizeof(RamChunk) + (length = missing));
    if (block == nullptr) {
      Trim(file);
      return Status::NoMemory(missing);
    }
    auto* chunk = new (block) RamChunk{.next = nullptr, .size = length};
    (file->last != nullptr ? file->last->next : file->first) = chunk;
    file->last = chunk;
    file->capacity += length;
  }
  return {};
}

// Gives back the chunks that the content does not need.
void RamFiles::Trim(RamFile* file) {
  RamChunk** link = &file->first;
  file->last = nullptr;
  file->capacity = 0;
  while (*link != nullptr && file->capacity < file->size) {
    file->last = *link;
    file->capacity += (*link)->size;
    link = &(*link)->next;
  }
  RamChunk* chunk = *link;
  *link = nullptr;
  while (chunk != nullptr) {
    RamChunk* next = chunk->next;
    Free(chunk, sizeof(RamChunk) + chunk->size);
    chunk = next;
  }
}

size_t RamFiles::Read(const RamFile* file, size_t position, std::span<uint8_t> data) const {
  if (position >= file->size) return 0;
  const size_t size = std::min(data.size(), file->size - position);
  uint8_t* to = data.data();
  ForPieces(file->first, position, size, [&](std::span<uint8_t> piece) {
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  });
  return size;
}

Status RamFiles::Write(RamFile* file, size_t position, std::span<const uint8_t> data) {
  if (data.empty()) return {};
  if (position > SIZE_MAX / 2 || data.size() > SIZE_MAX / 2) return Status::NoMemory(SIZE_MAX);
  const size_t end = position + data.size();
  if (Status s = Reserve(file, end); !s.ok()) return s;
  if (position > file->size) {
    ForPieces(file->first, file->size, position - file->size,
              [](std::span<uint8_t> piece) { std::memset(piece.data(), 0, piece.size()); });
  }
  const uint8_t* from = data.data();
  ForPieces(file->first, position, data.size(), [&](std::span<uint8_t> piece) {
    std::memcpy(piece.data(), from, piece.size());
    from += piece.size();
  });
  file->size = std::max(file->size, end);
  ++file->changes;
  return {};
}

Status RamFiles::Append(RamFile* file, std::span<const uint8_t> data) {
  // Getting the memory first: that may make the file longer, as in Reserve.
  while (data.size() > file->capacity - file->size) {
    if (data.size() > SIZE_MAX / 2) return Status::NoMemory(data.size());
    if (Status s = Reserve(file, file->size + data.size()); !s.ok()) return s;
  }
  return Write(file, file->size, data);
}

Status RamFiles::Remove(std::string_view path) {
  RamFile* file = Find(path);
  if (file == nullptr)
    return HasFolder(path) ? Status::Error(Code::kIo, "Is a directory") : NoSuchRamFile();
  Unlist(file);
  return {};
}

Status RamFiles::Rename(std::string_view from, std::string_view to) {
  RamFile* file = Find(from);
  if (file == nullptr) return NoSuchRamFile();
  if (from == to) return {};
  RamFile* replaced = Find(to);
  if (replaced == nullptr) {
    if (Status s = CheckNewName(to); !s.ok()) return s;
  }
  auto* path = static_cast<char*>(Allocate(to.size()));
  if (path == nullptr) return Status::NoMemory(to.size());
  to.copy(path, to.size());
  if (replaced != nullptr) Unlist(replaced);
  ++file->users;  // without a name for a moment
  Unlist(file);
  --file->users;
  Free(file->path, file->path_size);
  file->path = path;
  file->path_size = to.size();
  Insert(file);
  return {};
}

void RamFiles::List(std::string_view folder, VisitName visit, void* context) const {
  std::string_view last;
  for (const RamFile* file = first_; file != nullptr; file = file->next) {
    if (!IsBelowFolder(file->name(), folder)) continue;
    const std::string_view name = NameInFolder(file->name(), folder);
    if (name != last) visit(name, context);
    last = name;
  }
}

}  // namespace moonlet
