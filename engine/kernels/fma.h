// engine/kernels/fma.h - the fused multiply-add every float32 kernel is specified in.
//
//   MOONLET_FMA_CLONES
//   float scalar::Dot(const float* a, const float* b, size_t n) { ... Fma(a[i], b[i], sum) ... }
//
// x86-64 does not promise the instruction, and a call into the C library per step is five
// times as slow. A function marked MOONLET_FMA_CLONES is compiled twice, and the loader
// takes the version that fits the CPU; without the instruction fmaf() gives the same bits.
// Mark definitions only, outside anonymous namespaces; what they call inline stays
// unmarked and must really be inlined (MOONLET_INLINE).
#pragma once

#if defined(__x86_64__) && !defined(__FMA__)
#define MOONLET_FMA_CLONES __attribute__((target_clones("fma", "default")))
#else
#define MOONLET_FMA_CLONES
#endif
#define MOONLET_INLINE inline __attribute__((always_inline))

namespace moonlet {

// a * b + c, rounded once.
MOONLET_INLINE float Fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
MOONLET_INLINE double Fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

}  // namespace moonlet
