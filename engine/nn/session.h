// engine/nn/session.h - a model made ready to run: operators prepared, memory planned.
//
//   Session session;
//   Status s = Session::Open(model, allocator, &session);
//   ... fill session.input(0) ...
//   if (s.ok()) s = session.Run(stop);
//   ... read session.output(0) ...
//
// Everything is allocated by Open: the records of the steps, with the constants that are computed
// once, and the arena in which all activations, variables and scratch lie. Run allocates nothing
// and reads nothing from the file but the values of weights and biases. Debug builds check that no
// step writes anything but its operands.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/nn/arena_guard.h"
#include "engine/nn/model.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

namespace npu {
class OperationObserver;  // engine/npu/program.h
}

// Told before and after each step of a run which operator of the model's first subgraph it
// runs: the seam for profiling.
class StepObserver {
 public:
  virtual void Before(int op) = 0;
  virtual void After(int op) = 0;
  // Who is told of the operations of a step that runs a command stream; null: nobody.
  virtual npu::OperationObserver* operations() { return nullptr; }

 protected:
  ~StepObserver() = default;
};

// How the numbers in an input or output stand for real ones: scale * (q - zero_point).
struct Quantization {
  float scale = 0;  // 0: the tensor is not quantised
  int32_t zero_point = 0;
};

// Whether sessions pack weights once at load. A device leaves them where they lie.
#if defined(__x86_64__)
inline constexpr bool kKeepPrepared = true;
#else
inline constexpr bool kKeepPrepared = false;
#endif

class Backend;        // prepare.h
class Preparation;    // preparation.h
class PreparedModel;  // prepared.h
class Workers;        // engine/base/workers.h
struct IoRecord;      // records.h
struct RecordCounts;

// Who may run operators, in order of preference.
using Backends = std::span<const Backend* const>;
Backends CpuOnly();

struct SessionOptions {
  Backends backends = CpuOnly();
  // Where what kernels make of filters once is kept: weights packed for this machine; and the
  // scratch of further workers. Null: the session's allocator. A device keeps nothing.
  Allocator* packed = nullptr;
  // Who shares the work of large layers; null: nobody. Results are the same.
  Workers* workers = nullptr;
  // What records and arena may take together. Where it is less than they would, layers run in
  // patches (patches.h), if that is enough: slower, with the same results.
  size_t ram = kAnyAmount;

  static constexpr size_t kAnyAmount = ~size_t{0};
};

class Session {
 public:
  Session() = default;
  Session(Session&& other) noexcept { *this = static_cast<Session&&>(other); }
  Session& operator=(Session&& other) noexcept;
  ~Session() { Close(); }

  // Prepares every operator of the model's first subgraph and plans its memory.
  // `model` and the allocators must stay where they are for as long as the session does.
  // kUnsupported and kInvalid name the first operator that cannot run, its tensor, what
  // was expected and what was found; kNoMemory says how much was missing. On failure
  // `session` stays as it was.
  static Status Open(const Model& model, Allocator& allocator, Session* session,
                     const SessionOptions& options = {});
  // The same of a model that was prepared ahead of time: only the arena is allocated, and
  // nothing measured or planned. The section stays where it is for as long as the session does.
  // kNoMemory, kChanged.
  static Status Open(const Model& model, const PreparedModel& prepared, Allocator& allocator,
                     Session* session);
  // Gives back all memory; tensors from input() and output() dangle. Safe twice.
  void Close();
  bool open() const { return model_ != nullptr; }

  // Computes the outputs from the inputs. Variables and the state of operators keep their
  // content from run to run. A CIRCULAR_BUFFER may end a run early: outputs behind it then
  // keep what they held, zeros at first.
  // kStopped: outputs, variables and state are unspecified, the session stays usable.
  // kInvalid: an operator met values that its shapes do not allow, such as an index beyond
  // its axis, and says which; otherwise as kStopped.
  // kChanged: the mapped file is not what it was; nothing was run.
  Status Run(const StopToken& stop, StepObserver* observer = nullptr);
  // Puts variables and the state of operators back to their initial values, which stand
  // for 0.
  void Reset();

  int inputs() const { return inputs_; }
  int outputs() const { return outputs_; }
  // Live views into the arena: write an input before Run, read an output after it. The
  // bytes of an input are unspecified after Run, since its memory is used again; those of
  // an output stay until the next Run, also while inputs are written. A file that plans its
  // own memory may lay outputs over inputs and inputs over each other: then read all outputs
  // before an input is written, and write all inputs before each Run.
  // Requires 0 <= i < inputs() or outputs().
  Tensor input(int i) const { return View(i); }
  Tensor output(int i) const { return View(inputs_ + i); }
  Quantization input_quantization(int i) const { return QuantizationOf(i); }
  Quantization output_quantization(int i) const { return QuantizationOf(inputs_ + i); }
  // Index in the model's first subgraph: DescribeTensor (analyze.h) knows the name.
  int input_tensor(int i) const { return TensorOf(i); }
  int output_tensor(int i) const { return TensorOf(inputs_ + i); }

  // At most one for each operator of the model's first subgraph.
  int steps() const { return steps_; }
  // Where tensors lie while they live: layers.h knows which.
  uint8_t* arena() const { return arena_; }

  // Whether it runs what was prepared ahead of time.
  bool prepared() const { return prepared_; }
  // Whether its steps keep what kernels make of their filters.
  bool keeps() const { return kKeepPrepared || prepared_; }

  // What it has allocated.
  size_t arena_bytes() const { return arena_size_; }     // activations, variables, scratch
  size_t record_bytes() const { return records_size_; }  // what steers the steps
  size_t packed_bytes() const { return packed_size_; }   // what was made of filters
  // record_bytes() of a session made from what was measured. For the analysis.
  static size_t RecordBytes(const Model& model, const Preparation& measured);
  // Plans and measures as Open does with that much memory; `refused` as Preparation::Measure.
  static Status Measure(const Model& model, size_t ram, int* refused, Preparation* preparation);

 private:
  Status AllocateRecords(size_t bytes, size_t align, uint8_t** records);
  Status AllocatePacked(const Preparation& measured);
  Status AllocateArena(size_t bytes);
  void SetCounts(const RecordCounts& counts);
  RecordCounts counts() const;
  const IoRecord& Io(int i) const;
  Tensor View(int i) const;
  Quantization QuantizationOf(int i) const;
  int TensorOf(int i) const;

  const Model* model_ = nullptr;
  Allocator* allocator_ = nullptr;
  Allocator* packer_ = nullptr;       // whose memory packed_ is
  const uint8_t* records_ = nullptr;  // records.h
  uint8_t* arena_ = nullptr;
  uint8_t* packed_ = nullptr;          // behind what is packed, the scratch of workers
  const uint8_t* kept_ = nullptr;      // what kernels made of filters: packed_, or in a section
  const uint8_t* computed_ = nullptr;  // constants that the file does not have: in records_
  Workers* workers_ = nullptr;
  uint32_t records_size_ = 0;  // 0: not allocated, as below
  uint32_t arena_size_ = 0;
  uint32_t packed_size_ = 0;
  uint32_t share_scratch_at_ = 0;
  uint16_t inputs_ = 0;
  uint16_t outputs_ = 0;
  uint16_t variables_ = 0;
  uint16_t steps_ = 0;
  bool prepared_ = false;
  [[no_unique_address]] DebugArenaGuard guard_;
};

}  // namespace moonlet
