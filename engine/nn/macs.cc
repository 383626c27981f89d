#include "engine/nn/macs.h"

#include <algorithm>

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

uint64_t Elements(const ModelTensor& tensor) { return static_cast<uint64_t>(tensor.elements()); }

// Each output of a convolution takes one product per filter value of its channel.
uint64_t Convolution(const Node& node) {
  const ModelTensor filter = node.input(1);
  if (filter.rank() != 4) return 0;
  return Elements(node.output(0)) * Elements(filter) / static_cast<uint64_t>(filter.dim(0));
}

uint64_t Depthwise(const Node& node) {
  const ModelTensor filter = node.input(1);
  if (filter.rank() != 4) return 0;
  return Elements(node.output(0)) * static_cast<uint64_t>(filter.dim(1)) *
         static_cast<uint64_t>(filter.dim(2));
}

// Each input of a transposed convolution meets every filter value of its channel.
uint64_t TransposeConvolution(const Node& node) {
  if (!node.has_input(2)) return 0;
  const ModelTensor filter = node.input(1);
  if (filter.rank() != 4) return 0;
  return Elements(node.input(2)) * Elements(filter) / static_cast<uint64_t>(filter.dim(3));
}

// A frame meets the feature filters, their results the time filters.
uint64_t Svdf(const Node& node) {
  if (!node.has_input(2)) return 0;
  const ModelTensor features = node.input(1);
  const ModelTensor times = node.input(2);
  if (node.input(0).rank() != 2) return 0;
  return static_cast<uint64_t>(node.input(0).dim(0)) * (Elements(features) + Elements(times));
}

// Each time step meets the four gates' input and recurrent weights.
uint64_t Lstm(const Node& node) {
  const ModelTensor input = node.input(0);
  if (input.rank() != 3) return 0;
  uint64_t weights = 0;
  for (int k = 1; k <= 8; ++k)
    if (node.has_input(k)) weights += Elements(node.input(k));
  return static_cast<uint64_t>(input.dim(0)) * static_cast<uint64_t>(input.dim(1)) * weights;
}

// Every row of the output's last dimension meets the whole matrix.
uint64_t MatrixVector(const Node& node) {
  const ModelTensor filter = node.input(1);
  const int rank = filter.rank();
  if (rank < 2) return 0;
  return Elements(node.output(0)) * static_cast<uint64_t>(filter.dim(rank - 1));
}

// Every output is an inner product along the axis that rows of one and columns of the other
// input share.
uint64_t BatchMatmul(const Node& node) {
  const ModelTensor a = node.input(0);
  const auto* options = node.table().builtin_options_as_BatchMatMulOptions();
  if (options == nullptr || a.rank() < 2) return 0;
  const int axis = a.rank() - (options->adj_x() ? 2 : 1);
  return Elements(node.output(0)) * static_cast<uint64_t>(a.dim(axis));
}

}  // namespace

uint64_t MacsOf(const Node& node) {
  if (!node.has_input(0) || !node.has_input(1) || node.outputs() < 1) return 0;
  if (node.input(1).elements() == 0) return 0;
  switch (node.code()) {
    case Op::BATCH_MATMUL:
      return BatchMatmul(node);
    case Op::CONV_2D:
      return Convolution(node);
    case Op::DEPTHWISE_CONV_2D:
      return Depthwise(node);
    case Op::TRANSPOSE_CONV:
      return TransposeConvolution(node);
    case Op::FULLY_CONNECTED:
      return MatrixVector(node);
    case Op::SVDF:
      return Svdf(node);
    case Op::UNIDIRECTIONAL_SEQUENCE_LSTM:
      return Lstm(node);
    default:
      return 0;
  }
}

}  // namespace moonlet
