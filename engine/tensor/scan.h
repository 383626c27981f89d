// engine/tensor/scan.h - running sums and products along an axis.
//
// Each is one chain in ascending order from the first element on, floats in their own
// precision, so the last element may differ from Reduce's sum, which has 16 lanes.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

enum class ScanOp : uint8_t { kSum, kProduct };

// float32 and float64 stay; of integers and bool int64, wrapping.
DType ScanResult(DType dtype);

// Element i of `axis` becomes the sum or product of elements 0 to i. Requires `out` of
// ScanResult and x's shape, identical to x or apart from it.
Status Scan(ScanOp op, const Tensor& x, int axis, const Tensor& out,
            const StopToken& stop) noexcept;

}  // namespace moonlet
