#include "engine/kernels/svdf.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

using scalar::kDotPiece;

// Filters whose sums are computed together.
constexpr int32_t kFiltersTogether = 16;

// Adds piece(begin, count) for pieces of 0..n to `sum`, wrapping. False: stop now.
template <typename Piece>
bool SumPieces(int32_t n, WorkMeter& meter, int32_t* sum, Piece piece) {
  for (std::ptrdiff_t begin = 0; begin < n; begin += kDotPiece) {
    const std::ptrdiff_t count = std::min<std::ptrdiff_t>(kDotPiece, n - begin);
    if (!meter.Spend(count)) return false;
    *sum = WrapAdd(*sum, piece(begin, count));
  }
  return true;
}

// The products fit int32 for either type, their sum may not.
template <typename State>
int32_t TimeDot(Unaligned<State> weights, const State* state, int32_t zero, std::ptrdiff_t begin,
                std::ptrdiff_t count) {
  int32_t sum = 0;
  for (std::ptrdiff_t i = begin; i < begin + count; ++i)
    sum = WrapAdd(sum, weights[i] * (state[i] - zero));
  return sum;
}

// Forgets the oldest number of each filter and remembers this frame's.
template <typename State>
bool Remember(const SvdfS8Params& p, const int8_t* input, const int8_t* features, State* state,
              WorkMeter& meter) {
  using Limits = std::numeric_limits<State>;
  const std::ptrdiff_t depth = p.depth;
  for (int32_t first = 0; first < p.filters; first += kFiltersTogether) {
    const int32_t count = std::min(kFiltersTogether, p.filters - first);
    int32_t sums[kFiltersTogether] = {};
    if (!AddDots({input, p.input_zero, features + first * depth, 0, depth, depth, count}, meter,
                 sums))
      return false;
    for (int32_t i = 0; i < count; ++i, state += p.memory) {
      const int32_t scaled = Rescale(sums[i], p.feature_scale);
      const int32_t number = std::clamp<int32_t>(scaled, Limits::min(), Limits::max());
      std::memmove(state, state + 1, static_cast<size_t>(p.memory - 1) * sizeof(State));
      state[p.memory - 1] = static_cast<State>(number + p.state_zero);
    }
  }
  return true;
}

template <typename State>
bool Recall(const SvdfS8Params& p, Unaligned<State> times, Unaligned<int32_t> bias,
            const State* state, int8_t* output, WorkMeter& meter) {
  for (int32_t unit = 0; unit < p.filters / p.rank; ++unit) {
    int32_t sum = bias[unit];
    for (int32_t i = 0; i < p.rank; ++i, times = times + p.memory, state += p.memory) {
      const auto dot = [&](std::ptrdiff_t begin, std::ptrdiff_t count) {
        return TimeDot(times, state, p.state_zero, begin, count);
      };
      if (!SumPieces(p.memory, meter, &sum, dot)) return false;
    }
    *output++ = scalar::FinishS8(sum, p.time_scale, p.output);
  }
  return true;
}

}  // namespace

bool MakeSvdfScales(float input, float features, float state, float times, float output,
                    SvdfS8Params* p) {
  const float feature_product = input * features;
  const float time_product = state * times;
  return MakeMultiplier(double{feature_product / state}, &p->feature_scale) &&
         MakeMultiplier(double{time_product / output}, &p->time_scale);
}

template <typename State>
bool SvdfS8(const SvdfS8Params& p, const int8_t* input, const int8_t* features,
            Unaligned<State> times, Unaligned<int32_t> bias, State* state, int8_t* output,
            const StopToken& stop) {
  WorkMeter meter(stop);
  const std::ptrdiff_t row = std::ptrdiff_t{p.filters} * p.memory;
  for (int32_t n = 0; n < p.batches; ++n) {
    if (!Remember(p, input, features, state, meter)) return false;
    if (!Recall(p, times, bias, state, output, meter)) return false;
    input += p.depth;
    state += row;
    output += p.filters / p.rank;
  }
  return true;
}

template bool SvdfS8(const SvdfS8Params&, const int8_t*, const int8_t*, Unaligned<int8_t>,
                     Unaligned<int32_t>, int8_t*, int8_t*, const StopToken&);
template bool SvdfS8(const SvdfS8Params&, const int8_t*, const int8_t*, Unaligned<int16_t>,
                     Unaligned<int32_t>, int16_t*, int8_t*, const StopToken&);

}  // namespace moonlet
