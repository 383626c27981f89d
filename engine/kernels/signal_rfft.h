// engine/kernels/signal_rfft.h - the Fourier transform of real samples and its inverse, in
// fixed point of 16 and 32 bits and in float32, and the energy of a spectrum.
//
// Rounding, the radices (4, then 2, 3, 5) and what wraps are those of the reference, so
// integer spectra are its own, bit for bit. In fixed point every stage divides by its
// radix: both directions give the transform divided by the length. In float32 only the
// inverse divides, so it takes the transform back.
//
//   std::vector<ComplexS16> roots(RfftRoots(512)), spectrum(512 / 2 + 1);
//   MakeRfftRoots(512, FourierDirection::kForward, roots.data());
//   Rfft<int16_t>(512, roots.data(), samples, 480, spectrum.data());
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

// T is int16_t, int32_t or float, here and below.
template <typename T>
struct SignalComplex {
  T re;
  T im;
};
using ComplexS16 = SignalComplex<int16_t>;

enum class FourierDirection : uint8_t { kForward, kInverse };

inline constexpr int32_t kMinRfftLength = 4;
inline constexpr int32_t kMaxRfftLength = 1 << 15;
// An even number in this range whose half has no prime factor above 5. All below require it.
bool IsRfftLength(int32_t length);

// The roots of unity for one direction: those of the complex transform of half the length,
// then those that take its two halves apart.
constexpr size_t RfftRoots(int32_t length) { return static_cast<size_t>(length / 2 + length / 4); }
template <typename T>
void MakeRfftRoots(int32_t length, FourierDirection direction, SignalComplex<T>* roots);

// The length / 2 + 1 values of the spectrum. Samples from `samples` to `length` count as 0.
// Requires forward roots, 0 <= samples <= length; `spectrum` is apart from `input`.
template <typename T>
void Rfft(int32_t length, const SignalComplex<T>* roots, const T* input, int32_t samples,
          SignalComplex<T>* spectrum);

// The length / 2 pairs of samples of a spectrum. Requires inverse roots; `pairs` is apart
// from `spectrum`.
template <typename T>
void Irfft(int32_t length, const SignalComplex<T>* roots, const SignalComplex<T>* spectrum,
           SignalComplex<T>* pairs);

// energy[i] = |spectrum[i]|^2 for begin <= i < end; the others stay as they are.
void EnergyS16(const ComplexS16* spectrum, int32_t begin, int32_t end, uint32_t* energy);

}  // namespace moonlet
