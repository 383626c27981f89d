#include "shell/candidate_list.h"

#include <algorithm>
#include <cstring>

namespace moonlet {
namespace {

constexpr size_t kGap = 2;  // between columns

class Longest final : public CandidateSink {
 public:
  void Add(std::string_view candidate) override { size = std::max(size, candidate.size()); }
  size_t size = 0;
};

// Finds the first candidate that comes after another one.
class Successor final : public CandidateSink {
 public:
  explicit Successor(std::string_view previous) : previous_(previous) {}
  void Add(std::string_view candidate) override {
    if (candidate <= previous_ || (size_ > 0 && candidate >= text())) return;
    size_ = candidate.copy(text_, sizeof(text_));
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  std::string_view previous_;
  size_t size_ = 0;
  char text_[kLongestCandidate];
};

void WriteSpaces(SerialLine* line, size_t count) {
  while (count-- > 0) line->Write(" ");
}

}  // namespace

void CommonStart::Add(std::string_view candidate) {
  if (!found_) {
    found_ = true;
    size_ = candidate.copy(text_, sizeof(text_));
    return;
  }
  several_ = several_ || candidate != text();
  const auto differ = std::mismatch(text_, text_ + size_, candidate.begin(), candidate.end());
  size_ = static_cast<size_t>(differ.first - text_);
}

void ListCandidates(lua_State* L, std::string_view text, size_t columns, SerialLine* line) {
  Longest longest;
  Complete(L, text, &longest);
  const size_t width = longest.size + kGap;
  const size_t in_row = std::max<size_t>(1, columns / width);
  char previous[kLongestCandidate];
  size_t size = 0;
  size_t padding = 0;
  for (size_t shown = 0;; ++shown) {
    Successor next({previous, size});
    Complete(L, text, &next);
    if (next.text().empty()) break;
    if (shown > 0 && shown % in_row == 0) {
      line->Write("\r\n");
    } else {
      WriteSpaces(line, padding);
    }
    line->Write(next.text());
    padding = width - next.text().size();
    size = next.text().copy(previous, sizeof(previous));
  }
  line->Write("\r\n");
}

}  // namespace moonlet
