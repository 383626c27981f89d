// Reading goes on after a wrong register, with whatever numbers there are; the first one makes
// the failure. So each rule is one line and no reader of a field has to hand on a Status.
#include "engine/npu/operation_reader.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

constexpr int32_t kMaxExtent = 65536;
constexpr int32_t kMaxWeightedHeight = 64;  // of kernels, dilated
constexpr int32_t kMaxWeightedArea = 4096;
constexpr int32_t kMaxPoolHeight = 256;
constexpr int32_t kMaxPoolArea = 65536;
constexpr int32_t kMaxPaddedAverage = 8;   // high and wide
constexpr uint16_t kInSharedRam = 1 << 8;  // of DMA regions: shared RAM
constexpr uint16_t kDmaStrideMode = 3 << 9;

class OperationReader {
 public:
  OperationReader(const Registers& registers, const Config& config, Operation* op)
      : registers_(registers), config_(config), op_(*op) {}

  Status Read() {
    if (op_.kind == OperationKind::kDma) {
      ReadDma();
    } else {
      ReadBlock();
    }
    return Answer();
  }

 private:
  bool has_kernel() const { return op_.kind != OperationKind::kElementwise; }
  uint16_t Get(Register0 r) const { return registers_.get(r); }
  int32_t GetM1(Register0 r) const { return registers_.get(r) + 1; }
  void Require(bool holds, Register0 r, const char* why);
  void Require(bool holds, Register1 r, const char* why);
  Status Answer() const;

  void ReadBlock();
  void ReadElements();
  void ReadPrecisionOfOfm();
  void ReadOfm();
  void ReadKernel();
  void CheckKernel();
  void ReadIfm();
  int32_t StoredExtent(int32_t on_grid, Register0 padding);
  void ReadIfm2();
  void ReadWeights();
  Piece ReadWeightPiece(Register1 base, Register0 region, bool may_be_empty);
  void ReadScales();
  void ReadOperandScales();
  void ReadActivation();
  void ReadDma();
  Element ReadElement(Register0 precision);
  void ReadMap(const MapRegisters& from, FeatureMap* map);
  void ReadLayout(const MapRegisters& from, FeatureMap* map);
  int32_t ReadShort(Register0 r, bool is_signed) const {
    return is_signed ? static_cast<int16_t>(Get(r)) : Get(r);
  }

  const Registers& registers_;
  const Config& config_;
  Operation& op_;
  const char* why_ = nullptr;
  uint32_t wrong_value_ = 0;
  bool wrong_is_short_ = false;
  Register0 wrong_short_ = {};
  Register1 wrong_long_ = {};
};

void OperationReader::Require(bool holds, Register0 r, const char* why) {
  if (holds || why_ != nullptr) return;
  why_ = why;
  wrong_is_short_ = true;
  wrong_short_ = r;
  wrong_value_ = Get(r);
}

void OperationReader::Require(bool holds, Register1 r, const char* why) {
  if (holds || why_ != nullptr) return;
  why_ = why;
  wrong_long_ = r;
  wrong_value_ = registers_.payload(r);
}

Status OperationReader::Answer() const {
  if (why_ == nullptr) return Status();
  const RegisterName name =
      wrong_is_short_ ? RegisterName(wrong_short_) : RegisterName(wrong_long_);
  return Status::Invalid("word %u %s: %s = 0x%x: %s", static_cast<unsigned>(op_.word), NameOf(op_),
                         name.text, static_cast<unsigned>(wrong_value_), why_);
}

