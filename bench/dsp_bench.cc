// bench/dsp_bench.cc - the signal processing beside its peers: real Fourier transforms against
// FFTW (measured plans) and KissFFT, whose answers are compared with ours first.
#include <benchmark/benchmark.h>
#if MOONLET_FFTW
#include <fftw3.h>
#endif
#if MOONLET_KISSFFT
#include <kissfft/kiss_fftr.h>
#endif

#include <algorithm>
#include <cmath>
#include <vector>

#include "dsp/convolve.h"
#include "dsp/dct.h"
#include "dsp/fft.h"
#include "engine/base/float_mode.h"

namespace moonlet::dsp {
namespace {

using benchmark::State;

std::vector<float> Signal(size_t n) {
  std::vector<float> x(n);
  uint32_t seed = 1;
  for (float& sample : x) {
    seed = seed * 1664525 + 1013904223;
    sample = static_cast<float>(seed >> 20) / 1024 - 2;
  }
  return x;
}

// A real plan, and the spectrum of Signal(n).
struct RealTransform {
  explicit RealTransform(size_t n) : memory(RealFftPlan::Floats(n)), x(Signal(n)) {
    plan.Make(n, memory.data());
    spectrum.resize(2 * plan.bins());
    Run();
  }
  void Run() { plan.Forward(x.data(), x.size(), spectrum.data()); }

  std::vector<float> memory, x, spectrum;
  RealFftPlan plan;
};

void RfftOurs(State& state) {
  const FlushDenormals mode;
  RealTransform ours(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    ours.Run();
    benchmark::DoNotOptimize(ours.spectrum.data());
    benchmark::ClobberMemory();
  }
}

[[maybe_unused]] bool SameSpectrum(const float* theirs, size_t n) {
  const RealTransform ours(n);
  float peak = 0, distance = 0;
  for (size_t i = 0; i < ours.spectrum.size(); ++i) {
    peak = std::max(peak, std::fabs(ours.spectrum[i]));
    distance = std::max(distance, std::fabs(ours.spectrum[i] - theirs[i]));
  }
  return distance <= 1e-5F * peak;
}

#if MOONLET_FFTW
void RfftFftw(State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  float* x = fftwf_alloc_real(n);
  fftwf_complex* spectrum = fftwf_alloc_complex(n / 2 + 1);
  const fftwf_plan plan = fftwf_plan_dft_r2c_1d(static_cast<int>(n), x, spectrum, FFTW_MEASURE);
  std::ranges::copy(Signal(n), x);
  fftwf_execute(plan);
  if (!SameSpectrum(&spectrum[0][0], n)) state.SkipWithError("other values");
  for (auto _ : state) {
    fftwf_execute(plan);
    benchmark::DoNotOptimize(spectrum);
    benchmark::ClobberMemory();
  }
  fftwf_destroy_plan(plan);
  fftwf_free(x);
  fftwf_free(spectrum);
}
#endif

#if MOONLET_KISSFFT
void RfftKiss(State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  const auto x = Signal(n);
  std::vector<kiss_fft_cpx> spectrum(n / 2 + 1);
  const kiss_fftr_cfg plan = kiss_fftr_alloc(static_cast<int>(n), 0, nullptr, nullptr);
  kiss_fftr(plan, x.data(), spectrum.data());
  if (!SameSpectrum(&spectrum[0].r, n)) state.SkipWithError("other values");
  for (auto _ : state) {
    kiss_fftr(plan, x.data(), spectrum.data());
    benchmark::DoNotOptimize(spectrum.data());
    benchmark::ClobberMemory();
  }
  kiss_fftr_free(plan);
}
#endif

// Powers of two by every library in turn, and the lengths of speech frames.
const bool kRegistered = [] {
  for (const int n : {64, 128, 256, 400, 480, 512, 1024, 2048, 4096}) {
    benchmark::RegisterBenchmark("fft/ours", RfftOurs)->Arg(n);
#if MOONLET_FFTW
    benchmark::RegisterBenchmark("fft/fftw", RfftFftw)->Arg(n);
#endif
#if MOONLET_KISSFFT
    benchmark::RegisterBenchmark("fft/kissfft", RfftKiss)->Arg(n);
#endif
  }
  return true;
}();

void CfftOurs(State& state) {
  const FlushDenormals mode;
  const auto n = static_cast<size_t>(state.range(0));
  std::vector<float> memory(FftPlan::Floats(n)), z = Signal(2 * n), y(2 * n);
  FftPlan plan;
  plan.Make(n, memory.data());
  for (auto _ : state) {
    plan.Forward(z.data(), n, y.data());
    benchmark::DoNotOptimize(y.data());
  }
}
BENCHMARK(CfftOurs)->Arg(64)->Arg(512)->Arg(509)->Arg(1024);

void DctOurs(State& state) {
  const FlushDenormals mode;
  const auto n = static_cast<size_t>(state.range(0));
  const auto type = static_cast<DctPlan::Type>(state.range(1));
  std::vector<float> memory(DctPlan::Floats(n, type)), x = Signal(n), y(n);
  DctPlan plan;
  plan.Make(n, type, 1, true, memory.data());
  for (auto _ : state) {
    plan.Run(x.data(), y.data());
    benchmark::DoNotOptimize(y.data());
  }
}
BENCHMARK(DctOurs)->Args({40, 2})->Args({512, 2})->Args({512, 3})->Args({512, 4});

void ConvolveOurs(State& state) {
  const FlushDenormals mode;
  const auto n = static_cast<size_t>(state.range(0)), taps = static_cast<size_t>(state.range(1));
  std::vector<float> x = Signal(n), h = Signal(taps), y(n + taps - 1);
  const StopToken stop;
  for (auto _ : state) {
    if (!ConvolveDirect(x, h, 0, y, stop).ok()) state.SkipWithError("stopped");
    benchmark::DoNotOptimize(y.data());
  }
}
BENCHMARK(ConvolveOurs)->Args({1024, 64});

}  // namespace
}  // namespace moonlet::dsp
