#include "engine/kernels/detection.h"

#include <algorithm>
#include <limits>

#include "engine/base/libm.h"
#include "engine/kernels/float_bits.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// One double exponential, and a look at two boxes, in multiply-adds.
constexpr int64_t kBoxWork = 100;
constexpr int64_t kOverlapWork = 16;

struct Detection {
  float score;
  int32_t box;
  int32_t of_class;
};

// The parts of the scratch.
struct DetectionBuffers {
  CornerBox* boxes;
  float* scores;
  int32_t* order;     // boxes above the threshold, the best first
  Detection* merged;  // of all classes, the best first
  uint8_t* alive;

  DetectionBuffers(const DetectionParams& p, uint8_t* scratch) {
    boxes = reinterpret_cast<CornerBox*>(scratch);
    scores = reinterpret_cast<float*>(boxes + p.boxes);
    order = reinterpret_cast<int32_t*>(scores + p.boxes);
    merged = reinterpret_cast<Detection*>(order + p.boxes);
    alive = reinterpret_cast<uint8_t*>(merged + p.most);
  }
};

// Software that converts between float and double does not know the mode.
double Exact(float x) { return double{Flushed(x)}; }
float Once(double x) { return Flushed(static_cast<float>(x)); }

CornerBox DecodeBox(const CenterBox& scales, const float* encoding, const CenterBox& anchor) {
  const double height = Exact(anchor.h), width = Exact(anchor.w);
  const float y = Once(Exact(encoding[0]) / Exact(scales.y) * height + Exact(anchor.y));
  const float x = Once(Exact(encoding[1]) / Exact(scales.x) * width + Exact(anchor.x));
  const float h = Once(0.5 * moonlet_exp(Exact(encoding[2]) / Exact(scales.h)) * height);
  const float w = Once(0.5 * moonlet_exp(Exact(encoding[3]) / Exact(scales.w)) * width);
  return {y - h, x - w, y + h, x + w};
}

DetectionEnd DecodeBoxes(const DetectionParams& p, const float* encodings, const CenterBox* anchors,
                         CornerBox* boxes, WorkMeter& meter) {
  for (int32_t i = 0; i < p.boxes; ++i, encodings += p.encoding_values) {
    if (!meter.Spend(kBoxWork)) return DetectionEnd::kStopped;
    const CornerBox box = DecodeBox(p.scales, encodings, anchors[i]);
    if (box.y_min >= box.y_max || box.x_min >= box.x_max) return DetectionEnd::kNoArea;
    boxes[i] = box;
  }
  return DetectionEnd::kDone;
}

float Area(const CornerBox& box) { return (box.y_max - box.y_min) * (box.x_max - box.x_min); }

float Overlap(const CornerBox& a, const CornerBox& b) {
  const float area_a = Area(a);
  const float area_b = Area(b);
  if (area_a <= 0 || area_b <= 0) return 0;
  const float height = std::max(std::min(a.y_max, b.y_max) - std::max(a.y_min, b.y_min), 0.0f);
  const float width = std::max(std::min(a.x_max, b.x_max) - std::max(a.x_min, b.x_min), 0.0f);
  const float both = height * width;
  return both / (area_a + area_b - both);
}

// Calls emit(box), which may end it with false, for at most `limit` boxes by falling
// buffers.scores, the earlier first among equals, leaving out what overlaps with one before. False
// when stopped.
template <typename Emit>
bool SuppressOverlaps(const DetectionParams& p, const DetectionBuffers& buffers, int32_t limit,
                      WorkMeter& meter, Emit emit) {
  if (!meter.Spend(int64_t{p.boxes} * kOverlapWork)) return false;
  int32_t kept = 0;
  for (int32_t i = 0; i < p.boxes; ++i)
    if (buffers.scores[i] >= p.score_threshold) buffers.order[kept++] = i;
  const float* scores = buffers.scores;
  std::sort(buffers.order, buffers.order + kept, [scores](int32_t a, int32_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  });
  std::fill_n(buffers.alive, kept, uint8_t{1});
  for (int32_t i = 0; i < kept && limit > 0; ++i) {
    if (buffers.alive[i] == 0) continue;
    if (!meter.Spend((kept - i) * kOverlapWork)) return false;
    const CornerBox& best = buffers.boxes[buffers.order[i]];
    if (!emit(buffers.order[i])) return false;
    --limit;
    for (int32_t k = i + 1; k < kept; ++k)
      if (buffers.alive[k] != 0 &&
          Overlap(best, buffers.boxes[buffers.order[k]]) > p.overlap_threshold)
        buffers.alive[k] = 0;
  }
  return true;
}

