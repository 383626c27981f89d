#include "engine/base/isa.h"

#if defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#endif

namespace moonlet {
namespace {

// What the compiler was told.
constexpr const char* kCompiledFor =
#if defined(__ARM_FEATURE_MVE)
    "helium";
#elif defined(__ARM_FEATURE_DSP)
    "dsp";
#else
    "scalar";
#endif

#if defined(__x86_64__)
// Linux saves AMX's registers, 8 KB a thread, for processes that have asked for it (Linux,
// Documentation/arch/x86/xstate.rst).
bool MayUseAmx() {
  constexpr long kAskForState = 0x1023, kTileData = 18;
  return __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8") &&
         syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
}

Isa Best() {
  if (!__builtin_cpu_supports("fma")) return Isa::kScalar;
  if (!__builtin_cpu_supports("avx2")) return Isa::kFma;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  if (!wide) return Isa::kAvx2;
  if (!__builtin_cpu_supports("avx512vnni")) return Isa::kAvx512;
  return MayUseAmx() ? Isa::kAmx : Isa::kAvx512Vnni;
}

Isa Detect() {
  const Isa best = Best();
  const char* wish = std::getenv("MOONLET_ISA");
  if (wish == nullptr) return best;
  for (const Isa isa : {Isa::kScalar, Isa::kFma, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni}) {
    if (isa < best && std::strcmp(wish, IsaName(isa)) == 0) return isa;
  }
  return best;
}
#else
Isa Detect() { return Isa::kScalar; }
#endif

}  // namespace

const char* IsaName(Isa isa) {
  switch (isa) {
    case Isa::kScalar:
      return kCompiledFor;
    case Isa::kFma:
      return "fma";
    case Isa::kAvx2:
      return "avx2";
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx512Vnni:
      return "avx512vnni";
    case Isa::kAmx:
      return "amx";
  }
  return "";
}

Isa HostIsa() {
  static const Isa isa = Detect();
  return isa;
}

bool HostHasVbmi() {
#if defined(__x86_64__)
  return HostIsa() >= Isa::kAvx512Vnni && __builtin_cpu_supports("avx512vbmi");
#else
  return false;
#endif
}

}  // namespace moonlet
