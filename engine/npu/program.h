// engine/npu/program.h - a command stream made ready for the functional model: operations checked
// against their memory once, weights decoded once. Running it allocates nothing.
//
//   npu::ProgramSizes sizes;
//   Status s = npu::MeasureProgram(payload, regions, &sizes);
//   ... sizes.bytes of memory at a multiple of 8, sizes.scratch bytes at a multiple of 16 ...
//   if (s.ok()) s = npu::WriteProgram(payload, regions, memory);
//   if (s.ok()) s = npu::RunProgram(memory, addresses, scratch, stop, nullptr);
//
// Operations run one after the other, each in stripes of rows: IFM gathered into dense memory,
// computed by the engine's kernels where these have the operation, stored through zero point, clip
// and table. Blocks, shared RAM and waits do not influence results (check.h looks at them).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/npu/operation.h"
#include "engine/npu/payload.h"

namespace moonlet::npu {

inline constexpr int kRegions = 8;

// What a stream may address. `constant` holds the bytes of a region that never changes. Regions 0
// to 2 share no bytes; those from 3 on, tensors of the graph, may lie in others.
struct Region {
  uint64_t size = 0;
  const uint8_t* constant = nullptr;
};
using Regions = std::span<const Region>;      // at most kRegions
using Addresses = std::span<uint8_t* const>;  // where they lie in this run

struct ProgramSizes {
  size_t bytes = 0;    // the program: operations and decoded weights
  size_t scratch = 0;  // while it runs: dense feature maps, tables
  bool fast = false;   // region 2 is used
};

// kInvalid or kUnsupported with the command's offset and what was wrong: an access beyond a
// region or into a constant one, a feature map of more elements than its region has room for, a
// weight stream that does not decode, a table that is not there, an operation that no unit has or
// that the model does not: two cores, 4x4 decomposition, fp16.
Status MeasureProgram(const Payload& payload, Regions regions, ProgramSizes* sizes);
// The same, written to memory of sizes.bytes, at a multiple of 8. kChanged when what the sizes
// were measured from has changed since.
Status WriteProgram(const Payload& payload, Regions regions, std::span<uint8_t> memory);

// Told of each operation after it ran.
class OperationObserver {
 public:
  virtual void Ran(const Operation& operation) = 0;

 protected:
  ~OperationObserver() = default;
};

// kStopped when the token was raised, kInvalid when weights that the stream itself makes (by DMA
// over what was computed) do not decode.
Status RunProgram(const uint8_t* program, Addresses regions, uint8_t* scratch,
                  const StopToken& stop, OperationObserver* observer);

}  // namespace moonlet::npu
