#include "shell/history_search.h"

#include <cstdio>

#include "shell/utf8_text.h"

namespace moonlet {

bool HistorySearch::FindFrom(size_t age) {
  for (std::string_view entry; !(entry = history_.Entry(age)).empty(); ++age) {
    if (entry.find(Asked()) == entry.npos) continue;
    age_ = age;
    return true;
  }
  return false;
}

bool HistorySearch::Type(std::string_view character) {
  if (asked_ + character.size() > kLongest) return false;
  const size_t before = asked_;
  asked_ += character.copy(text_ + asked_, character.size());
  const bool found = FindFrom(age_);
  if (!found) asked_ = before;
  Describe();
  return found;
}

void HistorySearch::Erase() {
  asked_ = PreviousCharacter(Asked(), asked_);
  age_ = 0;
  (void)FindFrom(0);
  Describe();
}

bool HistorySearch::Older() { return asked_ > 0 && FindFrom(age_ + 1); }

void HistorySearch::Describe() {
  std::snprintf(prompt_, sizeof(prompt_), "search '%.*s': ", static_cast<int>(asked_), text_);
}

}  // namespace moonlet
