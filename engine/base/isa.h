// engine/base/isa.h - which instruction set this host offers, asked once.
//
// Kernels have a variant per level; the one place of each family that chooses among
// them asks here. Every variant gives the same bits, so the level changes speed alone.
#pragma once
#include <cstdint>

namespace moonlet {

enum class Isa : uint8_t {
  kScalar,      // what the compiler was told: x86-64 without fused multiply-add, or a device
  kFma,         // x86-64 with FMA3
  kAvx2,        // and AVX2
  kAvx512,      // and AVX-512 F, VL, DQ and BW
  kAvx512Vnni,  // and AVX-512 VNNI
  kAmx,         // and AMX with int8
};

// The best level of this CPU, or a lower one named by the environment variable
// MOONLET_ISA: "scalar", "fma", "avx2", "avx512", "avx512vnni", "amx".
Isa HostIsa();
// Whether it is AVX-512 VNNI or better and the CPU has AVX-512 VBMI besides: shuffles of the bytes
// of two registers.
bool HostHasVbmi();
// As MOONLET_ISA spells it; of a device's kernels "helium" or "dsp", or "scalar".
const char* IsaName(Isa isa);

}  // namespace moonlet
