// tests/engine/npu/model/plain_unit.h - what a unit computes, element by element, straight from the
// sheet of facts: the statement that the functional model is held against.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/npu/weights.h"
#include "tests/engine/npu/model/random_map.h"

namespace moonlet::npu::testing {

using Wide = __int128;
using Memory = std::vector<uint8_t>;

// What a CONV or DEPTHWISE has beside its feature maps.
struct PlainFilter {
  std::vector<int16_t> weights;
  std::vector<ScaleRecord> records;
};

class PlainUnit {
 public:
  // Regions 0, 1 and 2 are those of the IFM, IFM2 and OFM.
  PlainUnit(const Operation& op, const PlainFilter& filter, const Memory& tables)
      : op_(op), filter_(filter), tables_(tables) {}

  void Run(const Memory& ifm, const Memory& ifm2, Memory* ofm) const {
    for (int32_t y = 0; y < op_.ofm.height; ++y)
      for (int32_t x = 0; x < op_.ofm.width; ++x)
        for (int32_t c = 0; c < op_.ofm.depth; ++c) {
          const int32_t result = Store(Result(ifm, ifm2, y, x, c));
          std::memcpy(ofm->data() + ElementAt(op_.ofm, y, x, c), &result, op_.ofm.element.bytes);
        }
  }

 private:
  // Its low 64 bits, more than which no operation of use has.
  static int64_t Scaled(Wide x, uint32_t multiplier, int shift, Rounding rounding) {
    const Wide p = x * multiplier;
    const Wide half = shift > 0 ? Wide{1} << (shift - 1) : 0;
    if (rounding == Rounding::kTruncate) return static_cast<int64_t>(p / (Wide{1} << shift));
    Wide extra = 0;
    if (rounding == Rounding::kTfl && shift > 31) extra = x >= 0 ? 1 << 30 : -(1 << 30);
    return static_cast<int64_t>((p + half + extra) >> shift);
  }
  Wide ByOfmScale(Wide x) const {
    return Scaled(x, op_.ofm_scale.multiplier, op_.ofm_scale.shift, op_.rounding);
  }
  Wide ByShift(Wide x) const { return Scaled(x, 1, op_.ofm_scale.shift, op_.rounding); }
  Wide InAccumulator(Wide x) const {
    const int bits = op_.acc_format == AccFormat::kInt40 ? 40 : 32;
    const Wide all = Wide{1} << bits;
    const Wide low = ((x % all) + all) % all;
    return low >= all / 2 ? low - all : low;
  }

  static int32_t Read(const FeatureMap& map, const Memory& memory, int32_t y, int32_t x,
                      int32_t c) {
    return ValueAt(memory.data() + ElementAt(map, y, x, c), map.element) - map.zero_point;
  }
  // A tap: whether it is inside, and what it contributes there.
  bool Tap(const Memory& ifm, int32_t y, int32_t x, int32_t c, int32_t* value) const {
    const Kernel& k = op_.kernel;
    const int32_t height = (op_.ofm.height - 1) * k.stride_y + k.dilated_height() -
                           op_.padding.top - op_.padding.bottom;
    const int32_t width =
        (op_.ofm.width - 1) * k.stride_x + k.dilated_width() - op_.padding.left - op_.padding.right;
    if (y < 0 || y >= height || x < 0 || x >= width) return false;
    *value = 0;
    if (op_.upscale == Upscale::kNone) *value = Read(op_.ifm, ifm, y, x, c);
    if (op_.upscale == Upscale::kNearest) *value = Read(op_.ifm, ifm, y / 2, x / 2, c);
    if (op_.upscale == Upscale::kZeros && y % 2 == 0 && x % 2 == 0)
      *value = Read(op_.ifm, ifm, y / 2, x / 2, c);
    return true;
  }
  // Calls body(tap, channel, value) for channels [first, last) of all taps inside.
  template <typename Body>
  void ForEachTap(const Memory& ifm, int32_t y, int32_t x, int32_t first, int32_t last,
                  Body body) const {
    const Kernel& k = op_.kernel;
    for (int32_t ky = 0; ky < k.height; ++ky)
      for (int32_t kx = 0; kx < k.width; ++kx)
        for (int32_t c = first; c < last; ++c) {
          int32_t value;
          if (Tap(ifm, y * k.stride_y - op_.padding.top + ky * k.dilation_y,
                  x * k.stride_x - op_.padding.left + kx * k.dilation_x, c, &value))
            body(ky * k.width + kx, c, value);
        }
  }

  Wide Result(const Memory& ifm, const Memory& ifm2, int32_t y, int32_t x, int32_t c) const {
    switch (op_.kind) {
      case OperationKind::kConv:
        return Weighted(ifm, y, x, c, 0, op_.ifm.depth);
      case OperationKind::kDepthwise:
        return Weighted(ifm, y, x, c, c, c + 1);
      case OperationKind::kPool:
        return Pooled(ifm, y, x, c);
      default:
        return Combined(ifm, ifm2, y, x, c);
    }
  }

  Wide Weighted(const Memory& ifm, int32_t y, int32_t x, int32_t c, int32_t first,
                int32_t last) const {
    const int32_t taps = op_.kernel.height * op_.kernel.width;
    const ScaleRecord& record = filter_.records[static_cast<size_t>(c)];
    Wide sum = record.bias;
    ForEachTap(ifm, y, x, first, last, [&](int32_t tap, int32_t channel, int32_t value) {
      const int32_t at = op_.kind == OperationKind::kConv
                             ? (c * taps + tap) * op_.ifm.depth + channel
                             : tap * op_.ofm.depth + c;
      sum += Wide{value} * filter_.weights[static_cast<size_t>(at)];
    });
    return Scaled(InAccumulator(sum), record.scale.multiplier, record.scale.shift, op_.rounding);
  }

