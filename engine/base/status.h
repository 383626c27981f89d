// engine/base/status.h - the answer of everything that can fail: a code and a message.
//
//   Status s = model.Open(bytes);
//   if (!s.ok()) return s;   // s.what(): "operator 7 CONV_2D: filter is float32, expected int8"
//
// The message lives inside, so a Status costs no allocation, and it is trivially
// destructible, so Lua's longjmp may pass over one.
#pragma once
#include <cstdint>
#include <type_traits>

namespace moonlet {

enum class Code : uint8_t {
  kOk,
  kInvalid,      // the data or an argument is wrong
  kUnsupported,  // well formed, but nothing here can do it
  kNoMemory,     // an allocator refused
  kStopped,      // a StopToken was raised; outputs are unspecified, objects valid
  kNotFound,     // no such file or name
  kIo,           // the file system or a device refused
  kChanged,      // a mapped file is not what it was
};

class [[nodiscard]] Status {
 public:
  Status() : code_(Code::kOk) { message_[0] = '\0'; }
  // A success is copied without the room for a message: checks hand on many.
  Status(const Status& other) { *this = other; }
  Status& operator=(const Status& other) {
    code_ = other.code_;
    if (ok()) {
      message_[0] = '\0';
    } else {
      CopyMessage(other);
    }
    return *this;
  }
  // A failure with a message in the style of printf, cut to what fits.
  static Status Error(Code code, const char* format, ...) __attribute__((format(printf, 2, 3)));
  static Status Invalid(const char* format, ...) __attribute__((format(printf, 1, 2)));
  static Status Unsupported(const char* format, ...) __attribute__((format(printf, 1, 2)));
  static Status NoMemory(unsigned long long bytes);  // "not enough memory for N bytes"
  static Status Stopped();

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const char* what() const { return message_; }

 private:
  void CopyMessage(const Status& other);

  Code code_;
  char message_[191];
};
static_assert(std::is_trivially_destructible_v<Status>);

}  // namespace moonlet
