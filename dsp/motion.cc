#include "dsp/motion.h"

#include <algorithm>
#include <cmath>

#include "dsp/special.h"
#include "engine/base/libm.h"

namespace moonlet::dsp {
namespace {

// The weight of a new sample in a low-pass of first order.
float PartOf(double cutoff, double sample_rate) {
  return static_cast<float>(-moonlet_expm1(-2 * kPi * cutoff / sample_rate));
}

// state + part * (x - state); silence fades to 0 instead of to denormals.
float Follow(float state, float x, float part) {
  const float next = state + part * (x - state);
  return std::fabs(next) < 0x1p-100f ? 0.0f : next;
}

float Square(float x) { return x * x; }

// Scales to length 1; false, and unchanged, for zeros.
template <size_t N>
bool Normalize(float (&v)[N]) {
  float sum = 0;
  for (const float x : v) sum += x * x;
  if (!(sum > 0)) return false;
  const float length = std::sqrt(sum);
  for (float& x : v) x /= length;
  return true;
}

}  // namespace

Tilt TiltOf(double x, double y, double z) {
  return {moonlet_atan2(y, z), moonlet_atan2(-x, std::sqrt(y * y + z * z))};
}

Euler EulerOf(double w, double x, double y, double z) {
  const double sine = std::clamp(2 * (w * y - z * x), -1.0, 1.0);
  return {moonlet_atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)), moonlet_asin(sine),
          moonlet_atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))};
}

// Gravity -------------------------------------------------------------------------------

GravityRemoval::GravityRemoval(Arena&, const Spec& spec)
    : spec_(spec), part_(PartOf(spec.cutoff, spec.sample_rate)) {}

size_t GravityRemoval::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i)
    for (int axis = 0; axis < 3; ++axis, ++x) {
      gravity_[axis] = started_ || i > 0 ? Follow(gravity_[axis], *x, part_) : *x;
      *y++ = *x - gravity_[axis];
    }
  started_ = started_ || count > 0;
  return count;
}

// Complementary filter ------------------------------------------------------------------

ComplementaryFilter::ComplementaryFilter(Arena&, const Spec& spec)
    : spec_(spec),
      period_(1 / spec.sample_rate),
      keep_(spec.time_constant / (spec.time_constant + period_)) {}

size_t ComplementaryFilter::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  // The shorter way around from an angle to another.
  const auto toward = [this](double angle, double measured) {
    double way = measured - angle;
    if (way > kPi) way -= 2 * kPi;
    if (way < -kPi) way += 2 * kPi;
    const double next = angle + (1 - keep_) * way;
    return next > kPi ? next - 2 * kPi : next < -kPi ? next + 2 * kPi : next;
  };
  for (size_t i = 0; i < count; ++i, x += 6) {
    const Tilt tilt =
        TiltOf(static_cast<double>(x[0]), static_cast<double>(x[1]), static_cast<double>(x[2]));
    roll_ = started_ ? toward(roll_ + static_cast<double>(x[3]) * period_, tilt.roll) : tilt.roll;
    pitch_ =
        started_ ? toward(pitch_ + static_cast<double>(x[4]) * period_, tilt.pitch) : tilt.pitch;
    started_ = true;
    *y++ = static_cast<float>(roll_);
    *y++ = static_cast<float>(pitch_);
  }
  return count;
}

// Madgwick ------------------------------------------------------------------------------

namespace {

// The gradient of |earth's direction turned into the sensor - measured|^2 by the quaternion. The
// direction has components x and z: {0, 0, 1} for gravity, {bx, 0, bz} for the magnetic field.
void AddGradient(const float* q, const float* measured, float bx, float bz, float* gradient) {
  const float w = q[0], x = q[1], y = q[2], z = q[3];
  const float fx = 2 * bx * (0.5f - y * y - z * z) + 2 * bz * (x * z - w * y) - measured[0];
  const float fy = 2 * bx * (x * y - w * z) + 2 * bz * (w * x + y * z) - measured[1];
  const float fz = 2 * bx * (w * y + x * z) + 2 * bz * (0.5f - x * x - y * y) - measured[2];
  gradient[0] += -2 * bz * y * fx + (-2 * bx * z + 2 * bz * x) * fy + 2 * bx * y * fz;
  gradient[1] += 2 * bz * z * fx + (2 * bx * y + 2 * bz * w) * fy + (2 * bx * z - 4 * bz * x) * fz;
  gradient[2] += (-4 * bx * y - 2 * bz * w) * fx + (2 * bx * x + 2 * bz * z) * fy +
                 (2 * bx * w - 4 * bz * y) * fz;
  gradient[3] +=
      (-4 * bx * z + 2 * bz * x) * fx + (-2 * bx * w + 2 * bz * y) * fy + 2 * bx * x * fz;
}

// The measured field turned to the earth: its parts along the ground and down.
void FieldOf(const float* q, const float* m, float* bx, float* bz) {
  const float w = q[0], x = q[1], y = q[2], z = q[3];
  const float hx =
      2 * (m[0] * (0.5f - y * y - z * z) + m[1] * (x * y - w * z) + m[2] * (x * z + w * y));
  const float hy =
      2 * (m[0] * (x * y + w * z) + m[1] * (0.5f - x * x - z * z) + m[2] * (y * z - w * x));
  const float hz =
      2 * (m[0] * (x * z - w * y) + m[1] * (y * z + w * x) + m[2] * (0.5f - x * x - y * y));
  *bx = std::sqrt(hx * hx + hy * hy);
  *bz = hz;
}

}  // namespace

