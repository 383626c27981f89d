#include "engine/tensor/tensor.h"

#include <cstring>

namespace moonlet {
namespace {

struct DTypeInfo {
  const char* name;
  uint8_t size;
};
constexpr DTypeInfo kInfo[kDTypes] = {
    {"float32", 4}, {"float64", 8}, {"int8", 1},   {"uint8", 1}, {"int16", 2},
    {"uint16", 2},  {"int32", 4},   {"uint32", 4}, {"int64", 8}, {"bool", 1},
};

}  // namespace

size_t SizeOf(DType dtype) { return kInfo[static_cast<int>(dtype)].size; }
const char* NameOf(DType dtype) { return kInfo[static_cast<int>(dtype)].name; }

bool DTypeByName(const char* name, DType* dtype) {
  for (int i = 0; i < kDTypes; ++i) {
    if (std::strcmp(name, kInfo[i].name) == 0) {
      *dtype = static_cast<DType>(i);
      return true;
    }
  }
  return false;
}

bool ShapeFrom(std::span<const int64_t> dims, DType dtype, Shape* shape) {
  if (dims.size() > kMaxRank) return false;
  // Zero lengths count as one here: a view that drops the empty axis must fit as well.
  Index room = PTRDIFF_MAX / static_cast<Index>(SizeOf(dtype));
  Shape result;
  result.rank = static_cast<int>(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < 0 || dims[i] > room) return false;
    result.dims[i] = static_cast<Index>(dims[i]);
    if (dims[i] > 1) room /= static_cast<Index>(dims[i]);
  }
  *shape = result;
  return true;
}

bool Tensor::contiguous() const {
  Index expected = 1;
  for (int i = rank() - 1; i >= 0; --i) {
    if (dim(i) != 1 && strides[i] != expected) return size() == 0;
    expected *= dim(i);
  }
  return true;
}

Tensor RowMajor(void* data, DType dtype, const Shape& shape) {
  Tensor t;
  t.data = data;
  t.dtype = dtype;
  t.shape = shape;
  Index stride = 1;
  for (int i = shape.rank - 1; i >= 0; --i) {
    t.strides[i] = stride;
    stride *= shape.dims[i];
  }
  return t;
}

}  // namespace moonlet
