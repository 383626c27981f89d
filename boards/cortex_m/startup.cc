// From reset to main: coprocessors, memory, constructors.
#include <algorithm>
#include <cstdint>

#include "boards/cortex_m/clock.h"
#include "boards/cortex_m/core.h"
#include "boards/cortex_m/memory.h"
#include "boards/cortex_m/uart.h"
#include "registers.h"

extern "C" {

int main();

// Laid out by sections.ld.
extern uint32_t __data_load[], __data_start[], __data_end[], __bss_start[], __bss_end[];
extern uint8_t __spare_start[], __spare_end[], __heap_start[], __heap_end[];
extern uint8_t __handler_stack_end[], __stack_guard[], __stack_start[], __stack_end[];
using Constructor = void (*)();
extern Constructor __init_array_start[], __init_array_end[];

[[noreturn]] void Start();
void Fault();
void Tick();
void WatchdogBark();
void Uart0Receive();
void Uart0Transmit();
void Uart1Receive();
void Uart1Transmit();
void BoardInterrupt();

void Ignore() {}
}

namespace moonlet::cortex_m {
namespace {

constexpr unsigned kSystemVectors = 16;

union Vector {
  constexpr Vector() : handler(Ignore) {}
  constexpr Vector(void (*function)()) : handler(function) {}
  constexpr Vector(uint8_t* stack) : stack(stack) {}
  void (*handler)();
  uint8_t* stack;
};

struct VectorTable {
  Vector vectors[kSystemVectors + 64];
};

consteval VectorTable MakeVectors() {
  VectorTable table;
  Vector* vectors = table.vectors;
  vectors[0] = __handler_stack_end;
  vectors[1] = Start;
  vectors[2] = WatchdogBark;  // NMI
  for (int i = 3; i <= 7; ++i) vectors[i] = Fault;
  vectors[15] = Tick;
  vectors[kSystemVectors + kUart0RxInterrupt] = Uart0Receive;
  vectors[kSystemVectors + kUart0TxInterrupt] = Uart0Transmit;
  vectors[kSystemVectors + kUart1RxInterrupt] = Uart1Receive;
  vectors[kSystemVectors + kUart1TxInterrupt] = Uart1Transmit;
  vectors[kSystemVectors + kBoardInterrupt] = BoardInterrupt;
  return table;
}

__attribute__((section(".vectors"), used)) constinit const VectorTable kVectors = MakeVectors();

// Marks the stack below the running function, to tell later how deep it was used.
constexpr uint32_t kPaint = 0x5AC35AC3;

void PaintStack() {
  auto* const here = static_cast<uint32_t*>(__builtin_frame_address(0));
  constexpr size_t kOwnFrame = 64;
  std::fill(reinterpret_cast<uint32_t*>(__stack_start), here - kOwnFrame, kPaint);
}

// Below the stack is a limit that the core checks; before Armv8-M there is none, and nobody may
// touch the 4 KiB there.
void GuardStack() {
#if __ARM_ARCH >= 8
  asm volatile("msr psplim, %0" ::"r"(__stack_start));
#else
  constexpr uint32_t kRegion0 = 1u << 4;
  constexpr uint32_t kNoAccess4K = 1u << 28 | 11u << 1 | 1;  // XN, size 2^(11 + 1), enabled
  constexpr uint32_t kOnForTheRestAsBefore = 1u | 4u;
  Register(kProtection + 8) = reinterpret_cast<uintptr_t>(__stack_guard) | kRegion0;
  Register(kProtection + 12) = kNoAccess4K;
  Register(kProtection) = kOnForTheRestAsBefore;
  asm volatile("dsb\n\tisb" ::: "memory");
#endif
}

void StartInterrupts() {
  constexpr uint32_t kConsoleSpeed = 115'200;
  g_console.Start(kConsoleSpeed);
  g_line.Start(kConsoleSpeed);
  for (const unsigned number :
       {kUart0RxInterrupt, kUart0TxInterrupt, kUart1RxInterrupt, kUart1TxInterrupt})
    EnableInterrupt(number);
}

}  // namespace

std::span<const std::span<uint8_t>> HeapRegions() {
  static const std::span<uint8_t> regions[] = {{__spare_start, __spare_end},
                                               {__heap_start, __heap_end}};
  return regions;
}

}  // namespace moonlet::cortex_m

namespace moonlet::board {

size_t StackSize() { return static_cast<size_t>(__stack_end - __stack_start); }

size_t StackPeak() {
  const auto* end = reinterpret_cast<const uint32_t*>(__stack_end);
  const uint32_t* deepest = std::find_if(reinterpret_cast<const uint32_t*>(__stack_start), end,
                                         [](uint32_t word) { return word != cortex_m::kPaint; });
  return static_cast<size_t>(end - deepest) * sizeof(uint32_t);
}

}  // namespace moonlet::board

using namespace moonlet::cortex_m;

// On the process stack from here on. Static objects are never destroyed.
extern "C" [[gnu::used, noreturn]] void StartProgram() {
  std::copy(__data_load, __data_load + (__data_end - __data_start), __data_start);
  std::fill(__bss_start, __bss_end, 0u);
  GuardStack();
  PaintStack();
  StartKept();
  StartClock();
  StartInterrupts();
  for (Constructor* constructor = __init_array_start; constructor != __init_array_end;
       ++constructor)
    (*constructor)();
  main();
  moonlet::board::Reset();
}

extern "C" [[gnu::naked, noreturn]] void Start() {
  asm volatile(
      // CPACR: floating point and Helium, before the compiler uses them.
      "ldr r0, =0xE000ED88\n\t"
      "ldr r1, [r0]\n\t"
      "orr r1, r1, #0x00F00000\n\t"
      "str r1, [r0]\n\t"
      "dsb\n\tisb\n\t"
      "ldr r0, =__stack_end\n\t"
      "msr psp, r0\n\t"
      "mov r0, #2\n\t"
      "msr control, r0\n\t"
      "isb\n\t"
      "b StartProgram\n\t"
      ".ltorg\n");
}
