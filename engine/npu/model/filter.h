// engine/npu/model/filter.h - decoded weights of a CONV or DEPTHWISE and what its output channels
// are scaled by, in one of three forms.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/npu/weights.h"

namespace moonlet::npu {

enum class FilterForm : uint8_t {
  kKernel,   // int8 weights, and what an engine's kernel prepared of them
  kNarrow,   // int8 weights and records
  kWide,     // int16 weights and records
  kRunTime,  // decoded in each run, to kWide: nothing is known of the bytes before
};

struct Filter {
  const int8_t* narrow = nullptr;
  const int16_t* wide = nullptr;
  const uint8_t* records = nullptr;
  const uint8_t* prepared = nullptr;

  ScaleRecord record(int32_t channel) const {
    return ReadScaleRecord(records + std::ptrdiff_t{channel} * kScaleRecordBytes);
  }
};

}  // namespace moonlet::npu
