// bindings/dsp_motion.cc - inertial sensors: which way they lie, how they move.
#include <cmath>

#include "bindings/dsp_block.h"
#include "bindings/dsp_parts.h"
#include "bindings/dsp_rows.h"
#include "dsp/motion.h"
#include "engine/tensor/doubles.h"

namespace moonlet {
namespace {

// The N values of line `i` of the argument at 1.
template <int N>
void LoadLine(lua_State* L, const Tensor& x, Index i, double (&line)[N]) {
  const dsp::Row row = RowAt(L, x, i);
  LoadDoubles(row.data, row.dtype, row.step, N, line);
}

// compute(line, results): M numbers for each line of N at 1; Lua numbers for rank 1 without an
// `out` at 2, else a float32 tensor with M instead of N.
template <int N, int M, typename Compute>
int PushPerLine(lua_State* L, Compute compute) {
  lua_settop(L, 2);
  const Tensor& x = CheckRank(L, 1, 1, kMaxRank);
  const int last = x.rank() - 1;
  if (x.dim(last) != N)
    ArgumentError(L, 1, "%d along the last axis expected, got %I", N,
                  static_cast<LUAI_UACINT>(x.dim(last)));
  double line[N];
  double results[M];
  if (x.rank() == 1 && lua_isnil(L, 2)) {
    LoadLine(L, x, 0, line);
    compute(line, results);
    for (const double result : results) lua_pushnumber(L, result);
    return M;
  }
  Shape shape = x.shape;
  shape.dims[last] = M;
  const Tensor& out = *NewOrOut(L, 2, DType::kFloat32, shape);
  if (!lua_isnil(L, 2)) CheckApart(L, 2, out, {&x});
  for (Index i = 0; i < out.size() / M; ++i) {
    if ((i & 0xfff) == 0) PollStop(L);
    LoadLine(L, x, i, line);
    compute(line, results);
    for (int k = 0; k < M; ++k) StoreRowResult(out, i * M + k, results[k]);
  }
  return 1;
}

int TiltFunction(lua_State* L) {
  return PushPerLine<3, 2>(L, [](const double* a, double* angles) {
    const dsp::Tilt tilt = dsp::TiltOf(a[0], a[1], a[2]);
    angles[0] = tilt.roll;
    angles[1] = tilt.pitch;
  });
}

int EulerFunction(lua_State* L) {
  return PushPerLine<4, 3>(L, [](const double* q, double* angles) {
    const dsp::Euler euler = dsp::EulerOf(q[0], q[1], q[2], q[3]);
    angles[0] = euler.roll;
    angles[1] = euler.pitch;
    angles[2] = euler.yaw;
  });
}

// Blocks --------------------------------------------------------------------------------

double MotionRateOption(const OptionTable& options, double otherwise) {
  return options.Number("sample_rate", otherwise, 1e-3, 1e6);
}

constexpr const char* kGravityOptions[] = {"sample_rate", "cutoff", "max_push"};

int RemoveGravityFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kGravityOptions);
  dsp::GravityRemoval::Spec spec;
  spec.sample_rate = MotionRateOption(options, spec.sample_rate);
  spec.cutoff = options.Number("cutoff", spec.cutoff, 0, spec.sample_rate / 2);
  NewBlock<dsp::GravityRemoval>(L, "remove_gravity", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kComplementaryOptions[] = {"sample_rate", "time_constant", "max_push"};

int ComplementaryFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kComplementaryOptions);
  dsp::ComplementaryFilter::Spec spec;
  spec.sample_rate = MotionRateOption(options, spec.sample_rate);
  spec.time_constant = options.Number("time_constant", spec.time_constant, 0, 1e6);
  NewBlock<dsp::ComplementaryFilter>(L, "complementary", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kMadgwickOptions[] = {"sample_rate", "beta", "magnetometer", "max_push"};

int MadgwickFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kMadgwickOptions);
  dsp::MadgwickFilter::Spec spec;
  spec.sample_rate = MotionRateOption(options, spec.sample_rate);
  spec.beta = options.Number("beta", spec.beta, 0, 1e3);
  spec.magnetometer = options.Boolean("magnetometer", spec.magnetometer);
  NewBlock<dsp::MadgwickFilter>(L, "madgwick", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr const char* kStepOptions[] = {"sample_rate", "threshold", "least_time", "max_push"};

int StepCounterFunction(lua_State* L) {
  lua_settop(L, 1);
  const OptionTable options(L, 1, kStepOptions);
  dsp::StepCounter::Spec spec;
  spec.sample_rate = MotionRateOption(options, spec.sample_rate);
  spec.threshold = options.Number("threshold", spec.threshold, 0, 1e6);
  spec.least_time = options.Number("least_time", spec.least_time, 0, 1e3);
  NewBlock<dsp::StepCounter>(L, "step_counter", spec);
  FinishBlock(L, options);
  return 1;
}

constexpr Entry kDspMotionTable[] = {
    {"tilt", TiltFunction, "dsp.tilt(acceleration [, out]) -> roll: number, pitch: number | tensor",
     "acceleration: {3}, or {..., 3} for a tensor {..., 2}, in any unit; radians",
     Doc("How a resting sensor is turned about x (roll) and y (pitch), from the direction of "
         "gravity: atan2(y, z) and atan2(-x, sqrt(y^2 + z^2)) (NXP AN3461, equations 25 and 26). "
         "Flat on a table the sensor reads {0, 0, 1}. In double."),
     Doc("print(dsp.tilt(tensor.new{0, 0, 9.81})) --> 0.0 -0.0\n"
         "print(dsp.tilt(tensor.new{0, 1, 1})) --> 0.78539816339745 -0.0")},
    {"euler", EulerFunction,
     "dsp.euler(quaternion [, out]) -> roll: number, pitch: number, yaw: number | tensor",
     "quaternion: {4} (w, x, y, z), or {..., 4} for a tensor {..., 3}; radians",
     Doc("The angles of a unit quaternion such as madgwick gives: turns about z (yaw), then y "
         "(pitch), then x (roll). In double."),
     Doc("print(dsp.euler(tensor.new{1, 0, 0, 0})) --> 0.0 0.0 0.0")},
    {"remove_gravity", RemoveGravityFunction, "dsp.remove_gravity(options) -> block",
     "float32 {n, 3} in and out; Hz",
     Doc("A block that takes gravity out of an acceleration: it is what a low-pass of first order "
         "with `cutoff` (0.3 Hz unless given) at `sample_rate` (100) lets through, and starts as "
         "the first sample."),
     Doc("local still = dsp.remove_gravity{sample_rate = 50}\n"
         "print(still:push(tensor.new{{0, 0, 9.75}, {1, 0, 9.75}}):at(1, 3)) --> 0.0")},
    {"complementary", ComplementaryFunction, "dsp.complementary(options) -> block",
     "float32 {n, 6} in: acceleration and rad/s; {n, 2} out: radians",
     Doc("A block that gives roll and pitch from accelerometer and gyroscope: the angles follow "
         "the gyroscope and are pulled toward those of tilt with a `time_constant` of 0.5 s, at "
         "`sample_rate` 100, unless given. Starts as the first tilt."),
     Doc("local filter = dsp.complementary{sample_rate = 100}\n"
         "print(filter:push(tensor.new{{0, 0, 1, 0, 0, 0}}):at(1, 1)) --> 0.0")},
    {"madgwick", MadgwickFunction, "dsp.madgwick(options) -> block",
     "float32 {n, 6} in, {n, 9} with a magnetometer: acceleration, rad/s, field; {n, 4} out",
     Doc("A block that gives the orientation against the earth as a unit quaternion (w, x, y, z): "
         "gyroscope rates integrated at `sample_rate` (100 unless given), corrected by `beta` "
         "(0.1 rad/s) along the gradient toward gravity and, with `magnetometer = true`, the "
         "magnetic field (S. Madgwick, An efficient orientation filter for inertial and "
         "inertial/magnetic sensor arrays, 2010). Starts as {1, 0, 0, 0}. See euler."),
     Doc("local filter = dsp.madgwick{sample_rate = 100}\n"
         "print(filter:push(tensor.new{{0, 0, 1, 0, 0, 0}}):at(1, 1)) --> 1.0")},
    {"step_counter", StepCounterFunction, "dsp.step_counter(options) -> block",
     "float32 {n, 3} in; int32 {n} out: steps so far",
     Doc("A block that counts steps: each time the magnitude of the acceleration, smoothed below "
         "3 Hz, rises by `threshold` (1, in the input's unit, m/s^2) above its mean over seconds, "
         "having fallen below it since the last step, and no sooner than `least_time` (0.25 s) "
         "after that. `sample_rate` is 50 unless given."),
     Doc("local steps = dsp.step_counter{sample_rate = 50}\n"
         "print(steps:push(tensor.ones{10, 3})[10]) --> 0")},
};

}  // namespace

const std::span<const Entry> kDspMotion = kDspMotionTable;

}  // namespace moonlet
