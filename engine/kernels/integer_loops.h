// engine/kernels/integer_loops.h - the inner loops of quantised operators that have a variant
// per instruction set, as a table, and the one place that chooses which table runs. Operators
// with prepared weights have tables of their own (filter_s8.h).
//
// Every table gives the bits of scalar::kIntegerLoops.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/isa.h"
#include "engine/kernels/add.h"
#include "engine/kernels/broadcast_run.h"
#include "engine/kernels/leaky_relu.h"
#include "engine/kernels/lstm.h"
#include "engine/kernels/mul.h"
#include "engine/kernels/quantize.h"
#include "engine/kernels/reduction.h"
#include "engine/kernels/resize.h"
#include "engine/kernels/sigmoid.h"
#include "engine/kernels/softmax.h"
#include "engine/kernels/svdf.h"
#include "engine/kernels/wide_finish.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

// Two operands of an elementwise operator. A step of 0 repeats the one element, else it is 1.
// The output may be the memory of an operand that steps.
template <typename T>
struct PairRun {
  const T* a;
  const T* b;
  T* output;
  int32_t count;
  int32_t step_a;
  int32_t step_b;
};
using PairRunS8 = PairRun<int8_t>;
using PairRunS16 = PairRun<int16_t>;

// Calls op(run) for each run of two tensors that broadcast.
template <typename T, typename Op>
bool ForEachPairRun(const BroadcastPair& shape, const T* a, const T* b, T* output,
                    const StopToken& stop, Op op) {
  return ForEachBroadcastRun(
      shape, a, b, output, stop,
      [&op](const T* x, const T* y, T* out, int32_t count, int32_t step_x, int32_t step_y) {
        op({x, y, out, count, step_x, step_y});
      });
}

// The part of a pooling window that lies in the image, at some neighbouring channels.
struct PoolWindowS8 {
  const int8_t* first;
  int32_t rows;
  int32_t columns;
  std::ptrdiff_t row;     // from one row to the next
  std::ptrdiff_t column;  // from one column to the next
  int32_t channels;
  int16_t min;
  int16_t max;
};

// A vector and rows of weights to multiply it by.
template <typename T>
struct DotRows {
  const T* x;
  int32_t x_zero;
  const int8_t* weights;
  int32_t weights_zero;
  std::ptrdiff_t row;  // from one row to the next
  std::ptrdiff_t count;
  int32_t rows;
};

// The part of a window that lies in an image of int16, and the weights of its taps, at some
// neighbouring channels that have one weight each.
struct WeightedWindowS16 {
  const int16_t* x;
  const int8_t* weights;
  int32_t rows;
  int32_t columns;
  std::ptrdiff_t x_row;  // from one row to the next
  std::ptrdiff_t x_column;
  std::ptrdiff_t weights_row;
  std::ptrdiff_t weights_column;
  int32_t channels;
};

// DotRows where the vector, and each row, is some lines of memory: the taps of a filter at a
// pixel. Zero points are 0.
template <typename T>
struct DotLines {
  const T* x;
  std::ptrdiff_t x_line;  // from one line to the next
  const int8_t* weights;
  std::ptrdiff_t weights_line;
  std::ptrdiff_t row;
  std::ptrdiff_t count;  // of a line
  int32_t lines;
  int32_t rows;
};

