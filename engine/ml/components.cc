#include "engine/ml/components.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

// Of a component that no sample belongs to, as scikit-learn has it.
constexpr double kLeastWeight = 10 * 0x1p-52;

Measure MeasureOf(Spread spread) {
  if (spread == Spread::kDiag) return Measure::kDiag;
  return spread == Spread::kSpherical ? Measure::kSpherical : Measure::kFactor;
}

// Half the logarithm of the determinant of the inverse.
double HalfLogDet(const Components& c, const double* factor) {
  if (c.spread == Spread::kSpherical)
    return static_cast<double>(c.width) * LogOfProduct(factor, 1, 1);
  return LogOfProduct(factor, c.width, c.square() ? c.width + 1 : 1);
}

double SquaredDistance(const float* row, const double* mean, Index width) {
  double sum = 0;
  for (Index j = 0; j < width; ++j) sum += (row[j] - mean[j]) * (row[j] - mean[j]);
  return sum;
}

void CopyRow(const Samples& x, Index row, double* to) {
  for (Index j = 0; j < x.width; ++j) to[j] = x.row(row)[j];
}

// Positive and below `limit`, of 53 random bits.
double Draw(Random* random, double limit) {
  return (static_cast<double>(random->Next() >> 11) + 0.5) * 0x1p-53 * limit;
}

// What all samples come to with `mean` besides those of `nearest`; as `reduced`, unless null.
Status Potential(const Samples& x, const double* mean, const double* nearest, const Work& work,
                 double* reduced, double* sum) {
  *sum = 0;
  for (Index i = 0; i < x.count; ++i) {
    if (Status s = work.Poll(); !s.ok()) return s;
    const double d = SquaredDistance(x.row(i), mean, x.width);
    const double least = std::min(nearest[i], d);
    *sum += least;
    if (reduced != nullptr) reduced[i] = least;
  }
  return {};
}

// Each next mean a sample, the likelier the farther it lies from those before: of a few drawn, the
// one that brings the samples nearest.
Status PlusPlus(const Samples& x, Index count, Random* random, const Work& work, double* means,
                double* nearest) {
  const int tries = 2 + static_cast<int>(moonlet_log(static_cast<double>(count)));
  CopyRow(x, static_cast<Index>(random->UpTo(static_cast<uint64_t>(x.count - 1))), means);
  double total = 0;
  std::fill_n(nearest, x.count, HUGE_VAL);
  if (Status s = Potential(x, means, nearest, work, nearest, &total); !s.ok()) return s;
  for (Index k = 1; k < count; ++k) {
    double* mean = means + k * x.width;
    double best = HUGE_VAL;
    Index best_row = 0;
    for (int t = 0; t < tries; ++t) {
      double left = Draw(random, total);
      Index row = 0;
      while (row + 1 < x.count && left >= nearest[row]) left -= nearest[row++];
      CopyRow(x, row, mean);
      double sum;
      if (Status s = Potential(x, mean, nearest, work, nullptr, &sum); !s.ok()) return s;
      if (t > 0 && !(sum < best)) continue;
      best = sum;
      best_row = row;
    }
    CopyRow(x, best_row, mean);
    if (Status s = Potential(x, mean, nearest, work, nearest, &total); !s.ok()) return s;
  }
  return {};
}

// Each sample to its nearest mean; whether any label changed.
Status Assign(const Samples& x, Index count, const Work& work, const double* means, int32_t* labels,
              bool* changed) {
  *changed = false;
  for (Index i = 0; i < x.count; ++i) {
    if (Status s = work.Poll(); !s.ok()) return s;
    int32_t best = 0;
    double least = SquaredDistance(x.row(i), means, x.width);
    for (Index k = 1; k < count; ++k) {
      const double d = SquaredDistance(x.row(i), means + k * x.width, x.width);
      if (d < least) {
        least = d;
        best = static_cast<int32_t>(k);
      }
    }
    *changed |= labels[i] != best;
    labels[i] = best;
  }
  return {};
}

Status MeansOfLabels(const Samples& x, Index count, const int32_t* labels, const Work& work,
                     double* means, double* sizes, double* sums) {
  std::fill_n(sizes, count, 0.0);
  std::fill_n(sums, count * x.width, 0.0);
  for (Index i = 0; i < x.count; ++i) {
    if (Status s = work.Poll(); !s.ok()) return s;
    sizes[labels[i]] += 1;
    OverDoubles().add_scaled_floats(sums + labels[i] * x.width, x.row(i), 1, x.width);
  }
  for (Index k = 0; k < count; ++k)
    for (Index j = 0; j < x.width && sizes[k] > 0; ++j)
      means[k * x.width + j] = sums[k * x.width + j] / sizes[k];
  return {};
}

}  // namespace

Index Components::parameters() const {
  const Index of_one = square() ? width * (width + 1) / 2 : size();
  return matrices() * of_one + count * width;
}

Status CheckComponents(const Components& c, const Tensor& t, const char* name) {
  if (t.dim(0) != c.matrices() || t.dim(1) != c.rows() || t.dim(2) != c.columns())
    return Status::Invalid("array '%s' is {%td, %td, %td}, expected {%td, %td, %td}", name,
                           t.dim(0), t.dim(1), t.dim(2), c.matrices(), c.rows(), c.columns());
  return {};
}

void LogDensities(const Components& c, const double* means, const double* factors, const Samples& x,
                  double* out, double* scratch) {
  double half = 0;
  for (Index k = 0; k < c.count; ++k) {
    const double* factor = factors + c.at(k);
    SquaredDistances(MeasureOf(c.spread), x, means + k * c.width, factor, out + k, c.count,
                     scratch);
    if (k == 0 || c.spread != Spread::kTied) half = HalfLogDet(c, factor);
    const double constant = half - 0.5 * static_cast<double>(c.width) * kLogTwoPi;
    for (Index i = 0; i < x.count; ++i)
      out[i * c.count + k] = constant - 0.5 * out[i * c.count + k];
  }
}

