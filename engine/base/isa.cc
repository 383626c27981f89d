#include "engine/base/isa.h"

#if defined(__x86_64__)
#include <cstdlib>
#include <cstring>
#endif

namespace moonlet {
namespace {

#if defined(__x86_64__)
Isa Detect() {
  const char* wish = std::getenv("MOONLET_ISA");
  if (wish != nullptr && std::strcmp(wish, IsaName(Isa::kBaseline)) == 0) return Isa::kBaseline;
  return __builtin_cpu_supports("fma") ? Isa::kFma : Isa::kBaseline;
}
#else
Isa Detect() { return Isa::kBaseline; }
#endif

}  // namespace

const char* IsaName(Isa isa) {
  switch (isa) {
    case Isa::kBaseline:
      return "baseline";
    case Isa::kFma:
      return "fma";
  }
  return "";
}

Isa HostIsa() {
  static const Isa isa = Detect();
  return isa;
}

}  // namespace moonlet
