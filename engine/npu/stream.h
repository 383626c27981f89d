// engine/npu/stream.h - from the words of a command stream to operations, and the other way.
//
//   npu::StreamReader reader(payload.stream, payload.config);
//   npu::Operation op;
//   do {
//     if (Status s = reader.Next(&op); !s.ok()) return s;
//     ...
//   } while (op.kind != npu::OperationKind::kStop);
//
// Commands set registers, which keep their value until overwritten; an operation reads those it
// uses and no others: the second operand of a scalar has element and zero point alone, bases of
// tiles without a pixel are 0, as is height1 without a tile to the right; the multiplier of
// OFM_SCALE is 0 for 32-bit operands, and 32-bit results have no zero point or clip unless
// ACTIVATION gives them a table or range. A brick's stride_x is always 16 elements, stride_c of
// NHWC is 0. Bases and strides are whole elements, bases of bricks multiples of 16. Registers that
// were never set read as zero.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"
#include "engine/npu/registers.h"

namespace moonlet::npu {

class StreamReader {
 public:
  // `stream` is a whole number of words and outlives the reader.
  StreamReader(std::span<const uint8_t> stream, const Config& config)
      : stream_(stream), config_(config) {}

  // The next operation, wait or STOP. kInvalid, with the word's offset and the registers it was
  // about: an unknown command or reserved bits, a cut stream, sizes of zero or beyond the
  // hardware's, an element or layout that does not exist. After STOP or a failure, do not ask
  // again.
  Status Next(Operation* operation);

  const Registers& registers() const { return registers_; }
  uint32_t word() const { return word_; }  // of the next command

 private:
  uint32_t words() const { return static_cast<uint32_t>(stream_.size() / 4); }
  uint32_t Word(uint32_t at) const;
  Status Step(Operation* operation, bool* found);
  Status Command(uint32_t word, Operation* operation);
  Status SetShort(uint32_t word);
  Status SetLong(uint32_t word);

  std::span<const uint8_t> stream_;
  const Config& config_;
  Registers registers_;
  uint32_t word_ = 0;
};

}  // namespace moonlet::npu
