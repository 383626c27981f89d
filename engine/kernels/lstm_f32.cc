#include <algorithm>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/logistic.h"
#include "engine/kernels/lstm.h"

namespace moonlet {
namespace {

// Gate `g` of one step; `part` is scratch.
bool ComputeGate(const LstmShape& shape, int g, const float* frame, const LstmF32Weights& weights,
                 const float* hidden, float* gate, float* part, const StopToken& stop) {
  const auto units = static_cast<size_t>(shape.units);
  const RangeF32 all = MakeRangeF32(Activation::kNone);
  const FullyConnectedF32Params from_input = {1, shape.depth, shape.units, all};
  const FullyConnectedF32Params from_hidden = {1, shape.units, shape.units, all};
  if (!FullyConnectedF32(from_input, frame, weights.input[g], weights.bias[g], gate, stop) ||
      !FullyConnectedF32(from_hidden, hidden, weights.recurrent[g], {}, part, stop))
    return false;
  Kernels<float>().plus(gate, part, gate, units);
  if (g != kCellGate) return LogisticF32(shape.units, gate, gate, stop);
  Kernels<float>().tanh(gate, gate, units);
  return true;
}

void UpdateStates(const LstmF32Params& p, const float* gates, float* cell, float* hidden) {
  const int32_t units = p.shape.units;
  const float* in = gates + kInputGate * units;
  const float* forget = gates + kForgetGate * units;
  const float* update = gates + kCellGate * units;
  const float* out = gates + kOutputGate * units;
  for (int32_t i = 0; i < units; ++i) {
    const float kept = cell[i] * forget[i];
    const float added = in[i] * update[i];
    cell[i] = kept + added;
    if (p.cell_clip > 0) cell[i] = Clamp(cell[i], {-p.cell_clip, p.cell_clip});
  }
  Kernels<float>().tanh(cell, hidden, static_cast<size_t>(units));
  for (int32_t i = 0; i < units; ++i) hidden[i] *= out[i];
}

}  // namespace

bool LstmF32(const LstmF32Params& p, const float* input, const LstmF32Weights& weights,
             float* hidden, float* cell, float* gates, float* output, const StopToken& stop) {
  const LstmShape& shape = p.shape;
  float* part = gates + kLstmGates * shape.units;
  for (int32_t n = 0; n < shape.batches; ++n, hidden += shape.units, cell += shape.units) {
    for (int32_t step = 0; step < shape.steps; ++step) {
      const int64_t frame = shape.Frame(n, step);
      for (int g = 0; g < kLstmGates; ++g)
        if (!ComputeGate(shape, g, input + frame * shape.depth, weights, hidden,
                         gates + g * shape.units, part, stop))
          return false;
      UpdateStates(p, gates, cell, hidden);
      std::copy_n(hidden, shape.units, output + frame * shape.units);
    }
  }
  return true;
}

}  // namespace moonlet
