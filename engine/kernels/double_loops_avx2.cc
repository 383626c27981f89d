#include "engine/kernels/double_loops_lanes.h"

namespace moonlet {

constinit const DoubleLoops avx2::kDoubleLoops = DoubleTable();
constinit const RowLoops avx2::kRowLoops = RowTable();

}  // namespace moonlet
