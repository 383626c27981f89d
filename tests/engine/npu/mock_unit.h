// tests/engine/npu/mock_unit.h - an Ethos-U behind its registers, which executes what it is
// started on by a function of the test, and can be made to fail.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/npu/driver.h"

namespace moonlet::npu::testing {

class MockUnit final : public UnitPort {
 public:
  // What is in the registers when the unit is started.
  struct Start {
    std::span<const uint8_t> stream;
    uint8_t* bases[8];
  };

  uint32_t config = 0x1807;  // U55-128
  uint32_t id = 0x10060000;
  uint32_t protection = unit::kPrivileged;  // after a reset
  bool reset_ends = true;
  bool ends = true;                // a stream comes to its end
  bool ends_whole = true;          // by its STOP
  bool interrupts = true;          // else only looking helps
  uint32_t faults = 0;             // status bits that a run ends with
  uint32_t interrupts_before = 0;  // by IRQ commands in the stream
  uint64_t run_time = 500;         // microseconds
  // Executes a stream; false is a fault.
  std::function<bool(const Start&)> execute = [](const Start&) { return true; };

  int resets = 0;
  int runs = 0;
  int stops = 0;
  std::map<const void*, size_t> cleaned;
  std::map<const void*, size_t> invalidated;
  std::vector<std::string> misuse;  // what a driver must not do
  const StopToken* raise_when_waiting = nullptr;

  uint32_t Read(uint32_t offset) override {
    Pass(1);
    switch (offset) {
      case unit::kId:
        return id;
      case unit::kConfig:
        return config;
      case unit::kStatus:
        return status_;
      case unit::kProtection:
        return protected_;
      default:
        return registers_[offset];
    }
  }

  void Write(uint32_t offset, uint32_t value) override {
    Pass(1);
    if (offset == unit::kReset) return Reset(value);
    if (offset == unit::kCommand) return Command(value);
    if ((status_ & unit::kRunning) != 0) misuse.push_back("a register written while it runs");
    registers_[offset] = value;
  }

  uint64_t Microseconds() override { return now_ += 1; }
  void Wait(uint64_t microseconds, const StopToken&) override {
    if (raise_when_waiting != nullptr) const_cast<StopToken*>(raise_when_waiting)->Raise();
    const bool woken = interrupts && running_ && ends && end_ > now_ && end_ - now_ < microseconds;
    Pass(woken ? end_ - now_ : microseconds);
  }
  void Clean(const void* data, size_t bytes) override {
    cleaned[data] = std::max(cleaned[data], bytes);  // regions may begin at one place
  }
  void Invalidate(void* data, size_t bytes) override { invalidated[data] = bytes; }

  uint32_t reg(uint32_t offset) { return registers_[offset]; }

 private:
  void Reset(uint32_t level) {
    ++resets;
    registers_.clear();
    running_ = false;
    status_ = reset_ends ? 0 : uint32_t{unit::kResetting};
    protected_ = level == unit::kPrivileged ? protection : level;
  }

  void Command(uint32_t value) {
    registers_[unit::kCommand] = value & (unit::kClockOff | unit::kPowerOff);
    if ((value & unit::kClearInterrupt) != 0) status_ &= ~uint32_t{unit::kInterrupt};
    if ((value & unit::kStop) != 0) {
      ++stops;
      running_ = false;
      status_ &= ~uint32_t{unit::kRunning};
    }
    if ((value & unit::kRun) != 0) Run();
  }

  uint64_t Address(uint32_t offset) {
    return registers_[offset] | uint64_t{registers_[offset + 4]} << 32;
  }

  void Run() {
    if (registers_[unit::kAxiLimit0] == 0) misuse.push_back("started before its limits were set");
    if (registers_[unit::kCommand] != 0) misuse.push_back("started while its clock may go off");
    ++runs;
    const auto* stream = reinterpret_cast<const uint8_t*>(Address(unit::kStreamBase));
    start_.stream = {stream, registers_[unit::kStreamSize]};
    for (uint32_t i = 0; i < 8; ++i)
      start_.bases[i] = reinterpret_cast<uint8_t*>(Address(unit::kRegionBase0 + 8 * i));
    running_ = true;
    status_ = unit::kRunning;
    registers_[unit::kStreamRead] = 0;
    end_ = now_ + run_time;
    interrupts_left_ = interrupts_before;
  }

  // Time goes on, and the unit with it.
  void Pass(uint64_t microseconds) {
    now_ += microseconds;
    if (!running_ || now_ < end_) return;
    if (interrupts_left_ > 0) {
      --interrupts_left_;
      end_ = now_ + run_time;
      status_ |= unit::kInterrupt;
      return;
    }
    if (!ends) return;
    running_ = false;
    const bool executed = execute(start_);
    const bool whole = faults == 0 && ends_whole;
    registers_[unit::kStreamRead] = whole ? static_cast<uint32_t>(start_.stream.size()) : 0x40;
    status_ = unit::kInterrupt | faults | (executed ? 0 : uint32_t{unit::kParseError});
    if ((status_ & unit::kFaults) == 0 && ends_whole) status_ |= unit::kEndReached;
  }

  std::map<uint32_t, uint32_t> registers_;
  uint32_t status_ = 0;
  uint32_t protected_ = 0;
  bool running_ = false;
  uint64_t now_ = 0;
  uint64_t end_ = 0;
  uint32_t interrupts_left_ = 0;
  Start start_ = {};
};

}  // namespace moonlet::npu::testing
