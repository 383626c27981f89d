#include "vm/stream.h"

#include <algorithm>
#include <cstring>

#include "boards/files.h"

namespace moonlet {
namespace {

Status WrongDirection(const char* direction) {
  return Status::Error(Code::kIo, "file is not open for %s", direction);
}

}  // namespace

void Stream::OpenFile(const File& file, bool readable, bool writable) {
  kind_ = Kind::kFile;
  file_ = file;
  readable_ = readable;
  writable_ = writable;
}

void Stream::OpenConsole(const StopToken& stop) {
  kind_ = Kind::kConsole;
  stop_ = &stop;
  readable_ = writable_ = true;
}

Status Stream::Close() {
  if (kind_ != Kind::kFile) return {};
  Status status = Flush();
  kind_ = Kind::kClosed;
  if (Status s = file_.Close(); status.ok()) status = s;
  return status;
}

Status Stream::Fill() {
  if (!readable_) return WrongDirection("reading");
  if (writing_) {
    if (Status s = Flush(); !s.ok()) return s;
  }
  size_t got = 0;
  Status status;
  if (is_console()) {
    status = board::ReadConsole({reinterpret_cast<char*>(buffer_), sizeof(buffer_)}, *stop_, &got);
  } else {
    status = file_.Read(buffer_, &got);
  }
  position_ = 0;
  size_ = static_cast<uint32_t>(got);
  return status;
}

std::span<const uint8_t> Stream::Buffered(Status* status) {
  *status = {};
  if (writing_ || position_ >= size_) *status = Fill();
  if (!status->ok()) return {};
  return {buffer_ + position_, size_ - position_};
}

int Stream::Peek(Status* status) {
  const std::span<const uint8_t> rest = Buffered(status);
  return rest.empty() ? kEnd : rest[0];
}

// The system's position lies behind what was read ahead; sets it to ours.
Status Stream::DropReadAhead() {
  if (writing_ || is_console()) return {};
  const int64_t ahead = static_cast<int64_t>(size_) - static_cast<int64_t>(position_);
  position_ = size_ = 0;
  int64_t position;
  return ahead == 0 ? Status() : file_.Seek(-ahead, board::Whence::kCurrent, &position);
}

Status Stream::Write(std::span<const uint8_t> data) {
  if (is_console()) {
    board::WriteConsole({reinterpret_cast<const char*>(data.data()), data.size()});
    return {};
  }
  if (!writable_) return WrongDirection("writing");
  if (Status s = DropReadAhead(); !s.ok()) return s;
  writing_ = true;
  if (data.size() > sizeof(buffer_) - size_) {
    if (Status s = Flush(); !s.ok()) return s;
    if (data.size() >= sizeof(buffer_)) return file_.Write(data);
    writing_ = true;
  }
  if (!data.empty()) std::memcpy(buffer_ + size_, data.data(), data.size());
  size_ += static_cast<uint32_t>(data.size());
  return {};
}

Status Stream::Flush() {
  if (!writing_) return {};
  writing_ = false;
  const size_t size = size_;
  size_ = position_ = 0;
  return file_.Write({buffer_, size});
}

Status Stream::Seek(int64_t offset, int whence, int64_t* position) {
  if (is_console()) return Status::Error(Code::kIo, "Illegal seek");
  if (Status s = DropReadAhead(); !s.ok()) return s;
  if (Status s = Flush(); !s.ok()) return s;
  return file_.Seek(offset, static_cast<board::Whence>(whence), position);
}

}  // namespace moonlet
