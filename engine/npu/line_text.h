// engine/npu/line_text.h - a line of text put together piece by piece, cut to what fits.
#pragma once
#include <cstddef>

namespace moonlet::npu {

class LineText {
 public:
  void Add(const char* format, ...) __attribute__((format(printf, 2, 3)));
  // Spaces up to this column.
  void Pad(size_t column);
  void Clear() { size_ = 0, text_[0] = '\0'; }
  const char* text() const { return text_; }

 private:
  size_t size_ = 0;
  char text_[224] = {};
};

}  // namespace moonlet::npu
