// bench/samples.h - how long something takes beside something else: samples of each are taken
// in turns, so that what the neighbours of a machine do meets both.
//
//   Samples ours, theirs;
//   for (...) { ours.Take([&] { ... }); theirs.Take([&] { ... }); }
//   ... ours.best() / theirs.best() ...
#pragma once
#include <time.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace moonlet {

// Microseconds of this thread's processor time.
inline double ThreadMicroseconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

class Samples {
 public:
  // Calls `run` as often as one sample asks for, and once before: what ran last has taken the
  // caches.
  template <typename Run>
  void Take(Run run) {
    run();
    if (runs_ == 0) runs_ = std::max(1, static_cast<int>(kSample / TimeOf(1, run)));
    times_.push_back(TimeOf(runs_, run));
  }

  // Microseconds of one call. After a Take.
  double best() const { return *std::min_element(times_.begin(), times_.end()); }
  double median() const {
    std::vector<double> times = times_;
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }

 private:
  // Microseconds: long beside what reading a clock takes, short beside a time slice.
  static constexpr double kSample = 150;

  template <typename Run>
  static double TimeOf(int runs, Run run) {
    const double start = ThreadMicroseconds();
    for (int i = 0; i < runs; ++i) run();
    return (ThreadMicroseconds() - start) / runs;
  }

  std::vector<double> times_;
  int runs_ = 0;
};

}  // namespace moonlet
