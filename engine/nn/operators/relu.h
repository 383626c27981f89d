// engine/nn/operators/relu.h - when RELU, RELU6 or RELU_N1_TO_1 is nothing but a clamp.
#pragma once
#include "engine/nn/graph.h"

namespace moonlet {

// Whether an int8 or int16 operator that could run gives its input clamped to a range. That is
// where both sides have the same scale and zero point: the factor between them is then exactly 1,
// by which Rescale changes no value.
bool FindClamp(const Node& relu, ClampRange* range);

}  // namespace moonlet
