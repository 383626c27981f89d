// bench/features_bench.cc - features per frame; dsp_bench runs them beside FFTW's transform of the
// same length, which is what they are measured by.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "dsp/audio_frontend.h"
#include "dsp/mel_features.h"
#include "dsp/pitch.h"
#include "engine/base/float_mode.h"

namespace moonlet::dsp {
namespace {

using benchmark::State;

// Pushes `hop` samples after the other through a Feature block.
template <typename Feature, typename Sample, typename Spec>
void PushFrames(State& state, const Spec& spec) {
  Arena count;
  const Feature counted(count, spec);
  std::vector<uint64_t> memory(count.used() / sizeof(uint64_t) + 1);
  Arena arena(memory.data());
  Feature block(arena, spec);
  std::vector<Sample> x(static_cast<size_t>(spec.hop));
  uint32_t seed = 1;
  for (Sample& sample : x) {
    seed = seed * 1664525 + 1013904223;
    sample = static_cast<Sample>(static_cast<int>(seed >> 20) - 2048);
  }
  std::vector<uint64_t> out(block.output().width);
  const FlushDenormals mode;
  for (auto _ : state) {
    block.Push(x.data(), x.size(), out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void MfccFrame(State& state) {
  MelFeaturesSpec spec;
  spec.window = spec.hop = 512;
  spec.coefficients = 13;
  const std::vector<double> taper(512, 1);
  spec.taper = taper;
  PushFrames<MelFeatures, float>(state, spec);
}
BENCHMARK(MfccFrame)->Name("features/mfcc_512_40_13");

void FrontendFrame(State& state) {
  AudioFrontendSpec spec;
  spec.hop = 160;
  PushFrames<AudioFrontend, int16_t>(state, spec);
}
BENCHMARK(FrontendFrame)->Name("features/audio_frontend_10_ms");

void PitchFrame(State& state) { PushFrames<PitchTracker, float>(state, PitchSpec()); }
BENCHMARK(PitchFrame)->Name("features/pitch_1024");

}  // namespace
}  // namespace moonlet::dsp
