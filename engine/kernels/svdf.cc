#include "engine/kernels/svdf.h"

#include <algorithm>
#include <cstring>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Filters whose sums are computed together, and units.
constexpr int32_t kFiltersTogether = 16;

// The inner loops of a type of state.
template <typename State>
struct SvdfLoops;
template <>
struct SvdfLoops<int8_t> {
  const IntegerLoops& loops = BestIntegerLoops();
  decltype(IntegerLoops::add_svdf_s8) add = loops.add_svdf_s8;
  decltype(IntegerLoops::rescale_sums_s8) rescale = loops.rescale_sums_s8;
};
template <>
struct SvdfLoops<int16_t> {
  const IntegerLoops& loops = BestIntegerLoops();
  decltype(IntegerLoops::add_svdf_s16) add = loops.add_svdf_s16;
  decltype(IntegerLoops::rescale_sums_s16) rescale = loops.rescale_sums_s16;
};

// Adds the sums of some filters over all they remember, in pieces to poll between. False: stop
// now.
template <typename State>
bool AddMemory(const SvdfMemory<State>& memory, WorkMeter& meter, int32_t* sums) {
  constexpr std::ptrdiff_t kPiece = 1'000'000 / kFiltersTogether;
  const auto add = SvdfLoops<State>().add;
  for (std::ptrdiff_t begin = 0; begin < memory.count; begin += kPiece) {
    SvdfMemory<State> piece = memory;
    piece.state += begin;
    piece.times = piece.times + begin;
    piece.count = std::min(kPiece, memory.count - begin);
    if (!meter.Spend(piece.count * piece.filters)) return false;
    add(piece, sums);
  }
  return true;
}

// Moves n numbers a place to the front, by words: memmove takes them byte by byte.
template <typename State>
void MoveToFront(State* numbers, std::ptrdiff_t n) {
  constexpr std::ptrdiff_t kWord = sizeof(uintptr_t) / sizeof(State);
  for (; n >= kWord; n -= kWord, numbers += kWord) {
    uintptr_t word;
    std::memcpy(&word, numbers + 1, sizeof(word));
    std::memcpy(numbers, &word, sizeof(word));
  }
  for (; n > 0; --n, ++numbers) numbers[0] = numbers[1];
}

// Forgets the oldest number of each filter and remembers this frame's, which all move down by one.
template <typename State>
bool Remember(const SvdfS8Params& p, const int8_t* input, const int8_t* features, State* state,
              WorkMeter& meter) {
  const std::ptrdiff_t depth = p.depth;
  const auto rescale = SvdfLoops<State>().rescale;
  MoveToFront(state, std::ptrdiff_t{p.filters} * p.memory - 1);
  for (int32_t first = 0; first < p.filters; first += kFiltersTogether) {
    const int32_t count = std::min(kFiltersTogether, p.filters - first);
    int32_t sums[kFiltersTogether] = {};
    State numbers[kFiltersTogether];
    if (!AddDots({input, p.input_zero, features + first * depth, 0, depth, depth, count}, meter,
                 sums))
      return false;
    rescale({p.feature_scale, 0, 0}, 0, sums, static_cast<size_t>(count), numbers);
    for (int32_t i = 0; i < count; ++i, state += p.memory)
      state[p.memory - 1] = static_cast<State>(numbers[i] + p.state_zero);
  }
  return true;
}

// Finishes the sums of `count` units.
void FinishUnits(const SvdfS8Params& p, const int32_t* sums, int32_t count, int8_t* output) {
  const SumParams finish = {p.time_scale, 0, p.output.zero};
  BestIntegerLoops().rescale_sums_s8(finish, 0, sums, static_cast<size_t>(count), output);
  if (p.output.min == OutputS8().min && p.output.max == OutputS8().max) return;
  for (int32_t i = 0; i < count; ++i)
    output[i] = static_cast<int8_t>(std::clamp<int16_t>(output[i], p.output.min, p.output.max));
}

template <typename State>
bool Recall(const SvdfS8Params& p, Unaligned<State> times, Unaligned<int32_t> bias,
            const State* state, int8_t* output, WorkMeter& meter) {
  const std::ptrdiff_t memory = p.memory;
  int32_t units[kFiltersTogether] = {};
  int32_t unit = 0, rank = 0;  // of the next filter
  for (int32_t first = 0; first < p.filters; first += kFiltersTogether) {
    const int32_t count = std::min(kFiltersTogether, p.filters - first);
    int32_t sums[kFiltersTogether] = {};
    const SvdfMemory<State> some = {
        state + first * memory, p.state_zero, times + first * memory, memory, memory, count};
    if (!AddMemory(some, meter, sums)) return false;
    for (int32_t i = 0; i < count; ++i) {
      int32_t& sum = units[unit % kFiltersTogether];
      sum = WrapAdd(rank == 0 ? bias[unit] : sum, sums[i]);
      if (++rank < p.rank) continue;
      rank = 0;
      if (++unit % kFiltersTogether != 0 && first + i + 1 < p.filters) continue;
      const int32_t ready = (unit - 1) % kFiltersTogether + 1;
      FinishUnits(p, units, ready, output + (unit - ready));
    }
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

// The products fit int32 for either type, their sum may not.
template <typename State>
void scalar::AddSvdfSums(const SvdfMemory<State>& memory, int32_t* sums) {
  for (int32_t f = 0; f < memory.filters; ++f) {
    const State* state = memory.state + f * memory.row;
    const Unaligned<State> times = memory.times + f * memory.row;
    for (std::ptrdiff_t i = 0; i < memory.count; ++i)
      sums[f] = WrapAdd(sums[f], times[i] * (state[i] - memory.zero));
  }
}
template void scalar::AddSvdfSums(const SvdfMemory<int8_t>&, int32_t*);
template void scalar::AddSvdfSums(const SvdfMemory<int16_t>&, int32_t*);

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
