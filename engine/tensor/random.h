// engine/tensor/random.h - random numbers whose stream is the same on every target.
//
// Values depend on the seed and on the position in row-major order, not on strides.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// xoshiro256** of Blackman and Vigna, its state filled by splitmix64 from the seed.
class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t Next();
  // Even over 0..limit, by rejection.
  uint64_t UpTo(uint64_t limit);

 private:
  uint64_t state_[4];
};

// Even over [0, 1): multiples of 2^-24 in float32, of 2^-53 in float64. Requires a float
// tensor, as FillNormal does.
Status FillUniform(const Tensor& t, Random* random, const StopToken& stop) noexcept;

// Mean 0, deviation 1, by Box and Muller over the functions of our own.
Status FillNormal(const Tensor& t, Random* random, const StopToken& stop) noexcept;

// Even over low..high. Requires an integer tensor that holds both, and low <= high.
Status FillIntegers(const Tensor& t, int64_t low, int64_t high, Random* random,
                    const StopToken& stop) noexcept;

// The numbers 1..n, shuffled (Fisher and Yates). Requires an int32 vector.
Status FillPermutation(const Tensor& t, Random* random, const StopToken& stop) noexcept;

}  // namespace moonlet
