// engine/base/float_mode.h - one rule for denormals: flushed, inputs and results.
//
// Helium flushes whatever its control register says, so every float32 kernel on every
// target does. Hold a FlushDenormals around a call into a kernel, not around a vector
// operation, and keep that kernel behind an out-of-line call: compilers move float
// arithmetic across the register writes. Never around Lua: the mode would change
// Lua's own doubles. Measured rules: docs/floats.md.
#pragma once
#include <cstdint>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace moonlet {

class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) {
    if ((saved_ & kMode) != kMode) _mm_setcsr(saved_ | kMode);
  }
  ~FlushDenormals() {
    if ((saved_ & kMode) != kMode) _mm_setcsr(saved_);
  }
#elif defined(__arm__)
  FlushDenormals() {
    asm volatile("vmrs %0, fpscr" : "=r"(saved_));
    asm volatile("vmsr fpscr, %0" ::"r"(saved_ | kMode));
  }
  ~FlushDenormals() { asm volatile("vmsr fpscr, %0" ::"r"(saved_)); }
#else
#error "FlushDenormals: add this target's control register"
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr uint32_t kMode = 0x8040;  // FTZ | DAZ
#else
  static constexpr uint32_t kMode = 3u << 24;  // FZ | DN
#endif
  uint32_t saved_;
};

}  // namespace moonlet
