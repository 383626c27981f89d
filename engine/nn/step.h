// engine/nn/step.h - what is left of an operator once it is prepared: the number of a function
// and a record of everything that steers it.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/kernels/unaligned.h"

namespace moonlet {

class StepObserver;  // session.h
class Workers;       // engine/base/workers.h

// Where an operand lies: in the arena, or with the constants.
struct Operand {
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  static constexpr uint32_t kConstant = 0x80000000;  // files and arenas are below 2 GiB

  uint32_t at = kNone;
};

// Where constants lie: in the model's file, and, at the offsets from its end on, those that were
// computed at load (constants.h).
struct ConstantMemory {
  const uint8_t* file;
  uint32_t file_bytes;
  const uint8_t* computed;

  // Requires an operand with kConstant.
  const uint8_t* At(Operand x) const {
    const uint32_t offset = x.at & ~Operand::kConstant;
    return offset < file_bytes ? file + offset : computed + (offset - file_bytes);
  }
};

// The rows of an image that a step computes of its output, and those of its input that there
// are: all that it reads. Where they lie in the operands is told in bytes.
struct RowBand {
  int32_t input_first = 0;
  int32_t input_rows = 0;
  int32_t output_first = 0;
  int32_t output_rows = 0;
  uint32_t input_at = 0;
  uint32_t output_at = 0;
};

struct RunContext {
  uint8_t* arena;
  ConstantMemory constants;
  const StopToken& stop;
  Status& refusal;  // ok until a step refuses
  bool& early;      // set by a step behind which the others have nothing to do
  StepObserver* observer = nullptr;
  const uint8_t* prepared = nullptr;  // what kernels made of filters at load
  Workers* workers = nullptr;         // who shares the large layers, if anybody does
  uint8_t* share_scratch = nullptr;   // of kernels whose scratch is not in the arena, by share
  const RowBand* rows = nullptr;      // null: all rows; only for steps that bear it

  // Ends the run over values that only the run could know: `return run.Refuse(...)`.
  bool Refuse(const Status& reason) const {
    refusal = reason;
    return false;
  }
  // Ends the run without a failure: `return run.EndEarly()`.
  bool EndEarly() const {
    early = true;
    return false;
  }

  // Null for an operand that was left out. Constants wider than a byte may lie at any
  // address: see StepWriter::Aligned (prepare.h).
  const uint8_t* Address(Operand x) const {
    if (x.at == Operand::kNone) return nullptr;
    return (x.at & Operand::kConstant) != 0 ? constants.At(x) : arena + x.at;
  }
  template <typename T>
  const T* Read(Operand x) const {
    return reinterpret_cast<const T*>(Address(x));
  }
  template <typename T>
  Unaligned<T> ReadUnaligned(Operand x) const {
    return Unaligned<T>(Address(x));
  }
  template <typename T>
  T* Write(Operand x) const {
    return reinterpret_cast<T*>(arena + x.at);
  }
};

// Runs one step from the record its Prepare wrote. False when the StopToken ended it, when
// it refused or when the run ends early.
using RunStep = bool (*)(const void* record, const RunContext& context);

// For kernels that need to know nothing besides their operands.
struct NoParams {};

// The head of a step; its record follows. Nothing in it depends on where code or data lie, or
// on how wide a pointer is, unless its function has no number.
struct alignas(8) StepRecord {
  static constexpr uint16_t kByAddress = 0xFFFF;  // a StepAddress stands before the record

  uint16_t number;  // of its function: steps.h
  uint16_t op;      // the operator of the graph that it runs
  uint32_t size;    // of head and record, a multiple of 8: the next step follows

  const StepRecord* next() const {
    return reinterpret_cast<const StepRecord*>(reinterpret_cast<const uint8_t*>(this) + size);
  }
};
struct alignas(8) StepAddress {
  RunStep run;
};

}  // namespace moonlet
