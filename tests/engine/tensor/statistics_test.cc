// Quantiles, covariances, histograms, unique values and polygons against their definitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "engine/tensor/covariance.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/histogram.h"
#include "engine/tensor/interp.h"
#include "engine/tensor/quantile.h"
#include "engine/tensor/sort.h"
#include "engine/tensor/unique.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace statistics_test {

using Doubles = std::vector<double>;
const StopToken kNoStop;

Doubles Uniform(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Doubles values(count);
  for (double& v : values) v = static_cast<double>(random()) / 2147483648.0 - 1;
  return values;
}

double QuantileOf(Doubles& sorted, double q, QuantileMethod method) {
  double result;
  const auto n = static_cast<Index>(sorted.size());
  Status s =
      Quantile(Over(sorted, {n}), q, method, RowMajor(&result, DType::kFloat64, {}), kNoStop);
  EXPECT_TRUE(s.ok());
  return result;
}

TEST(Quantile, InterpolatesBetweenNeighbours) {
  for (size_t n : {1u, 2u, 3u, 10u, 101u}) {
    Doubles sorted = Uniform(n, 1);
    std::sort(sorted.begin(), sorted.end());
    for (double q : {0.0, 0.1, 0.25, 0.5, 0.77, 0.999, 1.0}) {
      const double place = q * static_cast<double>(n - 1);
      const double low = sorted[static_cast<size_t>(place)];
      const double high = sorted[static_cast<size_t>(std::ceil(place))];
      EXPECT_EQ(QuantileOf(sorted, q, QuantileMethod::kLower), low);
      EXPECT_EQ(QuantileOf(sorted, q, QuantileMethod::kHigher), high);
      EXPECT_EQ(QuantileOf(sorted, q, QuantileMethod::kNearest),
                sorted[static_cast<size_t>(std::nearbyint(place))]);
      EXPECT_NEAR(QuantileOf(sorted, q, QuantileMethod::kMidpoint), (low + high) / 2, 1e-16);
      const double part = place - std::floor(place);
      EXPECT_NEAR(QuantileOf(sorted, q, QuantileMethod::kLinear), low + (high - low) * part, 1e-15);
    }
    // It never decreases, and meets both ends.
    double before = sorted.front();
    for (int i = 0; i <= 1000; ++i) {
      const double value = QuantileOf(sorted, i / 1000.0, QuantileMethod::kLinear);
      EXPECT_GE(value, before);
      before = value;
    }
    EXPECT_EQ(before, sorted.back());
  }
}

TEST(Quantile, TakesEveryDTypeAndLayout) {
  for (int d = 0; d < kDTypes; ++d) {
    WithType(static_cast<DType>(d), [](auto zero) {
      using T = decltype(zero);
      T values[] = {T(0), T(0), T(0), T(1), T(1), T(1)};
      const int order[] = {1, 0};
      const Tensor sorted = Permute(RowMajor(values, DTypeOf<T>(), ShapeOf({3, 2})), order);
      float out[2];
      Status s = Quantile(sorted, 0.5, QuantileMethod::kLinear,
                          RowMajor(out, DType::kFloat32, ShapeOf({2})), kNoStop);
      if constexpr (std::is_same_v<T, double>) return;
      EXPECT_TRUE(s.ok());
      EXPECT_EQ(out[0], 0);
      EXPECT_EQ(out[1], 1);
    });
  }
}

TEST(Covariance, IsTheMeanProductOfDeviations) {
  for (Index n : {2, 3, 127, 128, 129, 1000}) {
    Doubles values = Uniform(static_cast<size_t>(3 * n), 2);
    const int order[] = {1, 0};
    const Tensor x = Permute(Over(values, {n, 3}), order);  // {3, n}
    Doubles cov(9);
    Doubles r(9);
    ASSERT_TRUE(Covariance(x, 1, Over(cov, {3, 3}), MallocAllocator(), kNoStop).ok());
    ASSERT_TRUE(Correlation(x, Over(r, {3, 3}), MallocAllocator(), kNoStop).ok());
    const auto at = [&](Index i, Index k) -> long double {
      return values[static_cast<size_t>(k * 3 + i)];
    };
    long double expected[3][3];
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j) {
        long double mean_i = 0, mean_j = 0, sum = 0;
        for (Index k = 0; k < n; ++k) mean_i += at(i, k) / static_cast<long double>(n);
        for (Index k = 0; k < n; ++k) mean_j += at(j, k) / static_cast<long double>(n);
        for (Index k = 0; k < n; ++k) sum += (at(i, k) - mean_i) * (at(j, k) - mean_j);
        expected[i][j] = sum / static_cast<long double>(n - 1);
        EXPECT_NEAR(cov[static_cast<size_t>(i * 3 + j)], static_cast<double>(expected[i][j]),
                    1e-15);
      }
    for (size_t i = 0; i < 9; ++i) {
      const auto scale = std::sqrt(expected[i / 3][i / 3] * expected[i % 3][i % 3]);
      EXPECT_NEAR(r[i], static_cast<double>(expected[i / 3][i % 3] / scale), 1e-13);
      EXPECT_LE(std::fabs(r[i]), 1);
    }
  }
}

