#include "engine/ml/principal_axes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/base/libm.h"
#include "engine/ml/affine.h"
#include "engine/tensor/qr.h"
#include "engine/tensor/svd.h"

namespace moonlet::ml {
namespace {

// Rows collected beyond the triangle before they are folded: the more, the fewer sweeps over it.
constexpr Index kLeastRows = 32;

Index RoomFor(Index rows, Index width) {
  return std::min(rows, width + std::max(width, kLeastRows));
}

// What values along axis k are divided by.
double DeviationOf(const Estimator& e, Index k) {
  return e.options.Flag(kWhiten) ? std::sqrt(e.state.get<double>(kVariance)[k]) : 1.0;
}

double Project(const double* row, Index width, const double* axis) {
  double sum = 0;
  for (Index j = 0; j < width; ++j) sum += axis[j] * row[j];
  return sum;
}

}  // namespace

Index ComponentsOf(const Estimator& e) { return e.state[kComponents].dim(0); }
Index AxesScratch(const Estimator& e) { return e.features; }
Index AxesWork(const Estimator& e) { return ComponentsOf(e) * e.features; }

void RunAxesTransform(const Estimator& e, const Samples& x, double* out, double*) {
  const Index components = ComponentsOf(e);
  ApplyAffine({e.state.get<double>(kComponents), components, e.features, 1, nullptr,
               e.state.get<double>(kMean)},
              x, out);
  for (Index k = 0; k < components; ++k) {
    const double deviation = DeviationOf(e, k);
    for (Index i = k; i < x.count * components; i += components)
      out[i] = deviation > 0 ? out[i] / deviation : 0.0;
  }
}

void RunAxesInverse(const Estimator& e, const Samples& x, double* out, double*) {
  for (Index i = 0; i < x.count; ++i, out += e.features) {
    std::copy_n(e.state.get<double>(kMean), e.features, out);
    for (Index k = 0; k < x.width; ++k) {
      const double along = x.row(i)[k] * DeviationOf(e, k);
      const double* axis = e.state.get<double>(kComponents) + k * e.features;
      for (Index j = 0; j < e.features; ++j) out[j] += along * axis[j];
    }
  }
}

// Normal with the variances found along the axes, and the noise's in all other directions.
void RunAxesScores(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const double noise = e.state.get<double>(kNoiseVariance)[0];
  const double* variance = e.state.get<double>(kVariance);
  const double* mean = e.state.get<double>(kMean);
  const Index components = ComponentsOf(e);
  const auto others = static_cast<double>(e.features - components);
  double constant = static_cast<double>(e.features) * moonlet_log(2 * std::numbers::pi);
  for (Index k = 0; k < components; ++k) constant += moonlet_log(variance[k]);
  if (others > 0) constant += others * moonlet_log(noise);
  for (Index i = 0; i < x.count; ++i) {
    double rest = 0, distance = 0;
    for (Index j = 0; j < x.width; ++j) {
      scratch[j] = x.row(i)[j] - mean[j];
      rest += scratch[j] * scratch[j];
    }
    for (Index k = 0; k < components; ++k) {
      const double along =
          Project(scratch, x.width, e.state.get<double>(kComponents) + k * x.width);
      distance += along * along / variance[k];
      rest -= along * along;
    }
    if (others > 0) distance += std::max(rest, 0.0) / noise;
    out[i] = -0.5 * (constant + distance);
  }
}

PrincipalAxes::PrincipalAxes(Allocator& memory, Index rows, Index width)
    : width_(width),
      room_(RoomFor(rows, width)),
      rows_(memory, room_, width),
      right_(memory, std::min(rows, width), std::min(rows, width)),
      values_(memory, std::min(rows, width)),
      work_(memory, 2, width) {}

// Makes a triangle of the rows so far.
Status PrincipalAxes::Fold(const StopToken& stop) {
  if (used_ <= width_) return {};
  double* tau = work_.data();
  if (Status s = FactorQr(rows_.data(), used_, width_, tau, tau + width_, stop); !s.ok()) return s;
  for (Index i = 0; i < width_; ++i) std::fill_n(axis(i), i, 0.0);
  used_ = width_;
  return {};
}

Status PrincipalAxes::Add(const StopToken& stop, double** row) {
  if (used_ == room_)
    if (Status s = Fold(stop); !s.ok()) return s;
  *row = axis(used_++);
  return {};
}

Status PrincipalAxes::Finish(const StopToken& stop) {
  if (Status s = Fold(stop); !s.ok()) return s;
  double* rows = rows_.data();
  double largest = 0;
  bool finite = true;
  for (Index i = 0; i < used_ * width_; ++i) {
    finite = finite && std::isfinite(rows[i]);
    largest = std::max(largest, std::fabs(rows[i]));
  }
  if (!finite) return Status::Invalid("numbers are too large");
  const double scale = largest > 0 ? largest : 1;
  for (Index i = 0; i < used_ * width_; ++i) rows[i] /= scale;
  if (Status s = JacobiSvd(rows, width_, used_, values_.data(), right_.data(), stop); !s.ok())
    return s;
  Index known = 0;
  while (known < used_ && values_[known] > 0) ++known;
  for (Index i = 0; i < used_; ++i) values_[i] *= scale;
  return CompleteBasis(rows, known, used_, width_, stop);
}

Status StoreAxes(PrincipalAxes& axes, Index components, double samples, double total, Index width,
                 State* state) {
  for (const int array : {kVariance, kVarianceRatio, kSingularValues})
    if (Status s = state->Make(array, DType::kFloat64, {components}); !s.ok()) return s;
  if (Status s = state->Make(kComponents, DType::kFloat64, {components, width}); !s.ok()) return s;
  if (Status s = state->Make(kNoiseVariance, DType::kFloat64, {1}); !s.ok()) return s;
  double noise = 0;
  for (Index i = 0; i < axes.count(); ++i) {
    const double value = axes.values()[i], variance = value * value / (samples - 1);
    if (i >= components) {
      noise += variance;
      continue;
    }
    state->own<double>(kSingularValues)[i] = value;
    state->own<double>(kVariance)[i] = variance;
    state->own<double>(kVarianceRatio)[i] = total > 0 ? variance / total : 0.0;
    std::copy_n(axes.axis(i), width, state->own<double>(kComponents) + i * width);
  }
  if (axes.count() > components)
    state->own<double>(kNoiseVariance)[0] = noise / static_cast<double>(axes.count() - components);
  return {};
}

Status CheckAxes(const Estimator& e) {
  const Index components = ComponentsOf(e);
  if (components >= 1 && components <= e.features && e.state[kNoiseVariance].dim(0) >= 1) return {};
  return Status::Invalid("%td components of %td features", components, e.features);
}

}  // namespace moonlet::ml
