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

// Sum of times * (state - zero), wrapping. The products fit int32 for either type.
int32_t TimeDot(Unaligned<int8_t> times, const int8_t* state, int32_t zero, std::ptrdiff_t n) {
  int32_t sum = 0;
  const auto* row = static_cast<const int8_t*>(times.data());
  BestIntegerLoops().add_dots_s8({state, zero, row, 0, n, n, 1}, &sum);
  return sum;
}
int32_t TimeDot(Unaligned<int16_t> times, const int16_t* state, int32_t zero, std::ptrdiff_t n) {
  int32_t sum = BestIntegerLoops().dot_s16(state, times, n);
  for (std::ptrdiff_t i = 0; zero != 0 && i < n; ++i) sum = WrapSub(sum, WrapMul(zero, times[i]));
  return sum;
}

// Moves n numbers a place to the front, by words: memmove takes them byte by byte.
template <typename State>
void MoveToFront(State* numbers, std::ptrdiff_t n) {
  constexpr std::ptrdiff_t kWord = sizeof(uint32_t) / sizeof(State);
  for (; n >= kWord; n -= kWord, numbers += kWord) {
    uint32_t word;
    std::memcpy(&word, numbers + 1, sizeof(word));
    std::memcpy(numbers, &word, sizeof(word));
  }
  for (; n > 0; --n, ++numbers) numbers[0] = numbers[1];
}

// Forgets the oldest number of each filter and remembers this frame's.
template <typename State>
bool Remember(const SvdfS8Params& p, const int8_t* input, const int8_t* features, State* state,
              WorkMeter& meter) {
  using Limits = std::numeric_limits<State>;
  const std::ptrdiff_t depth = p.depth;
  MoveToFront(state, std::ptrdiff_t{p.filters} * p.memory - 1);
  for (int32_t first = 0; first < p.filters; first += kFiltersTogether) {
    const int32_t count = std::min(kFiltersTogether, p.filters - first);
    int32_t sums[kFiltersTogether] = {};
    if (!AddDots({input, p.input_zero, features + first * depth, 0, depth, depth, count}, meter,
                 sums))
      return false;
    for (int32_t i = 0; i < count; ++i, state += p.memory) {
      const int32_t scaled = Rescale(sums[i], p.feature_scale);
      const int32_t number = std::clamp<int32_t>(scaled, Limits::min(), Limits::max());
      state[p.memory - 1] = static_cast<State>(number + p.state_zero);
    }
  }
  return true;
}

template <typename State>
bool Recall(const SvdfS8Params& p, Unaligned<State> times, Unaligned<int32_t> bias,
            const State* state, int8_t* output, WorkMeter& meter) {
  const std::ptrdiff_t row = std::ptrdiff_t{p.rank} * p.memory;  // of a unit
  for (int32_t unit = 0; unit < p.filters / p.rank; ++unit) {
    int32_t sum = bias[unit];
    for (std::ptrdiff_t left = row; left > 0; left -= kDotPiece) {
      const std::ptrdiff_t count = std::min(kDotPiece, left);
      if (!meter.Spend(count)) return false;
      sum = WrapAdd(sum, TimeDot(times, state, p.state_zero, count));
      times = times + count;
      state += count;
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
