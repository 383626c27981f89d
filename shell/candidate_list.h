// shell/candidate_list.h - the completions of a line as a terminal shows them. They take no
// memory, and so no script's: Complete() offers the same ones as often as it is asked.
#pragma once
#include <cstddef>
#include <string_view>

#include "shell/completion.h"
#include "shell/serial_line.h"

namespace moonlet {

// Collects what all candidates start with.
class CommonStart final : public CandidateSink {
 public:
  void Add(std::string_view candidate) override;
  bool found() const { return found_; }
  bool several() const { return several_; }
  std::string_view text() const { return {text_, size_}; }

 private:
  bool found_ = false;
  bool several_ = false;
  size_t size_ = 0;
  char text_[kLongestCandidate];
};

// Writes the candidates for the end of `text` in order, on rows of so many columns, which end
// in "\r\n".
void ListCandidates(lua_State* L, std::string_view text, size_t columns, SerialLine* line);

}  // namespace moonlet
