// bindings/ml_metrics.h - what functions that judge predictions take: labels, values, weights.
//
// All of these leave what they made on the stack, and raise for what does not fit.
#pragma once
#include "bindings/ml_estimator.h"
#include "bindings/options.h"
#include "engine/ml/metrics_classes.h"

namespace moonlet {

// Labels of several arguments, as codes of all that occur in any of them.
struct LabelUnion {
  const int32_t* codes;  // of the first argument, then of the second, ...
  Index classes;
  const Tensor* labels;
  DType dtype;
};
inline constexpr int kMostUnited = 3;
Index CountLabels(lua_State* L, int index);
LabelUnion UniteLabels(lua_State* L, std::span<const int> indices);

// Pushes option "pos_label" of the table at 3, or 1, as a list of one, and gives its index. Labels
// are at 1: strings have no default.
int PushPositive(lua_State* L);

// What is true at 1, what is predicted at 2, one for each; weights in the options at 3.
struct LabelPair {
  ml::Labelled y;
  LabelUnion all;
};
LabelPair CheckLabelPair(lua_State* L, const OptionTable& options);

// Numbers at `index`, finite: a vector of `rows`, or of any length at least 1 where that is -1.
std::span<const double> CheckNumbers(lua_State* L, int index, Index rows);
// Option "weights" of the table at 3, or null.
const double* SampleWeights(lua_State* L, const OptionTable& options, Index rows);

template <typename T>
T* PushRoom(lua_State* L, Index count) {
  return static_cast<T*>(lua_newuserdatauv(L, static_cast<size_t>(count) * sizeof(T), 0));
}
inline Shape VectorShape(Index length) {
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = length;
  return shape;
}
inline Shape MatrixShape(Index rows, Index columns) {
  Shape shape;
  shape.rank = 2;
  shape.dims[0] = rows;
  shape.dims[1] = columns;
  return shape;
}
// The elements of a new float64 tensor.
inline double* NewDoubles(lua_State* L, const Shape& shape) {
  return NewTensor(L, DType::kFloat64, shape)->as<double>();
}

}  // namespace moonlet
