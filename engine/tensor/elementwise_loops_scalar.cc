// The loops themselves. A host compiles them once more for AVX2 and for AVX-512 (kernels/scalar.h),
// so all that they call is local to this file or a function of its own elsewhere.
#include <cassert>
#include <type_traits>

#include "engine/base/libm.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/scalar.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/elementwise_loops.h"

namespace moonlet::MOONLET_SCALAR {
namespace {

// As those of float_bits.h and of the C library.
inline float Flushed(float x) {
  const auto bits = __builtin_bit_cast(uint32_t, x);
  return (bits & 0x7F800000u) == 0 ? __builtin_bit_cast(float, bits & 0x80000000u) : x;
}
inline double Flushed(double x) { return x; }  // float64 keeps its denormals
inline float RoundDown(float x) { return __builtin_floorf(x); }
inline double RoundDown(double x) { return __builtin_floor(x); }
inline float RoundUp(float x) { return __builtin_ceilf(x); }
inline double RoundUp(double x) { return __builtin_ceil(x); }
inline float RoundToZero(float x) { return __builtin_truncf(x); }
inline double RoundToZero(double x) { return __builtin_trunc(x); }
inline float Size(float x) { return __builtin_fabsf(x); }
inline double Size(double x) { return __builtin_fabs(x); }

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
  return RoundDown(Flushed(a / b));
}
// Lua's rule: the remainder has the sign of the divisor.
double DoubleModulo(double a, double b) {
  const double rest = moonlet_fmod(a, b);
  return (rest > 0 ? b < 0 : rest < 0 && b > 0) ? rest + b : rest;
}
// musl's gives numbers below -1, where there is none.
double Acosh(double x) { return x < 1 ? __builtin_nan("") : moonlet_acosh(x); }
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
  return Size(x);
}
template <typename C>
C Round(C x) {
  return Nearest(Flushed(x));
}
template <typename C>
C Floor(C x) {
  return RoundDown(Flushed(x));
}
template <typename C>
C Ceil(C x) {
  return RoundUp(Flushed(x));
}
template <typename C>
C Trunc(C x) {
  return RoundToZero(Flushed(x));
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

template <typename C>
UnaryLoop<C, bool> KindLoop(Kind kind) {
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
BinaryLoop<C, bool> CompareLoop(CompareOp op) {
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

// What integers leave of floats: below `begin` the least one, from `end` on the largest.
template <typename C, typename I>
struct Range {
  C begin, end;
  I least, most;
};

// That of integers with so many bits for the value.
template <typename C, typename I>
Range<C, I> RangeOf(int bits, bool negative) {
  const Unsigned<I> end = Unsigned<I>{1} << bits;
  const auto most = static_cast<I>(end - 1);
  return {negative ? -static_cast<C>(end) : C{0}, static_cast<C>(end), negative ? -most - 1 : 0,
          most};
}

// Bits for the value, of integers of at most 32 with a sign or 16 without.
int BitsOf(DType dtype) {
  if (dtype == DType::kInt8) return 7;
  if (dtype == DType::kUint8) return 8;
  return dtype == DType::kInt16 ? 15 : dtype == DType::kUint16 ? 16 : 31;
}

// As ConvertElement. Requires n <= kChunk.
template <typename C, typename I>
void ToRange(const C* x, Range<C, I> range, DType dtype, Index step, Index n, void* y) {
  I chunk[kChunk];
  for (Index i = 0; i < n; ++i) {
    const C rounded = Nearest(x[i]);
    const bool fits = rounded >= range.begin && rounded < range.end;
    const I inside = static_cast<I>(fits ? rounded : C{0});  // NaN gives 0
    const I above = rounded >= range.end ? range.most : inside;
    chunk[i] = rounded < range.begin ? range.least : above;
  }
  StoreChunk(chunk, dtype, step, n, y);
}

template <typename C>
void ToIntegers(const C* x, DType dtype, Index step, size_t count, void* y) {
  const auto n = static_cast<Index>(count);
  assert(n <= kChunk);
  const bool longest = dtype == DType::kInt64;
  if (longest || dtype == DType::kUint32)
    return ToRange(x, RangeOf<C, int64_t>(longest ? 63 : 32, longest), dtype, step, n, y);
  const int bits = BitsOf(dtype);
  ToRange(x, RangeOf<C, int32_t>(bits, bits % 8 == 7), dtype, step, n, y);
}

}  // namespace

constinit const ElementLoops kElementLoops = {
    .float32 = {FloatBinary<float>, FloatUnary<float>, CompareLoop<float>, KindLoop<float>,
                ToIntegers<float>},
    .float64 = {FloatBinary<double>, FloatUnary<double>, CompareLoop<double>, KindLoop<double>,
                ToIntegers<double>},
    .int32 = {IntegerBinary<int32_t>, IntegerUnary<int32_t>, CompareLoop<int32_t>, nullptr,
              nullptr},
    .int64 = {IntegerBinary<int64_t>, IntegerUnary<int64_t>, CompareLoop<int64_t>, nullptr,
              nullptr},
};

}  // namespace moonlet::MOONLET_SCALAR
