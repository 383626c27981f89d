// engine/base/workers.h - threads that do shares of one piece of work side by side.
//
//   Workers* workers;
//   Status s = StartWorkers(4, allocator, &workers);
//   workers->Run([](void* context, int share) { ... }, &work);   // share 0 to 3, each once
//   StopWorkers(workers, allocator);
//
// The caller does share 0 itself. Whether a share runs here or there changes nothing it
// computes: floating point is set up alike in all of them.
#pragma once
#include <cstddef>

#include "engine/base/allocator.h"
#include "engine/base/status.h"

namespace moonlet {

class Workers {
 public:
  using Work = void (*)(void* context, int share);

  // How many shares Run makes, the caller's included.
  virtual int count() const = 0;
  // Calls work(context, i) for each i below count() and returns when all have. Not from within
  // such a call, nor from two threads at once.
  virtual void Run(Work work, void* context) = 0;

 protected:
  ~Workers() = default;
};

inline constexpr int kMaxWorkers = 64;
// Threads of all workers of a process together: no script can take all that a system has.
inline constexpr int kMaxThreads = 256;

// Starts count - 1 threads. kNoMemory, or kUnsupported when that would be too many or the system
// gives none. Requires
// 2 <= count <= kMaxWorkers. Where there are no threads: kUnsupported.
Status StartWorkers(int count, Allocator& allocator, Workers** workers);
// Ends the threads. Null is allowed; `allocator` is that of StartWorkers.
void StopWorkers(Workers* workers, Allocator& allocator);

}  // namespace moonlet
