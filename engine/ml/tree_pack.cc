// engine/ml/tree_pack.cc - from trees as they are grown to trees as they are kept.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/ml/tree_nodes.h"
#include "engine/ml/trees.h"

namespace moonlet::ml {
namespace {

constexpr Index kMostNodes = Index{1} << 30;

// Finds rows of equal bytes: open addressing (Knuth, The Art of Computer Programming 3, 6.4).
class RowTable {
 public:
  // For at most `rows` of `size` bytes.
  RowTable(Allocator& memory, Index rows, size_t size)
      : places_(memory, SizeFor(rows)), mask_(SizeFor(rows) - 1), size_(size) {}
  bool ok() const { return places_.ok(); }
  Status Refusal() const { return places_.Refusal(); }

  // The number of the row at `count` of `rows`, or of an equal one that was given before.
  Index Find(const uint8_t* rows, Index count) {
    const uint8_t* row = rows + static_cast<size_t>(count) * size_;
    for (uint64_t at = Hash(row);; ++at) {
      int32_t& place = places_[static_cast<Index>(at) & mask_];
      if (place == 0) place = static_cast<int32_t>(count + 1);
      const Index found = place - 1;
      if (std::memcmp(rows + static_cast<size_t>(found) * size_, row, size_) == 0) return found;
    }
  }

 private:
  static Index SizeFor(Index rows) {
    Index size = 16;
    while (size < 2 * rows) size *= 2;
    return size;
  }
  uint64_t Hash(const uint8_t* row) const {
    uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (size_t i = 0; i < size_; ++i) hash = (hash ^ row[i]) * 0x100000001b3;
    return (hash ^ hash >> 32) & 0x7fffffff;
  }

  Buffer<int32_t> places_;
  Index mask_;
  size_t size_;
};

// The order in which nodes are kept, and the numbers of leaves: where[i] is the position of grown
// node i among those that split, or -1 - l for leaf l.
struct Order {
  Order(Allocator& memory, Index nodes) : where(memory, nodes), kept(memory), stack(memory) {}

