// engine/kernels/integer_loops_helium.h - loops of integer_loops.h with Helium that have files of
// their own.
#pragma once
#include "engine/kernels/integer_loops.h"

namespace moonlet::mve {

// integer_dots_helium.cc
void AddDotsS8(const DotRows<int8_t>& dots, int32_t* sums);
void AddDotsS16(const DotRows<int16_t>& dots, int64_t* sums);
void AddSvdfS8(const SvdfMemory<int8_t>& memory, int32_t* sums);
void AddSvdfS16(const SvdfMemory<int16_t>& memory, int32_t* sums);

// integer_pools_helium.cc
void AverageS8(const PoolWindowS8& window, int8_t* output);
void MaxS8(const PoolWindowS8& window, int8_t* output);
void SumS8(const PoolWindowS8& window, int32_t* sums);
void AddWindowS16(const WeightedWindowS16& window, int64_t* sums);

// lstm_helium.cc
void LstmGateS8(const LstmIntegerParams::Gate& scales, bool is_cell, const int32_t* from_input,
                const int32_t* from_hidden, int32_t count, int16_t* gate);
void LstmStatesS8(const LstmIntegerParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden);

// softmax_helium.cc
void SoftmaxS8Row(const SoftmaxS8Params& p, const int8_t* x, int8_t* output);

}  // namespace moonlet::mve
