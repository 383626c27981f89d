#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/libm.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/lstm.h"
#include "engine/kernels/offset_dot.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

using scalar::FinishS16;
// Units whose sums are computed together.
constexpr int32_t kUnitsTogether = 16;

// The arguments of a gate's function at some units.
void FinishGate(const int64_t* input, const int64_t* hidden, const LstmIntegerParams::Gate& scales,
                int32_t n, int16_t* gate) {
  for (int32_t i = 0; i < n; ++i) {
    gate[i] = SaturateS16(FinishS16(input[i], scales.input_scale, {}) +
                          FinishS16(hidden[i], scales.recurrent_scale, {}));
  }
}
void FinishGate(const int32_t* input, const int32_t* hidden, const LstmIntegerParams::Gate& scales,
                int32_t n, int16_t* gate) {
  const LstmGateSums sums = {input, hidden, scales.input_scale, scales.recurrent_scale};
  BestIntegerLoops().gate_arguments(sums, n, gate);
}

// Gate `g` of one step, before its logistic function or tanh in Q3.12, after it in Q0.15.
template <typename T>
bool ComputeGate(const LstmIntegerParams& p, int g, const T* frame,
                 const LstmIntegerWeights<T>& weights, const T* hidden, int16_t* gate,
                 WorkMeter& meter) {
  const LstmIntegerParams::Gate& scales = p.gates[g];
  const std::ptrdiff_t depth = p.shape.depth;
  const std::ptrdiff_t units = p.shape.units;
  for (int32_t first = 0; first < p.shape.units; first += kUnitsTogether) {
    const int32_t count = std::min(kUnitsTogether, p.shape.units - first);
    LstmBias<T> from_input[kUnitsTogether] = {};
    LstmBias<T> from_hidden[kUnitsTogether] = {};
    for (int32_t i = 0; i < count; ++i) from_input[i] = weights.bias[g][first + i];
    const DotRows<T> frame_dots = {
        frame, p.input_zero, weights.input[g] + first * depth, scales.weight_zero, depth,
        depth, count};
    const DotRows<T> hidden_dots = {
        hidden, p.hidden_zero, weights.recurrent[g] + first * units, scales.recurrent_zero, units,
        units,  count};
    if (!AddDots(frame_dots, meter, from_input) || !AddDots(hidden_dots, meter, from_hidden))
      return false;
    FinishGate(from_input, from_hidden, scales, count, gate + first);
  }
  const IntegerLoops& loops = BestIntegerLoops();
  const auto squash = g == kCellGate ? loops.tanh_s16 : loops.logistic_s16;
  squash({}, gate, static_cast<size_t>(units), gate);
  return true;
}

// The forget gate is not needed once the cell has changed: it gives way to the cell's tanh.
template <typename T>
void UpdateStates(const LstmIntegerParams& p, int16_t* gates, int16_t* cell, T* hidden) {
  const IntegerLoops& loops = BestIntegerLoops();
  const int32_t units = p.shape.units;
  loops.update_cell(p, gates, cell);
  int16_t* squashed = gates + kForgetGate * units;
  loops.tanh_s16(p.cell_scale, cell, static_cast<size_t>(units), squashed);
  const int16_t* out = gates + kOutputGate * units;
  if constexpr (sizeof(T) == 1)
    loops.update_hidden_s8(p, squashed, out, hidden);
  else
    loops.update_hidden_s16(p, squashed, out, hidden);
}

// The power of two next to a scale, in float32 as the reference has it.
int NearestLog2(float scale) {
  const auto log = static_cast<float>(moonlet_log(double{scale}));
  constexpr float kLogOfTwo = 0.693147182f;
  return static_cast<int>(std::round(log * (1.0f / kLogOfTwo)));
}

}  // namespace

void scalar::LstmGateArguments(const LstmGateSums& sums, int32_t n, int16_t* gate) {
  for (int32_t i = 0; i < n; ++i) {
    gate[i] = SaturateS16(FinishS16(sums.input[i], sums.input_scale, {}) +
                          FinishS16(sums.hidden[i], sums.hidden_scale, {}));
  }
}