void OperationReader::ReadBlock() {
  if (config_.product == Product::kU65) {
    op_.parallel_cores = static_cast<uint8_t>(GetM1(Register0::kParallelMode));
    Require(op_.parallel_cores <= config_.cores(), Register0::kParallelMode, "there is one core");
  }
  ReadElements();
  ReadPrecisionOfOfm();
  ReadActivation();  // before the OFM: a table decides whether that has a zero point
  ReadOfm();
  if (has_kernel()) ReadKernel();
  ReadIfm();
  if (op_.binary()) ReadIfm2();
  if (op_.has_weights()) ReadWeights();
  ReadScales();
  if (has_kernel()) {
    op_.acc_format = static_cast<AccFormat>(Get(Register0::kAccFormat));
    Require(op_.acc_format <= AccFormat::kFp16, Register0::kAccFormat, "no such format");
  }
  op_.block = {GetM1(Register0::kOfmBlkHeightM1), GetM1(Register0::kOfmBlkWidthM1),
               GetM1(Register0::kOfmBlkDepthM1)};
  op_.shared_ram.ifm_end = static_cast<uint8_t>(Get(Register0::kIfmIbEnd));
  op_.shared_ram.ab_start = static_cast<uint8_t>(Get(Register0::kAbStart));
  op_.block_dep = static_cast<uint8_t>(Get(Register0::kBlockdep));
}

Element OperationReader::ReadElement(Register0 precision) {
  const unsigned size = Get(precision) >> SizeBit(precision) & 3;
  Require(size <= 2, precision, "no such size of elements");
  Require((Get(precision) >> 6 & 3) <= 1, precision, "no such layout");
  return {static_cast<uint8_t>(1u << std::min(size, 2u)), (Get(precision) & 1) != 0};
}

void OperationReader::ReadElements() {
  op_.ifm.element = ReadElement(Register0::kIfmPrecision);
  op_.ofm.element = ReadElement(Register0::kOfmPrecision);
  const bool wide = op_.ifm.element.bytes == 4;
  bool takes_wide = op_.sums_depth();
  bool takes_narrow = true;
  if (op_.kind == OperationKind::kElementwise) {
    const ElementwiseMode mode = op_.elementwise;
    takes_wide = mode != ElementwiseMode::kLrelu && mode != ElementwiseMode::kAbs;
    takes_narrow = mode < ElementwiseMode::kClz;
  }
  Require(wide ? takes_wide : takes_narrow, Register0::kIfmPrecision,
          "the operation does not take this size of elements");
}

void OperationReader::ReadPrecisionOfOfm() {
  const uint16_t precision = Get(Register0::kOfmPrecision);
  op_.global_scale = (precision >> 8 & 1) != 0;
  op_.rounding = static_cast<Rounding>(precision >> 14);
  Require(op_.rounding <= Rounding::kNatural, Register0::kOfmPrecision, "no such rounding");
  Require(!(op_.has_weights() && op_.global_scale), Register0::kOfmPrecision,
          "scaled by records, not by OFM_SCALE");
}

void OperationReader::ReadOfm() {
  op_.ofm.height = GetM1(Register0::kOfmHeightM1);
  op_.ofm.width = GetM1(Register0::kOfmWidthM1);
  op_.ofm.depth = GetM1(Register0::kOfmDepthM1);
  Require(!op_.sums_depth() || op_.ofm.depth == 1, Register0::kOfmDepthM1,
          "a sum over depth has depth 1");
  ReadMap(kOfmRegisters, &op_.ofm);
  // Compiled models leave stale ones for results of 32 bits.
  if (op_.plain_result()) op_.ofm.zero_point = 0;
}

void OperationReader::ReadMap(const MapRegisters& from, FeatureMap* map) {
  map->region = static_cast<uint8_t>(Get(from.region));
  map->zero_point = ReadShort(from.zero_point, map->element.is_signed);
  map->width0 = GetM1(from.width0);
  map->height0 = GetM1(from.height0);
  const bool right = map->width > map->width0;
  map->height1 = right ? GetM1(from.height1) : 0;
  ReadLayout(from, map);
  const bool used[] = {true, right, map->height > map->height0,
                       right && map->height > map->height1};
  const uint32_t alignment = map->layout == Layout::kNhcwb16 ? 16 : map->element.bytes;
  for (int k = 0; k < 4; ++k) {
    if (!used[k]) continue;
    map->base[k] = registers_.address(Behind(from.base0, k));
    Require(map->base[k] % alignment == 0, Behind(from.base0, k), "is not aligned");
  }
}

