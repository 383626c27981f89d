// engine/tensor/unique.h - each value once.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// How many values differ in `sorted`, a row-major vector in ascending order
// (engine/tensor/sort.h). All NaN are one value, as are -0 and 0.
Status CountUnique(const Tensor& sorted, const StopToken& stop, Index* count) noexcept;

// What is wanted of them, all row-major vectors, the rest null.
struct UniqueParts {
  const Tensor* values = nullptr;   // of sorted's dtype
  const Tensor* first = nullptr;    // int32: where each was first met, from 1
  const Tensor* inverse = nullptr;  // int32: for each element the position of its value
  const Tensor* counts = nullptr;   // int32
};

// `positions`, int32, tell where the sorted elements stood, from 1, equal ones in order.
// Requires the parts of CountUnique's length, `inverse` of sorted's.
Status Unique(const Tensor& sorted, const Tensor& positions, const UniqueParts& parts,
              const StopToken& stop) noexcept;

}  // namespace moonlet
