#include "engine/ml/mlp_network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/libm.h"
#include "engine/kernels/double_loops.h"
#include "engine/ml/softmax.h"

namespace moonlet::ml::mlp {
namespace {

constexpr int64_t kMostWork = 1000000;  // multiply-adds between two looks at the stop token
constexpr Index kLargestBatch = 200;    // of batch "auto"

// delta times the derivative of an activation that gave `row`.
void Differentiate(int activation, Index count, const double* row, double* delta) {
  for (Index i = 0; i < count; ++i) {
    switch (activation) {
      case kRelu:
        delta[i] = row[i] > 0 ? delta[i] : 0;
        break;
      case kTanh:
        delta[i] *= 1 - row[i] * row[i];
        break;
      case kLogistic:
        delta[i] *= row[i] * (1 - row[i]);
        break;
      default:
        break;
    }
  }
}

// What the last layer gives, as probabilities where there are classes.
void ActivateOutput(Index classes, Index outputs, double* row) {
  if (classes == 2) {
    Activate(kLogistic, 1, row);
  } else if (classes > 2) {
    Softmax(row, outputs);
  }
}

double Uniform(Random* random) { return static_cast<double>(random->Next() >> 11) * 0x1p-53; }

// -log of a probability; one of 0 counts as scikit-learn's smallest.
double Surprise(double probability) {
  constexpr double kLeast = 0x1p-52;
  return -moonlet_log(std::clamp(probability, kLeast, 1 - kLeast));
}

}  // namespace

void Network::Start(Random* random) {
  const double factor = activation_ == kLogistic ? 2 : 6;
  double* weights = weights_;
  double* biases = biases_;
  for (int l = 0; l < layout_.layers; ++l) {
    const Index in = layout_.units[l], out = layout_.units[l + 1];
    const double bound = std::sqrt(factor / static_cast<double>(in + out));
    for (Index i = 0; i < in * out; ++i) *weights++ = bound * (2 * Uniform(random) - 1);
    for (Index i = 0; i < out; ++i) *biases++ = bound * (2 * Uniform(random) - 1);
  }
}

void Network::Resume(const double* adam) {
  steps_ = adam[0];
  std::copy_n(adam + 1, 2 * layout_.parameters(), moments_.data());
}

void Network::Keep(double* adam) const {
  adam[0] = steps_;
  std::copy_n(moments_.data(), 2 * layout_.parameters(), adam + 1);
}

Status Network::Poll(int64_t multiply_adds, double share) {
  since_poll_ += multiply_adds;
  if (since_poll_ < kMostWork) return {};
  since_poll_ = 0;
  return fit_.work.Done(share);
}

void Network::Forward(Index sample) {
  std::copy_n(fit_.x.row(sample), fit_.x.width, row(0));
  const double* weights = weights_;
  const double* biases = biases_;
  for (int l = 0; l < layout_.layers; ++l) {
    const Index in = layout_.units[l], out = layout_.units[l + 1];
    OverDoubles().weighted(row(l), weights, biases, in, out, row(l + 1));
    if (l + 1 < layout_.layers) Activate(activation_, out, row(l + 1));
    weights += in * out;
    biases += out;
  }
  ActivateOutput(fit_.classes, layout_.units[layout_.layers], row(layout_.layers));
}

double Network::Loss(Index sample) {
  const double* out = row(layout_.layers);
  if (fit_.codes == nullptr) {
    const double d = out[0] - fit_.targets[sample];
    return d * d / 2;
  }
  const int32_t code = fit_.codes[sample];
  if (fit_.classes > 2) return Surprise(out[code]);
  return Surprise(code == 1 ? out[0] : 1 - out[0]);
}

// Adds a sample's gradient, after Forward.
void Network::Backward(Index sample) {
  double* delta = deltas_.data();
  double* next = delta + wide_;
  std::copy_n(row(layout_.layers), layout_.units[layout_.layers], delta);
  if (fit_.codes == nullptr) {
    delta[0] -= fit_.targets[sample];
  } else if (fit_.classes > 2) {
    delta[fit_.codes[sample]] -= 1;
  } else {
    delta[0] -= fit_.codes[sample];
  }
  const double* weights = weights_ + layout_.weights;
  double* gradient = gradient_.data() + layout_.weights;
  double* bias = gradient_.data() + layout_.parameters();
  for (int l = layout_.layers - 1; l >= 0; --l) {
    const Index in = layout_.units[l], out = layout_.units[l + 1];
    weights -= in * out;
    gradient -= in * out;
    bias -= out;
    const double* from = row(l);
    for (Index j = 0; j < out; ++j) bias[j] += delta[j];
    for (Index i = 0; i < in; ++i) {
      if (from[i] == 0) continue;  // as most are after relu
      OverRows().add_scaled(gradient + i * out, delta, from[i], out);
    }
    if (l == 0) return;
    OverDoubles().products(weights, delta, in, out, next);
    Differentiate(activation_, in, from, next);
    std::swap(delta, next);
  }
}

// Half of alpha times the squares of weights.
double Network::Penalty() const {
  double sum = 0;
  for (int64_t i = 0; i < layout_.weights; ++i) sum += weights_[i] * weights_[i];
  return fit_.options.Number(kAlpha) / 2 * sum;
}

// One of Adam's, along the mean gradient of `count` samples.
void Network::Step(double count) {
  const double alpha = fit_.options.Number(kAlpha);
  const double beta1 = fit_.options.Number(kBeta1), beta2 = fit_.options.Number(kBeta2);
  ++steps_;
  const double rate = fit_.options.Number(kRate) * std::sqrt(1 - moonlet_pow(beta2, steps_)) /
                      (1 - moonlet_pow(beta1, steps_));
  double* first = moments_.data();
  double* second = first + layout_.parameters();
  for (int64_t i = 0; i < layout_.parameters(); ++i) {
    double* to = i < layout_.weights ? weights_ + i : biases_ + (i - layout_.weights);
    double& sum = gradient_[static_cast<Index>(i)];
    const double g = (sum + (i < layout_.weights ? alpha * *to : 0)) / count;
    first[i] = beta1 * first[i] + (1 - beta1) * g;
    second[i] = beta2 * second[i] + (1 - beta2) * g * g;
    *to -= rate * first[i] / (std::sqrt(second[i]) + fit_.options.Number(kEpsilon));
    sum = 0;
  }
}

Status Network::Epoch(const int32_t* order, Index count, double share, double* loss) {
  const int64_t asked = fit_.options.Whole(kBatch);
  const Index batch =
      static_cast<Index>(std::min<int64_t>(asked > 0 ? asked : kLargestBatch, count));
  *loss = 0;
  for (Index first = 0; first < count; first += batch) {
    const Index end = std::min(first + batch, count);
    for (Index i = first; i < end; ++i) {
      if (Status s = Poll(3 * layout_.weights, share); !s.ok()) return s;
      Forward(order[i]);
      *loss += Loss(order[i]);
      Backward(order[i]);
    }
    *loss += Penalty();
    Step(static_cast<double>(end - first));
    if (Status s = Poll(20 * layout_.parameters(), share); !s.ok()) return s;
  }
  *loss /= static_cast<double>(count);
  return {};
}

Status Network::Score(const int32_t* order, Index count, double share, double* score) {
  double hits = 0, mean = 0, errors = 0, spread = 0;
  const Index outputs = layout_.units[layout_.layers];
  for (Index i = 0; i < count && fit_.targets != nullptr; ++i) mean += fit_.targets[order[i]];
  mean /= static_cast<double>(count);
  for (Index i = 0; i < count; ++i) {
    if (Status s = Poll(layout_.weights, share); !s.ok()) return s;
    Forward(order[i]);
    const double* out = row(layout_.layers);
    if (fit_.targets != nullptr) {
      const double target = fit_.targets[order[i]];
      errors += (out[0] - target) * (out[0] - target);
      spread += (target - mean) * (target - mean);
      continue;
    }
    const Index code = outputs > 1 ? std::max_element(out, out + outputs) - out : out[0] > 0.5;
    hits += code == fit_.codes[order[i]];
  }
  *score = hits / static_cast<double>(count);
  if (fit_.targets != nullptr) *score = spread > 0 ? 1 - errors / spread : 0;
  return {};
}

}  // namespace moonlet::ml::mlp
