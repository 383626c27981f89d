#include "engine/npu/cycles.h"

#include <algorithm>
#include <cstring>

#include "engine/npu/cycles_parts.h"
#include "engine/npu/stream.h"

namespace moonlet::npu {
namespace {

constexpr MemorySpeed kSram55 = {8, 32, 32, 32};
constexpr MemorySpeed kSram65 = {16, 32, 32, 32};

constexpr System kSystems[] = {
    {"Ethos_U55_High_End_Embedded", 500, kSram55, {1, 128, 64, 64}, false},
    {"Ethos_U55_Deep_Embedded", 200, kSram55, {0.5F, 128, 64, 64}, false},
    {"Ethos_U65_Embedded", 500, kSram65, {1, 128, 64, 64}, false},
    {"Ethos_U65_Mid_End", 500, kSram65, {7.5F, 128, 500, 250}, true},
    {"Ethos_U65_High_End", 1000, kSram65, {3.75F, 128, 500, 250}, true},
    {"Ethos_U65_Client_Server", 1000, kSram65, {12, 128, 500, 250}, true},
};
constexpr int kDefault55 = 0, kDefault65 = 5;

// Of sizes that no network has, as many as a number holds.
int64_t MacsOf(const Operation& operation) {
  if (operation.kind == OperationKind::kElementwise) return 0;
  const bool sums_depth = operation.kind == OperationKind::kConv || operation.sums_depth();
  const FeatureMap& ofm = operation.ofm;
  constexpr double kMost = 0x1p62;
  const double per_element = static_cast<double>(operation.kernel.height) * operation.kernel.width *
                             (sums_depth ? operation.ifm.depth : 1);
  const double elements = static_cast<double>(ofm.height) * ofm.width * ofm.depth;
  return static_cast<int64_t>(std::min(per_element * elements, kMost));
}

}  // namespace

const System& DefaultSystem(const Config& config) {
  return kSystems[config.product == Product::kU55 ? kDefault55 : kDefault65];
}

const System* FindSystem(const char* name) {
  for (const System& system : kSystems)
    if (std::strcmp(system.name, name) == 0) return &system;
  return nullptr;
}

const char* NameOf(Bound bound) {
  constexpr const char* kNames[] = {"MAC", "output", "SRAM", "flash"};
  return kNames[static_cast<int>(bound)];
}

double Cycles::total() const { return std::max(npu, std::max(sram, constants)); }

Bound Cycles::bound() const {
  if (constants > npu && constants >= sram) return Bound::kFlash;
  if (sram > npu) return Bound::kSram;
  return 2 * waiting > npu ? Bound::kFlash : inside;
}

double Cycles::utilisation(const Config& config) const {
  const double all = total() * config.macs;
  return all > 0 ? static_cast<double>(macs) / all : 0;
}

void EstimateOperation(const Operation& operation, const Config& config, const System& system,
                       Cycles* cycles) {
  *cycles = Cycles();
  if (!operation.is_block()) return;
  cycles->npu = cycles::UnitCycles(operation, config, system, &cycles->inside);
  cycles::AccessCycles(operation, config, system, cycles);
  cycles->macs = MacsOf(operation);
}

Status EstimateStream(std::span<const uint8_t> stream, const Config& config, const System& system,
                      LayerObserver* observer) {
  StreamReader reader(stream, config);
  CycleWalker walker(config, system, observer);
  Operation operation;
  do {
    if (Status s = reader.Next(&operation); !s.ok()) return s;
    walker.Add(operation);
  } while (operation.kind != OperationKind::kStop);
  return Status();
}

}  // namespace moonlet::npu
