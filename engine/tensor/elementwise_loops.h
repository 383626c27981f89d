// engine/tensor/elementwise_loops.h - the loops behind engine/tensor/elementwise.h, for
// arrays of float, double, int32_t and int64_t.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/tensor/elementwise.h"

namespace moonlet {

// y[i] = f(a[i], b[i]) and y[i] = f(x[i]); y may be an operand.
template <typename C, typename Y = C>
using BinaryLoop = void (*)(const C* a, const C* b, Y* y, size_t n);
template <typename C, typename Y = C>
using UnaryLoop = void (*)(const C* x, Y* y, size_t n);

// Loops for float run inside a FlushDenormals, but for those that call double functions.
bool UsesDoubles(BinaryOp op);
bool UsesDoubles(UnaryOp op);

// What finds the loops of one type. Integers are of no kind, and convert.h sees to them.
template <typename C>
struct LoopsOf {
  BinaryLoop<C> (*binary)(BinaryOp op);
  UnaryLoop<C> (*unary)(UnaryOp op);
  BinaryLoop<C, bool> (*compare)(CompareOp op);
  UnaryLoop<C, bool> (*kind)(Kind kind);
  // y[i * step] = ConvertElement of x[i]; an integer dtype. Requires n <= kChunk.
  void (*to_integers)(const C* x, DType dtype, Index step, size_t n, void* y);
};

// Those for this machine: each table's loops give the bits of namespace `scalar`.
template <typename C>
const LoopsOf<C>& Loops();
template <>
const LoopsOf<float>& Loops();
template <>
const LoopsOf<double>& Loops();
template <>
const LoopsOf<int32_t>& Loops();
template <>
const LoopsOf<int64_t>& Loops();

struct ElementLoops {
  LoopsOf<float> float32;
  LoopsOf<double> float64;
  LoopsOf<int32_t> int32;
  LoopsOf<int64_t> int64;
};
namespace scalar {
extern const ElementLoops kElementLoops;
}
#if defined(__x86_64__)
namespace scalar_avx2 {
extern const ElementLoops kElementLoops;
}
namespace scalar_avx512 {
extern const ElementLoops kElementLoops;
}
#endif

}  // namespace moonlet
