// engine/tensor/broadcast.h - NumPy's broadcasting: axes are aligned at the end, a
// length of 1 (or a missing axis) repeats.
//
//   Shape shape;
//   if (Status s = BroadcastShapes(a.shape, b.shape, &shape); !s.ok()) return s;
//   const Tensor wide_a = BroadcastTo(a, shape);   // no copy: stride 0 where it repeats
#pragma once
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// The shape both broadcast to; kInvalid, naming both shapes, when they do not.
Status BroadcastShapes(const Shape& a, const Shape& b, Shape* out);

// True when a tensor of shape `from` repeats to `to` as it stands.
bool BroadcastsTo(const Shape& from, const Shape& to);

// A view of `t` in `shape`. Requires BroadcastsTo(t.shape, shape).
Tensor BroadcastTo(const Tensor& t, const Shape& shape);

// "{2, 3}", for messages.
struct ShapeText {
  char text[kMaxRank * 22 + 3];
};
ShapeText TextOf(const Shape& shape);

}  // namespace moonlet
