// engine/ml/components.h - several normal distributions over the same features, as mixtures and
// hidden Markov models have them: densities, and fitting them to shares of samples.
//
// Bishop, Pattern Recognition and Machine Learning, 9.2. Covariances are matrices full or tied (one
// for all), diagonals, or one number per component; `matrices` of them, each rows() x columns().
#pragma once
#include <cstdint>

#include "engine/ml/buffer.h"
#include "engine/ml/estimator.h"
#include "engine/ml/gaussian.h"
#include "engine/tensor/random.h"

namespace moonlet::ml {

enum class Spread : uint8_t { kFull, kTied, kDiag, kSpherical };
inline constexpr const char* kSpreadWords = "full|tied|diag|spherical";

struct Components {
  Spread spread;
  Index count;
  Index width;

  bool square() const { return spread == Spread::kFull || spread == Spread::kTied; }
  Index matrices() const { return spread == Spread::kTied ? 1 : count; }
  Index rows() const { return square() ? width : 1; }
  Index columns() const { return spread == Spread::kSpherical ? 1 : width; }
  Index size() const { return rows() * columns(); }  // of one covariance
  // Where the covariance of a component starts.
  Index at(Index component) const { return spread == Spread::kTied ? 0 : component * size(); }
  Index parameters() const;  // that fitting has free, the means among them
};

// Arrays of shape {matrices(), rows(), columns()}?
Status CheckComponents(const Components& c, const Tensor& covariances, const char* name);

// log p(row | component), x.count x count. `factors` are as engine/ml/gaussian.h has them; scratch:
// DistanceScratch(width).
void LogDensities(const Components& c, const double* means, const double* factors, const Samples& x,
                  double* out, double* scratch);
inline Index DensityWork(const Components& c) { return c.count * (c.size() + c.width) + 1; }

// What has been fitted so far.
struct ComponentArrays {
  double* means;
  double* covariances;
  double* factors;
};

// Sums over samples that belong to components by shares, taken around the means of before: one
// pass, and little is lost since means move little.
class Moments {
 public:
  Moments(Allocator& memory, const Components& c);
  bool ok() const { return weights_.ok() && first_.ok() && second_.ok() && row_.ok(); }
  Status Refusal() const { return second_.Refusal(); }

  void Clear();
  void Add(const float* row, const double* shares, const double* means);
  Index count() const { return c_.count; }
  double weight(Index component) const { return weights_[component]; }
  // Means and covariances of what was added, `reg` on their diagonals, and factors. kInvalid names
  // the component, as `what`, whose covariance is singular.
  Status Take(double reg, const char* what, const StopToken& stop, const ComponentArrays& fitted);

 private:
  void TakeMeans(double* means);
  void TakeCovariance(Index component, double* covariance);

  Components c_;
  Buffer<double> weights_, first_, second_, row_;
};

// A first guess: k-means++ (Arthur and Vassilvitskii, 2007), then up to `iterations` of Lloyd's.
// `labels` tells each sample's component. kInvalid with fewer samples than components.
Status SeedMeans(const Samples& x, Index count, int iterations, const char* what, Random* random,
                 const Work& work, double* means, int32_t* labels);
// The components of samples that belong to one each.
Status TakeLabels(const Samples& x, const int32_t* labels, double reg, const char* what,
                  const Work& work, Moments* moments, const ComponentArrays& fitted);

}  // namespace moonlet::ml
