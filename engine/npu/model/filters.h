// engine/npu/model/filters.h - the weights and scales of a program, decoded into its memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/model/filter.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// A stream may decode the same bytes as often as it has operations: what a hostile one can ask
// for must end.
inline constexpr int64_t kMostWeights = int64_t{1} << 27;

// Memory handed out front to back; without any, what would be needed is counted.
class ProgramMemory {
 public:
  ProgramMemory() = default;
  explicit ProgramMemory(std::span<uint8_t> memory) : memory_(memory), writes_(true) {}

  bool writes() const { return writes_; }
  // What was taken, and borrowed beyond that.
  size_t used() const { return used_ > borrowed_ ? used_ : borrowed_; }
  // Bytes at `at`, null while counting or when the memory ends before them.
  uint8_t* At(size_t at, size_t bytes) const {
    const bool has = writes_ && at <= memory_.size() && bytes <= memory_.size() - at;
    return has ? memory_.data() + at : nullptr;
  }
  // Where the next `bytes` are to lie, if they follow at a multiple of `alignment`.
  size_t Next(size_t alignment) const { return (used_ + alignment - 1) / alignment * alignment; }
  size_t Take(size_t bytes, size_t alignment) {
    const size_t at = Next(alignment);
    used_ = at + bytes;
    return at;
  }
  // Memory that what is taken next may have again.
  size_t Borrow(size_t bytes, size_t alignment) {
    const size_t at = Next(alignment);
    borrowed_ = borrowed_ > at + bytes ? borrowed_ : at + bytes;
    return at;
  }
  // Whether all of it was there.
  bool fits() const { return !writes_ || used() <= memory_.size(); }

 private:
  std::span<uint8_t> memory_;
  size_t used_ = 0;
  size_t borrowed_ = 0;
  bool writes_ = false;
};

// A filter in a program's memory.
struct FilterPlace {
  uint32_t weights = 0;
  uint32_t scales = 0;  // records, or what a kernel prepared
  FilterForm form = FilterForm::kRunTime;
};
Filter FilterAt(const uint8_t* program, const FilterPlace& place);

// Decodes filters, each once: the stripes of a cascade use the same one again and again.
class FilterLoader {
 public:
  FilterLoader(const Config& config, bool kernels, ProgramMemory* memory)
      : config_(config), kernels_(kernels), memory_(*memory) {}

  // The filter of an operation whose weights and scales are these constant bytes.
  Status Load(const Operation& op, const uint8_t* weights, const uint8_t* scales,
              FilterPlace* place);

 private:
  // What decides how a filter looks.
  struct Key {
    const uint8_t* weights = nullptr;
    const uint8_t* scales = nullptr;
    uint64_t length = 0;
    OperationKind kind = OperationKind::kStop;
    Kernel kernel;
    int32_t in = 0;
    int32_t out = 0;
    int32_t block = 0;
    uint8_t element_bytes = 0;
    bool kernel_has = false;
    // What a kernel prepares depends on.
    bool fully_connected = false;
    int32_t zero_point = 0;
    int32_t in_width = 0;
    int32_t out_width = 0;
    int32_t pad_left = 0;

    bool operator==(const Key&) const = default;
  };
  struct Known {
    Key key;
    FilterPlace place;
  };
  // Cascades of compiled models have fewer filters; others are decoded more than once.
  static constexpr int kMost = 24;

  Key KeyOf(const Operation& op, const uint8_t* weights, const uint8_t* scales) const;
  Status Decode(const Operation& op, std::span<const uint8_t> weights, FilterPlace* place);
  Status DecodeWide(const Operation& op, std::span<const uint8_t> weights, FilterPlace* place);
  void CopyRecords(const Operation& op, const uint8_t* records, FilterPlace* place);
  void Prepare(const Operation& op, const uint8_t* records, FilterPlace* place);

  const Config& config_;
  bool kernels_;
  ProgramMemory& memory_;
  int64_t decoded_ = 0;
  Known known_[kMost];
  int count_ = 0;
  int oldest_ = 0;
};

}  // namespace moonlet::npu
