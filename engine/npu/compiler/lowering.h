// engine/npu/compiler/lowering.h - from one operator to the steps of a draft.
//
//   Lowering lowering(graph, config, &draft);
//   Status s = Lower(graph.node(0), lowering);   // lower/lower.h
//
// Where a tensor lies is decided when the first operator asks for it: in bricks of 16 channels
// where only the unit sees it and each of its users takes it by rows, columns and channels; in
// plain order everywhere else.
#pragma once
#include <vector>

#include "engine/kernels/activation.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/window.h"
#include "engine/npu/compiler/draft.h"
#include "engine/npu/compiler/graph.h"
#include "engine/npu/compiler/limits.h"

namespace moonlet::npu {

inline constexpr Element kInt8 = {1, true};
inline constexpr Element kInt32 = {4, true};

// Rows, columns and channels of a shape; what is in front of them counts as rows.
Extent ExtentOf(std::span<const int32_t> shape);
// A dense feature map at offset 0.
FeatureMap DenseMap(Extent size, Element element, Layout layout, int32_t zero_point);
int64_t BytesOf(const FeatureMap& map);
// The same elements in plain order by other rows, columns and channels.
FeatureMap ViewAs(const FeatureMap& map, Extent size);

// multiplier / 2^shift from the kernels' form. kUnsupported when the unit has no such shift.
Status ScaleOf(const Multiplier& m, Scale* scale);

class Lowering {
 public:
  Lowering(const GraphPlan& graph, const Config& config, Draft* draft);

  const GraphPlan& graph() const { return graph_; }
  const Config& config() const { return config_; }
  Draft& draft() { return *draft_; }

  // Where a tensor lies; a constant goes to the blob.
  const Feature& At(const ModelTensor& tensor);
  // Where a tensor lies in the arena, if the unit has to do with it. Null else.
  const Feature* Find(int tensor) const;
  // Lets a tensor lie where another does, its elements in the same order.
  void Alias(const ModelTensor& tensor, const ModelTensor& same);
  // A feature map between the steps of an operator.
  Feature Temporary(Extent size, Element element);
  Feature Constant(const void* bytes, Extent size, Element element);

  // The step that alone makes a tensor, if `reader` alone reads that: then one may do the work of
  // both. Null else.
  DraftStep* OnlyMaker(const ModelTensor& tensor, const Node& reader);
  void Drop(const DraftStep* step);
  // A new step; the reference is good until the next one.
  DraftStep& Add(const Node& node, OperationKind kind);
  static void SetIfm(const Feature& feature, DraftStep* step);
  static void SetIfm2(const Feature& feature, DraftStep* step);
  static void SetOfm(const Feature& feature, DraftStep* step);
  // An operation that reads `ifm` with a filter of its own, and writes `ofm`.
  DraftStep& AddFilter(const Node& node, OperationKind kind, const Feature& ifm, const Feature& ofm,
                       DraftFilter filter);
  // 256 or 1,024 bytes; one table with these bytes serves all.
  int AddTable(std::vector<uint8_t> bytes);

 private:
  bool TakesBricks(int tensor) const;
  int AddArea(int64_t bytes);
  void MarkUse(int tensor, int area);

  const GraphPlan& graph_;
  const Config& config_;
  Draft* draft_;
  std::vector<Feature> places_;  // of tensors; an element of 0 bytes: nowhere yet
};

// Kernel, padding and the rows and columns of the IFM from a window.
void SetWindow(const Window& window, Operation* op);
// The range of an operator's output.
Status RangeOf(const Node& node, tflite::ActivationFunctionType type, OutputS8* range);
// Clip to an activation's range, and the zero point that goes before.
void SetRange(const OutputS8& range, Operation* op);
// Global scale 1 of a copy: (2^31 + 1) / 2^31.
inline constexpr Scale kCopyScale = {0x80000001, 31};

}  // namespace moonlet::npu
