// engine/kernels/signal_rfft.h - the Fourier transform of real samples in 16-bit fixed
// point, for lengths that are powers of two, and the energy of its spectrum.
//
// Every stage divides by its radix, so the result is the transform divided by the length.
// Rounding, the radices (4, and a last 2) and what wraps are those of the reference, so
// spectra are its own, bit for bit.
//
//   std::vector<ComplexS16> roots(RfftRoots(512)), spectrum(512 / 2 + 1);
//   MakeRfftRoots(512, roots.data());
//   RfftS16(512, roots.data(), samples, 480, spectrum.data());
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet {

struct ComplexS16 {
  int16_t re;
  int16_t im;
};

inline constexpr int32_t kMinRfftLength = 4;
inline constexpr int32_t kMaxRfftLength = 1 << 15;

// e^(-2*pi*i*k / length) for k below RfftRoots(length), in Q15. Requires length a power of
// two from kMinRfftLength to kMaxRfftLength; so does RfftS16.
constexpr size_t RfftRoots(int32_t length) { return static_cast<size_t>(length / 4 * 3); }
void MakeRfftRoots(int32_t length, ComplexS16* roots);

// The length / 2 + 1 values of the spectrum. Samples from `samples` to `length` count as 0.
// Requires 0 <= samples <= length; `spectrum` is apart from `input`.
void RfftS16(int32_t length, const ComplexS16* roots, const int16_t* input, int32_t samples,
             ComplexS16* spectrum);

// energy[i] = |spectrum[i]|^2 for begin <= i < end; the others stay as they are.
void EnergyS16(const ComplexS16* spectrum, int32_t begin, int32_t end, uint32_t* energy);

}  // namespace moonlet
