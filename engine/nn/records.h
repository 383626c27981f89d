// engine/nn/records.h - what steers a session, in one block: IoRecords of inputs, then of
// outputs, VariableRecords, StepRecords, and the constants that were computed. It holds offsets
// only and is the same on host and device.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/padding.h"
#include "engine/base/status.h"
#include "engine/nn/constants.h"
#include "engine/nn/model.h"
#include "engine/nn/preparation.h"
#include "engine/nn/step.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct IoRecord {
  uint32_t offset;
  int32_t tensor;
  float scale;
  int32_t zero_point;
  DType dtype;
  uint8_t rank;
  uint16_t unused;
  int32_t dims[kMaxRank];
};

// Of a variable tensor, or of the state of an operator.
struct VariableRecord {
  uint32_t offset;
  uint32_t bytes;
  uint32_t fill;  // a byte
};

// As docs/rom.md has them.
static_assert(kHasNoPadding<IoRecord> && kHasNoPadding<VariableRecord> &&
              kHasNoPadding<StepRecord>);
static_assert(sizeof(IoRecord) == 44 && sizeof(VariableRecord) == 12 && sizeof(StepRecord) == 8);

struct RecordCounts {
  uint16_t inputs = 0;
  uint16_t outputs = 0;
  uint16_t variables = 0;
  uint16_t steps = 0;

  size_t io() const { return size_t{inputs} + outputs; }
  size_t variables_at() const { return io() * sizeof(IoRecord); }
  size_t steps_at() const;
};

// What the block is aligned to.
inline constexpr size_t kRecordsAlignment = Constants::kAlignment;
static_assert(kRecordsAlignment >= alignof(StepRecord));

// That sessions can have the model's inputs and outputs.
Status CheckInputsAndOutputs(const Model& model);
// Of what was measured. Requires CheckInputsAndOutputs.
RecordCounts CountRecords(const Model& model, const Preparation& measured);
// The size of the block. The computed constants lie at its end.
size_t RecordBytes(const RecordCounts& counts, const Preparation& measured);
// Fills the block, of RecordBytes(), and what the steps keep.
// kChanged when the file is not what was measured.
Status WriteRecords(const Model& model, Preparation& measured, const RecordCounts& counts,
                    std::span<uint8_t> records, std::span<uint8_t> prepared);

// The block's parts.
inline const IoRecord* IoRecordsIn(const uint8_t* records) {
  return reinterpret_cast<const IoRecord*>(records);
}
inline const VariableRecord* VariableRecordsIn(const uint8_t* records, const RecordCounts& counts) {
  return reinterpret_cast<const VariableRecord*>(records + counts.variables_at());
}
inline const StepRecord* StepsIn(const uint8_t* records, const RecordCounts& counts) {
  return reinterpret_cast<const StepRecord*>(records + counts.steps_at());
}

// The tensor that an input or output is.
Tensor ViewOf(const IoRecord& io, uint8_t* arena);

}  // namespace moonlet
