// engine/npu/operation.h - one operation of a command stream, with everything that it reads of
// the registers: what the decoder (stream.h) makes of the commands, what the functional model
// runs, the checker checks, the estimator times and the compiler writes.
//
// Fields hold what the registers say, with the offset of "minus 1" undone; what an operation does
// not use is zero. Offsets are within a region.
#pragma once
#include <cstdint>

#include "engine/npu/config.h"

namespace moonlet::npu {

enum class OperationKind : uint8_t {
  kConv,
  kDepthwise,
  kPool,
  kElementwise,
  kDma,
  kDmaWait,     // `argument`: jobs that may stay outstanding
  kKernelWait,  // the same of block operations
  kIrq,         // `argument`: mask
  kPmuMask,
  kStop,
};

enum class PoolMode : uint8_t { kMax, kAverage, kReduceSum };
enum class ElementwiseMode : uint8_t {
  kMul,
  kAdd,
  kSub,
  kMin,
  kMax,
  kLrelu,
  kAbs,
  kClz,
  kShr,
  kShl
};
enum class Rounding : uint8_t { kTfl, kTruncate, kNatural };
enum class Layout : uint8_t { kNhwc, kNhcwb16 };
enum class Upscale : uint8_t { kNone, kNearest, kZeros };
// Which operand of ADD and SUB is rescaled before the sum.
enum class OperandScaling : uint8_t { kBoth, kA, kB };
enum class AccFormat : uint8_t { kInt32, kInt40, kFp16 };
enum class ClipRange : uint8_t { kOfm = 0, kUint8 = 2, kInt8 = 3, kInt16 = 5 };

struct Element {
  uint8_t bytes = 1;  // 1, 2, 4
  bool is_signed = false;

  bool operator==(const Element&) const = default;
};

// A feature map: up to four tiles, see PixelAt (feature_map.h). `height` and `width` are those
// stored: of an IFM they follow from OFM, kernel and padding, before upscaling.
struct FeatureMap {
  uint8_t region = 0;
  Element element;
  Layout layout = Layout::kNhwc;
  int32_t height = 0;
  int32_t width = 0;
  int32_t depth = 0;
  int32_t zero_point = 0;
  int32_t width0 = 0;   // tiles 0 and 2 are left of it
  int32_t height0 = 0;  // tile 0 is above it
  int32_t height1 = 0;  // tile 1 is
  uint64_t base[4] = {};
  int64_t stride_y = 0;  // bytes
  int64_t stride_x = 0;
  int64_t stride_c = 0;  // of a brick of 16 channels

  bool operator==(const FeatureMap&) const = default;
};

struct Kernel {
  int32_t height = 1;  // taps, before dilation
  int32_t width = 1;
  int32_t stride_y = 1;
  int32_t stride_x = 1;
  int32_t dilation_y = 1;
  int32_t dilation_x = 1;
  bool part_kernel_first = false;  // the order of weights
  bool decompose_4x4 = false;

  int32_t dilated_height() const { return (height - 1) * dilation_y + 1; }
  int32_t dilated_width() const { return (width - 1) * dilation_x + 1; }
  bool operator==(const Kernel&) const = default;
};

struct Padding {
  int32_t top = 0;
  int32_t left = 0;
  int32_t right = 0;
  int32_t bottom = 0;

  bool operator==(const Padding&) const = default;
};

struct Scale {
  uint32_t multiplier = 0;
  uint8_t shift = 0;

  bool operator==(const Scale&) const = default;
};

// Bytes of a region.
struct Piece {
  uint8_t region = 0;
  uint64_t base = 0;
  uint64_t length = 0;

  bool operator==(const Piece&) const = default;
};

struct Activation {
  uint8_t function = 0;  // 0 none, 3 tanh, 4 sigmoid, 16 + n a table in slot n
  ClipRange range = ClipRange::kOfm;
  int32_t min = 0;
  int32_t max = 0;

  bool has_table() const { return function >= 16; }
  int slot() const { return function - 16; }
  bool operator==(const Activation&) const = default;
};

struct Broadcast {
  bool height = false;
  bool width = false;
  bool depth = false;
  bool reversed = false;  // IFM2 is operand A
  bool scalar = false;

  bool operator==(const Broadcast&) const = default;
};

// Where buffers lie in shared RAM, in banks.
struct SharedRam {
  uint8_t ifm_end = 0;     // IFM_IB_END
  uint8_t ifm2_start = 0;  // IFM2_IB_START
  uint8_t ab_start = 0;    // AB_START

  bool operator==(const SharedRam&) const = default;
};

struct Dma {
  Piece source;
  uint8_t target_region = 0;
  bool to_shared_ram = false;  // `target` is an address there, then
  uint64_t target = 0;

  bool operator==(const Dma&) const = default;
};

struct Operation {
  OperationKind kind = OperationKind::kStop;
  PoolMode pool = PoolMode::kMax;
  ElementwiseMode elementwise = ElementwiseMode::kMul;
  uint16_t argument = 0;  // of waits, IRQ, PMU_MASK and STOP
  uint32_t word = 0;      // of its command in the stream

  FeatureMap ifm;
  FeatureMap ifm2;  // binary ELEMENTWISE without a scalar
  FeatureMap ofm;
  Kernel kernel;
  Padding padding;
  Upscale upscale = Upscale::kNone;

  Piece weights[2];  // the second is for the second core
  Piece scales[2];
  Scale ofm_scale;
  Scale opa_scale;
  Scale opb_scale;
  Rounding rounding = Rounding::kTfl;
  bool global_scale = false;  // OFM_SCALE, not the stream of scales
  OperandScaling operand_scaling = OperandScaling::kBoth;
  AccFormat acc_format = AccFormat::kInt32;
  Activation activation;

  Broadcast broadcast;
  int32_t scalar = 0;

  Extent block;  // of the OFM
  SharedRam shared_ram;
  uint8_t block_dep = 0;
  uint8_t parallel_cores = 1;

  Dma dma;

  bool is_block() const { return kind <= OperationKind::kElementwise; }
  bool has_weights() const { return kind <= OperationKind::kDepthwise; }
  // An ELEMENTWISE of two operands.
  bool binary() const {
    return kind == OperationKind::kElementwise && elementwise != ElementwiseMode::kLrelu &&
           elementwise != ElementwiseMode::kAbs && elementwise != ElementwiseMode::kClz;
  }
  bool sums_depth() const { return kind == OperationKind::kPool && pool == PoolMode::kReduceSum; }
  // Results go through OFM_SCALE; those of 32-bit operands are shifted alone.
  bool uses_ofm_scale() const;
  // ADD and SUB of 8 or 16 bits.
  bool uses_operand_scales() const;
  // A result of 32 bits that no table gave: neither zero point nor, without a range, a clip.
  bool plain_result() const { return ofm.element.bytes == 4 && !activation.has_table(); }
  bool operator==(const Operation&) const = default;
};

// "CONV", "POOL", ... ; of an ELEMENTWISE its mode: "ADD".
const char* NameOf(const Operation& operation);

}  // namespace moonlet::npu
