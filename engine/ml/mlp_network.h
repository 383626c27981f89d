// engine/ml/mlp_network.h - a network that is being fitted.
//
// A sample goes forth and back alone, and its gradient is added to those of its batch: no memory
// grows with the batch.
#pragma once
#include <cstdint>

#include "engine/ml/buffer.h"
#include "engine/ml/mlp.h"
#include "engine/tensor/random.h"

namespace moonlet::ml::mlp {

// Works on the weights and biases in `state`.
class Network {
 public:
  Network(const Fit& fit, const Layout& layout, State* state)
      : fit_(fit),
        layout_(layout),
        weights_(state->own<double>(kCoefs)),
        biases_(state->own<double>(kIntercepts)),
        activation_(fit.options.Word(kActivation)),
        gradient_(fit.work.memory, static_cast<Index>(layout.parameters())),
        moments_(fit.work.memory, static_cast<Index>(layout.parameters()), 2),
        rows_(fit.work.memory, layout.wide(), layout.layers + 1),
        deltas_(fit.work.memory, layout.wide(), 2) {}

  Status Check() const {
    if (!gradient_.ok()) return gradient_.Refusal();
    if (!moments_.ok()) return moments_.Refusal();
    if (!rows_.ok()) return rows_.Refusal();
    return deltas_.ok() ? Status() : deltas_.Refusal();
  }
  void Start(Random* random);
  // Adam, from array kAdam and to it.
  void Resume(const double* adam);
  void Keep(double* adam) const;
  // Once over the samples of `order`; *loss is the mean over them.
  Status Epoch(const int32_t* order, Index count, double share, double* loss);
  // Mean accuracy of a classifier, else R2.
  Status Score(const int32_t* order, Index count, double share, double* score);

 private:
  Status Poll(int64_t multiply_adds, double share);
  double* row(int layer) { return rows_.data() + layer * wide_; }
  void Forward(Index sample);
  double Loss(Index sample);
  void Backward(Index sample);
  double Penalty() const;
  void Step(double count);

  const Fit& fit_;
  const Layout& layout_;
  double* weights_;
  double* biases_;
  const int activation_;
  Buffer<double> gradient_;  // of weights, then of biases
  Buffer<double> moments_;
  Buffer<double> rows_;  // what each layer gives
  Buffer<double> deltas_;
  const Index wide_ = layout_.wide();
  double steps_ = 0;
  int64_t since_poll_ = 0;
};

}  // namespace moonlet::ml::mlp