MadgwickFilter::MadgwickFilter(Arena&, const Spec& spec)
    : spec_(spec),
      period_(static_cast<float>(1 / spec.sample_rate)),
      beta_(static_cast<float>(spec.beta)) {
  Reset();
}

void MadgwickFilter::Reset() {
  q_[0] = 1;
  q_[1] = q_[2] = q_[3] = 0;
}

size_t MadgwickFilter::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<float*>(out);
  for (size_t i = 0; i < count; ++i) {
    Update(x + i * input().width);
    y = std::copy_n(q_, 4, y);
  }
  return count;
}

void MadgwickFilter::Update(const float* sample) {
  const float w = q_[0], x = q_[1], y = q_[2], z = q_[3];
  const float gx = sample[3], gy = sample[4], gz = sample[5];
  float rate[4] = {0.5f * (-x * gx - y * gy - z * gz), 0.5f * (w * gx + y * gz - z * gy),
                   0.5f * (w * gy - x * gz + z * gx), 0.5f * (w * gz + x * gy - y * gx)};
  float gravity[3] = {sample[0], sample[1], sample[2]};
  if (Normalize(gravity)) {
    float gradient[4] = {};
    AddGradient(q_, gravity, 0, 1, gradient);
    if (spec_.magnetometer) {
      float field[3] = {sample[6], sample[7], sample[8]};
      if (Normalize(field)) {
        float bx;
        float bz;
        FieldOf(q_, field, &bx, &bz);
        AddGradient(q_, field, bx, bz, gradient);
      }
    }
    if (Normalize(gradient))
      for (int i = 0; i < 4; ++i) rate[i] -= beta_ * gradient[i];
  }
  for (int i = 0; i < 4; ++i) {
    q_[i] += rate[i] * period_;
    if (std::fabs(q_[i]) < 0x1p-100f) q_[i] = 0;
  }
  Normalize(q_);
}

// Steps ---------------------------------------------------------------------------------

namespace {

constexpr double kSwing = 3;   // Hz: nobody steps faster
constexpr double kMean = 0.2;  // Hz

}  // namespace

StepCounter::StepCounter(Arena&, const Spec& spec)
    : spec_(spec),
      smooth_part_(PartOf(kSwing, spec.sample_rate)),
      mean_part_(PartOf(kMean, spec.sample_rate)),
      threshold_(static_cast<float>(spec.threshold)),
      least_samples_(static_cast<uint32_t>(std::ceil(spec.least_time * spec.sample_rate))) {
  Reset();
}

void StepCounter::Reset() {
  started_ = above_ = false;
  since_ = least_samples_;
  steps_ = 0;
}

size_t StepCounter::Push(const void* in, size_t count, void* out) {
  const auto* x = static_cast<const float*>(in);
  auto* y = static_cast<int32_t*>(out);
  for (size_t i = 0; i < count; ++i, x += 3) {
    Take(std::sqrt(Square(x[0]) + Square(x[1]) + Square(x[2])));
    *y++ = steps_;
  }
  return count;
}

void StepCounter::Take(float magnitude) {
  smooth_ = started_ ? Follow(smooth_, magnitude, smooth_part_) : magnitude;
  mean_ = started_ ? Follow(mean_, magnitude, mean_part_) : magnitude;
  started_ = true;
  if (since_ < least_samples_) ++since_;
  const float swing = smooth_ - mean_;
  if (swing < 0) above_ = false;
  if (above_ || !(swing > threshold_) || since_ < least_samples_) return;
  above_ = true;
  since_ = 0;
  ++steps_;
}

}  // namespace moonlet::dsp
