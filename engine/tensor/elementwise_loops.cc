#include "engine/tensor/elementwise_loops.h"

#include "engine/base/isa.h"

namespace moonlet {
namespace {

#if defined(__x86_64__)
// By CPUID, or MOONLET_ISA.
const ElementLoops& ChooseElementLoops() {
  if (HostIsa() >= Isa::kAvx512) return scalar_avx512::kElementLoops;
  if (HostIsa() >= Isa::kAvx2) return scalar_avx2::kElementLoops;
  return scalar::kElementLoops;
}

const ElementLoops& ElementLoopsHere() {
  static const ElementLoops& best = ChooseElementLoops();
  return best;
}
#else
const ElementLoops& ElementLoopsHere() { return scalar::kElementLoops; }
#endif

}  // namespace

bool UsesDoubles(BinaryOp op) {
  return op == BinaryOp::kPower || op == BinaryOp::kModulo || op == BinaryOp::kArcTangent2 ||
         op == BinaryOp::kHypotenuse;
}

bool UsesDoubles(UnaryOp op) { return op >= UnaryOp::kTan && op <= UnaryOp::kErf; }

template <>
const LoopsOf<float>& Loops() {
  return ElementLoopsHere().float32;
}
template <>
const LoopsOf<double>& Loops() {
  return ElementLoopsHere().float64;
}
template <>
const LoopsOf<int32_t>& Loops() {
  return ElementLoopsHere().int32;
}
template <>
const LoopsOf<int64_t>& Loops() {
  return ElementLoopsHere().int64;
}

}  // namespace moonlet
