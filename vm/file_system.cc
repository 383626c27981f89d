#include "vm/file_system.h"

#include <algorithm>
#include <cstring>

namespace moonlet {
namespace {

Status ReadOnly() { return Status::Error(Code::kIo, "Read-only file system"); }
Status NoSuchFile() { return Status::Error(Code::kNotFound, "No such file or directory"); }
Status NotAFile() { return Status::Error(Code::kIo, "Not a regular file"); }

struct Visitor {
  VisitName visit;
  void* context;
};

void VisitBoardName(const char* name, void* context) {
  const auto& visitor = *static_cast<const Visitor*>(context);
  visitor.visit(name, visitor.context);
}

}  // namespace

// ---- an open file ----

Status File::Close() {
  const Kind kind = kind_;
  kind_ = Kind::kClosed;
  if (kind == Kind::kBoard) return board::CloseFile(board_);
  if (kind == Kind::kRam) volume_->Close(ram_);
  return {};
}

Status File::Read(std::span<uint8_t> data, size_t* got) {
  *got = 0;
  if (kind_ == Kind::kBoard) return board::ReadFile(board_, data, got);
  if (!readable_) return Status::Error(Code::kIo, "Bad file descriptor");
  if (position_ >= size()) return {};
  const auto from = static_cast<size_t>(position_);
  if (kind_ == Kind::kRam) {
    *got = volume_->Read(ram_, from, data);
  } else {
    *got = std::min(data.size(), rom_.size() - from);
    std::memcpy(data.data(), rom_.data() + from, *got);
  }
  position_ += *got;
  return {};
}

Status File::Write(std::span<const uint8_t> data) {
  if (kind_ == Kind::kBoard) return board::WriteFile(board_, data);
  if (!writable_) return Status::Error(Code::kIo, "Bad file descriptor");
  if (position_ > SIZE_MAX / 2) return Status::Error(Code::kIo, "File too large");
  const Status status = append_ ? volume_->Append(ram_, data)
                                : volume_->Write(ram_, static_cast<size_t>(position_), data);
  if (!status.ok()) return status;
  position_ = append_ ? ram_->size : position_ + data.size();
  return {};
}

Status File::Seek(int64_t offset, board::Whence whence, int64_t* position) {
  if (kind_ == Kind::kBoard) return board::SeekFile(board_, offset, whence, position);
  const uint64_t from = whence == board::Whence::kStart ? 0
                        : whence == board::Whence::kEnd ? size()
                                                        : position_;
  const auto base = static_cast<int64_t>(from);
  if (offset < -base || offset > INT64_MAX - base)
    return Status::Error(Code::kIo, "Invalid argument");
  *position = base + offset;
  position_ = static_cast<uint64_t>(*position);
  return {};
}

Status File::Sync() { return kind_ == Kind::kBoard ? board::SyncFile(board_) : Status(); }

Status File::Identify(board::FileIdentity* identity) const {
  if (kind_ == Kind::kBoard) return board::Identify(board_, identity);
  *identity = {.size = size()};
  if (kind_ == Kind::kRam) {
    identity->changed_ns = static_cast<int64_t>(ram_->changes);
    identity->file = ram_->number;
  }
  return {};
}

// ---- paths ----

Status FileSystem::Find(const char* path, Place* place) const {
  place->volume = VolumeOf(path);
  place->board = path;
  if (place->volume == Volume::kBoard) return {};
  if (Status s = InsideVolume(path, place->inside_buffer, &place->inside); !s.ok()) return s;
  if (place->volume == Volume::kRam || rom_folder_ == nullptr) return {};
  // The names in `inside` lead nowhere but into the folder.
  const std::string_view folder = rom_folder_;
  if (folder.size() + place->inside.size() + 2 > sizeof(place->board_buffer))
    return Status::Error(Code::kIo, "File name too long");
  char* end = place->board_buffer + folder.copy(place->board_buffer, folder.size());
  if (!place->inside.empty()) *end++ = '/';
  end += place->inside.copy(end, place->inside.size());
  *end = '\0';
  place->volume = Volume::kBoard;
  place->board = place->board_buffer;
  place->read_only = true;
  return {};
}

bool FileSystem::FindInRom(std::string_view path, RomEntry* entry) const {
  return application_.Find(path, entry) || base_.Find(path, entry);
}

Status FileSystem::OpenRom(const Place& place, unsigned flags, File* file) const {
  RomEntry entry;
  const bool found = FindInRom(place.inside, &entry);
  if (flags & (board::kWrite | board::kCreate)) return ReadOnly();
  if (!found) {
    const bool folder = application_.HasFolder(place.inside) || base_.HasFolder(place.inside);
    return folder ? NotAFile() : NoSuchFile();
  }
  file->kind_ = File::Kind::kRom;
  file->rom_ = entry.data;
  return {};
}

Status FileSystem::Open(const char* path, unsigned flags, File* file) {
  *file = {};
  Place place;
  if (Status s = Find(path, &place); !s.ok()) return s;
  file->readable_ = (flags & board::kRead) != 0;
  file->writable_ = (flags & board::kWrite) != 0;
  file->append_ = (flags & board::kAppend) != 0;
  switch (place.volume) {
    case Volume::kBoard: {
      if (place.read_only && (flags & (board::kWrite | board::kCreate))) return ReadOnly();
      const Status status = board::OpenFile(place.board, flags, &file->board_);
      if (status.ok()) file->kind_ = File::Kind::kBoard;
      return status;
    }
    case Volume::kRom:
      return OpenRom(place, flags, file);
    case Volume::kRam: {
      const Status status = ram_.Open(place.inside, flags, &file->ram_);
      if (!status.ok()) return status;
      file->kind_ = File::Kind::kRam;
      file->volume_ = &ram_;
      return {};
    }
  }
  return {};
}

bool FileSystem::FindPrepared(const char* path, RomEntry* model, RomEntry* section) const {
  Place place;
  if (!Find(path, &place).ok() || place.volume != Volume::kRom) return false;
  const RomImage& image = application_.Find(place.inside, model) ? application_ : base_;
  return image.Find(place.inside, model) && image.FindSection(place.inside, kRomPrepared, section);
}

Status FileSystem::Identify(const char* path, board::FileIdentity* identity) {
  Place place;
  if (Status s = Find(path, &place); !s.ok()) return s;
  if (place.volume == Volume::kBoard) return board::Identify(place.board, identity);
  File file;
  if (Status s = Open(path, board::kRead, &file); !s.ok()) return s;
  const Status status = file.Identify(identity);
  (void)file.Close();
  return status;
}

Status FileSystem::Remove(const char* path) {
  Place place;
  if (Status s = Find(path, &place); !s.ok()) return s;
  if (place.read_only || place.volume == Volume::kRom) return ReadOnly();
  return place.volume == Volume::kRam ? ram_.Remove(place.inside) : board::RemoveFile(place.board);
}

Status FileSystem::Rename(const char* from, const char* to) {
  Place source;
  Place target;
  if (Status s = Find(from, &source); !s.ok()) return s;
  if (Status s = Find(to, &target); !s.ok()) return s;
  for (const Place* place : {&source, &target})
    if (place->read_only || place->volume == Volume::kRom) return ReadOnly();
  if (source.volume != target.volume) return Status::Error(Code::kIo, "Invalid cross-device link");
  return source.volume == Volume::kRam ? ram_.Rename(source.inside, target.inside)
                                       : board::RenameFile(source.board, target.board);
}

Status FileSystem::List(const char* path, VisitName visit, void* context) {
  Place place;
  if (Status s = Find(path, &place); !s.ok()) return s;
  if (place.volume == Volume::kBoard) {
    Visitor visitor = {visit, context};
    return board::ListFolder(place.board, VisitBoardName, &visitor);
  }
  if (place.volume == Volume::kRam) {
    if (!ram_.HasFolder(place.inside)) return NoSuchFile();
    ram_.List(place.inside, visit, context);
    return {};
  }
  if (!application_.HasFolder(place.inside) && !base_.HasFolder(place.inside)) return NoSuchFile();
  application_.List(place.inside, visit, context);
  base_.List(place.inside, visit, context);
  return {};
}

}  // namespace moonlet
