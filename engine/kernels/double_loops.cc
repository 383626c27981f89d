#include "engine/kernels/double_loops.h"

#include "engine/base/isa.h"

namespace moonlet {
namespace {

#if defined(__x86_64__)

struct LoopTables {
  const DoubleLoops* doubles;
  const RowLoops* rows;
};

// By CPUID, or MOONLET_ISA.
LoopTables ChooseLoops() {
  switch (HostIsa()) {
    case Isa::kAmx:
    case Isa::kAvx512Vnni:
    case Isa::kAvx512:
      return {&avx512::kDoubleLoops, &avx512::kRowLoops};
    case Isa::kAvx2:
      return {&avx2::kDoubleLoops, &avx2::kRowLoops};
    case Isa::kFma:
    case Isa::kScalar:
      break;
  }
  return {&scalar::kDoubleLoops, &scalar::kRowLoops};
}

const LoopTables& BestLoops() {
  static const LoopTables best = ChooseLoops();
  return best;
}

#endif

}  // namespace

// No device has vectors of doubles.
#if defined(__x86_64__)
const DoubleLoops& OverDoubles() { return *BestLoops().doubles; }
const RowLoops& OverRows() { return *BestLoops().rows; }
#else
const DoubleLoops& OverDoubles() { return scalar::kDoubleLoops; }
const RowLoops& OverRows() { return scalar::kRowLoops; }
#endif

}  // namespace moonlet
