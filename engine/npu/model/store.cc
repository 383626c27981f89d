#include "engine/npu/model/store.h"

#include <cstring>

#include "engine/kernels/sigmoid.h"

namespace moonlet::npu {
namespace {

constexpr uint8_t kTanhFunction = 3;
constexpr uint8_t kSigmoidFunction = 4;
constexpr int kLineBits = 7;  // of an int16 below the 512 lines

// base + slope * t with t in [0, 1) in 7 bits. The base is signed, and was added to the slope's
// bits above it, so that a negative one has borrowed from them.
int32_t OnLine(const uint8_t* lines, int32_t value) {
  const int32_t at = value + 32768;
  int32_t line;
  std::memcpy(&line, lines + (at >> kLineBits) * 4, sizeof(line));
  const auto base = static_cast<int16_t>(line);
  const int32_t slope = WrapSub(line, base) >> 16;
  const int32_t rest = at & ((1 << kLineBits) - 1);
  return base + ((slope * rest + (1 << (kLineBits - 1))) >> kLineBits);
}

}  // namespace

int ClipBytes(const Operation& operation) {
  switch (operation.activation.range) {
    case ClipRange::kUint8:
    case ClipRange::kInt8:
      return 1;
    case ClipRange::kInt16:
      return 2;
    case ClipRange::kOfm:
      break;
  }
  return operation.ofm.element.bytes;
}

bool ClipIsSigned(const Operation& operation) {
  switch (operation.activation.range) {
    case ClipRange::kUint8:
      return false;
    case ClipRange::kInt8:
    case ClipRange::kInt16:
      return true;
    case ClipRange::kOfm:
      break;
  }
  return operation.ofm.element.is_signed;
}

TableKind TableOf(const Operation& operation) {
  if (!operation.activation.has_table()) return TableKind::kNone;
  if (ClipBytes(operation) == 2) return TableKind::kLines;
  return operation.ofm.element.bytes == 4 ? TableKind::kWords : TableKind::kBytes;
}

int32_t TableSize(TableKind kind) {
  switch (kind) {
    case TableKind::kNone:
      return 0;
    case TableKind::kBytes:
      return 256;
    case TableKind::kWords:
      return 1024;
    case TableKind::kLines:
      break;
  }
  return kTableBytes;
}

// A 32-bit OFM without a table takes no zero point: compiled models leave a stale one there.
// With no clip range it saturates, and minimum and maximum, which have 16 bits, are not read.
// Where one class of a softmax has all the probability, compiled models double 2^30, and TFLite,
// whose bytes they give, saturates there.
OutputStage::OutputStage(const Operation& operation, const uint8_t* tables) {
  const Activation& activation = operation.activation;
  const int bytes = ClipBytes(operation);
  const bool wide = operation.ofm.element.bytes == 4;
  if (!wide || activation.has_table()) zero_ = operation.ofm.zero_point;

  const bool is_signed = ClipIsSigned(operation);
  const int64_t steps = int64_t{1} << (8 * bytes);
  const int64_t lowest = is_signed ? -steps / 2 : 0;
  const int64_t highest = lowest + steps - 1;
  min_ = bytes == 4 ? lowest : std::clamp<int64_t>(activation.min, lowest, highest);
  max_ = bytes == 4 ? highest : std::clamp<int64_t>(activation.max, min_, highest);

  if (activation.function == kTanhFunction) function_ = Function::kTanh;
  if (activation.function == kSigmoidFunction) function_ = Function::kSigmoid;
  if (!activation.has_table()) return;
  constexpr Function kFunctions[] = {Function::kNone, Function::kBytes, Function::kWords,
                                     Function::kLines};
  function_ = kFunctions[static_cast<int>(TableOf(operation))];
  table_ = tables + activation.slot() * kSlotBytes;
  first_ = is_signed ? -128 : 0;
}

// tanh and the sigmoid take an input in steps of 1 / (3 * 4096) and give steps of 2^-15: the
// curves of the engine's int16 kernels, which use that very scale. What a unit's own look like
// is not known; no int8 model has them.
int32_t OutputStage::Apply(int32_t value) const {
  switch (function_) {
    case Function::kNone:
      break;
    case Function::kBytes:
      return table_[value - first_];
    case Function::kWords: {
      int32_t entry;
      std::memcpy(&entry, table_ + (value - first_) * 4, sizeof(entry));
      return entry;
    }
    case Function::kLines:
      return OnLine(table_, value);
    case Function::kTanh:
      return TanhByTable(value);
    case Function::kSigmoid:
      return LogisticByTable(value);
  }
  return value;
}

}  // namespace moonlet::npu