void OperationReader::ReadLayout(const MapRegisters& from, FeatureMap* map) {
  const auto stride = [&](Register1 r) {
    const auto bytes = static_cast<int64_t>(registers_.address(r));
    Require(bytes % map->element.bytes == 0, r, "is no whole number of elements");
    return bytes;
  };
  map->stride_y = stride(from.stride_y);
  map->layout = static_cast<Layout>(Get(from.precision) >> 6 & 1);
  if (map->layout == Layout::kNhcwb16) {
    map->stride_x = 16 * map->element.bytes;  // whatever the register says
    map->stride_c = stride(from.stride_c);
  } else {
    map->stride_x = stride(from.stride_x);
  }
}

void OperationReader::ReadKernel() {
  const unsigned bits = Get(Register0::kKernelStride);
  Kernel& kernel = op_.kernel;
  kernel.stride_x = static_cast<int32_t>((bits & 1) + (bits >> 6 & 1) * 2 + 1);
  kernel.stride_y = static_cast<int32_t>((bits >> 1 & 1) + (bits >> 9 & 1) * 2 + 1);
  kernel.dilation_x = static_cast<int32_t>((bits >> 3 & 1) + 1);
  kernel.dilation_y = static_cast<int32_t>((bits >> 4 & 1) + 1);
  kernel.part_kernel_first = op_.kind == OperationKind::kConv && (bits >> 2 & 1) != 0;
  kernel.decompose_4x4 = op_.has_weights() && (bits >> 5 & 1) != 0;
  const int32_t height_m1 = Get(Register0::kKernelHeightM1);
  const int32_t width_m1 = Get(Register0::kKernelWidthM1);
  kernel.height = height_m1 / kernel.dilation_y + 1;
  kernel.width = width_m1 / kernel.dilation_x + 1;
  Require(height_m1 % kernel.dilation_y == 0, Register0::kKernelHeightM1, "no dilated kernel");
  Require(width_m1 % kernel.dilation_x == 0, Register0::kKernelWidthM1, "no dilated kernel");
  op_.padding = {Get(Register0::kIfmPadTop), Get(Register0::kIfmPadLeft),
                 Get(Register0::kIfmPadRight), Get(Register0::kIfmPadBottom)};
  Require(op_.padding.right <= 128, Register0::kIfmPadRight, "at most 128");
  Require(op_.padding.bottom <= 128, Register0::kIfmPadBottom, "at most 128");
  CheckKernel();
}

void OperationReader::CheckKernel() {
  const int32_t height = op_.kernel.dilated_height();
  const int32_t width = op_.kernel.dilated_width();
  const int64_t area = int64_t{height} * width;
  if (op_.has_weights()) {
    Require(height <= kMaxWeightedHeight, Register0::kKernelHeightM1, "the kernel is too high");
    Require(area <= kMaxWeightedArea, Register0::kKernelWidthM1, "the kernel is too large");
    return;
  }
  Require(height <= kMaxPoolHeight, Register0::kKernelHeightM1, "the window is too high");
  Require(area <= kMaxPoolArea, Register0::kKernelWidthM1, "the window is too large");
  if (op_.pool == PoolMode::kAverage && !op_.global_scale) {
    constexpr const char* kWhy = "a padded average is of at most 8x8";
    Require(height <= kMaxPaddedAverage, Register0::kKernelHeightM1, kWhy);
    Require(width <= kMaxPaddedAverage, Register0::kKernelWidthM1, kWhy);
  }
  // A window over padding alone has no maximum and no average.
  constexpr const char* kWhy = "padding as wide as the window";
  Require(op_.padding.top < height, Register0::kIfmPadTop, kWhy);
  Require(op_.padding.bottom < height, Register0::kIfmPadBottom, kWhy);
  Require(op_.padding.left < width, Register0::kIfmPadLeft, kWhy);
  Require(op_.padding.right < width, Register0::kIfmPadRight, kWhy);
}

// From rows or columns on the upscaled grid to those in memory.
int32_t OperationReader::StoredExtent(int32_t on_grid, Register0 padding) {
  Require(on_grid > 0, padding, "padding leaves nothing of the IFM");
  const int32_t stored = op_.upscale == Upscale::kNone ? on_grid : (on_grid + 1) / 2;
  Require(stored <= kMaxExtent, Register0::kKernelStride, "an IFM of more than 65536");
  return std::max<int32_t>(stored, 1);
}

