// boards/an547/registers.h - where things are: Arm's MPS3 board with the AN547 image, an
// SSE-300 with a Cortex-M55, by their secure addresses (Arm DAI 0547).
#pragma once
#include <cstddef>
#include <cstdint>

#include "boards/cortex_m/core.h"

namespace moonlet::cortex_m {

inline constexpr uint32_t kCoreHertz = 32'000'000;  // and of SysTick

inline constexpr uintptr_t kUart0 = 0x59303000;
inline constexpr uintptr_t kUart1 = 0x59304000;
inline constexpr unsigned kUart0RxInterrupt = 33;
inline constexpr unsigned kUart0TxInterrupt = 34;
inline constexpr unsigned kUart1RxInterrupt = 35;
inline constexpr unsigned kUart1TxInterrupt = 36;

inline constexpr uintptr_t kCounterControl = 0x58100000;
inline constexpr uintptr_t kCounter = 0x58101000;  // low word, high word; 32 MHz

inline constexpr uintptr_t kWatchdog = 0x4802E000;  // 32 kHz; resets by its second time-out
inline constexpr uint32_t kWatchdogHertz = 32'000;

inline constexpr uintptr_t kLeds = 0x59302000;
inline constexpr uintptr_t kButtons = 0x59302008;

inline constexpr uintptr_t kNpu = 0x48102000;  // an Ethos-U55, which the emulator does not have
inline constexpr unsigned kNpuInterrupt = 56;
inline constexpr unsigned kBoardInterrupt = kNpuInterrupt;  // handled in npu.cc

// DDR memory: the emulator's loader puts the ROM image at its start; the second part stands
// for the board's flash, which the emulator does not have.
inline constexpr uintptr_t kRom = 0x60000000;
inline constexpr size_t kRomSize = 64 << 20;
inline constexpr uintptr_t kFlash = 0x70000000;
inline constexpr size_t kFlashSize = 8 << 20;

}  // namespace moonlet::cortex_m
