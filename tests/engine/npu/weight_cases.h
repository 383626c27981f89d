// tests/engine/npu/weight_cases.h - CONVs and DEPTHWISEs whose weights are in every order.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "engine/npu/weights.h"

namespace moonlet::npu::testing {

using Weights = std::vector<int16_t>;

inline Operation MakeConv(int out, int height, int width, int in, int block_depth) {
  Operation operation;
  operation.kind = OperationKind::kConv;
  operation.ofm.depth = out;
  operation.ifm.depth = in;
  operation.kernel.height = height;
  operation.kernel.width = width;
  operation.block = {1, 1, block_depth};
  return operation;
}

struct WeightCase {
  int out, height, width, in, block_depth;
  int dilation_y = 1, dilation_x = 1;
};
inline constexpr WeightCase kWeightCases[] = {
    {1, 1, 1, 1, 8},       {16, 1, 1, 32, 16},     {17, 3, 3, 5, 16},
    {40, 3, 3, 33, 16},    {24, 9, 11, 3, 24},     {13, 12, 3, 17, 8, 2, 1},
    {8, 5, 5, 8, 8, 2, 2}, {100, 1, 7, 70, 32, 1}, {9, 4, 10, 2, 128, 1, 2},
    {3, 8, 8, 16, 8},      {20, 2, 2, 24, 16}};

inline std::vector<Operation> WeightCases() {
  std::vector<Operation> operations;
  for (const WeightCase& c : kWeightCases)
    for (int kind = 0; kind < 6; ++kind) {
      Operation operation = MakeConv(c.out, c.height, c.width, c.in, c.block_depth);
      operation.kernel.dilation_y = c.dilation_y;
      operation.kernel.dilation_x = c.dilation_x;
      if (kind % 3 == 2) operation.kind = OperationKind::kDepthwise;
      operation.kernel.part_kernel_first = kind % 3 == 1;
      operation.ifm.element.bytes = kind < 3 ? 1 : 2;
      operations.push_back(operation);
    }
  return operations;
}

inline std::string DescribeWeights(const Operation& operation, const Config& config) {
  std::string text = ConfigName(config).text;
  for (const int value : {operation.ofm.depth, operation.kernel.height, operation.kernel.width,
                          operation.ifm.depth, operation.block.depth})
    text += " " + std::to_string(value);
  return text +
         (operation.kind == OperationKind::kDepthwise ? " depthwise"
          : operation.kernel.part_kernel_first        ? " part-kernel"
                                                      : " depth-first") +
         (operation.ifm.element.bytes == 2 ? " wide" : "");
}

inline Weights RandomFilter(const Operation& operation, std::mt19937* random) {
  Weights filter(static_cast<size_t>(WeightCount(operation)));
  for (int16_t& weight : filter) weight = static_cast<int16_t>((*random)() % 511 - 255);
  return filter;
}

}  // namespace moonlet::npu::testing
