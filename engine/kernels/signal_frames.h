// engine/kernels/signal_frames.h - streams of samples cut into overlapping frames, stacked,
// delayed and added up again. What each keeps from call to call starts as zeros. No output
// is the memory of an input.
#pragma once
#include <cstdint>

namespace moonlet {

struct FramerParams {
  int32_t rows = 1;      // streams side by side
  int32_t blocks = 1;    // of `step` samples in a row of the input, and frames in the output
  int32_t size = 1;      // of a frame
  int32_t step = 1;      // from one frame to the next, at most `size`
  bool prefill = false;  // size - step zeros come before the first sample
  int8_t unused[3] = {};
};
// Samples a row waits with.
constexpr int32_t FramerBuffer(const FramerParams& p) { return p.size + p.step; }
// A frame is ready as soon as `size` samples wait; before that it is zeros, and the result
// false. `arrived` counts the samples waiting, but for those of prefill; `waiting` holds
// rows * FramerBuffer.
bool FrameS16(const FramerParams& p, const int16_t* input, int32_t* arrived, int16_t* waiting,
              int16_t* output);

struct StackerParams {
  int32_t channels = 1;
  int32_t left = 0;    // times that the very first frame is repeated
  int32_t frames = 1;  // in a stack, more than `left`
  int32_t step = 1;    // frames from one stack to the next, at most `frames`
};
struct StackerState {
  int32_t started = 0;
  int32_t frames = 0;  // waiting
};
// Takes a frame. False, and zeros, while too few frames wait. `waiting` holds a stack.
bool StackS16(const StackerParams& p, const int16_t* input, StackerState* state, int16_t* waiting,
              int16_t* output);

// Each row of `length` samples comes `delay` samples later. `waiting` holds rows * delay.
void DelayS16(int32_t rows, int32_t length, int32_t delay, const int16_t* input, int16_t* waiting,
              int16_t* output);

struct OverlapAddParams {
  int32_t rows = 1;
  int32_t frames = 1;  // in a row
  int32_t size = 1;    // of a frame
  int32_t step = 1;    // of the output, at most `size`
};
// Adds each frame to what waits and gives the first `step` of it. int16 saturates at every
// addition. `waiting` holds rows * size. T is int16_t or float.
template <typename T>
void OverlapAdd(const OverlapAddParams& p, const T* input, T* waiting, T* output);

}  // namespace moonlet
