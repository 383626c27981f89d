#include "dsp/dct.h"

#include <cmath>

namespace moonlet::dsp {
namespace {

SplitComplex TakeSplit(size_t n, float** memory) {
  const SplitComplex taken = {*memory, *memory + n};
  *memory += 2 * n;
  return taken;
}

size_t ComplexPoints(size_t n) { return n % 2 == 0 ? n / 2 : 2 * n; }
size_t RootCount(size_t n, DctPlan::Type type) {
  return type == DctPlan::Type::kIV ? n : n / 2 + 1;
}

// e^(-2 pi i k / n) times the factor.
void SetRoot(SplitComplex roots, size_t at, uint64_t k, uint64_t n, double factor) {
  double re, im;
  UnitRoot(k, n, &re, &im);
  roots.re[at] = static_cast<float>(factor * re);
  roots.im[at] = static_cast<float>(factor * im);
}

}  // namespace

size_t DctPlan::Floats(size_t n, Type type) {
  if (type == Type::kIV) return 4 * n + FftPlan::Floats(ComplexPoints(n));
  return 2 * (n / 2 + 1) + n + 2 * (n / 2 + 1) + RealFftPlan::Floats(n);
}

void DctPlan::Make(size_t n, Type type, double scale, bool ortho, float* memory) {
  n_ = n;
  type_ = type;
  roots_ = TakeSplit(RootCount(n, type), &memory);
  if (type == Type::kIV) {
    before_ = TakeSplit(n, &memory);
    MakeRoots4(ortho ? std::sqrt(2 / static_cast<double>(n)) : 2 * scale);
    return complex_.Make(ComplexPoints(n), memory);
  }
  line_ = memory;
  spectrum_ = line_ + n;
  MakeRoots(scale, ortho);
  real_.Make(n, spectrum_ + 2 * (n / 2 + 1));
}

// Type II: bins times 2 e^(-pi i k / 2 n). Type III: before an inverse that divides by n, values
// times n e^(pi i k / 2 n), the root being kept conjugate. Orthonormal scales differ for k = 0.
void DctPlan::MakeRoots(double scale, bool ortho) {
  const auto n = static_cast<double>(n_);
  const bool second = type_ == Type::kII;
  const double plain = second ? 2 * scale : n * scale;
  const double rest = ortho ? (second ? std::sqrt(2 / n) : std::sqrt(n / 2)) : plain;
  const double first = ortho ? (second ? std::sqrt(1 / n) : std::sqrt(n)) : plain;
  for (size_t k = 0; k <= n_ / 2; ++k)
    SetRoot(roots_, k, k, 4 * uint64_t{n_}, k == 0 ? first : rest);
}

// For an even n, t[i] = x[2 i] + i x[n - 1 - 2 i] is turned by (4 i + 1) / 8 n of a full turn
// before the transform of n / 2 points and by the same after it. For an odd n the samples are
// turned by i / 4 n before one of 2 n points, and the bins by (2 k + 1) / 8 n.
void DctPlan::MakeRoots4(double factor) {
  const uint64_t turn = 8 * uint64_t{n_};
  for (size_t i = 0; i < n_; ++i) {
    const bool even = n_ % 2 == 0;
    SetRoot(before_, i, even ? 4 * i + 1 : 2 * i, turn, 1);
    SetRoot(roots_, i, even ? 4 * i : 2 * i + 1, turn, factor);
  }
}

void DctPlan::Run(const float* x, float* y) {
  if (type_ == Type::kII) return RunII(x, y);
  if (type_ == Type::kIII) return RunIII(x, y);
  if (n_ % 2 == 0) return RunIV(x, y);
  RunOddIV(x, y);
}

void DctPlan::RunII(const float* x, float* y) {
  for (size_t i = 0; i < n_; ++i) line_[i % 2 == 0 ? i / 2 : n_ - 1 - i / 2] = x[i];
  real_.Forward(line_, n_, spectrum_);
  y[0] = roots_.re[0] * spectrum_[0];
  for (size_t k = 1; k <= n_ / 2; ++k) {
    const float re = spectrum_[2 * k], im = spectrum_[2 * k + 1];
    const float c = roots_.re[k], s = -roots_.im[k];
    y[n_ - k] = s * re - c * im;
    y[k] = c * re + s * im;
  }
}

void DctPlan::RunIII(const float* x, float* y) {
  spectrum_[0] = roots_.re[0] * x[0];
  spectrum_[1] = 0;
  for (size_t k = 1; k <= n_ / 2; ++k) {
    const float c = roots_.re[k], s = -roots_.im[k];
    spectrum_[2 * k] = c * x[k] + s * x[n_ - k];
    spectrum_[2 * k + 1] = s * x[k] - c * x[n_ - k];
  }
  real_.Inverse(spectrum_, line_);
  for (size_t i = 0; i < n_; ++i) y[i] = line_[i % 2 == 0 ? i / 2 : n_ - 1 - i / 2];
}

void DctPlan::RunIV(const float* x, float* y) {
  const size_t half = n_ / 2;
  const SplitComplex in = complex_.input();
  for (size_t i = 0; i < half; ++i) {
    const float re = x[2 * i], im = x[n_ - 1 - 2 * i];
    in.re[i] = before_.re[i] * re - before_.im[i] * im;
    in.im[i] = before_.re[i] * im + before_.im[i] * re;
  }
  const SplitComplex out = complex_.Run();
  for (size_t k = 0; k < half; ++k) {
    y[2 * k] = roots_.re[k] * out.re[k] - roots_.im[k] * out.im[k];
    y[n_ - 1 - 2 * k] = -(roots_.re[k] * out.im[k] + roots_.im[k] * out.re[k]);
  }
}

void DctPlan::RunOddIV(const float* x, float* y) {
  const SplitComplex in = complex_.input();
  for (size_t i = 0; i < 2 * n_; ++i) in.re[i] = in.im[i] = 0;
  for (size_t i = 0; i < n_; ++i) {
    in.re[i] = before_.re[i] * x[i];
    in.im[i] = before_.im[i] * x[i];
  }
  const SplitComplex out = complex_.Run();
  for (size_t k = 0; k < n_; ++k) y[k] = roots_.re[k] * out.re[k] - roots_.im[k] * out.im[k];
}

}  // namespace moonlet::dsp
