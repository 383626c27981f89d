#include "engine/nn/operators/image.h"

#include "engine/nn/checks.h"

namespace moonlet {

Status MakeWindow(const Node& node, tflite::Padding padding, const FilterSteps& steps,
                  int32_t out_channels, Window* window) {
  const ModelTensor input = node.input(0);
  const Border& border = node.border();
  if (Status s = CheckRank("input", input, 4); !s.ok()) return s;
  Padding how;
  if (Status s = CheckPadding(padding, &how); !s.ok()) return s;
  Window w;
  w.batches = input.dim(0);
  const int32_t rows = border.top + input.dim(1) + border.bottom;
  const int32_t columns = border.left + input.dim(2) + border.right;
  if (!MakeAxis(how, rows, steps.kernel_y, steps.stride_y, steps.dilation_y, &w.y) ||
      !MakeAxis(how, columns, steps.kernel_x, steps.stride_x, steps.dilation_x, &w.x))
    return Status::Invalid("a %d x %d filter, strides %d, %d, dilations %d, %d, on input %s",
                           steps.kernel_y, steps.kernel_x, steps.stride_y, steps.stride_x,
                           steps.dilation_y, steps.dilation_x, DimsText(input.shape()).text);
  const int32_t expected[] = {w.batches, w.y.output, w.x.output, out_channels};
  if (Status s = CheckShape("output", node.output(0), expected); !s.ok()) return s;
  // The border's taps hold zero points, which count as little as those outside.
  w.y.input = input.dim(1);
  w.y.pad += border.top;
  w.x.input = input.dim(2);
  w.x.pad += border.left;
  *window = w;
  return Status();
}

}  // namespace moonlet
