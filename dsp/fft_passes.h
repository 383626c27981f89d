// dsp/fft_passes.h - the passes of dsp/fft_kernels.h over lanes of any width. Each file
// fft_<instruction set>.cc names its lanes and includes this; all in here is its own.
//
// Lanes are types V with Width<V>, Load<V>, Broadcast<V>, LoadPairs<V>, Store, StorePairs, Fma and
// Reverse; `float` is one of them. Wide, Medium and Narrow name what there is, the same twice where
// there is less. Those above one lane have StoreFours<V, 1>, those above four LoadRepeated<V, S>
// and StoreFours<V, 4>. With kSmallCode passes with twiddles and without share their code, and no
// transform of less than 16 has a first pass of its own.
#pragma once
#include "dsp/fft_kernels.h"

namespace moonlet::dsp {
namespace {

template <class V>
struct Complex {
  V re, im;
};

template <class V>
inline Complex<V> operator+(Complex<V> a, Complex<V> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class V>
inline Complex<V> operator-(Complex<V> a, Complex<V> b) {
  return {a.re - b.re, a.im - b.im};
}
// a - i b and a + i b.
template <class V>
inline Complex<V> MinusI(Complex<V> a, Complex<V> b) {
  return {a.re + b.im, a.im - b.re};
}
template <class V>
inline Complex<V> PlusI(Complex<V> a, Complex<V> b) {
  return {a.re - b.im, a.im + b.re};
}
template <class V>
inline Complex<V> Times(Complex<V> z, Complex<V> w) {
  return {Fma(-w.im, z.im, w.re * z.re), Fma(w.re, z.im, w.im * z.re)};
}
template <class V>
inline Complex<V> LoadSplit(SplitComplex x, size_t i) {
  return {Load<V>(x.re + i), Load<V>(x.im + i)};
}
// What a pass reads: split numbers, or the interleaved ones of the caller.
template <class V>
inline Complex<V> LoadNumbers(SplitComplex x, size_t i) {
  return LoadSplit<V>(x, i);
}
template <class V>
inline Complex<V> LoadNumbers(const float* z, size_t i) {
  return LoadPairs<V>(z + 2 * i);
}
template <class V>
inline void StoreSplit(SplitComplex y, size_t i, Complex<V> z) {
  Store(y.re + i, z.re);
  Store(y.im + i, z.im);
}
// fma(c, x, y) for a real number c.
template <class V>
inline Complex<V> AddScaled(float c, Complex<V> x, Complex<V> y) {
  const V factor = Broadcast<V>(c);
  return {Fma(factor, x.re, y.re), Fma(factor, x.im, y.im)};
}
template <class V>
inline Complex<V> Scaled(float c, Complex<V> x) {
  const V factor = Broadcast<V>(c);
  return {factor * x.re, factor * x.im};
}

// The transforms of 2 to 5 and of 8 numbers, in place.
template <class V>
inline void Butterfly(Complex<V> (&z)[2]) {
  const auto a = z[0];
  z[0] = a + z[1];
  z[1] = a - z[1];
}

template <class V>
inline void Butterfly(Complex<V> (&z)[3]) {
  constexpr float kSin60 = 0.866025403784438647F;
  const auto sum = z[1] + z[2];
  const auto turned = Scaled(kSin60, z[1] - z[2]);
  const auto middle = AddScaled(-0.5F, sum, z[0]);
  z[0] = z[0] + sum;
  z[1] = MinusI(middle, turned);
  z[2] = PlusI(middle, turned);
}

template <class V>
inline void Butterfly(Complex<V> (&z)[4]) {
  const auto a = z[0] + z[2], b = z[0] - z[2], c = z[1] + z[3], d = z[1] - z[3];
  z[0] = a + c;
  z[1] = MinusI(b, d);
  z[2] = a - c;
  z[3] = PlusI(b, d);
}

template <class V>
inline void Butterfly(Complex<V> (&z)[5]) {
  constexpr float kCos72 = 0.309016994374947424F, kCos144 = -0.809016994374947424F;
  constexpr float kSin72 = 0.951056516295153572F, kSin144 = 0.587785252292473129F;
  const auto a = z[1] + z[4], b = z[2] + z[3], c = z[1] - z[4], d = z[2] - z[3];
  const auto near = AddScaled(kCos144, b, AddScaled(kCos72, a, z[0]));
  const auto far = AddScaled(kCos72, b, AddScaled(kCos144, a, z[0]));
  const auto turned_near = AddScaled(kSin144, d, Scaled(kSin72, c));
  const auto turned_far = AddScaled(-kSin72, d, Scaled(kSin144, c));
  z[0] = z[0] + (a + b);
  z[1] = MinusI(near, turned_near);
  z[2] = MinusI(far, turned_far);
  z[3] = PlusI(far, turned_far);
  z[4] = PlusI(near, turned_near);
}

// Even outputs are the transform of the sums, odd ones that of the differences times e^(-i pi k /
// 4), whose sqrt(1/2) comes last.
template <class V>
inline void Butterfly(Complex<V> (&z)[8]) {
  constexpr float kSin45 = 0.707106781186547524F;
  Complex<V> even[4] = {z[0] + z[4], z[1] + z[5], z[2] + z[6], z[3] + z[7]};
  const auto d0 = z[0] - z[4], d1 = z[1] - z[5], d2 = z[2] - z[6], d3 = z[3] - z[7];
  Butterfly(even);
  const auto a = MinusI(d0, d2), b = PlusI(d0, d2);
  const auto turned1 = MinusI(d1, d1), turned3 = PlusI(d3, d3);
  const auto c = turned1 - turned3, d = turned1 + turned3;
  for (int k = 0; k < 4; ++k) z[2 * k] = even[k];
  z[1] = AddScaled(kSin45, c, a);
  z[5] = AddScaled(-kSin45, c, a);
  z[3] = {Fma(Broadcast<V>(kSin45), d.im, b.re), Fma(Broadcast<V>(-kSin45), d.re, b.im)};
  z[7] = {Fma(Broadcast<V>(-kSin45), d.im, b.re), Fma(Broadcast<V>(kSin45), d.re, b.im)};
}

// w^(p k) for k = 1 ... R - 1 as they lie in a pass, from position p on.
template <int R>
struct Twiddles {
  const float* first;
  size_t m;
  const float* re(int k, size_t p) const { return first + m * static_cast<size_t>(2 * k - 2) + p; }
  const float* im(int k, size_t p) const { return re(k, p) + m; }
};

// One p of a pass whose stride is at least Width<V>: the last lanes overlap the ones before.
template <class V, int R, bool kTwiddles, class Source>
inline void PassRow(const FftPass& pass, size_t p, Source x, SplitComplex y) {
  const Twiddles<R> table = {pass.twiddles, pass.m};
  const bool turns = kTwiddles && (!kSmallCode || pass.twiddles != nullptr);
  Complex<V> w[R] = {};
  if (turns) {
    for (int k = 1; k < R; ++k)
      w[k] = {Broadcast<V>(*table.re(k, p)), Broadcast<V>(*table.im(k, p))};
  }
  const size_t s = pass.stride;
  for (size_t next = 0; next < s; next += Width<V>) {
    const size_t q = next + Width<V> <= s ? next : s - Width<V>;
    Complex<V> z[R];
    for (size_t k = 0; k < R; ++k) z[k] = LoadNumbers<V>(x, q + s * (p + pass.m * k));
    Butterfly(z);
    if (turns)
      for (size_t k = 1; k < R; ++k) z[k] = Times(z[k], w[k]);
    for (size_t k = 0; k < R; ++k) StoreSplit(y, q + s * (R * p + k), z[k]);
  }
}

template <class V, int R, class Source>
void StridedPass(const FftPass& pass, Source x, SplitComplex y) {
  if (!kSmallCode && pass.twiddles == nullptr) return PassRow<V, R, false>(pass, 0, x, y);
  for (size_t p = 0; p < pass.m; ++p) PassRow<V, R, true>(pass, p, x, y);
}

// Lanes that hold several p, for a stride of 1 or 4 with radix 4: units of `stride` numbers from
// the four outputs alternate in memory. The last lanes overlap the ones before.
template <class V, size_t S, class Source>
void ShortStridePass4(const FftPass& pass, Source x, SplitComplex y) {
  const Twiddles<4> table = {pass.twiddles, pass.m};
  const size_t columns = S * pass.m;
  for (size_t next = 0; next < columns; next += Width<V>) {
    const size_t j = next + Width<V> <= columns ? next : columns - Width<V>;
    Complex<V> z[4];
    for (size_t k = 0; k < 4; ++k) z[k] = LoadNumbers<V>(x, j + columns * k);
    Butterfly(z);
    for (int k = 1; k < 4; ++k) {
      z[k] = Times(
          z[k], {LoadRepeated<V, S>(table.re(k, j / S)), LoadRepeated<V, S>(table.im(k, j / S))});
    }
    StoreFours<V, S>(y.re + 4 * j, z[0].re, z[1].re, z[2].re, z[3].re);
    StoreFours<V, S>(y.im + 4 * j, z[0].im, z[1].im, z[2].im, z[3].im);
  }
}

// The function of lanes V for a short stride, or null when there is none.
template <class V, class Source>
PassFunction<Source> ShortPass4(const FftPass& pass) {
  const size_t columns = pass.stride * pass.m;
  if (pass.twiddles == nullptr || columns < Width<V>) return nullptr;
  if constexpr (Width < V >> 1) {
    if (pass.stride == 1) return ShortStridePass4<V, 1, Source>;
  }
  if constexpr (Width < V >> 4) {
    if (pass.stride == 4) return ShortStridePass4<V, 4, Source>;
  }
  return nullptr;
}

template <int R, class Source>
PassFunction<Source> PassOfRadix(const FftPass& pass) {
  if constexpr (R == 4) {
    if (const auto function = ShortPass4<Wide, Source>(pass)) return function;
    if (const auto function = ShortPass4<Medium, Source>(pass)) return function;
  }
  if (pass.stride >= Width<Wide>) return StridedPass<Wide, R, Source>;
  if (pass.stride >= Width<Medium>) return StridedPass<Medium, R, Source>;
  if (pass.stride >= Width<Narrow>) return StridedPass<Narrow, R, Source>;
  return StridedPass<float, R, Source>;
}

PassFunction<SplitComplex> FindPass(const FftPass& pass) {
  switch (pass.radix) {
    case 2:
      return PassOfRadix<2, SplitComplex>(pass);
    case 3:
      return PassOfRadix<3, SplitComplex>(pass);
    case 4:
      return PassOfRadix<4, SplitComplex>(pass);
    case 5:
      return PassOfRadix<5, SplitComplex>(pass);
    default:
      return PassOfRadix<8, SplitComplex>(pass);
  }
}

PassFunction<const float*> FindFirstPass(const FftPass& pass) {
  if (pass.radix != 4) return nullptr;
  if (const auto function = ShortPass4<Wide, const float*>(pass)) return function;
  if (const auto function = ShortPass4<Medium, const float*>(pass)) return function;
  if constexpr (kSmallCode) return nullptr;
  return StridedPass<float, 4, const float*>;
}

// Runs body(lanes, i) over 0 ... n - 1: the widest lanes first, the rest one by one.
template <class Body>
inline void OverLanes(size_t n, Body body) {
  size_t i = 0;
  for (; i + Width<Wide> <= n; i += Width<Wide>) body(Wide{}, i);
  for (; i + Width<Medium> <= n; i += Width<Medium>) body(Medium{}, i);
  for (; i < n; ++i) body(float{}, i);
}

// The same where doing some twice does no harm: the last lanes overlap the ones before.
template <class V, class Body>
inline bool Overlapping(size_t n, Body body) {
  if (n < Width<V>) return false;
  for (size_t i = 0; i < n; i += Width<V>) body(V{}, i + Width<V> <= n ? i : n - Width<V>);
  return true;
}
template <class Body>
inline void OverLanesAgain(size_t n, Body body) {
  if (!Overlapping<Wide>(n, body) && !Overlapping<Medium>(n, body)) Overlapping<float>(n, body);
}

void Split(const float* z, size_t n, SplitComplex y) {
  OverLanesAgain(
      n, [=](auto lanes, size_t i) { StoreSplit(y, i, LoadPairs<decltype(lanes)>(z + 2 * i)); });
}

void Join(SplitComplex x, size_t n, float scale, float* z) {
  OverLanesAgain(n, [=](auto lanes, size_t i) {
    const auto scaled = Scaled(scale, LoadSplit<decltype(lanes)>(x, i));
    StorePairs(z + 2 * i, scaled.re, scaled.im);
  });
}

void UnpackReal(SplitComplex x, SplitComplex roots, size_t h, float* spectrum) {
  spectrum[0] = x.re[0] + x.im[0];
  spectrum[2 * h] = x.re[0] - x.im[0];
  spectrum[1] = spectrum[2 * h + 1] = 0;
  OverLanesAgain(h / 2, [=](auto lanes, size_t i) {
    using V = decltype(lanes);
    const size_t k = i + 1, mirrored = h - k - (Width<V> - 1);
    const auto a = LoadSplit<V>(x, k), w = LoadSplit<V>(roots, k);
    const Complex<V> b = {Reverse(Load<V>(x.re + mirrored)), Reverse(Load<V>(x.im + mirrored))};
    const V even_re = a.re + b.re, even_im = a.im - b.im;
    const auto odd = Times(Complex<V>{a.im + b.im, b.re - a.re}, w);
    const V half = Broadcast<V>(0.5F);
    StorePairs(spectrum + 2 * k, Fma(half, even_re, odd.re), Fma(half, even_im, odd.im));
    StorePairs(spectrum + 2 * mirrored, Reverse(Fma(half, even_re, -odd.re)),
               Reverse(Fma(-half, even_im, odd.im)));
  });
}

void PackReal(const float* spectrum, SplitComplex roots, size_t h, SplitComplex y) {
  y.re[0] = 0.5F * (spectrum[0] + spectrum[2 * h]);
  y.im[0] = 0.5F * (spectrum[0] - spectrum[2 * h]);
  OverLanesAgain(h / 2, [=](auto lanes, size_t i) {
    using V = decltype(lanes);
    const size_t k = i + 1, mirrored = h - k - (Width<V> - 1);
    const auto a = LoadPairs<V>(spectrum + 2 * k), w = LoadSplit<V>(roots, k);
    const auto last = LoadPairs<V>(spectrum + 2 * mirrored);
    const Complex<V> b = {Reverse(last.re), Reverse(last.im)};
    const V even_re = a.re + b.re, even_im = a.im - b.im;
    const auto odd = Times(Complex<V>{a.re - b.re, a.im + b.im}, Complex<V>{w.re, -w.im});
    const V half = Broadcast<V>(0.5F);
    StoreSplit<V>(y, k, {Fma(half, even_re, -odd.im), Fma(half, even_im, odd.re)});
    StoreSplit<V>(y, mirrored,
                  {Reverse(Fma(half, even_re, odd.im)), Reverse(Fma(-half, even_im, odd.re))});
  });
}

void Multiply(SplitComplex x, SplitComplex h, size_t n, SplitComplex y) {
  OverLanes(n, [=](auto lanes, size_t i) {
    using V = decltype(lanes);
    StoreSplit(y, i, Times(LoadSplit<V>(x, i), LoadSplit<V>(h, i)));
  });
}

void AddScaledTo(float a, const float* x, size_t n, float* y) {
  OverLanes(n, [=](auto lanes, size_t i) {
    using V = decltype(lanes);
    Store(y + i, Fma(Broadcast<V>(a), Load<V>(x + i), Load<V>(y + i)));
  });
}

constexpr FftKernels kTable = {FindPass,   FindFirstPass, Split,    Join,
                               UnpackReal, PackReal,      Multiply, AddScaledTo};

}  // namespace
}  // namespace moonlet::dsp
