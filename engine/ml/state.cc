#include "engine/ml/state.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace moonlet::ml {
namespace {

constexpr size_t kArrayAlignment = 16;

size_t BytesOf(const Tensor& t) { return std::max<size_t>(t.bytes(), 1); }

}  // namespace

State& State::operator=(State&& other) noexcept {
  if (this == &other) return *this;
  Clear();
  memory_ = other.memory_;
  for (int i = 0; i <= kMostArrays; ++i) {
    arrays_[i] = std::exchange(other.arrays_[i], Tensor());
    owned_[i] = std::exchange(other.owned_[i], false);
    room_[i] = other.room_[i];
  }
  return *this;
}

Status State::Make(int array, DType dtype, std::initializer_list<Index> dims) {
  int64_t lengths[kMaxRank];
  std::copy(dims.begin(), dims.end(), lengths);
  Shape shape;
  if (!ShapeFrom({lengths, dims.size()}, dtype, &shape)) return Status::NoMemory(PTRDIFF_MAX);
  return Make(array, dtype, shape);
}

Status State::Make(int array, DType dtype, const Shape& shape) {
  Tensor made = RowMajor(nullptr, dtype, shape);
  made.data = memory_->Allocate(BytesOf(made), kArrayAlignment);
  if (made.data == nullptr) return Status::NoMemory(BytesOf(made));
  std::memset(made.data, 0, BytesOf(made));
  Borrow(array, made);
  owned_[array] = true;
  room_[array] = BytesOf(made);
  return {};
}

Status State::Copy(int array, const Tensor& from) {
  if (Status s = Make(array, from.dtype, from.shape); !s.ok()) return s;
  std::memcpy(arrays_[array].data, from.data, from.bytes());
  return {};
}

void State::Borrow(int array, const Tensor& tensor) {
  if (owned_[array]) memory_->Free(arrays_[array].data, room_[array]);
  arrays_[array] = tensor;
  owned_[array] = false;
}

Index State::Room(int array) const {
  const Tensor& t = arrays_[array];
  if (!owned_[array]) return t.dim(0);
  Index row = static_cast<Index>(SizeOf(t.dtype));
  for (int axis = 1; axis < t.rank(); ++axis) row *= std::max<Index>(t.dim(axis), 1);
  return static_cast<Index>(room_[array]) / row;
}

Status State::Reserve(int array, Index rows) {
  if (owned_[array] && rows <= Room(array)) return {};
  const Tensor from = arrays_[array];
  int64_t lengths[kMaxRank];
  for (int axis = 0; axis < from.rank(); ++axis) lengths[axis] = from.dim(axis);
  lengths[0] = std::max<int64_t>(rows, from.dim(0));
  Shape shape;
  if (!ShapeFrom({lengths, static_cast<size_t>(from.rank())}, from.dtype, &shape))
    return Status::NoMemory(PTRDIFF_MAX);
  Tensor made = RowMajor(nullptr, from.dtype, shape);
  const size_t room = BytesOf(made);
  made.data = memory_->Allocate(room, kArrayAlignment);
  if (made.data == nullptr) return Status::NoMemory(room);
  if (from.bytes() > 0) std::memcpy(made.data, from.data, from.bytes());
  made.shape.dims[0] = from.dim(0);
  Borrow(array, made);
  owned_[array] = true;
  room_[array] = room;
  return {};
}

void State::Clear() {
  for (int i = 0; i <= kMostArrays; ++i) Borrow(i, Tensor());
}

size_t State::bytes() const {
  size_t sum = 0;
  for (const Tensor& t : arrays_) sum += t.data != nullptr ? t.bytes() : 0;
  return sum;
}

Status CheckArrays(std::span<const ArraySpec> specs, const State& state, Index features,
                   Index classes) {
  Index lengths[26];
  std::fill(std::begin(lengths), std::end(lengths), Index{-1});
  lengths['f' - 'a'] = features;
  if (classes > 0) lengths['k' - 'a'] = classes;
  for (size_t i = 0; i < specs.size(); ++i) {
    const ArraySpec& spec = specs[i];
    if (!state.has(static_cast<int>(i))) {
      if (spec.optional) continue;
      return Status::Invalid("array '%s' is missing", spec.name);
    }
    const Tensor& t = state[static_cast<int>(i)];
    if (t.dtype != spec.dtype)
      return Status::Invalid("array '%s' is %s, expected %s", spec.name, NameOf(t.dtype),
                             NameOf(spec.dtype));
    if (static_cast<size_t>(t.rank()) != std::strlen(spec.shape))
      return Status::Invalid("array '%s' has rank %d, expected %zu", spec.name, t.rank(),
                             std::strlen(spec.shape));
    for (int axis = 0; axis < t.rank(); ++axis) {
      Index& length = lengths[spec.shape[axis] - 'a'];
      if (length < 0) length = t.dim(axis);
      if (t.dim(axis) != length)
        return Status::Invalid("array '%s': axis %d is %td long, expected %td", spec.name, axis + 1,
                               t.dim(axis), length);
    }
  }
  return {};
}

}  // namespace moonlet::ml
