// The specification of the loops over doubles, and what runs where there are no vectors of them.
#include "engine/kernels/double_loops.h"
#include "engine/kernels/double_rows.h"

namespace moonlet {
namespace {

using std::ptrdiff_t;

template <Term kTerm>
inline void Take(double& sum, double a, double b) {
  if constexpr (kTerm == kProduct) {
    sum += a * b;
  } else {
    const double d = a - b;
    const double size = __builtin_fabs(d);
    if constexpr (kTerm == kSquare) sum += d * d;
    if constexpr (kTerm == kMagnitude) sum += size;
    if constexpr (kTerm == kLargest) sum = size > sum ? size : sum;
  }
}

template <Term kTerm>
void LaneSums(const double* lanes, const FloatRows& rows, double* sums) {
  const float* row = rows.data;
  for (ptrdiff_t i = 0; i < rows.count; ++i, row += rows.width, sums += kPointLanes) {
    double sum[kPointLanes] = {};
    const double* column = lanes;
    for (ptrdiff_t j = 0; j < rows.width; ++j, column += kPointLanes) {
      const double b = static_cast<double>(row[j]);
#pragma GCC unroll 8  // so that the sums stay in registers
      for (int l = 0; l < kPointLanes; ++l) Take<kTerm>(sum[l], column[l], b);
    }
    for (int l = 0; l < kPointLanes; ++l) sums[l] = sum[l];
  }
}

// Four rows at a time, so that one sum need not wait for the other.
template <Term kTerm>
void RowSums(const float* point, const FloatRows& rows, double* sums) {
  const ptrdiff_t width = rows.width;
  ptrdiff_t i = 0;
  for (; i + 4 <= rows.count; i += 4) {
    const float* row = rows.data + i * width;
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (ptrdiff_t j = 0; j < width; ++j) {
      const double a = static_cast<double>(point[j]);
      Take<kTerm>(s0, a, static_cast<double>(row[j]));
      Take<kTerm>(s1, a, static_cast<double>(row[j + width]));
      Take<kTerm>(s2, a, static_cast<double>(row[j + 2 * width]));
      Take<kTerm>(s3, a, static_cast<double>(row[j + 3 * width]));
    }
    sums[i] = s0;
    sums[i + 1] = s1;
    sums[i + 2] = s2;
    sums[i + 3] = s3;
  }
  for (; i < rows.count; ++i) {
    const float* row = rows.data + i * width;
    double sum = 0;
    for (ptrdiff_t j = 0; j < width; ++j)
      Take<kTerm>(sum, static_cast<double>(point[j]), static_cast<double>(row[j]));
    sums[i] = sum;
  }
}

template <int kRows, bool kCentred>
void AffineRows(const Affine& affine, const float* rows, ptrdiff_t width, double* out) {
  for (ptrdiff_t k = 0; k < affine.outputs; ++k) {
    const double* weight = affine.weights + k * affine.by_row;
    double sum[kRows] = {};
    for (ptrdiff_t j = 0; j < width; ++j, weight += affine.by_feature) {
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        double x = static_cast<double>(rows[r * width + j]);
        if constexpr (kCentred) x -= affine.centre[j];
        sum[r] += x * *weight;
      }
    }
    const double bias = affine.bias != nullptr ? affine.bias[k] : 0;
    for (int r = 0; r < kRows; ++r) out[r * affine.outputs + k] = sum[r] + bias;
  }
}

void ApplyAffine(const Affine& affine, const FloatRows& x, double* out) {
  constexpr int kAtOnce = 4;
  const bool centred = affine.centre != nullptr;
  const auto some = centred ? AffineRows<kAtOnce, true> : AffineRows<kAtOnce, false>;
  const auto one = centred ? AffineRows<1, true> : AffineRows<1, false>;
  ptrdiff_t i = 0;
  for (; i + kAtOnce <= x.count; i += kAtOnce)
    some(affine, x.data + i * x.width, x.width, out + i * affine.outputs);
  for (; i < x.count; ++i) one(affine, x.data + i * x.width, x.width, out + i * affine.outputs);
}

// Distances by a matrix whose column j counts up to row j, or as a whole.
template <int kRows>
void ByMatrix(bool triangular, ptrdiff_t n, const double* matrix, const double* d,
              double* distance) {
  for (ptrdiff_t j = 0; j < n; ++j) {
    double sum[kRows] = {};
    const ptrdiff_t end = triangular ? j + 1 : n;
    for (ptrdiff_t i = 0; i < end; ++i) {
      const double m = matrix[i * n + j];
      for (int r = 0; r < kRows; ++r) sum[r] += d[i * kRows + r] * m;
    }
    for (int r = 0; r < kRows; ++r)
      distance[r] += sum[r] * (triangular ? sum[r] : d[j * kRows + r]);
  }
}

template <int kRows>
void ByFeature(ptrdiff_t step, ptrdiff_t n, const double* scales, const double* d,
               double* distance) {
  for (ptrdiff_t j = 0; j < n; ++j) {
    for (int r = 0; r < kRows; ++r) {
      const double scaled = d[j * kRows + r] * scales[j * step];
      distance[r] += scaled * scaled;
    }
  }
}

template <int kRows>
void ByVariance(ptrdiff_t n, const double* inverse, const double* d, double* distance) {
  for (ptrdiff_t j = 0; j < n; ++j)
    for (int r = 0; r < kRows; ++r) distance[r] += d[j * kRows + r] * d[j * kRows + r] * inverse[j];
}

template <int kRows>
void DistancesOf(const MeasureFrom& from, const float* rows, ptrdiff_t width, double* out,
                 ptrdiff_t step, double* d) {
  for (int r = 0; r < kRows; ++r, rows += width)
    for (ptrdiff_t j = 0; j < width; ++j)
      d[j * kRows + r] = static_cast<double>(rows[j]) - from.centre[j];
  double distance[kRows] = {};
  if (from.measure == Measure::kFactor || from.measure == Measure::kPrecision) {
    ByMatrix<kRows>(from.measure == Measure::kFactor, width, from.matrix, d, distance);
  } else if (from.measure == Measure::kInverseVariances) {
    ByVariance<kRows>(width, from.matrix, d, distance);
  } else {
    ByFeature<kRows>(from.measure == Measure::kDiag, width, from.matrix, d, distance);
  }
  for (int r = 0; r < kRows; ++r) out[r * step] = distance[r];
}

void SquaredDistances(const MeasureFrom& from, const FloatRows& x, double* out, ptrdiff_t step,
                      double* scratch) {
  ptrdiff_t i = 0;
  for (; i + kPointLanes <= x.count; i += kPointLanes)
    DistancesOf<kPointLanes>(from, x.data + i * x.width, x.width, out + i * step, step, scratch);
  for (; i < x.count; ++i)
    DistancesOf<1>(from, x.data + i * x.width, x.width, out + i * step, step, scratch);
}

// kWide columns of a layer, so many sums at once.
template <int kWide>
void WeightedColumns(const double* in, const double* weights, const double* bias, ptrdiff_t inputs,
                     ptrdiff_t outputs, double* out) {
  double sums[kWide];
  for (int j = 0; j < kWide; ++j) sums[j] = bias[j];
  for (ptrdiff_t i = 0; i < inputs; ++i, weights += outputs)
    for (int j = 0; j < kWide; ++j) sums[j] += in[i] * weights[j];
  for (int j = 0; j < kWide; ++j) out[j] = sums[j];
}

void Weighted(const double* in, const double* weights, const double* bias, ptrdiff_t inputs,
              ptrdiff_t outputs, double* out) {
  ptrdiff_t j = 0;
  for (; j + 8 <= outputs; j += 8)
    WeightedColumns<8>(in, weights + j, bias + j, inputs, outputs, out + j);
  for (; j + 2 <= outputs; j += 2)
    WeightedColumns<2>(in, weights + j, bias + j, inputs, outputs, out + j);
  if (j < outputs) WeightedColumns<1>(in, weights + j, bias + j, inputs, outputs, out + j);
}

void Products(const double* weights, const double* x, ptrdiff_t rows, ptrdiff_t columns,
              double* out) {
  for (ptrdiff_t i = 0; i < rows; ++i, weights += columns) {
    double sum = 0;
    for (ptrdiff_t j = 0; j < columns; ++j) sum += weights[j] * x[j];
    out[i] = sum;
  }
}

void AddRows(const FloatRows& rows, const double* factors, ptrdiff_t step, double* sums) {
  for (ptrdiff_t i = 0; i < rows.count; ++i)
    AddScaledFloats(sums, rows.data + i * rows.width, factors[i * step], rows.width);
}

void AddSquares(const FloatRows& rows, const double* centre, const double* factors, ptrdiff_t step,
                double* sums) {
  const float* row = rows.data;
  for (ptrdiff_t i = 0; i < rows.count; ++i, row += rows.width) {
    const double factor = factors[i * step];
    for (ptrdiff_t j = 0; j < rows.width; ++j) {
      const double d = static_cast<double>(row[j]) - centre[j];
      sums[j] += factor * d * d;
    }
  }
}

void AddDoubleRows(const DoubleRows<const double>& rows, const double* factors, ptrdiff_t step,
                   double* sums) {
  for (ptrdiff_t i = 0; i < rows.count; ++i)
    AddScaled(sums, rows.data + i * rows.stride, factors[i * step], rows.width);
}

}  // namespace

constinit const DoubleLoops scalar::kDoubleLoops = {
    .lane_sums = {LaneSums<kSquare>, LaneSums<kMagnitude>, LaneSums<kLargest>, LaneSums<kProduct>},
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

constinit const RowLoops scalar::kRowLoops = {
    .add_scaled = AddScaled,
    .add_rows = AddDoubleRows,
    .subtract_outer = SubtractOuter,
    .rotate = Rotate,
};

}  // namespace moonlet
