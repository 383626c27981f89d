// The gates and states of an LSTM, four units at a time.
#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>

#include <iterator>

#include "engine/kernels/integer_loops_helium.h"
#include "engine/kernels/requantize_helium.h"
#include "engine/kernels/sigmoid_table.h"

namespace moonlet::mve {
namespace {

[[gnu::always_inline]] inline int32x4_t Clamped(int32x4_t x, int32_t low, int32_t high) {
  return vminq_s32(vmaxq_s32(x, vdupq_n_s32(low)), vdupq_n_s32(high));
}
[[gnu::always_inline]] inline int32x4_t Saturated(int32x4_t x) { return Clamped(x, -32768, 32767); }

// A factor that all units share.
struct Factor {
  int32x4_t value;
  int32x4_t shift;

  [[gnu::always_inline]] explicit Factor(Multiplier m)
      : value(vdupq_n_s32(m.value)), shift(vdupq_n_s32(m.shift)) {}
  [[gnu::always_inline]] int32x4_t operator()(int32x4_t x) const {
    return Rescale<Scaling::kAny>(x, value, shift);
  }
};

// A curve in the table of sigmoid_table.h, as sigmoid.cc reads it: below zero it is turned over,
// and ties go down.
struct Curve {
  int32_t bits;    // the table at |argument| / 2^bits
  int32_t beyond;  // its end
  int32_t least;   // what is at 0, less what is in the table there
  int32_t turned;  // added below zero
  int32_t half;    // of 2^right
  int32_t right;
};
constexpr Curve kLogistic = {9, 0x7FFF << 10, 0, 1 << 25, 512, 10};
constexpr Curve kTanh = {8, 0xFFFF << 8, -(1 << 23), 0, 128, 8};

[[gnu::noinline]] int32x4_t ValueOf(const Curve& curve, int32x4_t argument) {
  constexpr uint32_t kLast = std::size(kSigmoidTable) - 1;
  const uint32x4_t distance = vreinterpretq_u32_s32(vabsq_s32(argument));
  const uint32x4_t entry = vshlq_r_u32(distance, -curve.bits);
  const uint32x4_t at = vminq_u32(entry, vdupq_n_u32(kLast - 1));
  const uint32x4_t low = vldrhq_gather_shifted_offset_u32(kSigmoidTable, at);
  const uint32x4_t high = vldrhq_gather_shifted_offset_u32(kSigmoidTable + 1, at);
  const uint32x4_t rest = vandq_u32(distance, vdupq_n_u32((1u << curve.bits) - 1));
  const uint32x4_t between = vmulq_u32(rest, vsubq_u32(high, low));
  int32x4_t y = vreinterpretq_s32_u32(vaddq_u32(vshlq_r_u32(low, curve.bits), between));
  y = vpselq_s32(y, vdupq_n_s32(curve.beyond), vcmpeqq_u32(entry, at));
  const int32x4_t sign = vshrq_n_s32(argument, 31);
  y = veorq_s32(vaddq_n_s32(y, curve.least), sign);
  y = vaddq_s32(y, vandq_s32(sign, vdupq_n_s32(curve.turned)));
  return vshlq_r_s32(vaddq_n_s32(y, curve.half), -curve.right);
}

}  // namespace

void LstmGateS8(const LstmIntegerParams::Gate& scales, bool is_cell, const int32_t* from_input,
                const int32_t* from_hidden, int32_t count, int16_t* gate) {
  const Factor input(scales.input_scale), hidden(scales.recurrent_scale);
  const Curve& curve = is_cell ? kTanh : kLogistic;
  for (int32_t i = 0; i < count; i += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(count - i));
    const int32x4_t x = Saturated(input(vldrwq_z_s32(from_input + i, live)));
    const int32x4_t h = Saturated(hidden(vldrwq_z_s32(from_hidden + i, live)));
    const int32x4_t argument = vmulq_n_s32(Saturated(vaddq_s32(x, h)), SigmoidScale().factor);
    vstrhq_p_s32(gate + i, ValueOf(curve, argument), live);
  }
}

void LstmStatesS8(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden) {
  const int32_t units = p.shape.units;
  const SigmoidScale scale = p.cell_scale;
  const int32_t half = scale.shift > 0 ? WrapShl(1, scale.shift - 1) : 0;
  for (int32_t i = 0; i < units; i += 4) {
    const mve_pred16_t live = vctp32q(static_cast<uint32_t>(units - i));
    const auto gate = [&](LstmGate g) __attribute__((always_inline)) {
      return vldrhq_z_s32(gates + g * units + i, live);
    };
    const int32x4_t kept = vmulq_s32(gate(kForgetGate), vldrhq_z_s32(cell + i, live));
    const int32x4_t added = vmulq_s32(gate(kInputGate), gate(kCellGate));
    int32x4_t state = Saturated(Factor(p.forget_scale)(kept));
    state = vaddq_s32(state, Saturated(Factor(p.update_scale)(added)));
    state = Clamped(Saturated(state), p.cell_min, p.cell_max);
    vstrhq_p_s32(cell + i, state, live);
    const int32x4_t argument = vaddq_n_s32(vmulq_n_s32(state, scale.factor), half);
    int32x4_t y = vmulq_s32(ValueOf(kTanh, vshlq_r_s32(argument, -scale.shift)), gate(kOutputGate));
    y = vaddq_n_s32(Factor(p.hidden_scale)(y), p.hidden_zero);
    vstrbq_p_s32(hidden + i, Clamped(y, -128, 127), live);
  }
}

}  // namespace moonlet::mve
#endif
