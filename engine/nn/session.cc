// Up to three blocks: the records, the arena, what kernels made of filters. Of a model that was
// prepared ahead of time the first and the third lie in its section.
#include "engine/nn/session.h"

#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

#include "engine/base/float_mode.h"
#include "engine/base/workers.h"
#include "engine/nn/preparation.h"
#include "engine/nn/prepared.h"
#include "engine/nn/records.h"
#include "engine/nn/steps.h"

namespace moonlet {

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  Close();
  model_ = std::exchange(other.model_, nullptr);
  allocator_ = std::exchange(other.allocator_, nullptr);
  records_ = std::exchange(other.records_, nullptr);
  computed_ = std::exchange(other.computed_, nullptr);
  arena_ = std::exchange(other.arena_, nullptr);
  packer_ = std::exchange(other.packer_, nullptr);
  packed_ = std::exchange(other.packed_, nullptr);
  workers_ = std::exchange(other.workers_, nullptr);
  share_scratch_at_ = std::exchange(other.share_scratch_at_, 0);
  kept_ = std::exchange(other.kept_, nullptr);
  packed_size_ = std::exchange(other.packed_size_, 0);
  records_size_ = std::exchange(other.records_size_, 0);
  arena_size_ = std::exchange(other.arena_size_, 0);
  inputs_ = std::exchange(other.inputs_, 0);
  outputs_ = std::exchange(other.outputs_, 0);
  variables_ = std::exchange(other.variables_, 0);
  steps_ = std::exchange(other.steps_, 0);
  prepared_ = std::exchange(other.prepared_, false);
  guard_ = std::move(other.guard_);
  return *this;
}

void Session::Close() {
  guard_.Close();
  if (allocator_ == nullptr) return;
  if (records_size_ > 0) allocator_->Free(const_cast<uint8_t*>(records_), records_size_);
  if (arena_size_ > 0) allocator_->Free(arena_, arena_size_);
  if (packed_size_ > 0) packer_->Free(packed_, packed_size_);
  records_ = kept_ = computed_ = nullptr;
  arena_ = packed_ = nullptr;
  records_size_ = arena_size_ = packed_size_ = 0;
  inputs_ = outputs_ = variables_ = steps_ = 0;
  prepared_ = false;
  model_ = nullptr;
  allocator_ = nullptr;
}

