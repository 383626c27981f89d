#include "engine/kernels/integer_lanes_avx512.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_loops_lanes.h"

namespace moonlet::avx512vnni {

const IntegerLoops kIntegerLoops =
    integer_lanes::MakeLoops<IntegerLanes, WordLanes, ByteLanes>("avx512vnni");

}  // namespace moonlet::avx512vnni
