// SPACE_TO_DEPTH and DEPTH_TO_SPACE: the pixels of each block beside each other, as channels
// of one pixel, and back.
#include <utility>

#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/operators.h"

namespace moonlet {
namespace {

// `wide` has the blocks, `deep` the channels.
Status CheckBlocks(const ModelTensor& wide, const ModelTensor& deep, int32_t block) {
  bool fits = block >= 1;
  for (int axis = 1; fits && axis < 3; ++axis)
    fits = int64_t{deep.dim(axis)} * block == wide.dim(axis);
  fits = fits && wide.dim(0) == deep.dim(0) &&
         int64_t{wide.dim(3)} * block * block == int64_t{deep.dim(3)};
  if (fits) return Status();
  return Status::Invalid("blocks of %d do not turn shape %s into shape %s", block,
                         DimsText(wide.shape()).text, DimsText(deep.shape()).text);
}

// From `wide` to `deep`: batch, row, column, and inside a block row and column, then the
// channels, which lie together.
StridedCopy SpaceToDepth(const ModelTensor& wide, const ModelTensor& deep, int32_t block,
                         bool back) {
  const AxisSteps from(wide), to(deep);
  const int32_t channels = wide.dim(3) * ElementBytes(wide);
  StridedAxis axes[] = {{deep.dim(0), from[0], to[0]},
                        {deep.dim(1), from[1] * block, to[1]},
                        {deep.dim(2), from[2] * block, to[2]},
                        {block, from[1], block * channels},
                        {block, from[2], channels}};
  if (back)
    for (StridedAxis& axis : axes) std::swap(axis.from, axis.to);
  return MakeStridedCopy(axes, channels);
}

Status PrepareBlocks(const Node& node, int32_t block, bool back, StepWriter& writer) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const ModelTensor wide = back ? output : input;
  const ModelTensor deep = back ? input : output;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckRank("input", input, 4);
  if (s.ok()) s = CheckRank("output", output, 4);
  if (s.ok()) s = CheckBlocks(wide, deep, block);
  if (s.ok()) WriteBoxCopy(input, 0, SpaceToDepth(wide, deep, block, back), output, writer);
  return s;
}

}  // namespace

Status PrepareSpaceToDepth(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const auto* options = node.table().builtin_options_as_SpaceToDepthOptions();
  if (options == nullptr) return MissingOptions();
  return PrepareBlocks(node, options->block_size(), false, writer);
}

Status PrepareDepthToSpace(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const auto* options = node.table().builtin_options_as_DepthToSpaceOptions();
  if (options == nullptr) return MissingOptions();
  return PrepareBlocks(node, options->block_size(), true, writer);
}

}  // namespace moonlet
