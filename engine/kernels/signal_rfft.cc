// Two real samples make one complex value; a complex transform of half the length follows,
// decimated in time, and a last pass takes the two halves of the spectrum apart. All in
// the output's memory.
#include "engine/kernels/signal_rfft.h"

#include <cmath>

#include "engine/base/libm.h"

namespace moonlet {
namespace {

constexpr int32_t kOne = 32767;  // of Q15
constexpr double kPi = 0x1.921fb54442d18p1;

int16_t Wrap16(int32_t x) { return static_cast<int16_t>(x); }
int16_t Round15(int32_t x) { return Wrap16((x + (1 << 14)) >> 15); }

ComplexS16 operator+(ComplexS16 a, ComplexS16 b) {
  return {Wrap16(a.re + b.re), Wrap16(a.im + b.im)};
}
ComplexS16 operator-(ComplexS16 a, ComplexS16 b) {
  return {Wrap16(a.re - b.re), Wrap16(a.im - b.im)};
}
ComplexS16 Conjugate(ComplexS16 a) { return {a.re, Wrap16(-a.im)}; }
// int32 holds the sums: no root has a part of -32768.
ComplexS16 operator*(ComplexS16 a, ComplexS16 root) {
  return {Round15(a.re * root.re - a.im * root.im), Round15(a.re * root.im + a.im * root.re)};
}
ComplexS16 Divide(ComplexS16 a, int32_t by) {
  return {Round15(a.re * (kOne / by)), Round15(a.im * (kOne / by))};
}

int32_t Radix(int32_t points) { return points % 4 == 0 ? 4 : 2; }

// Where value i of the decimated order stands in the natural one.
int32_t Source(int32_t i, int32_t points) {
  int32_t source = 0;
  int32_t stride = 1;
  for (int32_t rest = points; rest > 1;) {
    const int32_t radix = Radix(rest);
    rest /= radix;
    source += i / rest % radix * stride;
    stride *= radix;
  }
  return source;
}

void LoadDecimated(const int16_t* input, int32_t samples, int32_t points, ComplexS16* z) {
  const auto sample = [&](int32_t i) { return i < samples ? input[i] : int16_t{0}; };
  for (int32_t i = 0; i < points; ++i) {
    const int32_t source = 2 * Source(i, points);
    z[i] = {sample(source), sample(source + 1)};
  }
}

// Two transforms of one point become one of two.
void Combine2(ComplexS16 one, ComplexS16* z) {
  const ComplexS16 a = Divide(z[0], 2);
  const ComplexS16 b = Divide(z[1], 2) * one;
  z[0] = a + b;
  z[1] = a - b;
}

// Four transforms of `quarter` points, one behind the other, become one.
void Combine4(const ComplexS16* roots, int32_t step, int32_t quarter, ComplexS16* z) {
  for (int32_t u = 0; u < quarter; ++u, ++z) {
    const ComplexS16 a = Divide(z[0], 4);
    const ComplexS16 t1 = Divide(z[quarter], 4) * roots[u * step];
    const ComplexS16 t2 = Divide(z[2 * quarter], 4) * roots[2 * u * step];
    const ComplexS16 t3 = Divide(z[3 * quarter], 4) * roots[3 * u * step];
    const ComplexS16 even = a + t2;
    const ComplexS16 odd = a - t2;
    const ComplexS16 sum = t1 + t3;
    const ComplexS16 difference = t1 - t3;
    const ComplexS16 turned = {difference.im, Wrap16(-difference.re)};  // times -i
    z[0] = even + sum;
    z[quarter] = odd + turned;
    z[2 * quarter] = even - sum;
    z[3 * quarter] = odd - turned;
  }
}

void Transform(const ComplexS16* roots, int32_t points, ComplexS16* z) {
  int32_t done = 1;  // points of the transforms that are complete
  while (done < points) {
    // Radix 2, where there is one, is the innermost.
    const int32_t radix = done == 1 && (points & 0x55555555) == 0 ? 2 : 4;
    const int32_t next = done * radix;
    for (int32_t i = 0; i < points; i += next) {
      if (radix == 2) {
        Combine2(roots[0], z + i);
      } else {
        Combine4(roots, 2 * points / next, done, z + i);
      }
    }
    done = next;
  }
}

// From the spectrum of the pairs to the spectrum of the samples.
void SplitPairs(const ComplexS16* roots, int32_t points, ComplexS16* z) {
  const ComplexS16 first = Divide(z[0], 2);
  z[0] = {Wrap16(first.re + first.im), 0};
  z[points] = {Wrap16(first.re - first.im), 0};
  for (int32_t k = 1; k <= points / 2; ++k) {
    const ComplexS16 a = Divide(z[k], 2);
    const ComplexS16 b = Divide(Conjugate(z[points - k]), 2);
    const ComplexS16 even = a + b;
    const ComplexS16 odd = (a - b) * roots[k + points / 2];
    z[k] = {Wrap16((even.re + odd.re) >> 1), Wrap16((even.im + odd.im) >> 1)};
    z[points - k] = {Wrap16((even.re - odd.re) >> 1), Wrap16((odd.im - even.im) >> 1)};
  }
}

}  // namespace

void MakeRfftRoots(int32_t length, ComplexS16* roots) {
  const auto quantized = [](double x) { return Wrap16(static_cast<int32_t>(std::floor(0.5 + x))); };
  for (int32_t k = 0; k < length / 4 * 3; ++k) {
    const double angle = -2 * kPi * k / length;
    roots[k] = {quantized(kOne * moonlet_cos(angle)), quantized(kOne * moonlet_sin(angle))};
  }
}

void RfftS16(int32_t length, const ComplexS16* roots, const int16_t* input, int32_t samples,
             ComplexS16* spectrum) {
  const int32_t points = length / 2;
  LoadDecimated(input, samples, points, spectrum);
  Transform(roots, points, spectrum);
  SplitPairs(roots, points, spectrum);
}

void EnergyS16(const ComplexS16* spectrum, int32_t begin, int32_t end, uint32_t* energy) {
  for (int32_t i = begin; i < end; ++i) {
    const ComplexS16 x = spectrum[i];
    energy[i] = static_cast<uint32_t>(x.re * x.re) + static_cast<uint32_t>(x.im * x.im);
  }
}

}  // namespace moonlet
