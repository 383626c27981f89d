// engine/kernels/double_loops_lanes.h - the loops over doubles with eight sums side by side: those
// of eight points, of eight rows, or of eight columns. Each sum is that of the specification.
#pragma once
#include "engine/kernels/double_lanes_x86.h"
#include "engine/kernels/double_loops.h"
#include "engine/kernels/double_rows.h"

namespace moonlet {
namespace {

using std::ptrdiff_t;

// Sums that hide the latency of one another, as registers allow.
#if defined(__AVX512F__)
inline constexpr int kSums = 4;
#else
inline constexpr int kSums = 2;
#endif

template <Term kTerm>
inline Lanes Taken(Lanes sum, Lanes a, Lanes b) {
  if constexpr (kTerm == kProduct) return Plus(sum, Times(a, b));
  const Lanes d = Minus(a, b);
  if constexpr (kTerm == kSquare) return Plus(sum, Times(d, d));
  if constexpr (kTerm == kMagnitude) return Plus(sum, Magnitude(d));
  return Larger(Magnitude(d), sum);
}

// Of kRows rows; `columns` of them at a time as doubles on the stack, which loads spread to all
// lanes for nothing. The sums wait in memory between.
template <Term kTerm, int kRows>
void LaneSumsOf(const double* lanes, const float* rows, ptrdiff_t width, double* sums) {
  constexpr ptrdiff_t kColumns = 64;
  double values[kRows][kColumns];
  for (int r = 0; r < kRows; ++r) Store(sums + r * kLanes, Broadcast(0));
  for (ptrdiff_t first = 0; first < width; first += kColumns) {
    const ptrdiff_t count = width - first < kColumns ? width - first : kColumns;
    for (int r = 0; r < kRows; ++r)
      for (ptrdiff_t j = 0; j < count; ++j)
        values[r][j] = static_cast<double>(rows[r * width + first + j]);
    Lanes sum[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) sum[r] = Load(sums + r * kLanes);
    for (ptrdiff_t j = 0; j < count; ++j) {
      const Lanes points = Load(lanes + (first + j) * kLanes);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r)
        sum[r] = Taken<kTerm>(sum[r], points, Broadcast(values[r][j]));
    }
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) Store(sums + r * kLanes, sum[r]);
  }
}

template <Term kTerm>
void LaneSums(const double* lanes, const FloatRows& rows, double* sums) {
  ptrdiff_t i = 0;
  for (; i + 4 <= rows.count; i += 4)
    LaneSumsOf<kTerm, 4>(lanes, rows.data + i * rows.width, rows.width, sums + i * kLanes);
  for (; i < rows.count; ++i)
    LaneSumsOf<kTerm, 1>(lanes, rows.data + i * rows.width, rows.width, sums + i * kLanes);
}

template <Term kTerm>
void RowSums(const float* point, const FloatRows& rows, double* sums) {
  for (ptrdiff_t i = 0; i < rows.count; i += kLanes) {
    const ptrdiff_t count = rows.count - i;
    const auto eight = EightRows<float>::Of(rows.data + i * rows.width, count, rows.width);
    Lanes sum = Broadcast(0);
    EachColumn(
        eight, rows.width, [&](ptrdiff_t j, Lanes x) __attribute__((always_inline)) {
          sum = Taken<kTerm>(sum, Broadcast(static_cast<double>(point[j])), x);
        });
    if (count >= kLanes) {
      Store(sums + i, sum);
    } else {
      Scatter(sum, count, sums + i, 1);
    }
  }
}

// A row by itself has no sums beside its own, but for the columns of a matrix.
inline FloatRows Last(const FloatRows& rows) {
  return {rows.data + (rows.count - 1) * rows.width, 1, rows.width};
}

// kOutputs outputs of up to eight rows.
template <int kOutputs>
inline void AffineOf(const Affine& affine, const EightRows<float>& rows, ptrdiff_t width,
                     ptrdiff_t first, ptrdiff_t count, double* out) {
  const double* weights = affine.weights + first * affine.by_row;
  Lanes sum[kOutputs];
#pragma GCC unroll 4
  for (int k = 0; k < kOutputs; ++k) sum[k] = Broadcast(0);
  EachColumn(
      rows, width, [&](ptrdiff_t j, Lanes x) __attribute__((always_inline)) {
        if (affine.centre != nullptr) x = Minus(x, Broadcast(affine.centre[j]));
        const double* weight = weights + j * affine.by_feature;
#pragma GCC unroll 4
        for (int k = 0; k < kOutputs; ++k)
          sum[k] = Plus(sum[k], Times(x, Broadcast(weight[k * affine.by_row])));
      });
#pragma GCC unroll 4
  for (int k = 0; k < kOutputs; ++k) {
    const double bias = affine.bias != nullptr ? affine.bias[first + k] : 0;
    Scatter(Plus(sum[k], Broadcast(bias)), count, out + first + k, affine.outputs);
  }
}

