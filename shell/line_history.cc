#include "shell/line_history.h"

#include <cstring>

namespace moonlet {

void LineHistory::Add(std::string_view entry) {
  if (entry.empty() || entry == Entry(0) || entry.size() >= kBytes / 2) return;
  if (entry.find('\0') != entry.npos) return;
  size_t dropped = 0;
  while (size_ - dropped + entry.size() + 1 > kBytes) dropped += std::strlen(bytes_ + dropped) + 1;
  std::memmove(bytes_, bytes_ + dropped, size_ - dropped);
  size_ -= dropped;
  std::memcpy(bytes_ + size_, entry.data(), entry.size());
  size_ += entry.size();
  bytes_[size_++] = '\0';
}

std::string_view LineHistory::Entry(size_t age) const {
  size_t end = size_;
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && bytes_[start - 1] != '\0') --start;
    if (age-- == 0) return {bytes_ + start, end - 1 - start};
    end = start;
  }
  return {};
}

}  // namespace moonlet