void scalar::LstmCell(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell) {
  const int16_t* in = gates + kInputGate * p.shape.units;
  const int16_t* forget = gates + kForgetGate * p.shape.units;
  const int16_t* update = gates + kCellGate * p.shape.units;
  for (int32_t i = 0; i < p.shape.units; ++i) {
    const int16_t kept = SaturateS16(Rescale(forget[i] * cell[i], p.forget_scale));
    const int16_t added = SaturateS16(Rescale(in[i] * update[i], p.update_scale));
    cell[i] = std::clamp(SaturateS16(kept + added), p.cell_min, p.cell_max);
  }
}

template <typename T>
void scalar::LstmHidden(const LstmIntegerParams& p, const int16_t* squashed,
                        const int16_t* output_gate, T* hidden) {
  for (int32_t i = 0; i < p.shape.units; ++i) {
    const int32_t product = squashed[i] * output_gate[i];
    const int32_t value = WrapAdd(Rescale(product, p.hidden_scale), p.hidden_zero);
    hidden[i] = static_cast<T>(
        std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }
}
template void scalar::LstmHidden(const LstmIntegerParams&, const int16_t*, const int16_t*, int8_t*);
template void scalar::LstmHidden(const LstmIntegerParams&, const int16_t*, const int16_t*,
                                 int16_t*);

bool MakeLstmScales(const LstmScales& scales, float cell_clip, LstmIntegerParams* p) {
  constexpr float kGate = 1.0f / 4096;
  for (int g = 0; g < kLstmGates; ++g) {
    LstmIntegerParams::Gate& gate = p->gates[g];
    if (!MakeTensorMultiplier(scales.input, scales.weights[g], kGate, &gate.input_scale) ||
        !MakeTensorMultiplier(scales.hidden, scales.recurrent[g], kGate, &gate.recurrent_scale))
      return false;
  }
  constexpr double kStep = 1.0 / 32768;
  const double cell = double{scales.cell};
  if (!MakeMultiplier(kStep, &p->forget_scale) ||
      !MakeMultiplier(kStep * kStep / cell, &p->update_scale) ||
      !MakeMultiplier(kStep * kStep / double{scales.hidden}, &p->hidden_scale))
    return false;
  const int shift = NearestLog2(scales.cell) + 12;  // from the cell's steps to Q3.12
  if (shift < -30 || shift > 14) return false;
  p->cell_scale = shift >= 0 ? SigmoidScale{3 << shift, 0} : SigmoidScale{3, -shift};
  if (cell_clip > 0) {
    p->cell_max = static_cast<int16_t>(std::min(double{cell_clip} / cell, 32767.0));
    p->cell_min = static_cast<int16_t>(-p->cell_max);
  }
  return true;
}

template <typename T>
bool LstmInteger(const LstmIntegerParams& p, const T* input, const LstmIntegerWeights<T>& weights,
                 T* hidden, int16_t* cell, int16_t* gates, T* output, const StopToken& stop) {
  WorkMeter meter(stop);
  const LstmShape& shape = p.shape;
  for (int32_t n = 0; n < shape.batches; ++n, hidden += shape.units, cell += shape.units) {
    for (int32_t step = 0; step < shape.steps; ++step) {
      const int64_t frame = shape.Frame(n, step);
      for (int g = 0; g < kLstmGates; ++g)
        if (!ComputeGate(p, g, input + frame * shape.depth, weights, hidden,
                         gates + g * shape.units, meter))
          return false;
      UpdateStates(p, gates, cell, hidden);
      std::copy_n(hidden, shape.units, output + frame * shape.units);
    }
  }
  return true;
}

template bool LstmInteger(const LstmIntegerParams&, const int8_t*,
                          const LstmIntegerWeights<int8_t>&, int8_t*, int16_t*, int16_t*, int8_t*,
                          const StopToken&);
template bool LstmInteger(const LstmIntegerParams&, const int16_t*,
                          const LstmIntegerWeights<int16_t>&, int16_t*, int16_t*, int16_t*,
                          int16_t*, const StopToken&);

}  // namespace moonlet
