// TFLite_Detection_PostProcess: encoded boxes, their scores of each class and their anchors
// become detections: boxes, classes, scores and their number.
#include <limits>

#include "engine/kernels/detection.h"
#include "engine/nn/checks.h"
#include "engine/nn/flex_map.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/signal_checks.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// Sorting them is not interrupted.
constexpr int32_t kMostBoxes = 1 << 16;
constexpr int32_t kMostDetections = 1 << 16;
constexpr int32_t kMostRows = 1 << 20;

struct DetectionRecord {
  DetectionParams p;
  Operand encodings;
  Operand scores;
  Operand anchors;
  Operand scratch;
  Operand outputs[4];
};

bool RunDetection(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DetectionRecord*>(record);
  const DetectionOutputs outputs = {
      run.Write<CornerBox>(r->outputs[0]), run.Write<float>(r->outputs[1]),
      run.Write<float>(r->outputs[2]), run.Write<float>(r->outputs[3])};
  const DetectionEnd end =
      Detect(r->p, run.Read<float>(r->encodings), run.Read<float>(r->scores),
             run.Read<CenterBox>(r->anchors), run.Write<uint8_t>(r->scratch), outputs, run.stop);
  if (end == DetectionEnd::kNoArea) return run.Refuse(Status::Invalid("a box without an area"));
  return end == DetectionEnd::kDone;
}

