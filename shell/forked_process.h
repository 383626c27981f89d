// shell/forked_process.h - a copy of this process that does one thing, and what it prints.
//
//   ForkedProcess process;
//   if (process.Fork() == ForkedProcess::Side::kChild) {
//     std::printf("42\n");
//     ForkedProcess::ExitChild();
//   }
//   std::string text;
//   while (process.Read(&text, 1000)) ...
//   const std::string trouble = process.Finish();
//
// Host only. The child ends when this process does.
#pragma once
#include <sys/types.h>

#include <string>
#include <utility>

namespace moonlet {

class ForkedProcess {
 public:
  enum class Side { kParent, kChild, kFailed };

  ForkedProcess() = default;
  ~ForkedProcess() { Finish(); }
  ForkedProcess(ForkedProcess&& other) noexcept
      : process_(std::exchange(other.process_, 0)),
        output_(std::exchange(other.output_, -1)),
        ended_(other.ended_),
        status_(other.status_) {}
  ForkedProcess& operator=(ForkedProcess&&) = delete;

  // In the child, whose standard output is a pipe to the parent, it gives kChild.
  Side Fork();
  // The end of the child, which has printed all of its texts.
  [[noreturn]] static void ExitChild();

  // Where its output arrives; -1 once that has ended.
  int output() const { return output_; }
  // Appends what comes within that time. False once nothing more can come: the child has ended,
  // whoever else holds its output, or it has closed it.
  bool Read(std::string* text, int milliseconds);
  // Whether it has ended by now.
  bool HasEnded();
  // Ends it if it has not. How it ended if it was not by itself: "crashed, signal 11".
  std::string Finish();

 private:
  pid_t process_ = 0;
  int output_ = -1;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace moonlet
