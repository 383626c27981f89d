#include "engine/base/status.h"

#include <cstdarg>
#include <cstdio>

namespace moonlet {

Status Status::Error(Code code, const char* format, ...) {
  Status status;
  status.code_ = code;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(status.message_, sizeof(status.message_), format, arguments);
  va_end(arguments);
  return status;
}

Status Status::Invalid(const char* format, ...) {
  Status status;
  status.code_ = Code::kInvalid;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(status.message_, sizeof(status.message_), format, arguments);
  va_end(arguments);
  return status;
}

Status Status::Unsupported(const char* format, ...) {
  Status status;
  status.code_ = Code::kUnsupported;
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(status.message_, sizeof(status.message_), format, arguments);
  va_end(arguments);
  return status;
}

Status Status::NoMemory(unsigned long long bytes) {
  return Error(Code::kNoMemory, "not enough memory for %llu bytes", bytes);
}

Status Status::Stopped() { return Error(Code::kStopped, "stopped"); }

}  // namespace moonlet
