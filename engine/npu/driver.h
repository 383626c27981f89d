// engine/npu/driver.h - drives a unit through its registers: reset, start, wait, and what
// went wrong.
//
//   npu::Driver driver(port);
//   Status s = driver.Start();
//   if (s.ok()) s = driver.Run({stream, regions}, stop);
//
// The caller has checked the stream (program.h): a unit follows whatever it is given.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/npu/config.h"

namespace moonlet::npu {

// The unit's registers, by byte offset, and the machine around them.
class UnitPort {
 public:
  virtual uint32_t Read(uint32_t offset) = 0;
  virtual void Write(uint32_t offset, uint32_t value) = 0;
  virtual uint64_t Microseconds() = 0;
  // Idles until the unit's interrupt, until that time has passed or `stop` is raised. May
  // return early, so a port without interrupts only waits a little.
  virtual void Wait(uint64_t microseconds, const StopToken& stop) = 0;
  // What was written by the core goes to memory; what the unit wrote there is seen.
  virtual void Clean(const void* data, size_t bytes) = 0;
  virtual void Invalidate(void* data, size_t bytes) = 0;

 protected:
  ~UnitPort() = default;
};

// Byte offsets of registers and their bits.
namespace unit {

inline constexpr uint32_t kId = 0x00;
inline constexpr uint32_t kStatus = 0x04;
inline constexpr uint32_t kCommand = 0x08;
inline constexpr uint32_t kReset = 0x0C;
inline constexpr uint32_t kStreamBase = 0x10;  // QBASE: low, high word
inline constexpr uint32_t kStreamRead = 0x18;  // QREAD
inline constexpr uint32_t kStreamConfig = 0x1C;
inline constexpr uint32_t kStreamSize = 0x20;
inline constexpr uint32_t kProtection = 0x24;
inline constexpr uint32_t kConfig = 0x28;
inline constexpr uint32_t kRegionConfig = 0x3C;
inline constexpr uint32_t kAxiLimit0 = 0x40;    // and 1 to 3 behind it
inline constexpr uint32_t kRegionBase0 = 0x80;  // BASEP: low, high word of each of 8

enum Status : uint32_t {
  kRunning = 1 << 0,
  kInterrupt = 1 << 1,
  kBusError = 1 << 2,
  kResetting = 1 << 3,
  kParseError = 1 << 4,
  kEndReached = 1 << 5,
  kWeightFault = 1 << 7,
  kEccFault = 1 << 8,
  kFaults = kBusError | kParseError | kWeightFault | kEccFault,
};
enum Command : uint32_t {
  kRun = 1 << 0,
  kClearInterrupt = 1 << 1,
  kClockOff = 1 << 2,  // allowed, as the next
  kPowerOff = 1 << 3,
  kStop = 1 << 4,
};
inline constexpr uint32_t kPrivileged = 1;  // of RESET and PROT: privileged, secure

}  // namespace unit

// A stream, and where the regions lie that it addresses, at multiples of 16.
struct Job {
  struct Memory {
    uint8_t* data;
    size_t bytes;
    bool constant;
  };
  std::span<const uint8_t> stream;
  std::span<const Memory> regions;  // at most 8
};

class Driver {
 public:
  static constexpr uint64_t kTimeOut = 10'000'000;  // microseconds

  // `time_out`: what a stream may take, in microseconds.
  explicit Driver(UnitPort& port, uint64_t time_out = kTimeOut)
      : port_(port), time_out_(time_out) {}

  // Learns what the unit is and resets it. kNotFound: no Ethos-U answers; kIo: it does not
  // come out of its reset as it should. Both with what the registers say.
  Status Start();
  bool started() const { return started_; }
  // After a Start that found a unit.
  const Config& config() const { return config_; }
  uint32_t config_register() const { return config_register_; }
  uint32_t id_register() const { return id_register_; }

  // Runs a stream to its end. kStopped: the token was raised, the unit is reset. kIo: it
  // told of a fault or did not end in time; the message has what it says and how far in the
  // stream it was, and the unit is reset.
  // kInvalid: something does not lie at a multiple of 16. Requires started().
  Status Run(const Job& job, const StopToken& stop);

 private:
  Status Reset();
  void Program(const Job& job);
  Status Await(const StopToken& stop);
  Status Fault(uint32_t status);
  Status Stop();
  void WriteAddress(uint32_t offset, const void* address);
  // The bits that allow the clock and power to go off stay what they are.
  void Command(uint32_t bits);

  UnitPort& port_;
  uint64_t time_out_;
  bool started_ = false;
  Config config_;
  uint32_t config_register_ = 0;
  uint32_t id_register_ = 0;
};

}  // namespace moonlet::npu
