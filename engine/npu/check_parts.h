// engine/npu/check_parts.h - what the files of the checker share.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"
#include "engine/npu/program.h"
#include "engine/npu/registers.h"

namespace moonlet::npu::check {

// "word 82 CONV: AB_START = 0xe: `why`", `why` in the style of printf.
Status Wrong(const Operation& operation, Register0 r, int64_t value, const char* why, ...)
    __attribute__((format(printf, 4, 5)));
Status Wrong(const Operation& operation, Register1 r, int64_t value, const char* why, ...)
    __attribute__((format(printf, 4, 5)));
// About no register: "word 82 CONV: `why`".
Status Wrong(const Operation& operation, const char* why, ...)
    __attribute__((format(printf, 2, 3)));

// A block operation on its own: block, banks, values, lengths.
Status CheckBlock(const Operation& operation, const Config& config);
// Addresses of an operation or a copy, against their regions and against each other.
Status CheckAddresses(const Operation& operation, const Config& config, Regions regions);

// What of the operations before may still be under way, and what shared RAM holds.
class Hazards {
 public:
  explicit Hazards(const Config& config) : config_(config) {}
  // The next operation of the stream; it is under way then.
  Status Add(const Operation& operation);

 private:
  Status AddCopy(const Operation& operation);
  Status AddBlock(const Operation& operation);
  Status CheckTable(const Operation& operation) const;
  Status CheckCopies(const Operation& operation) const;
  Status CheckCopy(const Operation& copy, const Operation& running) const;
  Status CheckCopyPair(const Operation& copy, const Operation& running) const;
  void LoadTable(const Dma& dma);
  int copies_at_once() const { return config_.product == Product::kU65 ? 2 : 1; }

  static constexpr int kCopies = 2;
  static constexpr int kBlocks = 2;

  const Config& config_;
  Operation copies_[kCopies];  // oldest first
  Operation blocks_[kBlocks];
  int copy_count_ = 0;
  int block_count_ = 0;
  uint8_t slots_ = 0;  // of tables that are loaded
};

}  // namespace moonlet::npu::check
