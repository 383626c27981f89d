// bench/filters_bench.cc - streaming filters on 1,024 samples a push, beside liquid-dsp where it
// is installed (libliquid-dev). The peers' answers are compared with ours before they are timed.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "dsp/fixed_filters.h"
#include "dsp/polyphase.h"
#include "dsp/recursive.h"
#include "engine/base/float_mode.h"
#if defined(MOONLET_LIQUID)
#include <liquid/liquid.h>
#endif

namespace moonlet {
namespace {

using benchmark::State;

constexpr size_t kSamples = 1024;
constexpr size_t kTaps = 64;
constexpr size_t kSections = 4;
constexpr dsp::RunningSection kSection = {0.2f, 0.3f, 0.2f, -0.6f, 0.3f, 0, 0};

std::vector<float> Noise(size_t n) {
  std::vector<float> values(n);
  uint32_t seed = 7;
  for (float& v : values) {
    seed = 1664525 * seed + 1013904223;
    v = static_cast<float>(seed >> 20) / 1024 - 2;
  }
  return values;
}

std::vector<float> Taps() {
  std::vector<float> taps = Noise(kTaps);
  for (float& tap : taps) tap /= kTaps;
  return taps;
}

// A block in memory of its own.
template <typename B>
class Made {
 public:
  template <typename... Arguments>
  explicit Made(const Arguments&... arguments) {
    dsp::Arena count;
    count.Take<B>(1);
    const B counted(count, arguments...);
    memory_.resize(count.used() / sizeof(double) + 1);
    dsp::Arena arena(memory_.data());
    block_ = new (arena.Take<B>(1)) B(arena, arguments...);
  }
  B& operator*() { return *block_; }

 private:
  std::vector<double> memory_;
  B* block_;
};

template <typename T>
void TimePushes(State& state, dsp::Block& block, const std::vector<T>& x) {
  std::vector<T> y(block.MaxOutput(x.size()) + 1);
  for (auto _ : state) {
    const FlushDenormals flush;
    block.Push(x.data(), x.size(), y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(x.size()));
}

dsp::PolyphaseSpec SpecOf(const std::vector<float>& taps, uint32_t up, uint32_t down) {
  dsp::PolyphaseSpec spec;
  spec.taps = taps;
  spec.up = up;
  spec.down = down;
  return spec;
}

void Polyphase(State& state, uint32_t up, uint32_t down) {
  const auto taps = Taps();
  Made<dsp::Polyphase> fir(SpecOf(taps, up, down));
  TimePushes(state, *fir, Noise(kSamples));
}
BENCHMARK_CAPTURE(Polyphase, fir_64_taps, 1, 1);
BENCHMARK_CAPTURE(Polyphase, fir_64_taps_decimate_4, 1, 4);
BENCHMARK_CAPTURE(Polyphase, fir_64_taps_up_3_down_2, 3, 2);

const std::vector<dsp::RunningSection>& Sections() {
  static const std::vector<dsp::RunningSection> sections(kSections, kSection);
  return sections;
}

dsp::CascadeSpec CascadeOf(const std::vector<dsp::RunningSection>& sections) {
  dsp::CascadeSpec spec;
  spec.sections = sections;
  return spec;
}

void FourBiquads(State& state) {
  Made<dsp::Cascade> cascade(CascadeOf(Sections()));
  TimePushes(state, *cascade, Noise(kSamples));
}
BENCHMARK(FourBiquads);

void FirQ15(State& state) {
  std::vector<int16_t> taps(kTaps, 300), x(kSamples, 12345);
  Made<dsp::FixedFir<int16_t>> fir(std::span<const int16_t>(taps), size_t{1});
  TimePushes(state, *fir, x);
}
BENCHMARK(FirQ15);

#if defined(MOONLET_LIQUID)

// Whether the peer gave what the block gives, within rounding.
bool Agrees(dsp::Block& block, const std::vector<float>& x, const std::vector<float>& theirs) {
  std::vector<float> ours(x.size());
  block.Push(x.data(), x.size(), ours.data());
  for (size_t i = 0; i < x.size(); ++i)
    if (!(std::fabs(ours[i] - theirs[i]) < 1e-4f)) return false;
  return true;
}

void LiquidFir(State& state) {
  auto taps = Taps(), x = Noise(kSamples);
  std::vector<float> y(kSamples);
  firfilt_rrrf filter = firfilt_rrrf_create(taps.data(), kTaps);
  firfilt_rrrf_execute_block(filter, x.data(), kSamples, y.data());
  Made<dsp::Polyphase> fir(SpecOf(taps, 1, 1));
  if (!Agrees(*fir, x, y)) state.SkipWithError("differs");
  for (auto _ : state) {
    firfilt_rrrf_execute_block(filter, x.data(), kSamples, y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kSamples));
  firfilt_rrrf_destroy(filter);
}
BENCHMARK(LiquidFir);

void LiquidFourBiquads(State& state) {
  auto x = Noise(kSamples);
  std::vector<float> y(kSamples), b, a;
  for (size_t i = 0; i < kSections; ++i) {
    b.insert(b.end(), {kSection.b0, kSection.b1, kSection.b2});
    a.insert(a.end(), {1, kSection.a1, kSection.a2});
  }
  iirfilt_rrrf filter = iirfilt_rrrf_create_sos(b.data(), a.data(), kSections);
  iirfilt_rrrf_execute_block(filter, x.data(), kSamples, y.data());
  Made<dsp::Cascade> cascade(CascadeOf(Sections()));
  if (!Agrees(*cascade, x, y)) state.SkipWithError("differs");
  for (auto _ : state) {
    iirfilt_rrrf_execute_block(filter, x.data(), kSamples, y.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kSamples));
  iirfilt_rrrf_destroy(filter);
}
BENCHMARK(LiquidFourBiquads);

#endif

}  // namespace
}  // namespace moonlet
