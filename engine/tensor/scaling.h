// engine/tensor/scaling.h - keeps squares of doubles within their range.
#pragma once
#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

// Divides by the power of two that brings the largest magnitude to between 1/2 and 1, which
// is exact but for elements 2^1000 times smaller, and gives it. kInvalid when an element is
// infinite or NaN.
Status ScaleToUnit(double* elements, Index count, const StopToken& stop, double* scale);

}  // namespace moonlet