struct IntegerLoops {
  const char* name;
  void (*add_s8)(const AddS8Params& p, const PairRunS8& run);
  void (*subtract_s8)(const AddS8Params& p, const PairRunS8& run);
  void (*add_s16)(const AddS16Params& p, const PairRunS16& run);
  void (*subtract_s16)(const AddS16Params& p, const PairRunS16& run);
  void (*multiply_s8)(const MulS8Params& p, const PairRunS8& run);
  // One output per channel.
  void (*average_s8)(const PoolWindowS8& window, int8_t* output);
  void (*max_s8)(const PoolWindowS8& window, int8_t* output);
  void (*leaky_relu_s16)(const LeakyReluParams& p, const int16_t* input, size_t n, int16_t* output);
  // sums[i] += sum of (x - x_zero) * (row i - weights_zero), wrapping. Zero points are within
  // the vectors' types.
  void (*add_dots_s8)(const DotRows<int8_t>& dots, int32_t* sums);
  void (*add_dots_s16)(const DotRows<int16_t>& dots, int64_t* sums);
  // sums[c] += sum of the products at channel c.
  void (*add_window_s16)(const WeightedWindowS16& window, int64_t* sums);
  // sums[c] += sum of the window at channel c, wrapping; its range does not count.
  void (*sum_s8)(const PoolWindowS8& window, int32_t* sums);
  // output[i] = entries[input[i] + 128]; the output may be the input's memory.
  void (*map_bytes)(const int8_t* entries, const int8_t* input, size_t n, int8_t* output);
  void (*softmax_s8_row)(const SoftmaxS8Params& p, const int8_t* x, int8_t* output);
  // As scalar::LstmGate and LstmStates (lstm.h) have it.
  void (*lstm_gate_s8)(const LstmIntegerParams::Gate& scales, bool is_cell,
                       const int32_t* from_input, const int32_t* from_hidden, int32_t count,
                       int16_t* gate);
  void (*lstm_states_s8)(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell,
                         int8_t* hidden);
  void (*add_lines_s16)(const DotLines<int16_t>& dots, int64_t* sums);
  void (*lstm_states_s16)(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell,
                          int16_t* hidden);
  // Other rows of SOFTMAX; the last may be in place.
  void (*softmax_s8_to_s16_row)(const SoftmaxS8Params& p, const int8_t* x, int16_t* output);
  void (*softmax_s16_row)(const SoftmaxS16Params& p, const int16_t* x, int16_t* output);
  // The sum of n elements, wrapping.
  int32_t (*sum_run_s8)(const int8_t* x, size_t n);
  int32_t (*sum_run_s16)(const int16_t* x, size_t n);
  // Outputs of ReduceSum, of whose sums `zeros` is subtracted.
  void (*rescale_sums_s8)(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n,
                          int8_t* output);
  void (*rescale_sums_s16)(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n,
                           int16_t* output);
  // Quantize, Dequantize and Requantize (quantize.h).
  void (*quantize_s8)(const float* x, size_t n, float scale, int32_t zero, int8_t* output);
  void (*quantize_s16)(const float* x, size_t n, float scale, int32_t zero, int16_t* output);
  void (*dequantize_s8)(const int8_t* x, size_t n, float scale, int32_t zero, float* output);
  void (*dequantize_s16)(const int16_t* x, size_t n, float scale, int32_t zero, float* output);
  void (*requantize_s8)(const RequantizeParams& p, const int8_t* x, size_t n, int8_t* output);
  void (*requantize_s8_to_s16)(const RequantizeParams& p, const int8_t* x, size_t n,
                               int16_t* output);
  void (*requantize_s16_to_s8)(const RequantizeParams& p, const int16_t* x, size_t n,
                               int8_t* output);
  void (*requantize_s16)(const RequantizeParams& p, const int16_t* x, size_t n, int16_t* output);
  // LogisticByTable and TanhByTable (sigmoid.h) of the arguments.
  void (*logistic_s16)(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output);
  void (*tanh_s16)(SigmoidScale scale, const int16_t* x, size_t n, int16_t* output);
  // The sums of SVDF's time filters.
  void (*add_svdf_s8)(const SvdfMemory<int8_t>& memory, int32_t* sums);
  void (*add_svdf_s16)(const SvdfMemory<int16_t>& memory, int32_t* sums);
  // A pixel of RESIZE_BILINEAR.
  void (*mix_pixels_s8)(const PixelMixS8& mix, int8_t* output);
  // What ends an operator with int16 activations, at n channels.
  void (*finish_wide)(const WideFinish& f, const int64_t* sums, int32_t n, int16_t* output);
};

// The table for that level of the host's instruction sets, or the best below it; on a device the
// one there is.
const IntegerLoops& ChooseIntegerLoops(Isa isa);
// That of HostIsa().
const IntegerLoops& BestIntegerLoops();

// The loops above in pieces short enough to poll between. False: stop now.
[[nodiscard]] bool AddDots(const DotRows<int8_t>& dots, WorkMeter& meter, int32_t* sums);
[[nodiscard]] bool AddDots(const DotRows<int16_t>& dots, WorkMeter& meter, int64_t* sums);
[[nodiscard]] bool AddDots(const DotLines<int16_t>& dots, WorkMeter& meter, int64_t* sums);

namespace scalar {
extern const IntegerLoops kIntegerLoops;
void AddWindowS16(const WeightedWindowS16& window, int64_t* sums);
void SumS8(const PoolWindowS8& window, int32_t* sums);
void MapBytes(const int8_t* entries, const int8_t* input, size_t n, int8_t* output);
}  // namespace scalar
#if defined(__ARM_FEATURE_MVE)
namespace mve {
extern const IntegerLoops kIntegerLoops;
}
#elif defined(__x86_64__)
namespace avx2 {
extern const IntegerLoops kIntegerLoops;
}
namespace avx512vnni {
extern const IntegerLoops kIntegerLoops;
}
namespace avx512vbmi {  // runs where HostHasVbmi()
void AddS8(const AddS8Params& p, const PairRunS8& run);
}
#endif

}  // namespace moonlet
