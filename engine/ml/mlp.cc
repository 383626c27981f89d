// engine/ml/mlp.cc - multilayer perceptrons: layers of weighted sums, each through an activation,
// fitted by Adam on the gradients of small batches.
//
// Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors" (1986);
// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks"
// (2010), for where weights start; Kingma and Ba, "Adam: A Method for Stochastic Optimization"
// (2015).
#include "engine/ml/mlp.h"

#include <algorithm>
#include <utility>

#include "engine/base/libm.h"
#include "engine/kernels/double_loops.h"
#include "engine/ml/kinds.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml {
namespace mlp {
namespace {

constexpr OptionSpec kOptions[] = {
    {"hidden", "hidden_layer_sizes", OptionType::kList, 100, 1, 10000},
    {"activation", "", OptionType::kWord, 0, 0, 0, "relu|tanh|logistic|identity"},
    {"alpha", "", OptionType::kNumber, 1e-4, 0, 1e9f},
    {"batch", "batch_size", OptionType::kWhole, -1, 1, 1e9f, "auto"},
    {"rate", "learning_rate_init", OptionType::kNumber, 1e-3, 1e-12f, 1e6f},
    {"iterations", "max_iter", OptionType::kWhole, 200, 1, 1e9f},
    {"tol", "", OptionType::kNumber, 1e-4, 0, 1e9f},
    {"patience", "n_iter_no_change", OptionType::kWhole, 10, 1, 1e9f},
    {"early_stopping", "", OptionType::kFlag, 0},
    {"validation", "validation_fraction", OptionType::kNumber, 0.1, 0, 0.99f},
    {"beta1", "beta_1", OptionType::kNumber, 0.9, 0, 0.9999999f},
    {"beta2", "beta_2", OptionType::kNumber, 0.999, 0, 0.9999999f},
    {"epsilon", "", OptionType::kNumber, 1e-8, 1e-30f, 1},
    {"shuffle", "", OptionType::kFlag, 1},
    {"seed", "random_state", OptionType::kSeed},
};
constexpr ArraySpec kArrays[] = {
    {"coefs", DType::kFloat64, "w"},
    {"intercepts", DType::kFloat64, "b"},
    {"loss_curve", DType::kFloat64, "e", true},
    {"adam", DType::kFloat64, "m", true},
};

Layout LayoutOf(const Estimator& e) { return mlp::LayoutOf(e.options, e.features, e.classes); }

}  // namespace

Layout LayoutOf(const Options& options, Index features, Index classes) {
  Layout layout = {options.listed + 1, {features}, 0, 0};
  for (int i = 0; i < options.listed; ++i)
    layout.units[i + 1] = static_cast<Index>(options.list[i]);
  layout.units[layout.layers] = classes > 2 ? classes : 1;
  for (int i = 0; i < layout.layers; ++i) {
    layout.weights += int64_t{layout.units[i]} * layout.units[i + 1];
    layout.biases += layout.units[i + 1];
  }
  return layout;
}

void Activate(int activation, Index count, double* row) {
  for (Index i = 0; i < count; ++i) {
    switch (activation) {
      case kRelu:
        row[i] = row[i] > 0 ? row[i] : 0;
        break;
      case kTanh:
        row[i] = moonlet_tanh(row[i]);
        break;
      case kLogistic:
        row[i] = 1 / (1 + moonlet_exp(-row[i]));
        break;
      default:
        break;
    }
  }
}

namespace {

// What is computed of samples ---------------------------------------------------------------------

// The last layer's sums, before any activation, to out.
void RunSums(const Estimator& e, const Samples& x, double* out, double* scratch) {
  const Layout layout = LayoutOf(e);
  const Index wide = layout.wide(), outputs = layout.units[layout.layers];
  const int activation = e.options.Word(kActivation);
  for (Index s = 0; s < x.count; ++s) {
    double* from = scratch;
    double* to = scratch + wide;
    std::copy_n(x.row(s), x.width, from);
    const double* weights = e.state.get<double>(kCoefs);
    const double* biases = e.state.get<double>(kIntercepts);
    for (int l = 0; l < layout.layers; ++l) {
      const Index in = layout.units[l], width = layout.units[l + 1];
      const bool last = l + 1 == layout.layers;
      OverDoubles().weighted(from, weights, biases, in, width, last ? out + s * outputs : to);
      if (!last) Activate(activation, width, to);
      std::swap(from, to);
      weights += in * width;
      biases += width;
    }
  }
}

void RunProba(const Estimator& e, const Samples& x, double* out, double* scratch) {
  RunSums(e, x, out, scratch);
  if (e.classes > 2) {
    for (Index i = 0; i < x.count; ++i) Softmax(out + i * e.classes, e.classes);
    return;
  }
  // From the last row on: each makes two of one.
  for (Index i = x.count - 1; i >= 0; --i) {
    double p = out[i];
    Activate(kLogistic, 1, &p);
    out[2 * i] = 1 - p;
    out[2 * i + 1] = p;
  }
}

Index Scratch(const Estimator& e) { return 2 * LayoutOf(e).wide(); }

Index WorkPerRow(const Estimator& e) {
  return static_cast<Index>(std::min<int64_t>(LayoutOf(e).weights, INT32_MAX));
}

Status CheckNetwork(const Estimator& e) {
  if (e.kind->task == Task::kClassify && e.classes < 2)
    return Status::Invalid("2 classes or more expected, got %td", e.classes);
  const Layout layout = LayoutOf(e);
  if (e.state[kCoefs].dim(0) != layout.weights)
    return Status::Invalid("array 'coefs' has %td numbers, the layers %lld", e.state[kCoefs].dim(0),
                           static_cast<long long>(layout.weights));
  if (e.state[kIntercepts].dim(0) != layout.biases)
    return Status::Invalid("array 'intercepts' has %td numbers, the layers %lld",
                           e.state[kIntercepts].dim(0), static_cast<long long>(layout.biases));
  if (e.state.has(kAdam) && e.state[kAdam].dim(0) != 1 + 2 * layout.parameters())
    return Status::Invalid("array 'adam' has %td numbers, expected %lld", e.state[kAdam].dim(0),
                           static_cast<long long>(1 + 2 * layout.parameters()));
  return {};
}

}  // namespace
}  // namespace mlp

const Kind kMlp = {
    .name = "mlp",
    .sklearn = "MLPClassifier",
    .task = Task::kClassify,
    .options = mlp::kOptions,
    .arrays = mlp::kArrays,
    .fit = mlp::FitNetwork,
    .partial_fit = mlp::PartialFit,
    .check = mlp::CheckNetwork,
    .proba = {Classes, mlp::RunProba, mlp::Scratch, mlp::WorkPerRow},
};

const Kind kMlpRegressor = {
    .name = "mlp_regressor",
    .sklearn = "MLPRegressor",
    .task = Task::kRegress,
    .options = mlp::kOptions,
    .arrays = mlp::kArrays,
    .fit = mlp::FitNetwork,
    .partial_fit = mlp::PartialFit,
    .check = mlp::CheckNetwork,
    .predict = {One, mlp::RunSums, mlp::Scratch, mlp::WorkPerRow},
};

}  // namespace moonlet::ml
