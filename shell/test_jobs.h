// shell/test_jobs.h - runs jobs, several at a time, each in a process of its own. Host only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace moonlet {

class Jobs {
 public:
  virtual ~Jobs() = default;
  // In the job's own process. What it prints comes to Printed.
  virtual void Run(size_t job) = 0;
  // In the process that called RunJobs, as it comes.
  virtual void Printed(size_t job, std::string_view bytes) = 0;
  // After so long; `trouble` tells how it ended if it was not by itself.
  virtual void Ended(size_t job, double seconds, const std::string& trouble) = 0;
};

// Runs jobs 0 to count - 1, at most `at_once` at a time, and waits for all. One that takes
// longer than `seconds` is ended; 0: no limit.
void RunJobs(Jobs& jobs, size_t count, size_t at_once, double seconds);

}  // namespace moonlet
