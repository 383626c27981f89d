// engine/kernels/float_math_steps.h - float32 exp, log, sin, cos and tanh, step by step: over add,
// mul, fma, integer operations, compare and select, what every target's vector unit has. The
// polynomials are those of the Cephes library (Moshier), the evaluation is ours: each step is part
// of the specification. Accuracy against double: docs/floats.md.
#pragma once
#include <cstdint>

namespace moonlet {

// Machine says what a number is, one float or several side by side, and how to compute with it:
//   Real, Word, which are added, multiplied... by operators, also with one float or uint32_t
//   Fma(a, b, c) where any may be a float, Bits, FromBits, ToReal of a signed Word
//   ShiftDown<n>(Word) with copies of the sign
//   Above(a, b): a > b; Same(a, b): a == b; IsNan; Select(mask, a, b): mask ? a : b
// A machine is local to its file, hence so is what is made of it.
template <typename Machine>
struct FloatMath : Machine {
  using Machine::Above;
  using Machine::Bits;
  using Machine::Fma;
  using Machine::FromBits;
  using Machine::IsNan;
  using Machine::Same;
  using Machine::Select;
  using Machine::ToReal;
  using typename Machine::Real;
  using typename Machine::Word;

  static constexpr float kInfinity = __builtin_inff();
  static constexpr float kNan = __builtin_nanf("");
  // Adding it rounds to an integer, ties to even, which then stands in the low bits.
  static constexpr float kRounder = 0x1.8p23f;
  static constexpr uint32_t kRounderBits = 0x4B400000u;
  // ln 2 in two parts. The first has 15 bits, so n times it is exact.
  static constexpr float kLn2High = 0x1.62e4p-1f;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20f;

  static Real Abs(Real x) { return FromBits(Bits(x) & 0x7FFFFFFFu); }
  static Real WithSignOf(Real magnitude, Real sign) {
    return FromBits(Bits(magnitude) | (Bits(sign) & 0x80000000u));
  }
  // 2^n for -126 <= n <= 127.
  static Real PowerOfTwo(Word n) { return FromBits((n + 127u) << 23); }

  // exp(x) for |x| <= 104, not yet rounded to a range: 2^n (1 + r + r^2 p(r)).
  static Real ExpInRange(Real x) {
    const Real shifted = Fma(x, 0x1.715476p0f, kRounder);
    const Real n = shifted - kRounder;
    const Real high = Fma(n, -kLn2High, x);  // exact
    const Real low = n * -kLn2Low;
    const Real r = high + low;
    Real p = Fma(r, 1.9875691500E-4f, 1.3981999507E-3f);
    p = Fma(p, r, 8.3334519073E-3f);
    p = Fma(p, r, 4.1665795894E-2f);
    p = Fma(p, r, 1.6666665459E-1f);
    p = Fma(p, r, 5.0000001201E-1f);
    const Real result = (high + Fma(r * r, p, low)) + 1.0f;
    // In two steps: 2^n alone may be above or below the range of float.
    const Word exponent = Bits(shifted) - kRounderBits;
    const Word half = Machine::template ShiftDown<1>(exponent);
    return result * PowerOfTwo(half) * PowerOfTwo(exponent - half);
  }

  static Real Exp(Real x) {
    Real inside = Select(Above(x, 89.0f), 89.0f, x);
    inside = Select(Above(-104.0f, inside), -104.0f, inside);
    Real result = ExpInRange(inside);
    // Below the logarithm of 2^-126 the result is a denormal, hence 0.
    result = Select(Above(-0x1.5d589ep6f, x), 0.0f, result);
    result = Select(Above(x, 0x1.62e42ep6f), kInfinity, result);
    return Select(IsNan(x), kNan, result);
  }

  // x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)).
  static Real Log(Real x) {
    constexpr uint32_t kRootHalf = 0x3F3504F3u;
    const Word shifted = Bits(x) - kRootHalf;
    const Real e = ToReal(Machine::template ShiftDown<23>(shifted));
    const Real f = FromBits((shifted & 0x007FFFFFu) + kRootHalf) - 1.0f;
    const Real square = f * f;
    Real p = Fma(f, 7.0376836292E-2f, -1.1514610310E-1f);
    p = Fma(p, f, 1.1676998740E-1f);
    p = Fma(p, f, -1.2420140846E-1f);
    p = Fma(p, f, 1.4249322787E-1f);
    p = Fma(p, f, -1.6668057665E-1f);
    p = Fma(p, f, 2.0000714765E-1f);
    p = Fma(p, f, -2.4999993993E-1f);
    p = Fma(p, f, 3.3333331174E-1f);
    // f - f^2/2 + f^3 p(f) + e ln 2, the small parts first.
    Real low = Fma(e, kLn2Low, f * square * p);
    low = Fma(square, -0.5f, low);
    Real result = Fma(e, kLn2High, low + f);
    result = Select(Same(x, kInfinity), x, result);
    result = Select(Above(0.0f, x), kNan, result);
    result = Select(Same(x, 0.0f), -kInfinity, result);
    return Select(IsNan(x), kNan, result);
  }

