// engine/ml/buffer.h - arrays to work with while an estimator is fitted.
//
//   Buffer<double> gradient(work.memory, features);
//   if (!gradient.ok()) return gradient.Refusal();
#pragma once
#include <cstdint>
#include <type_traits>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

// The memory of a Buffer, whatever its values are.
class Block {
 public:
  // Zeroed room for `count` times `rows` values of `size` bytes.
  Block(Allocator& memory, Index count, Index rows, size_t size);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  bool ok() const { return data_ != nullptr; }
  Status Refusal() const;

 protected:
  void* data_ = nullptr;

 private:
  Allocator& memory_;
  uint64_t bytes_ = 0;
};

// A fixed number of zeroed values.
template <typename T>
class Buffer : public Block {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Room for `count` times `rows`; ok() is false when `memory` refuses.
  Buffer(Allocator& memory, Index count, Index rows = 1) : Block(memory, count, rows, sizeof(T)) {}

  T* data() { return static_cast<T*>(data_); }
  const T* data() const { return static_cast<const T*>(data_); }
  T& operator[](Index i) { return data()[i]; }
  const T& operator[](Index i) const { return data()[i]; }
};

// The `size` values, each of `bytes` bytes, that fill their `room`, moved to where there is more;
// null when `memory` refuses, and all is as it was.
void* Grown(Allocator& memory, void* values, Index size, Index* room, size_t bytes);

// A growing list: nodes of a tree, support vectors.
template <typename T>
class List {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit List(Allocator& memory) : memory_(memory) {}
  ~List() { memory_.Free(data_, static_cast<size_t>(room_) * sizeof(T)); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  Index size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](Index i) { return data_[i]; }
  const T& operator[](Index i) const { return data_[i]; }
  void Clear() { size_ = 0; }

  // Appends; false when memory refuses, the list as it was.
  [[nodiscard]] bool Add(const T& value) {
    if (size_ == room_ && !Grow()) return false;
    data_[size_++] = value;
    return true;
  }
  Status Refusal() const { return Status::NoMemory(2 * sizeof(T) * static_cast<size_t>(size_)); }

 private:
  bool Grow() {
    void* data = Grown(memory_, data_, size_, &room_, sizeof(T));
    if (data == nullptr) return false;
    data_ = static_cast<T*>(data);
    return true;
  }

  Allocator& memory_;
  T* data_ = nullptr;
  Index size_ = 0;
  Index room_ = 0;
};

}  // namespace moonlet::ml
