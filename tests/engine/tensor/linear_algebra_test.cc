// Matrices against what defines each result, over many shapes, in float64; float32 against
// the same in float64, rounded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "engine/tensor/decompositions.h"
#include "engine/tensor/least_squares.h"
#include "engine/tensor/linear_systems.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace linear_algebra_test {

using Doubles = std::vector<double>;
const StopToken kNoStop;

Doubles Normal(Index count, unsigned seed) {
  std::mt19937 random(seed);
  Doubles values(static_cast<size_t>(count));
  for (double& v : values) {
    v = 0;
    for (int i = 0; i < 12; ++i) v += static_cast<double>(random()) / 4294967296.0;
    v -= 6;
  }
  return values;
}

// Row-major, m x n.
struct Matrix {
  Matrix(Index rows, Index columns)
      : m(rows), n(columns), values(static_cast<size_t>(rows * columns)) {}
  Matrix(Index rows, Index columns, unsigned seed)
      : m(rows), n(columns), values(Normal(rows * columns, seed)) {}
  double& at(Index i, Index j) { return values[static_cast<size_t>(i * n + j)]; }
  double at(Index i, Index j) const { return values[static_cast<size_t>(i * n + j)]; }
  Tensor tensor() { return RowMajor(values.data(), DType::kFloat64, ShapeOf({m, n})); }
  Matrix Turned() const {
    Matrix t(n, m);
    for (Index i = 0; i < m; ++i)
      for (Index j = 0; j < n; ++j) t.at(j, i) = at(i, j);
    return t;
  }
  Index m, n;
  Doubles values;
};

Matrix Product(const Matrix& a, const Matrix& b) {
  Matrix c(a.m, b.n);
  for (Index i = 0; i < a.m; ++i)
    for (Index j = 0; j < b.n; ++j) {
      long double sum = 0;
      for (Index k = 0; k < a.n; ++k) sum += static_cast<long double>(a.at(i, k)) * b.at(k, j);
      c.at(i, j) = static_cast<double>(sum);
    }
  return c;
}

Matrix Identity(Index n) {
  Matrix a(n, n);
  for (Index i = 0; i < n; ++i) a.at(i, i) = 1;
  return a;
}

double Distance(const Matrix& a, const Matrix& b) {
  EXPECT_EQ(a.m, b.m);
  EXPECT_EQ(a.n, b.n);
  double largest = 0;
  for (size_t i = 0; i < a.values.size(); ++i)
    largest = std::max(largest, std::fabs(a.values[i] - b.values[i]));
  return largest;
}

bool HasOrthonormalColumns(const Matrix& q) {
  return Distance(Product(q.Turned(), q), Identity(q.n)) < 1e-13;
}

Allocator& Memory() { return MallocAllocator(); }

constexpr Index kShapes[][2] = {{1, 1}, {2, 2}, {3, 2},   {2, 3},  {5, 5},  {7, 4},  {4, 7},
                                {1, 6}, {6, 1}, {16, 16}, {17, 9}, {9, 17}, {40, 3}, {3, 40}};

TEST(LinearSystems, SolveAndInvert) {
  for (Index n : {1, 2, 3, 4, 8, 15, 30}) {
    SCOPED_TRACE(n);
    Matrix a(n, n, 7);
    Matrix inverse(n, n);
    ASSERT_TRUE(Inv(a.tensor(), inverse.tensor(), Memory(), kNoStop).ok());
    EXPECT_LT(Distance(Product(a, inverse), Identity(n)), 1e-11);
    EXPECT_LT(Distance(Product(inverse, a), Identity(n)), 1e-11);
    Matrix b(n, 3, 8);
    Matrix x(n, 3);
    ASSERT_TRUE(Solve(a.tensor(), b.tensor(), x.tensor(), Memory(), kNoStop).ok());
    EXPECT_LT(Distance(Product(a, x), b), 1e-12);
    // The determinant of a product is the product of determinants.
    double det[3];
    const Matrix squared = Product(a, a);
    Matrix* const matrices[] = {&a, const_cast<Matrix*>(&squared), &inverse};
    for (int i = 0; i < 3; ++i) {
      const Tensor out = RowMajor(&det[i], DType::kFloat64, {});
      ASSERT_TRUE(Det(matrices[i]->tensor(), out, Memory(), kNoStop).ok());
    }
    EXPECT_NEAR(det[1] / (det[0] * det[0]), 1, 1e-11);
    EXPECT_NEAR(det[0] * det[2], 1, 1e-11);
  }
}

TEST(LinearSystems, CountExchangesOfRows) {
  // A permutation's determinant is its sign.
  for (const auto& [order, sign] : std::initializer_list<std::pair<std::vector<Index>, double>>{
           {{0, 1, 2, 3}, 1}, {{1, 0, 2, 3}, -1}, {{1, 2, 3, 0}, -1}, {{1, 0, 3, 2}, 1}}) {
    Matrix a(4, 4);
    for (Index i = 0; i < 4; ++i) a.at(i, order[static_cast<size_t>(i)]) = 2;
    double det;
    ASSERT_TRUE(Det(a.tensor(), RowMajor(&det, DType::kFloat64, {}), Memory(), kNoStop).ok());
    EXPECT_EQ(det, 16 * sign);
  }
}

