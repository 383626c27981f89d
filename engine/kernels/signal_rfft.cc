// Two real samples make one complex value; a complex transform of half the length follows,
// decimated in time, and a last pass takes the two halves of the spectrum apart. The inverse
// goes the same way back. All in the output's memory.
#include "engine/kernels/signal_rfft.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include "engine/base/libm.h"

namespace moonlet {
namespace {

constexpr double kPi = 0x1.921fb54442d18p1;

// The arithmetic of one value: fixed point with all bits but the sign behind the point,
// which wraps, or float32, every operation rounded.
template <typename T>
constexpr bool kFixed = std::is_integral_v<T>;
template <typename T>
constexpr T kOne = std::numeric_limits<T>::max();
template <typename T>
using WideOf = std::conditional_t<sizeof(T) == 2, int32_t, int64_t>;

template <typename T>
T Plus(T a, T b) {
  if constexpr (!kFixed<T>) return a + b;
  if constexpr (kFixed<T>) return static_cast<T>(WideOf<T>{a} + b);
}
template <typename T>
T Minus(T a, T b) {
  if constexpr (!kFixed<T>) return a - b;
  if constexpr (kFixed<T>) return static_cast<T>(WideOf<T>{a} - b);
}
template <typename T>
T Negative(T a) {
  if constexpr (!kFixed<T>) return -a;
  if constexpr (kFixed<T>) return static_cast<T>(-WideOf<T>{a});
}
// A product back to T.
template <typename T>
T Rounded(WideOf<T> x) {
  constexpr int kBits = std::numeric_limits<T>::digits;
  return static_cast<T>((x + (WideOf<T>{1} << (kBits - 1))) >> kBits);
}
template <typename T>
T Times(T a, T b) {
  if constexpr (!kFixed<T>) return a * b;
  if constexpr (kFixed<T>) return Rounded<T>(WideOf<T>{a} * b);
}
template <typename T>
T Half(T x) {
  if constexpr (!kFixed<T>) return x * 0.5f;
  if constexpr (kFixed<T>) return static_cast<T>(x >> 1);
}
// Of int16 the sum has room for its carry, that of int32 wraps first.
template <typename T>
T HalfOfSum(T a, T b) {
  return Half(Plus(a, b));
}
template <>
int16_t HalfOfSum(int16_t a, int16_t b) {
  return static_cast<int16_t>((a + b) >> 1);
}
template <typename T>
T HalfOfDifference(T a, T b) {
  return Half(Minus(a, b));
}
template <>
int16_t HalfOfDifference(int16_t a, int16_t b) {
  return static_cast<int16_t>((a - b) >> 1);
}

template <typename T>
SignalComplex<T> operator+(SignalComplex<T> a, SignalComplex<T> b) {
  return {Plus(a.re, b.re), Plus(a.im, b.im)};
}
template <typename T>
SignalComplex<T> operator-(SignalComplex<T> a, SignalComplex<T> b) {
  return {Minus(a.re, b.re), Minus(a.im, b.im)};
}
// The wide type holds the sums: no root has a part of -1.
template <typename T>
SignalComplex<T> operator*(SignalComplex<T> a, SignalComplex<T> root) {
  if constexpr (kFixed<T>) {
    const WideOf<T> re = a.re, im = a.im;
    return {Rounded<T>(re * root.re - im * root.im), Rounded<T>(re * root.im + im * root.re)};
  } else {
    return {a.re * root.re - a.im * root.im, a.re * root.im + a.im * root.re};
  }
}
template <typename T>
SignalComplex<T> Conjugate(SignalComplex<T> a) {
  return {a.re, Negative(a.im)};
}
template <typename T>
SignalComplex<T> Divide(SignalComplex<T> a, int32_t by) {
  if constexpr (!kFixed<T>) return a;
  if constexpr (kFixed<T>) {
    const auto part = static_cast<T>(kOne<T> / by);
    return {Times(a.re, part), Times(a.im, part)};
  }
}

// The radices of a complex transform, the outermost first.
struct FourierRadices {
  int32_t count = 0;
  int32_t radix[16] = {};
  int32_t rest;  // what other factors leave

  explicit FourierRadices(int32_t points) : rest(points) {
    for (const int32_t factor : {4, 2, 3, 5})
      for (; rest % factor == 0; rest /= factor) radix[count++] = factor;
  }
  // Where value i of the natural order stands in the decimated one.
  int32_t Position(int32_t i, int32_t points) const {
    int32_t position = 0;
    for (int32_t k = 0; k < count; ++k) {
      points /= radix[k];
      position += i % radix[k] * points;
      i /= radix[k];
    }
    return position;
  }
};

// One pass: `radix` transforms of `part` points, one behind the other, become one.
template <typename T>
struct FourierPass {
  using C = SignalComplex<T>;
  const C* roots;
  int32_t step;  // between the roots of neighbouring points
  int32_t part;
  FourierDirection direction;

