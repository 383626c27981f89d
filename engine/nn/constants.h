// engine/nn/constants.h - what is constant in a run: what the file has, and the tensors whose
// values are computed once, at load.
//
//   Constants constants(allocator);
//   uint8_t* data = constants.Add(tensor, bytes);   // null: no memory
//   if (data != nullptr) ... write the value ...
//   ModelTensor(model, graph, tensor, &constants)   // is a constant now
//
// An offset of the file and on beyond its end stands for either (ConstantMemory, step.h): those
// computed lie behind each other there, in the order in which they were added.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"

namespace moonlet {

class Constants {
 public:
  // Of each constant that is computed: a vector register.
  static constexpr uint32_t kAlignment = 16;

  explicit Constants(Allocator& allocator) : allocator_(allocator) {}
  Constants(const Constants&) = delete;
  Constants& operator=(const Constants&) = delete;
  ~Constants() { Free(); }

  // For tensors 0 .. tensors - 1. False without memory.
  [[nodiscard]] bool Init(int tensors);
  void Free();

  bool Has(int tensor) const {
    return places_ != nullptr && places_[tensor].at < visible_ && places_[tensor].bytes > 0;
  }
  // Requires Has.
  std::span<const uint8_t> Data(int tensor) const {
    return {memory_ + places_[tensor].at, places_[tensor].bytes};
  }

  // Room for a tensor's value; null without memory. What was given before may move. Requires
  // Init and that it is not Has.
  uint8_t* Add(int tensor, uint32_t bytes);
  // Forgets what was added from there on, a bytes() of before.
  void CutTo(uint32_t bytes);
  // Whether Has knows those: to ask what would be without them. Until ShowAll.
  void HideFrom(uint32_t bytes) { visible_ = bytes; }
  void ShowAll() { visible_ = used_; }
  // Gives the memory of a tensor to those behind it.
  void Remove(int tensor);

  // Of all, one behind the other.
  uint32_t bytes() const { return used_; }
  const uint8_t* data() const { return memory_; }

 private:
  struct Place {
    uint32_t at = 0;
    uint32_t bytes = 0;  // 0: none
  };

  static uint32_t RoundUp(uint32_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }
  [[nodiscard]] bool Grow(uint32_t bytes);

  Allocator& allocator_;
  Place* places_ = nullptr;  // one for each tensor
  uint8_t* memory_ = nullptr;
  int tensors_ = 0;
  uint32_t capacity_ = 0;
  uint32_t used_ = 0;
  uint32_t visible_ = 0;
};

}  // namespace moonlet
