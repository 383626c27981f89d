#include "boards/cortex_m/uart.h"

#include "registers.h"

namespace moonlet::cortex_m {
namespace {

constexpr uint32_t kTxFull = 1, kRxFull = 2;                                  // STATE
constexpr uint32_t kTxOn = 1, kRxOn = 2, kTxInterrupt = 4, kRxInterrupt = 8;  // CTRL
constexpr uint32_t kTxDone = 1, kRxDone = 2;                                  // INTSTATUS, INTCLEAR
constexpr uint32_t kLeastDivider = 16;

constinit Input g_console_input, g_line_input;
constinit Output g_console_output, g_line_output;

}  // namespace

constinit Uart g_console(kUart0, g_console_input, g_console_output);
constinit Uart g_line(kUart1, g_line_input, g_line_output);

void Uart::Start(uint32_t bits_per_second) {
  const uint32_t wanted = kCoreHertz / bits_per_second;
  divider() = wanted < kLeastDivider ? kLeastDivider : wanted;
  control() = kTxOn | kRxOn | kTxInterrupt | kRxInterrupt;
}

size_t Uart::Take(std::span<uint8_t> data) {
  const InterruptsOff off;
  size_t taken = 0;
  while (taken < data.size() && !input_.empty()) data[taken++] = input_.Take();
  OnReceive();  // a byte may have been held back while the ring was full
  return taken;
}

// A full ring holds the next byte back in the hardware, where the emulator waits with
// further ones. While an interrupting byte is looked for, others are dropped instead: it
// must get through. What was typed before it is dropped with what it interrupts.
void Uart::OnReceive() {
  interrupts() = kRxDone;
  while (state() & kRxFull) {
    if (input_.full() && interrupt_byte_ == board::kNoByte) return;
    const auto byte = static_cast<uint8_t>(data());
    if (byte == interrupt_byte_) {
      input_.Clear();
      Interrupt();
    } else if (!input_.full()) {
      input_.Put(byte);
    }
  }
}

void Uart::Interrupt() {
  if (interrupt_ != nullptr) interrupt_(context_);
}

// The byte may have come before what it shall interrupt.
void Uart::SetInterruptByte(int byte) {
  const InterruptsOff off;
  interrupt_byte_ = byte;
  if (byte != board::kNoByte && input_.DropThrough(static_cast<uint8_t>(byte))) Interrupt();
}

void Uart::OnTransmit() {
  interrupts() = kTxDone;
  while (!output_.empty() && !(state() & kTxFull)) data() = output_.Take();
}

void Uart::Write(std::span<const uint8_t> data) {
  for (const uint8_t byte : data) {
    const InterruptsOff off;
    while (output_.full()) {
      if (!InHandler()) WaitForInterrupt();  // nothing would wake a fault handler
      OnTransmit();
    }
    output_.Put(byte);
    OnTransmit();
  }
}

void Uart::Drain() {
  const InterruptsOff off;
  while (!output_.empty() || (state() & kTxFull)) OnTransmit();
}

void Uart::WriteNow(const char* text) {
  for (; *text != '\0'; ++text) {
    while (state() & kTxFull) {
    }
    data() = static_cast<uint8_t>(*text);
  }
}

void Uart::OnInterruptByte(board::Interrupt interrupt, void* context) {
  const InterruptsOff off;
  interrupt_ = interrupt;
  context_ = context;
}

}  // namespace moonlet::cortex_m

// Interrupt handlers, named in the vector table (startup.cc).
extern "C" {
void Uart0Receive() { moonlet::cortex_m::g_console.OnReceive(); }
void Uart0Transmit() { moonlet::cortex_m::g_console.OnTransmit(); }
void Uart1Receive() { moonlet::cortex_m::g_line.OnReceive(); }
void Uart1Transmit() { moonlet::cortex_m::g_line.OnTransmit(); }
}
