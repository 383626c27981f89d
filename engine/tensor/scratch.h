// engine/tensor/scratch.h - doubles to work with for the time of a call.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/base/allocator.h"
#include "engine/base/status.h"

namespace moonlet {

class ScratchDoubles {
 public:
  // Room for `count`; ok() is false when `memory` refuses.
  ScratchDoubles(Allocator& memory, uint64_t count)
      : memory_(memory), bytes_(std::max<uint64_t>(count, 1) * sizeof(double)) {
    if (count < SIZE_MAX / sizeof(double) / 2)
      first_ = next_ = static_cast<double*>(memory.Allocate(static_cast<size_t>(bytes_), 16));
  }
  ~ScratchDoubles() {
    if (first_ != nullptr) memory_.Free(first_, static_cast<size_t>(bytes_));
  }
  ScratchDoubles(const ScratchDoubles&) = delete;
  ScratchDoubles& operator=(const ScratchDoubles&) = delete;

  bool ok() const { return first_ != nullptr; }
  Status Refusal() const { return Status::NoMemory(bytes_); }
  // The next `count` of them. The caller asked for as many as it takes.
  double* Take(std::ptrdiff_t count) {
    double* part = next_;
    next_ += count;
    return part;
  }

 private:
  Allocator& memory_;
  uint64_t bytes_;
  double* first_ = nullptr;
  double* next_ = nullptr;
};

}  // namespace moonlet
