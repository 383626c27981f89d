#include "engine/nn/operators/map.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {

Status CheckMap(const Node& node) {
  if (Status s = CheckCounts(node, 1, 1); !s.ok()) return s;
  const ModelTensor input = node.input(0);
  Status s = CheckType("output", node.output(0), input.type());
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckShape("output", node.output(0), input.shape());
  return s;
}

Status CheckQuantizedMap(const Node& node) {
  Status s = CheckMap(node);
  if (s.ok()) s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckQuantized("output", node.output(0));
  return s;
}

Status CheckFixedScale(const ModelTensor& output, float scale, int32_t zero, const char* expected) {
  if (output.scale() == scale && output.zero_point() == zero) return Status();
  return Status::Invalid("%s has scale %g, zero point %d, expected %s, %d",
                         TensorLabel("output", output).text, static_cast<double>(output.scale()),
                         output.zero_point(), expected, zero);
}

namespace {

bool ChangesNothing(const ByteTable& table) {
  for (int32_t x = -128; x <= 127; ++x)
    if (table.entries[x + 128] != x) return false;
  return true;
}

}  // namespace

bool WantsTable(const Node& node, const StepWriter& writer) {
  return writer.asks_for_table() && node.input(0).type() == tflite::TensorType::INT8 &&
         node.output(0).type() == tflite::TensorType::INT8;
}

void WriteByteTable(const Node& node, const ByteTable& table, StepWriter& writer) {
  if (writer.asks_for_table()) return writer.GiveTable(table);
  if (ChangesNothing(table) && writer.Alias(node.input(0), node.output(0))) return;
  WriteMap<int8_t, MapBytes>(node, table, writer);
}

const StepList kMapSteps = ListSteps<MapStep<int8_t, MapBytes, ByteTable>>();

}  // namespace moonlet
