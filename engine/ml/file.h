// engine/ml/file.h - `.mlt` files (mlt.fbs): fitted estimators as bytes and back.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/ml/estimator.h"

namespace moonlet::ml {

// A file to write: one estimator, or a pipeline of several.
struct Step {
  const Estimator* estimator;
  const char* name;  // "" if it has none
};
// Writes into one block of `memory`; `*file` lies inside of it. The caller frees the block.
struct FileBlock {
  void* block = nullptr;
  size_t size = 0;
  std::span<const uint8_t> file;
};
size_t RoomFor(std::span<const Step> steps);  // what it asks `memory` for
Status WriteEstimators(std::span<const Step> steps, bool pipeline, const char* producer,
                       Allocator& memory, FileBlock* out);

// A file's bytes, verified; they outlive what is taken from them.
class EstimatorFile {
 public:
  // kInvalid for anything that is not a whole file of version 1.
  Status Open(std::span<const uint8_t> bytes);
  int count() const { return count_; }
  bool pipeline() const { return pipeline_; }
  const char* name(int i) const;  // of a step
  // kUnsupported for a kind that is not there.
  Status FindKindOf(int i, const Kind** kind) const;
  // Fills `e`, which is not fitted and of that kind: its arrays where they lie, all of it checked.
  // kInvalid, kUnsupported; `e` is to be thrown away then.
  Status Take(int i, Estimator* e) const;

 private:
  const uint8_t* bytes_ = nullptr;
  int count_ = 0;
  bool pipeline_ = false;
};

inline constexpr int kMostSteps = 32;

// The labels' part of CheckEstimator: that there is one for each class, as engine/ml/state.h says.
Status CheckLabels(const Estimator& e);

}  // namespace moonlet::ml
