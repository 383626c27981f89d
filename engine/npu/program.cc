#include "engine/npu/program.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "engine/npu/model/blocks.h"
#include "engine/npu/model/checks.h"
#include "engine/npu/model/decoded.h"
#include "engine/npu/model/fast.h"
#include "engine/npu/model/feature_map.h"
#include "engine/npu/model/filters.h"
#include "engine/npu/model/run.h"
#include "engine/npu/model/tables.h"
#include "engine/npu/stream.h"
#include "engine/npu/weights.h"

namespace moonlet::npu {
namespace {

// A program is this and its operations, chained in their order, each with what its filter names.
// Reading small operations from the stream would take longer than running them, and what a run
// reads is what was checked, whatever becomes of the stream.
struct ProgramHeader {
  Config config;
  uint32_t weights_at;  // in scratch: those decoded in the run
  uint32_t rows_at;     // in scratch: dense rows
};
struct ProgramStep {
  Operation operation;
  FilterPlace filter;
  uint32_t next;
  BlockPlan plan;  // of a block operation
};
constexpr size_t kFirstStep = (sizeof(ProgramHeader) + 7) / 8 * 8;

constexpr size_t kScratchAlignment = 16;
constexpr uint8_t kFastRegion = 2;

size_t RoundUp(size_t bytes) {
  return (bytes + kScratchAlignment - 1) / kScratchAlignment * kScratchAlignment;
}

// Follows the stream as a run will, and writes down what it needs.
class ProgramLoader {
 public:
  ProgramLoader(const Payload& payload, Regions regions, Way way, ProgramMemory* memory)
      : config_(payload.config),
        stream_(payload.stream),
        regions_(regions),
        kernels_(way == Way::kFast),
        memory_(*memory),
        copies_(regions),
        filters_(config_, kernels_, memory) {}

  Status Load() {
    if (regions_.size() > kRegions)
      return Status::Invalid("%d regions, at most %d", static_cast<int>(regions_.size()), kRegions);
    memory_.Take(sizeof(ProgramHeader), alignof(ProgramHeader));
    StreamReader reader(stream_, config_);
    ProgramStep step = {};
    const Operation& op = step.operation;
    do {
      const size_t at = memory_.Take(sizeof(step), alignof(ProgramStep));
      step = {};
      if (Status s = reader.Next(&step.operation); !s.ok()) return s;
      if (Status s = CheckOperation(op, config_, regions_); !s.ok()) return s;
      if (Status s = op.is_block() ? Block(step) : Transfer(op); !s.ok()) return s;
      step.next = static_cast<uint32_t>(memory_.Next(alignof(ProgramStep)));
      if (uint8_t* memory = memory_.At(at, sizeof(step))) std::memcpy(memory, &step, sizeof(step));
      if (!memory_.fits() || memory_.used() > kMostBytes) return Full();
    } while (op.kind != OperationKind::kStop);
    WriteHeader();
    return Status();
  }

  size_t scratch() const { return RowsAt() + row_bytes_; }
  bool fast() const { return fast_; }

 private:
  static constexpr size_t kMostBytes = size_t{1} << 30;  // offsets have 32 bits

  Status Full() const {
    if (memory_.writes()) return Status::Error(Code::kChanged, "the command stream has changed");
    return Status::Unsupported("the command stream takes more than 1 GiB, with its weights");
  }
  Status Block(ProgramStep& step);
  Status LoadFilter(ProgramStep& step);
  void Uses(uint8_t region) { fast_ = fast_ || region == kFastRegion; }
  Status Transfer(const Operation& op);
  size_t WeightsAt() const { return RoundUp(kTableBytes); }
  size_t RowsAt() const { return WeightsAt() + RoundUp(weight_bytes_); }
  void WriteHeader();

