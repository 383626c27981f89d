#include "engine/npu/compiler/schedule.h"

#include <algorithm>

#include "engine/npu/compiler/allocate.h"
#include "engine/npu/compiler/blocks.h"
#include "engine/npu/compiler/weights_writer.h"
#include "engine/npu/cycles.h"

namespace moonlet::npu {
namespace {

// Records, then weights, each at a multiple of 16.
struct EncodedFilter {
  std::vector<uint8_t> bytes;
  uint32_t weights_at = 0;

  void Point(uint8_t region, uint64_t base, Operation* op) const {
    op->scales[0] = {region, base, weights_at};
    op->weights[0] = {region, base + weights_at, bytes.size() - weights_at};
  }
};

EncodedFilter Encode(const Operation& op, const Config& config, const DraftFilter& filter) {
  EncodedFilter encoded;
  const size_t records = filter.records.size() * kScaleRecordBytes;
  encoded.weights_at =
      static_cast<uint32_t>((records + kUnitAlignment - 1) / kUnitAlignment * kUnitAlignment);
  encoded.bytes.resize(encoded.weights_at);
  for (size_t i = 0; i < filter.records.size(); ++i)
    WriteScaleRecord(filter.records[i], &encoded.bytes[i * kScaleRecordBytes]);
  WriteWeights(op, config, filter.weights, &encoded.bytes);
  return encoded;
}

class Scheduler {
 public:
  Scheduler(const GraphPlan& graph, const Config& config, Draft* draft)
      : graph_(graph), config_(config), draft_(draft), flash_(DefaultSystem(config).constants) {}

  Status Run(const StopToken& stop) {
    live_ = LiveBytes(*draft_);
    for (const uint64_t bytes : live_) peak_ = std::max(peak_, bytes);
    std::vector<DraftStep> steps;
    steps.swap(draft_->steps);
    for (time_ = 0; time_ < steps.size(); ++time_) {
      if (stop.raised()) return Status::Stopped();
      if (Status s = Add(std::move(steps[time_])); !s.ok()) return s;
    }
    return Status();
  }

 private:
  Status Add(DraftStep step);
  Status PlaceFilter(DraftStep* step);
  void CopyFilter(const EncodedFilter& filter, uint64_t at, DraftStep* step);
  void LoadTable(const DraftStep& step);
  bool FitsBeside(size_t bytes) const;

  double CopyCycles(size_t bytes) const {
    return static_cast<double>(bytes) / static_cast<double>(flash_.bytes_per_cycle) +
           flash_.read_latency;
  }