Status CheckDetectionCounts(const Node& node) {
  if (node.inputs() != 3 || node.outputs() != 4)
    return Status::Invalid("%d inputs and %d outputs, expected 3 and 4", node.inputs(),
                           node.outputs());
  for (int k = 0; k < 3; ++k) {
    if (!node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
    if (Status s = CheckAligned("input", node.input(k)); !s.ok()) return s;
  }
  return Status();
}

Status CheckDetectionInputs(const Node& node, DetectionParams* p) {
  const ModelTensor encodings = node.input(0);
  const ModelTensor scores = node.input(1);
  const ModelTensor anchors = node.input(2);
  if (encodings.rank() != 3 || encodings.dim(0) != 1 || encodings.dim(2) < 4)
    return Status::Invalid("%s has shape %s, expected {1, boxes, 4}",
                           TensorLabel("encodings", encodings).text,
                           DimsText(encodings.shape()).text);
  p->boxes = encodings.dim(1);
  p->encoding_values = encodings.dim(2);
  if (p->boxes > kMostBoxes)
    return Status::Unsupported("%d boxes, expected at most %d", p->boxes, kMostBoxes);
  Status s = CheckType("scores", scores, TensorType::FLOAT32);
  if (s.ok()) s = CheckType("anchors", anchors, TensorType::FLOAT32);
  if (!s.ok()) return s;
  const int32_t of_anchors[] = {p->boxes, 4};
  if (s = CheckShape("anchors", anchors, of_anchors); !s.ok()) return s;
  p->scores_per_box = scores.rank() == 3 ? scores.dim(2) : 0;
  const int32_t of_scores[] = {1, p->boxes, p->scores_per_box};
  return CheckShape("scores", scores, of_scores);
}

Status ReadScale(const FlexMap& options, const char* key, float* scale) {
  if (Status s = options.GetFloat(key, scale); !s.ok()) return s;
  if (*scale > 0 && *scale <= std::numeric_limits<float>::max()) return Status();
  return Status::Invalid("option '%s' is %g, expected a positive number", key,
                         static_cast<double>(*scale));
}

Status ReadThresholds(const FlexMap& options, DetectionParams* p) {
  Status s = options.GetFloat("nms_score_threshold", &p->score_threshold);
  if (s.ok()) s = options.GetFloat("nms_iou_threshold", &p->overlap_threshold);
  if (!s.ok() || (p->overlap_threshold > 0 && p->overlap_threshold <= 1)) return s;
  return Status::Invalid("option 'nms_iou_threshold' is %g, expected above 0 to 1",
                         static_cast<double>(p->overlap_threshold));
}

Status ReadDetection(const FlexMap& options, DetectionParams* p) {
  int32_t regular = 0;
  p->per_class = 100;
  Status s = options.Get("num_classes", 1, std::max<int32_t>(1, p->scores_per_box), &p->classes);
  if (s.ok() && p->scores_per_box - p->classes > 1)
    s = Status::Invalid("%d scores of a box for %d classes", p->scores_per_box, p->classes);
  if (s.ok()) s = options.Get("max_detections", 1, kMostDetections, &p->most);
  if (s.ok()) s = options.Get("max_classes_per_detection", 1, kMostDetections, &p->per_box);
  if (s.ok() && options.Has("detections_per_class"))
    s = options.Get("detections_per_class", 1, std::numeric_limits<int32_t>::max(), &p->per_class);
  if (s.ok() && options.Has("use_regular_nms")) s = options.Get("use_regular_nms", 0, 1, &regular);
  if (s.ok()) s = ReadThresholds(options, p);
  if (s.ok()) s = ReadScale(options, "y_scale", &p->scales.y);
  if (s.ok()) s = ReadScale(options, "x_scale", &p->scales.x);
  if (s.ok()) s = ReadScale(options, "h_scale", &p->scales.h);
  if (s.ok()) s = ReadScale(options, "w_scale", &p->scales.w);
  p->regular = regular != 0;
  p->per_box = p->regular ? 1 : std::min(p->per_box, p->classes);
  return s;
}

Status CheckDetectionOutputs(const Node& node, DetectionParams* p) {
  const ModelTensor boxes = node.output(0);
  const int64_t rows = int64_t{p->most} * p->per_box;
  if (boxes.rank() != 3 || boxes.dim(0) != 1 || boxes.dim(1) < rows || boxes.dim(2) != 4)
    return Status::Invalid("%s has shape %s, expected {1, %lld, 4}",
                           TensorLabel("boxes", boxes).text, DimsText(boxes.shape()).text,
                           static_cast<long long>(rows));
  p->rows = boxes.dim(1);
  if (p->rows > kMostRows)
    return Status::Unsupported("%d rows, expected at most %d", p->rows, kMostRows);
  const int32_t of_rows[] = {1, p->rows};
  constexpr auto kF32 = TensorType::FLOAT32;
  Status s = CheckType("classes", node.output(1), kF32);
  if (s.ok()) s = CheckShape("classes", node.output(1), of_rows);
  if (s.ok()) s = CheckType("scores", node.output(2), kF32);
  if (s.ok()) s = CheckShape("scores", node.output(2), of_rows);
  if (s.ok()) s = CheckArray("number", node.output(3), kF32, 1);
  return s;
}

}  // namespace

Status PrepareDetection(const Node& node, StepWriter& writer) {
  DetectionParams p;
  FlexMap options;
  Status s = CheckDetectionCounts(node);
  if (s.ok()) s = CheckDetectionInputs(node, &p);
  if (s.ok()) s = OpenOptions(node, &options);
  if (s.ok()) s = ReadDetection(options, &p);
  if (s.ok()) s = CheckDetectionOutputs(node, &p);
  if (!s.ok()) return s;
  const Operand scratch = writer.Scratch(static_cast<uint32_t>(DetectionScratch(p)));
  auto* r = writer.Add<DetectionRecord>(RunDetection);
  if (r == nullptr) return s;
  r->p = p;
  r->encodings = writer.At(node.input(0));
  r->scores = writer.At(node.input(1));
  r->anchors = writer.At(node.input(2));
  r->scratch = scratch;
  for (int k = 0; k < 4; ++k) r->outputs[k] = writer.At(node.output(k));
  return s;
}

const StepList kDetectionSteps = ListSteps<Step<DetectionRecord, RunDetection>>();

}  // namespace moonlet
