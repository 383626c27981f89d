#include "engine/npu/compiler/stream_writer.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace moonlet::npu {
namespace {

constexpr uint32_t kLongCommand = 1u << 14;
constexpr int32_t kToSharedRam = 0x103;  // of all cores
constexpr uint16_t kStopMask = 0xFFFF;

constexpr int32_t Bit(bool set, int at) { return static_cast<int32_t>(set) << at; }

int32_t PrecisionBits(Register0 precision, const FeatureMap& map) {
  const int32_t size = map.element.bytes == 4 ? 2 : map.element.bytes - 1;
  return Bit(map.element.is_signed, 0) | size << SizeBit(precision) |
         static_cast<int32_t>(map.layout) << 6;
}

Command0 CommandOf(OperationKind kind) {
  switch (kind) {
    case OperationKind::kConv:
      return Command0::kConv;
    case OperationKind::kDepthwise:
      return Command0::kDepthwise;
    case OperationKind::kPool:
      return Command0::kPool;
    case OperationKind::kElementwise:
      return Command0::kElementwise;
    case OperationKind::kDma:
      return Command0::kDmaStart;
    case OperationKind::kDmaWait:
      return Command0::kDmaWait;
    case OperationKind::kKernelWait:
      return Command0::kKernelWait;
    case OperationKind::kIrq:
      return Command0::kIrq;
    case OperationKind::kPmuMask:
      return Command0::kPmuMask;
    case OperationKind::kStop:
      break;
  }
  return Command0::kStop;
}

}  // namespace

void StreamWriter::Add(const Operation& operation) {
  assert(!stopped_);
  if (operation.kind == OperationKind::kDma) AddDma(operation.dma);
  if (operation.is_block()) AddBlock(operation);
  AddCommand(operation);
}

std::vector<uint32_t> StreamWriter::Finish() {
  if (!stopped_) {
    Operation stop;
    stop.argument = kStopMask;
    AddCommand(stop);
  }
  std::vector<uint32_t> words = std::move(words_);
  *this = StreamWriter(config_);
  return words;
}

void StreamWriter::AddBlock(const Operation& op) {
  if (config_.product == Product::kU65) SetM1(Register0::kParallelMode, op.parallel_cores);
  AddScales(op);
  AddIfm(op);
  if (op.binary()) AddIfm2(op);
  AddOfm(op);
  if (op.kind != OperationKind::kElementwise) AddKernel(op);
  if (op.has_weights()) AddWeights(op);
  AddActivation(op);
  AddSharedRam(op);
}

void StreamWriter::AddIfm(const Operation& op) {
  AddMap(kIfmRegisters, op.ifm);
  SetM1(Register0::kIfmDepthM1, op.ifm.depth);
  Set(Register0::kIfmZeroPoint, op.ifm.zero_point);
  Set(Register0::kIfmPrecision, PrecisionBits(Register0::kIfmPrecision, op.ifm) |
                                    static_cast<int32_t>(op.operand_scaling) << 8);
  Set(Register0::kIfmUpscale, static_cast<int32_t>(op.upscale));
}

void StreamWriter::AddIfm2(const Operation& op) {
  const Broadcast& broadcast = op.broadcast;
  if (broadcast.scalar) {
    Set(Register0::kIfm2Scalar, op.scalar);
  } else {
    AddMap(kIfm2Registers, op.ifm2);
    Set(Register0::kIfm2IbStart, op.shared_ram.ifm2_start);
  }
  Set(Register0::kIfm2ZeroPoint, op.ifm2.zero_point);
  Set(Register0::kIfm2Precision, PrecisionBits(Register0::kIfm2Precision, op.ifm2));
  Set(Register0::kIfm2Broadcast, Bit(broadcast.height, 0) | Bit(broadcast.width, 1) |
                                     Bit(broadcast.depth, 2) | Bit(broadcast.reversed, 6) |
                                     Bit(broadcast.scalar, 7));
}