void ApplyAffine(const Affine& affine, const FloatRows& rows, double* out) {
  for (ptrdiff_t i = 0; i < rows.count; i += kLanes, out += kLanes * affine.outputs) {
    const ptrdiff_t rest = rows.count - i, count = rest < kLanes ? rest : kLanes;
    if (rest == 1) return scalar::kDoubleLoops.affine(affine, Last(rows), out);
    const auto eight = EightRows<float>::Of(rows.data + i * rows.width, count, rows.width);
    ptrdiff_t k = 0;
    for (; k + kSums <= affine.outputs; k += kSums)
      AffineOf<kSums>(affine, eight, rows.width, k, count, out);
    for (; k < affine.outputs; ++k) AffineOf<1>(affine, eight, rows.width, k, count, out);
  }
}

// Of columns j to j + kColumns - 1 of a matrix; a triangular one has none below its diagonal.
template <int kColumns>
inline Lanes ByColumns(bool triangular, ptrdiff_t n, const double* matrix, const double* d,
                       ptrdiff_t j, Lanes distance) {
  Lanes sum[kColumns];
#pragma GCC unroll 4
  for (int c = 0; c < kColumns; ++c) sum[c] = Broadcast(0);
  const double* row = matrix + j;
  const ptrdiff_t whole = triangular ? j + 1 : n;
  for (ptrdiff_t i = 0; i < whole; ++i, row += n) {
    const Lanes x = Load(d + i * kLanes);
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c) sum[c] = Plus(sum[c], Times(x, Broadcast(row[c])));
  }
#pragma GCC unroll 4
  for (int i = 1; i < kColumns; ++i, row += n) {
    if (!triangular) break;
    const Lanes x = Load(d + (j + i) * kLanes);
#pragma GCC unroll 4
    for (int c = 1; c < kColumns; ++c)
      if (c >= i) sum[c] = Plus(sum[c], Times(x, Broadcast(row[c])));
  }
#pragma GCC unroll 4
  for (int c = 0; c < kColumns; ++c)
    distance = Plus(distance, Times(sum[c], triangular ? sum[c] : Load(d + (j + c) * kLanes)));
  return distance;
}

inline Lanes ByMatrix(bool triangular, ptrdiff_t n, const double* matrix, const double* d) {
  Lanes distance = Broadcast(0);
  ptrdiff_t j = 0;
  for (; j + 4 <= n; j += 4) distance = ByColumns<4>(triangular, n, matrix, d, j, distance);
  for (; j < n; ++j) distance = ByColumns<1>(triangular, n, matrix, d, j, distance);
  return distance;
}

inline Lanes ByMatrix(const MeasureFrom& from, const EightRows<float>& rows, ptrdiff_t n,
                      double* d) {
  EachColumn(
      rows, n, [&](ptrdiff_t j, Lanes x) __attribute__((always_inline)) {
        Store(d + j * kLanes, Minus(x, Broadcast(from.centre[j])));
      });
  return ByMatrix(from.measure == Measure::kFactor, n, from.matrix, d);
}

inline Lanes ByFeature(const MeasureFrom& from, const EightRows<float>& rows, ptrdiff_t n) {
  const ptrdiff_t step = from.measure == Measure::kSpherical ? 0 : 1;
  Lanes distance = Broadcast(0);
  EachColumn(
      rows, n, [&](ptrdiff_t j, Lanes x) __attribute__((always_inline)) {
        const Lanes d = Minus(x, Broadcast(from.centre[j]));
        const Lanes scaled = Times(d, Broadcast(from.matrix[j * step]));
        distance = Plus(distance, Times(scaled, scaled));
      });
  return distance;
}

inline Lanes ByVariance(const MeasureFrom& from, const EightRows<float>& rows, ptrdiff_t n) {
  Lanes distance = Broadcast(0);
  EachColumn(
      rows, n, [&](ptrdiff_t j, Lanes x) __attribute__((always_inline)) {
        const Lanes d = Minus(x, Broadcast(from.centre[j]));
        distance = Plus(distance, Times(Times(d, d), Broadcast(from.matrix[j])));
      });
  return distance;
}

