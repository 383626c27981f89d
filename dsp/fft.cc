#include "dsp/fft.h"

#include <cassert>
#include <initializer_list>

#include "dsp/special.h"
#include "engine/base/float_mode.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// Floats in a line of cache: a vector that reaches over its end takes twice as long, so tables and
// buffers begin with a line.
constexpr size_t kLine = 16;

float* Aligned(float* memory) {
  const uintptr_t past = reinterpret_cast<uintptr_t>(memory) / sizeof(float) % kLine;
  return memory + (kLine - past) % kLine;
}

// Room for n floats in whole lines.
constexpr size_t Lines(size_t n) { return (n + kLine - 1) / kLine * kLine; }

// The next `n` complex numbers of the memory at *memory.
SplitComplex Take(size_t n, float** memory) {
  const SplitComplex taken = {*memory, *memory + Lines(n)};
  *memory += 2 * Lines(n);
  return taken;
}

bool HasSmallFactors(size_t n) {
  for (const size_t factor : {2, 3, 5})
    while (n % factor == 0) n /= factor;
  return n == 1;
}

// The length whose passes a transform of n numbers runs.
size_t PassLength(size_t n) {
  if (HasSmallFactors(n)) return n;
  size_t length = 1;
  while (length < 2 * n - 1) length *= 2;
  return length;
}

// Fours first, whose short strides have quick ways; an odd number of twos ends in an eight.
size_t NextRadix(size_t n, size_t stride) {
  if (n % 16 == 0 || n % 8 == 4 || (n % 8 == 0 && stride == 1)) return 4;
  for (const size_t radix : {8, 2, 3})
    if (n % radix == 0) return radix;
  return 5;
}

size_t TwiddleFloats(size_t n) {
  size_t floats = 0;
  for (size_t left = n; left > 1;) {
    const size_t radix = NextRadix(left, n / left);
    left /= radix;
    if (left > 1) floats += Lines(2 * (radix - 1) * left);
  }
  return floats;
}

void StoreRoot(uint64_t k, uint64_t n, double scale, float* re, float* im) {
  double x, y;
  UnitRoot(k, n, &x, &y);
  *re = static_cast<float>(scale * x);
  *im = static_cast<float>(scale * y);
}

}  // namespace

void UnitRoot(uint64_t k, uint64_t n, double* re, double* im) {
  const uint64_t eighths = 8 * (k % n);
  const uint64_t octant = eighths / n;
  const uint64_t past = octant % 2 == 0 ? eighths % n : n - eighths % n;
  const double angle = static_cast<double>(past) * (kPi / 4) / static_cast<double>(n);
  const double along = moonlet_cos(angle), across = moonlet_sin(angle);
  const bool steep = octant % 4 == 1 || octant % 4 == 2;
  const double x = steep ? across : along, y = steep ? along : across;
  *re = octant >= 2 && octant < 6 ? -x : x;
  *im = octant < 4 ? -y : y;
}

size_t FftPlan::Floats(size_t n) {
  const size_t length = PassLength(n);
  const size_t chirp = length == n ? 0 : 2 * Lines(n) + 2 * Lines(length);
  return kLine + 4 * Lines(length) + TwiddleFloats(length) + chirp;
}

void FftPlan::Make(size_t n, float* memory) {
  assert(n >= 1 && n <= kMaxFft);
  kernels_ = &BestFftKernels();
  n_ = n;
  length_ = PassLength(n);
  memory = Aligned(memory);
  FindPasses(length_);
  work_[0] = Take(length_, &memory);
  work_[1] = Take(length_, &memory);
  memory = FillTwiddles(memory);
  FindFunctions();
  chirp_ = filter_ = {};
  if (length_ == n) return;
  chirp_ = Take(n, &memory);
  filter_ = Take(length_, &memory);
  FillChirp();
}

void FftPlan::FindPasses(size_t length) {
  pass_count_ = 0;
  for (size_t left = length, stride = 1; left > 1;) {
    const size_t radix = NextRadix(left, stride);
    left /= radix;
    passes_[pass_count_++] = {radix, left, stride, nullptr};
    stride *= radix;
  }
}

float* FftPlan::FillTwiddles(float* memory) {
  for (size_t i = 0; i < pass_count_; ++i) {
    FftPass& pass = passes_[i];
    if (pass.m == 1) continue;
    pass.twiddles = memory;
    for (size_t k = 1; k < pass.radix; ++k) {
      float* re = memory + 2 * (k - 1) * pass.m;
      for (size_t p = 0; p < pass.m; ++p)
        StoreRoot(p * k, pass.radix * pass.m, 1, re + p, re + pass.m + p);
    }
    memory += Lines(2 * (pass.radix - 1) * pass.m);
  }
  return memory;
}

void FftPlan::FindFunctions() {
  for (size_t i = 0; i < pass_count_; ++i) functions_[i] = kernels_->find_pass(passes_[i]);
  const bool direct = length_ == n_ && pass_count_ > 0;
  first_function_ = direct ? kernels_->find_first_pass(passes_[0]) : nullptr;
}