TEST(LinearSystems, FactorPositiveDefiniteMatrices) {
  for (Index n : {1, 2, 5, 12}) {
    Matrix root(n, n + 2, 9);
    Matrix a = Product(root, root.Turned());
    Matrix l(n, n);
    ASSERT_TRUE(Cholesky(a.tensor(), l.tensor(), Memory(), kNoStop).ok());
    EXPECT_LT(Distance(Product(l, l.Turned()), a), 1e-12);
    for (Index i = 0; i < n; ++i) {
      EXPECT_GT(l.at(i, i), 0);
      for (Index j = i + 1; j < n; ++j) EXPECT_EQ(l.at(i, j), 0);
    }
    a.at(n - 1, n - 1) -= l.at(n - 1, n - 1) * l.at(n - 1, n - 1) * 1.001;
    EXPECT_EQ(Cholesky(a.tensor(), l.tensor(), Memory(), kNoStop).code(), Code::kInvalid);
  }
}

TEST(Decompositions, GiveQr) {
  for (const auto& [m, n] : kShapes) {
    SCOPED_TRACE(testing::Message() << m << " x " << n);
    Matrix a(m, n, 3);
    for (const Index k : {std::min(m, n), m}) {
      Matrix q(m, k);
      Matrix r(k, n);
      const Tensor q_tensor = q.tensor();
      ASSERT_TRUE(Qr(a.tensor(), &q_tensor, r.tensor(), Memory(), kNoStop).ok());
      EXPECT_LT(Distance(Product(q, r), a), 1e-13);
      EXPECT_TRUE(HasOrthonormalColumns(q));
      for (Index i = 0; i < k; ++i)
        for (Index j = 0; j < std::min(i + 1, n); ++j)
          EXPECT_TRUE(j < i ? r.at(i, j) == 0 : r.at(i, j) >= 0);
    }
  }
}

TEST(Decompositions, GiveSvd) {
  for (const auto& [m, n] : kShapes) {
    const Index least = std::min(m, n);
    for (Index rank : {least, least / 2}) {
      SCOPED_TRACE(testing::Message() << m << " x " << n << " of rank " << rank);
      Matrix a = rank == least ? Matrix(m, n, 4) : Product(Matrix(m, rank, 5), Matrix(rank, n, 6));
      for (const bool full : {false, true}) {
        Matrix u(m, full ? m : least);
        Matrix s(1, least);
        Matrix vt(full ? n : least, n);
        const Tensor values = Select(s.tensor(), 0, 0);
        const Tensor left = u.tensor();
        const Tensor right = vt.tensor();
        ASSERT_TRUE(Svd(a.tensor(), {&left, &values, &right}, Memory(), kNoStop).ok());
        EXPECT_TRUE(HasOrthonormalColumns(u));
        EXPECT_TRUE(HasOrthonormalColumns(vt.Turned()));
        Matrix middle(u.n, vt.m);
        for (Index i = 0; i < least; ++i) {
          middle.at(i, i) = s.at(0, i);
          EXPECT_GE(s.at(0, i), 0);
          EXPECT_TRUE(i == 0 || s.at(0, i) <= s.at(0, i - 1));
          EXPECT_TRUE(i < rank || s.at(0, i) < 1e-13);
          double largest = 0;
          for (Index row = 0; row < m; ++row)
            if (std::fabs(u.at(row, i)) > std::fabs(largest)) largest = u.at(row, i);
          EXPECT_GT(largest, 0);
        }
        EXPECT_LT(Distance(Product(Product(u, middle), vt), a), 1e-13);
      }
    }
  }
}

TEST(Decompositions, GiveEigenvalues) {
  for (Index n : {1, 2, 3, 6, 13, 25}) {
    SCOPED_TRACE(n);
    Matrix a(n, n, 11);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < i; ++j) a.at(j, i) = a.at(i, j);
    Matrix w(1, n);
    Matrix v(n, n);
    ASSERT_TRUE(Eigh(a.tensor(), Select(w.tensor(), 0, 0), v.tensor(), Memory(), kNoStop).ok());
    EXPECT_TRUE(HasOrthonormalColumns(v));
    Matrix values(n, n);
    for (Index i = 0; i < n; ++i) values.at(i, i) = w.at(0, i);
    EXPECT_LT(Distance(Product(a, v), Product(v, values)), 1e-13);
    EXPECT_TRUE(std::is_sorted(w.values.begin(), w.values.end()));
  }
}

