#include "engine/kernels/integer_lanes_avx2.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_loops_lanes.h"

namespace moonlet::avx2 {

const IntegerLoops kIntegerLoops =
    integer_lanes::MakeLoops<IntegerLanes, WordLanes, ByteLanes>("avx2");

}  // namespace moonlet::avx2
