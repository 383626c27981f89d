#include "shell/test_jobs.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "shell/forked_process.h"
#include "shell/link.h"

namespace moonlet {
namespace {

constexpr int kEndingMs = 100;  // how late the end of a process is seen that left its output open
constexpr int kEndedMs = 2;     // the same once its output has ended

using Clock = std::chrono::steady_clock;

struct Running {
  size_t job;
  Deadline deadline;
  Clock::time_point start = Clock::now();
  ForkedProcess process = {};
};

class Pool {
 public:
  Pool(Jobs& jobs, int most_ms) : jobs_(jobs), most_ms_(most_ms) {}

  void Start(size_t job);
  // Waits for news and hands them on.
  void Look();
  size_t size() const { return running_.size(); }

 private:
  void Wait();
  // Whether it is at its end, and then that has been told.
  bool Serve(Running& running);

  Jobs& jobs_;
  const int most_ms_;
  std::vector<Running> running_;
};

void Pool::Start(size_t job) {
  Running& running = running_.emplace_back(Running{job, Deadline(most_ms_)});
  switch (running.process.Fork()) {
    case ForkedProcess::Side::kChild:
      jobs_.Run(job);
      ForkedProcess::ExitChild();
    case ForkedProcess::Side::kFailed:
      running_.pop_back();
      return jobs_.Ended(job, 0, "no process could be made");
    case ForkedProcess::Side::kParent:
      break;
  }
}

void Pool::Wait() {
  std::vector<pollfd> outputs;
  int wait = kEndingMs;
  for (const Running& running : running_) {
    outputs.push_back({running.process.output(), POLLIN, 0});
    if (running.process.output() < 0) wait = kEndedMs;
  }
  poll(outputs.data(), outputs.size(), wait);
}

bool Pool::Serve(Running& running) {
  const bool ended = running.process.HasEnded();  // before the last of its output is read
  std::string bytes;
  running.process.Read(&bytes, 0);
  if (!bytes.empty()) jobs_.Printed(running.job, bytes);
  const bool over = running.deadline.over();
  if (!over && (!ended || !bytes.empty())) return false;
  const std::chrono::duration<double> time = Clock::now() - running.start;
  jobs_.Ended(running.job, time.count(), running.process.Finish());
  return true;
}

void Pool::Look() {
  Wait();
  std::vector<Running> rest;
  for (Running& running : running_) {
    if (!Serve(running)) rest.push_back(std::move(running));
  }
  running_.swap(rest);
}

}  // namespace

void RunJobs(Jobs& jobs, size_t count, size_t at_once, double seconds) {
  constexpr double kMost = 1e6;  // whose milliseconds an int holds
  Pool pool(jobs, seconds > 0 ? static_cast<int>(std::min(seconds, kMost) * 1000) : -1);
  for (size_t next = 0; next < count || pool.size() > 0;) {
    while (next < count && pool.size() < at_once) pool.Start(next++);
    pool.Look();
  }
}

}  // namespace moonlet