  const GraphPlan& graph_;
  const Config& config_;
  Draft* draft_;
  const MemorySpeed& flash_;
  // Of feature maps, by the steps that came; what copies add to it.
  std::vector<uint64_t> live_;
  uint64_t peak_ = 0;
  size_t time_ = 0;
  uint64_t copied_ = 0;  // bytes of the weights of the operation before
  int part_ = -1;
  bool follows_ = false;  // there is an operation on blocks before, in the same part
  size_t previous_ = 0;   // which step it is
  double hiding_ = 0;     // cycles of it in which nothing is read from the blob
  int loaded_ = kNone;    // the table in shared RAM
};

Status Scheduler::Add(DraftStep step) {
  if (!step.unit) {
    part_ = -1;
    draft_->steps.push_back(std::move(step));
    return Status();
  }
  if (graph_.part(step.node) != part_) {
    part_ = graph_.part(step.node);
    follows_ = false;
    hiding_ = 0;
    copied_ = 0;
    loaded_ = kNone;
  }
  double cycles = 0;
  Status s = step.filter != kNone ? PlaceFilter(&step) : ChooseBlock(config_, &step.op, &cycles);
  if (!s.ok()) return s;
  LoadTable(step);
  Cycles estimate;
  EstimateOperation(step.op, config_, DefaultSystem(config_), &estimate);
  previous_ = draft_->steps.size();
  follows_ = true;
  hiding_ = std::max(0.0, estimate.npu - estimate.constants);
  copied_ = step.buffer == kNone ? 0 : draft_->areas[static_cast<size_t>(step.buffer)].bytes;
  draft_->steps.push_back(std::move(step));
  return s;
}

// Whether a copy that is made during the operation before takes no memory that feature maps do not
// take at another time, or little.
bool Scheduler::FitsBeside(size_t bytes) const {
  uint64_t live = live_[time_];
  if (follows_) live = std::max(live, live_[time_ - 1] + copied_);
  return live + bytes <= peak_ + peak_ / 16;
}

// Read from the blob, weights cost as often as blocks need them again; a copy costs what the
// operation before cannot hide.
Status Scheduler::PlaceFilter(DraftStep* step) {
  const DraftFilter& filter = draft_->filters[static_cast<size_t>(step->filter)];
  Operation& op = step->op;
  op.weights[0].region = op.scales[0].region = kArenaRegion;
  double copied;
  if (Status s = ChooseBlock(config_, &op, &copied); !s.ok()) return s;
  EncodedFilter encoded = Encode(op, config_, filter);
  copied += std::max(0.0, CopyCycles(encoded.bytes.size()) - hiding_);
  Operation direct = op;
  encoded.Point(kBlobRegion, 0, &direct);
  double read;
  if (Status s = ChooseBlock(config_, &direct, &read); !s.ok()) return s;
  // Memory is worth a tenth of the time.
  constexpr double kWorthMemory = 0.9;
  const bool reads =
      read <= copied || (!FitsBeside(encoded.bytes.size()) && kWorthMemory * read <= copied);
  if (reads) {
    if (direct.block.depth != op.block.depth) encoded = Encode(direct, config_, filter);
    op = direct;
  }
  const uint64_t at = AddToBlob(encoded.bytes.data(), encoded.bytes.size(), &draft_->blob);
  if (reads) {
    encoded.Point(kBlobRegion, at, &op);
  } else {
    CopyFilter(encoded, at, step);
  }
  return Status();
}

void Scheduler::CopyFilter(const EncodedFilter& filter, uint64_t at, DraftStep* step) {
  draft_->areas.push_back({static_cast<uint32_t>(filter.bytes.size())});
  step->buffer = static_cast<int>(draft_->areas.size()) - 1;
  filter.Point(kArenaRegion, 0, &step->op);
  DraftStep copy;
  copy.node = step->node;
  copy.op.kind = OperationKind::kDma;
  copy.op.dma.source = {kBlobRegion, at, filter.bytes.size()};
  copy.op.dma.target_region = kArenaRegion;
  copy.ofm = step->buffer;
  const size_t position = follows_ ? previous_ : draft_->steps.size();
  draft_->steps.insert(draft_->steps.begin() + static_cast<std::ptrdiff_t>(position),
                       std::move(copy));
}

// Parts with little shared RAM lose the table to the accumulators of other operations.
void Scheduler::LoadTable(const DraftStep& step) {
  if (step.table == kNone) {
    if (!config_.geometry().lut_reserved) loaded_ = kNone;
    return;
  }
  if (step.table == loaded_) return;
  loaded_ = step.table;
  constexpr uint64_t kTablesBytes = 2048;
  const std::vector<uint8_t>& table = draft_->tables[static_cast<size_t>(step.table)];
  DraftStep copy;
  copy.node = step.node;
  copy.op.kind = OperationKind::kDma;
  copy.op.dma.source = {kBlobRegion, AddToBlob(table.data(), table.size(), &draft_->blob),
                        table.size()};
  copy.op.dma.to_shared_ram = true;
  copy.op.dma.target = config_.shram_kib * uint64_t{1024} - kTablesBytes;
  draft_->steps.push_back(std::move(copy));
}

}  // namespace

Status Schedule(const GraphPlan& graph, const Config& config, const StopToken& stop, Draft* draft) {
  return Scheduler(graph, config, draft).Run(stop);
}

}  // namespace moonlet::npu