void OperationReader::ReadIfm() {
  op_.upscale = static_cast<Upscale>(Get(Register0::kIfmUpscale));
  Require(op_.upscale <= Upscale::kZeros, Register0::kIfmUpscale, "no such upscaling");
  FeatureMap& ifm = op_.ifm;
  if (has_kernel()) {
    const Kernel& kernel = op_.kernel;
    const Padding& padding = op_.padding;
    ifm.height = StoredExtent((op_.ofm.height - 1) * kernel.stride_y + kernel.dilated_height() -
                                  padding.top - padding.bottom,
                              Register0::kIfmPadBottom);
    ifm.width = StoredExtent((op_.ofm.width - 1) * kernel.stride_x + kernel.dilated_width() -
                                 padding.left - padding.right,
                             Register0::kIfmPadRight);
  } else {
    Require(op_.upscale == Upscale::kNone, Register0::kIfmUpscale, "not of an ELEMENTWISE");
    ifm.height = op_.ofm.height;
    ifm.width = op_.ofm.width;
  }
  const bool own_depth = op_.kind == OperationKind::kConv || op_.sums_depth();
  ifm.depth = own_depth ? GetM1(Register0::kIfmDepthM1) : op_.ofm.depth;
  ReadMap(kIfmRegisters, &ifm);
}

void OperationReader::ReadIfm2() {
  const unsigned bits = Get(Register0::kIfm2Broadcast);
  Broadcast& broadcast = op_.broadcast;
  broadcast.reversed = (bits >> 6 & 1) != 0;
  broadcast.scalar = (bits >> 7 & 1) != 0;
  FeatureMap& ifm2 = op_.ifm2;
  ifm2.element = ReadElement(Register0::kIfm2Precision);
  Require(ifm2.element == op_.ifm.element, Register0::kIfm2Precision,
          "elements other than the IFM's");
  if (broadcast.scalar) {
    ifm2.zero_point = ReadShort(Register0::kIfm2ZeroPoint, ifm2.element.is_signed);
    op_.scalar = ReadShort(Register0::kIfm2Scalar, ifm2.element.is_signed);
    return;
  }
  broadcast.height = (bits & 1) != 0;
  broadcast.width = (bits >> 1 & 1) != 0;
  broadcast.depth = (bits >> 2 & 1) != 0;
  ifm2.height = broadcast.height ? 1 : op_.ofm.height;
  ifm2.width = broadcast.width ? 1 : op_.ofm.width;
  ifm2.depth = broadcast.depth ? 1 : op_.ofm.depth;
  ReadMap(kIfm2Registers, &ifm2);
  op_.shared_ram.ifm2_start = static_cast<uint8_t>(Get(Register0::kIfm2IbStart));
}

// A base register and the length behind it.
Piece OperationReader::ReadWeightPiece(Register1 base, Register0 region, bool may_be_empty) {
  const Register1 length = Behind(base, 1);
  const Piece piece = {static_cast<uint8_t>(Get(region)), registers_.address(base),
                       registers_.payload(length)};
  Require(piece.base % 16 == 0, base, "is no multiple of 16");
  Require(may_be_empty || piece.length != 0, length, "nothing to read");
  return piece;
}

void OperationReader::ReadWeights() {
  op_.weights[0] = ReadWeightPiece(Register1::kWeightBase, Register0::kWeightRegion, false);
  op_.scales[0] = ReadWeightPiece(Register1::kScaleBase, Register0::kScaleRegion, false);
  Require(op_.weights[0].length % 16 == 0, Register1::kWeightLength, "is no multiple of 16");
  if (op_.parallel_cores < 2) return;
  // A single channel leaves nothing for the second core.
  op_.weights[1] = ReadWeightPiece(Register1::kWeight1Base, Register0::kWeightRegion, true);
  op_.scales[1] = ReadWeightPiece(Register1::kScale1Base, Register0::kScaleRegion, true);
  Require(op_.weights[1].length % 16 == 0, Register1::kWeight1Length, "is no multiple of 16");
}

