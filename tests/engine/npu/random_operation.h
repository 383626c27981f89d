// tests/engine/npu/random_operation.h - operations as the sheet of facts allows them, in every
// combination of modes, elements and layouts; unused fields are zero, as a reader leaves them.
#pragma once
#include <algorithm>
#include <random>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu::testing {

class RandomOperations {
 public:
  RandomOperations(const Config& config, unsigned seed) : config_(config), random_(seed) {}

  Operation Next() {
    Operation op;
    // STOP is the last kind.
    op.kind = static_cast<OperationKind>(Below(static_cast<int>(OperationKind::kStop)));
    if (op.is_block()) {
      FillBlock(&op);
    } else if (op.kind == OperationKind::kDma) {
      FillDma(&op.dma);
    } else {
      op.argument = static_cast<uint16_t>(Below(LimitOf(op.kind)));
    }
    return op;
  }

 private:
  int32_t Below(int32_t n) { return static_cast<int32_t>(random_() % static_cast<unsigned>(n)); }
  int32_t Between(int32_t low, int32_t high) { return low + Below(high - low + 1); }
  bool Coin() { return random_() % 2 == 0; }
  bool wide_addresses() const { return config_.product == Product::kU65; }
  uint64_t Address(uint32_t multiple) {
    const uint64_t bits = wide_addresses() ? uint64_t{random_()} << 32 | random_() : random_();
    return (wide_addresses() ? bits & 0xFFFFFFFFFF : bits) / multiple * multiple;
  }
  static int32_t LimitOf(OperationKind kind) {
    switch (kind) {
      case OperationKind::kDmaWait:
        return 16;
      case OperationKind::kKernelWait:
        return 4;
      case OperationKind::kPmuMask:
        return 2;
      default:
        return 0x10000;
    }
  }

  void FillDma(Dma* dma) {
    dma->source = {static_cast<uint8_t>(Below(8)), Address(16),
                   static_cast<uint64_t>(Between(1, 128)) * 16};
    dma->to_shared_ram = Coin();
    if (dma->to_shared_ram) {
      dma->target = static_cast<uint64_t>(Below(config_.shram_kib * 64 - 128)) * 16;
    } else {
      dma->target = Address(16);
      dma->target_region = static_cast<uint8_t>(Below(8));
    }
  }

  void FillBlock(Operation* op) {
    op->parallel_cores = static_cast<uint8_t>(Between(1, config_.cores()));
    op->pool = op->kind == OperationKind::kPool ? static_cast<PoolMode>(Below(3)) : PoolMode::kMax;
    if (op->kind == OperationKind::kElementwise)
      op->elementwise = static_cast<ElementwiseMode>(Below(10));
    FillElements(op);
    op->rounding = static_cast<Rounding>(Below(3));
    op->global_scale = !op->has_weights() && Coin();
    FillActivation(op);
    FillSizes(op);
    FillMap(&op->ofm);
    if (op->plain_result()) op->ofm.zero_point = 0;
    FillMap(&op->ifm);
    if (op->binary()) FillIfm2(op);
    if (op->has_weights()) FillWeights(op);
    FillScales(op);
    if (op->kind != OperationKind::kElementwise) op->acc_format = static_cast<AccFormat>(Below(3));
    op->block = {Between(1, 32), Between(1, 64), Between(1, 128)};
    op->shared_ram.ifm_end = static_cast<uint8_t>(Below(64));
    op->shared_ram.ab_start = static_cast<uint8_t>(Below(64));
    op->block_dep = static_cast<uint8_t>(Below(4));
  }

  void FillElements(Operation* op) {
    bool narrow = true;
    bool wide = op->sums_depth();
    if (op->kind == OperationKind::kElementwise) {
      const ElementwiseMode mode = op->elementwise;
      const bool unary = mode == ElementwiseMode::kLrelu || mode == ElementwiseMode::kAbs;
      narrow = mode != ElementwiseMode::kClz && mode != ElementwiseMode::kShr &&
               mode != ElementwiseMode::kShl;
      wide = !unary;
    }
    const bool is_wide = wide && (!narrow || Coin());
    op->ifm.element = {static_cast<uint8_t>(is_wide ? 4 : 1 << Below(2)), Coin()};
    op->ofm.element = {static_cast<uint8_t>(1 << Below(3)), Coin()};
  }

  int32_t Short(bool is_signed) { return is_signed ? Between(-32768, 32767) : Between(0, 65535); }

  void FillActivation(Operation* op) {
    constexpr uint8_t kFunctions[] = {0, 3, 4, 16, 17, 18, 19, 20, 21, 22, 23};
    constexpr ClipRange kRanges[] = {ClipRange::kOfm, ClipRange::kUint8, ClipRange::kInt8,
                                     ClipRange::kInt16};
    Activation& activation = op->activation;
    activation.function = kFunctions[Below(std::size(kFunctions))];
    activation.range = kRanges[Below(std::size(kRanges))];
    const bool by_ofm = activation.range == ClipRange::kOfm;
    if (by_ofm && op->ofm.element.bytes == 4) return;
    const bool is_signed =
        by_ofm ? op->ofm.element.is_signed : activation.range != ClipRange::kUint8;
    activation.min = Short(is_signed);
    activation.max = Short(is_signed);
  }

