// engine/nn/order.h - an order of operators that needs less memory at once than the file's.
//
// Between an operator and those that read its outputs these take memory. Where a graph
// branches, its operators can run in several orders, of which some hold less at once. They are
// tried depth first, the most promising first; an order that already holds as much as the best
// known is given up.
#pragma once
#include <cstdint>
#include <span>

namespace moonlet {

// At most that many operators are ordered; a set of them is a word.
inline constexpr int kMostOrdered = 64;

// What an operator gives or the graph takes.
struct OrderedValue {
  uint64_t bytes = 0;
  uint64_t readers = 0;  // the set of operators that read it
  int producer = -1;     // -1: it is there from the start
  bool kept = false;     // to the end
};

struct OrderState {
  uint64_t done = 0;     // operators that have run
  uint64_t untried = 0;  // those that may run next
  uint64_t live = 0;     // bytes
  uint64_t peak = 0;     // of live bytes so far
  uint8_t next = 0;      // the one tried
};

// Puts into `order`, which holds 0, 1, 2, ..., a better order, if it finds one. False if not.
// `before` tells for each operator which others must have run. `states` lends one more state
// than there are operators. Requires at most kMostOrdered operators, in an order that is
// possible.
bool FindOrder(std::span<const OrderedValue> values, std::span<const uint64_t> before,
               std::span<OrderState> states, std::span<uint8_t> order);

// The most bytes alive at once while operators run in that order.
uint64_t PeakOf(std::span<const OrderedValue> values, std::span<const uint8_t> order);

}  // namespace moonlet