// A NaN is no score at all.
float Comparable(float score) {
  return IsNan(score) ? -std::numeric_limits<float>::infinity() : score;
}

// The best class of those that come after `previous` when sorted by falling score, the
// lower first among equals; after none: -1.
int32_t NextClass(const float* scores, int32_t classes, int32_t previous) {
  int32_t best = -1;
  for (int32_t c = 0; c < classes; ++c) {
    const float score = Comparable(scores[c]);
    if (previous >= 0) {
      const float before = Comparable(scores[previous]);
      if (score > before || (score == before && c <= previous)) continue;
    }
    if (best < 0 || score > Comparable(scores[best])) best = c;
  }
  return best;
}

bool DetectFast(const DetectionParams& p, const float* scores, const DetectionBuffers& buffers,
                const DetectionOutputs& outputs, WorkMeter& meter) {
  for (int32_t i = 0; i < p.boxes; ++i) {
    if (!meter.Spend(p.classes)) return false;
    const float* of_box = scores + std::ptrdiff_t{i} * p.scores_per_box;
    buffers.scores[i] = of_box[NextClass(of_box, p.classes, -1)];
  }
  int32_t found = 0;
  const bool finished = SuppressOverlaps(p, buffers, p.most, meter, [&](int32_t box) {
    const float* of_box = scores + std::ptrdiff_t{box} * p.scores_per_box;
    int32_t of_class = -1;
    for (int32_t k = 0; k < p.per_box; ++k) {
      if (!meter.Spend(p.classes)) return false;
      const int32_t row = found * p.per_box + k;
      of_class = NextClass(of_box, p.classes, of_class);
      outputs.boxes[row] = buffers.boxes[box];
      outputs.classes[row] = static_cast<float>(of_class);
      outputs.scores[row] = of_box[of_class];
    }
    ++found;
    return true;
  });
  *outputs.count = static_cast<float>(found);
  return finished;
}

// Puts a detection behind those that are as good; beyond `most` they fall off.
void InsertDetection(const Detection& d, int32_t most, Detection* merged, int32_t* count) {
  int32_t at = *count;
  while (at > 0 && merged[at - 1].score < d.score) --at;
  if (at >= most) return;
  *count = std::min(*count + 1, most);
  std::copy_backward(merged + at, merged + *count - 1, merged + *count);
  merged[at] = d;
}

bool DetectRegular(const DetectionParams& p, const float* scores, const DetectionBuffers& buffers,
                   const DetectionOutputs& outputs, WorkMeter& meter) {
  int32_t count = 0;
  for (int32_t c = 0; c < p.classes; ++c) {
    for (int32_t i = 0; i < p.boxes; ++i)
      buffers.scores[i] = scores[std::ptrdiff_t{i} * p.scores_per_box + c];
    const auto emit = [&](int32_t box) {
      InsertDetection({buffers.scores[box], box, c}, p.most, buffers.merged, &count);
      return meter.Spend(p.most);
    };
    if (!SuppressOverlaps(p, buffers, p.per_class, meter, emit)) return false;
  }
  for (int32_t row = 0; row < count; ++row) {
    const Detection& d = buffers.merged[row];
    outputs.boxes[row] = buffers.boxes[d.box];
    outputs.classes[row] = static_cast<float>(d.of_class);
    outputs.scores[row] = d.score;
  }
  *outputs.count = static_cast<float>(count);
  return true;
}

}  // namespace

size_t DetectionScratch(const DetectionParams& p) {
  constexpr size_t kOfBox = sizeof(CornerBox) + sizeof(float) + sizeof(int32_t) + 1;
  return static_cast<size_t>(p.boxes) * kOfBox + static_cast<size_t>(p.most) * sizeof(Detection);
}

DetectionEnd Detect(const DetectionParams& p, const float* encodings, const float* scores,
                    const CenterBox* anchors, uint8_t* scratch, const DetectionOutputs& outputs,
                    const StopToken& stop) {
  WorkMeter meter(stop);
  const DetectionBuffers buffers(p, scratch);
  const DetectionEnd decoded = DecodeBoxes(p, encodings, anchors, buffers.boxes, meter);
  if (decoded != DetectionEnd::kDone) return decoded;
  std::fill_n(outputs.boxes, p.rows, CornerBox{});
  std::fill_n(outputs.classes, p.rows, 0.0f);
  std::fill_n(outputs.scores, p.rows, 0.0f);
  scores += p.scores_per_box - p.classes;
  const bool finished = p.regular ? DetectRegular(p, scores, buffers, outputs, meter)
                                  : DetectFast(p, scores, buffers, outputs, meter);
  return finished ? DetectionEnd::kDone : DetectionEnd::kStopped;
}

}  // namespace moonlet
