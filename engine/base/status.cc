#include "engine/base/status.h"

#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <span>

namespace moonlet {
namespace {

// newlib as it is built for the device does not know 't' and 'z' of "%td" and "%zu"; there these
// types are as long as an int, so the letters can go.
void Format(std::span<char> to, const char* format, va_list arguments) {
  if constexpr (sizeof(ptrdiff_t) != sizeof(int)) {
    std::vsnprintf(to.data(), to.size(), format, arguments);
    return;
  }
  char plain[256];
  size_t size = 0;
  for (char before = 0; *format != '\0' && size + 1 < sizeof(plain); before = *format++)
    if (before != '%' || (*format != 't' && *format != 'z')) plain[size++] = *format;
  plain[size] = '\0';
  std::vsnprintf(to.data(), to.size(), plain, arguments);
}

}  // namespace

Status Status::Error(Code code, const char* format, ...) {
  Status status;
  status.code_ = code;
  va_list arguments;
  va_start(arguments, format);
  Format(status.message_, format, arguments);
  va_end(arguments);
  return status;
}

Status Status::Invalid(const char* format, ...) {
  Status status;
  status.code_ = Code::kInvalid;
  va_list arguments;
  va_start(arguments, format);
  Format(status.message_, format, arguments);
  va_end(arguments);
  return status;
}

Status Status::Unsupported(const char* format, ...) {
  Status status;
  status.code_ = Code::kUnsupported;
  va_list arguments;
  va_start(arguments, format);
  Format(status.message_, format, arguments);
  va_end(arguments);
  return status;
}

void Status::CopyMessage(const Status& other) {
  std::memmove(message_, other.message_, sizeof(message_));
}

Status Status::NoMemory(unsigned long long bytes) {
  return Error(Code::kNoMemory, "not enough memory for %llu bytes", bytes);
}

Status Status::Stopped() { return Error(Code::kStopped, "stopped"); }

}  // namespace moonlet
