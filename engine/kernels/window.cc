#include "engine/kernels/window.h"

#include <algorithm>
#include <limits>

namespace moonlet {

bool MakeAxis(Padding padding, int32_t input, int32_t kernel, int32_t stride, int32_t dilation,
              Axis* axis) {
  if (input < 1 || kernel < 1 || stride < 1 || dilation < 1) return false;
  if (kernel == 1) dilation = 1;
  const int64_t extent = (int64_t{kernel} - 1) * dilation + 1;
  const int64_t output = padding == Padding::kSame ? (int64_t{input} + stride - 1) / stride
                                                   : (int64_t{input} + stride - extent) / stride;
  if (output < 1) return false;
  const int64_t reach = (output - 1) * stride + extent;
  // Room for every sum that Axis::TapsAt forms.
  if (reach + input + dilation > std::numeric_limits<int32_t>::max()) return false;
  const int64_t total = std::max<int64_t>(0, reach - input);
  *axis = {input,    static_cast<int32_t>(output),   kernel, stride,
           dilation, static_cast<int32_t>(total / 2)};
  return true;
}

}  // namespace moonlet
