// vm/file_system.h - every path a script can write: /rom, /ram, and what the board has.
//
//   FileSystem files;             // outlives the Runtime: /ram survives a soft reset
//   files.SetRom(image);
//   options.files = &files;
//
//   File file;
//   if (Status s = files.Open("/rom/main.lua", board::kRead, &file); !s.ok()) ...
//
// /rom is read-only: an application's image above a base image, or a folder of the host.
// /ram is vm/ram_files.h. All other paths go to boards/files.h as they are. Failures are
// worded as the system's, without the path. vm/files.h stands between this and scripts.
#pragma once
#include <cstdint>
#include <span>

#include "boards/files.h"
#include "vm/ram_files.h"
#include "vm/rom_image.h"
#include "vm/volume_path.h"

namespace moonlet {

// An open file of whichever volume. Trivially destructible: whoever opened it closes it.
class File {
 public:
  bool is_open() const { return kind_ != Kind::kClosed; }
  // Does nothing when it is closed.
  Status Close();

  // As in boards/files.h. Require is_open().
  Status Read(std::span<uint8_t> data, size_t* got);
  Status Write(std::span<const uint8_t> data);
  Status Seek(int64_t offset, board::Whence whence, int64_t* position);
  Status Sync();
  Status Identify(board::FileIdentity* identity) const;

  // The board's file, to be mapped; -1: it is none.
  int board_file() const { return kind_ == Kind::kBoard ? board_ : -1; }
  // Whether the content lies in an image, where it is.
  bool in_place() const { return kind_ == Kind::kRom; }
  std::span<const uint8_t> content() const { return rom_; }

 private:
  friend class FileSystem;
  enum class Kind : uint8_t { kClosed, kBoard, kRom, kRam };

  size_t size() const { return kind_ == Kind::kRom ? rom_.size() : ram_->size; }

  Kind kind_ = Kind::kClosed;
  bool append_ = false;
  bool readable_ = false;
  bool writable_ = false;
  int board_ = -1;
  std::span<const uint8_t> rom_;
  RamFiles* volume_ = nullptr;
  RamFile* ram_ = nullptr;
  uint64_t position_ = 0;  // in /rom and /ram
};

class FileSystem {
 public:
  // What /rom is from now on. The images' bytes and the folder's text must outlive the
  // FileSystem; an empty image takes one away. A folder is the host's, in place of images.
  void SetRom(const RomImage& base) { base_ = base; }
  void SetApplication(const RomImage& application) { application_ = application; }
  void SetRomFolder(const char* path) { rom_folder_ = path; }
  bool has_rom() const {
    return rom_folder_ != nullptr || base_.count() + application_.count() > 0;
  }
  const RomImage& rom() const { return base_; }
  const RomImage& application() const { return application_; }
  RamFiles& ram() { return ram_; }

  // `flags` as in boards/files.h. Writing into /rom: "Read-only file system".
  Status Open(const char* path, unsigned flags, File* file);
  // What an image holds of the model at a path besides its bytes: the entry of its file, and its
  // prepared section. False when there is none, or the path leads elsewhere.
  bool FindPrepared(const char* path, RomEntry* model, RomEntry* section) const;
  // kIo: it is there, but no file.
  Status Identify(const char* path, board::FileIdentity* identity);
  Status Remove(const char* path);
  // Within one volume.
  Status Rename(const char* from, const char* to);
  // Files and folders, in no order; a name may come twice.
  Status List(const char* path, VisitName visit, void* context);

 private:
  // A path split into its volume and what it names there. Board: the path, zero-ended.
  struct Place {
    Volume volume = Volume::kBoard;
    bool read_only = false;
    const char* board = nullptr;
    std::string_view inside;
    char inside_buffer[kMaxVolumePath + 1];
    char board_buffer[board::kMaxPath];
  };
  Status Find(const char* path, Place* place) const;
  bool FindInRom(std::string_view path, RomEntry* entry) const;
  Status OpenRom(const Place& place, unsigned flags, File* file) const;

  RomImage base_;
  RomImage application_;
  const char* rom_folder_ = nullptr;
  RamFiles ram_;
};

}  // namespace moonlet