  // Point u of transform q, divided and turned.
  C Term(const C* z, int32_t u, int32_t q, int32_t radix) const {
    const C a = Divide(z[q * part], radix);
    return q == 0 ? a : a * roots[q * u * step];
  }

  void Combine2(int32_t u, C* z) const {
    const C a = Term(z, u, 0, 2);
    const C t = Term(z, u, 1, 2);
    z[0] = a + t;
    z[part] = a - t;
  }

  void Combine3(int32_t u, C* z) const {
    const C a = Term(z, u, 0, 3);
    const C t1 = Term(z, u, 1, 3);
    const C t2 = Term(z, u, 2, 3);
    const T third = roots[step * part].im;
    const C sum = t1 + t2;
    const C difference = t1 - t2;
    const C rest = {Minus(a.re, Half(sum.re)), Minus(a.im, Half(sum.im))};
    const C side = {Times(difference.re, third), Times(difference.im, third)};
    z[0] = a + sum;
    z[part] = {Minus(rest.re, side.im), Plus(rest.im, side.re)};
    z[2 * part] = {Plus(rest.re, side.im), Minus(rest.im, side.re)};
  }

  void Combine4(int32_t u, C* z) const {
    const C a = Term(z, u, 0, 4);
    const C t1 = Term(z, u, 1, 4);
    const C t2 = Term(z, u, 2, 4);
    const C t3 = Term(z, u, 3, 4);
    const C even = a + t2;
    const C odd = a - t2;
    const C sum = t1 + t3;
    const C difference = t1 - t3;
    const C turned = {difference.im, Negative(difference.re)};  // times -i
    const bool forward = direction == FourierDirection::kForward;
    z[0] = even + sum;
    z[part] = forward ? odd + turned : odd - turned;
    z[2 * part] = even - sum;
    z[3 * part] = forward ? odd - turned : odd + turned;
  }

  void Combine5(int32_t u, C* z) const {
    const C a = Term(z, u, 0, 5);
    const C t1 = Term(z, u, 1, 5);
    const C t2 = Term(z, u, 2, 5);
    const C t3 = Term(z, u, 3, 5);
    const C t4 = Term(z, u, 4, 5);
    const C fifth = roots[step * part];
    const C fifths = roots[2 * step * part];
    const C s14 = t1 + t4, d14 = t1 - t4, s23 = t2 + t3, d23 = t2 - t3;
    z[0] = a + (s14 + s23);
    const C near = {Plus(Plus(a.re, Times(s14.re, fifth.re)), Times(s23.re, fifths.re)),
                    Plus(Plus(a.im, Times(s14.im, fifth.re)), Times(s23.im, fifths.re))};
    const C near_side = {Plus(Times(d14.im, fifth.im), Times(d23.im, fifths.im)),
                         Minus(Negative(Times(d14.re, fifth.im)), Times(d23.re, fifths.im))};
    z[part] = near - near_side;
    z[4 * part] = near + near_side;
    const C far = {Plus(Plus(a.re, Times(s14.re, fifths.re)), Times(s23.re, fifth.re)),
                   Plus(Plus(a.im, Times(s14.im, fifths.re)), Times(s23.im, fifth.re))};
    const C far_side = {Plus(Negative(Times(d14.im, fifths.im)), Times(d23.im, fifth.im)),
                        Minus(Times(d14.re, fifths.im), Times(d23.re, fifth.im))};
    z[2 * part] = far + far_side;
    z[3 * part] = far - far_side;
  }

