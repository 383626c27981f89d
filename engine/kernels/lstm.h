// engine/kernels/lstm.h - UNIDIRECTIONAL_SEQUENCE_LSTM: a cell and a hidden state that four
// gates change with every frame of a sequence.
//
//   gate = f(weights * frame + recurrent weights * hidden + bias), f = logistic or tanh
//   cell = forget gate * cell + input gate * cell gate
//   hidden = output gate * tanh(cell), which is the output of the step
//
// All gates of a step read the hidden state of the step before. States are {batches, units}
// and stay between calls. Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstdint>
#include <type_traits>

#include "engine/base/stop_token.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/sigmoid.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

// In the order of the operator's inputs.
enum LstmGate { kInputGate, kForgetGate, kCellGate, kOutputGate };
inline constexpr int kLstmGates = 4;

struct LstmShape {
  int32_t batches = 1;
  int32_t steps = 1;
  int32_t depth = 0;  // of a frame
  int32_t units = 0;
  bool time_major = false;  // frames are {steps, batches, depth}, not {batches, steps, depth}
  int8_t unused[3] = {};

  // The number of a frame in the input, and in the output.
  int64_t Frame(int32_t batch, int32_t step) const {
    return time_major ? int64_t{step} * batches + batch : int64_t{batch} * steps + step;
  }
};

// Per gate: weights {units, depth}, recurrent weights {units, units}, bias {units}.
template <typename Weights, typename Bias>
struct LstmWeights {
  Weights input[kLstmGates];
  Weights recurrent[kLstmGates];
  Unaligned<Bias> bias[kLstmGates];
};

struct LstmIntegerParams {
  struct Gate {
    Multiplier input_scale;  // from the sum to Q3.12
    Multiplier recurrent_scale;
    int16_t weight_zero = 0;
    int16_t recurrent_zero = 0;
  };

  LstmShape shape;
  Gate gates[kLstmGates];
  Multiplier forget_scale;  // from forget gate * cell to cell
  Multiplier update_scale;  // from input gate * cell gate to cell
  Multiplier hidden_scale;  // from output gate * tanh to hidden
  SigmoidScale cell_scale;
  int16_t cell_min = -32768;
  int16_t cell_max = 32767;
  int16_t input_zero = 0;
  int16_t hidden_zero = 0;
};

struct LstmScales {
  float input;
  float hidden;
  float cell;
  float weights[kLstmGates];
  float recurrent[kLstmGates];
};
// Everything of `p` that follows from scales and the limit of the cell, none if 0 or less.
// False when a scale is out of range: the cell's must lie between 2^-42 and 4.
[[nodiscard]] bool MakeLstmScales(const LstmScales& scales, float cell_clip, LstmIntegerParams* p);

// A bias is as wide as the sums it goes to: int32 for int8, int64 for int16 activations.
template <typename T>
using LstmBias = std::conditional_t<sizeof(T) == 1, int32_t, int64_t>;
template <typename T>
using LstmIntegerWeights = LstmWeights<const int8_t*, LstmBias<T>>;

// Either sum of a gate is rescaled and saturated to int16 by itself, then both are added,
// saturating; so are the two products of the cell. Sums of int8 wrap at 32 bits and are
// rescaled as such, sums of int16 have 64. T is int8_t or int16_t; `gates` is scratch for
// 4 * units values.
template <typename T>
[[nodiscard]] bool LstmInteger(const LstmIntegerParams& p, const T* input,
                               const LstmIntegerWeights<T>& weights, T* hidden, int16_t* cell,
                               int16_t* gates, T* output, const StopToken& stop);

namespace scalar {
// `count` units of a gate from both sums, of which those of the input have the bias.
template <typename Sum>
void LstmGate(const LstmIntegerParams::Gate& scales, bool is_cell, const Sum* from_input,
              const Sum* from_hidden, int32_t count, int16_t* gate);
// What the gates, in Q0.15, make of the states.
template <typename T>
void LstmStates(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, T* hidden);
}  // namespace scalar

struct LstmF32Params {
  LstmShape shape;
  float cell_clip = 0;  // the limit of the cell; none if 0 or less
};
using LstmF32Weights = LstmWeights<Unaligned<float>, float>;

// Both inner products of a gate as FullyConnectedF32 has them, the bias with the first;
// then one operation after the other. `gates` is scratch for 5 * units values.
[[nodiscard]] bool LstmF32(const LstmF32Params& p, const float* input,
                           const LstmF32Weights& weights, float* hidden, float* cell, float* gates,
                           float* output, const StopToken& stop);

}  // namespace moonlet
