// engine/npu/model/operators.h - what block operations compute, on dense rows.
//
// An operation is done in stripes of OFM rows, so that little memory is needed beside the
// regions: the IFM rows below a stripe are gathered (feature_map.h), the stripe is computed, and
// scattered. There are two ways: the plain one here, int32 elements less their zero point, which
// is the specification; and, for int8 CONV and DEPTHWISE, the engine's kernels (fast.h).
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"
#include "engine/npu/model/filter.h"
#include "engine/npu/model/store.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// Sizes of the IFM that taps are counted on, upscaled.
inline int32_t GridHeight(const Operation& op) {
  return (op.ofm.height - 1) * op.kernel.stride_y + op.kernel.dilated_height() - op.padding.top -
         op.padding.bottom;
}
inline int32_t GridWidth(const Operation& op) {
  return (op.ofm.width - 1) * op.kernel.stride_x + op.kernel.dilated_width() - op.padding.left -
         op.padding.right;
}

// OFM rows [first, first + rows), and the stored IFM rows below them.
struct Stripe {
  int32_t first = 0;
  int32_t rows = 0;
  int32_t ifm_first = 0;
  int32_t ifm_rows = 0;
};
Stripe StripeAt(const Operation& op, int32_t first, int32_t rows);

// The plain way. `ifm` holds the stripe's rows, `ofm` takes them. False when stopped.
[[nodiscard]] bool PlainConv(const Operation& op, const Stripe& stripe, const Filter& filter,
                             const OutputStage& stage, const int32_t* ifm, int32_t* ofm,
                             const StopToken& stop);
[[nodiscard]] bool PlainDepthwise(const Operation& op, const Stripe& stripe, const Filter& filter,
                                  const OutputStage& stage, const int32_t* ifm, int32_t* ofm,
                                  const StopToken& stop);
[[nodiscard]] bool PlainPool(const Operation& op, const Stripe& stripe, const OutputStage& stage,
                             const int32_t* ifm, int32_t* ofm, const StopToken& stop);
// `ifm2` holds the stripe's rows, or row 0 when height is broadcast; null without a second map.
[[nodiscard]] bool PlainElementwise(const Operation& op, const Stripe& stripe,
                                    const OutputStage& stage, const int32_t* ifm,
                                    const int32_t* ifm2, int32_t* ofm, const StopToken& stop);

}  // namespace moonlet::npu
