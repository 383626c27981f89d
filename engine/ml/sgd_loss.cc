#include "engine/ml/sgd_loss.h"

#include <algorithm>
#include <cmath>

#include "engine/base/libm.h"

namespace moonlet::ml {
namespace {

constexpr double kFarOut = 18;  // where log(1 + exp(-z)) is exp(-z) or -z to double precision

double LogLoss(double z) {
  if (z > kFarOut) return moonlet_exp(-z);
  return z < -kFarOut ? -z : moonlet_log(1 + moonlet_exp(-z));
}

double LogSlope(double z) {
  if (z > kFarOut) return -moonlet_exp(-z);
  return z < -kFarOut ? -1 : -1 / (moonlet_exp(z) + 1);
}

double HuberOf(double r, double epsilon) {
  return std::fabs(r) <= epsilon ? 0.5 * r * r : epsilon * (std::fabs(r) - 0.5 * epsilon);
}

}  // namespace

double LossOf(Loss loss, double epsilon, double p, double y) {
  const double z = p * y, beyond = std::max(std::fabs(y - p) - epsilon, 0.0);
  const double short_of = std::max(1 - z, 0.0);
  switch (loss) {
    case Loss::kHinge:
      return short_of;
    case Loss::kLog:
      return LogLoss(z);
    case Loss::kModifiedHuber:
      return z >= -1 ? short_of * short_of : -4 * z;
    case Loss::kSquaredHinge:
      return short_of * short_of;
    case Loss::kPerceptron:
      return std::max(-z, 0.0);
    case Loss::kSquared:
      return 0.5 * (p - y) * (p - y);
    case Loss::kHuber:
      return HuberOf(p - y, epsilon);
    case Loss::kEpsilonInsensitive:
      return beyond;
    case Loss::kSquaredEpsilonInsensitive:
      return beyond * beyond;
  }
  return 0;
}

double SlopeOf(Loss loss, double epsilon, double p, double y) {
  const double z = p * y, r = p - y;
  const double beyond = r > epsilon ? r - epsilon : (r < -epsilon ? r + epsilon : 0);
  const double side = beyond > 0 ? 1 : (beyond < 0 ? -1 : 0);
  switch (loss) {
    case Loss::kHinge:
      return z <= 1 ? -y : 0;
    case Loss::kLog:
      return y * LogSlope(z);
    case Loss::kModifiedHuber:
      return z >= 1 ? 0 : (z >= -1 ? -2 * (1 - z) * y : -4 * y);
    case Loss::kSquaredHinge:
      return z < 1 ? -2 * (1 - z) * y : 0;
    case Loss::kPerceptron:
      return z <= 0 ? -y : 0;
    case Loss::kSquared:
      return r;
    case Loss::kHuber:
      return std::clamp(r, -epsilon, epsilon);
    case Loss::kEpsilonInsensitive:
      return side;
    case Loss::kSquaredEpsilonInsensitive:
      return 2 * beyond;
  }
  return 0;
}

}  // namespace moonlet::ml
