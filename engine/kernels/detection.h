// engine/kernels/detection.h - what is left of a detector's boxes: decoded against their
// anchors, and of those that overlap only the best (non-maximum suppression).
// Stopping and FlushDenormals as engine/kernels/conv.h says.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/stop_token.h"

namespace moonlet {

// A box, or its encoding relative to an anchor: y, x, height, width.
struct CenterBox {
  float y, x, h, w;
};
struct CornerBox {
  float y_min, x_min, y_max, x_max;
};

struct DetectionParams {
  int32_t boxes = 0;
  int32_t encoding_values = 4;  // of a box; those behind the first four are not read
  int32_t classes = 0;
  int32_t scores_per_box = 0;  // one more than classes where the background comes first
  int32_t most = 0;            // detections in all
  int32_t per_box = 1;         // fast: classes given for a box
  int32_t per_class = 0;       // regular: detections kept of a class
  int32_t rows = 0;            // of the outputs: most * per_box, or most, or more
  float score_threshold = 0;
  float overlap_threshold = 0;  // intersection / union
  CenterBox scales = {1, 1, 1, 1};
  // Regular: each class on its own. Fast: each box by its best class.
  bool regular = false;
  int8_t unused[3] = {};
};

// What a detection gives: `rows` of each, and how many are in use (fast: boxes, each with
// per_box rows). The others are 0.
struct DetectionOutputs {
  CornerBox* boxes;
  float* classes;
  float* scores;
  float* count;
};

// One more than a call needs to know: a box whose corners are not in order has no answer.
enum class DetectionEnd : uint8_t { kDone, kStopped, kNoArea };

// Bytes of scratch, aligned for float.
size_t DetectionScratch(const DetectionParams& p);
DetectionEnd Detect(const DetectionParams& p, const float* encodings, const float* scores,
                    const CenterBox* anchors, uint8_t* scratch, const DetectionOutputs& outputs,
                    const StopToken& stop);

}  // namespace moonlet