Moments::Moments(Allocator& memory, const Components& c)
    : c_(c),
      weights_(memory, c.count),
      first_(memory, c.count, c.width),
      second_(memory, c.matrices(), c.square() ? c.size() : c.width),
      row_(memory, c.width) {}

void Moments::Clear() {
  std::fill_n(weights_.data(), c_.count, 0.0);
  std::fill_n(first_.data(), c_.count * c_.width, 0.0);
  std::fill_n(second_.data(), c_.matrices() * (c_.square() ? c_.size() : c_.width), 0.0);
}

void Moments::Add(const float* row, const double* shares, const double* means) {
  const Index f = c_.width;
  for (Index k = 0; k < c_.count; ++k) {
    const double share = shares[k];
    if (!(share > 0)) continue;
    weights_[k] += share;
    for (Index j = 0; j < f; ++j) {
      row_[j] = row[j] - means[k * f + j];
      first_[k * f + j] += share * row_[j];
    }
    if (c_.square()) {
      AddOuter(row_.data(), share, f, second_.data() + c_.at(k));
    } else {
      for (Index j = 0; j < f; ++j) second_[k * f + j] += share * row_[j] * row_[j];
    }
  }
}

// Makes `first_` the means' moves.
void Moments::TakeMeans(double* means) {
  for (Index k = 0; k < c_.count; ++k)
    for (Index j = 0; j < c_.width; ++j) {
      double& move = first_[k * c_.width + j];
      move /= weights_[k] + kLeastWeight;
      means[k * c_.width + j] += move;
    }
}

void Moments::TakeCovariance(Index k, double* covariance) {
  const Index f = c_.width;
  const double weight = weights_[k] + kLeastWeight;
  const double* move = first_.data() + k * f;
  if (c_.spread == Spread::kFull) {
    for (Index i = 0; i < f * f; ++i)
      covariance[i] = second_[k * f * f + i] / weight - move[i / f] * move[i % f];
    return;
  }
  double sum = 0;
  for (Index j = 0; j < f; ++j) {
    const double variance = std::max(second_[k * f + j] / weight - move[j] * move[j], 0.0);
    if (c_.spread == Spread::kDiag) covariance[j] = variance;
    sum += variance;
  }
  if (c_.spread == Spread::kSpherical) covariance[0] = sum / static_cast<double>(f);
}

Status Moments::Take(double reg, const char* what, const StopToken& stop,
                     const ComponentArrays& fitted) {
  const Index f = c_.width, size = c_.size();
  TakeMeans(fitted.means);
  if (c_.spread == Spread::kTied) {
    double total = 0;
    for (Index k = 0; k < c_.count; ++k) {
      AddOuter(first_.data() + k * f, -weights_[k], f, second_.data());
      total += weights_[k];
    }
    for (Index i = 0; i < f * f; ++i) fitted.covariances[i] = second_[i] / total;
  }
  for (Index k = 0; k < c_.matrices(); ++k) {
    double* covariance = fitted.covariances + k * size;
    double* factor = fitted.factors + k * size;
    if (c_.spread != Spread::kTied) TakeCovariance(k, covariance);
    if (c_.square()) Mirror(covariance, f);
    for (Index i = 0; i < size; i += c_.square() ? f + 1 : 1) covariance[i] += reg;
    std::copy_n(covariance, size, factor);
    Status s;
    if (c_.square()) {
      s = FactorPrecision(factor, f, stop);
    } else {
      for (Index i = 0; i < size; ++i) {
        if (!(factor[i] > 0)) s = Status::Invalid("no variance");
        factor[i] = 1 / std::sqrt(factor[i]);
      }
    }
    if (s.code() == Code::kInvalid)
      return Status::Invalid(
          "%s %td: its covariance is singular; fewer of them or a larger "
          "'reg_covar' helps",
          what, k + 1);
    if (!s.ok()) return s;
  }
  return {};
}

Status SeedMeans(const Samples& x, Index count, int iterations, const char* what, Random* random,
                 const Work& work, double* means, int32_t* labels) {
  if (x.count < count) return Status::Invalid("%td %ss asked of %td samples", count, what, x.count);
  Buffer<double> nearest(work.memory, x.count), sizes(work.memory, count),
      sums(work.memory, count, x.width);
  if (!nearest.ok() || !sizes.ok() || !sums.ok()) return nearest.Refusal();
  if (Status s = PlusPlus(x, count, random, work, means, nearest.data()); !s.ok()) return s;
  bool changed;
  if (Status s = Assign(x, count, work, means, labels, &changed); !s.ok()) return s;
  changed = true;
  for (int i = 0; i < iterations && changed; ++i) {
    if (Status s = MeansOfLabels(x, count, labels, work, means, sizes.data(), sums.data()); !s.ok())
      return s;
    if (Status s = Assign(x, count, work, means, labels, &changed); !s.ok()) return s;
  }
  return {};
}

Status TakeLabels(const Samples& x, const int32_t* labels, double reg, const char* what,
                  const Work& work, Moments* moments, const ComponentArrays& fitted) {
  Buffer<double> shares(work.memory, moments->count());
  if (!shares.ok()) return shares.Refusal();
  moments->Clear();
  for (Index i = 0; i < x.count; ++i) {
    if (Status s = work.Poll(); !s.ok()) return s;
    shares[labels[i]] = 1;
    moments->Add(x.row(i), shares.data(), fitted.means);
    shares[labels[i]] = 0;
  }
  return moments->Take(reg, what, work.stop, fitted);
}

}  // namespace moonlet::ml
