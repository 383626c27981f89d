// engine/npu/cycles_parts.h - what the files of the estimator share.
#pragma once
#include <cstdint>

#include "engine/npu/cycles.h"

namespace moonlet::npu::cycles {

inline int64_t DivideUp(int64_t a, int64_t b) { return (a + b - 1) / b; }

const MemorySpeed& MemoryOf(uint8_t region, const System& system);

// Elements of a feature map's part as they are stored: NHCWB16 fills whole bricks.
int64_t StoredElements(Layout layout, int32_t height, int32_t width, int32_t depth);

// Bytes with what is moved in vain, since a memory moves whole bursts and a block's neighbours
// in memory are few. `block` is of the feature map that is read or written.
double BytesRead(double bytes, const FeatureMap& map, const Extent& block,
                 const MemorySpeed& memory);
double BytesWritten(double bytes, const FeatureMap& map, const Extent& block, int cores,
                    const MemorySpeed& memory);

// Height and width of the IFM. What registers say ends where the kernel ends; where a stride
// leaves columns out behind it, the strides tell that they are there.
Extent IfmExtent(const Operation& operation);

// The unit's own cycles, and what bounds them.
double UnitCycles(const Operation& operation, const Config& config, const System& system,
                  Bound* inside);
// Of CONV, DEPTHWISE and POOL, and of ELEMENTWISE.
double BlockCycles(const Operation& operation, const Config& config, const System& system,
                   Bound* inside);
double ElementwiseCycles(const Operation& operation, const Config& config, const System& system);

// Reading and writing one block when nothing else is going on.
double BlockMemoryCycles(const Operation& operation, const Config& config, const System& system);
// Per element that is put out.
double CyclesPerElement(const Operation& operation, const Config& config);

void AccessCycles(const Operation& operation, const Config& config, const System& system,
                  Cycles* cycles);

}  // namespace moonlet::npu::cycles
