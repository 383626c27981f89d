// What of a Preparation concerns layers that run in patches.
#include "engine/nn/macs.h"
#include "engine/nn/preparation.h"

namespace moonlet {
namespace {

constexpr int kShrinkAttempts = 4;

uint32_t RowBytes(const ModelTensor& image) {
  return static_cast<uint32_t>(image.bytes() / image.dim(1));
}

}  // namespace

OperatorFate Preparation::FateOf(int op) const {
  if (patches_.Find(op) > 0) return {Fate::kPatched, static_cast<uint16_t>(patches_.ops[0])};
  return rewrite_.fate(op);
}

// Appends the operator if it bears rows.
bool Preparation::FindLink(int op, PatchCandidate* c) const {
  if (c->count == kMostPatchLinks || !rewrite_.runs(op)) return false;
  const Node node = NodeAt(op);
  StepWriter asking(model_.bytes().span(), nullptr, tensors_, nesting_);
  if (!PrepareOperator(node, nesting_.backends, asking).ok() || asking.rows() == nullptr)
    return false;
  const ModelTensor input = node.input(0), output = node.output(0);
  if (input.constant() || input.variable() || output.variable() || input.dim(0) != 1) return false;
  const int i = c->count++;
  c->ops[i] = op;
  c->times[i] = TimeOf(op);
  c->macs[i] = MacsOf(node);
  c->links[i] = {*asking.rows(), RowBytes(input), RowBytes(output)};
  c->input_bytes[i] = static_cast<uint32_t>(input.bytes());
  c->input_last[i] = plan_.last(input.index());
  return true;
}

// Whether the operator, and nobody else, reads what the last of the layers gives, and its memory
// is no other tensor's too.
bool Preparation::Follows(const PatchCandidate& c, int op) const {
  const int before = c.ops[c.count - 1];
  const ModelTensor between = NodeAt(op).input(0);
  return NodeAt(before).output_index(0) == between.index() &&
         plan_.first(between.index()) == TimeOf(before) &&
         plan_.last(between.index()) == TimeOf(op) && !plan_.resting(between.index());
}

Status Preparation::SearchChain(size_t most, PatchChain* chain) {
  const auto times = static_cast<size_t>(operators_) + 2;
  auto* live = static_cast<uint64_t*>(
      nesting_.allocator.Allocate(times * sizeof(uint64_t), alignof(uint64_t)));
  if (live == nullptr) return Status::NoMemory(times * sizeof(uint64_t));
  for (size_t t = 0; t < times; ++t) live[t] = plan_.live(static_cast<int>(t));
  PatchCandidate c;
  PatchChoice best;
  const auto search = [&] {
    PatchChoice found;
    if (c.count >= 2) SearchPatches(c, {live, times}, most, &found);
    if (found.count > 0 && (best.count == 0 || found.more_macs < best.more_macs)) {
      best = found;
      *chain = {{}, {}, found.count, found.bands, found.more_macs};
      for (int i = 0; i < found.count; ++i) {
        chain->ops[i] = c.ops[found.first + i];
        chain->links[i] = c.links[found.first + i];
      }
    }
    c.count = 0;
  };
  for (int place = 0; place < operators_; ++place) {
    const int op = order_.OperatorAt(place);
    if (!rewrite_.runs(op)) continue;
    if (c.count > 0 && !(c.count < kMostPatchLinks && Follows(c, op))) search();
    if (!FindLink(op, &c)) search();
  }
  search();
  nesting_.allocator.Free(live, times * sizeof(uint64_t));
  return Status();
}

// Between the layers of a chain there are bands alone; what goes in and what comes out is there
// all the time.
void Preparation::LayPatches() {
  if (patches_.count == 0) return;
  PatchLoad loads[kMostPatchLinks];
  const auto count = static_cast<size_t>(patches_.count);
  LoadOfBands(patches_.list(), patches_.bands, std::span(loads).first(count));
  for (size_t i = 0; i + 1 < count; ++i) {
    const int t = NodeAt(patches_.ops[i]).output_index(0);
    plan_.Reserve(t, loads[i].output_bytes, plan_.first(t), plan_.last(t), false);
  }
  const int first = TimeOf(patches_.ops[0]), last = TimeOf(patches_.ops[count - 1]);
  plan_.Extend(NodeAt(patches_.ops[0]).input_index(0), last);
  const ModelTensor output = NodeAt(patches_.ops[count - 1]).output(0);
  const int t = output.index();
  plan_.Reserve(t, static_cast<uint32_t>(output.bytes()), first, plan_.last(t), plan_.resting(t));
}

// The search knows neither scratch that grows nor holes between blocks: what it found must prove
// itself, and may have to aim lower.
Status Preparation::Shrink(size_t most) {
  if (called_ || offline_.present()) return Status();
  size_t aim = most > step_bytes_ ? most - step_bytes_ : 0;
  for (int i = 0; i < kShrinkAttempts; ++i) {
    PatchChain chain;
    if (Status s = SearchChain(aim, &chain); !s.ok() || chain.count == 0) return s;
    if (Status s = LayWith(chain); !s.ok() || bytes() <= most) return s;
    aim -= std::min(aim, bytes() - most);
    if (Status s = LayWith(PatchChain()); !s.ok()) return s;
  }
  return Status();
}

Status Preparation::LayWith(const PatchChain& chain) {
  patches_ = chain;
  const Status s = LayTensors();
  return s.ok() ? MeasureOnce(nullptr) : s;
}

}  // namespace moonlet
