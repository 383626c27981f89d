// engine/nn/operators/signal_checks.h - the questions the custom operators of a signal
// front end have in common.
#pragma once
#include <cstdint>

#include "engine/nn/checks.h"
#include "engine/nn/flex_map.h"

namespace moonlet {

// Exactly so many inputs, all given, and outputs; every one at most kMaxFrame elements, so
// that a kernel may do one without looking at its StopToken.
inline constexpr int32_t kMaxFrame = 1 << 18;
Status CheckSignal(const Node& node, int inputs, int outputs);

// An array of this type, aligned, with `elements` of them in whatever shape.
Status CheckArray(const char* role, const ModelTensor& tensor, tflite::TensorType type,
                  int32_t elements);
// A constant of int16 read at any address, with `elements` of them.
Status CheckTable(const char* role, const ModelTensor& tensor, int32_t elements);

// Requires CheckSignal.
inline int32_t ElementsOf(const ModelTensor& tensor) {
  return static_cast<int32_t>(tensor.elements());
}

Status OpenOptions(const Node& node, FlexMap* options);
// The option T names the type of the samples; left out it is float32.
Status CheckTypeOption(const FlexMap& options, tflite::TensorType type);

}  // namespace moonlet
