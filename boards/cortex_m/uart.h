// boards/cortex_m/uart.h - the serial lines, by interrupt, with a ring for each direction.
//
// CMSDK APB UART (Arm DDI 0479). One byte of hardware buffer each way.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "boards/board.h"
#include "boards/cortex_m/core.h"

namespace moonlet::cortex_m {

// Bytes between an interrupt handler and the program. One end puts, the other takes.
template <size_t kSize>
class Ring {
 public:
  static_assert((kSize & (kSize - 1)) == 0);
  bool empty() const { return first_ == end_; }
  bool full() const { return end_ - first_ == kSize; }
  void Clear() { first_ = end_; }
  // Drops all up to the last such byte. False, and nothing dropped, when there is none.
  bool DropThrough(uint8_t byte) {
    for (uint32_t i = end_; i != first_; --i) {
      if (bytes_[(i - 1) % kSize] != byte) continue;
      first_ = i;
      return true;
    }
    return false;
  }
  void Put(uint8_t byte) {
    bytes_[end_ % kSize] = byte;
    end_ = end_ + 1;
  }
  uint8_t Take() {
    const uint8_t byte = bytes_[first_ % kSize];
    first_ = first_ + 1;
    return byte;
  }

 private:
  volatile uint32_t first_ = 0;
  volatile uint32_t end_ = 0;
  uint8_t bytes_[kSize] = {};
};

// Room for two blocks of a file transfer, so that a line without flow control loses nothing.
using Input = Ring<16384>;
using Output = Ring<1024>;

class Uart {
 public:
  // The rings are apart so that a zero start suffices for them.
  constexpr Uart(uintptr_t base, Input& input, Output& output)
      : base_(base), input_(input), output_(output) {}
  void Start(uint32_t bits_per_second);

  size_t Take(std::span<uint8_t> data);
  bool HasInput() const { return !input_.empty(); }
  // Waits where the ring is full.
  void Write(std::span<const uint8_t> data);
  // Waits until everything written is on the line.
  void Drain();
  // Past all rings and interrupts, for a machine that is about to stop.
  void WriteNow(const char* text);

  void SetInterruptByte(int byte);
  int interrupt_byte() const { return interrupt_byte_; }
  void OnInterruptByte(board::Interrupt interrupt, void* context);

  // From interrupt context.
  void OnReceive();
  void OnTransmit();

 private:
  void Interrupt();

  volatile uint32_t& data() const { return Register(base_); }
  volatile uint32_t& state() const { return Register(base_ + 4); }
  volatile uint32_t& control() const { return Register(base_ + 8); }
  volatile uint32_t& interrupts() const { return Register(base_ + 12); }
  volatile uint32_t& divider() const { return Register(base_ + 16); }

  uintptr_t base_;
  volatile int interrupt_byte_ = board::kNoByte;
  board::Interrupt interrupt_ = nullptr;
  void* context_ = nullptr;
  Input& input_;
  Output& output_;
};

extern Uart g_console;
extern Uart g_line;  // the second one

}  // namespace moonlet::cortex_m
