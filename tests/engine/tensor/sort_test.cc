#include "engine/tensor/sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace sort_test {

const StopToken kNoStop;

// Positions by std::stable_sort with the order of the text: NaN last either way.
template <typename T>
std::vector<int32_t> Expected(const std::vector<T>& x, bool descending) {
  std::vector<int32_t> order(x.size());
  std::iota(order.begin(), order.end(), 1);
  std::stable_sort(order.begin(), order.end(), [&](int32_t i, int32_t j) {
    const T a = x[static_cast<size_t>(i - 1)];
    const T b = x[static_cast<size_t>(j - 1)];
    if (a != a || b != b) return a == a && b != b;
    return descending ? a > b : a < b;
  });
  return order;
}

template <typename T>
void CheckSort(std::vector<T> x) {
  const auto n = static_cast<Index>(x.size());
  for (bool descending : {false, true}) {
    const auto expected = Expected(x, descending);
    for (Index k : {n, n / 2, n / 20, Index{1}, Index{0}}) {
      if (k > n) continue;
      std::vector<T> values(static_cast<size_t>(k + 1));
      std::vector<int32_t> positions(static_cast<size_t>(k + 1));
      const Tensor v = Over(values, {k});
      const Tensor p = Over(positions, {k});
      ASSERT_TRUE(Sort(Over(x, {n}), descending, {&v, &p}, MallocAllocator(), kNoStop).ok());
      for (size_t i = 0; i < static_cast<size_t>(k); ++i) {
        ASSERT_EQ(positions[i], expected[i]) << i;
        const T value = x[static_cast<size_t>(expected[i] - 1)];
        ASSERT_TRUE(values[i] == value || value != value);
      }
    }
  }
}

template <typename T>
std::vector<T> Values(size_t n) {
  std::mt19937 random(3);
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(random() % (n / 3 + 1));
  return x;
}

TEST(Sort, IsStableForEveryDtypeAndLength) {
  for (size_t n : {0, 1, 2, 17, 300, 4096, 4097, 20000}) {
    CheckSort(Values<float>(n));
    CheckSort(Values<int8_t>(n));
    CheckSort(Values<uint32_t>(n));
  }
  CheckSort(Values<float>(200000));  // several pieces between two looks at the stop token
  CheckSort(Values<double>(1000));
  CheckSort(Values<int64_t>(1000));
  CheckSort(Values<uint16_t>(1000));
}

TEST(Sort, OrdersSpecialFloats) {
  CheckSort<float>({NAN, 1, -INFINITY, -0.0f, 0, -NAN, INFINITY, -1, 0, -0.0f, NAN});
  CheckSort<double>({NAN, 5e-324, -INFINITY, -0.0, 0, -NAN, INFINITY, -5e-324, 0});
  CheckSort<int64_t>({INT64_MIN, INT64_MAX, 0, -1, INT64_MIN});
  CheckSort<int32_t>({INT32_MIN, INT32_MAX, 0, -1, INT32_MAX});
}

TEST(Sort, SortsRowsOfViewsInPlace) {
  std::vector<int16_t> x = {3, 9, 1, 9, 2, 9, 6, 9, 5, 9, 4, 9};
  const Tensor t = Slice(Over(x, {2, 6}), 1, 0, 3, 2);
  ASSERT_TRUE(Sort(t, false, {.values = &t}, MallocAllocator(), kNoStop).ok());
  EXPECT_EQ(x, (std::vector<int16_t>{1, 9, 2, 9, 3, 9, 4, 9, 5, 9, 6, 9}));
}

class NoMemory : public Allocator {
 public:
  void* Allocate(size_t, size_t) override { return nullptr; }
  void Free(void*, size_t) override {}
};

TEST(Sort, SaysWhenMemoryIsShort) {
  NoMemory none;
  std::vector<float> x = {2, 1};
  const Tensor t = Over(x, {2});
  EXPECT_EQ(Sort(t, false, {.values = &t}, none, kNoStop).code(), Code::kNoMemory);
  EXPECT_EQ(x, (std::vector<float>{2, 1}));
}

}  // namespace sort_test
}  // namespace moonlet
