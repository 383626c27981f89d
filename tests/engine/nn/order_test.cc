#include "engine/nn/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace moonlet {
namespace order_test {

struct Graph {
  std::vector<OrderedValue> values;
  std::vector<uint64_t> before;

  // One operator per value, which reads some of the values before it.
  static Graph Random(std::mt19937& random, int operators) {
    Graph g;
    g.before.resize(static_cast<size_t>(operators));
    g.values.push_back({1 + random() % 40, 0, -1, false});
    for (int op = 0; op < operators; ++op) {
      const auto i = static_cast<size_t>(op);
      for (int reads = 1 + static_cast<int>(random() % 2); reads > 0; --reads) {
        OrderedValue& read = g.values[random() % g.values.size()];
        read.readers |= uint64_t{1} << op;
        if (read.producer >= 0) g.before[i] |= uint64_t{1} << read.producer;
      }
      g.values.push_back({1 + random() % 40, 0, op, random() % 8 == 0});
    }
    return g;
  }

  bool IsPossible(const std::vector<uint8_t>& order) const {
    uint64_t done = 0;
    for (const uint8_t op : order) {
      if ((before[op] & ~done) != 0) return false;
      done |= uint64_t{1} << op;
    }
    return done == (uint64_t{1} << before.size()) - 1;
  }

  std::vector<uint8_t> InFileOrder() const {
    std::vector<uint8_t> order(before.size());
    std::iota(order.begin(), order.end(), uint8_t{0});
    return order;
  }

  bool Find(std::vector<uint8_t>* order) const {
    std::vector<OrderState> states(before.size() + 1);
    *order = InFileOrder();
    return FindOrder(values, before, states, *order);
  }
};

// Every order there is.
uint64_t LowestPeak(const Graph& g) {
  std::vector<uint8_t> order = g.InFileOrder();
  uint64_t lowest = UINT64_MAX;
  do {
    if (g.IsPossible(order)) lowest = std::min(lowest, PeakOf(g.values, order));
  } while (std::next_permutation(order.begin(), order.end()));
  return lowest;
}

TEST(OrderTest, FindsTheBestOrderOfSmallGraphs) {
  std::mt19937 random(3);
  int better = 0;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    const Graph g = Graph::Random(random, 7);
    std::vector<uint8_t> order;
    const bool found = g.Find(&order);
    ASSERT_TRUE(g.IsPossible(order));
    EXPECT_EQ(PeakOf(g.values, order), LowestPeak(g));
    EXPECT_EQ(found, order != g.InFileOrder());
    if (found) ++better;
  }
  EXPECT_GT(better, 5);
}

TEST(OrderTest, LargeGraphsNeverGetWorse) {
  std::mt19937 random(4);
  for (int round = 0; round < 20; ++round) {
    const Graph g = Graph::Random(random, 64 - round % 2);
    std::vector<uint8_t> order;
    const bool found = g.Find(&order);
    const uint64_t before = PeakOf(g.values, g.InFileOrder());
    if (found) {
      EXPECT_LT(PeakOf(g.values, order), before);
    } else {
      EXPECT_EQ(order, g.InFileOrder());
    }
  }
}

TEST(OrderTest, AGraphWithoutOperatorsHasOneOrder) {
  const Graph g;
  std::vector<uint8_t> order;
  EXPECT_FALSE(g.Find(&order));
}

}  // namespace order_test
}  // namespace moonlet