void OperationReader::ReadScales() {
  if (op_.uses_operand_scales()) ReadOperandScales();
  if (!op_.uses_ofm_scale()) return;
  Require(op_.global_scale, Register0::kOfmPrecision, "must be scaled by OFM_SCALE");
  op_.ofm_scale = {registers_.payload(Register1::kOfmScale),
                   static_cast<uint8_t>(registers_.parameter(Register1::kOfmScale))};
  // Of 32-bit operands the hardware takes the shift alone.
  if (op_.ifm.element.bytes == 4) op_.ofm_scale.multiplier = 0;
}

void OperationReader::ReadOperandScales() {
  const unsigned mode = Get(Register0::kIfmPrecision) >> 8 & 3;
  op_.operand_scaling = static_cast<OperandScaling>(mode);
  Require(mode <= 2, Register0::kIfmPrecision, "no such scaling of operands");
  op_.opa_scale.multiplier = registers_.payload(Register1::kOpaScale);
  if (op_.operand_scaling == OperandScaling::kBoth) {
    Require(op_.opa_scale.multiplier <= 0xFFFF, Register1::kOpaScale, "at most 16 bits");
    op_.opb_scale.multiplier = registers_.payload(Register1::kOpbScale);
  } else {
    op_.opa_scale.shift = static_cast<uint8_t>(registers_.parameter(Register1::kOpaScale));
  }
}

void OperationReader::ReadActivation() {
  const unsigned bits = Get(Register0::kActivation);
  const unsigned range = bits >> 12;
  Activation& activation = op_.activation;
  activation.function = static_cast<uint8_t>(bits & 0x1F);
  activation.range = static_cast<ClipRange>(range);
  Require(range == 0 || range == 2 || range == 3 || range == 5, Register0::kActivation,
          "no such clip range");
  const unsigned function = activation.function;
  Require(function == 0 || function == 3 || function == 4 || (function >= 16 && function < 24),
          Register0::kActivation, "no such function");
  const bool by_ofm = activation.range == ClipRange::kOfm;
  if (by_ofm && op_.ofm.element.bytes == 4) return;
  const bool is_signed = by_ofm ? op_.ofm.element.is_signed : activation.range != ClipRange::kUint8;
  activation.min = ReadShort(Register0::kActivationMin, is_signed);
  activation.max = ReadShort(Register0::kActivationMax, is_signed);
}

void OperationReader::ReadDma() {
  const uint16_t from = Get(Register0::kDma0SrcRegion);
  const uint16_t to = Get(Register0::kDma0DstRegion);
  Require((from & (kInSharedRam | kDmaStrideMode)) == 0, Register0::kDma0SrcRegion,
          "copies go from a region, in one piece");
  Require((to & kDmaStrideMode) == 0, Register0::kDma0DstRegion, "copies go in one piece");
  Dma& dma = op_.dma;
  dma.source = {static_cast<uint8_t>(from & 7), registers_.address(Register1::kDma0Src),
                registers_.payload(Register1::kDma0Len)};
  dma.target = registers_.address(Register1::kDma0Dst);
  dma.to_shared_ram = (to & kInSharedRam) != 0;
  Require(dma.source.length != 0, Register1::kDma0Len, "nothing to copy");
  if (dma.to_shared_ram) {
    const int cores = (1 << config_.cores()) - 1;
    const uint64_t size = uint64_t{config_.shram_kib} << 10;
    Require((to & cores) == cores, Register0::kDma0DstRegion, "leaves a core out");
    Require(dma.target <= size && dma.source.length <= size - dma.target, Register1::kDma0Dst,
            "beyond shared RAM");
  } else {
    dma.target_region = static_cast<uint8_t>(to & 7);
  }
  if (config_.product == Product::kU65) return;
  constexpr const char* kWhy = "is no multiple of 16";
  Require(dma.source.base % 16 == 0, Register1::kDma0Src, kWhy);
  Require(dma.target % 16 == 0, Register1::kDma0Dst, kWhy);
  Require(dma.source.length % 16 == 0, Register1::kDma0Len, kWhy);
}

}  // namespace

Status ReadOperation(const Registers& registers, const Config& config, Operation* operation) {
  return OperationReader(registers, config, operation).Read();
}

}  // namespace moonlet::npu
