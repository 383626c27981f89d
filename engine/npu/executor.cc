#include "engine/npu/executor.h"

#include <cassert>
#include <new>

namespace moonlet::npu {
namespace {

class FunctionalModel final : public Executor {
 public:
  const char* name() const override { return "model"; }
  Status Measure(const Payload& payload, Regions regions, ProgramSizes* sizes) const override {
    return MeasureProgram(payload, regions, sizes);
  }
  Status Write(const Payload& payload, Regions regions, std::span<uint8_t> program) const override {
    return WriteProgram(payload, regions, program);
  }
  Status Run(const uint8_t* program, Addresses regions, uint8_t* scratch, const StopToken& stop,
             OperationObserver* observer) const override {
    return RunProgram(program, regions, scratch, stop, observer);
  }
};

constexpr FunctionalModel kFunctionalModel;

// What a unit needs to know of a stream.
struct UnitProgram {
  const uint8_t* stream;
  size_t bytes;
  size_t region_bytes[kRegions];
  uint8_t regions;
  uint8_t constants;  // a bit for each region
};

}  // namespace

const Executor& ModelExecutor() { return kFunctionalModel; }

Status UnitExecutor::Measure(const Payload& payload, Regions regions, ProgramSizes* sizes) const {
  Status s = CheckVersions(payload, driver_.config_register(), driver_.id_register());
  if (s.ok()) s = MeasureProgram(payload, regions, sizes);
  if (!s.ok()) return s;
  sizes->bytes = sizeof(UnitProgram);
  sizes->scratch = 0;
  return s;
}

Status UnitExecutor::Write(const Payload& payload, Regions regions,
                           std::span<uint8_t> program) const {
  assert(program.size() >= sizeof(UnitProgram) && regions.size() <= kRegions);
  UnitProgram p = {payload.stream.data(), payload.stream.size(), {}, 0, 0};
  for (const Region& region : regions) {
    if (region.constant != nullptr)
      p.constants = static_cast<uint8_t>(p.constants | 1 << p.regions);
    p.region_bytes[p.regions++] = static_cast<size_t>(region.size);
  }
  new (program.data()) UnitProgram(p);
  return Status();
}

Status UnitExecutor::Run(const uint8_t* program, Addresses regions, uint8_t*, const StopToken& stop,
                         OperationObserver*) const {
  const auto& p = *reinterpret_cast<const UnitProgram*>(program);
  Job::Memory memory[kRegions];
  for (int i = 0; i < p.regions; ++i)
    memory[i] = {regions[static_cast<size_t>(i)], p.region_bytes[i], (p.constants >> i & 1) != 0};
  return driver_.Run({{p.stream, p.bytes}, std::span(memory, p.regions)}, stop);
}

}  // namespace moonlet::npu
