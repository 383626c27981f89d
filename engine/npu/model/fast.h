// engine/npu/model/fast.h - int8 operations on the engine's kernels.
//
// The unit's TFL rounding is that of the kernels where a shift is at least 31, so where this can
// be had they give the bytes of the plain way (operators.h).
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/kernels/filter_s8.h"
#include "engine/npu/model/filter.h"
#include "engine/npu/model/operators.h"
#include "engine/npu/model/store.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// Whether a kernel has the operation, whatever its weights and records are: CONV, DEPTHWISE, MAX
// and padded AVERAGE pools, copies, ADD and SUB.
bool KernelHas(const Operation& op);
// Whether a CONV is a matrix times a vector, for which there are kernels of their own.
bool IsFullyConnected(const Operation& op);
// Whether a kernel can scale as the record says, and how.
bool KernelScale(const ScaleRecord& record, int32_t* bias, int32_t* multiplier, int8_t* shift);

// The rows of a stripe, as operators.h has them, but bytes. `ofm` may be `ifm` of an ELEMENTWISE.
struct ByteRows {
  const int8_t* ifm;
  const int8_t* ifm2;
  int8_t* ofm;
  uint8_t* scratch;  // KernelScratchBytes(op)
};

// What the kernel of an operation with weights makes of them (engine/kernels/filter_s8.h): the
// same for operations of the same kernel, depths, columns and input zero point. At a multiple of
// kKernelAlignment.
size_t KernelPreparedBytes(const Operation& op);
void PrepareKernel(const Operation& op, const FilterS8& filter, uint8_t* prepared);
size_t KernelScratchBytes(const Operation& op);

// Gives results before any table. False when stopped.
[[nodiscard]] bool RunKernel(const Operation& op, const Stripe& stripe, const Filter* filter,
                             const OutputStage& stage, const ByteRows& rows, const StopToken& stop);

// Of those, ADD and SUB (fast_sum.cc).
bool KernelHasSum(const Operation& op);
[[nodiscard]] bool RunSumKernel(const Operation& op, const Stripe& stripe, const OutputStage& stage,
                                const ByteRows& rows, const StopToken& stop);

// A factor multiplier / 2^shift as kernels write it; false if it is not one of theirs below 1.
bool KernelFactor(uint32_t multiplier, int shift, Multiplier* factor);

}  // namespace moonlet::npu
