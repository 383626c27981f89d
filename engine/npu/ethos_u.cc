#include "engine/npu/ethos_u.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/nn/checks.h"
#include "engine/nn/offline_plan.h"

namespace moonlet::npu {
namespace {

using tflite::TensorType;

enum Input { kPayload, kConstants, kScratch, kFastScratch, kFirstTensor };
constexpr const char* kInputNames[] = {"command stream", "constants", "scratch", "fast scratch"};

// Its program follows.
struct alignas(8) EthosURecord {
  const Executor* executor;
  Operand regions[kRegions];
  Operand scratch;
  uint32_t count;
};

bool RunEthosU(const void* record, const RunContext& run) {
  const auto* r = static_cast<const EthosURecord*>(record);
  uint8_t* regions[kRegions];
  // Nobody writes to a constant: the stream was checked.
  for (uint32_t i = 0; i < r->count; ++i)
    regions[i] = const_cast<uint8_t*>(run.Address(r->regions[i]));
  uint8_t* scratch = const_cast<uint8_t*>(run.Address(r->scratch));
  OperationObserver* observer = run.observer == nullptr ? nullptr : run.observer->operations();
  const auto* program = reinterpret_cast<const uint8_t*>(r + 1);
  const Status s =
      r->executor->Run(program, Addresses(regions, r->count), scratch, run.stop, observer);
  if (s.ok()) return true;
  return s.code() == Code::kStopped ? false : run.Refuse(s);
}

bool IsEthosU(const Node& node) {
  return node.code() == tflite::BuiltinOperator::CUSTOM && node.name() == "ethos-u";
}

// A FlexBuffer that holds the integer 1, "command stream", from its end: how wide the value
// is, its type, the value.
Status CheckOptions(const Node& node) {
  constexpr uint8_t kInt = 1, kUint = 2;
  const flatbuffers::Vector<uint8_t>* bytes = node.table().custom_options();
  const uint32_t size = Count(bytes);
  const uint32_t width = size < 3 ? 0 : bytes->Get(size - 1);
  const uint8_t type = size < 3 ? 0 : bytes->Get(size - 2) >> 2;
  if (width == 0 || width > 8 || size - 2 < width || (type != kInt && type != kUint))
    return Status::Invalid("its options are no number");
  uint64_t value = 0;
  for (uint32_t i = 0; i < width; ++i)
    value |= uint64_t{bytes->Get(size - 2 - width + i)} << (8 * i);
  if (value == 1) return Status();
  return Status::Unsupported("operator type %d, expected 1, a command stream",
                             static_cast<int>(std::min<uint64_t>(value, 999)));
}

Status CheckInputs(const Node& node) {
  if (&node.graph() != &MainGraph(node.model()))
    return Status::Unsupported("it stands in a subgraph that is called");
  for (int k = 0; k < kFirstTensor; ++k) {
    if (!node.has_input(k))
      return Status::Invalid("no %s: input %d is left out", kInputNames[k], k + 1);
    if (Status s = CheckType(kInputNames[k], node.input(k), TensorType::UINT8); !s.ok()) return s;
  }
  if (Status s = CheckConstant(kInputNames[kPayload], node.input(kPayload)); !s.ok()) return s;
  const ModelTensor constants = node.input(kConstants);
  if (constants.elements() > 0)
    if (Status s = CheckConstant(kInputNames[kConstants], constants); !s.ok()) return s;
  for (const int k : {kScratch, kFastScratch})
    if (node.input(k).constant()) return Status::Invalid("the %s is a constant", kInputNames[k]);
  const int32_t at = OfflinePlan(node.model()).offset(node.input(kScratch).index());
  if (at == OfflinePlan::kAnywhere)
    return Status::Invalid("metadata OfflineMemoryAllocation does not say where the scratch lies");
  return Status();
}

// Calls `take` with the tensors that are regions, in their order.
template <typename Take>
void ForEachRegion(const Node& node, Take take) {
  int count = 0;
  for (int k = kConstants; k < node.inputs() && count < kRegions; ++k)
    if (node.has_input(k)) take(count++, node.input(k));
  for (int k = 0; k < node.outputs() && count < kRegions; ++k) take(count++, node.output(k));
}

void FindOperands(const Node& node, const StepWriter& writer, Operand (&operands)[kRegions]) {
  ForEachRegion(node, [&](int region, const ModelTensor& tensor) {
    operands[region] = tensor.elements() == 0 ? Operand() : writer.At(tensor);
  });
}

}  // namespace

bool PayloadOf(const Node& node, std::span<const uint8_t>* payload) {
  if (!IsEthosU(node) || !node.has_input(kPayload)) return false;
  *payload = node.input(kPayload).data();
  return !payload->empty();
}

size_t RegionsOf(const Node& node, Region (&regions)[kRegions]) {
  size_t count = 0;
  ForEachRegion(node, [&](int region, const ModelTensor& tensor) {
    regions[region] = {static_cast<uint64_t>(tensor.bytes()),
                       tensor.constant() ? tensor.data().data() : nullptr};
    ++count;
  });
  return count;
}

bool EthosU::MayTake(const Node& node) const { return IsEthosU(node); }

Status EthosU::Takes(const Node& node) const {
  return IsEthosU(node) ? Status() : Status::Unsupported("not compiled for the NPU");
}

Status EthosU::Prepare(const Node& node, StepWriter& writer) const {
  Status s = CheckOptions(node);
  if (s.ok()) s = CheckInputs(node);
  Payload payload;
  if (s.ok()) s = ReadPayload(node.input(kPayload).data(), &payload);
  if (!s.ok()) return s;
  if (limited_ && payload.config.Register() != only_.Register())
    return Status::Unsupported(
        "compiled for %s (CONFIG 0x%08lX), selected is %s (0x%08lX)",
        ConfigName(payload.config).text, static_cast<unsigned long>(payload.config_word),
        ConfigName(only_).text, static_cast<unsigned long>(only_.Register()));
  Region memory[kRegions];
  const Regions regions(memory, RegionsOf(node, memory));
  ProgramSizes sizes;
  s = executor_->Measure(payload, regions, &sizes);
  if (!s.ok()) return s;
  if (sizes.scratch > std::numeric_limits<int32_t>::max())
    return Status::Unsupported("it needs more than 2 GiB to work in");
  if (sizes.fast && node.input(kFastScratch).index() != node.input(kScratch).index())
    writer.Separate(node.input(kFastScratch));
  Operand scratch;
  if (sizes.scratch > 0) scratch = writer.Scratch(static_cast<uint32_t>(sizes.scratch));
  auto* r = writer.Add<EthosURecord>(RunEthosU, sizes.bytes);
  if (r == nullptr) return s;
  r->executor = executor_;
  FindOperands(node, writer, r->regions);
  r->scratch = scratch;
  r->count = static_cast<uint32_t>(regions.size());
  return executor_->Write(payload, regions, {reinterpret_cast<uint8_t*>(r + 1), sizes.bytes});
}

}  // namespace moonlet::npu
