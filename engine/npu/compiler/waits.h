// engine/npu/compiler/waits.h - which operations must wait for which: copies run beside operations
// on blocks, while those come in order.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

class WaitTracker {
 public:
  explicit WaitTracker(const Config& config) : config_(config) {}

  // The wait that must stand in front of an operation or copy; false if there is none. Takes
  // note of the operation.
  bool Before(const Operation& op, Operation* wait);

 private:
  struct Span {
    int region;
    uint64_t first, end;
    bool write;
  };
  using Spans = std::vector<Span>;

  Spans SpansOf(const Operation& op) const;
  static bool Conflict(const Spans& a, const Spans& b);
  static int Youngest(const std::vector<Spans>& started, const Spans& spans);

  const Config& config_;
  std::vector<Spans> copies_;  // started and not known to have ended, oldest first
  std::vector<Spans> blocks_;
};

}  // namespace moonlet::npu
