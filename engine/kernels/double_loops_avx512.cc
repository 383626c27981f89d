#include "engine/kernels/double_loops_lanes.h"

namespace moonlet {

constinit const DoubleLoops avx512::kDoubleLoops = DoubleTable();
constinit const RowLoops avx512::kRowLoops = RowTable();

}  // namespace moonlet
