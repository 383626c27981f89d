#include "engine/tensor/promote.h"

#include <algorithm>

namespace moonlet {
namespace {

bool IsSigned(DType dtype) {
  return dtype == DType::kInt8 || dtype == DType::kInt16 || dtype == DType::kInt32 ||
         dtype == DType::kInt64;
}

DType SignedOfSize(size_t bytes) {
  switch (bytes) {
    case 1:
      return DType::kInt8;
    case 2:
      return DType::kInt16;
    case 4:
      return DType::kInt32;
  }
  return DType::kInt64;
}

bool IsInteger(DType dtype) { return !IsFloat(dtype); }  // bool counts as one

}  // namespace

DType Promote(DType a, DType b) {
  if (a == b || b == DType::kBool) return a;
  if (a == DType::kBool) return b;
  if (IsFloat(a) || IsFloat(b)) {
    // 16 bits fit the 24 of float32, 32 do not.
    const auto fits = [](DType d) { return d == DType::kFloat32 || SizeOf(d) <= 2; };
    return fits(a) && fits(b) ? DType::kFloat32 : DType::kFloat64;
  }
  if (IsSigned(a) == IsSigned(b)) return SizeOf(a) > SizeOf(b) ? a : b;
  const size_t with_sign = SizeOf(IsSigned(a) ? a : b);
  const size_t without = SizeOf(IsSigned(a) ? b : a);
  return SignedOfSize(std::max(with_sign, 2 * without));
}

Status ResultOf(BinaryOp op, DType dtype, DType* result) {
  *result = dtype;
  const bool is_bool = dtype == DType::kBool;
  switch (op) {
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
      if (!is_bool) return Status::Invalid("bool tensors expected, got %s", NameOf(dtype));
      break;
    case BinaryOp::kDivide:
    case BinaryOp::kPower:
    case BinaryOp::kArcTangent2:
    case BinaryOp::kHypotenuse:
      if (IsInteger(dtype)) *result = DType::kFloat32;
      break;
    case BinaryOp::kFloorDivide:
    case BinaryOp::kModulo:
      if (is_bool) *result = DType::kInt8;
      break;
    case BinaryOp::kSubtract:
      if (is_bool) return Status::Invalid("bool tensors cannot be subtracted; use ne or astype");
      break;
    case BinaryOp::kAdd:
    case BinaryOp::kMultiply:
    case BinaryOp::kMaximum:
    case BinaryOp::kMinimum:
      break;
  }
  return {};
}

Status ResultOf(UnaryOp op, DType dtype, DType* result) {
  *result = dtype;
  switch (op) {
    case UnaryOp::kNot:
      if (dtype != DType::kBool) {
        return Status::Invalid("bool tensor expected, got %s", NameOf(dtype));
      }
      break;
    case UnaryOp::kNegate:
    case UnaryOp::kSign:
      if (dtype == DType::kBool) return Status::Invalid("a number tensor expected, got bool");
      break;
    case UnaryOp::kAbs:
    case UnaryOp::kRound:
    case UnaryOp::kFloor:
    case UnaryOp::kCeil:
    case UnaryOp::kTrunc:
      break;
    default:  // the functions of real numbers
      if (IsInteger(dtype)) *result = DType::kFloat32;
      break;
  }
  return {};
}

}  // namespace moonlet
