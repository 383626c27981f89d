// dsp/polyphase.h - FIR filters with a change of rate, as a block: zeros are put between the
// items (up - 1 after each), the taps applied, and one of `down` results kept. With up = down = 1
// it is a plain FIR, with one of them 1 an interpolator or a decimator.
//
// As scipy.signal.upfirdn has it, output n is sum h[k] * u[n * down - k] over the signal u with
// its zeros: the first output comes with the first item. None of the zeros is multiplied.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "dsp/arena.h"
#include "dsp/block.h"
#include "dsp/filter_kernels.h"

namespace moonlet::dsp {

struct PolyphaseSpec {
  std::span<const float> taps;  // at least one
  uint32_t up = 1;
  uint32_t down = 1;
  size_t width = 1;
  double sample_rate = 0;
  // Where the first output lies on the raised rate: half the filter's length centres it.
  uint32_t offset = 0;
};

class Polyphase final : public Block {
 public:
  Polyphase(Arena& arena, const PolyphaseSpec& spec);

  Port input() const override { return {DType::kFloat32, width_}; }
  Port output() const override { return {DType::kFloat32, width_}; }
  Rate rate() const override { return {up_, down_}; }
  double sample_rate() const override { return sample_rate_; }
  // Half the length of the filter, which is its delay when its taps are symmetric.
  double latency() const override;
  size_t piece() const override;
  size_t CountOutput(size_t count) const override;
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  static constexpr size_t kSlice = 256;  // items at a time

  size_t FirstSlice() const;
  size_t PushSlice(const float* in, size_t count, float* out);
  size_t PushDirect(const float* in, size_t count, float* out);
  void FilterPlain(const float* x, size_t outputs, float* out);
  void FilterPhases(const float* x, size_t outputs, float* out);
  TapRun RunAt(size_t phase, const float* newest) const;

  uint32_t up_, down_, offset_;
  size_t width_;
  double sample_rate_;
  size_t length_;   // of the filter
  size_t history_;  // items that a phase needs from the past
  uint64_t next_;   // from the next item to the next output, on the raised rate
  float* phases_;   // phase after phase: taps p, p + up, p + 2 up, ...
  float* past_;     // `history_` values per channel
  float* work_;     // past and a slice of one channel
  float* results_;  // a slice of one channel where there are several
};

}  // namespace moonlet::dsp
