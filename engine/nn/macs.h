// engine/nn/macs.h - the multiply-adds of an operator.
#pragma once
#include <cstdint>

#include "engine/nn/graph.h"

namespace moonlet {

// Counts inner products alone: convolutions, matrix products, recurrent cells. 0 for
// everything else, and for an operator whose shapes make no sense.
uint64_t MacsOf(const Node& node);

}  // namespace moonlet
