#include "engine/kernels/cast.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tests/engine/kernels/reference.h"

namespace moonlet {
namespace cast_test {

using reference::Random;
using reference::Rounds;
using reference::Wide;

// The integer congruent to x in the range of T.
template <typename T>
T Congruent(Wide x) {
  const Wide modulus = Wide{1} << (8 * sizeof(T));
  const Wide r = x - reference::FloorDivide(x, modulus) * modulus;
  return static_cast<T>(r > std::numeric_limits<T>::max() ? r - modulus : r);
}

template <typename From, typename To>
To Expected(From x) {
  if constexpr (std::is_same_v<To, float>) {
    return static_cast<float>(static_cast<double>(x));  // exact, then rounded once
  } else if constexpr (!std::is_same_v<From, float>) {
    return Congruent<To>(x);
  } else {
    if (std::isnan(x)) return 0;
    const double whole = std::trunc(double{x});
    if (whole > std::numeric_limits<To>::max()) return std::numeric_limits<To>::max();
    if (whole < std::numeric_limits<To>::min()) return std::numeric_limits<To>::min();
    return static_cast<To>(whole);
  }
}

template <typename From>
From Any(Random& random) {
  const auto bits = static_cast<uint32_t>(random.engine()());
  if constexpr (!std::is_same_v<From, float>) return static_cast<From>(bits);
  const float special[] = {NAN,          INFINITY,     -INFINITY,     -0.0f,        300.7f,
                           2147483648.f, 2147483520.f, -2147483648.f, 4294967296.f, -0.99f};
  if (random.Chance(30)) return static_cast<From>(special[random.Int(0, 9)]);
  return static_cast<From>(random.Chance(50) ? std::bit_cast<float>(bits)
                                             : std::ldexp(random.Real(-1, 1), random.Int(0, 34)));
}

template <typename From, typename To>
void CheckCast(Random& random) {
  for (int round = 0; round < Rounds(); ++round) {
    const From x = Any<From>(random);
    To y;
    Cast(&x, 1, &y);
    if constexpr (std::is_same_v<From, To> && std::is_same_v<From, float>) {
      ASSERT_EQ(std::bit_cast<uint32_t>(y), std::bit_cast<uint32_t>(x));
    } else {
      ASSERT_EQ(y, (Expected<From, To>(x))) << +x;
    }
  }
}

template <typename From>
void CheckFrom(Random& random) {
  CheckCast<From, int8_t>(random);
  CheckCast<From, int16_t>(random);
  CheckCast<From, int32_t>(random);
  CheckCast<From, uint32_t>(random);
  CheckCast<From, float>(random);
}

TEST(Cast, EveryPairOfTypes) {
  Random random(80);
  CheckFrom<int8_t>(random);
  CheckFrom<uint8_t>(random);
  CheckFrom<int16_t>(random);
  CheckFrom<int32_t>(random);
  CheckFrom<uint32_t>(random);
  CheckFrom<float>(random);
}

}  // namespace cast_test
}  // namespace moonlet
