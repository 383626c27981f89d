// dsp/adaptive.h - blocks that follow their input: the LMS filter and the Kalman filter.
#pragma once
#include <cstddef>
#include <span>

#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

struct LmsSpec {
  size_t length = 16;  // taps, at least 1
  float step = 0.5f;
  bool normalized = true;  // the step is divided by the energy in the filter
  float epsilon = 1e-6f;   // added to that energy
};

// Widrow and Hoff's least mean squares. An item in is {x, wanted}, out {estimate, error}:
//   estimate = sum w[k] x[n-k];  error = wanted - estimate;  w[k] += step * error * x[n-k]
// The sum is taken in 16 lanes, as docs/floats.md has dot.
class Lms final : public Block {
 public:
  Lms(Arena& arena, const LmsSpec& spec);

  Port input() const override { return {DType::kFloat32, 2}; }
  Port output() const override { return {DType::kFloat32, 2}; }
  size_t piece() const override { return PieceOf(3 * spec_.length); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  float Gain(float error, const float* x) const;

  LmsSpec spec_;
  size_t next_ = 0;
  float* weights_;  // of the oldest item first
  float* line_;     // twice, so that the last `length` items lie in a row
};

struct KalmanSpec {
  size_t states = 1;
  size_t measures = 1;
  // Row-major: F {states, states}, H {measures, states}, Q {states, states},
  // R {measures, measures}, x {states}, P {states, states}.
  std::span<const double> transition, observation, process_noise, noise, state, covariance;
};

// Kalman's filter of a linear system, in double. An item in is a measurement z, out the state
// after it:
//   x = F x;  P = F P F' + Q;  S = H P H' + R;  K = P H' / S;  x += K (z - H x)
//   P = (I - K H) P (I - K H)' + K R K'
// A measurement with NaN in it is missing: the state is predicted only, as it is when S is not
// positive definite.
class Kalman final : public Block {
 public:
  static constexpr size_t kMost = 16;  // states, and measures

  Kalman(Arena& arena, const KalmanSpec& spec);

  Port input() const override { return {DType::kFloat32, m_}; }
  Port output() const override { return {DType::kFloat32, n_}; }
  size_t piece() const override { return PieceOf(6 * n_ * n_ * (n_ + m_)); }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void Predict();
  void Update(const float* z);
  bool Gain();

  size_t n_, m_;
  double *f_, *h_, *q_, *r_, *x0_, *p0_;  // the system
  double *x_, *p_;                        // the state
  double *k_, *s_, *a_, *b_;              // K, S, and room for products
};

}  // namespace moonlet::dsp
