// tests/engine/npu/weight_places.h - the order of weights the plain way: ten loops that say for
// each place of the stream which weight stands there. It defines what WeightOrder walks.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu::testing {

inline constexpr int64_t kPaddingPlace = -1;

// Indices into the plain filter.
inline std::vector<int64_t> WeightPlaces(const Operation& operation, const Config& config) {
  const bool depthwise = operation.kind == OperationKind::kDepthwise;
  const bool part_kernel = !depthwise && operation.kernel.part_kernel_first;
  const bool wide = operation.ifm.element.bytes == 2;
  const int micro = config.geometry().ofm_micro.depth;
  const int outputs = operation.ofm.depth;
  const int inputs = depthwise ? 1 : operation.ifm.depth;
  const int height = operation.kernel.height, width = operation.kernel.width;
  const int rows = 8 / operation.kernel.dilation_y, columns = 8 / operation.kernel.dilation_x;
  const int input_block = part_kernel || wide ? 16 : 32;
  const int multiple = depthwise ? 4 : !part_kernel ? 1 : wide ? 2 : 4;
  const auto up = [](int value, int to) { return (value + to - 1) / to * to; };
  std::vector<int64_t> places;
  const auto place = [&](int out, int out_end, int y, int x, int in, bool real_tap) {
    const bool real = real_tap && out < out_end && in < inputs;
    const int64_t pixel =
        depthwise ? int64_t{y} * width + x : (int64_t{out} * height + y) * width + x;
    places.push_back(!real       ? kPaddingPlace
                     : depthwise ? pixel * outputs + out
                                 : pixel * inputs + in);
  };
  for (int ob = 0; ob < outputs; ob += operation.block.depth) {
    const int out_end = std::min(outputs, ob + operation.block.depth);
    for (int ib = 0; ib < inputs; ib += input_block) {
      const int block = part_kernel ? std::min(input_block, inputs - ib) : input_block;
      for (int ky = 0; ky < height; ky += rows)
        for (int kx = 0; kx < width; kx += columns) {
          const int sh = std::min(rows, height - ky), sw = std::min(columns, width - kx);
          const int taps = up(sh * sw, multiple);
          for (int outer = 0; outer < (part_kernel ? up(block, 8) : 1); outer += 8)
            for (int ou = ob; ou < out_end; ou += micro)
              for (int t = 0; t < taps; ++t)
                for (int inner = 0; inner < (part_kernel || depthwise ? 1 : block); inner += 8)
                  for (int o = ou; o < ou + micro; ++o)
                    for (int i = 0; i < (depthwise ? 1 : 8); ++i)
                      place(o, out_end, ky + t / sw, kx + t % sw, ib + outer + inner + i,
                            t < sh * sw);
        }
    }
  }
  return places;
}

}  // namespace moonlet::npu::testing
