#include "engine/ml/grow.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

constexpr Index kStepsBetweenPolls = 100000;
constexpr double kSlack = 0x1p-52;  // what a gain may miss min_decrease by
constexpr double kEuler = 0.577215664901532861;

double Draw(Random* random) { return static_cast<double>(random->Next() >> 11) * 0x1p-53; }

}  // namespace

double MeanPath(double samples) {
  if (samples <= 1) return 0;
  if (samples == 2) return 1;
  return 2 * (moonlet_log(samples - 1) + kEuler) - 2 * (samples - 1) / samples;
}

Index LeafOf(const GrownTrees& trees, Index root, const Samples& x, Index row) {
  const Index first = row * x.width;
  Index at = root;
  for (;;) {
    const GrownNode& node = trees.nodes[at];
    if (node.feature < 0) return at;
    const float value = x.integers != nullptr ? static_cast<float>(x.integers[first + node.feature])
                                              : x.data[first + node.feature];
    at = value <= node.threshold ? node.left : node.right;
  }
}

Grower::Grower(const Work& work, const Samples& x, const GrowRules& rules, Index classes,
               Random* random)
    : work_(work),
      x_(x),
      rules_(rules),
      random_(random),
      ranks_(work, x, !rules.random_thresholds),
      splitter_(work.memory, x, rules.criterion, classes, rules.min_leaf, &ranks_),
      order_(work.memory, x.count),
      aside_(work.memory, x.count),
      features_(work.memory, x.width),
      gains_(work.memory, x.width),
      grown_(work.memory),
      scores_(work.memory),
      pending_(work.memory) {
  grown_.outputs = std::max<Index>(classes, 1);
}

Status Grower::Prepare() {
  if (x_.count > INT32_MAX) return Status::Invalid("more than 2^31 samples");
  for (const Buffer<int32_t>* buffer : {&order_, &aside_, &features_})
    if (!buffer->ok()) return buffer->Refusal();
  if (!gains_.ok()) return gains_.Refusal();
  for (Index j = 0; j < x_.width; ++j) features_[j] = static_cast<int32_t>(j);
  if (Status s = splitter_.Prepare(); !s.ok()) return s;
  return rules_.random_thresholds ? Status() : ranks_.Prepare();
}

void Grower::Start(const Targets& targets, const double* weights) {
  targets_ = targets;
  count_ = settled_ = waiting_ = 0;
  for (Index i = 0; i < x_.count; ++i)
    if (weights == nullptr || weights[i] > 0) order_[count_++] = static_cast<int32_t>(i);
  grown_.nodes.Clear();
  grown_.values.Clear();
  scores_.Clear();
  splitter_.Start(targets, weights, order_.data(), count_);
}

Status Grower::Grow(const Targets& targets, const double* weights, double from, double to,
                    GrownTrees* trees) {
  from_ = from;
  to_ = to;
  Start(targets, weights);
  if (count_ == 0) return Status::Invalid("no sample has a weight above 0");
  if (Status s = AddNode(0, count_, 0); !s.ok()) return s;
  for (Index leaves = 1; waiting_ > 0 && (rules_.max_leaves == 0 || leaves < rules_.max_leaves);
       ++leaves)
    if (Status s = SplitNode(Take()); !s.ok()) return s;
  if (rules_.ccp_alpha > 0)
    if (Status s = Prune(); !s.ok()) return s;
  return Emit(trees);
}

// Appends a leaf of the samples order_[first..last), and lets it wait for its split if it has one.
Status Grower::AddNode(Index first, Index last, int64_t depth) {
  const int32_t* samples = order_.data() + first;
  const Index count = last - first;
  const NodeSums sums = splitter_.Sum(samples, count);
  if (grown_.nodes.size() == 0) weight_ = sums.weight;
  Pending pending = {first, last, static_cast<int32_t>(grown_.nodes.size()), depth, {}};
  if (!grown_.nodes.Add({-1, 0, 0, 0})) return grown_.nodes.Refusal();
  if (!scores_.Add(sums.score)) return scores_.Refusal();
  if (Status s = AddValues(sums, count, depth); !s.ok()) return s;
  if (Splits(sums, count, depth))
    if (Status s = FindSplit(&pending, sums); !s.ok()) return s;
  if (pending.split.feature >= 0) return Push(pending);
  settled_ += count;
  return Worked(count);
}

Status Grower::AddValues(const NodeSums& sums, Index samples, int64_t depth) {
  List<double>& values = grown_.values;
  if (targets_.codes == nullptr) {
    const auto path = static_cast<double>(depth) + MeanPath(static_cast<double>(samples));
    if (!values.Add(targets_.values != nullptr ? sums.mean : path)) return values.Refusal();
    return {};
  }
  for (Index k = 0; k < targets_.classes; ++k)
    if (!values.Add(splitter_.totals()[k] / sums.weight)) return values.Refusal();
  return {};
}

bool Grower::Splits(const NodeSums& sums, Index samples, int64_t depth) const {
  return depth < rules_.depth && samples >= rules_.min_split && samples / 2 >= rules_.min_leaf &&
         !sums.pure;
}

