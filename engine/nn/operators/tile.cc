// TILE and BROADCAST_TO: a tensor repeated along its axes, as often as a constant says, or
// until it has the shape that a constant says.
#include "engine/kernels/repeat.h"
#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/box_copy.h"
#include "engine/nn/operators/integers.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

static_assert(TileParams::kMaxRank >= kMaxModelRank);

struct TileRecord {
  TileParams p;
  Operand input;
  Operand output;
};

bool RunTile(const void* record, const RunContext& run) {
  const auto* r = static_cast<const TileRecord*>(record);
  return Tile(r->p, run.Address(r->input), run.Write<uint8_t>(r->output), run.stop);
}

void WriteTile(const TileParams& p, const Node& node, StepWriter& writer) {
  auto* r = writer.Add<TileRecord>(RunTile);
  if (r != nullptr) *r = {p, writer.At(node.input(0)), writer.At(node.output(0))};
}

}  // namespace

Status PrepareTile(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  const int rank = input.rank();
  IntegerArray multiples;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckRank("output", output, rank);
  if (s.ok()) s = ReadIntegerVector("multiples", node.input(1), rank, &multiples);
  if (!s.ok()) return s;
  int32_t times[kMaxModelRank];
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t multiple = multiples[axis];
    const int32_t length = output.dim(axis);
    if (multiple < 1 || multiple > length || multiple * input.dim(axis) != length)
      return Status::Invalid("%lld times axis %d of shape %s, expected the output's %d",
                             static_cast<long long>(multiple), axis + 1,
                             DimsText(input.shape()).text, length);
    times[axis] = static_cast<int32_t>(multiple);
  }
  const std::span all(times, static_cast<size_t>(rank));
  WriteTile(MakeTile(input.shape(), all, ElementBytes(input)), node, writer);
  return s;
}

Status PrepareBroadcastTo(const Node& node, StepWriter& writer) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckConstantShape("shape", node.input(1), output);
  if (!s.ok()) return s;
  const int rank = output.rank();
  const int added = rank - input.rank();
  int32_t lengths[kMaxModelRank];
  int32_t times[kMaxModelRank];
  bool fits = added >= 0;
  for (int axis = 0; fits && axis < rank; ++axis) {
    lengths[axis] = axis < added ? 1 : input.dim(axis - added);
    times[axis] = lengths[axis] == 1 ? output.dim(axis) : 1;
    fits = lengths[axis] == 1 || lengths[axis] == output.dim(axis);
  }
  if (!fits)
    return Status::Invalid("shape %s does not repeat to shape %s", DimsText(input.shape()).text,
                           DimsText(output.shape()).text);
  const auto axes = static_cast<size_t>(rank);
  WriteTile(MakeTile({lengths, axes}, {times, axes}, ElementBytes(input)), node, writer);
  return s;
}

const StepList kTileSteps = ListSteps<Step<TileRecord, RunTile>>();

}  // namespace moonlet
