// shell/history_search.h - looks for an entry of the history by a part of it.
#pragma once
#include <cstddef>
#include <string_view>

#include "shell/line_history.h"

namespace moonlet {

class HistorySearch {
 public:
  // The history outlives the search and stays as it is meanwhile.
  explicit HistorySearch(const LineHistory& history) : history_(history) { Describe(); }

  // Looks for this character, too, from the entry found on. False, and nothing changes, when no
  // entry holds it.
  bool Type(std::string_view character);
  // Takes the last character back, and begins at the newest entry again.
  void Erase();
  // Goes on to the next older entry; false when there is none.
  bool Older();

  // The entry found, and where in it; empty before anything was typed.
  std::string_view entry() const { return asked_ > 0 ? history_.Entry(age_) : std::string_view(); }
  size_t position() const { return entry().find(Asked()); }
  // What to show before it: "search 'for': ".
  std::string_view prompt() const { return prompt_; }

 private:
  static constexpr size_t kLongest = 24;

  std::string_view Asked() const { return {text_, asked_}; }
  bool FindFrom(size_t age);
  void Describe();

  const LineHistory& history_;
  size_t age_ = 0;
  size_t asked_ = 0;  // bytes of text_
  char text_[kLongest];
  char prompt_[kLongest + 16];
};

}  // namespace moonlet
