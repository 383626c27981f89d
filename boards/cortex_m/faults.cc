// What a fault prints before the machine starts anew.
#include <cstdio>

#include "boards/board.h"
#include "boards/cortex_m/clock.h"
#include "boards/cortex_m/core.h"
#include "boards/cortex_m/memory.h"
#include "boards/cortex_m/uart.h"

namespace moonlet::cortex_m {
namespace {

// What the core pushes on the stack when an exception comes.
struct Frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

// CFSR.STKOF, the limit register's, and MSTKERR, the guard's below the stack (startup.cc).
constexpr uint32_t kStackLimit = 1u << 20 | 1u << 4;
constexpr uint32_t kAddressKnown = 1u << 15;   // CFSR.BFARVALID
constexpr uint16_t kSemihostingCall = 0xBEAB;  // bkpt 0xab

board::FaultReport g_report = nullptr;
void* g_context = nullptr;
volatile bool g_faulting = false;

// No host answers semihosting calls: this one is refused, and the program goes on.
bool SkipSemihosting(Frame* frame, uint32_t status) {
  if (status != 0 || (frame->pc & 1) != 0) return false;
  if (*reinterpret_cast<const uint16_t*>(frame->pc) != kSemihostingCall) return false;
  frame->r0 = 0xFFFFFFFF;
  frame->pc += sizeof(uint16_t);
  Register(kHardFaultStatus) = Register(kHardFaultStatus);
  return true;
}

// Crashes in a row: one long after the start begins a new row.
void CountCrash() {
  constexpr uint64_t kNewRow = 10'000'000;
  const bool in_a_row = board::Microseconds() - StartTime() < kNewRow;
  board::KeepNumber(in_a_row ? board::KeptNumber() + 1 : 1);
}

void Print(const Frame& frame, uint32_t status) {
  char line[160];
  if (status & kStackLimit) {
    g_console.WriteNow("\r\nmoonlet: stack overflow\r\n");
  } else {
    g_console.WriteNow("\r\nmoonlet: fault\r\n");
    std::snprintf(line, sizeof(line),
                  "  pc %08lx  lr %08lx  r0 %08lx  r1 %08lx  r2 %08lx  r3 %08lx\r\n", frame.pc,
                  frame.lr, frame.r0, frame.r1, frame.r2, frame.r3);
    g_console.WriteNow(line);
  }
  std::snprintf(line, sizeof(line), "  fault status %08lx  hard fault status %08lx\r\n", status,
                Register(kHardFaultStatus));
  g_console.WriteNow(line);
  if (status & kAddressKnown) {
    std::snprintf(line, sizeof(line), "  address %08lx\r\n", Register(kBusFaultAddress));
    g_console.WriteNow(line);
  }
}

}  // namespace

[[noreturn]] void ResetNow() {
  constexpr uint32_t kKeyAndRequest = 0x05FA0004;
  asm volatile("dsb");
  Register(kResetControl) = kKeyAndRequest;
  while (true) {
  }
}

}  // namespace moonlet::cortex_m

using namespace moonlet::cortex_m;

extern "C" [[gnu::used]] void OnFault(Frame* frame) {
  const uint32_t status = Register(kFaultStatus);
  if (SkipSemihosting(frame, status)) return;
  if (g_faulting) ResetNow();  // the report itself failed
  g_faulting = true;
  CountCrash();
  g_console.Drain();
  Print(*frame, status);
  if (g_report != nullptr) g_report(g_context);
  g_console.Drain();
  ResetNow();
}

// The frame lies on the stack that was in use: bit 2 of the exception's return value.
extern "C" [[gnu::naked]] void Fault() {
  asm volatile(
      "tst lr, #4\n\t"
      "ite eq\n\t"
      "mrseq r0, msp\n\t"
      "mrsne r0, psp\n\t"
      "b OnFault\n");
}

extern "C" void WatchdogBark() { moonlet::board::GiveUp("moonlet: the watchdog was not fed"); }

namespace moonlet::board {

void OnFault(FaultReport report, void* context) {
  g_report = report;
  g_context = context;
}

void GiveUp(const char* message) {
  CountCrash();
  g_console.Drain();
  g_console.WriteNow("\r\n");
  g_console.WriteNow(message);
  g_console.WriteNow("\r\n");
  ResetNow();
}

void Reset() {
  g_console.Drain();
  g_line.Drain();
  ResetNow();
}

}  // namespace moonlet::board
