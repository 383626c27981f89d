// engine/npu/compiler/write_model.h - the compiled model as a .tflite file: the operators of each
// part replaced by one `ethos-u` operator, in the conventions of Arm's compiler Vela.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/npu/compiler/graph.h"

namespace moonlet::npu {

struct CompiledParts {
  std::vector<std::vector<uint8_t>> payloads;  // of each part
  const std::vector<uint8_t>* blob = nullptr;  // region 0 of all
  uint64_t arena = 0;                          // region 1
  std::vector<int32_t> offsets;                // of the graph's tensors in the arena, -1: not there
};

std::vector<uint8_t> WriteCompiledModel(const GraphPlan& graph, const CompiledParts& parts);

}  // namespace moonlet::npu
