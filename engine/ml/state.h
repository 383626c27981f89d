// engine/ml/state.h - what fitting found: a few arrays, each with a name.
//
// A kind of estimator lists its arrays; a State holds them by position in that list. They lie in
// memory of their own or, from a file, where the file lies. So one pair of functions writes and
// reads the files of all kinds, and one verifies names, dtypes and shapes.
#pragma once
#include <initializer_list>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/tensor/tensor.h"

namespace moonlet::ml {

struct ArraySpec {
  const char* name;  // scikit-learn's attribute without its last underscore: "coef"
  DType dtype;
  // A letter for each axis: "kf". 'f' is the number of features, 'k' that of classes where the
  // estimator has classes; any other letter, the same length wherever it stands.
  const char* shape;
  bool optional = false;
};

inline constexpr int kMostArrays = 14;
// Where the labels of classes stand: int64 {k}, or uint8 with every name ended by a 0.
inline constexpr int kLabelArray = kMostArrays;

class State {
 public:
  State() = default;
  explicit State(Allocator& memory) : memory_(&memory) {}
  State(State&& other) noexcept { *this = static_cast<State&&>(other); }
  State& operator=(State&& other) noexcept;
  ~State() { Clear(); }

  // A new array, zeroed, in place of the one there. kNoMemory leaves it as it was.
  Status Make(int array, DType dtype, std::initializer_list<Index> dims);
  Status Make(int array, DType dtype, const Shape& shape);
  // A copy of an array of another state.
  Status Copy(int array, const Tensor& from);
  // An array that lies in memory of someone else, who outlives the state.
  void Borrow(int array, const Tensor& tensor);
  // Makes room for `rows` along the first axis, in memory of its own; length and content stay.
  // kNoMemory leaves the array as it was.
  Status Reserve(int array, Index rows);
  // How long the first axis can get without more memory.
  Index Room(int array) const;
  // Makes the first axis so long; requires that there is room.
  void SetRows(int array, Index rows) { arrays_[array].shape.dims[0] = rows; }
  void Clear();

  bool has(int array) const { return arrays_[array].data != nullptr; }
  // Whether the array may be written to.
  bool owns(int array) const { return owned_[array]; }
  const Tensor& operator[](int array) const { return arrays_[array]; }
  template <typename T>
  const T* get(int array) const {
    return arrays_[array].as<T>();
  }
  // For who makes or changes it; the array must be owned.
  template <typename T>
  T* own(int array) {
    return arrays_[array].as<T>();
  }
  size_t bytes() const;  // of all arrays

 private:
  Allocator* memory_ = nullptr;
  Tensor arrays_[kMostArrays + 1] = {};
  bool owned_[kMostArrays + 1] = {};
  size_t room_[kMostArrays + 1] = {};  // bytes of those owned
};

// Whether all arrays are there with dtype and shape as listed. `classes` is 0 for an estimator
// without any.
Status CheckArrays(std::span<const ArraySpec> specs, const State& state, Index features,
                   Index classes);

}  // namespace moonlet::ml
