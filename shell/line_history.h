// shell/line_history.h - the entries typed before, in a fixed memory: the oldest give way.
#pragma once
#include <cstddef>
#include <string_view>

namespace moonlet {

class LineHistory {
 public:
  // Keeps a copy, unless it is empty, the same as the last, or larger than half of the memory.
  void Add(std::string_view entry);
  // Entries are counted from the last, 0. Empty text beyond the oldest.
  std::string_view Entry(size_t age) const;

 private:
  static constexpr size_t kBytes = 2048;

  size_t size_ = 0;
  char bytes_[kBytes];  // entries in order, each ended by a zero
};

}  // namespace moonlet
