// vm/ram_files.h - the files of /ram: chunks of memory, found by name.
//
// A file grows by chunks and so is never copied, nor does it need its size in one piece from
// a heap that may have no such piece left. Folders exist by the names of files alone. A file that
// is removed or replaced while it is open lives on, nameless, until its last user closes it. Memory
// is the Runtime's, so the cap holds for it, while there is a Runtime, else the C library's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "vm/volume_path.h"

namespace moonlet {

struct RamChunk {
  RamChunk* next;
  size_t size;
  uint8_t* data() { return reinterpret_cast<uint8_t*>(this + 1); }
};

struct RamFile {
  RamFile* next;
  char* path;
  size_t path_size;
  RamChunk* first;
  RamChunk* last;
  size_t size;
  size_t capacity;   // of all chunks
  uint64_t number;   // no other file has it
  uint64_t changes;  // of the content so far
  uint32_t users;
  bool listed;  // has a name
  std::string_view name() const { return {path, path_size}; }
};

class RamFiles {
 public:
  RamFiles() = default;
  // Nothing may be open any more.
  ~RamFiles();
  RamFiles(const RamFiles&) = delete;
  RamFiles& operator=(const RamFiles&) = delete;

  // Where memory comes from from now on; blocks of either may be given back to the other.
  void set_memory(Allocator& memory) { memory_ = &memory; }
  size_t used() const { return used_; }

  // `flags` as in boards/files.h. Close whatever was opened. Paths are as InsideVolume gives
  // them. kNotFound, kIo (it is a folder, it is there, a name no file can have) or kNoMemory;
  // nothing has changed then.
  Status Open(std::string_view path, unsigned flags, RamFile** file);
  void Close(RamFile* file);
  // Gives how many bytes there were from `position` on.
  size_t Read(const RamFile* file, size_t position, std::span<uint8_t> data) const;
  // What lies between the end and `position` becomes zeros.
  Status Write(RamFile* file, size_t position, std::span<const uint8_t> data);
  Status Append(RamFile* file, std::span<const uint8_t> data);

  // Null: none of that name.
  RamFile* Find(std::string_view path) const;
  bool HasFolder(std::string_view path) const;
  Status Remove(std::string_view path);
  // A file that has the new name loses it.
  Status Rename(std::string_view from, std::string_view to);
  // In order, each name once.
  void List(std::string_view folder, VisitName visit, void* context) const;

 private:
  Status CheckNewName(std::string_view path) const;
  Status Create(std::string_view path, RamFile** file);
  Status Reserve(RamFile* file, size_t size);
  void Trim(RamFile* file);
  void Insert(RamFile* file);
  void Unlist(RamFile* file);
  void Release(RamFile* file);
  void* Allocate(size_t size);
  void Free(void* block, size_t size);

  Allocator* memory_ = &MallocAllocator();
  RamFile* first_ = nullptr;  // in the order of names
  size_t used_ = 0;
  uint64_t last_number_ = 0;
};

}  // namespace moonlet
