// engine/kernels/svdf.h - SVDF: a layer with a memory of the last frames. Each filter is a
// feature filter, which makes one number of a frame, and a time filter over the last
// `memory` such numbers; a unit adds `rank` filters. Stopping and FlushDenormals as
// engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

struct SvdfS8Params {
  int32_t batches = 1;
  int32_t depth = 0;    // of a frame
  int32_t filters = 0;  // a multiple of rank
  int32_t rank = 1;
  int32_t memory = 0;
  int16_t input_zero = 0;
  int16_t state_zero = 0;
  Multiplier feature_scale;  // from a feature filter's sum to the state
  Multiplier time_scale;     // from the time filters' sum to the output
  OutputS8 output;
  int16_t unused = 0;
};

// The factors input * feature / state and state * time / output: products and quotients in
// float32. False when one is out of range.
[[nodiscard]] bool MakeSvdfScales(float input, float features, float state, float times,
                                  float output, SvdfS8Params* p);

// Takes one frame per batch. `features` is {filters, depth}, `times` {filters, memory},
// `bias` {filters / rank}, `state` {batches, filters, memory}, the oldest number first.
// A feature filter's sum of w * (x - input_zero) is rescaled, saturated to State,
// + state_zero, wrapping; a unit's sum of w * (state - state_zero), + bias, is rescaled,
// + output zero, clamped. All sums wrap. State is int8_t or int16_t.
template <typename State>
[[nodiscard]] bool SvdfS8(const SvdfS8Params& p, const int8_t* input, const int8_t* features,
                          Unaligned<State> times, Unaligned<int32_t> bias, State* state,
                          int8_t* output, const StopToken& stop);

// What some filters remember, beside their weights for it.
template <typename State>
struct SvdfMemory {
  const State* state;
  int32_t zero;
  Unaligned<State> times;
  std::ptrdiff_t row;  // from one filter to the next, of both
  std::ptrdiff_t count;
  int32_t filters;
};

struct SvdfF32Params {
  int32_t batches = 1;
  int32_t depth = 0;
  int32_t filters = 0;
  int32_t rank = 1;
  int32_t memory = 0;
  Activation activation = Activation::kNone;  // all of them do something here
  int8_t unused[3] = {};
};
// The same in float32: inner products in 16 lanes (float_kernels.h), which a unit adds to its
// bias, or to +0, in order. `numbers` is scratch, one per filter. kSignBit gives 1 for a
// negative result, else 0.
[[nodiscard]] bool SvdfF32(const SvdfF32Params& p, const float* input, Unaligned<float> features,
                           Unaligned<float> times, Unaligned<float> bias, float* state,
                           float* numbers, float* output, const StopToken& stop);

namespace scalar {  // the inner loop (integer_loops.h)
// sums[i] += the sum of w * (state - zero) of filter i, wrapping.
template <typename State>
void AddSvdfSums(const SvdfMemory<State>& memory, int32_t* sums);
}  // namespace scalar
}  // namespace moonlet
