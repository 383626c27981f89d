// engine/tensor/elementwise.h - one result element from the operands' elements at the
// same place.
//
//   DType dtype;
//   if (Status s = ResultOf(BinaryOp::kAdd, Promote(a.dtype, b.dtype), &dtype); !s.ok()) ...
//   Status s = Binary(BinaryOp::kAdd, a, b, out, stop);   // out: dtype, the joint shape
//
// Operands broadcast to the shape of `out`; `out` is identical to an operand or disjoint
// from it. Operands are converted to the dtype of the computation element by element.
// Integer arithmetic wraps. float32 follows docs/floats.md: flushed denormals, our own
// functions, and what is not in engine/kernels/float_kernels.h is the shared double
// function rounded once.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

enum class BinaryOp : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,  // towards minus infinity, as Lua's //
  kModulo,       // with the sign of the divisor, as Lua's %
  kPower,
  kArcTangent2,  // the angle of the point (b, a), in radians
  kHypotenuse,
  kMaximum,  // NaN when either is
  kMinimum,
  kAnd,
  kOr,
};

enum class UnaryOp : uint8_t {
  kNegate,
  kAbs,
  kNot,
  kExp,
  kLog,
  kSqrt,
  kSin,
  kCos,
  kTanh,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kAsinh,
  kAcosh,
  kAtanh,
  kExpm1,
  kLog1p,
  kLog2,
  kLog10,
  kCbrt,
  kErf,
  kRound,  // ties to even
  kFloor,
  kCeil,
  kTrunc,
  kSign,
};

// What kind of number an element is: of integers all are finite.
enum class Kind : uint8_t { kFinite, kInfinite, kNan };

enum class CompareOp : uint8_t { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };

// Requires out.dtype to be ResultOf(op, a dtype that both convert to). Integer division
// by zero is kInvalid and changes nothing.
Status Binary(BinaryOp op, const Tensor& a, const Tensor& b, const Tensor& out,
              const StopToken& stop) noexcept;

// Requires out.dtype from ResultOf(op, x.dtype).
Status Unary(UnaryOp op, const Tensor& x, const Tensor& out, const StopToken& stop) noexcept;

// a op b, both taken as `dtype`, to the bool tensor `out`. Bool operands count as int8.
Status Compare(CompareOp op, DType dtype, const Tensor& a, const Tensor& b, const Tensor& out,
               const StopToken& stop) noexcept;

// Where the elements of x are of that kind, to the bool tensor `out`.
Status IsKind(Kind kind, const Tensor& x, const Tensor& out, const StopToken& stop) noexcept;

// condition ? a : b, converted to out.dtype. Copies: NaN and denormals stay as they are.
Status Where(const Tensor& condition, const Tensor& a, const Tensor& b, const Tensor& out,
             const StopToken& stop) noexcept;

}  // namespace moonlet
