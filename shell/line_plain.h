// shell/line_plain.h - lines from a C stream, without editing.
#pragma once
#include <cstdio>
#include <string>

#include "shell/console.h"

namespace moonlet {

// Ends at the end of the stream. Ctrl-C gives kInterrupt when its signal handler was
// installed without SA_RESTART.
class PlainLineReader final : public LineReader {
 public:
  // Prompts go to `prompts`.
  PlainLineReader(std::FILE* lines, std::FILE* prompts) : lines_(lines), prompts_(prompts) {}
  Event Read(const char* prompt, std::string_view* line) override;
  void Remember(std::string_view) override {}

 private:
  std::FILE* lines_;
  std::FILE* prompts_;
  std::string line_;
};

}  // namespace moonlet
