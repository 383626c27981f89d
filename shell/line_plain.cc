#include "shell/line_plain.h"

#include <cerrno>

namespace moonlet {

LineReader::Event PlainLineReader::Read(const char* prompt, std::string_view* line) {
  std::fputs(prompt, prompts_);
  std::fflush(prompts_);
  line_.clear();
  errno = 0;
  int c;
  while ((c = std::getc(lines_)) != EOF && c != '\n') line_ += static_cast<char>(c);
  if (c == EOF && std::ferror(lines_) && errno == EINTR) {
    std::clearerr(lines_);
    std::fputc('\n', prompts_);
    return Event::kInterrupt;
  }
  if (c == EOF && line_.empty()) {
    std::fputc('\n', prompts_);
    return Event::kEnd;
  }
  *line = line_;
  return Event::kLine;
}

}  // namespace moonlet