// k k / 2 n turns: 64 bits hold the square of the longest length.
void FftPlan::FillChirp() {
  const double scale = 1 / static_cast<double>(length_);
  const SplitComplex x = work_[0];
  for (size_t k = 0; k < length_; ++k) x.re[k] = x.im[k] = 0;
  for (size_t k = 0; k < n_; ++k) {
    StoreRoot(uint64_t{k} * k, 2 * uint64_t{n_}, 1, chirp_.re + k, chirp_.im + k);
    const size_t mirrored = k == 0 ? 0 : length_ - k;
    x.re[k] = x.re[mirrored] = static_cast<float>(scale) * chirp_.re[k];
    x.im[k] = x.im[mirrored] = -static_cast<float>(scale) * chirp_.im[k];
  }
  const FlushDenormals mode;
  const SplitComplex transformed = RunPasses(0, work_[0], work_[1]);
  for (size_t k = 0; k < length_; ++k) {
    filter_.re[k] = transformed.re[k];
    filter_.im[k] = transformed.im[k];
  }
}

SplitComplex FftPlan::RunPasses(size_t next, SplitComplex x, SplitComplex other) const {
  for (size_t i = next; i < pass_count_; ++i) {
    functions_[i](passes_[i], x, other);
    const SplitComplex written = other;
    other = x;
    x = written;
  }
  return x;
}

// The transform as a convolution with the chirp; the second transform runs backwards, which
// swapped parts do.
SplitComplex FftPlan::RunChirp() {
  SplitComplex x = work_[0];
  kernels_->multiply(x, chirp_, n_, x);
  for (size_t k = n_; k < length_; ++k) x.re[k] = x.im[k] = 0;
  const SplitComplex spectrum = RunPasses(0, x, work_[1]);
  const SplitComplex other = spectrum.re == x.re ? work_[1] : x;
  kernels_->multiply(spectrum, filter_, length_, spectrum);
  const SplitComplex swapped = RunPasses(0, {spectrum.im, spectrum.re}, {other.im, other.re});
  const SplitComplex result = {swapped.im, swapped.re};
  kernels_->multiply(result, chirp_, n_, result);
  return result;
}

SplitComplex FftPlan::Run() {
  return chirp_.re == nullptr ? RunPasses(0, work_[0], work_[1]) : RunChirp();
}

void FftPlan::Write(const float* x, size_t count, SplitComplex to) {
  kernels_->split(x, count, to);
  for (size_t k = count; k < n_; ++k) to.re[k] = to.im[k] = 0;
}

SplitComplex FftPlan::Run(const float* x, size_t count) {
  if (first_function_ != nullptr && count == n_) {
    first_function_(passes_[0], x, work_[1]);
    return RunPasses(1, work_[1], work_[0]);
  }
  Write(x, count, work_[0]);
  return Run();
}

void FftPlan::Forward(const float* x, size_t count, float* y) {
  kernels_->join(Run(x, count), n_, 1, y);
}

void FftPlan::Inverse(const float* x, size_t count, float* y) {
  Write(x, count, {work_[0].im, work_[0].re});
  const SplitComplex out = Run();
  kernels_->join({out.im, out.re}, n_, 1 / static_cast<float>(n_), y);
}

size_t RealFftPlan::Floats(size_t n) {
  return n % 2 == 1 ? FftPlan::Floats(n) : kLine + FftPlan::Floats(n / 2) + 2 * Lines(n / 4 + 1);
}

void RealFftPlan::Make(size_t n, float* memory) {
  n_ = n;
  if (n % 2 == 1) return half_.Make(n, memory);
  memory = Aligned(memory);
  roots_ = Take(n / 4 + 1, &memory);
  for (size_t k = 0; k < n / 4 + 1; ++k) StoreRoot(k, n, 0.5, roots_.re + k, roots_.im + k);
  half_.Make(n / 2, memory);
}

// An odd count ends in half a complex number.
void RealFftPlan::Forward(const float* x, size_t count, float* spectrum) {
  const FftKernels& kernels = half_.kernels();
  if (n_ % 2 == 0 && count == n_)
    return kernels.unpack_real(half_.Run(x, n_ / 2), roots_, n_ / 2, spectrum);
  const SplitComplex in = half_.input();
  if (n_ % 2 == 0) {
    kernels.split(x, count / 2, in);
    for (size_t k = count / 2; k < n_ / 2; ++k) in.re[k] = in.im[k] = 0;
    if (count % 2 == 1) in.re[count / 2] = x[count - 1];
    return kernels.unpack_real(half_.Run(), roots_, n_ / 2, spectrum);
  }
  for (size_t i = 0; i < n_; ++i) {
    in.re[i] = i < count ? x[i] : 0;
    in.im[i] = 0;
  }
  kernels.join(half_.Run(), bins(), 1, spectrum);
  spectrum[1] = 0;
}

void RealFftPlan::Inverse(const float* spectrum, float* x) {
  if (n_ % 2 == 1) return InverseOdd(spectrum, x);
  const FftKernels& kernels = half_.kernels();
  const SplitComplex in = half_.input();
  kernels.pack_real(spectrum, roots_, n_ / 2, {in.im, in.re});
  const SplitComplex out = half_.Run();
  kernels.join({out.im, out.re}, n_ / 2, 2 / static_cast<float>(n_), x);
}

void RealFftPlan::InverseOdd(const float* spectrum, float* x) {
  const SplitComplex in = half_.input();
  in.im[0] = spectrum[0];
  in.re[0] = 0;
  for (size_t k = 1; k < bins(); ++k) {
    in.im[k] = in.im[n_ - k] = spectrum[2 * k];
    in.re[k] = spectrum[2 * k + 1];
    in.re[n_ - k] = -spectrum[2 * k + 1];
  }
  const SplitComplex out = half_.Run();
  const float scale = 1 / static_cast<float>(n_);
  for (size_t i = 0; i < n_; ++i) x[i] = scale * out.im[i];
}

}  // namespace moonlet::dsp
