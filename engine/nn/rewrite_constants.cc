// What of a Rewrite concerns operators whose inputs are all constant: they run once, at load.
//
// A model's outputs are computed in each run, since they have memory of their own that a script
// may write. Work and memory are bounded by what the size of the file explains; what goes beyond
// stays an operator of every run, as does what finds no memory or refuses its values.
#include <cstring>

#include "engine/nn/macs.h"
#include "engine/nn/rewrite.h"
#include "engine/nn/single_run.h"

namespace moonlet {

using Op = tflite::BuiltinOperator;

namespace {

// Bytes that are read and written for each byte of the file: real models convert or move their
// constants once or twice, of which DEQUANTIZE takes five.
constexpr int64_t kWorkPerByte = 16;
// Each one looks through the whole graph. The longest models that are exported for devices have
// some dozens of operators that compute shapes.
constexpr int kMostComputed = 256;

// Whether its time follows from the bytes that it reads and writes.
bool IsBrief(const Node& node) {
  switch (node.code()) {
    case Op::AVERAGE_POOL_2D:
    case Op::MAX_POOL_2D:
    case Op::L2_POOL_2D:
    case Op::TOPK_V2:
      return false;
    default:
      return MacsOf(node) == 0;
  }
}

int64_t OutputBytes(const Node& node) {
  int64_t bytes = 0;
  for (int k = 0; k < node.outputs(); ++k) bytes += node.output(k).bytes();
  return bytes;
}

int64_t WorkOf(const Node& node) {
  int64_t bytes = OutputBytes(node);
  for (int k = 0; k < node.inputs(); ++k)
    if (node.has_input(k) && IsRead(node, k)) bytes += node.input(k).bytes();
  return bytes;
}

}  // namespace

// What is known of each tensor before anything is computed, on loan.
class Rewrite::Marks {
 public:
  enum Mark : uint8_t {
    kNothing,
    kCandidate,  // it depends on constants alone
    kNeeded      // and there is an operator that runs only if it is a constant
  };

  explicit Marks(Allocator& allocator) : allocator_(allocator) {}
  Marks(const Marks&) = delete;
  Marks& operator=(const Marks&) = delete;
  ~Marks() {
    if (marks_ != nullptr) allocator_.Free(marks_, size_);
  }

  bool Init(uint32_t tensors) {
    size_ = tensors;
    marks_ = static_cast<uint8_t*>(allocator_.Allocate(size_, 1));
    if (marks_ != nullptr) std::memset(marks_, kNothing, size_);
    return marks_ != nullptr;
  }
  // None has one before Init.
  bool any() const { return marks_ != nullptr; }
  bool Is(const ModelTensor& tensor, Mark mark) const {
    return any() && marks_[tensor.index()] >= mark;
  }
  void Set(const ModelTensor& tensor, Mark mark) { marks_[tensor.index()] = mark; }

 private:
  Allocator& allocator_;
  size_t size_ = 0;
  uint8_t* marks_ = nullptr;
};

bool Rewrite::IsCandidate(const Node& node, const Marks& marks) const {
  if (node.inputs() == 0 || node.outputs() == 0) return false;
  for (int k = 0; k < node.inputs(); ++k) {
    if (!node.has_input(k) || !IsRead(node, k)) continue;
    const ModelTensor input = node.input(k);
    if (!input.constant() && !marks.Is(input, Marks::kCandidate)) return false;
  }
  if (!runs(node.index()) || HasEffects(node) || !IsBrief(node)) return false;
  for (int k = 0; k < node.outputs(); ++k) {
    const ModelTensor output = node.output(k);
    if (output.constant() || output.bytes() == 0 || IsOutput(output.index())) return false;
  }
  return true;
}

// False where there is none.
bool Rewrite::MarkCandidates(Marks* marks) const {
  for (int i = 0; i < operators_; ++i) {
    const Node node = Get(i);
    if (!IsCandidate(node, *marks)) continue;
    if (!marks->any() && !marks->Init(Count(node.graph().tensors()))) return false;
    for (int k = 0; k < node.outputs(); ++k) marks->Set(node.output(k), Marks::kCandidate);
  }
  return marks->any();
}

// From the last operator on, so that what a needed constant is computed from is needed too.
void Rewrite::MarkNeeded(Nesting& nesting, Marks* marks) const {
  for (int i = operators_ - 1; i >= 0; --i) {
    if (IsGone(i)) continue;
    const Node node = Get(i);
    bool reads_candidate = false;
    for (int k = 0; k < node.inputs(); ++k)
      reads_candidate |= node.has_input(k) && marks->Is(node.input(k), Marks::kCandidate);
    if (!reads_candidate) continue;
    bool needs = false, candidate = false;
    for (int k = 0; k < node.outputs(); ++k) {
      candidate |= marks->Is(node.output(k), Marks::kCandidate);
      needs |= marks->Is(node.output(k), Marks::kNeeded);
    }
    if (!needs && (candidate || CanRun(node, nesting))) continue;
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k) && marks->Is(node.input(k), Marks::kCandidate))
        marks->Set(node.input(k), Marks::kNeeded);
  }
}

