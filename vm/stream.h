// vm/stream.h - a buffered file or the console, as the sandbox's `io` uses it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "vm/file_system.h"

namespace moonlet {

class Stream {
 public:
  static constexpr int kEnd = -1;

  // Closes `file` in the end.
  void OpenFile(const File& file, bool readable, bool writable);
  // Reads end once `stop` is raised.
  void OpenConsole(const StopToken& stop);
  // Writes what is left, then closes. Safe twice.
  Status Close();
  bool is_open() const { return kind_ != Kind::kClosed; }
  bool is_console() const { return kind_ == Kind::kConsole; }

  // The next byte without taking it; kEnd at the end or on a failure, which *status tells.
  int Peek(Status* status);
  void Skip() { ++position_; }
  // What is in the buffer, at least one byte unless at the end; Skip(n) takes of it.
  std::span<const uint8_t> Buffered(Status* status);
  void Skip(size_t count) { position_ += static_cast<uint32_t>(count); }

  Status Write(std::span<const uint8_t> data);
  Status Flush();
  // `whence` as in boards/files.h; *position counts from the start.
  Status Seek(int64_t offset, int whence, int64_t* position);

 private:
  enum class Kind : uint8_t { kClosed, kFile, kConsole };

  Status Fill();
  Status DropReadAhead();

  Kind kind_ = Kind::kClosed;
  bool readable_ = false;
  bool writable_ = false;
  bool writing_ = false;  // the buffer holds bytes to write, [0, size_)
  File file_;
  const StopToken* stop_ = nullptr;  // of the console
  uint32_t position_ = 0;            // of the next byte to read
  uint32_t size_ = 0;
  uint8_t buffer_[1024];
};

}  // namespace moonlet