// s[j] for eight columns from j on, as far as they are live, of a single row.
template <typename LiveLanes>
inline Lanes SumColumns(bool triangular, ptrdiff_t n, const double* matrix, const double* d,
                        ptrdiff_t j, LiveLanes live) {
  Lanes sum = Broadcast(0);
  const double* column = matrix + j;
  const ptrdiff_t whole = triangular ? j + 1 : n;
  for (ptrdiff_t i = 0; i < whole; ++i)
    sum = Plus(sum, Times(Broadcast(d[i]), Load(column + i * n, live)));
  for (ptrdiff_t i = whole; i < j + kLanes && i < n; ++i) {
    const Lanes more = Plus(sum, Times(Broadcast(d[i]), Load(column + i * n, live)));
    sum = Select(Live(i - j), sum, more);
  }
  return sum;
}

double OneByMatrix(const MeasureFrom& from, const float* row, ptrdiff_t n, double* d) {
  const bool triangular = from.measure == Measure::kFactor;
  for (ptrdiff_t i = 0; i < n; ++i) d[i] = static_cast<double>(row[i]) - from.centre[i];
  double distance = 0;
  for (ptrdiff_t j = 0; j < n; j += kLanes) {
    const ptrdiff_t count = n - j < kLanes ? n - j : kLanes;
    double sums[kLanes];
    Store(sums, count == kLanes ? SumColumns(triangular, n, from.matrix, d, j, Whole())
                                : SumColumns(triangular, n, from.matrix, d, j, Live(count)));
    for (ptrdiff_t c = 0; c < count; ++c) distance += sums[c] * (triangular ? sums[c] : d[j + c]);
  }
  return distance;
}

void SquaredDistances(const MeasureFrom& from, const FloatRows& x, double* out, ptrdiff_t step,
                      double* scratch) {
  const bool by_matrix = from.measure == Measure::kFactor || from.measure == Measure::kPrecision;
  for (ptrdiff_t i = 0; i < x.count; i += kLanes) {
    const ptrdiff_t rest = x.count - i;
    if (rest == 1 && by_matrix) {
      out[i * step] = OneByMatrix(from, Last(x).data, x.width, scratch);
      return;
    }
    if (rest == 1)
      return scalar::kDoubleLoops.squared_distances(from, Last(x), out + i * step, step, scratch);
    const auto rows = EightRows<float>::Of(x.data + i * x.width, rest, x.width);
    Lanes distance;
    if (by_matrix) {
      distance = ByMatrix(from, rows, x.width, scratch);
    } else if (from.measure == Measure::kInverseVariances) {
      distance = ByVariance(from, rows, x.width);
    } else {
      distance = ByFeature(from, rows, x.width);
    }
    Scatter(distance, rest < kLanes ? rest : kLanes, out + i * step, step);
  }
}

// kVectors times eight columns of a layer.
template <int kVectors>
inline void WeightedColumns(const double* in, const double* weights, const double* bias,
                            ptrdiff_t inputs, ptrdiff_t outputs, double* out) {
  Lanes sum[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) sum[v] = Load(bias + v * kLanes);
  for (ptrdiff_t i = 0; i < inputs; ++i, weights += outputs) {
    const Lanes x = Broadcast(in[i]);
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[v] = Plus(sum[v], Times(x, Load(weights + v * kLanes)));
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) Store(out + v * kLanes, sum[v]);
}

inline void WeightedRest(const double* in, const double* weights, const double* bias,
                         ptrdiff_t inputs, ptrdiff_t outputs, Live live, double* out) {
  Lanes sum = Load(bias, live);
  for (ptrdiff_t i = 0; i < inputs; ++i, weights += outputs)
    sum = Plus(sum, Times(Broadcast(in[i]), Load(weights, live)));
  Store(out, sum, live);
}

void Weighted(const double* in, const double* weights, const double* bias, ptrdiff_t inputs,
              ptrdiff_t outputs, double* out) {
  ptrdiff_t j = 0;
  for (; j + kSums * kLanes <= outputs; j += kSums * kLanes)
    WeightedColumns<kSums>(in, weights + j, bias + j, inputs, outputs, out + j);
  for (; j + kLanes <= outputs; j += kLanes)
    WeightedColumns<1>(in, weights + j, bias + j, inputs, outputs, out + j);
  if (j < outputs)
    WeightedRest(in, weights + j, bias + j, inputs, outputs, Live(outputs - j), out + j);
}

