// engine/tensor/elementwise_loops.h - the loops behind engine/tensor/elementwise.h, for
// arrays of float, double, int32_t and int64_t.
#pragma once
#include <cstddef>

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

template <typename C>
BinaryLoop<C> BinaryLoopOf(BinaryOp op);
template <typename C>
UnaryLoop<C> UnaryLoopOf(UnaryOp op);
template <typename C>  // a float type
UnaryLoop<C, bool> KindLoopOf(Kind kind);
template <typename C>
BinaryLoop<C, bool> CompareLoopOf(CompareOp op);

}  // namespace moonlet
