// dsp/motion.h - which way an inertial sensor lies, and what it feels besides gravity.
//
// Axes as in NXP AN3461: z up at rest, where the accelerometer reads +1 g (9.81 m/s^2) on it.
// Angles in radians, rates in radians per second. Float32, fixed order; states fade to 0 below
// 2^-100.
#pragma once
#include <cstdint>

#include "dsp/arena.h"
#include "dsp/block.h"

namespace moonlet::dsp {

struct Tilt {
  double roll;   // about x, -pi to pi
  double pitch;  // about y, -pi/2 to pi/2
};
// From the direction of gravity; 0 when there is none. AN3461, equations 25 and 26.
Tilt TiltOf(double x, double y, double z);

// Roll, pitch and yaw of a unit quaternion {w, x, y, z}, rotations about z, y, x in this order.
struct Euler {
  double roll, pitch, yaw;
};
Euler EulerOf(double w, double x, double y, double z);

// Acceleration {x, y, z} in; without what a low-pass of first order takes for gravity out.
class GravityRemoval final : public Block {
 public:
  struct Spec {
    double sample_rate = 100;
    double cutoff = 0.3;  // Hz
  };
  GravityRemoval(Arena&, const Spec& spec);

  Port input() const override { return {DType::kFloat32, 3}; }
  Port output() const override { return {DType::kFloat32, 3}; }
  double sample_rate() const override { return spec_.sample_rate; }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override { started_ = false; }

 private:
  Spec spec_;
  float part_;
  bool started_ = false;
  float gravity_[3] = {};
};

// {ax, ay, az, gx, gy, gz} in; {roll, pitch} out: the gyroscope's angle in the short run, the
// accelerometer's in the long run.
class ComplementaryFilter final : public Block {
 public:
  struct Spec {
    double sample_rate = 100;
    double time_constant = 0.5;  // seconds
  };
  ComplementaryFilter(Arena&, const Spec& spec);

  Port input() const override { return {DType::kFloat32, 6}; }
  Port output() const override { return {DType::kFloat32, 2}; }
  double sample_rate() const override { return spec_.sample_rate; }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override { started_ = false; }

 private:
  Spec spec_;
  double period_;
  double keep_;
  bool started_ = false;
  double roll_ = 0;
  double pitch_ = 0;
};

// Orientation as a quaternion {w, x, y, z} of the sensor against the earth, from {ax, ay, az, gx,
// gy, gz} and, with a magnetometer, {mx, my, mz} (S. Madgwick, An efficient orientation filter
// for inertial and inertial/magnetic sensor arrays, 2010).
class MadgwickFilter final : public Block {
 public:
  struct Spec {
    double sample_rate = 100;
    double beta = 0.1;  // how far the accelerometer corrects the gyroscope, rad/s
    bool magnetometer = false;
  };
  MadgwickFilter(Arena&, const Spec& spec);

  Port input() const override { return {DType::kFloat32, spec_.magnetometer ? size_t{9} : 6}; }
  Port output() const override { return {DType::kFloat32, 4}; }
  double sample_rate() const override { return spec_.sample_rate; }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void Update(const float* sample);

  Spec spec_;
  float period_;
  float beta_;
  float q_[4];
};

// Acceleration {x, y, z} in; steps since the start out, int32. A step is a swing of the smoothed
// magnitude above its running mean by `threshold`, and not sooner than `least_time` after the
// last one.
class StepCounter final : public Block {
 public:
  struct Spec {
    double sample_rate = 50;
    double threshold = 1;      // in the unit of the input: m/s^2
    double least_time = 0.25;  // seconds
  };
  StepCounter(Arena&, const Spec& spec);

  Port input() const override { return {DType::kFloat32, 3}; }
  Port output() const override { return {DType::kInt32, 1}; }
  double sample_rate() const override { return spec_.sample_rate; }
  size_t CountOutput(size_t count) const override { return count; }
  size_t Push(const void* in, size_t count, void* out) override;
  void Reset() override;

 private:
  void Take(float magnitude);

  Spec spec_;
  float smooth_part_;
  float mean_part_;
  float threshold_;
  uint32_t least_samples_;
  float smooth_ = 0;
  float mean_ = 0;
  bool started_ = false;
  bool above_ = false;
  uint32_t since_ = 0;  // the last step, in samples
  int32_t steps_ = 0;
};

}  // namespace moonlet::dsp