void StreamWriter::AddOfm(const Operation& op) {
  AddMap(kOfmRegisters, op.ofm);
  SetM1(Register0::kOfmHeightM1, op.ofm.height);
  SetM1(Register0::kOfmWidthM1, op.ofm.width);
  SetM1(Register0::kOfmDepthM1, op.ofm.depth);
  if (!op.plain_result()) Set(Register0::kOfmZeroPoint, op.ofm.zero_point);
  Set(Register0::kOfmPrecision, PrecisionBits(Register0::kOfmPrecision, op.ofm) |
                                    Bit(op.global_scale, 8) |
                                    static_cast<int32_t>(op.rounding) << 14);
}

void StreamWriter::AddMap(const MapRegisters& to, const FeatureMap& map) {
  Set(to.region, map.region);
  for (int k = 0; k < 4; ++k) Set(Behind(to.base0, k), map.base[k]);
  SetM1(to.height0, map.height0);
  SetM1(to.height1, map.height1 > 0 ? map.height1 : map.height0);
  SetM1(to.width0, map.width0);
  const bool bricks = map.layout == Layout::kNhcwb16;
  Set(to.stride_c, static_cast<uint64_t>(bricks ? map.stride_c : map.element.bytes));
  Set(to.stride_y, static_cast<uint64_t>(map.stride_y));
  Set(to.stride_x, static_cast<uint64_t>(map.stride_x));
}

void StreamWriter::AddKernel(const Operation& op) {
  Set(Register0::kIfmPadTop, op.padding.top);
  Set(Register0::kIfmPadLeft, op.padding.left);
  Set(Register0::kIfmPadBottom, op.padding.bottom);
  Set(Register0::kIfmPadRight, op.padding.right);
  const Kernel& kernel = op.kernel;
  SetM1(Register0::kKernelHeightM1, kernel.dilated_height());
  SetM1(Register0::kKernelWidthM1, kernel.dilated_width());
  const int32_t x = kernel.stride_x - 1;
  const int32_t y = kernel.stride_y - 1;
  Set(Register0::kKernelStride, (x & 1) | (y & 1) << 1 | Bit(kernel.part_kernel_first, 2) |
                                    (kernel.dilation_x - 1) << 3 | (kernel.dilation_y - 1) << 4 |
                                    Bit(kernel.decompose_4x4, 5) | x >> 1 << 6 | y >> 1 << 9);
}

void StreamWriter::AddWeights(const Operation& op) {
  Set(Register0::kWeightRegion, op.weights[0].region);
  Set(Register1::kWeightBase, op.weights[0].base);
  Set(Register1::kWeightLength, op.weights[0].length);
  Set(Register0::kScaleRegion, op.scales[0].region);
  Set(Register1::kScaleBase, op.scales[0].base);
  Set(Register1::kScaleLength, op.scales[0].length);
  if (op.parallel_cores < 2) return;
  Set(Register1::kWeight1Base, op.weights[1].base);
  Set(Register1::kWeight1Length, op.weights[1].length);
  Set(Register1::kScale1Base, op.scales[1].base);
  Set(Register1::kScale1Length, op.scales[1].length);
}

void StreamWriter::AddScales(const Operation& op) {
  if (op.uses_operand_scales()) {
    SetScale(Register1::kOpaScale, op.opa_scale);
    if (op.operand_scaling == OperandScaling::kBoth)
      Set(Register1::kOpbScale, op.opb_scale.multiplier);
  }
  if (!op.uses_ofm_scale()) return;
  if (op.ifm.element.bytes != 4) return SetScale(Register1::kOfmScale, op.ofm_scale);
  // The shift counts alone: any multiplier may stay.
  const bool known = long_known_[static_cast<size_t>(Register1::kOfmScale)];
  if (!known || registers_.parameter(Register1::kOfmScale) != op.ofm_scale.shift)
    SetScale(Register1::kOfmScale, {1, op.ofm_scale.shift});
}

