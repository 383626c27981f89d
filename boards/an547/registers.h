// boards/an547/registers.h - where things are: Arm's MPS3 board with the AN547 image, an
// SSE-300 with a Cortex-M55, by their secure addresses.
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet::an547 {

inline volatile uint32_t& Register(uintptr_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

// ---- the core (Armv8.1-M architecture reference manual) ----

inline constexpr uintptr_t kSysTick = 0xE000E010;  // control, reload, value
inline constexpr uintptr_t kInterruptEnable = 0xE000E100;
inline constexpr uintptr_t kResetControl = 0xE000ED0C;     // AIRCR
inline constexpr uintptr_t kFaultStatus = 0xE000ED28;      // CFSR
inline constexpr uintptr_t kHardFaultStatus = 0xE000ED2C;  // HFSR
inline constexpr uintptr_t kBusFaultAddress = 0xE000ED38;  // BFAR

inline constexpr uint32_t kCoreHertz = 32'000'000;

// ---- the board (Arm DAI 0547) ----

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

// DDR memory: the emulator's loader puts the ROM image at its start; the second part stands
// for the board's flash, which the emulator does not have.
inline constexpr uintptr_t kRom = 0x60000000;
inline constexpr size_t kRomSize = 64 << 20;
inline constexpr uintptr_t kFlash = 0x70000000;
inline constexpr size_t kFlashSize = 8 << 20;

inline void EnableInterrupt(unsigned number) {
  Register(kInterruptEnable + number / 32 * 4) = 1u << number % 32;
}

// Holds interrupts off for the scope.
class InterruptsOff {
 public:
  InterruptsOff() { asm volatile("mrs %0, primask\n\tcpsid i" : "=r"(saved_)::"memory"); }
  ~InterruptsOff() { asm volatile("msr primask, %0" ::"r"(saved_) : "memory"); }
  InterruptsOff(const InterruptsOff&) = delete;
  InterruptsOff& operator=(const InterruptsOff&) = delete;

 private:
  uint32_t saved_;
};

// Whether an interrupt or fault handler runs.
inline bool InHandler() {
  uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  return exception != 0;
}

// Idles until an interrupt is pending; with interrupts off it is taken afterwards, so none
// is missed between a check and the sleep.
inline void WaitForInterrupt() { asm volatile("dsb\n\twfi" ::: "memory"); }

}  // namespace moonlet::an547
