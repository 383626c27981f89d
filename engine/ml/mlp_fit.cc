// engine/ml/mlp_fit.cc - epochs of a multilayer perceptron, and when they end.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/ml/buffer.h"
#include "engine/ml/mlp_network.h"

namespace moonlet::ml::mlp {
namespace {

// Fisher and Yates.
void Shuffle(Random* random, int32_t* order, Index count) {
  for (Index i = count - 1; i > 0; --i)
    std::swap(order[i], order[random->UpTo(static_cast<uint64_t>(i))]);
}

// Weights as they were `best` so far.
struct Best {
  Best(Allocator& memory, Index parameters) : values(memory, parameters) {}
  void Take(const Layout& layout, const State& state) {
    std::copy_n(state.get<double>(kCoefs), layout.weights, values.data());
    std::copy_n(state.get<double>(kIntercepts), layout.biases, values.data() + layout.weights);
  }
  void Give(const Layout& layout, State* state) {
    std::copy_n(values.data(), layout.weights, state->own<double>(kCoefs));
    std::copy_n(values.data() + layout.weights, layout.biases, state->own<double>(kIntercepts));
  }
  Buffer<double> values;
};

Status KeepCurve(const List<double>& curve, State* state) {
  if (Status s = state->Make(kLossCurve, DType::kFloat64, {curve.size()}); !s.ok()) return s;
  std::copy_n(curve.data(), curve.size(), state->own<double>(kLossCurve));
  return {};
}

// Epochs until the loss, or the score of what is held back, no longer improves.
Status Run(const Fit& fit, const Layout& layout, Network* network, Random* random, int32_t* order,
           List<double>* curve, State* state) {
  const bool stops = fit.options.Flag(kEarlyStopping);
  Index held = 0;
  if (stops) {
    Shuffle(random, order, fit.x.count);
    held = static_cast<Index>(
        std::ceil(fit.options.Number(kValidation) * static_cast<double>(fit.x.count)));
    held = std::max<Index>(held, 1);
    if (held >= fit.x.count)
      return Status::Invalid("early_stopping holds back all %td samples", fit.x.count);
  }
  Best best(fit.work.memory, stops ? static_cast<Index>(layout.parameters()) : 1);
  if (!best.values.ok()) return best.values.Refusal();
  const int64_t iterations = fit.options.Whole(kIterations);
  const double tol = fit.options.Number(kTol);
  double least = std::numeric_limits<double>::infinity();  // loss, or score below 0
  int64_t idle = 0;
  for (int64_t i = 0; i < iterations && idle <= fit.options.Whole(kPatience); ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(iterations);
    if (Status s = fit.work.Done(share); !s.ok()) return s;
    if (fit.options.Flag(kShuffle)) Shuffle(random, order + held, fit.x.count - held);
    double loss, score;
    if (Status s = network->Epoch(order + held, fit.x.count - held, share, &loss); !s.ok())
      return s;
    if (!std::isfinite(loss)) return Status::Invalid("the loss is not finite: scale the samples");
    if (!curve->Add(loss)) return curve->Refusal();
    if (stops) {
      if (Status s = network->Score(order, held, share, &score); !s.ok()) return s;
      loss = -score;
    }
    idle = loss > least - tol ? idle + 1 : 0;
    if (loss < least && stops) best.Take(layout, *state);
    least = std::min(least, loss);
  }
  if (stops) best.Give(layout, state);
  return {};
}

Status MakeArrays(const Fit& fit, const Layout& layout, State* state) {
  if (layout.parameters() > PTRDIFF_MAX / 64)
    return Status::Invalid("too many weights: %lld", static_cast<long long>(layout.parameters()));
  const auto weights = static_cast<Index>(layout.weights);
  if (Status s = state->Make(kCoefs, DType::kFloat64, {weights}); !s.ok()) return s;
  const auto biases = static_cast<Index>(layout.biases);
  if (Status s = state->Make(kIntercepts, DType::kFloat64, {biases}); !s.ok()) return s;
  if (fit.before == nullptr) return {};
  const State& before = fit.before->state;
  std::copy_n(before.get<double>(kCoefs), weights, state->own<double>(kCoefs));
  std::copy_n(before.get<double>(kIntercepts), biases, state->own<double>(kIntercepts));
  return {};
}

}  // namespace

Status FitNetwork(const Fit& fit, State* state) {
  const Layout layout = LayoutOf(fit.options, fit.x.width, fit.classes);
  if (Status s = MakeArrays(fit, layout, state); !s.ok()) return s;
  Network network(fit, layout, state);
  if (Status s = network.Check(); !s.ok()) return s;
  Buffer<int32_t> order(fit.work.memory, fit.x.count);
  if (!order.ok()) return order.Refusal();
  for (Index i = 0; i < fit.x.count; ++i) order[i] = static_cast<int32_t>(i);
  List<double> curve(fit.work.memory);
  Random random(fit.options.Seed(kSeed));
  network.Start(&random);
  if (Status s = Run(fit, layout, &network, &random, order.data(), &curve, state); !s.ok())
    return s;
  return KeepCurve(curve, state);
}

Status PartialFit(const Fit& fit, State* state) {
  if (fit.codes != nullptr && fit.classes < 2)
    return Status::Invalid("2 classes or more expected, got %td", fit.classes);
  const Layout layout = LayoutOf(fit.options, fit.x.width, fit.classes);
  if (Status s = MakeArrays(fit, layout, state); !s.ok()) return s;
  Network network(fit, layout, state);
  if (Status s = network.Check(); !s.ok()) return s;
  const State* before = fit.before != nullptr ? &fit.before->state : nullptr;
  Index epochs = 0;
  if (before != nullptr && before->has(kLossCurve)) epochs = (*before)[kLossCurve].dim(0);
  Random random(fit.options.Seed(kSeed) + static_cast<uint64_t>(epochs));
  if (before == nullptr) network.Start(&random);
  if (before != nullptr && before->has(kAdam)) network.Resume(before->get<double>(kAdam));
  Buffer<int32_t> order(fit.work.memory, fit.x.count);
  if (!order.ok()) return order.Refusal();
  for (Index i = 0; i < fit.x.count; ++i) order[i] = static_cast<int32_t>(i);
  if (fit.options.Flag(kShuffle)) Shuffle(&random, order.data(), fit.x.count);
  List<double> curve(fit.work.memory);
  for (Index i = 0; i < epochs; ++i)
    if (!curve.Add(before->get<double>(kLossCurve)[i])) return curve.Refusal();
  double loss;
  if (Status s = network.Epoch(order.data(), fit.x.count, 0, &loss); !s.ok()) return s;
  if (!std::isfinite(loss)) return Status::Invalid("the loss is not finite: scale the samples");
  if (!curve.Add(loss)) return curve.Refusal();
  const auto remembered = static_cast<Index>(1 + 2 * layout.parameters());
  if (Status s = state->Make(kAdam, DType::kFloat64, {remembered}); !s.ok()) return s;
  network.Keep(state->own<double>(kAdam));
  return KeepCurve(curve, state);
}

}  // namespace moonlet::ml::mlp
