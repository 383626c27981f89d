// engine/npu/model/store.h - what happens to a result on its way out: zero point, clip, table or
// curve.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/kernels/fixed_point.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// Tables lie in the last 2 KiB of shared RAM, in slots.
inline constexpr int32_t kTableBytes = 2048;
inline constexpr int32_t kSlotBytes = 256;

// The type that results are clipped to.
int ClipBytes(const Operation& operation);
bool ClipIsSigned(const Operation& operation);

// What the OFM's element type and the clip bring about.
enum class TableKind : uint8_t {
  kNone,
  kBytes,  // 256 bytes
  kWords,  // 256 results of 32 bits
  kLines,  // 512 lines for 16 bits: low half base, high half slope
};
TableKind TableOf(const Operation& operation);
// Bytes of tables that an operation reads, from its slot on.
int32_t TableSize(TableKind kind);

class OutputStage {
 public:
  // `tables` are those of shared RAM.
  OutputStage(const Operation& operation, const uint8_t* tables);

  int32_t Finish(int64_t value) const {
    value = std::clamp(WrapAdd64(value, zero_), min_, max_);
    return function_ == Function::kNone ? static_cast<int32_t>(value)
                                        : Apply(static_cast<int32_t>(value));
  }

  int32_t zero() const { return static_cast<int32_t>(zero_); }
  int32_t min() const { return static_cast<int32_t>(min_); }
  int32_t max() const { return static_cast<int32_t>(max_); }
  // Of TableKind::kBytes, else null.
  const uint8_t* byte_table() const { return function_ == Function::kBytes ? table_ : nullptr; }

 private:
  enum class Function : uint8_t { kNone, kBytes, kWords, kLines, kTanh, kSigmoid };

  int32_t Apply(int32_t value) const;

  int64_t zero_ = 0;
  int64_t min_ = 0;
  int64_t max_ = 0;
  int32_t first_ = 0;  // the value of the table's first entry
  const uint8_t* table_ = nullptr;
  Function function_ = Function::kNone;
};

}  // namespace moonlet::npu
