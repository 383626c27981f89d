// boards/an386/registers.h - where things are: Arm's MPS2 board with the AN386 image, a
// Cortex-M4 with floating point (Arm DAI 0386).
#pragma once
#include <cstddef>
#include <cstdint>

#include "boards/cortex_m/core.h"

namespace moonlet::cortex_m {

inline constexpr uint32_t kCoreHertz = 25'000'000;  // and of SysTick

inline constexpr uintptr_t kUart0 = 0x40004000;
inline constexpr uintptr_t kUart1 = 0x40005000;
inline constexpr unsigned kUart0RxInterrupt = 0;
inline constexpr unsigned kUart0TxInterrupt = 1;
inline constexpr unsigned kUart1RxInterrupt = 2;
inline constexpr unsigned kUart1TxInterrupt = 3;

inline constexpr uintptr_t kTimer = 0x40000000;  // control, value, reload, interrupt; 25 MHz
inline constexpr unsigned kBoardInterrupt = 8;   // the timer's, handled in counter.cc

// The 16 MiB of PSRAM: the emulator's loader puts the ROM image there.
inline constexpr uintptr_t kRom = 0x21000000;
inline constexpr size_t kRomSize = 16 << 20;

}  // namespace moonlet::cortex_m