  Buffer<int32_t> where;
  List<int32_t> kept;  // grown nodes in order
  List<int32_t> stack;
};

// Parents before children, left before right: a walk down often finds the next node in the same
// line of the cache.
Status OrderTree(const GrownTrees& trees, int32_t root, Order* order) {
  order->stack.Clear();
  if (!order->stack.Add(root)) return order->stack.Refusal();
  Index waiting = 1;
  while (waiting > 0) {
    const int32_t id = order->stack[--waiting];
    const GrownNode& node = trees.nodes[id];
    if (node.feature < 0) continue;
    order->where[id] = static_cast<int32_t>(order->kept.size());
    if (!order->kept.Add(id)) return order->kept.Refusal();
    for (const int32_t child : {node.right, node.left}) {
      if (waiting == order->stack.size() && !order->stack.Add(child)) return order->stack.Refusal();
      order->stack[waiting++] = child;
    }
  }
  return {};
}

Status CheckGrown(const GrownTrees& trees) {
  if (trees.nodes.size() > kMostNodes)
    return Status::Unsupported("%td tree nodes, at most %td", trees.nodes.size(), kMostNodes);
  for (Index i = 0; i < trees.nodes.size(); ++i)
    if (trees.nodes[i].feature >= kMostTreeFeatures)
      return Status::Unsupported("trees of samples with more than %td features", kMostTreeFeatures);
  return {};
}

// How an output's values become codes.
struct Scale {
  double least = 0, step = 0;
};

Scale ScaleOf(const GrownTrees& trees, Index c) {
  double least = INFINITY, most = -INFINITY;
  for (Index i = 0; i < trees.nodes.size(); ++i) {
    if (trees.nodes[i].feature >= 0) continue;
    least = std::min(least, trees.values[i * trees.outputs + c]);
    most = std::max(most, trees.values[i * trees.outputs + c]);
  }
  return {least, (most - least) / UINT8_MAX};
}

uint8_t CodeOf(const Scale& scale, double value) {
  if (!(scale.step > 0)) return 0;
  return static_cast<uint8_t>(
      std::clamp(std::floor((value - scale.least) / scale.step + 0.5), 0.0, double{UINT8_MAX}));
}

// Numbers the leaves, equal ones alike, and writes their rows to `rows`; *count of them.
template <typename Convert>
Status NumberLeaves(const GrownTrees& trees, size_t size, const Work& work, Convert convert,
                    uint8_t* rows, Order* order, Index* count) {
  RowTable table(work.memory, trees.nodes.size(), size);
  if (!table.ok()) return table.Refusal();
  *count = 0;
  for (Index i = 0; i < trees.nodes.size(); ++i) {
    if (trees.nodes[i].feature >= 0) continue;
    convert(trees.values.data() + i * trees.outputs, rows + static_cast<size_t>(*count) * size);
    const Index leaf = table.Find(rows, *count);
    if (leaf == *count) ++*count;
    order->where[i] = static_cast<int32_t>(-1 - leaf);
  }
  return {};
}

Status PackLeaves(const GrownTrees& trees, const Work& work, Order* order, Index* count,
                  State* state) {
  const size_t size = static_cast<size_t>(trees.outputs) * sizeof(float);
  Buffer<uint8_t> rows(work.memory, trees.nodes.size(), static_cast<Index>(size));
  if (!rows.ok()) return rows.Refusal();
  const auto convert = [&](const double* from, uint8_t* to) {
    for (Index c = 0; c < trees.outputs; ++c) {
      const float value = static_cast<float>(from[c]) + 0.0f;  // no -0
      std::memcpy(to + static_cast<size_t>(c) * sizeof value, &value, sizeof value);
    }
  };
  Status s = NumberLeaves(trees, size, work, convert, rows.data(), order, count);
  if (s.ok()) s = state->Make(kTreeLeaves, DType::kFloat32, {*count, trees.outputs});
  if (!s.ok()) return s;
  std::memcpy(state->own<float>(kTreeLeaves), rows.data(), static_cast<size_t>(*count) * size);
  return {};
}

Status PackCodes(const GrownTrees& trees, const Work& work, Order* order, Index* count,
                 State* state) {
  const Index outputs = trees.outputs;
  if (Status s = state->Make(kTreeLeafScale, DType::kFloat64, {2, outputs}); !s.ok()) return s;
  double* scale = state->own<double>(kTreeLeafScale);
  for (Index c = 0; c < outputs; ++c) {
    const Scale of = ScaleOf(trees, c);
    scale[c] = of.least;
    scale[outputs + c] = of.step;
  }
  Buffer<uint8_t> rows(work.memory, trees.nodes.size(), outputs);
  if (!rows.ok()) return rows.Refusal();
  const auto convert = [&](const double* from, uint8_t* to) {
    for (Index c = 0; c < outputs; ++c) to[c] = CodeOf({scale[c], scale[outputs + c]}, from[c]);
  };
  const auto size = static_cast<size_t>(outputs);
  Status s = NumberLeaves(trees, size, work, convert, rows.data(), order, count);
  if (s.ok()) s = state->Make(kTreeLeafCodes, DType::kUint8, {*count, outputs});
  if (!s.ok()) return s;
  std::memcpy(state->own<uint8_t>(kTreeLeafCodes), rows.data(), static_cast<size_t>(*count) * size);
  return {};
}

// The step from a kept node to a child, or minus the number of a leaf.
int64_t StepTo(const Order& order, Index from, int32_t child) {
  const int32_t where = order.where[child];
  return where >= 0 ? where - int64_t{from} : where + int64_t{1};
}

// Whether all steps of 16 bits reach.
bool Near(const GrownTrees& trees, const Order& order) {
  using Layout = TreeLayout<false, false>;
  for (Index i = 0; i < order.kept.size(); ++i) {
    const GrownNode& node = trees.nodes[order.kept[i]];
    for (const int32_t child : {node.left, node.right}) {
      const int64_t step = StepTo(order, i, child);
      if (step > Layout::kFarthest || -step > Layout::kLastLeaf) return false;
    }
  }
  return true;
}

// Below all int16 there is no threshold that sends all to the right: the one that sends all to
// the left then has the right child on both sides.
struct Whole {
  explicit Whole(float threshold) {
    const float down = std::floor(threshold);
    never = !(down >= INT16_MIN);
    value = never || down >= INT16_MAX ? INT16_MAX : static_cast<int16_t>(down);
  }
  bool never;
  int16_t value;
};

template <typename Layout>
void StoreNodes(const GrownTrees& trees, const Order& order, int16_t* to) {
  using Step = typename Layout::Step;
  for (Index i = 0; i < order.kept.size(); ++i, to += Layout::kWidth) {
    const GrownNode& node = trees.nodes[order.kept[i]];
    auto left = static_cast<Step>(StepTo(order, i, node.left));
    const auto right = static_cast<Step>(StepTo(order, i, node.right));
    const auto feature = static_cast<uint16_t>(node.feature);
    if constexpr (std::is_same_v<typename Layout::Value, float>) {
      Layout::Store(feature, node.threshold + 0.0f, left, right, to);  // no -0
    } else {
      const Whole whole(node.threshold);
      Layout::Store(feature, whole.value, whole.never ? right : left, right, to);
    }
  }
}

Status PackNodes(const GrownTrees& trees, bool integers, const Order& order, State* state) {
  const bool near = Near(trees, order);
  const Index width =
      integers ? (near ? TreeLayout<true, false>::kWidth : TreeLayout<true, true>::kWidth)
               : (near ? TreeLayout<false, false>::kWidth : TreeLayout<false, true>::kWidth);
  if (Status s = state->Make(kTreeNodes, DType::kInt16, {order.kept.size(), width}); !s.ok())
    return s;
  WithTreeLayout(width, [&](auto layout) {
    StoreNodes<decltype(layout)>(trees, order, state->own<int16_t>(kTreeNodes));
  });
  return {};
}

Status PackRoots(const GrownTrees& trees, const Order& order, State* state) {
  if (Status s = state->Make(kTreeRoots, DType::kInt32, {trees.roots.size()}); !s.ok()) return s;
  for (Index t = 0; t < trees.roots.size(); ++t)
    state->own<int32_t>(kTreeRoots)[t] = order.where[trees.roots[t]];
  return {};
}

}  // namespace

Status PackTrees(const GrownTrees& trees, const Packing& packing, const Work& work, State* state) {
  if (Status s = CheckGrown(trees); !s.ok()) return s;
  Order order(work.memory, trees.nodes.size());
  if (!order.where.ok()) return order.where.Refusal();
  for (Index t = 0; t < trees.roots.size(); ++t) {
    if (Status s = work.Poll(); !s.ok()) return s;
    if (Status s = OrderTree(trees, trees.roots[t], &order); !s.ok()) return s;
  }
  Index leaves = 0;
  Status s = packing.quantize ? PackCodes(trees, work, &order, &leaves, state)
                              : PackLeaves(trees, work, &order, &leaves, state);
  if (s.ok()) s = PackNodes(trees, packing.integers, order, state);
  return s.ok() ? PackRoots(trees, order, state) : s;
}

}  // namespace moonlet::ml