  Config config_;
  std::span<const uint8_t> stream_;
  Regions regions_;
  bool kernels_;
  ProgramMemory& memory_;
  ConstantCopies copies_;
  TableSlots tables_;
  FilterLoader filters_;
  size_t weight_bytes_ = 0;
  size_t row_bytes_ = 0;
  bool fast_ = false;
};

Status ProgramLoader::Block(ProgramStep& step) {
  const Operation& op = step.operation;
  bool kernel = kernels_ && KernelHas(op);
  if (op.has_weights()) {
    if (Status s = LoadFilter(step); !s.ok()) return s;
    kernel = step.filter.form == FilterForm::kKernel;
  }
  step.plan = PlanBlock(op, kernel);
  if (!tables_.Holds(op))
    return Status::Invalid("word %u %s: no table was loaded into slot %d",
                           static_cast<unsigned>(op.word), NameOf(op), op.activation.slot());
  tables_.Ran(op, config_);
  row_bytes_ = std::max(row_bytes_, RowMemory(op, step.plan));
  for (int tile = 0; tile < 4; ++tile) {
    ByteRange range;
    if (TileRange(op.ofm, tile, &range)) copies_.Written(op.ofm.region, range);
  }
  Uses(op.ifm.region);
  Uses(op.ofm.region);
  if (op.binary() && !op.broadcast.scalar) Uses(op.ifm2.region);
  return Status();
}

Status ProgramLoader::LoadFilter(ProgramStep& step) {
  const Operation& op = step.operation;
  const uint8_t* weights = copies_.Find(op.weights[0]);
  const uint8_t* scales = copies_.Find(op.scales[0]);
  if (weights != nullptr && scales != nullptr) {
    if (Status s = filters_.Load(op, weights, scales, &step.filter); !s.ok()) return s;
  } else {
    if (WeightCount(op) > kMostWeights)
      return Status::Unsupported("word %u %s: more than %d weights", static_cast<unsigned>(op.word),
                                 NameOf(op), static_cast<int>(kMostWeights));
    weight_bytes_ = std::max(weight_bytes_, static_cast<size_t>(WeightCount(op)) * sizeof(int16_t));
  }
  Uses(op.weights[0].region);
  Uses(op.scales[0].region);
  return Status();
}

Status ProgramLoader::Transfer(const Operation& op) {
  if (op.kind != OperationKind::kDma) return Status();
  Uses(op.dma.source.region);
  if (op.dma.to_shared_ram) {
    tables_.Loaded(op.dma, config_);
  } else {
    copies_.Copied(op.dma);
    Uses(op.dma.target_region);
  }
  return Status();
}

void ProgramLoader::WriteHeader() {
  const ProgramHeader header = {config_, static_cast<uint32_t>(WeightsAt()),
                                static_cast<uint32_t>(RowsAt())};
  if (uint8_t* memory = memory_.At(0, sizeof(header))) std::memcpy(memory, &header, sizeof(header));
}

// One run of a program.
class ProgramRun {
 public:
  ProgramRun(const uint8_t* program, Addresses regions, uint8_t* scratch, const StopToken& stop)
      : program_(program), machine_{regions, scratch, nullptr, stop} {
    std::memcpy(&header_, program, sizeof(header_));
    machine_.rows = scratch + header_.rows_at;
    weights_ = reinterpret_cast<int16_t*>(scratch + header_.weights_at);
  }

  Status Run(OperationObserver* observer) {
    for (size_t at = kFirstStep;;) {
      const auto& step = *reinterpret_cast<const ProgramStep*>(program_ + at);
      if (machine_.stop.raised()) return Status::Stopped();
      if (Status s = Do(step); !s.ok()) return s;
      if (observer != nullptr) observer->Ran(step.operation);
      if (step.operation.kind == OperationKind::kStop) return Status();
      at = step.next;
    }
  }

 private:
  Status Do(const ProgramStep& step) {
    const Operation& op = step.operation;
    if (op.kind == OperationKind::kDma) Copy(op.dma);
    if (!op.is_block()) return Status();
    Filter filter;
    if (op.has_weights())
      if (Status s = FindFilter(step, &filter); !s.ok()) return s;
    return RunBlock(op, &filter, step.plan, machine_) ? Status() : Status::Stopped();
  }
  void Copy(const Dma& dma) {
    const uint64_t first_table = (uint64_t{header_.config.shram_kib} << 10) - kTableBytes;
    uint8_t* target = dma.to_shared_ram ? machine_.tables + (dma.target - first_table)
                                        : machine_.regions[dma.target_region] + dma.target;
    const uint8_t* source = machine_.regions[dma.source.region] + dma.source.base;
    std::memmove(target, source, static_cast<size_t>(dma.source.length));
  }
  Status FindFilter(const ProgramStep& step, Filter* filter);

  const uint8_t* program_;
  Machine machine_;
  ProgramHeader header_;
  int16_t* weights_;
};

Status ProgramRun::FindFilter(const ProgramStep& step, Filter* filter) {
  if (step.filter.form != FilterForm::kRunTime) {
    *filter = FilterAt(program_, step.filter);
    return Status();
  }
  const Operation& op = step.operation;
  const Piece& piece = op.weights[0];
  const std::span stream(machine_.regions[piece.region] + piece.base,
                         static_cast<size_t>(piece.length));
  const auto count = static_cast<size_t>(WeightCount(op));
  Status s = DecodeWeights(op, header_.config, stream, std::span(weights_, count));
  filter->wide = weights_;
  filter->records = machine_.regions[op.scales[0].region] + op.scales[0].base;
  if (s.ok()) return s;
  return Status::Error(s.code(), "word %u %s: %s", static_cast<unsigned>(op.word), NameOf(op),
                       s.what());
}

}  // namespace

Status MeasureProgram(const Payload& payload, Regions regions, Way way, ProgramSizes* sizes) {
  ProgramMemory memory;
  ProgramLoader loader(payload, regions, way, &memory);
  if (Status s = loader.Load(); !s.ok()) return s;
  *sizes = {memory.used(), loader.scratch(), loader.fast()};
  return Status();
}

Status WriteProgram(const Payload& payload, Regions regions, Way way, std::span<uint8_t> memory) {
  ProgramMemory target(memory);
  ProgramLoader loader(payload, regions, way, &target);
  if (Status s = loader.Load(); !s.ok()) return s;
  if (target.used() == memory.size()) return Status();
  return Status::Error(Code::kChanged, "the command stream has changed");
}

Status MeasureProgram(const Payload& payload, Regions regions, ProgramSizes* sizes) {
  return MeasureProgram(payload, regions, Way::kFast, sizes);
}

Status WriteProgram(const Payload& payload, Regions regions, std::span<uint8_t> memory) {
  return WriteProgram(payload, regions, Way::kFast, memory);
}

Status RunProgram(const uint8_t* program, Addresses regions, uint8_t* scratch,
                  const StopToken& stop, OperationObserver* observer) {
  return ProgramRun(program, regions, scratch, stop).Run(observer);
}

}  // namespace moonlet::npu
