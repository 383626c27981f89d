#include "engine/npu/block_dep.h"

#include <algorithm>

#include "engine/npu/block.h"
#include "engine/npu/footprint.h"

namespace moonlet::npu {
namespace {

int32_t Ceiling(int32_t a, int32_t b) { return (a + b - 1) / b; }

int64_t BlockCount(const Operation& operation) {
  const FeatureMap& ofm = operation.ofm;
  const Extent& block = operation.block;
  return int64_t{Ceiling(ofm.height, block.height)} * Ceiling(ofm.width, block.width) *
         Ceiling(ofm.depth, block.depth);
}

// In the order in which they are run.
Box BlockAt(const Operation& operation, int64_t index) {
  const FeatureMap& ofm = operation.ofm;
  const Extent& block = operation.block;
  const int32_t deep = Ceiling(ofm.depth, block.depth);
  const int32_t wide = Ceiling(ofm.width, block.width);
  const auto front = static_cast<int32_t>(index % deep) * block.depth;
  const auto left = static_cast<int32_t>(index / deep % wide) * block.width;
  const auto top = static_cast<int32_t>(index / deep / wide) * block.height;
  return {top,   std::min(ofm.height, top + block.height),
          left,  std::min(ofm.width, left + block.width),
          front, std::min(ofm.depth, front + block.depth)};
}

struct Span {
  int32_t from, to;
};

// Rows or columns of the IFM under those of the OFM.
Span Under(Span ofm, int32_t stride, int32_t padding, int32_t kernel, Upscale upscale,
           int32_t stored) {
  int32_t from = ofm.from * stride - padding;
  int32_t to = (ofm.to - 1) * stride - padding + kernel;
  if (upscale != Upscale::kNone) {
    from = from > 0 ? from / 2 : from;
    to = (to + 1) / 2;
  }
  return {std::max<int32_t>(from, 0), std::min(to, stored)};
}

// What a block reads of the IFM, all channels.
Box ReadBox(const Operation& operation, const Box& block) {
  const Kernel& kernel = operation.kernel;
  const FeatureMap& ifm = operation.ifm;
  if (operation.kind == OperationKind::kElementwise) return block;
  const Span rows = Under({block.top, block.bottom}, kernel.stride_y, operation.padding.top,
                          kernel.dilated_height(), operation.upscale, ifm.height);
  const Span columns = Under({block.left, block.right}, kernel.stride_x, operation.padding.left,
                             kernel.dilated_width(), operation.upscale, ifm.width);
  return {rows.from, rows.to, columns.from, columns.to, 0, ifm.depth};
}

// The operation's step number `index`.
Box StepAt(const Operation& operation, const Config& config, int64_t index) {
  if (operation.kind != OperationKind::kConv && !operation.sums_depth())
    return ReadBox(operation, BlockAt(operation, index));
  const int32_t channels = IfmBlock(operation, config).depth;
  const int32_t shares = Ceiling(operation.ifm.depth, channels);
  Box box = ReadBox(operation, BlockAt(operation, index / shares));
  box.front = static_cast<int32_t>(index % shares) * channels;
  box.back = std::min(operation.ifm.depth, box.front + channels);
  return box;
}

int64_t StepCount(const Operation& operation, const Config& config) {
  if (operation.kind != OperationKind::kConv && !operation.sums_depth())
    return BlockCount(operation);
  return BlockCount(operation) * Ceiling(operation.ifm.depth, IfmBlock(operation, config).depth);
}

Box OfSecond(const Operation& operation, Box box) {
  const Broadcast& broadcast = operation.broadcast;
  if (broadcast.height) box.top = 0, box.bottom = 1;
  if (broadcast.width) box.left = 0, box.right = 1;
  if (broadcast.depth) box.front = 0, box.back = 1;
  return box;
}

bool Reads(const Operation& operation, const Box& step, const FeatureMap& written,
           const Box& block) {
  if (Overlap(operation.ifm, step, written, block)) return true;
  return operation.binary() && !operation.broadcast.scalar &&
         Overlap(operation.ifm2, OfSecond(operation, step), written, block);
}

// Whether steps 0 .. dep - 1 stay clear of the blocks that may be unwritten then.
bool MayHave(int dep, const Operation& before, const Operation& operation, const Config& config) {
  const int64_t blocks = BlockCount(before);
  const int64_t steps = std::min<int64_t>(dep, StepCount(operation, config));
  for (int64_t step = 0; step < steps; ++step) {
    const Box box = StepAt(operation, config, step);
    for (int64_t block = std::max<int64_t>(0, blocks - dep + step); block < blocks; ++block)
      if (Reads(operation, box, before.ofm, BlockAt(before, block))) return false;
  }
  return true;
}

}  // namespace

int MaxBlockDep(const Operation& before, const Operation& operation, const Config& config) {
  for (int dep = kMaxBlockDep; dep > 0; --dep)
    if (MayHave(dep, before, operation, config)) return dep;
  return 0;
}

}  // namespace moonlet::npu