void Products(const double* weights, const double* x, ptrdiff_t rows, ptrdiff_t columns,
              double* out) {
  for (ptrdiff_t i = 0; i < rows; i += kLanes) {
    const ptrdiff_t rest = rows - i;
    Lanes sum = Broadcast(0);
    EachColumn(
        EightRows<double>::Of(weights + i * columns, rest, columns),
        columns, [&](ptrdiff_t j, Lanes weight) __attribute__((always_inline)) {
          sum = Plus(sum, Times(weight, Broadcast(x[j])));
        });
    Scatter(sum, rest < kLanes ? rest : kLanes, out + i, 1);
  }
}

// take(sum, row i, j) for all rows, with kVectors times eight columns from j on in registers.
template <int kVectors, typename Take>
inline void OverColumns(ptrdiff_t rows, ptrdiff_t j, double* sums, const Take& take) {
  Lanes sum[kVectors];
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) sum[v] = Load(sums + j + v * kLanes);
  for (ptrdiff_t i = 0; i < rows; ++i) {
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sum[v] = take(sum[v], i, j + v * kLanes, Whole());
  }
#pragma GCC unroll 4
  for (int v = 0; v < kVectors; ++v) Store(sums + j + v * kLanes, sum[v]);
}

template <typename Take>
inline void OverAllColumns(ptrdiff_t rows, ptrdiff_t width, double* sums, const Take& take) {
  ptrdiff_t j = 0;
  for (; j + 4 * kLanes <= width; j += 4 * kLanes) OverColumns<4>(rows, j, sums, take);
  for (; j + kLanes <= width; j += kLanes) OverColumns<1>(rows, j, sums, take);
  if (j == width) return;
  const Live live(width - j);
  Lanes sum = Load(sums + j, live);
  for (ptrdiff_t i = 0; i < rows; ++i) sum = take(sum, i, j, live);
  Store(sums + j, sum, live);
}

void AddRows(const FloatRows& rows, const double* factors, ptrdiff_t step, double* sums) {
  OverAllColumns(
      rows.count, rows.width,
      sums, [&](Lanes sum, ptrdiff_t i, ptrdiff_t j, auto live) __attribute__((always_inline)) {
        const Lanes x = LoadFloats(rows.data + i * rows.width + j, live);
        return Plus(sum, Times(Broadcast(factors[i * step]), x));
      });
}

void AddDoubleRows(const DoubleRows<const double>& rows, const double* factors, ptrdiff_t step,
                   double* sums) {
  OverAllColumns(
      rows.count, rows.width,
      sums, [&](Lanes sum, ptrdiff_t i, ptrdiff_t j, auto live) __attribute__((always_inline)) {
        const Lanes x = Load(rows.data + i * rows.stride + j, live);
        return Plus(sum, Times(Broadcast(factors[i * step]), x));
      });
}

void AddSquares(const FloatRows& rows, const double* centre, const double* factors, ptrdiff_t step,
                double* sums) {
  OverAllColumns(
      rows.count, rows.width,
      sums, [&](Lanes sum, ptrdiff_t i, ptrdiff_t j, auto live) __attribute__((always_inline)) {
        const Lanes x = LoadFloats(rows.data + i * rows.width + j, live);
        const Lanes d = Minus(x, Load(centre + j, live));
        return Plus(sum, Times(Times(Broadcast(factors[i * step]), d), d));
      });
}

constexpr DoubleLoops DoubleTable() {
  return {
      .lane_sums = {LaneSums<kSquare>, LaneSums<kMagnitude>, LaneSums<kLargest>,
                    LaneSums<kProduct>},
      .row_sums = {RowSums<kSquare>, RowSums<kMagnitude>, RowSums<kLargest>, RowSums<kProduct>},
      .affine = ApplyAffine,
      .squared_distances = SquaredDistances,
      .weighted = Weighted,
      .products = Products,
      .add_scaled_floats = AddScaledFloats,
      .add_difference = AddDifference,
      .add_rows = AddRows,
      .add_squares = AddSquares,
      .add_outer = AddOuter,
      .finite = Finite,
  };
}

constexpr RowLoops RowTable() {
  return {
      .add_scaled = AddScaled,
      .add_rows = AddDoubleRows,
      .subtract_outer = SubtractOuter,
      .rotate = Rotate,
  };
}

}  // namespace
}  // namespace moonlet