  void Run(int32_t radix, C* z) const {
    for (int32_t u = 0; u < part; ++u, ++z) {
      if (radix == 2) Combine2(u, z);
      if (radix == 3) Combine3(u, z);
      if (radix == 4) Combine4(u, z);
      if (radix == 5) Combine5(u, z);
    }
  }
};

// The complex transform of what stands in the decimated order.
template <typename T>
void Transform(const FourierRadices& radices, const SignalComplex<T>* roots,
               FourierDirection direction, int32_t points, SignalComplex<T>* z) {
  int32_t done = 1;  // points of the transforms that are complete
  for (int32_t k = radices.count - 1; k >= 0; --k) {
    const int32_t next = done * radices.radix[k];
    const FourierPass<T> pass = {roots, points / next, done, direction};
    for (int32_t i = 0; i < points; i += next) pass.Run(radices.radix[k], z + i);
    done = next;
  }
}

// From the spectrum of the pairs to the spectrum of the samples.
template <typename T>
void SplitPairs(const SignalComplex<T>* split_roots, int32_t points, SignalComplex<T>* z) {
  using C = SignalComplex<T>;
  const C first = Divide(z[0], 2);
  z[0] = {Plus(first.re, first.im), T{0}};
  z[points] = {Minus(first.re, first.im), T{0}};
  for (int32_t k = 1; k <= points / 2; ++k) {
    const C a = Divide(z[k], 2);
    const C b = Divide(Conjugate(z[points - k]), 2);
    const C even = a + b;
    const C odd = (a - b) * split_roots[k - 1];
    z[k] = {HalfOfSum(even.re, odd.re), HalfOfSum(even.im, odd.im)};
    z[points - k] = {HalfOfDifference(even.re, odd.re), HalfOfDifference(odd.im, even.im)};
  }
}

// And back, into the decimated order.
template <typename T>
void JoinPairs(const FourierRadices& radices, const SignalComplex<T>* split_roots, int32_t points,
               const SignalComplex<T>* spectrum, SignalComplex<T>* z) {
  using C = SignalComplex<T>;
  const T first = spectrum[0].re;
  const T last = spectrum[points].re;
  z[0] = Divide(C{Plus(first, last), Minus(first, last)}, 2);
  for (int32_t k = 1; k <= points / 2; ++k) {
    const C a = Divide(spectrum[k], 2);
    const C b = Divide(Conjugate(spectrum[points - k]), 2);
    const C even = a + b;
    const C odd = (a - b) * split_roots[k - 1];
    z[radices.Position(k, points)] = even + odd;
    z[radices.Position(points - k, points)] = Conjugate(even - odd);
  }
}

template <typename T>
T Quantized(double x) {
  if constexpr (!kFixed<T>) return static_cast<T>(x);
  if constexpr (kFixed<T>) return static_cast<T>(std::floor(0.5 + double{kOne<T>} * x));
}

}  // namespace

bool IsRfftLength(int32_t length) {
  if (length < kMinRfftLength || length > kMaxRfftLength || length % 2 != 0) return false;
  return FourierRadices(length / 2).rest == 1;
}

// Each root from its own angle: rounding to an integer is not symmetric.
template <typename T>
void MakeRfftRoots(int32_t length, FourierDirection direction, SignalComplex<T>* roots) {
  const int32_t points = length / 2;
  const double sign = direction == FourierDirection::kForward ? -1 : 1;
  const auto root = [sign](double angle) {
    return SignalComplex<T>{Quantized<T>(moonlet_cos(sign * angle)),
                            Quantized<T>(moonlet_sin(sign * angle))};
  };
  for (int32_t i = 0; i < points; ++i) *roots++ = root(2 * kPi * i / points);
  for (int32_t k = 0; k < points / 2; ++k)
    *roots++ = root(kPi * (static_cast<double>(k + 1) / points + 0.5));
}

template <typename T>
void Rfft(int32_t length, const SignalComplex<T>* roots, const T* input, int32_t samples,
          SignalComplex<T>* spectrum) {
  const int32_t points = length / 2;
  const FourierRadices radices(points);
  const auto sample = [&](int32_t i) { return i < samples ? input[i] : T{0}; };
  for (int32_t i = 0; i < points; ++i)
    spectrum[radices.Position(i, points)] = {sample(2 * i), sample(2 * i + 1)};
  Transform(radices, roots, FourierDirection::kForward, points, spectrum);
  SplitPairs(roots + points, points, spectrum);
}

template <typename T>
void Irfft(int32_t length, const SignalComplex<T>* roots, const SignalComplex<T>* spectrum,
           SignalComplex<T>* pairs) {
  const int32_t points = length / 2;
  const FourierRadices radices(points);
  JoinPairs(radices, roots + points, points, spectrum, pairs);
  Transform(radices, roots, FourierDirection::kInverse, points, pairs);
  if constexpr (!kFixed<T>) {
    const auto divisor = static_cast<T>(length);
    for (int32_t i = 0; i < points; ++i) pairs[i] = {pairs[i].re / divisor, pairs[i].im / divisor};
  }
}

template void MakeRfftRoots(int32_t, FourierDirection, SignalComplex<int16_t>*);
template void MakeRfftRoots(int32_t, FourierDirection, SignalComplex<int32_t>*);
template void MakeRfftRoots(int32_t, FourierDirection, SignalComplex<float>*);
template void Rfft(int32_t, const SignalComplex<int16_t>*, const int16_t*, int32_t,
                   SignalComplex<int16_t>*);
template void Rfft(int32_t, const SignalComplex<int32_t>*, const int32_t*, int32_t,
                   SignalComplex<int32_t>*);
template void Rfft(int32_t, const SignalComplex<float>*, const float*, int32_t,
                   SignalComplex<float>*);
template void Irfft(int32_t, const SignalComplex<int16_t>*, const SignalComplex<int16_t>*,
                    SignalComplex<int16_t>*);
template void Irfft(int32_t, const SignalComplex<int32_t>*, const SignalComplex<int32_t>*,
                    SignalComplex<int32_t>*);
template void Irfft(int32_t, const SignalComplex<float>*, const SignalComplex<float>*,
                    SignalComplex<float>*);

void EnergyS16(const ComplexS16* spectrum, int32_t begin, int32_t end, uint32_t* energy) {
  for (int32_t i = begin; i < end; ++i) {
    const ComplexS16 x = spectrum[i];
    energy[i] = static_cast<uint32_t>(x.re * x.re) + static_cast<uint32_t>(x.im * x.im);
  }
}

}  // namespace moonlet
