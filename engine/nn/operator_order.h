// engine/nn/operator_order.h - the order in which the operators of the main graph run: the
// file's, unless another one holds less in memory at once (order.h).
//
// Results are the same: an operator still runs after those it reads from, those that touch a
// variable stay in the file's order, and nothing passes an operator that may end a run.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/nn/model.h"
#include "engine/nn/rewrite.h"

namespace moonlet {

class OperatorOrder {
 public:
  OperatorOrder(const Model& model, Allocator& allocator) : model_(model), allocator_(allocator) {}
  OperatorOrder(const OperatorOrder&) = delete;
  ~OperatorOrder() { Free(); }

  // Looks for an order of those that `rewrite` lets run. kNoMemory. Large graphs keep theirs.
  Status Search(const Rewrite& rewrite);
  // Whether it knows a better one than the file's, which holds until Use(true).
  bool found() const { return places_ != nullptr; }
  void Use(bool found) { used_ = found; }
  // The operator at a place, and the place of an operator.
  int OperatorAt(int place) const { return used_ ? places_[place] : place; }
  int PlaceOf(int op) const { return used_ ? places_[operators_ + op] : op; }
  // Goes back to the file's order for good.
  void Free();

 private:
  Status Arrange(const uint16_t* running, std::span<const uint8_t> order);

  const Model& model_;
  Allocator& allocator_;
  uint16_t* places_ = nullptr;  // operators by place, then places by operator
  int operators_ = 0;
  bool used_ = false;
};

}  // namespace moonlet
