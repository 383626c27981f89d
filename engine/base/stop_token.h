// engine/base/stop_token.h - asks long work to end soon.
//
// One atomic flag, raised by Ctrl-C, an exhausted budget or a task's owner; a signal
// or interrupt handler may raise it. Kernels poll it at least every 10^6 multiply-adds
// and per row of long work; they then return Status::Stopped() with their outputs
// unspecified and every object valid.
#pragma once
#include <atomic>

namespace moonlet {

class StopToken {
 public:
  void Raise() { flag_.store(1, std::memory_order_relaxed); }
  void Lower() { flag_.store(0, std::memory_order_relaxed); }
  bool raised() const { return flag_.load(std::memory_order_relaxed) != 0; }

 private:
  // A byte, because Lua's virtual machine reads it as one (vm/lua_config.h).
  std::atomic<unsigned char> flag_{0};
};
static_assert(sizeof(StopToken) == 1 && std::atomic<unsigned char>::is_always_lock_free);

}  // namespace moonlet
