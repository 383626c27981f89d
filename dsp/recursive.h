// dsp/recursive.h - recursive filters as blocks: cascades of second-order sections, and combs.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/arena.h"
#include "dsp/block.h"
#include "dsp/filter_kernels.h"
#include "dsp/zpk.h"
#include "engine/base/status.h"

namespace moonlet::dsp {

// The sections of a design, rounded once to float32, with states of 0. kInvalid names one that
// float32 cannot hold.
Status Running(std::span<const Section> sections, std::span<RunningSection> running);
// Their states, two for each, rounded once: dsp/response.h has SteadyState.
void SetStates(std::span<RunningSection> sections, std::span<const double> states);

struct CascadeSpec {
  std::span<const RunningSection> sections;  // with the states to begin with
  size_t width = 1;
  double sample_rate = 0;
  // The states stand for a signal that was 1 for ever: they are multiplied by the first item.
  bool start_at_first = false;
};

// Second-order sections one after the other, in transposed form II (dsp/filter_kernels.h).
class Cascade final : public Block {
 public:
  Cascade(Arena& arena, const CascadeSpec& spec);

  Port input() const override { return {DType::kFloat32, width_}; }
  Port output() const override { return {DType::kFloat32, width_}; }
  double sample_rate() const override { return sample_rate_; }
  size_t piece() const override { return PieceOf(5 * count_ * width_); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

  // The sections of a channel with their states.
  std::span<RunningSection> sections(size_t channel) { return {now_ + channel * count_, count_}; }

 private:
  void ScaleStates(const float* first);

  size_t count_;
  size_t width_;
  double sample_rate_;
  bool start_at_first_;
  bool started_ = false;
  RunningSection* start_;
  RunningSection* now_;  // `count_` for each channel
};

struct CombSpec {
  size_t delay = 1;  // items; at least 1
  float gain = 0;
  bool feedback = false;
  size_t width = 1;
};

// y[n] = fma(gain, x[n - delay], x[n]), or with feedback fma(gain, y[n - delay], x[n]).
class Comb final : public Block {
 public:
  Comb(Arena& arena, const CombSpec& spec);

  Port input() const override { return {DType::kFloat32, spec_.width}; }
  Port output() const override { return {DType::kFloat32, spec_.width}; }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  CombSpec spec_;
  size_t size_;  // of the line, in values
  size_t next_ = 0;
  float* line_;
};

}  // namespace moonlet::dsp
