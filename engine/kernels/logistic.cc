#include "engine/kernels/logistic.h"

#include <algorithm>

#include "engine/kernels/float_kernels.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/sigmoid.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr int kLogisticBits = 4;  // integer bits of a scaled int8 input
constexpr int32_t kOneHalf = 1 << 30;
constexpr int32_t kLogisticPiece = 1 << 12;

// Calls piece(first, count) for pieces of an array short enough to poll between.
template <typename Piece>
bool InPieces(int32_t elements, const StopToken& stop, Piece piece) {
  WorkMeter meter(stop);
  for (int32_t i = 0; i < elements; i += kLogisticPiece) {
    const int32_t count = std::min(kLogisticPiece, elements - i);
    if (!meter.Spend(count * kExpWork)) return false;
    piece(i, count);
  }
  return true;
}

// 1 / (1 + exp(-x)) in Q0 for x in Q(kLogisticBits).
int32_t Logistic(int32_t x) {
  if (x == 0) return kOneHalf;
  const int32_t above_half = ReciprocalOfOnePlus(ExpOnNegative(kLogisticBits, x > 0 ? -x : x));
  return x > 0 ? above_half : kInt32Max - above_half;
}

int8_t LogisticOf(const LogisticS8Params& p, int32_t difference) {
  if (difference <= -p.radius) return -128;
  if (difference >= p.radius) return 127;
  const int32_t result = RoundingShiftRight(Logistic(Rescale(difference, p.scale)), 23);
  return static_cast<int8_t>(std::min<int32_t>(result - 128, 127));
}

}  // namespace

bool MakeLogisticS8(float input_scale, int32_t zero, int32_t elements, LogisticS8Params* p) {
  *p = {};
  const double scale = double{input_scale} * (1 << (31 - kLogisticBits));
  if (scale <= 0 || !MakeMultiplier(scale, &p->scale) || p->scale.shift < 0) return false;
  p->radius = InputRadius(kLogisticBits, p->scale.shift);
  p->zero = static_cast<int16_t>(zero);
  p->elements = elements;
  return true;
}

bool LogisticS8(const LogisticS8Params& p, const int8_t* input, int8_t* output,
                const StopToken& stop) {
  return InPieces(p.elements, stop, [&](int32_t first, int32_t count) {
    for (int32_t i = first; i < first + count; ++i) output[i] = LogisticOf(p, input[i] - p.zero);
  });
}

ByteTable MakeLogisticTable(const LogisticS8Params& p) {
  return MakeByteTable([&p](int32_t x) { return LogisticOf(p, x - p.zero); });
}

bool MakeLogisticS16(float input_scale, int32_t elements, LogisticS16Params* p) {
  SigmoidScale scale;
  if (!MakeSigmoidScale(input_scale, 0, &scale)) return false;
  *p = {scale.factor, scale.shift, elements};
  return true;
}

bool LogisticS16(const LogisticS16Params& p, const int16_t* input, int16_t* output,
                 const StopToken& stop) {
  const auto loop = BestIntegerLoops().logistic_s16;
  return InPieces(p.elements, stop, [&](int32_t first, int32_t count) {
    loop({p.factor, p.shift}, input + first, static_cast<size_t>(count), output + first);
  });
}

bool LogisticF32(int32_t elements, const float* input, float* output, const StopToken& stop) {
  return InPieces(elements, stop, [&](int32_t first, int32_t count) {
    for (int32_t i = first; i < first + count; ++i) output[i] = -input[i];
    Kernels<float>().exp(output + first, output + first, static_cast<size_t>(count));
    for (int32_t i = first; i < first + count; ++i) output[i] = 1 / (1 + output[i]);
  });
}

}  // namespace moonlet
