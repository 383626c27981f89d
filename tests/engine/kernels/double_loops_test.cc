// Every table of loops over doubles that this CPU has against the scalar one, on random operands,
// odd ones among them, in memory between pages without access.
#include "engine/kernels/double_loops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/base/isa.h"
#include "tests/engine/kernels/guarded_memory.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet::double_loops_test {

using reference::Random;
using std::ptrdiff_t;

// Tables other than the specification.
template <typename Table>
std::vector<const Table*> Others(const Table& avx2, const Table& avx512) {
  std::vector<const Table*> tables;
  if (HostIsa() >= Isa::kAvx2) tables.push_back(&avx2);
  if (HostIsa() >= Isa::kAvx512) tables.push_back(&avx512);
  return tables;
}
const auto kTables = Others(avx2::kDoubleLoops, avx512::kDoubleLoops);
const auto kRowTables = Others(avx2::kRowLoops, avx512::kRowLoops);

// Numbers as they come, or such as zeros, infinities, denormals and NaN among them.
template <typename T>
std::vector<T> Numbers(Random& random, ptrdiff_t n, bool odd) {
  using Limits = std::numeric_limits<T>;
  const T kOdd[] = {0,
                    -T{0},
                    Limits::infinity(),
                    -Limits::infinity(),
                    Limits::quiet_NaN(),
                    Limits::denorm_min(),
                    -Limits::denorm_min() * 5,
                    Limits::max(),
                    Limits::lowest(),
                    Limits::min()};
  std::vector<T> numbers(static_cast<size_t>(n));
  for (T& x : numbers) {
    const double unit = static_cast<double>(random.Int(-1'000'000'000, 1'000'000'000)) * 1e-9;
    x = static_cast<T>(unit * std::ldexp(1.0, static_cast<int>(random.Int(-12, 12))));
    if (odd && random.Chance(5)) x = kOdd[random.Int(0, 9)];
  }
  return numbers;
}

// Copies of operands where reading or writing past them is seen.
class Places {
 public:
  explicit Places(Random& random) : at_end_(random.Chance(70)) {}
  template <typename T>
  T* Copy(const std::vector<T>& values) {
    const size_t bytes = values.size() * sizeof(T);
    T* place = reinterpret_cast<T*>(memory_[used_++].Place(bytes, at_end_, sizeof(T)));
    if (bytes > 0) std::memcpy(place, values.data(), bytes);
    return place;
  }

 private:
  inline static GuardedMemory memory_[5] = {GuardedMemory(1 << 17), GuardedMemory(1 << 17),
                                            GuardedMemory(1 << 17), GuardedMemory(1 << 17),
                                            GuardedMemory(1 << 17)};
  bool at_end_;
  int used_ = 0;
};

// NaN is one value.
void ExpectSame(const double* got, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(got[i])) continue;
    ASSERT_EQ(std::memcmp(&got[i], &expected[i], sizeof(double)), 0)
        << "number " << i << " of " << expected.size() << ": " << got[i] << ", expected "
        << expected[i];
  }
}

// Shapes of one round.
struct Case {
  explicit Case(uint32_t seed)
      : random(seed),
        odd(random.Chance(40)),
        count(random.Int(1, random.Chance(20) ? 1 : 21)),
        width(random.Int(1, 70)) {}
  FloatRows Rows(const float* data) const { return {data, count, width}; }
  template <typename T>
  std::vector<T> Random(ptrdiff_t n) {
    return Numbers<T>(random, n, odd);
  }

  reference::Random random;
  bool odd;
  ptrdiff_t count, width;
};

template <typename Round>
void ForEachCase(Round round) {
  const uint32_t rounds = reference::Rounds() == 200 ? 1000 : 100'000;
  for (uint32_t seed = 1; seed <= rounds; ++seed) {
    Case c(seed);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << c.count << " x " << c.width);
    round(c);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(DoubleLoops, SumsOfEightPointsAreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const auto lanes = c.Random<double>(c.width * kPointLanes);
    const auto rows = c.Random<float>(c.count * c.width);
    std::vector<double> expected(static_cast<size_t>(c.count * kPointLanes));
    for (int term = 0; term < kTerms; ++term) {
      scalar::kDoubleLoops.lane_sums[term](lanes.data(), c.Rows(rows.data()), expected.data());
      for (const DoubleLoops* table : kTables) {
        Places places(c.random);
        double* sums = places.Copy(std::vector<double>(expected.size(), 7));
        table->lane_sums[term](places.Copy(lanes), c.Rows(places.Copy(rows)), sums);
        ExpectSame(sums, expected);
      }
    }
  });
}