  // x is quadrant * pi/2 + r + low.
  struct Angle {
    Word quadrant;  // of its value the low two bits count
    Real r;         // |r| <= pi/4
    Real low;       // a rounding error of r
  };

  // For 0 <= x < kFarAway, with pi/2 in three parts.
  static constexpr float kFarAway = 117434.0f;
  [[gnu::always_inline]] static Angle ReduceNear(Real x) {
    const Real shifted = Fma(x, 0x1.45f306p-1f, kRounder);
    const Real n = shifted - kRounder;
    const Real first = Fma(n, -0x1.921fb6p0f, x);  // exact
    // first + second exactly, as sum + lost (Knuth): the two may nearly cancel.
    const Real second = n * 0x1.777a5cp-25f;
    const Real second_lost = Fma(n, 0x1.777a5cp-25f, -second);
    const Real sum = first + second;
    const Real added = sum - first;
    const Real lost = (first - (sum - added)) + (second - added);
    const Real rest = Fma(n, 0x1.ee59dap-50f, lost + second_lost);
    const Real r = sum + rest;
    return {Bits(shifted), r, (sum - r) + rest};
  }

  // sin(r + low) and cos(r + low).
  [[gnu::always_inline]] static Real SinNear(Real r, Real low) {
    const Real square = r * r;
    Real p = Fma(square, -1.9515295891E-4f, 8.3321608736E-3f);
    p = Fma(p, square, -1.6666654611E-1f);
    return Fma(square * r, p, Fma(low * square, -0.5f, low)) + r;
  }
  [[gnu::always_inline]] static Real CosNear(Real r, Real low) {
    const Real square = r * r;
    Real p = Fma(square, 2.443315711809948E-5f, -1.388731625493765E-3f);
    p = Fma(p, square, 4.166664568298827E-2f);
    // 1 - square/2, what the roundings lost, and the rest.
    const Real high = Fma(square, -0.5f, 1.0f);
    const Real high_lost = Fma(square, -0.5f, 1.0f - high);
    const Real square_lost = Fma(r, r, -square);
    const Real lost = Fma(square_lost, -0.5f, Fma(-low, r, high_lost));
    return high + Fma(square * square, p, lost);
  }

  // sin of the angle plus so many turns of pi/2, with the sign bit flipped where `sign` has it
  // set.
  [[gnu::always_inline]] static Real SinOf(const Angle& angle, uint32_t turn, Word sign) {
    const Word quadrant = angle.quadrant + turn;
    // By masks, as gcc 12 takes a selection of what is this long for a branch.
    const Word odd = -(quadrant & 1u);
    const Word value =
        (Bits(CosNear(angle.r, angle.low)) & odd) | (Bits(SinNear(angle.r, angle.low)) & ~odd);
    return FromBits(value ^ (((quadrant << 30) ^ sign) & 0x80000000u));
  }

  // sin(x) for turn 0, cos(x) for turn 1, |x| < kFarAway: sine is odd, cosine even.
  [[gnu::always_inline]] static Real SinTurned(Real x, uint32_t turn) {
    return SinOf(ReduceNear(Abs(x)), turn, turn == 0 ? Bits(x) : Bits(x) & 0u);
  }

  // x + x^3 p(x^2) near zero, 1 - 2 / (exp(2x) + 1) elsewhere.
  static Real Tanh(Real x) {
    const Real magnitude = Abs(x);
    const Real square = magnitude * magnitude;
    Real p = Fma(square, -5.70498872745E-3f, 2.06390887954E-2f);
    p = Fma(p, square, -5.37397155531E-2f);
    p = Fma(p, square, 1.33314422036E-1f);
    p = Fma(p, square, -3.33332819422E-1f);
    const Real near = Fma(square * magnitude, p, magnitude);
    // From 9.1 on the result rounds to 1.
    const Real inside = Select(Above(magnitude, 10.0f), 10.0f, magnitude);
    const Real far = 1.0f - 2.0f / (ExpInRange(inside + inside) + 1.0f);
    const Real result = WithSignOf(Select(Above(0.625f, magnitude), near, far), x);
    return Select(IsNan(x), kNan, result);
  }
};

}  // namespace moonlet
