#include "engine/tensor/broadcast.h"

#include <algorithm>
#include <cstdio>

namespace moonlet {
namespace {

// Length of the axis `back` places from the end, 1 where there is none.
Index FromEnd(const Shape& shape, int back) {
  return back < shape.rank ? shape.dims[shape.rank - 1 - back] : 1;
}

}  // namespace

Status BroadcastShapes(const Shape& a, const Shape& b, Shape* out) {
  const int rank = std::max(a.rank, b.rank);
  int64_t dims[kMaxRank];
  for (int back = 0; back < rank; ++back) {
    const Index m = FromEnd(a, back);
    const Index n = FromEnd(b, back);
    if (m != n && m != 1 && n != 1)
      return Status::Invalid("shapes %s and %s do not broadcast", TextOf(a).text, TextOf(b).text);
    dims[rank - 1 - back] = m == 1 ? n : m;
  }
  // Sized for the widest dtype, so that any result can have this shape.
  if (!ShapeFrom({dims, static_cast<size_t>(rank)}, DType::kFloat64, out))
    return Status::Invalid("shapes %s and %s broadcast to more elements than can be counted",
                           TextOf(a).text, TextOf(b).text);
  return {};
}

bool BroadcastsTo(const Shape& from, const Shape& to) {
  if (from.rank > to.rank) return false;
  for (int back = 0; back < from.rank; ++back) {
    const Index n = FromEnd(from, back);
    if (n != 1 && n != FromEnd(to, back)) return false;
  }
  return true;
}

Tensor BroadcastTo(const Tensor& t, const Shape& shape) {
  assert(BroadcastsTo(t.shape, shape));
  Tensor view = t;
  view.shape = shape;
  const int added = shape.rank - t.rank();
  for (int i = 0; i < shape.rank; ++i) {
    const bool repeats = i < added || t.dim(i - added) != shape.dims[i];
    view.strides[i] = repeats ? 0 : t.strides[i - added];
  }
  return view;
}

ShapeText TextOf(const Shape& shape) {
  ShapeText result;
  char* at = result.text;
  *at++ = '{';
  for (int i = 0; i < shape.rank; ++i)
    at += std::snprintf(at, 23, i == 0 ? "%lld" : ", %lld", static_cast<long long>(shape.dims[i]));
  *at++ = '}';
  *at = '\0';
  return result;
}

}  // namespace moonlet