TEST(DoubleLoops, SumsOfRowsAreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const auto point = c.Random<float>(c.width);
    const auto rows = c.Random<float>(c.count * c.width);
    std::vector<double> expected(static_cast<size_t>(c.count));
    for (int term = 0; term < kTerms; ++term) {
      scalar::kDoubleLoops.row_sums[term](point.data(), c.Rows(rows.data()), expected.data());
      for (const DoubleLoops* table : kTables) {
        Places places(c.random);
        double* sums = places.Copy(std::vector<double>(expected.size(), 7));
        table->row_sums[term](places.Copy(point), c.Rows(places.Copy(rows)), sums);
        ExpectSame(sums, expected);
      }
    }
  });
}

TEST(DoubleLoops, AffineRowsAreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const ptrdiff_t outputs = c.random.Int(1, 9);
    const bool columns = c.random.Chance(50);
    const bool centred = c.random.Chance(50), biased = c.random.Chance(50);
    const auto rows = c.Random<float>(c.count * c.width);
    const auto weights = c.Random<double>(outputs * c.width);
    const auto centre = c.Random<double>(c.width), bias = c.Random<double>(outputs);
    const auto affine = [&](const double* w, const double* b, const double* m) {
      return Affine{w,
                    outputs,
                    columns ? 1 : c.width,
                    columns ? outputs : 1,
                    biased ? b : nullptr,
                    centred ? m : nullptr};
    };
    std::vector<double> expected(static_cast<size_t>(c.count * outputs));
    scalar::kDoubleLoops.affine(affine(weights.data(), bias.data(), centre.data()),
                                c.Rows(rows.data()), expected.data());
    for (const DoubleLoops* table : kTables) {
      Places places(c.random);
      double* out = places.Copy(std::vector<double>(expected.size(), 7));
      const Affine placed = affine(places.Copy(weights), places.Copy(bias), places.Copy(centre));
      table->affine(placed, c.Rows(places.Copy(rows)), out);
      ExpectSame(out, expected);
    }
  });
}

TEST(DoubleLoops, SquaredDistancesAreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const ptrdiff_t step = c.random.Int(1, 3), n = c.width;
    const auto rows = c.Random<float>(c.count * n);
    const auto matrix = c.Random<double>(n * n), centre = c.Random<double>(n);
    std::vector<double> scratch(static_cast<size_t>(n * kPointLanes));
    for (const Measure measure : {Measure::kFactor, Measure::kDiag, Measure::kSpherical,
                                  Measure::kPrecision, Measure::kInverseVariances}) {
      std::vector<double> expected(static_cast<size_t>((c.count - 1) * step + 1), 7);
      scalar::kDoubleLoops.squared_distances({measure, centre.data(), matrix.data()},
                                             c.Rows(rows.data()), expected.data(), step,
                                             scratch.data());
      for (const DoubleLoops* table : kTables) {
        Places places(c.random);
        double* out = places.Copy(std::vector<double>(expected.size(), 7));
        const MeasureFrom from = {measure, places.Copy(centre), places.Copy(matrix)};
        table->squared_distances(from, c.Rows(places.Copy(rows)), out, step, places.Copy(scratch));
        ExpectSame(out, expected);
      }
    }
  });
}

TEST(DoubleLoops, LayersAreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const ptrdiff_t inputs = c.count, outputs = c.width;
    const auto in = c.Random<double>(inputs), bias = c.Random<double>(outputs);
    const auto weights = c.Random<double>(inputs * outputs);
    std::vector<double> forward(static_cast<size_t>(outputs)), back(static_cast<size_t>(inputs));
    scalar::kDoubleLoops.weighted(in.data(), weights.data(), bias.data(), inputs, outputs,
                                  forward.data());
    scalar::kDoubleLoops.products(weights.data(), bias.data(), inputs, outputs, back.data());
    for (const DoubleLoops* table : kTables) {
      Places places(c.random);
      const double *x = places.Copy(in), *w = places.Copy(weights), *b = places.Copy(bias);
      double* out = places.Copy(std::vector<double>(forward.size(), 7));
      table->weighted(x, w, b, inputs, outputs, out);
      ExpectSame(out, forward);
      out = places.Copy(std::vector<double>(back.size(), 7));
      table->products(w, b, inputs, outputs, out);
      ExpectSame(out, back);
    }
  });
}

