// tests/engine/tensor/tensors.h - tensors over test memory, and elements by the book.
#pragma once
#include <functional>
#include <initializer_list>
#include <vector>

#include "engine/tensor/tensor.h"

namespace moonlet {

inline Shape ShapeOf(std::initializer_list<Index> dims) {
  Shape shape;
  for (Index n : dims) shape.dims[shape.rank++] = n;
  return shape;
}

template <typename T>
Tensor Over(std::vector<T>& values, std::initializer_list<Index> dims) {
  return RowMajor(values.data(), DTypeOf<T>(), ShapeOf(dims));
}

// Calls visit(offset in elements from t.data) for each element in row-major order.
inline void EachOffset(const Tensor& t, const std::function<void(Index)>& visit) {
  std::function<void(int, Index)> walk = [&](int axis, Index offset) {
    if (axis == t.rank()) return visit(offset);
    for (Index i = 0; i < t.dim(axis); ++i) walk(axis + 1, offset + i * t.strides[axis]);
  };
  walk(0, 0);
}

template <typename T>
std::vector<T> Elements(const Tensor& t) {
  std::vector<T> values;
  EachOffset(t, [&](Index offset) { values.push_back(t.as<T>()[offset]); });
  return values;
}

}  // namespace moonlet
