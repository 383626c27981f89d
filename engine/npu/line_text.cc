#include "engine/npu/line_text.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace moonlet::npu {

void LineText::Add(const char* format, ...) {
  const size_t room = sizeof(text_) - size_;
  va_list arguments;
  va_start(arguments, format);
  const int added = std::vsnprintf(text_ + size_, room, format, arguments);
  va_end(arguments);
  if (added > 0) size_ += std::min(static_cast<size_t>(added), room - 1);
}

void LineText::Pad(size_t column) {
  while (size_ < column) Add(" ");
}

}  // namespace moonlet::npu
