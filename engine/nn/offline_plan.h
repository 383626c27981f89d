// engine/nn/offline_plan.h - where the file says that tensors lie: the metadata
// "OfflineMemoryAllocation" of compilers that plan the arena themselves.
//
// Little-endian int32 numbers: version 0, a number that readers skip, how many tensors the
// main graph has, and for each its offset in the arena or -1, "where you like". Command
// streams of an NPU address tensors by these offsets.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/kernels/unaligned.h"
#include "engine/nn/model.h"

namespace moonlet {

class OfflinePlan {
 public:
  static constexpr int32_t kAnywhere = -1;

  OfflinePlan() = default;
  // Of a verified model.
  explicit OfflinePlan(const Model& model);
  // Requires that tensors and buffers were verified. kInvalid: another version, an offset
  // for more or fewer tensors than there are, or one that is negative, not a multiple of
  // kBlockAlignment or leads beyond 2 GiB.
  static Status Verify(std::span<const uint8_t> file, const tflite::Model& root);

  bool present() const { return count_ > 0; }
  // kAnywhere where the file does not say.
  int32_t offset(int tensor) const {
    return present() ? numbers_[static_cast<size_t>(kHeader + tensor)] : kAnywhere;
  }

 private:
  static constexpr int kHeader = 3;

  static std::span<const uint8_t> Find(std::span<const uint8_t> file, const tflite::Model& root);

  Unaligned<int32_t> numbers_;
  int32_t count_ = 0;
};

}  // namespace moonlet
