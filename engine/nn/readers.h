// engine/nn/readers.h - who gives and who reads each tensor of the main graph.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/allocator.h"
#include "engine/nn/model.h"

namespace moonlet {

class Readers {
 public:
  static constexpr int kNobody = -1;
  static constexpr int kSeveral = -2;

  explicit Readers(Allocator& allocator) : allocator_(allocator) {}
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers() { Free(); }

  // With `is_gone(op)` for operators that read and give nothing any more. False without memory.
  template <typename IsGone>
  [[nodiscard]] bool Find(const Model& model, IsGone is_gone) {
    if (!Init(model)) return false;
    for (int op = 0; op < operators_; ++op)
      if (!is_gone(op)) Add(model, op);
    return true;
  }
  void Free();

  // Require that Find was true.
  // The operator that reads a tensor, once; otherwise kNobody or kSeveral, to which the reader of
  // the model's outputs counts.
  int reader(int tensor) const { return entries_[tensor].reader; }
  // The operator that gives it, or kNobody.
  int producer(int tensor) const { return entries_[tensor].producer; }

 private:
  struct Entry {
    int16_t reader;
    int16_t producer;
  };

  [[nodiscard]] bool Init(const Model& model);
  void Add(const Model& model, int op);

  Allocator& allocator_;
  Entry* entries_ = nullptr;
  int tensors_ = 0;
  int operators_ = 0;
};

}  // namespace moonlet
