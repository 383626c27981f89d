#include "engine/kernels/integer_loops.h"

#include <algorithm>

#include "engine/kernels/integer_loops_dsp.h"

namespace moonlet {
namespace {

// Calls add(piece of the vector and of the rows) with pieces of 10^6 products at most, unless
// there are more rows than that.
template <typename T, typename Add>
bool ForEachDotPiece(const DotRows<T>& dots, WorkMeter& meter, Add add) {
  constexpr std::ptrdiff_t kWork = 1'000'000;
  const std::ptrdiff_t longest =
      std::max<std::ptrdiff_t>(1, kWork / std::max<int32_t>(1, dots.rows));
  for (std::ptrdiff_t begin = 0; begin < dots.count; begin += longest) {
    DotRows<T> piece = dots;
    piece.x += begin;
    piece.weights += begin;
    piece.count = std::min(longest, dots.count - begin);
    if (!meter.Spend(piece.count * piece.rows)) return false;
    add(piece);
  }
  return true;
}

}  // namespace

bool AddDots(const DotRows<int8_t>& dots, WorkMeter& meter, int32_t* sums) {
  const auto add = BestIntegerLoops().add_dots_s8;
  return ForEachDotPiece(dots, meter, [&](const DotRows<int8_t>& piece) { add(piece, sums); });
}
bool AddDots(const DotRows<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
  const auto add = BestIntegerLoops().add_dots_s16;
  return ForEachDotPiece(dots, meter, [&](const DotRows<int16_t>& piece) { add(piece, sums); });
}

bool AddDots(const DotLines<int16_t>& dots, WorkMeter& meter, int64_t* sums) {
  constexpr std::ptrdiff_t kWork = 1'000'000;
  const std::ptrdiff_t line = dots.count * dots.rows;
  if (line * dots.lines <= kWork) {
    if (!meter.Spend(line * dots.lines)) return false;
    BestIntegerLoops().add_lines_s16(dots, sums);
    return true;
  }
  for (int32_t i = 0; i < dots.lines; ++i) {
    const DotRows<int16_t> one = {dots.x + i * dots.x_line,
                                  0,
                                  dots.weights + i * dots.weights_line,
                                  0,
                                  dots.row,
                                  dots.count,
                                  dots.rows};
    if (!AddDots(one, meter, sums)) return false;
  }
  return true;
}

// Fixed by the build on a device, by CPUID (or MOONLET_ISA) on a host.
const IntegerLoops& ChooseIntegerLoops([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  if (isa >= Isa::kAvx512Vnni) return avx512vnni::kIntegerLoops;
  if (isa >= Isa::kAvx2) return avx2::kIntegerLoops;
#endif
#if defined(__ARM_FEATURE_MVE)
  return mve::kIntegerLoops;
#elif defined(__ARM_FEATURE_DSP)
  return armdsp::Loops();
#else
  return scalar::kIntegerLoops;
#endif
}

const IntegerLoops& BestIntegerLoops() {
  static const IntegerLoops& best = ChooseIntegerLoops(HostIsa());
  return best;
}

}  // namespace moonlet