  Wide Pooled(const Memory& ifm, int32_t y, int32_t x, int32_t c) const {
    const bool over_depth = op_.pool == PoolMode::kReduceSum;
    Wide sum = 0;
    Wide largest = INT32_MIN;
    int64_t count = 0;
    ForEachTap(ifm, y, x, over_depth ? 0 : c, over_depth ? op_.ifm.depth : c + 1,
               [&](int32_t, int32_t, int32_t value) {
                 sum += value;
                 largest = std::max<Wide>(largest, value);
                 ++count;
               });
    sum = InAccumulator(sum);
    if (op_.pool == PoolMode::kMax) return largest;
    if (over_depth) return op_.ifm.element.bytes == 4 ? sum : ByOfmScale(sum);
    if (op_.global_scale) return ByOfmScale(sum);
    return (sum < 0 ? sum - count / 2 : sum + count / 2) / count;
  }

  Wide Combined(const Memory& ifm, const Memory& ifm2, int32_t y, int32_t x, int32_t c) const {
    Wide a = Read(op_.ifm, ifm, y, x, c);
    Wide b = 0;
    if (op_.binary()) {
      const Broadcast& repeats = op_.broadcast;
      b = repeats.scalar ? op_.scalar - op_.ifm2.zero_point
                         : Read(op_.ifm2, ifm2, repeats.height ? 0 : y, repeats.width ? 0 : x,
                                repeats.depth ? 0 : c);
      if (repeats.reversed) std::swap(a, b);
    }
    const bool wide = op_.ifm.element.bytes == 4;
    switch (op_.elementwise) {
      case ElementwiseMode::kMul:
        return wide ? ByShift(a * b) : ByOfmScale(a * b);
      case ElementwiseMode::kAdd:
        return wide ? ByShift(a + b) : ByOfmScale(OperandA(a) + OperandB(b));
      case ElementwiseMode::kSub:
        return wide ? ByShift(a - b) : ByOfmScale(OperandA(a) - OperandB(b));
      case ElementwiseMode::kMin:
        return std::min(a, b);
      case ElementwiseMode::kMax:
        return std::max(a, b);
      case ElementwiseMode::kLrelu:
        return a >= 0 ? a : ByOfmScale(a);
      case ElementwiseMode::kAbs:
        return ByOfmScale(a < 0 ? -a : a);
      case ElementwiseMode::kClz:
        return a == 0 ? 32 : __builtin_clz(static_cast<unsigned>(a));
      case ElementwiseMode::kShr:
        return Scaled(a, 1, static_cast<int>(b), op_.rounding);
      case ElementwiseMode::kShl:
        break;
    }
    return static_cast<int32_t>(static_cast<uint32_t>(a) << static_cast<int>(b));
  }
  int bits() const { return op_.ifm.element.bytes == 1 ? 20 : 15; }
  Wide Rescaled(Wide x) const {
    return Scaled(x << bits(), op_.opa_scale.multiplier, op_.opa_scale.shift + bits(),
                  Rounding::kTfl);
  }
  Wide OperandA(Wide a) const {
    if (op_.operand_scaling == OperandScaling::kBoth) return a * op_.opa_scale.multiplier;
    return op_.operand_scaling == OperandScaling::kA ? Rescaled(a) : a << (bits() - 1);
  }
  Wide OperandB(Wide b) const {
    if (op_.operand_scaling == OperandScaling::kBoth) return b * op_.opb_scale.multiplier;
    return op_.operand_scaling == OperandScaling::kB ? Rescaled(b) : b << (bits() - 1);
  }

  int32_t Store(Wide value) const {
    const Activation& activation = op_.activation;
    const int bytes = op_.ofm.element.bytes;
    const bool table = activation.function >= 16;
    if (bytes < 4 || table) value += op_.ofm.zero_point;
    Wide low = op_.ofm.element.is_signed ? -(Wide{1} << (8 * bytes - 1)) : 0;
    Wide high = low + (Wide{1} << (8 * bytes)) - 1;
    if (activation.range == ClipRange::kUint8) low = 0, high = 255;
    if (activation.range == ClipRange::kInt8) low = -128, high = 127;
    if (activation.range == ClipRange::kInt16) low = -32768, high = 32767;
    if (activation.range != ClipRange::kOfm || bytes < 4) {
      low = std::max<Wide>(low, activation.min);
      high = std::min<Wide>(high, activation.max);
    }
    value = std::clamp(value, low, high);
    if (!table) return static_cast<int32_t>(value);
    return LookUp(static_cast<int32_t>(value),
                  activation.range == ClipRange::kUint8 ||
                      (activation.range == ClipRange::kOfm && !op_.ofm.element.is_signed));
  }
  int32_t LookUp(int32_t value, bool is_unsigned) const {
    const uint8_t* table = tables_.data() + (op_.activation.function - 16) * 256;
    const int bytes = op_.ofm.element.bytes;
    int32_t entry;
    if (bytes == 2) {
      std::memcpy(&entry, table + (value + 32768) / 128 * 4, 4);
      const auto base = static_cast<int16_t>(entry & 0xFFFF);
      const auto slope = static_cast<int32_t>((int64_t{entry} - base) >> 16);
      return base + ((slope * ((value + 32768) % 128) + 64) >> 7);
    }
    const int32_t index = is_unsigned ? value : value + 128;
    if (bytes == 1) return table[index];
    std::memcpy(&entry, table + index * 4, 4);
    return entry;
  }

  const Operation& op_;
  const PlainFilter& filter_;
  const Memory& tables_;
};

}  // namespace moonlet::npu::testing
