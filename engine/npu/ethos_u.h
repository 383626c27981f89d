// engine/npu/ethos_u.h - the backend that runs `ethos-u` operators: what a compiler for the
// Ethos-U puts in the place of the operators that the unit takes.
//
//   const npu::EthosU npu;                       // the functional model
//   const npu::WithCpu backends(npu);
//   Status s = Session::Open(model, allocator, &session, {backends});
//
// Inputs: 0 the payload, 1 constants (region 0; may be empty), 2 scratch (region 1), 3 fast
// scratch (region 2), then tensors of the graph, as are the outputs. The stream finds those in
// the scratch, where the file's plan of the arena lays them (offline_plan.h); they are regions
// 3 to 7 as well, as far as these go.
#pragma once
#include "engine/nn/prepare.h"
#include "engine/npu/executor.h"

namespace moonlet::npu {

class EthosU final : public Backend {
 public:
  // By an executor, which outlives the sessions; of models for `only` alone where it is given.
  explicit EthosU(const Executor& executor = ModelExecutor(), const Config* only = nullptr)
      : executor_(&executor), limited_(only != nullptr) {
    if (only != nullptr) only_ = *only;
  }

  const char* name() const override { return "npu"; }
  bool MayTake(const Node& node) const override;
  Status Takes(const Node& node) const override;
  // kInvalid: inputs, options, payload or stream are not as they must be. kUnsupported: a
  // configuration that does not run here, or what no unit has.
  Status Prepare(const Node& node, StepWriter& writer) const override;
  bool bears_overlap() const override { return true; }
  // A command stream without weights and tables has no bytes to read them from.
  bool bears_empty(int input) const override { return input == 1; }

  const Executor& executor() const { return *executor_; }
  // The one configuration that it takes; null: any.
  const Config* only() const { return limited_ ? &only_ : nullptr; }

 private:
  const Executor* executor_;
  Config only_;
  bool limited_;
};

// The NPU first, the CPU for the rest. As long as it lives.
class WithCpu {
 public:
  explicit WithCpu(const EthosU& npu) : list_{&npu, CpuOnly().front()} {}
  operator Backends() const { return list_; }

 private:
  const Backend* list_[2];
};

// The payload of an operator: false for any other operator and for one whose first input is
// no constant. For those who look into streams.
bool PayloadOf(const Node& node, std::span<const uint8_t>* payload);

// What its stream may address, in the order of regions; gives how many there are. Requires
// PayloadOf.
size_t RegionsOf(const Node& node, Region (&regions)[kRegions]);

}  // namespace moonlet::npu