  void FillSizes(Operation* op) {
    FeatureMap& ofm = op->ofm;
    ofm.height = Between(1, 300);
    ofm.width = Between(1, 300);
    ofm.depth = op->sums_depth() ? 1 : Between(1, 1000);
    op->ifm.height = ofm.height;
    op->ifm.width = ofm.width;
    op->ifm.depth = ofm.depth;
    if (op->kind == OperationKind::kElementwise) return;
    if (op->kind == OperationKind::kConv || op->sums_depth()) op->ifm.depth = Between(1, 65536);
    do {
      FillKernel(op);
    } while (!FillIfmSize(op));
  }

  void FillKernel(Operation* op) {
    Kernel& kernel = op->kernel;
    kernel = {Between(1, 8), Between(1, 8), Between(1, 4), Between(1, 4),
              Between(1, 2), Between(1, 2), false,         false};
    const bool padded_average =
        op->kind == OperationKind::kPool && op->pool == PoolMode::kAverage && !op->global_scale;
    if (padded_average) kernel.dilation_x = kernel.dilation_y = 1;
    kernel.part_kernel_first = op->kind == OperationKind::kConv && Coin();
    kernel.decompose_4x4 = op->has_weights() && Coin();
    const int32_t height = kernel.dilated_height() - 1;
    const int32_t width = kernel.dilated_width() - 1;
    op->padding = {Between(0, height), Between(0, width), Between(0, width), Between(0, height)};
    op->upscale = static_cast<Upscale>(Below(3));
  }

  static int32_t Stored(int32_t on_grid, Upscale upscale) {
    return upscale == Upscale::kNone ? on_grid : on_grid / 2 + on_grid % 2;
  }
  // False when padding leaves nothing of it.
  static bool FillIfmSize(Operation* op) {
    const int32_t bottom = (op->ofm.height - 1) * op->kernel.stride_y + op->kernel.dilated_height();
    const int32_t right = (op->ofm.width - 1) * op->kernel.stride_x + op->kernel.dilated_width();
    op->ifm.height = Stored(bottom - op->padding.top - op->padding.bottom, op->upscale);
    op->ifm.width = Stored(right - op->padding.left - op->padding.right, op->upscale);
    return op->ifm.height > 0 && op->ifm.width > 0;
  }

  // Layout, tiles and addresses of a map with element and size.
  void FillMap(FeatureMap* map) {
    map->region = static_cast<uint8_t>(Below(8));
    map->zero_point = Short(map->element.is_signed);
    map->layout = static_cast<Layout>(Below(2));
    map->width0 = Coin() ? map->width : Between(1, 65536);
    map->height0 = Coin() ? map->height : Between(1, 65536);
    const bool right = map->width0 < map->width;
    map->height1 = right ? Between(1, 65536) : 0;
    const uint32_t element = map->element.bytes;
    const bool bricks = map->layout == Layout::kNhcwb16;
    const uint32_t multiple = bricks ? 16 : element;
    map->base[0] = Address(multiple);
    if (right) map->base[1] = Address(multiple);
    if (map->height0 < map->height) map->base[2] = Address(multiple);
    if (right && map->height1 < map->height) map->base[3] = Address(multiple);
    map->stride_y = static_cast<int64_t>(Address(element));
    map->stride_x = bricks ? 16 * map->element.bytes : static_cast<int64_t>(Address(element));
    if (bricks) map->stride_c = static_cast<int64_t>(Address(element));
  }

  void FillIfm2(Operation* op) {
    op->broadcast.reversed = Coin();
    op->broadcast.scalar = Below(4) == 0;
    FeatureMap& ifm2 = op->ifm2;
    ifm2.element = op->ifm.element;
    if (op->broadcast.scalar) {
      op->scalar = Short(ifm2.element.is_signed);
      ifm2.zero_point = Short(ifm2.element.is_signed);
      return;
    }
    op->broadcast.height = Coin();
    op->broadcast.width = Coin();
    op->broadcast.depth = Coin();
    ifm2.height = op->broadcast.height ? 1 : op->ofm.height;
    ifm2.width = op->broadcast.width ? 1 : op->ofm.width;
    ifm2.depth = op->broadcast.depth ? 1 : op->ofm.depth;
    FillMap(&ifm2);
    op->shared_ram.ifm2_start = static_cast<uint8_t>(Below(64));
  }

  void FillWeights(Operation* op) {
    const auto weight_region = static_cast<uint8_t>(Below(8));
    const auto scale_region = static_cast<uint8_t>(Below(8));
    for (int core = 0; core < op->parallel_cores; ++core) {
      op->weights[core] = {weight_region, Address(16),
                           static_cast<uint64_t>(Between(1, 0xFFFFFF)) * 16};
      op->scales[core] = {scale_region, Address(16), static_cast<uint64_t>(Between(1, 0xFFFFF))};
    }
  }

  void FillScales(Operation* op) {
    if (op->sums_depth() || op->kind == OperationKind::kElementwise)
      op->global_scale |= op->uses_ofm_scale();
    if (op->uses_ofm_scale()) {
      const bool wide = op->ifm.element.bytes == 4;
      op->ofm_scale = {wide ? 0 : static_cast<uint32_t>(random_()),
                       static_cast<uint8_t>(Below(64))};
    }
    if (!op->uses_operand_scales()) return;
    op->operand_scaling = static_cast<OperandScaling>(Below(3));
    if (op->operand_scaling == OperandScaling::kBoth) {
      op->opa_scale.multiplier = static_cast<uint32_t>(Below(0x10000));
      op->opb_scale.multiplier = static_cast<uint32_t>(Below(0x10000));
    } else {
      op->opa_scale = {static_cast<uint32_t>(random_()), static_cast<uint8_t>(Below(64))};
    }
  }

  const Config& config_;
  std::mt19937 random_;
};

}  // namespace moonlet::npu::testing