TEST(DoubleLoops, RowsAddUpAsInTheSpecification) {
  ForEachCase([](Case& c) {
    const ptrdiff_t step = c.random.Int(0, 3);
    const auto rows = c.Random<float>(c.count * c.width);
    const auto factors = c.Random<double>((c.count - 1) * step + 1);
    const auto centre = c.Random<double>(c.width), start = c.Random<double>(c.width);
    auto sums = start, squares = start;
    scalar::kDoubleLoops.add_rows(c.Rows(rows.data()), factors.data(), step, sums.data());
    scalar::kDoubleLoops.add_squares(c.Rows(rows.data()), centre.data(), factors.data(), step,
                                     squares.data());
    for (const DoubleLoops* table : kTables) {
      Places places(c.random);
      const FloatRows placed = c.Rows(places.Copy(rows));
      const double *f = places.Copy(factors), *m = places.Copy(centre);
      double* out = places.Copy(start);
      table->add_rows(placed, f, step, out);
      ExpectSame(out, sums);
      out = places.Copy(start);
      table->add_squares(placed, m, f, step, out);
      ExpectSame(out, squares);
    }
  });
}

TEST(DoubleLoops, VectorsAddUpAsInTheSpecification) {
  ForEachCase([](Case& c) {
    const auto p = c.Random<float>(c.width), q = c.Random<float>(c.width);
    const auto start = c.Random<double>(c.width), square = c.Random<double>(c.width * c.width);
    const double a = c.Random<double>(1)[0];
    auto scaled = start, difference = start, outer = square;
    scalar::kDoubleLoops.add_scaled_floats(scaled.data(), p.data(), a, c.width);
    scalar::kDoubleLoops.add_difference(difference.data(), p.data(), q.data(), a, c.width);
    scalar::kDoubleLoops.add_outer(start.data(), a, c.width, outer.data());
    for (const DoubleLoops* table : kTables) {
      Places places(c.random);
      double* out = places.Copy(start);
      table->add_scaled_floats(out, places.Copy(p), a, c.width);
      ExpectSame(out, scaled);
      Places others(c.random);
      out = others.Copy(start);
      table->add_difference(out, others.Copy(p), others.Copy(q), a, c.width);
      ExpectSame(out, difference);
      Places squares(c.random);
      out = squares.Copy(square);
      table->add_outer(squares.Copy(start), a, c.width, out);
      ExpectSame(out, outer);
    }
  });
}

TEST(DoubleLoops, TellWhereANumberIsNotFinite) {
  ForEachCase([](Case& c) {
    const auto x = Numbers<float>(c.random, c.width, c.random.Chance(30));
    bool finite = true, numbers = true;
    for (const float v : x) {
      finite &= static_cast<bool>(std::isfinite(v));
      numbers &= !std::isinf(v);
    }
    EXPECT_EQ(scalar::kDoubleLoops.finite(x.data(), c.width, false), finite);
    EXPECT_EQ(scalar::kDoubleLoops.finite(x.data(), c.width, true), numbers);
    for (const DoubleLoops* table : kTables) {
      Places places(c.random);
      const float* placed = places.Copy(x);
      EXPECT_EQ(table->finite(placed, c.width, false), finite);
      EXPECT_EQ(table->finite(placed, c.width, true), numbers);
    }
  });
}

TEST(RowLoops, AreThoseOfTheSpecification) {
  ForEachCase([](Case& c) {
    const ptrdiff_t stride = c.width + c.random.Int(0, 5), step = c.random.Int(1, 3);
    const auto rows = c.Random<double>((c.count - 1) * stride + c.width);
    const auto factors = c.Random<double>((c.count - 1) * step + 1);
    const auto x = c.Random<double>(c.width), y = c.Random<double>(c.width);
    auto scaled = y, sums = y, left = rows, p = x, q = y;
    const RowLoops& specification = scalar::kRowLoops;
    specification.add_scaled(scaled.data(), x.data(), factors[0], c.width);
    specification.add_rows({rows.data(), stride, c.count, c.width}, factors.data(), step,
                           sums.data());
    specification.subtract_outer({left.data(), stride, c.count, c.width}, factors.data(), step,
                                 x.data());
    specification.rotate(factors[0], 0.6, p.data(), q.data(), c.width);
    for (const RowLoops* table : kRowTables) {
      Places places(c.random);
      double *to_x = places.Copy(x), *to_y = places.Copy(y), *to_rows = places.Copy(rows);
      const double* f = places.Copy(factors);
      table->add_scaled(to_y, to_x, factors[0], c.width);
      ExpectSame(to_y, scaled);
      std::memcpy(to_y, y.data(), y.size() * sizeof(double));
      table->add_rows({to_rows, stride, c.count, c.width}, f, step, to_y);
      ExpectSame(to_y, sums);
      table->subtract_outer({to_rows, stride, c.count, c.width}, f, step, to_x);
      ExpectSame(to_rows, left);
      std::memcpy(to_y, y.data(), y.size() * sizeof(double));
      table->rotate(factors[0], 0.6, to_x, to_y, c.width);
      ExpectSame(to_x, p);
      ExpectSame(to_y, q);
    }
  });
}

}  // namespace moonlet::double_loops_test
