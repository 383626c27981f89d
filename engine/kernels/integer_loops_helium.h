// engine/kernels/integer_loops_helium.h - loops of integer_loops.h with Helium that have files of
// their own.
#pragma once
#include "engine/kernels/integer_loops.h"

namespace moonlet::mve {

// integer_dots_helium.cc
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums);
void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums);

// integer_pools_helium.cc
void AverageS8(const PoolWindowS8& window, int8_t* output);
void MaxS8(const PoolWindowS8& window, int8_t* output);
void SumS8(const PoolWindowS8& window, int32_t* sums);

// softmax_helium.cc
void SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, int8_t* output);

}  // namespace moonlet::mve