TEST(Histogram, CountsBetweenEdges) {
  Doubles values = Uniform(3000, 3);
  for (size_t i = 0; i < 300; ++i) values[i] = std::round(values[i] * 4) / 4;  // on edges
  values[7] = std::numeric_limits<double>::quiet_NaN();
  for (Index bins : {1, 2, 8, 100}) {
    Doubles edges(static_cast<size_t>(bins) + 1);
    std::vector<int64_t> counts(static_cast<size_t>(bins), 5);
    const Tensor edge = Over(edges, {bins + 1});
    ASSERT_TRUE(FillEdges(-0.75, 1, edge, kNoStop).ok());
    ASSERT_TRUE(CheckEdges(edge, kNoStop).ok());
    EXPECT_EQ(edges.front(), -0.75);
    EXPECT_EQ(edges.back(), 1);
    const Tensor x = Slice(Over(values, {3000}), 0, 2999, 3000, -1);
    ASSERT_TRUE(Histogram(x, edge, Over(counts, {bins}), kNoStop).ok());
    for (Index i = 0; i < bins; ++i) {
      const double low = edges[static_cast<size_t>(i)];
      const double high = edges[static_cast<size_t>(i) + 1];
      const auto inside = [&](double v) {
        return v >= low && (v < high || (i == bins - 1 && v == high));
      };
      EXPECT_EQ(counts[static_cast<size_t>(i)],
                std::count_if(values.begin(), values.end(), inside));
    }
  }
}

TEST(Unique, GroupsEqualElements) {
  std::mt19937 random(4);
  for (Index n : {0, 1, 2, 50, 5000}) {
    std::vector<int16_t> values(static_cast<size_t>(n));
    for (int16_t& v : values) v = static_cast<int16_t>(random() % 40 - 20u);
    std::vector<int16_t> sorted(values.size());
    std::vector<int32_t> positions(values.size());
    const Tensor order = Over(sorted, {n});
    const Tensor places = Over(positions, {n});
    ASSERT_TRUE(Sort(Over(values, {n}), false, {.values = &order, .positions = &places},
                     MallocAllocator(), kNoStop)
                    .ok());
    std::map<int16_t, std::pair<int32_t, int32_t>> expected;  // count, first
    for (size_t i = 0; i < values.size(); ++i) {
      auto [entry, fresh] = expected.try_emplace(values[i], 0, static_cast<int32_t>(i) + 1);
      ++entry->second.first;
    }
    Index count;
    ASSERT_TRUE(CountUnique(order, kNoStop, &count).ok());
    ASSERT_EQ(count, static_cast<Index>(expected.size()));
    std::vector<int16_t> each(expected.size());
    std::vector<int32_t> counts(expected.size()), first(expected.size()), inverse(values.size());
    const Tensor parts[] = {Over(each, {count}), Over(first, {count}), Over(inverse, {n}),
                            Over(counts, {count})};
    ASSERT_TRUE(Unique(order, places, {&parts[0], &parts[1], &parts[2], &parts[3]}, kNoStop).ok());
    size_t i = 0;
    for (const auto& [value, facts] : expected) {
      EXPECT_EQ(each[i], value);
      EXPECT_EQ(counts[i], facts.first);
      EXPECT_EQ(first[i], facts.second);
      ++i;
    }
    for (size_t k = 0; k < values.size(); ++k)
      EXPECT_EQ(each[static_cast<size_t>(inverse[k]) - 1], values[k]);
  }
}

TEST(Unique, TakesFloatsByValue) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> sorted = {-0.0f, 0.0f, 1e-40f, 1, kNan, -kNan};
  Index count;
  ASSERT_TRUE(CountUnique(Over(sorted, {6}), kNoStop, &count).ok());
  EXPECT_EQ(count, 3);
}

TEST(Interpolate, FollowsThePolygon) {
  Doubles xp = {-1, 0, 0, 2, 5};
  Doubles fp = {1, 3, -3, 1, 7};
  const Tensor points = Over(xp, {5});
  const Tensor heights = Over(fp, {5});
  const Polygon polygon = {&points, &heights, -100, 100};
  ASSERT_TRUE(CheckPolygon(polygon, kNoStop).ok());
  Doubles x;
  for (int i = -20; i <= 60; ++i) x.push_back(i / 10.0);
  Doubles y(x.size());
  const auto n = static_cast<Index>(x.size());
  ASSERT_TRUE(Interpolate(Over(x, {n}), polygon, Over(y, {n}), kNoStop).ok());
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = x[i] < -1 ? -100 : 100;
    if (x[i] >= -1 && x[i] < 0) expected = 1 + 2 * (x[i] + 1);
    if (x[i] >= 0 && x[i] < 2) expected = -3 + 2 * x[i];
    if (x[i] >= 2 && x[i] <= 5) expected = 1 + 2 * (x[i] - 2);
    EXPECT_NEAR(y[i], expected, 1e-14) << x[i];
  }
}

TEST(Statistics, EndWhenStopped) {
  StopToken stop;
  stop.Raise();
  Doubles x = Uniform(100, 5);
  Doubles out(100);
  std::vector<int64_t> counts(99);
  std::vector<int32_t> positions(100, 1);
  const Tensor line = Over(x, {100});
  const Tensor result = Over(out, {100});
  Index count;

  const Polygon polygon = {&line, &line, 0, 0};
  const Code codes[] = {
      Covariance(Over(x, {2, 50}), 1, Over(out, {2, 2}), MallocAllocator(), stop).code(),
      Correlation(Over(x, {2, 50}), Over(out, {2, 2}), MallocAllocator(), stop).code(),
      FillEdges(0, 1, result, stop).code(),
      CheckPolygon(polygon, stop).code(),
      CountUnique(line, stop, &count).code(),
      Unique(line, Over(positions, {100}), {}, stop).code(),
      Polyval(Over(x, {100}), Over(x, {1}), Over(out, {1}), stop).code()};
  for (const Code code : codes) EXPECT_EQ(code, Code::kStopped);
}

}  // namespace statistics_test
}  // namespace moonlet
