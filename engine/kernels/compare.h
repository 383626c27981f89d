// engine/kernels/compare.h - comparisons and logic on two tensors broadcast against each
// other, giving 1 or 0. The output is row-major in the joint shape; where its elements are as
// wide as an input's it may be that input's memory, if nothing of it is repeated. Stopping
// and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/broadcast_pair.h"
#include "engine/kernels/fixed_point.h"

namespace moonlet {

enum class Comparison : int32_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

// With a NaN only kNotEqual is 1. T is float, uint8_t, int16_t, int32_t, uint32_t or int64_t.
template <typename T>
[[nodiscard]] bool Compare(Comparison how, const BroadcastPair& shape, const T* a, const T* b,
                           uint8_t* output, const StopToken& stop);

// Scaled integers stand for real numbers, which are compared in steps of 1/256.
struct ScaledComparison {
  Comparison how = Comparison::kEqual;
  int32_t zero_a = 0;
  int32_t zero_b = 0;
  Multiplier scale_a;
  Multiplier scale_b;
};
// T is int8_t or uint8_t.
template <typename T>
[[nodiscard]] bool CompareScaled(const ScaledComparison& p, const BroadcastPair& shape, const T* a,
                                 const T* b, uint8_t* output, const StopToken& stop);

// Any byte but 0 is true.
[[nodiscard]] bool LogicalAnd(const BroadcastPair& shape, const uint8_t* a, const uint8_t* b,
                              uint8_t* output, const StopToken& stop);
[[nodiscard]] bool LogicalOr(const BroadcastPair& shape, const uint8_t* a, const uint8_t* b,
                             uint8_t* output, const StopToken& stop);
void LogicalNot(const uint8_t* input, size_t n, uint8_t* output);

}  // namespace moonlet
