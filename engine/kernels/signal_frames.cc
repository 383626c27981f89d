#include "engine/kernels/signal_frames.h"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace moonlet {
namespace {

int16_t* CopySamples(const int16_t* from, int32_t n, int16_t* to) {
  return std::copy(from, from + n, to);
}
// Drops the first `n` of `held` values.
template <typename T>
void DropFirst(T* values, int32_t held, int32_t n) {
  std::copy(values + n, values + held, values);
}

int16_t Added(int16_t a, int16_t b) {
  using Limits = std::numeric_limits<int16_t>;
  return static_cast<int16_t>(std::clamp<int32_t>(a + b, Limits::min(), Limits::max()));
}
float Added(float a, float b) { return a + b; }

}  // namespace

bool FrameS16(const FramerParams& p, const int16_t* input, int32_t* arrived, int16_t* waiting,
              int16_t* output) {
  const int32_t before = *arrived + (p.prefill ? p.size - p.step : 0);
  int32_t held = before;
  bool ready = true;
  for (int32_t row = 0; row < p.rows; ++row, waiting += FramerBuffer(p)) {
    held = before;
    for (int32_t block = 0; block < p.blocks; ++block, input += p.step, output += p.size) {
      CopySamples(input, p.step, waiting + held);
      held += p.step;
      if (held < p.size) {
        std::fill_n(output, p.size, int16_t{0});
        ready = false;
        continue;
      }
      CopySamples(waiting, p.size, output);
      DropFirst(waiting, held, p.step);
      held -= p.step;
    }
  }
  *arrived += held - before;
  return ready;
}

bool StackS16(const StackerParams& p, const int16_t* input, StackerState* state, int16_t* waiting,
              int16_t* output) {
  const int32_t copies = state->started != 0 ? 1 : 1 + p.left;
  state->started = 1;
  for (int32_t i = 0; i < copies; ++i)
    CopySamples(input, p.channels, waiting + state->frames++ * p.channels);
  const int32_t stack = p.frames * p.channels;
  if (state->frames < p.frames) {
    std::fill_n(output, stack, int16_t{0});
    return false;
  }
  CopySamples(waiting, stack, output);
  DropFirst(waiting, stack, p.step * p.channels);
  state->frames -= p.step;
  return true;
}

void DelayS16(int32_t rows, int32_t length, int32_t delay, const int16_t* input, int16_t* waiting,
              int16_t* output) {
  const int32_t late = std::min(length, delay);  // samples that come from what waits
  for (int32_t row = 0; row < rows; ++row, input += length, waiting += delay) {
    output = CopySamples(waiting, late, output);
    output = CopySamples(input, length - late, output);
    DropFirst(waiting, delay, late);
    CopySamples(input + length - late, late, waiting + delay - late);
  }
}

template <typename T>
void OverlapAdd(const OverlapAddParams& p, const T* input, T* waiting, T* output) {
  for (int32_t row = 0; row < p.rows; ++row, waiting += p.size) {
    for (int32_t frame = 0; frame < p.frames; ++frame, input += p.size) {
      for (int32_t i = 0; i < p.size; ++i) waiting[i] = Added(waiting[i], input[i]);
      output = std::copy(waiting, waiting + p.step, output);
      DropFirst(waiting, p.size, p.step);
      std::fill(waiting + p.size - p.step, waiting + p.size, T{0});
    }
  }
}

template void OverlapAdd(const OverlapAddParams&, const int16_t*, int16_t*, int16_t*);
template void OverlapAdd(const OverlapAddParams&, const float*, float*, float*);

}  // namespace moonlet
