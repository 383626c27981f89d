// engine/tensor/strided.h - walks tensors of one shape together, in row-major order.
//
//   Status s = ForEachRun({&a, &b, &out}, stop, [](const StridedRun& run) {
//     const float* x = run.at<const float>(0);
//     ...
//     for (Index i = 0; i < run.n; ++i) z[i * run.step[2]] = x[i * run.step[0]] + ...
//   });
//
// Axes that lie one behind the other in every operand are merged first, so contiguous
// operands of any rank come as one long run; long runs come in pieces of kMaxRun.
#pragma once
#include <algorithm>
#include <initializer_list>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

inline constexpr int kMaxOperands = 4;
// Elements between two looks at the stop token, and the longest run.
inline constexpr Index kMaxRun = 1 << 16;

// n elements of each operand, `step[k]` elements apart from `data[k]` on.
struct StridedRun {
  Index n;
  Index first;  // row-major position of the run's first element
  uint8_t* data[kMaxOperands];
  Index step[kMaxOperands];

  template <typename T>
  T* at(int operand) const {
    return reinterpret_cast<T*>(data[operand]);
  }
  // Element i of an operand, whose dtype is `dtype`.
  uint8_t* at(int operand, Index i, DType dtype) const {
    return data[operand] + i * step[operand] * static_cast<Index>(SizeOf(dtype));
  }
  bool unit_steps(int operands) const {
    for (int k = 0; k < operands; ++k)
      if (step[k] != 1) return false;
    return true;
  }
};

class StridedWalk {
 public:
  // Requires 1 to kMaxOperands operands of the same shape.
  explicit StridedWalk(std::initializer_list<const Tensor*> operands);
  // The next run, false at the end.
  bool Next(StridedRun* run);

 private:
  void Merge(const Shape& shape);

  int operands_;
  int rank_ = 0;                           // after merging; at least 1
  Index dims_[kMaxRank];                   // innermost last
  Index strides_[kMaxOperands][kMaxRank];  // in elements
  Index sizes_[kMaxOperands];              // bytes of an element
  Index position_[kMaxRank] = {};
  uint8_t* row_[kMaxOperands];  // start of the current innermost row
  Index done_ = 0;              // elements of it already given
  Index first_ = 0;
  bool ended_;
};

// Calls body(run) for each run; kStopped when the token is raised meanwhile.
template <typename Body>
Status ForEachRun(std::initializer_list<const Tensor*> operands, const StopToken& stop,
                  Body&& body) {
  StridedWalk walk(operands);
  StridedRun run;
  for (Index since = 0; walk.Next(&run);) {
    body(static_cast<const StridedRun&>(run));
    since += run.n;
    if (since < kMaxRun) continue;
    if (stop.raised()) return Status::Stopped();
    since = 0;
  }
  return {};
}

// Calls body(first, end) for pieces of at most kMaxRun out of 0 to n, in order; kStopped
// when the token is raised before one of them.
template <typename Body>
Status ForEachPiece(Index n, const StopToken& stop, Body&& body) {
  for (Index first = 0; first < n; first += std::min(kMaxRun, n - first)) {
    if (stop.raised()) return Status::Stopped();
    body(first, first + std::min(kMaxRun, n - first));
  }
  return {};
}

}  // namespace moonlet