Status Session::Open(const Model& model, Allocator& allocator, Session* session,
                     const SessionOptions& options) {
  assert(model.open());
  if (!model.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  Session made;
  made.allocator_ = &allocator;
  made.packer_ = options.packed != nullptr ? options.packed : &allocator;
  Preparation preparation(model, allocator, options.backends);
  Status s = Measure(model, options.ram, nullptr, &preparation);
  if (s.ok()) s = CheckInputsAndOutputs(model);
  if (!s.ok()) return s;

  const RecordCounts counts = CountRecords(model, preparation);
  const size_t bytes = moonlet::RecordBytes(counts, preparation);
  const size_t arena = preparation.plan().size();
  uint8_t* records = nullptr;
  made.workers_ = options.workers;
  if (s = made.AllocatePacked(preparation); !s.ok()) return s;
  const bool computes = preparation.constants().bytes() > 0;
  const size_t align = computes ? kRecordsAlignment : alignof(StepRecord);
  if (s = made.AllocateRecords(bytes, align, &records); !s.ok())
    return s.code() == Code::kNoMemory ? Status::NoMemory(bytes + arena) : s;
  s = WriteRecords(model, preparation, counts, {records, bytes},
                   {made.packed_, preparation.prepared_bytes()});
  if (!s.ok()) return s;
  made.computed_ = records + bytes - preparation.constants().bytes();
  made.SetCounts(counts);
  made.guard_.Open(model, preparation, arena);
  preparation.Free();  // the arena may take its place
  if (s = made.AllocateArena(arena); !s.ok()) return s;
  made.model_ = &model;
  made.Reset();
  *session = std::move(made);
  return Status();
}

Status Session::Open(const Model& model, const PreparedModel& prepared, Allocator& allocator,
                     Session* session) {
  assert(model.open());
  if (!model.Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  Session made;
  made.allocator_ = &allocator;
  made.records_ = prepared.records();
  made.kept_ = prepared.kept();
  made.computed_ = prepared.computed();
  made.prepared_ = true;
  made.SetCounts(prepared.counts());
  if (Status s = made.AllocateArena(prepared.arena_bytes()); !s.ok()) return s;
  made.model_ = &model;
  made.Reset();
  *session = std::move(made);
  return Status();
}

Status Session::AllocatePacked(const Preparation& measured) {
  const size_t shares = workers_ == nullptr ? 1 : static_cast<size_t>(workers_->count());
  const size_t bytes = measured.prepared_bytes() + shares * measured.share_scratch();
  if (bytes > std::numeric_limits<int32_t>::max())
    return Status::Unsupported("packed weights of %zu bytes", bytes);
  if (bytes == 0) return Status();
  packed_ = static_cast<uint8_t*>(packer_->Allocate(bytes, kArenaAlignment));
  if (packed_ == nullptr) return Status::NoMemory(bytes);
  kept_ = packed_;
  packed_size_ = static_cast<uint32_t>(bytes);
  share_scratch_at_ = static_cast<uint32_t>(measured.prepared_bytes());
  return Status();
}

Status Session::Measure(const Model& model, size_t ram, int* refused, Preparation* preparation) {
  // A device that keeps something runs what was prepared ahead of time, with scratch in its plan.
  if (kKeepPrepared) preparation->KeepScratchApart();
  Status s = preparation->PlanTensors();
  if (s.ok()) s = preparation->Measure(refused);
  if (!s.ok() || (refused != nullptr && *refused > 0)) return s;
  const size_t records = RecordBytes(model, *preparation);
  if (records + preparation->plan().size() <= ram) return s;
  const size_t others = records - preparation->step_bytes();
  return preparation->Shrink(ram > others ? ram - others : 0);
}

Status Session::AllocateRecords(size_t bytes, size_t align, uint8_t** records) {
  if (bytes > std::numeric_limits<int32_t>::max())
    return Status::Unsupported("operator records of %zu bytes", bytes);
  if (bytes == 0) return Status();
  *records = static_cast<uint8_t*>(allocator_->Allocate(bytes, align));
  if (*records == nullptr) return Status::NoMemory(bytes);
  records_ = *records;
  records_size_ = static_cast<uint32_t>(bytes);
  return Status();
}

Status Session::AllocateArena(size_t bytes) {
  if (bytes == 0) return Status();
  arena_ = static_cast<uint8_t*>(allocator_->Allocate(bytes, kArenaAlignment));
  if (arena_ == nullptr) return Status::NoMemory(bytes);
  arena_size_ = static_cast<uint32_t>(bytes);
  std::memset(arena_, 0, bytes);
  return Status();
}

void Session::SetCounts(const RecordCounts& counts) {
  inputs_ = counts.inputs;
  outputs_ = counts.outputs;
  variables_ = counts.variables;
  steps_ = counts.steps;
}

RecordCounts Session::counts() const { return {inputs_, outputs_, variables_, steps_}; }

size_t Session::RecordBytes(const Model& model, const Preparation& measured) {
  return moonlet::RecordBytes(CountRecords(model, measured), measured);
}

Status Session::Run(const StopToken& stop, StepObserver* observer) {
  assert(open());
  if (!model_->Unchanged()) return Status::Error(Code::kChanged, "model file changed");
  Status refusal;
  bool early = false;
  const Bytes& file = model_->bytes();
  const ConstantMemory constants = {file.data(), static_cast<uint32_t>(file.size()), computed_};
  const RunContext context = {arena_,  constants, stop,
                              refusal, early,     observer,
                              kept_,   workers_,  packed_ + share_scratch_at_};
  const FlushDenormals flush;
  const StepRecord* step = StepsIn(records_, counts());
  for (int i = 0; i < steps_; ++i, step = step->next()) {
    const int op = step->op;
    if (stop.raised()) return Status::Stopped();
    if (observer != nullptr) observer->Before(op);
    guard_.Before(arena_);
    const bool finished = Execute(*step, context);
    assert(guard_.Holds(op, arena_));
    if (observer != nullptr) observer->After(op);
    if (early) return Status();
    if (!finished && refusal.ok()) return Status::Stopped();
    if (!finished) return OfOperator(Node(*model_, op), refusal);
  }
  return Status();
}

void Session::Reset() {
  const VariableRecord* variable = VariableRecordsIn(records_, counts());
  for (int i = 0; i < variables_; ++i, ++variable)
    std::memset(arena_ + variable->offset, static_cast<int>(variable->fill), variable->bytes);
}

const IoRecord& Session::Io(int i) const {
  assert(i >= 0 && i < inputs_ + outputs_);
  return IoRecordsIn(records_)[i];
}

Tensor Session::View(int i) const { return ViewOf(Io(i), arena_); }

Quantization Session::QuantizationOf(int i) const { return {Io(i).scale, Io(i).zero_point}; }

int Session::TensorOf(int i) const { return Io(i).tensor; }

}  // namespace moonlet
