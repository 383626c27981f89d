// engine/npu/compiler/unary_model.h - what an operator of one input makes of each byte.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/base/status.h"
#include "engine/nn/graph.h"

namespace moonlet::npu {

// Has the CPU run a model of this operator alone over all values of its input, int8 or uint8, from
// the lowest on, so the table is right by construction.
Status TableOf(const Node& node, std::vector<uint8_t>* table);

}  // namespace moonlet::npu
