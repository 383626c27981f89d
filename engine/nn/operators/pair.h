// engine/nn/operators/pair.h - what operators on two tensors that broadcast have in common.
#pragma once
#include "engine/kernels/broadcast_pair.h"
#include "engine/nn/checks.h"
#include "engine/nn/prepare.h"

namespace moonlet {

// Two inputs of the type of the first that fit each other, and an output of their joint
// shape; constants aligned.
Status CheckPair(const Node& node, BroadcastPair* pair);
// The output may take the memory of one input that is not repeated.
void ShareWithInput(const Node& node, StepWriter& writer);

}  // namespace moonlet
