// engine/kernels/space_batch.h - SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: an image is dealt
// out, pixel by pixel of each block, to as many small images as a block has pixels, and put
// together again. Image b of a batch of n goes to image k * n + b of pixel k. Stopping as
// engine/kernels/conv.h says.
#pragma once
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

struct SpaceBatchParams {
  int32_t batches = 0;  // of large images
  int32_t pixel_bytes = 0;
  int32_t block[2] = {};  // rows, columns
  int32_t large[2] = {};  // rows and columns of a large image
  int32_t small[2] = {};
  int32_t before[2] = {};  // of the border that goes around a large image, or is cut off
};

// Writes the border's pixels nowhere: fill the output first.
[[nodiscard]] bool SpaceToBatch(const SpaceBatchParams& p, const uint8_t* input, uint8_t* output,
                                const StopToken& stop);
[[nodiscard]] bool BatchToSpace(const SpaceBatchParams& p, const uint8_t* input, uint8_t* output,
                                const StopToken& stop);

}  // namespace moonlet