void StreamWriter::AddActivation(const Operation& op) {
  const Activation& activation = op.activation;
  Set(Register0::kActivation, activation.function | static_cast<int32_t>(activation.range) << 12);
  if (op.ofm.element.bytes == 4 && activation.range == ClipRange::kOfm) return;
  Set(Register0::kActivationMin, activation.min);
  Set(Register0::kActivationMax, activation.max);
}

void StreamWriter::AddSharedRam(const Operation& op) {
  SetM1(Register0::kOfmBlkHeightM1, op.block.height);
  SetM1(Register0::kOfmBlkWidthM1, op.block.width);
  SetM1(Register0::kOfmBlkDepthM1, op.block.depth);
  Set(Register0::kIfmIbEnd, op.shared_ram.ifm_end);
  Set(Register0::kAbStart, op.shared_ram.ab_start);
  Set(Register0::kAccFormat, static_cast<int32_t>(op.acc_format));
  Set(Register0::kBlockdep, op.block_dep);
}

void StreamWriter::AddDma(const Dma& dma) {
  Set(Register0::kDma0SrcRegion, dma.source.region);
  Set(Register1::kDma0Src, dma.source.base);
  Set(Register0::kDma0DstRegion, dma.to_shared_ram ? kToSharedRam : dma.target_region);
  Set(Register1::kDma0Dst, dma.target);
  Set(Register1::kDma0Len, dma.source.length);
}

void StreamWriter::AddCommand(const Operation& op) {
  uint32_t parameter = op.argument;
  if (op.kind == OperationKind::kPool) parameter = static_cast<uint32_t>(op.pool);
  if (op.kind == OperationKind::kElementwise) parameter = static_cast<uint32_t>(op.elementwise);
  words_.push_back(static_cast<uint32_t>(CommandOf(op.kind)) | parameter << 16);
  stopped_ = op.kind == OperationKind::kStop;
}

// Zero points and clips may be negative.
void StreamWriter::Set(Register0 r, int32_t value) {
  assert(value >= -0x8000 && value <= 0xFFFF);
  const auto bits = static_cast<uint16_t>(value);
  const auto number = static_cast<uint32_t>(r);
  if (short_known_[number] && registers_.get(r) == bits) return;
  short_known_.set(number);
  registers_.Set(r, bits);
  words_.push_back(number | uint32_t{bits} << 16);
}

void StreamWriter::Set(Register1 r, uint64_t address) {
  SetLong(r, static_cast<uint16_t>(address >> 32), static_cast<uint32_t>(address));
}

void StreamWriter::SetScale(Register1 r, Scale scale) { SetLong(r, scale.shift, scale.multiplier); }

void StreamWriter::SetLong(Register1 r, uint16_t parameter, uint32_t payload) {
  const auto number = static_cast<uint32_t>(r);
  const bool same = registers_.parameter(r) == parameter && registers_.payload(r) == payload;
  if (long_known_[number] && same) return;
  long_known_.set(number);
  registers_.Set(r, parameter, payload);
  words_.push_back(number | kLongCommand | uint32_t{parameter} << 16);
  words_.push_back(payload);
}

std::vector<uint8_t> WritePayload(const Config& config, std::span<const uint32_t> stream) {
  constexpr uint32_t kMark = 0x31504F43, kConfigAction = 0x00100001, kStreamAction = 2, kNop = 5;
  constexpr uint32_t kArchitecture = 0x10060000;  // 1.0.6
  std::vector<uint32_t> words = {kMark, kConfigAction, config.Register(), kArchitecture};
  while ((words.size() + 1) % 4 != 0) words.push_back(kNop);
  const auto length = static_cast<uint32_t>(stream.size());
  words.push_back(kStreamAction | length >> 16 << 8 | length << 16);
  words.insert(words.end(), stream.begin(), stream.end());
  std::vector<uint8_t> bytes(words.size() * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

}  // namespace moonlet::npu
