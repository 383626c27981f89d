#include "engine/npu/driver.h"

#include <algorithm>
#include <cassert>

namespace moonlet::npu {
namespace {

constexpr uint64_t kResetTime = 10'000;  // microseconds; a unit takes a few cycles
constexpr uint64_t kStopTime = 100'000;  // what it has begun ends first
constexpr uint64_t kLook = 1'000;        // between two looks, should an interrupt be lost

// What Arm's driver sets on a U55: which port and attributes the regions have, and 32 reads
// and 16 writes outstanding in bursts of 64 bytes.
constexpr uint32_t kRegionPorts = 0x5553;
constexpr uint32_t kStreamPort = 2;
constexpr uint32_t kAxiLimits = 31u << 16 | 15u << 24;
constexpr uint32_t kAxiLimitRegisters = 4;
constexpr uintptr_t kUnitAlignment = 16;

const char* ChannelName(uint32_t channel) {
  switch (channel) {
    case 0:
      return "commands";
    case 1:
      return "IFM";
    case 2:
      return "weights";
    case 3:
      return "scales";
    case 4:
      return "DMA read";
    case 8:
      return "OFM";
    case 9:
      return "DMA write";
    default:
      return "unknown channel";
  }
}

bool Aligned(const void* address) {
  return reinterpret_cast<uintptr_t>(address) % kUnitAlignment == 0;
}

}  // namespace

void Driver::Command(uint32_t bits) {
  constexpr uint32_t kKept = unit::kClockOff | unit::kPowerOff;
  port_.Write(unit::kCommand, (port_.Read(unit::kCommand) & kKept) | bits);
}

void Driver::WriteAddress(uint32_t offset, const void* address) {
  const uint64_t value = reinterpret_cast<uintptr_t>(address);
  port_.Write(offset, static_cast<uint32_t>(value));
  port_.Write(offset + 4, static_cast<uint32_t>(value >> 32));
}

Status Driver::Start() {
  started_ = false;
  config_register_ = port_.Read(unit::kConfig);
  id_register_ = port_.Read(unit::kId);
  if (id_register_ == 0 || !ReadConfig(config_register_, &config_).ok())
    return Status::Error(Code::kNotFound, "no Ethos-U answers: ID 0x%08lX, CONFIG 0x%08lX",
                         static_cast<unsigned long>(id_register_),
                         static_cast<unsigned long>(config_register_));
  const Status s = Reset();
  started_ = s.ok();
  return s;
}

Status Driver::Reset() {
  port_.Write(unit::kReset, unit::kPrivileged);
  const uint64_t end = port_.Microseconds() + kResetTime;
  while ((port_.Read(unit::kStatus) & unit::kResetting) != 0)
    if (port_.Microseconds() >= end)
      return Status::Error(Code::kIo, "the unit does not end its reset: STATUS 0x%08lX",
                           static_cast<unsigned long>(port_.Read(unit::kStatus)));
  const uint32_t protection = port_.Read(unit::kProtection);
  if ((protection & 3) != unit::kPrivileged)
    return Status::Error(Code::kIo, "the unit is not ours after its reset: PROT 0x%08lX",
                         static_cast<unsigned long>(protection));
  for (uint32_t i = 0; i < kAxiLimitRegisters; ++i)
    port_.Write(unit::kAxiLimit0 + 4 * i, kAxiLimits);
  return Status();
}

void Driver::Program(const Job& job) {
  port_.Clean(job.stream.data(), job.stream.size());
  for (const Job::Memory& region : job.regions) port_.Clean(region.data, region.bytes);
  WriteAddress(unit::kStreamBase, job.stream.data());
  port_.Write(unit::kStreamSize, static_cast<uint32_t>(job.stream.size()));
  port_.Write(unit::kStreamConfig, kStreamPort);
  uint32_t base = unit::kRegionBase0;
  for (const Job::Memory& region : job.regions) {
    WriteAddress(base, region.data);
    base += 8;
  }
  port_.Write(unit::kRegionConfig, kRegionPorts);
}

Status Driver::Run(const Job& job, const StopToken& stop) {
  assert(started_ && job.regions.size() <= 8);
  bool aligned = Aligned(job.stream.data());
  for (const Job::Memory& region : job.regions) aligned = aligned && Aligned(region.data);
  if (!aligned) return Status::Invalid("stream and regions must lie at multiples of 16");
  if (Status s = Reset(); !s.ok()) return s;
  port_.Write(unit::kCommand, 0);  // clock and power stay on
  Program(job);
  Command(unit::kRun);
  const Status s = Await(stop);
  for (const Job::Memory& region : job.regions)
    if (!region.constant) port_.Invalidate(region.data, region.bytes);
  port_.Write(unit::kCommand, unit::kClockOff | unit::kPowerOff);
  return s;
}

// An IRQ command raises the interrupt with the stream going on.
Status Driver::Await(const StopToken& stop) {
  const uint64_t end = port_.Microseconds() + time_out_;
  while (true) {
    const uint32_t status = port_.Read(unit::kStatus);
    if ((status & unit::kInterrupt) != 0) {
      Command(unit::kClearInterrupt);
      if ((status & unit::kFaults) != 0) return Fault(status);
      if ((status & unit::kEndReached) != 0) return Status();
      if ((status & unit::kRunning) == 0) return Fault(status);
    }
    if (stop.raised()) return Stop();
    const uint64_t now = port_.Microseconds();
    if (now >= end) return Fault(status);
    port_.Wait(std::min(kLook, end - now), stop);
  }
}

Status Driver::Fault(uint32_t status) {
  const auto at = static_cast<unsigned long>(port_.Read(unit::kStreamRead));
  const auto shown = static_cast<unsigned long>(status);
  Status fault;
  if ((status & unit::kBusError) != 0) {
    fault = Status::Error(Code::kIo, "bus error on AXI%d, %s, at QREAD 0x%lX (STATUS 0x%08lX)",
                          static_cast<int>(status >> 11 & 1), ChannelName(status >> 12 & 15), at,
                          shown);
  } else if ((status & unit::kFaults) != 0) {
    const char* what = (status & unit::kParseError) != 0    ? "a command that the unit refuses"
                       : (status & unit::kWeightFault) != 0 ? "weights that do not decode"
                                                            : "an ECC fault";
    fault = Status::Error(Code::kIo, "%s, at QREAD 0x%lX (STATUS 0x%08lX)", what, at, shown);
  } else if ((status & unit::kRunning) != 0) {
    fault = Status::Error(Code::kIo, "no end after %lu ms, at QREAD 0x%lX (STATUS 0x%08lX)",
                          static_cast<unsigned long>(time_out_ / 1000), at, shown);
  } else {
    fault = Status::Error(Code::kIo, "it stopped before the end, at QREAD 0x%lX (STATUS 0x%08lX)",
                          at, shown);
  }
  if (Reset().ok()) return fault;
  return Status::Error(Code::kIo, "%s; it does not reset", fault.what());
}

Status Driver::Stop() {
  Command(unit::kStop);
  const uint64_t end = port_.Microseconds() + kStopTime;
  while ((port_.Read(unit::kStatus) & unit::kRunning) != 0 && port_.Microseconds() < end) {
  }
  const Status reset = Reset();
  return reset.ok() ? Status::Stopped() : reset;
}

}  // namespace moonlet::npu
