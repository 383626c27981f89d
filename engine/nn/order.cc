#include "engine/nn/order.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace moonlet {
namespace {

constexpr int kMostStates = 2000;  // tried at most: a fraction of a millisecond

uint64_t Bit(int op) { return uint64_t{1} << op; }

uint64_t LiveAtStart(std::span<const OrderedValue> values) {
  uint64_t live = 0;
  for (const OrderedValue& v : values)
    if (v.producer < 0 && (v.readers != 0 || v.kept)) live += v.bytes;
  return live;
}

// What running one operator adds to the live bytes, and what it frees behind it.
struct Change {
  uint64_t added = 0;
  uint64_t freed = 0;
};

Change ChangeBy(std::span<const OrderedValue> values, int op, uint64_t done) {
  Change change;
  for (const OrderedValue& v : values) {
    const bool produced = v.producer == op;
    const bool read = (v.readers & Bit(op)) != 0;
    if (produced) change.added += v.bytes;
    const bool ends = (produced || read) && (v.readers & ~(done | Bit(op))) == 0 && !v.kept;
    if (ends) change.freed += v.bytes;
  }
  return change;
}

// No order holds less than what its most demanding operator reads and writes.
uint64_t LeastPeak(std::span<const OrderedValue> values, int operators) {
  uint64_t least = LiveAtStart(values);
  for (int op = 0; op < operators; ++op) {
    uint64_t touched = 0;
    for (const OrderedValue& v : values)
      if (v.producer == op || (v.readers & Bit(op)) != 0) touched += v.bytes;
    least = std::max(least, touched);
  }
  return least;
}

OrderState After(std::span<const OrderedValue> values, const OrderState& state, int op) {
  const Change change = ChangeBy(values, op, state.done);
  OrderState after;
  after.done = state.done | Bit(op);
  after.live = state.live + change.added - change.freed;
  after.peak = std::max(state.peak, state.live + change.added);
  return after;
}

// Whether `a` promises more than `b`.
bool IsBetter(const OrderState& a, const OrderState& b) {
  return a.peak != b.peak ? a.peak < b.peak : a.live < b.live;
}

class OrderSearch {
 public:
  OrderSearch(std::span<const OrderedValue> values, std::span<const uint64_t> before,
              std::span<OrderState> states)
      : values_(values), before_(before), states_(states) {}

  // Goes on from the states so far until an order with a lower peak than `best` is complete.
  bool Next(uint64_t best) {
    const auto operators = static_cast<int>(before_.size());
    while (depth_ >= 0) {
      OrderState& state = states_[static_cast<size_t>(depth_)];
      if (depth_ == operators && state.peak < best) return true;
      if (depth_ == operators || !Step(state, best)) {
        --depth_;
      } else if (++tried_ > kMostStates) {
        return false;
      }
    }
    return false;
  }
  void Begin() {
    states_[0] = {};
    states_[0].live = states_[0].peak = LiveAtStart(values_);
    states_[0].untried = Ready(0);
    depth_ = 0;
  }

 private:
  uint64_t Ready(uint64_t done) const {
    uint64_t ready = 0;
    for (size_t op = 0; op < before_.size(); ++op)
      if ((before_[op] & ~done) == 0) ready |= uint64_t{1} << op;
    return ready & ~done;
  }

  // Runs the most promising of the untried operators. False when none stays below `best`.
  bool Step(OrderState& state, uint64_t best) {
    OrderState chosen;
    int op = -1;
    for (uint64_t left = state.untried; left != 0; left &= left - 1) {
      const int candidate = std::countr_zero(left);
      const OrderState after = After(values_, state, candidate);
      if (after.peak >= best) {
        state.untried &= ~Bit(candidate);
      } else if (op < 0 || IsBetter(after, chosen)) {
        chosen = after;
        op = candidate;
      }
    }
    if (op < 0) return false;
    state.untried &= ~Bit(op);
    // What only gives memory back may as well run at once.
    if (chosen.peak == state.peak && chosen.live <= state.live) state.untried = 0;
    state.next = static_cast<uint8_t>(op);
    chosen.untried = Ready(chosen.done);
    states_[static_cast<size_t>(++depth_)] = chosen;
    return true;
  }

  std::span<const OrderedValue> values_;
  std::span<const uint64_t> before_;
  std::span<OrderState> states_;
  int depth_ = 0;
  int tried_ = 0;
};

}  // namespace

uint64_t PeakOf(std::span<const OrderedValue> values, std::span<const uint8_t> order) {
  OrderState state;
  state.live = state.peak = LiveAtStart(values);
  for (const uint8_t op : order) state = After(values, state, op);
  return state.peak;
}

bool FindOrder(std::span<const OrderedValue> values, std::span<const uint64_t> before,
               std::span<OrderState> states, std::span<uint8_t> order) {
  assert(order.size() <= kMostOrdered && before.size() == order.size());
  assert(states.size() == order.size() + 1);
  const uint64_t least = LeastPeak(values, static_cast<int>(order.size()));
  uint64_t best = PeakOf(values, order);
  bool found = false;
  OrderSearch search(values, before, states);
  search.Begin();
  while (best > least && search.Next(best)) {
    for (size_t i = 0; i < order.size(); ++i) order[i] = states[i].next;
    best = states[order.size()].peak;
    found = true;
  }
  return found;
}

}  // namespace moonlet