// Gradients of the distance vanish, and the shortest solution has nothing in the null space.
TEST(LeastSquares, AreNearest) {
  for (const auto& [m, n] : kShapes) {
    for (Index rank : {std::min(m, n), (std::min(m, n) + 1) / 2}) {
      SCOPED_TRACE(testing::Message() << m << " x " << n << " of rank " << rank);
      const Matrix left(m, rank, 12);
      Matrix a = Product(left, Matrix(rank, n, 13));
      Matrix b(m, 2, 14);
      Matrix x(n, 2);
      Matrix residuals(1, 2);
      Matrix s(1, std::min(m, n));
      const Tensor solution = x.tensor();
      const Tensor squares = Select(residuals.tensor(), 0, 0);
      const Tensor values = Select(s.tensor(), 0, 0);
      LstsqResult result = {&solution, &squares, &values};
      ASSERT_TRUE(Lstsq(a.tensor(), b.tensor(), 1e-12, &result, Memory(), kNoStop).ok());
      EXPECT_EQ(result.rank, rank);
      Matrix rest = Product(a, x);
      for (size_t i = 0; i < rest.values.size(); ++i) rest.values[i] -= b.values[i];
      EXPECT_LT(Distance(Product(a.Turned(), rest), Matrix(n, 2)), 1e-10);
      for (Index column = 0; column < 2; ++column) {
        double sum = 0;
        for (Index i = 0; i < m; ++i) sum += rest.at(i, column) * rest.at(i, column);
        EXPECT_NEAR(residuals.at(0, column), sum, 1e-11);
      }
      // x lies in the span of a's rows: the part of it there is all of it.
      Matrix rows = a.Turned();
      Matrix back(m, 2);
      const Tensor combination = back.tensor();
      result = {&combination, &squares, &values};
      ASSERT_TRUE(Lstsq(rows.tensor(), x.tensor(), 1e-12, &result, Memory(), kNoStop).ok());
      EXPECT_LT(residuals.at(0, 0) + residuals.at(0, 1), 1e-18);
    }
  }
}

TEST(LinearAlgebra, RoundsFloat32Once) {
  const Doubles wide = Normal(16, 20);
  std::vector<float> narrow(wide.begin(), wide.end());
  Doubles same(narrow.begin(), narrow.end());
  std::vector<float> inverse32(16);
  Doubles inverse64(16);
  ASSERT_TRUE(Inv(Over(narrow, {4, 4}), Over(inverse32, {4, 4}), Memory(), kNoStop).ok());
  ASSERT_TRUE(Inv(Over(same, {4, 4}), Over(inverse64, {4, 4}), Memory(), kNoStop).ok());
  for (size_t i = 0; i < 16; ++i) EXPECT_EQ(inverse32[i], static_cast<float>(inverse64[i]));
  // A result that is no normal float32 becomes 0.
  std::vector<float> large = {0x1.8p127f};
  std::vector<float> tiny(1);
  ASSERT_TRUE(Inv(Over(large, {1, 1}), Over(tiny, {1, 1}), Memory(), kNoStop).ok());
  EXPECT_EQ(tiny[0], 0);
}

class CountedRefusals final : public Allocator {
 public:
  void* Allocate(size_t, size_t) override { return nullptr; }
  void Free(void*, size_t) override {}
};

TEST(LinearAlgebra, EndsWhenStoppedOrOutOfMemory) {
  Matrix a(3, 3, 1);
  for (Index i = 0; i < 3; ++i) a.at(i, i) = 20;  // positive definite in its lower triangle
  Matrix b(3, 3, 2);
  Matrix out(3, 3);
  Matrix other(3, 3);
  Matrix vector(1, 3);
  const Tensor x = out.tensor();
  const Tensor y = other.tensor();
  const Tensor values = Select(vector.tensor(), 0, 0);
  double det;
  CountedRefusals none;
  StopToken stop;
  const auto calls = [&](Allocator& memory) {
    LstsqResult result = {&x, &values, &values};
    return std::vector<Code>{
        Det(a.tensor(), RowMajor(&det, DType::kFloat64, {}), memory, stop).code(),
        Inv(a.tensor(), x, memory, stop).code(),
        Solve(a.tensor(), b.tensor(), x, memory, stop).code(),
        Cholesky(a.tensor(), x, memory, stop).code(),
        Qr(a.tensor(), &x, y, memory, stop).code(),
        Svd(a.tensor(), {&x, &values, &y}, memory, stop).code(),
        Eigh(a.tensor(), values, x, memory, stop).code(),
        Lstsq(a.tensor(), b.tensor(), 0, &result, memory, stop).code(),
        Polyfit(Select(a.tensor(), 0, 0), b.tensor(), 0, x, memory, stop).code()};
  };
  EXPECT_EQ(calls(Memory()), std::vector<Code>(9, Code::kOk));
  EXPECT_EQ(calls(none), std::vector<Code>(9, Code::kNoMemory));
  stop.Raise();
  EXPECT_EQ(calls(Memory()), std::vector<Code>(9, Code::kStopped));
}

}  // namespace linear_algebra_test
}  // namespace moonlet
