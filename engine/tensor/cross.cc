#include "engine/tensor/cross.h"

#include "engine/tensor/elementwise.h"
#include "engine/tensor/view.h"

namespace moonlet {

Status Cross(const Tensor& a, const Tensor& b, int axis, const Tensor& out, const Tensor& room,
             const StopToken& stop) noexcept {
  for (Index i = 0; i < 3; ++i) {
    const Index j = (i + 1) % 3;
    const Index k = (i + 2) % 3;
    const Tensor result = Select(out, axis, i);
    const auto multiply = [&](Index left, Index right, const Tensor& to) {
      return Binary(BinaryOp::kMultiply, Select(a, axis, left), Select(b, axis, right), to, stop);
    };
    if (Status s = multiply(j, k, result); !s.ok()) return s;
    if (Status s = multiply(k, j, room); !s.ok()) return s;
    if (Status s = Binary(BinaryOp::kSubtract, result, room, result, stop); !s.ok()) return s;
  }
  return {};
}

}  // namespace moonlet
