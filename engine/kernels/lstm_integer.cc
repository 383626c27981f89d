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

// Units whose sums are computed together.
constexpr int32_t kUnitsTogether = 32;

void Finish(const LstmIntegerParams::Gate& scales, bool is_cell, const int32_t* from_input,
            const int32_t* from_hidden, int32_t count, int16_t* gate) {
  BestIntegerLoops().lstm_gate_s8(scales, is_cell, from_input, from_hidden, count, gate);
}
void Finish(const LstmIntegerParams::Gate& scales, bool is_cell, const int64_t* from_input,
            const int64_t* from_hidden, int32_t count, int16_t* gate) {
  scalar::LstmGate(scales, is_cell, from_input, from_hidden, count, gate);
}

void Update(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden) {
  BestIntegerLoops().lstm_states_s8(p, gates, cell, hidden);
}
void Update(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, int16_t* hidden) {
  scalar::LstmStates(p, gates, cell, hidden);
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
    LstmBias<T> from_input[kUnitsTogether];
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
    Finish(scales, g == kCellGate, from_input, from_hidden, count, gate + first);
  }
  return true;
}

// The power of two next to a scale, in float32 as the reference has it.
int NearestLog2(float scale) {
  const auto log = static_cast<float>(moonlet_log(double{scale}));
  constexpr float kLogOfTwo = 0.693147182f;
  return static_cast<int>(std::round(log * (1.0f / kLogOfTwo)));
}

}  // namespace

template <typename Sum>
void scalar::LstmGate(const LstmIntegerParams::Gate& scales, bool is_cell, const Sum* from_input,
                      const Sum* from_hidden, int32_t count, int16_t* gate) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t sum = FinishS16(from_input[i], scales.input_scale, {}) +
                        FinishS16(from_hidden[i], scales.recurrent_scale, {});
    const int32_t argument = SigmoidArgument(SaturateS16(sum), {});
    gate[i] = is_cell ? TanhByTable(argument) : LogisticByTable(argument);
  }
}

template <typename T>
void scalar::LstmStates(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell,
                        T* hidden) {
  const int16_t* in = gates + kInputGate * p.shape.units;
  const int16_t* forget = gates + kForgetGate * p.shape.units;
  const int16_t* update = gates + kCellGate * p.shape.units;
  const int16_t* out = gates + kOutputGate * p.shape.units;
  for (int32_t i = 0; i < p.shape.units; ++i) {
    const int16_t kept = SaturateS16(Rescale(forget[i] * cell[i], p.forget_scale));
    const int16_t added = SaturateS16(Rescale(in[i] * update[i], p.update_scale));
    cell[i] = std::clamp(SaturateS16(kept + added), p.cell_min, p.cell_max);
    const int16_t squashed = TanhByTable(SigmoidArgument(cell[i], p.cell_scale));
    const int32_t value = WrapAdd(Rescale(squashed * out[i], p.hidden_scale), p.hidden_zero);
    hidden[i] = static_cast<T>(
        std::clamp<int32_t>(value, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }
}

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
      Update(p, gates, cell, hidden);
      std::copy_n(hidden, shape.units, output + frame * shape.units);
    }
  }
  return true;
}

template void scalar::LstmGate(const LstmIntegerParams::Gate&, bool, const int32_t*, const int32_t*,
                               int32_t, int16_t*);
template void scalar::LstmStates(const LstmIntegerParams&, const int16_t*, int16_t*, int8_t*);
template bool LstmInteger(const LstmIntegerParams&, const int8_t*,
                          const LstmIntegerWeights<int8_t>&, int8_t*, int16_t*, int16_t*, int8_t*,
                          const StopToken&);
template bool LstmInteger(const LstmIntegerParams&, const int16_t*,
                          const LstmIntegerWeights<int16_t>&, int16_t*, int16_t*, int16_t*,
                          int16_t*, const StopToken&);

}  // namespace moonlet
