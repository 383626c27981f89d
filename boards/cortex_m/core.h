// boards/cortex_m/core.h - the registers and instructions that every Armv7-M and Armv8-M core
// has (their architecture reference manuals).
#pragma once
#include <cstddef>
#include <cstdint>

namespace moonlet::cortex_m {

inline volatile uint32_t& Register(uintptr_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

inline constexpr uintptr_t kSysTick = 0xE000E010;  // control, reload, value
inline constexpr uintptr_t kInterruptEnable = 0xE000E100;
inline constexpr uintptr_t kInterruptDisable = 0xE000E180;
inline constexpr uintptr_t kResetControl = 0xE000ED0C;     // AIRCR
inline constexpr uintptr_t kCoreControl = 0xE000ED14;      // CCR
inline constexpr uintptr_t kFaultStatus = 0xE000ED28;      // CFSR
inline constexpr uintptr_t kHardFaultStatus = 0xE000ED2C;  // HFSR
inline constexpr uintptr_t kBusFaultAddress = 0xE000ED38;  // BFAR
inline constexpr uintptr_t kProtection = 0xE000ED94;       // MPU: control, region, base, size
inline constexpr uintptr_t kCacheInvalidate = 0xE000EF5C;  // DCIMVAC: a line by its address
inline constexpr uintptr_t kCacheClean = 0xE000EF68;       // DCCMVAC

inline void EnableInterrupt(unsigned number) {
  Register(kInterruptEnable + number / 32 * 4) = 1u << number % 32;
}

inline void DisableInterrupt(unsigned number) {
  Register(kInterruptDisable + number / 32 * 4) = 1u << number % 32;
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

}  // namespace moonlet::cortex_m
