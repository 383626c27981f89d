// engine/kernels/integer_loops_lanes.h - the loops of integer_loops.h over lanes of an
// instruction set, IntegerLanes and WordLanes of integer_lanes_*.h. Only for files compiled for
// one: everything here is a template over the lanes or always inlined, so that each set has code
// of its own.
#pragma once
#include "engine/kernels/integer_dots_lanes.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_pairs_lanes.h"
#include "engine/kernels/integer_pools_lanes.h"

namespace moonlet::integer_lanes {

template <typename L, typename W>
inline constexpr IntegerLoops MakeLoops(const char* name) {
  return {name,
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
          scalar::AddWindowS16,
          scalar::DotS16,
          scalar::SumS8,
          scalar::MapBytes,
          scalar::SoftmaxS8Row<int8_t>,
          scalar::LstmGate<int32_t>,
          scalar::LstmStates<int8_t>};
}

}  // namespace moonlet::integer_lanes