bool Rewrite::IsWorthIt(const Node& node, const Marks& marks) const {
  if (OutputBytes(node) <= kFewBytes) return true;
  for (int k = 0; k < node.outputs(); ++k)
    if (marks.Is(node.output(k), Marks::kNeeded)) return true;
  return false;
}

bool Rewrite::ReadsOutputOf(const Node& reader, int producer) const {
  for (int k = 0; k < reader.inputs(); ++k)
    if (reader.has_input(k) && IsRead(reader, k) &&
        readers_.producer(reader.input_index(k)) == producer)
      return true;
  return false;
}

// A custom operator may write its inputs, and an NPU's keeps where its constants lie.
bool Rewrite::MayBeConstant(const Node& node) const {
  for (int i = node.index() + 1; i < operators_; ++i)
    if (Get(i).code() == Op::CUSTOM && ReadsOutputOf(Get(i), node.index())) return false;
  return true;
}

// Whether there are any.
bool Rewrite::ComputeConstants(Nesting& nesting, bool ample) {
  Marks marks(allocator_);
  if (!MarkCandidates(&marks)) return false;
  if (!ample) MarkNeeded(nesting, &marks);
  if (!FindReaders()) return false;
  if (!constants_.Init(static_cast<int>(Count(MainGraph(model_).tensors())))) return false;
  int64_t bytes_left = kWorkPerByte * static_cast<int64_t>(model_.bytes().size());
  int left = kMostComputed;
  for (int i = 0; i < operators_ && left > 0; ++i) {
    const Node node = Get(i);
    const bool candidate = node.outputs() > 0 && marks.Is(node.output(0), Marks::kCandidate);
    if (!candidate || (!ample && !IsWorthIt(node, marks))) continue;
    --left;
    if (Compute(node, nesting, &bytes_left)) fates_[i].fate = Fate::kComputed;
  }
  RemoveUnread();
  return true;
}

bool Rewrite::Compute(const Node& node, Nesting& nesting, int64_t* bytes_left) {
  for (int k = 0; k < node.inputs(); ++k)
    if (node.has_input(k) && IsRead(node, k) && !node.input(k).constant()) return false;
  const int64_t work = WorkOf(node);
  if (work > *bytes_left) return false;
  *bytes_left -= work;
  return MayBeConstant(node) && CanRun(node, nesting) && TakeOutputs(node, nesting);
}

bool Rewrite::TakeOutputs(const Node& node, Nesting& nesting) {
  const auto file = model_.bytes().span();
  SingleRun run(node, nesting,
                {file.data(), static_cast<uint32_t>(file.size()), constants_.data()});
  if (!run.Run().ok()) return false;
  const uint32_t before = constants_.bytes();
  bool taken = true;
  for (int k = 0; k < node.outputs() && taken; ++k) {
    const ModelTensor output = node.output(k);
    const auto bytes = static_cast<uint32_t>(output.bytes());
    uint8_t* data = constants_.Add(output.index(), bytes);
    if (data != nullptr) std::memcpy(data, run.output(k), bytes);
    taken = data != nullptr && constants_.bytes() <= Operand::kConstant - 2 - file.size();
  }
  if (taken && !StopsReader(node, before, nesting)) return true;
  constants_.CutTo(before);
  return false;
}

// Whether an operator that could run with the outputs as they were cannot with constants, added
// after `before`: constants are checked at load, other values in a run that comes to them.
bool Rewrite::StopsReader(const Node& node, uint32_t before, Nesting& nesting) {
  bool stops = false;
  for (int i = node.index() + 1; i < operators_ && !stops; ++i) {
    if (IsGone(i) || !ReadsOutputOf(Get(i), node.index()) || CanRun(Get(i), nesting)) continue;
    constants_.HideFrom(before);
    stops = CanRun(Get(i), nesting);
    constants_.ShowAll();
  }
  return stops;
}

// What only other constants were computed from.
void Rewrite::RemoveUnread() {
  if (!FindReaders()) return;
  for (int t = 0; t < static_cast<int>(Count(MainGraph(model_).tensors())); ++t)
    if (constants_.Has(t) && readers_.reader(t) == Readers::kNobody) constants_.Remove(t);
}

}  // namespace moonlet
