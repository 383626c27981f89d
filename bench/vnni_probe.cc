#include "bench/vnni_probe.h"

#include <chrono>
#include <cstdint>

namespace moonlet {
namespace {

constexpr int64_t kTurns = 2000;
constexpr int64_t kSums = 24;  // independent ones: more than two units times their latency
constexpr int64_t kProducts = 64;

// Assembly, so that nothing but the instruction is measured. What the registers hold does not
// matter.
[[gnu::target("avx512f")]] void MultiplyAdd(int64_t turns) {
  asm volatile(
      "1:\n"
      ".irp sum,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\n"
      "vpdpbusd %%zmm31, %%zmm30, %%zmm\\sum\n"
      ".endr\n"
      "dec %0\n"
      "jnz 1b\n"
      : "+r"(turns)
      :
      : "cc", "zmm0", "zmm1", "zmm2", "zmm3", "zmm4", "zmm5", "zmm6", "zmm7", "zmm8", "zmm9",
        "zmm10", "zmm11", "zmm12", "zmm13", "zmm14", "zmm15", "zmm16", "zmm17", "zmm18", "zmm19",
        "zmm20", "zmm21", "zmm22", "zmm23");
}

}  // namespace

bool HasVnni() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni"); }

double VnniProbe() {
  const auto start = std::chrono::steady_clock::now();
  MultiplyAdd(kTurns);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(kTurns * kSums * kProducts) / seconds.count();
}

}  // namespace moonlet
