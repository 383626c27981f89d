// engine/nn/session.h - a model made ready to run: operators prepared, memory planned.
//
//   Session session;
//   Status s = Session::Open(model, allocator, &session);
//   ... fill session.input(0) ...
//   if (s.ok()) s = session.Run(stop);
//   ... read session.output(0) ...
//
// Everything is allocated by Open: the records of the steps, and the arena in which all
// activations, variables and scratch lie. Run allocates nothing and reads nothing from
// the file but the values of weights and biases.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/allocator.h"
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/nn/model.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Told before and after each step of a run: the seam for profiling.
class StepObserver {
 public:
  virtual void Before(int step) = 0;
  virtual void After(int step) = 0;

 protected:
  ~StepObserver() = default;
};

// How the numbers in an input or output stand for real ones: scale * (q - zero_point).
struct Quantization {
  float scale = 0;  // 0: the tensor is not quantised
  int32_t zero_point = 0;
};

class Backend;      // prepare.h
class Preparation;  // preparation.h
struct IoRecord;    // session.cc

// Who may run operators, in order of preference.
using Backends = std::span<const Backend* const>;
Backends CpuOnly();

class Session {
 public:
  Session() = default;
  Session(Session&& other) noexcept { *this = static_cast<Session&&>(other); }
  Session& operator=(Session&& other) noexcept;
  ~Session() { Close(); }

  // Prepares every operator of the model's first subgraph and plans its memory.
  // `model` and `allocator` must stay where they are for as long as the session does.
  // kUnsupported and kInvalid name the first operator that cannot run, its tensor, what
  // was expected and what was found; kNoMemory says how much was missing. On failure
  // `session` stays as it was.
  static Status Open(const Model& model, Allocator& allocator, Session* session,
                     Backends backends = CpuOnly());
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
  // an output stay until the next Run, also while inputs are written.
  // Requires 0 <= i < inputs() or outputs().
  Tensor input(int i) const { return View(i); }
  Tensor output(int i) const { return View(inputs_ + i); }
  Quantization input_quantization(int i) const { return QuantizationOf(i); }
  Quantization output_quantization(int i) const { return QuantizationOf(inputs_ + i); }
  // Index in the model's first subgraph: DescribeTensor (analyze.h) knows the name.
  int input_tensor(int i) const { return TensorOf(i); }
  int output_tensor(int i) const { return TensorOf(inputs_ + i); }

  // Step i runs operator i of the model's first subgraph.
  int steps() const { return steps_; }
  // Where tensors lie while they live: layers.h knows which.
  uint8_t* arena() const { return arena_; }

  size_t arena_bytes() const { return arena_size_; }     // activations, variables, scratch
  size_t record_bytes() const { return records_size_; }  // what steers the steps
  // record_bytes() of a session made from what was measured. For the analysis.
  static size_t RecordBytes(const Model& model, const Preparation& measured);

 private:
  Status WriteRecords(const Model& model, Preparation& preparation, size_t variables_at,
                      size_t steps_at);
  const IoRecord& Io(int i) const;
  Tensor View(int i) const;
  Quantization QuantizationOf(int i) const;
  int TensorOf(int i) const;

  const Model* model_ = nullptr;
  Allocator* allocator_ = nullptr;
  uint8_t* records_ = nullptr;  // IoRecords, VariableRecords, then StepRecords
  uint8_t* arena_ = nullptr;
  uint32_t records_size_ = 0;
  uint32_t arena_size_ = 0;
  uint16_t inputs_ = 0;
  uint16_t outputs_ = 0;
  uint16_t variables_ = 0;
  uint16_t steps_ = 0;
};

}  // namespace moonlet
