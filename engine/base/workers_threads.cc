// Workers on POSIX threads.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cassert>
#include <new>

#include "engine/base/float_mode.h"
#include "engine/base/workers.h"

namespace moonlet {
namespace {

std::atomic<int> g_threads{0};  // of all workers

class ThreadWorkers final : public Workers {
 public:
  explicit ThreadWorkers(int count) : count_(count) {}

  // False when the system gives no more threads; those there are then end.
  bool Start();
  void Stop();

  int count() const override { return count_; }
  void Run(Work work, void* context) override;

 private:
  struct Thread {
    ThreadWorkers* workers;
    int share;
    pthread_t id;
  };
  static void* Main(void* thread);
  void Serve(int share);

  int count_;
  int started_ = 0;
  bool ending_ = false;
  Work work_ = nullptr;
  void* context_ = nullptr;
  std::atomic<uint32_t> round_{0};  // a new one tells of work, or of the end
  std::atomic<int> busy_{0};
  Thread threads_[kMaxWorkers - 1];
};

void* ThreadWorkers::Main(void* thread) {
  const auto* self = static_cast<const Thread*>(thread);
  self->workers->Serve(self->share);
  return nullptr;
}

void ThreadWorkers::Serve(int share) {
  const FlushDenormals flush;
  for (uint32_t seen = 0;; ++seen) {
    round_.wait(seen, std::memory_order_acquire);
    if (ending_) return;
    work_(context_, share);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

// Signals are for the thread that runs scripts.
bool ThreadWorkers::Start() {
  if (g_threads.fetch_add(count_ - 1) + count_ - 1 > kMaxThreads) return false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; started_ < count_ - 1; ++started_) {
    threads_[started_] = {this, started_ + 1, {}};
    Thread* thread = &threads_[started_];
    if (pthread_create(&thread->id, nullptr, Main, thread) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started_ == count_ - 1;
}

void ThreadWorkers::Stop() {
  ending_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (int i = 0; i < started_; ++i) pthread_join(threads_[i].id, nullptr);
  g_threads.fetch_sub(count_ - 1);
}

void ThreadWorkers::Run(Work work, void* context) {
  work_ = work;
  context_ = context;
  busy_.store(count_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  work(context, 0);
  for (int left; (left = busy_.load(std::memory_order_acquire)) != 0;) busy_.wait(left);
}

}  // namespace

Status StartWorkers(int count, Allocator& allocator, Workers** workers) {
  assert(count >= 2 && count <= kMaxWorkers);
  void* memory = allocator.Allocate(sizeof(ThreadWorkers), alignof(ThreadWorkers));
  if (memory == nullptr) return Status::NoMemory(sizeof(ThreadWorkers));
  auto* made = new (memory) ThreadWorkers(count);
  if (made->Start()) {
    *workers = made;
    return Status();
  }
  StopWorkers(made, allocator);
  return Status::Unsupported("%d threads, more than there are", count);
}

void StopWorkers(Workers* workers, Allocator& allocator) {
  if (workers == nullptr) return;
  auto* threads = static_cast<ThreadWorkers*>(workers);
  threads->Stop();
  threads->~ThreadWorkers();
  allocator.Free(threads, sizeof(ThreadWorkers));
}

}  // namespace moonlet
