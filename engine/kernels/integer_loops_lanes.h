// engine/kernels/integer_loops_lanes.h - the loops of integer_loops.h over lanes of an
// instruction set, IntegerLanes and WordLanes of integer_lanes_*.h. Only for files compiled for
// one: everything here is a template over the lanes or always inlined, so that each set has code
// of its own.
#pragma once
#include "engine/kernels/integer_bytes_lanes.h"
#include "engine/kernels/integer_dots_lanes.h"
#include "engine/kernels/integer_finish_lanes.h"
#include "engine/kernels/integer_gates_lanes.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"
#include "engine/kernels/integer_pools_lanes.h"
#include "engine/kernels/integer_resize_lanes.h"
#include "engine/kernels/integer_scales_lanes.h"
#include "engine/kernels/integer_softmax_lanes.h"
#include "engine/kernels/integer_sums_lanes.h"
#include "engine/kernels/integer_svdf_lanes.h"
#include "engine/kernels/integer_windows_lanes.h"

namespace moonlet::integer_lanes {

template <typename L, typename W, typename B>
inline constexpr IntegerLoops MakeLoops(const char* name) {
  using I = IntegerLoops;
  return {
      name,
      AddRun<L, false>,
      AddRun<L, true>,
      AddRunS16<L, false>,
      AddRunS16<L, true>,
      MultiplyRun<L>,
      Average<L>,
      Max<L>,
      LeakyReluRun<L>,
      AddDotsS8<W>,
      AddDotsS16<W>,
      AddWindowS16<L>,
      SumS8<L>,
      MapBytesRun<B>,
      SoftmaxS8Row<L, int8_t>,
      LstmGate<L>,
      LstmStates<L, int8_t>,
      AddLinesS16<W>,
      LstmStates<L, int16_t>,
      SoftmaxS8Row<L, int16_t>,
      SoftmaxS16Row<L>,
      SumBytes<B>,
      SumWords<L>,
      RescaleSums<L, int8_t>,
      RescaleSums<L, int16_t>,
      QuantizeRun<L, &I::quantize_s8, int8_t>,
      QuantizeRun<L, &I::quantize_s16, int16_t>,
      DequantizeRun<L, &I::dequantize_s8, int8_t>,
      DequantizeRun<L, &I::dequantize_s16, int16_t>,
      RequantizeRun<L, &I::requantize_s8, int8_t, int8_t>,
      RequantizeRun<L, &I::requantize_s8_to_s16, int8_t, int16_t>,
      RequantizeRun<L, &I::requantize_s16_to_s8, int16_t, int8_t>,
      RequantizeRun<L, &I::requantize_s16, int16_t, int16_t>,
      LogisticRun<L>,
      TanhRun<L>,
      AddSvdfSums<W, int8_t>,
      AddSvdfSums<W, int16_t>,
      MixPixels<L>,
      FinishWide<L>,
  };
}

}  // namespace moonlet::integer_lanes
