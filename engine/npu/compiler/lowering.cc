#include "engine/npu/compiler/lowering.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/nn/checks.h"
#include "engine/npu/compiler/lower/lower.h"

namespace moonlet::npu {
namespace {

constexpr int32_t kBrick = 16;

int64_t UpToBrick(int64_t depth) { return (depth + kBrick - 1) / kBrick * kBrick; }

}  // namespace

Extent ExtentOf(std::span<const int32_t> shape) {
  Extent e = {1, 1, 1};
  const size_t n = shape.size();
  if (n > 0) e.depth = shape[n - 1];
  if (n > 1) e.width = shape[n - 2];
  for (size_t i = 0; i + 2 < n; ++i) e.height *= shape[i];
  return e;
}

FeatureMap DenseMap(Extent size, Element element, Layout layout, int32_t zero_point) {
  FeatureMap map;
  map.region = kArenaRegion;
  map.element = element;
  map.layout = layout;
  map.height = map.height0 = map.height1 = size.height;
  map.width = map.width0 = size.width;
  map.depth = size.depth;
  map.zero_point = zero_point;
  const int64_t bytes = element.bytes;
  if (layout == Layout::kNhwc) {
    map.stride_c = bytes;
    map.stride_x = size.depth * bytes;
    map.stride_y = map.stride_x * size.width;
  } else {
    map.stride_x = kBrick * bytes;
    map.stride_c = map.stride_x * size.width;
    map.stride_y = size.width * bytes * UpToBrick(size.depth);
  }
  return map;
}

int64_t BytesOf(const FeatureMap& map) { return map.stride_y * map.height; }

FeatureMap ViewAs(const FeatureMap& map, Extent size) {
  FeatureMap view = DenseMap(size, map.element, Layout::kNhwc, map.zero_point);
  view.region = map.region;
  view.base[0] = map.base[0];
  return view;
}

Status ScaleOf(const Multiplier& m, Scale* scale) {
  const int shift = 31 - m.shift;
  if (shift < 0 || shift > 63 || m.value < 0)
    return Status::Unsupported("a factor of %g", std::ldexp(static_cast<double>(m.value), -shift));
  *scale = {static_cast<uint32_t>(m.value), static_cast<uint8_t>(shift)};
  return Status();
}

Lowering::Lowering(const GraphPlan& graph, const Config& config, Draft* draft)
    : graph_(graph), config_(config), draft_(draft), places_(graph.tensors.size()) {
  for (Feature& place : places_) place.map.element.bytes = 0;
}

bool Lowering::TakesBricks(int tensor) const {
  if (graph_.IsEdge(tensor)) return false;
  const ModelTensor t = graph_.tensor(tensor);
  if (t.type() != tflite::TensorType::INT8 || t.rank() != 4 || t.dim(3) % kBrick != 0) return false;
  const TensorPlan& uses = graph_.uses(tensor);
  if (!KeepsExtents(graph_.node(uses.producer), t)) return false;
  for (const int op : uses.consumers)
    if (!KeepsExtents(graph_.node(op), t)) return false;
  return true;
}

int Lowering::AddArea(int64_t bytes) {
  // More than an arena has is refused when areas are placed.
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max() / kUnitAlignment * kUnitAlignment;
  draft_->areas.push_back({static_cast<uint32_t>(std::min(bytes, kMost))});
  return static_cast<int>(draft_->areas.size()) - 1;
}

const Feature& Lowering::At(const ModelTensor& tensor) {
  Feature& place = places_[static_cast<size_t>(tensor.index())];
  if (place.map.element.bytes != 0) return place;
  const Element element = {static_cast<uint8_t>(BitsOf(tensor.type()) / 8),
                           tensor.type() != tflite::TensorType::UINT8};
  const bool bricks = !tensor.constant() && TakesBricks(tensor.index());
  place.map = DenseMap(ExtentOf(tensor.shape()), element, bricks ? Layout::kNhcwb16 : Layout::kNhwc,
                       tensor.zero_point());
  if (tensor.constant()) {
    place.map.region = kBlobRegion;
    place.map.base[0] = AddToBlob(tensor.data().data(), tensor.data().size(), &draft_->blob);
    return place;
  }
  place.area = AddArea(BytesOf(place.map));
  MarkUse(tensor.index(), place.area);
  return place;
}

void Lowering::MarkUse(int tensor, int area) {
  Area& a = draft_->areas[static_cast<size_t>(area)];
  a.model_input |= graph_.uses(tensor).model_input;
  a.model_output |= graph_.uses(tensor).model_output;
}

const Feature* Lowering::Find(int tensor) const {
  const Feature& place = places_[static_cast<size_t>(tensor)];
  return place.map.element.bytes != 0 && place.area != kNone ? &place : nullptr;
}

void Lowering::Alias(const ModelTensor& tensor, const ModelTensor& same) {
  Feature place = At(same);
  place.map = ViewAs(place.map, ExtentOf(tensor.shape()));
  place.map.zero_point = tensor.zero_point();
  places_[static_cast<size_t>(tensor.index())] = place;
  MarkUse(tensor.index(), place.area);
}

Feature Lowering::Temporary(Extent size, Element element) {
  Feature feature;
  feature.map = DenseMap(size, element, Layout::kNhwc, 0);
  feature.area = AddArea(BytesOf(feature.map));
  return feature;
}

Feature Lowering::Constant(const void* bytes, Extent size, Element element) {
  Feature feature;
  feature.map = DenseMap(size, element, Layout::kNhwc, 0);
  feature.map.region = kBlobRegion;
  feature.map.base[0] = AddToBlob(bytes, static_cast<size_t>(BytesOf(feature.map)), &draft_->blob);
  return feature;
}

DraftStep* Lowering::OnlyMaker(const ModelTensor& tensor, const Node& reader) {
  if (graph_.OnlyConsumer(tensor.index()) != reader.index()) return nullptr;
  const Feature* place = Find(tensor.index());
  if (place == nullptr) return nullptr;
  DraftStep* maker = nullptr;
  for (DraftStep& step : draft_->steps) {
    if (step.ofm != place->area) continue;
    if (maker != nullptr) return nullptr;
    maker = &step;
  }
  // Not where the tensor is another one under a new name.
  const bool own = maker != nullptr && maker->node == graph_.uses(tensor.index()).producer;
  return own ? maker : nullptr;
}

void Lowering::Drop(const DraftStep* step) {
  draft_->steps.erase(draft_->steps.begin() + (step - draft_->steps.data()));
}

DraftStep& Lowering::Add(const Node& node, OperationKind kind) {
  DraftStep step;
  step.node = node.index();
  step.op.kind = kind;
  step.op.activation.min = std::numeric_limits<int8_t>::min();
  step.op.activation.max = std::numeric_limits<int8_t>::max();
  draft_->steps.push_back(std::move(step));
  return draft_->steps.back();
}

void Lowering::SetIfm(const Feature& feature, DraftStep* step) {
  step->op.ifm = feature.map;
  step->ifm = feature.area;
}
void Lowering::SetIfm2(const Feature& feature, DraftStep* step) {
  step->op.ifm2 = feature.map;
  step->ifm2 = feature.area;
}
void Lowering::SetOfm(const Feature& feature, DraftStep* step) {
  step->op.ofm = feature.map;
  step->ofm = feature.area;
}

DraftStep& Lowering::AddFilter(const Node& node, OperationKind kind, const Feature& ifm,
                               const Feature& ofm, DraftFilter filter) {
  DraftStep& step = Add(node, kind);
  SetIfm(ifm, &step);
  SetOfm(ofm, &step);
  step.filter = static_cast<int>(draft_->filters.size());
  draft_->filters.push_back(std::move(filter));
  return step;
}

int Lowering::AddTable(std::vector<uint8_t> bytes) {
  auto& tables = draft_->tables;
  const auto found = std::find(tables.begin(), tables.end(), bytes);
  if (found != tables.end()) return static_cast<int>(found - tables.begin());
  tables.push_back(std::move(bytes));
  return static_cast<int>(tables.size()) - 1;
}

namespace {

struct WindowAxis {
  int32_t stride, before, after, extent;
};

// A stride from the only output leads nowhere, so it need not be one that the hardware has.
WindowAxis WindowAxisOf(const Axis& axis) {
  WindowAxis w;
  w.stride = axis.output == 1 ? 1 : axis.stride;
  w.before = axis.pad;
  const int32_t reach = (axis.output - 1) * w.stride + (axis.kernel - 1) * axis.dilation + 1;
  w.after = std::max(0, reach - axis.pad - axis.input);
  w.extent = reach - w.before - w.after;
  return w;
}

}  // namespace

void SetWindow(const Window& window, Operation* op) {
  const WindowAxis y = WindowAxisOf(window.y);
  const WindowAxis x = WindowAxisOf(window.x);
  op->kernel.height = window.y.kernel;
  op->kernel.width = window.x.kernel;
  op->kernel.stride_y = y.stride;
  op->kernel.stride_x = x.stride;
  op->kernel.dilation_y = window.y.dilation;
  op->kernel.dilation_x = window.x.dilation;
  op->padding = {y.before, x.before, x.after, y.after};
  op->ifm.height = y.extent;
  op->ifm.width = x.extent;
}

Status RangeOf(const Node& node, tflite::ActivationFunctionType type, OutputS8* range) {
  moonlet::Activation activation;
  Status s = CheckActivation(type, &activation);
  return s.ok() ? CheckOutputS8(node.output(0), activation, range) : s;
}

void SetRange(const OutputS8& range, Operation* op) {
  op->ofm.zero_point = range.zero;
  op->activation.min = range.min;
  op->activation.max = range.max;
}

}  // namespace moonlet::npu
