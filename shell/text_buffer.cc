#include "shell/text_buffer.h"

#include <algorithm>
#include <cstring>

namespace moonlet {

bool TextBuffer::Reserve(size_t size) {
  if (size <= capacity_) return true;
  const size_t capacity = std::max(size, 2 * capacity_);
  void* bytes = allocate_(context_, bytes_, capacity_, capacity);
  if (bytes == nullptr) return false;
  bytes_ = static_cast<char*>(bytes);
  capacity_ = capacity;
  return true;
}

bool TextBuffer::Insert(size_t position, std::string_view text) {
  if (text.empty()) return true;
  if (!Reserve(size_ + text.size())) return false;
  std::memmove(bytes_ + position + text.size(), bytes_ + position, size_ - position);
  std::memcpy(bytes_ + position, text.data(), text.size());
  size_ += text.size();
  return true;
}

bool TextBuffer::Assign(std::string_view text) {
  if (!Reserve(text.size())) return false;
  size_ = 0;
  return Append(text);
}

void TextBuffer::Erase(size_t position, size_t count) {
  if (count == 0) return;
  std::memmove(bytes_ + position, bytes_ + position + count, size_ - position - count);
  size_ -= count;
}

void TextBuffer::Release() {
  allocate_(context_, bytes_, capacity_, 0);
  bytes_ = nullptr;
  size_ = capacity_ = 0;
}

}  // namespace moonlet
