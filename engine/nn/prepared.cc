#include "engine/nn/prepared.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "engine/base/isa.h"
#include "engine/kernels/channel_constants.h"
#include "engine/nn/step_list.h"
#include "engine/nn/steps.h"

namespace moonlet {
namespace {

// The begin of a section; records and prepared memory follow, each at a multiple of 64.
struct PreparedHead {
  uint32_t model_crc;
  uint32_t model_size;
  char version[PreparedTie::kVersionBytes];
  uint8_t zeros[24];
  uint32_t layout;
  uint32_t arena_bytes;
  uint32_t record_bytes;
  uint32_t kept_bytes;
  uint16_t inputs;
  uint16_t outputs;
  uint16_t variables;
  uint16_t steps;
  uint32_t computed_bytes;  // of the records
  uint8_t more_zeros[36];
};
static_assert(sizeof(PreparedHead) == 2 * kArenaAlignment);

constexpr size_t RoundUpToLine(size_t n) {
  return (n + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// Which machines run what was prepared for these kernels: all devices alike, or those hosts that
// have this one's instruction set.
uint32_t LayoutFor(KernelsOf kernels) {
  uint32_t layout = MixLayout(StepsLayout(), sizeof(IoRecord));
  layout = MixLayout(layout, sizeof(VariableRecord));
  const bool device = kernels == KernelsOf::kDevice || !kKeepPrepared;
  return MixLayout(layout,
                   device ? kChannelConstantsVersion : 0x100 + static_cast<size_t>(HostIsa()));
}

uint64_t BytesOf(const IoRecord& io) {
  constexpr uint64_t kMost = uint64_t{1} << 31;
  uint64_t bytes = SizeOf(io.dtype);
  for (int axis = 0; axis < io.rank; ++axis)
    bytes = std::min(bytes * static_cast<uint32_t>(io.dims[axis]), kMost);
  return bytes;
}

void WriteVersion(std::string_view version, char (&at)[PreparedTie::kVersionBytes]) {
  std::memset(at, 0, sizeof(at));
  version.copy(at, sizeof(at));
}

Status Unusable(const char* why) { return Status::Invalid("prepared section: %s", why); }

Status CheckTie(const PreparedHead& head, const PreparedTie& tie) {
  char version[PreparedTie::kVersionBytes];
  WriteVersion(tie.version, version);
  if (head.model_crc != tie.model_crc || head.model_size != tie.model_size)
    return Unusable("of another model");
  if (std::memcmp(head.version, version, sizeof(version)) != 0)
    return Unusable("of another version of Moonlet");
  if (head.layout != LayoutFor(KernelsOf::kThisMachine)) return Unusable("for other machines");
  return Status();
}

}  // namespace

Status PreparedWriter::Measure() {
  Status s = preparation_.PlanTensors();
  if (s.ok()) s = preparation_.Measure(nullptr);
  if (s.ok()) s = CheckInputsAndOutputs(model_);
  if (!s.ok()) return s;
  if (!preparation_.numbered())
    return Status::Unsupported("an operator is prepared only where it runs");
  counts_ = CountRecords(model_, preparation_);
  constexpr size_t kMost = std::numeric_limits<int32_t>::max() / 4;
  if (record_bytes() > kMost || preparation_.prepared_bytes() > kMost)
    return Status::Unsupported("operator records of %zu bytes", record_bytes());
  return s;
}

size_t PreparedWriter::bytes() const {
  return sizeof(PreparedHead) + RoundUpToLine(record_bytes()) + preparation_.prepared_bytes();
}

Status PreparedWriter::Write(const PreparedTie& tie, std::span<uint8_t> section) {
  assert(section.size() == bytes());
  PreparedHead head = {};
  head.model_crc = tie.model_crc;
  head.model_size = tie.model_size;
  WriteVersion(tie.version, head.version);
  head.layout = LayoutFor(kernels_);
  head.arena_bytes = static_cast<uint32_t>(preparation_.plan().size());
  head.record_bytes = static_cast<uint32_t>(record_bytes());
  head.kept_bytes = static_cast<uint32_t>(preparation_.prepared_bytes());
  head.computed_bytes = preparation_.constants().bytes();
  head.inputs = counts_.inputs;
  head.outputs = counts_.outputs;
  head.variables = counts_.variables;
  head.steps = counts_.steps;
  std::memcpy(section.data(), &head, sizeof(head));
  const auto records = section.subspan(sizeof(head), record_bytes());
  const auto kept = section.last(preparation_.prepared_bytes());
  return WriteRecords(model_, preparation_, counts_, records, kept);
}

Status PreparedModel::Open(std::span<const uint8_t> section, const PreparedTie& tie) {
  PreparedHead head;
  if (section.size() < sizeof(head)) return Unusable("cut short");
  std::memcpy(&head, section.data(), sizeof(head));
  if (Status s = CheckTie(head, tie); !s.ok()) return s;
  if (reinterpret_cast<uintptr_t>(section.data()) % kArenaAlignment != 0)
    return Unusable("not aligned");
  const size_t rest = section.size() - sizeof(head);
  if (head.kept_bytes > rest || head.record_bytes > rest ||
      RoundUpToLine(head.record_bytes) != rest - head.kept_bytes)
    return Unusable("cut short");
  counts_ = {head.inputs, head.outputs, head.variables, head.steps};
  records_ = section.data() + sizeof(head);
  kept_ = records_ + RoundUpToLine(head.record_bytes);
  arena_bytes_ = head.arena_bytes;
  if (head.computed_bytes > head.record_bytes) return Unusable("broken records");
  computed_ = records_ + (head.record_bytes - head.computed_bytes);
  return CheckRecords(head.record_bytes, head.computed_bytes);
}

// Where inputs, outputs and variables lie, and that each step follows another, up to the computed
// constants.
Status PreparedModel::CheckRecords(size_t bytes, size_t computed) const {
  const auto outside = [this](uint64_t at, uint64_t size) { return at + size > arena_bytes_; };
  if (counts_.steps_at() > bytes) return Unusable("cut short");
  for (size_t i = 0; i < counts_.io(); ++i) {
    const IoRecord& io = IoRecordsIn(records_)[i];
    if (io.rank > kMaxRank || outside(io.offset, BytesOf(io))) return Unusable("broken records");
  }
  for (size_t i = 0; i < counts_.variables; ++i) {
    const VariableRecord& variable = VariableRecordsIn(records_, counts_)[i];
    if (outside(variable.offset, variable.bytes)) return Unusable("broken records");
  }
  size_t at = counts_.steps_at();
  for (size_t i = 0; i < counts_.steps; ++i) {
    if (bytes - at < sizeof(StepRecord)) return Unusable("broken records");
    const auto& step = *reinterpret_cast<const StepRecord*>(records_ + at);
    if (!IsStepNumber(step.number) || step.size < sizeof(StepRecord) ||
        step.size % alignof(StepRecord) != 0 || step.size > bytes - at)
      return Unusable("broken records");
    at += step.size;
  }
  if (computed > 0) at = (at + kRecordsAlignment - 1) / kRecordsAlignment * kRecordsAlignment;
  return at == bytes - computed ? Status() : Unusable("broken records");
}

}  // namespace moonlet
