// engine/ml/mlp.h - what the parts of multilayer perceptrons share: the order of options and
// arrays, the layers' shapes, and what a layer does to a row.
//
// mlp.cc has the kinds and predicts, mlp_network.cc has gradients and Adam's steps, mlp_fit.cc
// epochs and when they end.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/ml/estimator.h"

namespace moonlet::ml::mlp {

enum Option {
  kHidden,
  kActivation,
  kAlpha,
  kBatch,
  kRate,
  kIterations,
  kTol,
  kPatience,
  kEarlyStopping,
  kValidation,
  kBeta1,
  kBeta2,
  kEpsilon,
  kShuffle,
  kSeed
};
enum Activation { kRelu, kTanh, kLogistic, kIdentity };

// The matrices of all layers, one after the other, a row for each input of a layer; all biases;
// after a partial fit what Adam remembers: steps, then two moments of each weight and bias.
enum Array { kCoefs, kIntercepts, kLossCurve, kAdam };

inline constexpr int kMostLayers = kMostListed + 1;

// Widths of all layers: units[0] is that of samples, units[layers] that of the output.
struct Layout {
  int layers;
  Index units[kMostLayers + 1];
  int64_t weights, biases;

  Index wide() const { return *std::max_element(units, units + layers + 1); }
  int64_t parameters() const { return weights + biases; }
};

Layout LayoutOf(const Options& options, Index features, Index classes);

void Activate(int activation, Index count, double* row);

// Fitting: mlp_fit.cc. A partial fit is one epoch more, with what Adam remembers of those before.
Status FitNetwork(const Fit& fit, State* state);
Status PartialFit(const Fit& fit, State* state);

}  // namespace moonlet::ml::mlp