// Tries features, drawn without replacement where there are more than asked.
Status Grower::FindSplit(Pending* pending, const NodeSums& sums) {
  const Index width = x_.width, count = pending->last - pending->first;
  const bool all = rules_.max_features == 0 || rules_.max_features >= width;
  const Index asked = all ? width : rules_.max_features;
  const int32_t* samples = order_.data() + pending->first;
  bool vary = false;
  for (Index i = 0; i < width && (i < asked || !vary); ++i) {
    if (!all) {
      const auto j = i + static_cast<Index>(random_->UpTo(static_cast<uint64_t>(width - 1 - i)));
      std::swap(features_[i], features_[j]);
    }
    Split* best = &pending->split;
    vary |= rules_.random_thresholds
                ? splitter_.TryRandom(features_[i], samples, count, sums, Draw(random_), best)
                : splitter_.TryAll(features_[i], samples, count, sums, best);
    if (Status s = Worked(count); !s.ok()) return s;
  }
  Split& split = pending->split;
  split.gain -= sums.score;
  if (split.gain / weight_ + kSlack < rules_.min_decrease) split.feature = -1;
  return {};
}

// One to be split later is seen before another: less gain, or the same and made later.
constexpr auto kLater = [](const auto& a, const auto& b) {
  if (a.split.gain != b.split.gain) return a.split.gain < b.split.gain;
  return a.node > b.node;
};

Status Grower::Push(const Pending& pending) {
  if (waiting_ < pending_.size()) {
    pending_[waiting_] = pending;
  } else if (!pending_.Add(pending)) {
    return pending_.Refusal();
  }
  ++waiting_;
  if (rules_.max_leaves > 0) std::push_heap(pending_.data(), pending_.data() + waiting_, kLater);
  return {};
}

// The node to be split next: of the largest gain where leaves are counted, else the last one.
Grower::Pending Grower::Take() {
  if (rules_.max_leaves > 0) std::pop_heap(pending_.data(), pending_.data() + waiting_, kLater);
  return pending_[--waiting_];
}

// Moves the samples of the left side ahead of those of the right one, both in the order they had.
Index Grower::Partition(const Pending& pending) {
  Index left = pending.first, right = 0;
  for (Index i = pending.first; i < pending.last; ++i) {
    const int32_t sample = order_[i];
    const bool goes_left =
        splitter_.Value(sample, pending.split.feature) <= pending.split.threshold;
    order_[left] = sample;
    aside_[right] = sample;
    left += goes_left;
    right += !goes_left;
  }
  std::copy_n(aside_.data(), right, order_.data() + left);
  return left;
}

Status Grower::SplitNode(const Pending& pending) {
  const Index middle = Partition(pending);
  GrownNode& node = grown_.nodes[pending.node];
  node.feature = pending.split.feature;
  node.threshold = pending.split.threshold;
  const auto left = static_cast<int32_t>(grown_.nodes.size());
  node.left = left;
  node.right = left + 1;
  if (Status s = AddNode(pending.first, middle, pending.depth + 1); !s.ok()) return s;
  return AddNode(middle, pending.last, pending.depth + 1);
}

// Cuts every branch whose leaves do not gain ccp_alpha each over the node itself: the smallest
// subtree of the least cost, from the leaves up.
Status Grower::Prune() {
  Buffer<double> cost(work_.memory, grown_.nodes.size());
  if (!cost.ok()) return cost.Refusal();
  for (Index i = grown_.nodes.size() - 1; i >= 0; --i) {
    GrownNode& node = grown_.nodes[i];
    const double alone = rules_.ccp_alpha - scores_[i] / weight_;
    cost[i] = node.feature < 0 ? alone : cost[node.left] + cost[node.right];
    if (alone > cost[i]) continue;
    node.feature = -1;
    cost[i] = alone;
  }
  return {};
}

// Appends the nodes that can be reached from the root.
Status Grower::Emit(GrownTrees* trees) {
  const Index count = grown_.nodes.size(), outputs = grown_.outputs;
  const auto base = static_cast<int32_t>(trees->nodes.size());
  if (trees->nodes.size() + count > INT32_MAX) return Status::Invalid("more than 2^31 nodes");
  Buffer<int32_t> place(work_.memory, count);  // from 1; 0: cut off
  if (!place.ok()) return place.Refusal();
  int32_t next = 1;
  for (Index i = 0; i < count; ++i) {
    const GrownNode& node = grown_.nodes[i];
    if (i > 0 && place[i] == 0) continue;
    place[i] = next++;
    if (node.feature >= 0) place[node.left] = place[node.right] = 1;
  }
  if (!trees->roots.Add(base)) return trees->roots.Refusal();
  std::fill_n(gains_.data(), x_.width, 0.0);
  for (Index i = 0; i < count; ++i) {
    if (place[i] == 0) continue;
    GrownNode node = grown_.nodes[i];
    if (node.feature >= 0) {
      AddGain(i);
      node.left = base + place[node.left] - 1;
      node.right = base + place[node.right] - 1;
    }
    if (!trees->nodes.Add(node)) return trees->nodes.Refusal();
    for (Index k = 0; k < outputs; ++k)
      if (!trees->values.Add(grown_.values[i * outputs + k])) return trees->values.Refusal();
  }
  split_ = next > 2;
  return {};
}

void Grower::AddGain(Index node) {
  const GrownNode& n = grown_.nodes[node];
  gains_[n.feature] += (scores_[n.left] + scores_[n.right] - scores_[node]) / weight_;
}

void Grower::AddImportances(double factor, bool normal, double* sums) const {
  double total = 0;
  for (Index j = 0; j < x_.width; ++j) total += gains_[j];
  if (normal && !(total > 0)) return;
  for (Index j = 0; j < x_.width; ++j) sums[j] += factor * (normal ? gains_[j] / total : gains_[j]);
}

Status Grower::Worked(Index steps) {
  steps_ += steps;
  if (steps_ < kStepsBetweenPolls) return {};
  steps_ = 0;
  const double share = static_cast<double>(settled_) / static_cast<double>(count_);
  return work_.Done(from_ + (to_ - from_) * share);
}

}  // namespace moonlet::ml
