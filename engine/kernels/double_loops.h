// engine/kernels/double_loops.h - the loops over doubles that classical models and linear algebra
// spend their time in: tables for each instruction set, and the one place that chooses.
//
// Every sum below is taken in the order that its comment says, each product rounded before it is
// added. Sums that do not depend on one another run side by side, and nothing else does: so each
// table gives the bits of the scalar specification, double_loops_scalar.cc.
#pragma once
#include <cstddef>

namespace moonlet {

// What a pair of numbers, with d = a - b, does to a sum that starts at +0: sum + d d, sum + |d|,
// |d| if it is larger than the sum, sum + a b.
enum Term { kSquare, kMagnitude, kLargest, kProduct, kTerms };

// Points that meet a row all at once: coordinate j of point l at [j * kPointLanes + l].
inline constexpr int kPointLanes = 8;

// What squared distances are measured by: a triangular matrix, the diagonal of it, one number; a
// whole matrix, or the diagonal of that.
enum class Measure : unsigned char { kFactor, kDiag, kSpherical, kPrecision, kInverseVariances };

struct MeasureFrom {
  Measure measure;
  const double* centre;
  const double* matrix;
};

// Rows of `width` floats, one after the other.
struct FloatRows {
  const float* data;
  std::ptrdiff_t count;
  std::ptrdiff_t width;
};

// out[i][k] = the sum of (x[i][j] - centre[j]) weights[k * by_row + j * by_feature], ascending in
// j, plus bias[k]. `bias` and `centre` may be null: 0.
struct Affine {
  const double* weights;
  std::ptrdiff_t outputs;
  std::ptrdiff_t by_row;
  std::ptrdiff_t by_feature;
  const double* bias = nullptr;
  const double* centre = nullptr;
};

struct DoubleLoops {
  // sums[i * kPointLanes + l]: of point l and row i, ascending in coordinates.
  void (*lane_sums[kTerms])(const double* lanes, const FloatRows& rows, double* sums);
  // sums[i]: of one point and row i.
  void (*row_sums[kTerms])(const float* point, const FloatRows& rows, double* sums);
  void (*affine)(const Affine& affine, const FloatRows& rows, double* out);
  // The squared distance of each row from the centre to out[0], out[step], ... `scratch` has room
  // for kPointLanes * width. With d = row - centre: the sum over j, ascending, of s[j] s[j], where
  // s[j] is the sum over i <= j of d[i] matrix[i][j]; d[j] matrix[j]; d[j] matrix[0]. Or that of
  // s[j] d[j] with all i; or of d[j] d[j] matrix[j].
  void (*squared_distances)(const MeasureFrom& from, const FloatRows& rows, double* out,
                            std::ptrdiff_t step, double* scratch);

  // out[j] = bias[j] + the sum over i, ascending from bias[j], of in[i] weights[i][j].
  void (*weighted)(const double* in, const double* weights, const double* bias,
                   std::ptrdiff_t inputs, std::ptrdiff_t outputs, double* out);
  // out[i] = the sum over j, ascending from +0, of weights[i][j] x[j].
  void (*products)(const double* weights, const double* x, std::ptrdiff_t rows,
                   std::ptrdiff_t columns, double* out);

  // y[j] += a x[j]. Nothing overlaps, here and below.
  void (*add_scaled_floats)(double* y, const float* x, double a, std::ptrdiff_t n);
  // y[j] += a (p[j] - q[j])
  void (*add_difference)(double* y, const float* p, const float* q, double a, std::ptrdiff_t n);
  // sums[j] += factors[i * step] rows[i][j], ascending in i.
  void (*add_rows)(const FloatRows& rows, const double* factors, std::ptrdiff_t step, double* sums);
  // sums[j] += (factors[i * step] d) d with d = rows[i][j] - centre[j], ascending in i.
  void (*add_squares)(const FloatRows& rows, const double* centre, const double* factors,
                      std::ptrdiff_t step, double* sums);
  // sums[i][j] += (weight d[i]) d[j] for j <= i < n.
  void (*add_outer)(const double* d, double weight, std::ptrdiff_t n, double* sums);
  // Whether all n are finite, or NaN where that is `allowed`.
  bool (*finite)(const float* x, std::ptrdiff_t n, bool allowed);
};

// A part of a matrix.
template <typename T>
struct DoubleRows {
  T* data;
  std::ptrdiff_t stride;  // from a row to the next
  std::ptrdiff_t count;
  std::ptrdiff_t width;
};

// What linear algebra takes, a table of its own for images without models.
struct RowLoops {
  // y[j] += a x[j]
  void (*add_scaled)(double* y, const double* x, double a, std::ptrdiff_t n);
  // sums[j] += factors[i * step] rows[i][j], ascending in i.
  void (*add_rows)(const DoubleRows<const double>& rows, const double* factors, std::ptrdiff_t step,
                   double* sums);
  // rows[i][j] -= factors[i * step] x[j]
  void (*subtract_outer)(const DoubleRows<double>& rows, const double* factors, std::ptrdiff_t step,
                         const double* x);
  // p[j], q[j] = cosine p[j] - sine q[j], sine p[j] + cosine q[j].
  void (*rotate)(double cosine, double sine, double* p, double* q, std::ptrdiff_t n);
};

// The tables for this machine.
const DoubleLoops& OverDoubles();
const RowLoops& OverRows();

// The tables there are, for tests.
namespace scalar {
extern const DoubleLoops kDoubleLoops;
extern const RowLoops kRowLoops;
}  // namespace scalar
#if defined(__x86_64__)
namespace avx2 {
extern const DoubleLoops kDoubleLoops;
extern const RowLoops kRowLoops;
}  // namespace avx2
namespace avx512 {
extern const DoubleLoops kDoubleLoops;
extern const RowLoops kRowLoops;
}  // namespace avx512
#endif

}  // namespace moonlet
