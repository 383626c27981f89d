// engine/npu/executor.h - who runs a command stream: the functional model or a unit.
//
// Both check a stream the same way, once and wholly, before it runs: an unit would follow it
// wherever it leads.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/npu/driver.h"
#include "engine/npu/payload.h"
#include "engine/npu/program.h"

namespace moonlet::npu {

class Executor {
 public:
  virtual const char* name() const = 0;
  // As MeasureProgram, WriteProgram and RunProgram. What `payload` and `regions` point to
  // stays where it is for as long as the program is run.
  virtual Status Measure(const Payload& payload, Regions regions, ProgramSizes* sizes) const = 0;
  virtual Status Write(const Payload& payload, Regions regions,
                       std::span<uint8_t> program) const = 0;
  virtual Status Run(const uint8_t* program, Addresses regions, uint8_t* scratch,
                     const StopToken& stop, OperationObserver* observer) const = 0;

 protected:
  ~Executor() = default;
};

// The functional model: runs streams for any configuration.
const Executor& ModelExecutor();

// A unit: runs streams for its own configuration. It tells no OperationObserver.
class UnitExecutor final : public Executor {
 public:
  // `driver` is started.
  explicit UnitExecutor(Driver& driver) : driver_(driver) {}

  const char* name() const override { return "driver"; }
  Status Measure(const Payload& payload, Regions regions, ProgramSizes* sizes) const override;
  Status Write(const Payload& payload, Regions regions, std::span<uint8_t> program) const override;
  Status Run(const uint8_t* program, Addresses regions, uint8_t* scratch, const StopToken& stop,
             OperationObserver* observer) const override;

 private:
  Driver& driver_;
};

}  // namespace moonlet::npu
