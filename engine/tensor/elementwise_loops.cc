#include "engine/tensor/elementwise_loops.h"

#include <cassert>
#include <cmath>
#include <type_traits>

#include "engine/base/libm.h"
#include "engine/kernels/float_bits.h"
#include "engine/kernels/float_kernels.h"

namespace moonlet {
namespace {

template <auto kF, typename C, typename Y>
void Pairs(const C* a, const C* b, Y* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = kF(a[i], b[i]);
}

template <auto kF, typename C, typename Y = C>
void Each(const C* x, Y* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = kF(x[i]);
}

// Integers: arithmetic modulo 2^n.

template <typename C>
using Unsigned = std::make_unsigned_t<C>;

template <typename C>
C WrapNegate(C x) {
  return static_cast<C>(Unsigned<C>{0} - static_cast<Unsigned<C>>(x));
}
template <typename C>
C WrapAdd(C a, C b) {
  return static_cast<C>(static_cast<Unsigned<C>>(a) + static_cast<Unsigned<C>>(b));
}
template <typename C>
C WrapSubtract(C a, C b) {
  return static_cast<C>(static_cast<Unsigned<C>>(a) - static_cast<Unsigned<C>>(b));
}
template <typename C>
C WrapMultiply(C a, C b) {
  return static_cast<C>(static_cast<Unsigned<C>>(a) * static_cast<Unsigned<C>>(b));
}
// The divisor -1 stands apart because the lowest integer has no opposite.
template <typename C>
C FloorDivide(C a, C b) {
  if (b == -1) return WrapNegate(a);
  const C quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}
template <typename C>
C Modulo(C a, C b) {
  if (b == -1) return 0;
  const C rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
template <typename C>
C WrapAbs(C x) {
  return x < 0 ? WrapNegate(x) : x;
}
template <typename C>
C Same(C x) {
  return x;
}
template <typename C>
C Not(C x) {
  return x == 0;
}
template <typename C>
C And(C a, C b) {
  return a & b;
}
template <typename C>
C Or(C a, C b) {
  return a | b;
}

// Floats. Library functions see no denormal, whatever they do with one.

template <typename C>
C FloatFloorDivide(C a, C b) {
  return std::floor(Flushed(a / b));
}
// Lua's rule: the remainder has the sign of the divisor.
double DoubleModulo(double a, double b) {
  const double rest = moonlet_fmod(a, b);
  return (rest > 0 ? b < 0 : rest < 0 && b > 0) ? rest + b : rest;
}
// musl's gives numbers below -1, where there is none.
double Acosh(double x) { return x < 1 ? static_cast<double>(NAN) : moonlet_acosh(x); }
template <typename C, double (*kF)(double, double)>
C ThroughDouble(C a, C b) {
  const double x = static_cast<double>(Flushed(a));
  const double y = static_cast<double>(Flushed(b));
  return Flushed(static_cast<C>(kF(x, y)));
}
template <typename C, double (*kF)(double)>
C ThroughDouble(C x) {
  return Flushed(static_cast<C>(kF(static_cast<double>(Flushed(x)))));
}
template <typename C>
C FloatNegate(C x) {
  return -x;
}
template <typename C>
C FloatAbs(C x) {
  return std::fabs(x);
}
template <typename C>
C Round(C x) {
  return std::rint(Flushed(x));
}
template <typename C>
C Floor(C x) {
  return std::floor(Flushed(x));
}
template <typename C>
C Ceil(C x) {
  return std::ceil(Flushed(x));
}
template <typename C>
C Trunc(C x) {
  return std::trunc(Flushed(x));
}

// Both.

template <typename C>
C Maximum(C a, C b) {
  if constexpr (std::is_integral_v<C>) {
    return a > b ? a : b;
  } else {
    return a != a ? a : Flushed(a > b ? a : b);
  }
}
template <typename C>
C Minimum(C a, C b) {
  if constexpr (std::is_integral_v<C>) {
    return a < b ? a : b;
  } else {
    return a != a ? a : Flushed(a < b ? a : b);
  }
}
template <typename C>
C Sign(C x) {
  if (x != x) return x;
  return static_cast<C>((x > 0) - (x < 0));
}

template <typename C>
bool IsNan(C x) {
  return x != x;
}
template <typename C>
bool IsFinite(C x) {
  return x - x == 0;
}
template <typename C>
bool IsInfinite(C x) {
  return !IsFinite(x) && !IsNan(x);
}

template <typename C>
bool Less(C a, C b) {
  return a < b;
}
template <typename C>
bool LessEqual(C a, C b) {
  return a <= b;
}
template <typename C>
bool EqualTo(C a, C b) {
  return a == b;
}
template <typename C>
bool Greater(C a, C b) {
  return a > b;
}
template <typename C>
bool GreaterEqual(C a, C b) {
  return a >= b;
}
template <typename C>
bool NotEqual(C a, C b) {
  return a != b;
}

template <typename C>
BinaryLoop<C> FloatBinary(BinaryOp op) {
  const FloatKernels<C>& kernels = Kernels<C>();
  switch (op) {
    case BinaryOp::kAdd:
      return kernels.plus;
    case BinaryOp::kSubtract:
      return kernels.minus;
    case BinaryOp::kMultiply:
      return kernels.times;
    case BinaryOp::kDivide:
      return kernels.divide;
    case BinaryOp::kFloorDivide:
      return Pairs<FloatFloorDivide<C>, C, C>;
    case BinaryOp::kModulo:
      return Pairs<ThroughDouble<C, DoubleModulo>, C, C>;
    case BinaryOp::kPower:
      return Pairs<ThroughDouble<C, moonlet_pow>, C, C>;
    case BinaryOp::kArcTangent2:
      return Pairs<ThroughDouble<C, moonlet_atan2>, C, C>;
    case BinaryOp::kHypotenuse:
      return Pairs<ThroughDouble<C, moonlet_hypot>, C, C>;
    case BinaryOp::kMaximum:
      return Pairs<Maximum<C>, C, C>;
    case BinaryOp::kMinimum:
      return Pairs<Minimum<C>, C, C>;
    case BinaryOp::kAnd:
    case BinaryOp::kOr:
      break;
  }
  assert(false);
  return nullptr;
}

template <typename C>
BinaryLoop<C> IntegerBinary(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return Pairs<WrapAdd<C>, C, C>;
    case BinaryOp::kSubtract:
      return Pairs<WrapSubtract<C>, C, C>;
    case BinaryOp::kMultiply:
      return Pairs<WrapMultiply<C>, C, C>;
    case BinaryOp::kFloorDivide:
      return Pairs<FloorDivide<C>, C, C>;
    case BinaryOp::kModulo:
      return Pairs<Modulo<C>, C, C>;
    case BinaryOp::kMaximum:
      return Pairs<Maximum<C>, C, C>;
    case BinaryOp::kMinimum:
      return Pairs<Minimum<C>, C, C>;
    case BinaryOp::kAnd:
      return Pairs<And<C>, C, C>;
    case BinaryOp::kOr:
      return Pairs<Or<C>, C, C>;
    case BinaryOp::kDivide:
    case BinaryOp::kPower:
    case BinaryOp::kArcTangent2:
    case BinaryOp::kHypotenuse:
      break;
  }
  assert(false);
  return nullptr;
}

template <typename C>
UnaryLoop<C> FloatUnary(UnaryOp op) {
  const FloatKernels<C>& kernels = Kernels<C>();
  switch (op) {
    case UnaryOp::kNegate:
      return Each<FloatNegate<C>, C>;
    case UnaryOp::kAbs:
      return Each<FloatAbs<C>, C>;
    case UnaryOp::kExp:
      return kernels.exp;
    case UnaryOp::kLog:
      return kernels.log;
    case UnaryOp::kSqrt:
      return kernels.sqrt;
    case UnaryOp::kSin:
      return kernels.sin;
    case UnaryOp::kCos:
      return kernels.cos;
    case UnaryOp::kTanh:
      return kernels.tanh;
    case UnaryOp::kTan:
      return Each<ThroughDouble<C, moonlet_tan>, C>;
    case UnaryOp::kAsin:
      return Each<ThroughDouble<C, moonlet_asin>, C>;
    case UnaryOp::kAcos:
      return Each<ThroughDouble<C, moonlet_acos>, C>;
    case UnaryOp::kAtan:
      return Each<ThroughDouble<C, moonlet_atan>, C>;
    case UnaryOp::kSinh:
      return Each<ThroughDouble<C, moonlet_sinh>, C>;
    case UnaryOp::kCosh:
      return Each<ThroughDouble<C, moonlet_cosh>, C>;
    case UnaryOp::kAsinh:
      return Each<ThroughDouble<C, moonlet_asinh>, C>;
    case UnaryOp::kAcosh:
      return Each<ThroughDouble<C, Acosh>, C>;
    case UnaryOp::kAtanh:
      return Each<ThroughDouble<C, moonlet_atanh>, C>;
    case UnaryOp::kExpm1:
      return Each<ThroughDouble<C, moonlet_expm1>, C>;
    case UnaryOp::kLog1p:
      return Each<ThroughDouble<C, moonlet_log1p>, C>;
    case UnaryOp::kLog2:
      return Each<ThroughDouble<C, moonlet_log2>, C>;
    case UnaryOp::kLog10:
      return Each<ThroughDouble<C, moonlet_log10>, C>;
    case UnaryOp::kCbrt:
      return Each<ThroughDouble<C, moonlet_cbrt>, C>;
    case UnaryOp::kErf:
      return Each<ThroughDouble<C, moonlet_erf>, C>;
    case UnaryOp::kRound:
      return Each<Round<C>, C>;
    case UnaryOp::kFloor:
      return Each<Floor<C>, C>;
    case UnaryOp::kCeil:
      return Each<Ceil<C>, C>;
    case UnaryOp::kTrunc:
      return Each<Trunc<C>, C>;
    case UnaryOp::kSign:
      return Each<Sign<C>, C>;
    case UnaryOp::kNot:
      break;
  }
  assert(false);
  return nullptr;
}

template <typename C>
UnaryLoop<C> IntegerUnary(UnaryOp op) {
  switch (op) {
    case UnaryOp::kNegate:
      return Each<WrapNegate<C>, C>;
    case UnaryOp::kAbs:
      return Each<WrapAbs<C>, C>;
    case UnaryOp::kSign:
      return Each<Sign<C>, C>;
    case UnaryOp::kNot:
      return Each<Not<C>, C>;
    case UnaryOp::kRound:
    case UnaryOp::kFloor:
    case UnaryOp::kCeil:
    case UnaryOp::kTrunc:
      return Each<Same<C>, C>;
    default:
      break;
  }
  assert(false);
  return nullptr;
}

}  // namespace

bool UsesDoubles(BinaryOp op) {
  return op == BinaryOp::kPower || op == BinaryOp::kModulo || op == BinaryOp::kArcTangent2 ||
         op == BinaryOp::kHypotenuse;
}

bool UsesDoubles(UnaryOp op) { return op >= UnaryOp::kTan && op <= UnaryOp::kErf; }

template <typename C>
BinaryLoop<C> BinaryLoopOf(BinaryOp op) {
  if constexpr (std::is_floating_point_v<C>) {
    return FloatBinary<C>(op);
  } else {
    return IntegerBinary<C>(op);
  }
}

template <typename C>
UnaryLoop<C> UnaryLoopOf(UnaryOp op) {
  if constexpr (std::is_floating_point_v<C>) {
    return FloatUnary<C>(op);
  } else {
    return IntegerUnary<C>(op);
  }
}

template <typename C>
UnaryLoop<C, bool> KindLoopOf(Kind kind) {
  switch (kind) {
    case Kind::kFinite:
      return Each<IsFinite<C>, C, bool>;
    case Kind::kInfinite:
      return Each<IsInfinite<C>, C, bool>;
    case Kind::kNan:
      break;
  }
  return Each<IsNan<C>, C, bool>;
}

template <typename C>
BinaryLoop<C, bool> CompareLoopOf(CompareOp op) {
  switch (op) {
    case CompareOp::kLess:
      return Pairs<Less<C>, C, bool>;
    case CompareOp::kLessEqual:
      return Pairs<LessEqual<C>, C, bool>;
    case CompareOp::kGreater:
      return Pairs<Greater<C>, C, bool>;
    case CompareOp::kGreaterEqual:
      return Pairs<GreaterEqual<C>, C, bool>;
    case CompareOp::kEqual:
      return Pairs<EqualTo<C>, C, bool>;
    case CompareOp::kNotEqual:
      break;
  }
  return Pairs<NotEqual<C>, C, bool>;
}

template BinaryLoop<float> BinaryLoopOf(BinaryOp);
template BinaryLoop<double> BinaryLoopOf(BinaryOp);
template BinaryLoop<int32_t> BinaryLoopOf(BinaryOp);
template BinaryLoop<int64_t> BinaryLoopOf(BinaryOp);
template UnaryLoop<float> UnaryLoopOf(UnaryOp);
template UnaryLoop<double> UnaryLoopOf(UnaryOp);
template UnaryLoop<int32_t> UnaryLoopOf(UnaryOp);
template UnaryLoop<int64_t> UnaryLoopOf(UnaryOp);
template UnaryLoop<float, bool> KindLoopOf(Kind);
template UnaryLoop<double, bool> KindLoopOf(Kind);
template BinaryLoop<float, bool> CompareLoopOf(CompareOp);
template BinaryLoop<double, bool> CompareLoopOf(CompareOp);
template BinaryLoop<int32_t, bool> CompareLoopOf(CompareOp);
template BinaryLoop<int64_t, bool> CompareLoopOf(CompareOp);

}  // namespace moonlet
