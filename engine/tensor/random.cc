#include "engine/tensor/random.h"

#include <bit>
#include <type_traits>
#include <utility>

#include "engine/base/float_mode.h"
#include "engine/kernels/float_kernels.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/fill.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

uint64_t SplitMix(uint64_t* state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

// The upper bits of one draw as a multiple of 2^-digits in [0, 1).
template <typename T>
T Fraction(uint64_t draw) {
  if constexpr (std::is_same_v<T, float>) return static_cast<float>(draw >> 40) * 0x1p-24f;
  if constexpr (std::is_same_v<T, double>) return static_cast<double>(draw >> 11) * 0x1p-53;
}
template <typename T>
constexpr T kSmallest = std::is_same_v<T, float> ? T(0x1p-24) : T(0x1p-53);

// Normal numbers in pairs: radius sqrt(-2 ln u) with u in (0, 1], angle even.
template <typename T>
class NormalSource {
 public:
  explicit NormalSource(Random* random) : random_(random) {}
  T Next() {
    if (used_ == kPairs * 2) Refill();
    return values_[used_++];
  }

 private:
  static constexpr size_t kPairs = 32;

  void Refill() {
    constexpr T kTwoPi = T(6.283185307179586);
    const FloatKernels<T>& kernels = Kernels<T>();
    T radius[kPairs];
    T angle[kPairs];
    T factor[kPairs];
    for (size_t i = 0; i < kPairs; ++i) {
      radius[i] = Fraction<T>(random_->Next()) + kSmallest<T>;
      angle[i] = Fraction<T>(random_->Next()) * kTwoPi;
    }
    kernels.log(radius, radius, kPairs);
    for (T& r : radius) r *= T(-2);
    kernels.sqrt(radius, radius, kPairs);
    kernels.cos(angle, factor, kPairs);
    kernels.sin(angle, angle, kPairs);
    for (size_t i = 0; i < kPairs; ++i) {
      values_[2 * i] = radius[i] * factor[i];
      values_[2 * i + 1] = radius[i] * angle[i];
    }
    used_ = 0;
  }

  Random* random_;
  size_t used_ = kPairs * 2;
  T values_[kPairs * 2];
};

template <typename T, typename Draw>
Status FillWith(const Tensor& t, const StopToken& stop, Draw draw) {
  return ForEachRun({&t}, stop, [&draw](const StridedRun& run) {
    T* to = run.at<T>(0);
    for (Index i = 0; i < run.n; ++i) to[i * run.step[0]] = draw();
  });
}

// Out of line: the caller holds a FlushDenormals for float.
template <typename T>
[[gnu::noinline]] Status FillNormals(const Tensor& t, Random* random, const StopToken& stop) {
  NormalSource<T> source(random);
  return FillWith<T>(t, stop, [&source] { return source.Next(); });
}

}  // namespace

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) word = SplitMix(&seed);
}

uint64_t Random::Next() {
  uint64_t* s = state_;
  const uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = std::rotl(s[3], 45);
  return result;
}

uint64_t Random::UpTo(uint64_t limit) {
  const uint64_t mask = limit == 0 ? 0 : ~uint64_t{0} >> std::countl_zero(limit);
  uint64_t draw;
  do draw = Next() & mask;
  while (draw > limit);
  return draw;
}

Status FillUniform(const Tensor& t, Random* random, const StopToken& stop) noexcept {
  if (t.dtype == DType::kFloat64)
    return FillWith<double>(t, stop, [random] { return Fraction<double>(random->Next()); });
  return FillWith<float>(t, stop, [random] { return Fraction<float>(random->Next()); });
}

Status FillNormal(const Tensor& t, Random* random, const StopToken& stop) noexcept {
  if (t.dtype == DType::kFloat64) return FillNormals<double>(t, random, stop);
  const FlushDenormals flush;
  return FillNormals<float>(t, random, stop);
}

Status FillIntegers(const Tensor& t, int64_t low, int64_t high, Random* random,
                    const StopToken& stop) noexcept {
  const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  return ForEachRun({&t}, stop, [&](const StridedRun& run) {
    int64_t chunk[kChunk];
    ForEachChunk(run.n, [&](Index first, Index n) {
      for (Index i = 0; i < n; ++i)
        chunk[i] = static_cast<int64_t>(static_cast<uint64_t>(low) + random->UpTo(span));
      StoreChunk(chunk, t.dtype, run.step[0], n, run.at(0, first, t.dtype));
    });
  });
}

Status FillPermutation(const Tensor& t, Random* random, const StopToken& stop) noexcept {
  int32_t* values = t.as<int32_t>();
  const Index step = t.strides[0];
  Status s = FillSequence(t, int64_t{1}, int64_t{1}, stop);
  if (!s.ok()) return s;
  for (Index i = t.dim(0) - 1; i > 0; --i) {
    if (i % kMaxRun == 0 && stop.raised()) return Status::Stopped();
    const auto j = static_cast<Index>(random->UpTo(static_cast<uint64_t>(i)));
    std::swap(values[i * step], values[j * step]);
  }
  return {};
}

}  // namespace moonlet
