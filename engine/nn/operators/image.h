// engine/nn/operators/image.h - what CONV_2D, DEPTHWISE_CONV_2D, the pooling operators
// and FULLY_CONNECTED check alike.
//
// The three with filters, CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, also share what
// their steps look like: parameters of their own, the same operands, and for the quantised types
// the same factors.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/base/status.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/hybrid.h"
#include "engine/kernels/int4.h"
#include "engine/kernels/window.h"
#include "engine/nn/graph.h"
#include "engine/nn/prepare.h"

namespace moonlet {

struct FilterSteps {
  int32_t kernel_y;
  int32_t kernel_x;
  int32_t stride_y;
  int32_t stride_x;
  int32_t dilation_y = 1;
  int32_t dilation_x = 1;
};

// Of CONV_2D and DEPTHWISE_CONV_2D, whose options speak of the same things.
template <typename Options>
FilterSteps StepsOf(const ModelTensor& filter, const Options& options) {
  return {filter.dim(1),
          filter.dim(2),
          options.stride_h(),
          options.stride_w(),
          options.dilation_h_factor(),
          options.dilation_w_factor()};
}

// The window of an operator from an image to an image. Checks both ranks, and the
// output's shape against {batches, ..., ..., out_channels}.
Status MakeWindow(const ModelTensor& input, const ModelTensor& output, tflite::Padding padding,
                  const FilterSteps& steps, int32_t out_channels, Window* window);

// Input, filter and perhaps a bias: a constant filter of `type` and an input that can be
// read.
Status CheckFilter(const Node& node, tflite::TensorType type);
// A bias, if there is one as that input, has `channels` values of `type`.
Status CheckBias(const Node& node, tflite::TensorType type, int32_t channels, int input = 2);

// The type of an int8 operator's filter: int4 where it has that, else int8.
tflite::TensorType FilterTypeS8(const Node& node);

// One scale, or one for each of the channels along `axis`.
Status CheckFilterScales(const ModelTensor& filter, int axis, int32_t channels);

// The factors from accumulator to output, in the record when one is for all channels,
// behind the record when each channel has its own.
struct Factors {
  Multiplier single;
  int32_t channels = 0;  // 0: use `single`

  // Bytes behind the record.
  static size_t Bytes(int scales) {
    return scales > 1 ? static_cast<size_t>(scales) * (sizeof(int32_t) + sizeof(int8_t)) : 0;
  }
  // What the kernel takes; `record` is the one that ends where the factors begin.
  template <typename Record>
  ChannelScales Scales(const Record* record) const {
    if (channels == 0) return ChannelScales(single);
    const auto* values = reinterpret_cast<const int32_t*>(record + 1);
    return ChannelScales(values, reinterpret_cast<const int8_t*>(values + channels));
  }
};

// input scale * filter scale / output scale, per channel in double, for a filter with one
// scale or one for each of the channels along `axis`. Several go to `behind`, the memory
// behind the record, unless that is null.
Status MakeFactors(const ModelTensor& input, const ModelTensor& filter, const ModelTensor& output,
                   int axis, int32_t channels, Factors* factors, void* behind);

// MakeFactors of an operator whose first inputs are input and filter; or, where `single` is
// given, this one factor.
Status MakeFactorsOf(const Node& node, int axis, int32_t channels, const Multiplier* single,
                     Factors* factors, void* behind);

struct FilterOperands {
  Operand input;
  Operand filter;
  Operand bias;
  Operand output;
};
FilterOperands FilterOperandsOf(const Node& node, const StepWriter& writer);

template <typename Params>
struct QuantizedFilterRecord {
  Params p;
  FilterOperands at;
  Factors factors;
};

template <typename Params, typename Value, typename Bias, auto kKernel>
bool RunQuantizedFilter(const void* record, const RunContext& run) {
  const auto* r = static_cast<const QuantizedFilterRecord<Params>*>(record);
  return kKernel(r->p, run.Read<Value>(r->at.input), run.Read<int8_t>(r->at.filter),
                 run.ReadUnaligned<Bias>(r->at.bias), r->factors.Scales(r),
                 run.Write<Value>(r->at.output), run.stop);
}

// A filter of int4 becomes int8 in scratch, at each run.
template <typename Params>
struct Int4FilterRecord {
  Params p;
  FilterOperands at;
  Operand unpacked;
  uint32_t elements;
  Factors factors;
};

template <typename Params, auto kKernel>
bool RunInt4Filter(const void* record, const RunContext& run) {
  const auto* r = static_cast<const Int4FilterRecord<Params>*>(record);
  auto* filter = run.Write<int8_t>(r->unpacked);
  return UnpackInt4(run.Address(r->at.filter), r->elements, filter, run.stop) &&
         kKernel(r->p, run.Read<int8_t>(r->at.input), filter,
                 run.ReadUnaligned<int32_t>(r->at.bias), r->factors.Scales(r),
                 run.Write<int8_t>(r->at.output), run.stop);
}

template <typename Params>
Status WriteQuantizedFilterStep(RunStep run, const Node& node, const Params& p, int axis,
                                int32_t channels, const Multiplier* single, StepWriter& writer) {
  auto* r = writer.Add<QuantizedFilterRecord<Params>>(run, Factors::Bytes(node.input(1).scales()));
  Factors factors;
  Status s = MakeFactorsOf(node, axis, channels, single, &factors, r == nullptr ? nullptr : r + 1);
  if (s.ok() && r != nullptr) *r = {p, FilterOperandsOf(node, writer), factors};
  return s;
}

// Writes the step of an operator on `Value`s with the factors of MakeFactorsOf.
template <typename Value, typename Bias, auto kKernel, typename Params>
Status WriteQuantizedFilter(const Node& node, const Params& p, int axis, int32_t channels,
                            const Multiplier* single, StepWriter& writer) {
  return WriteQuantizedFilterStep(RunQuantizedFilter<Params, Value, Bias, kKernel>, node, p, axis,
                                  channels, single, writer);
}

// The same for int8, whose filter may be int4.
template <auto kKernel, typename Params>
Status WriteFilterS8(const Node& node, const Params& p, int axis, int32_t channels,
                     const Multiplier* single, StepWriter& writer) {
  const ModelTensor filter = node.input(1);
  if (filter.type() == tflite::TensorType::INT8)
    return WriteQuantizedFilter<int8_t, int32_t, kKernel>(node, p, axis, channels, single, writer);
  const auto elements = static_cast<uint32_t>(filter.elements());
  auto* r = writer.Add<Int4FilterRecord<Params>>(RunInt4Filter<Params, kKernel>,
                                                 Factors::Bytes(filter.scales()));
  Factors factors;
  Status s = MakeFactorsOf(node, axis, channels, single, &factors, r == nullptr ? nullptr : r + 1);
  const Operand unpacked = writer.Scratch(elements);
  if (s.ok() && r != nullptr) *r = {p, FilterOperandsOf(node, writer), unpacked, elements, factors};
  return s;
}
template <typename Bias, auto kKernel, typename Params>
Status WriteFilterS16(const Node& node, const Params& p, int axis, int32_t channels,
                      const Multiplier* single, StepWriter& writer) {
  return WriteQuantizedFilter<int16_t, Bias, kKernel>(node, p, axis, channels, single, writer);
}

// The type of an operator's sums with int16 activations: that of its bias, and `without` one
// what the options say, int64 unless that is int32.
tflite::TensorType SumTypeOf(const Node& node, tflite::TensorType without);

// Whether the filter is int8, also where activations are float32.
bool IsHybrid(const Node& node);
// That its zero is at 0, and as CheckFilterScales.
Status CheckHybrid(const Node& node, int axis, int32_t channels);

// The filter's scales lie behind the record.
template <typename Params>
struct HybridFilterRecord {
  Params p;
  FilterOperands at;
  Operand row;
  int32_t scales;
};

template <typename Params, auto kKernel>
bool RunHybridFilter(const void* record, const RunContext& run) {
  const auto* r = static_cast<const HybridFilterRecord<Params>*>(record);
  const FilterScales scales(reinterpret_cast<const float*>(r + 1), r->scales);
  return kKernel(r->p, run.Read<float>(r->at.input), run.Read<int8_t>(r->at.filter),
                 run.ReadUnaligned<float>(r->at.bias), scales, run.Write<int8_t>(r->row),
                 run.Write<float>(r->at.output), run.stop);
}

// `row` elements are quantised together. Requires what CheckHybrid checks.
template <auto kKernel, typename Params>
Status WriteFilterHybrid(const Node& node, const Params& p, int64_t row, StepWriter& writer) {
  const ModelTensor filter = node.input(1);
  const int32_t scales = filter.scales();
  auto* r = writer.Add<HybridFilterRecord<Params>>(RunHybridFilter<Params, kKernel>,
                                                   static_cast<size_t>(scales) * sizeof(float));
  const Operand scratch = writer.Scratch(static_cast<uint32_t>(row));
  if (r == nullptr) return Status();
  *r = {p, FilterOperandsOf(node, writer), scratch, scales};
  auto* values = reinterpret_cast<float*>(r + 1);
  for (int32_t c = 0; c < scales; ++c) values[c] = filter.scale(c);
  return Status();
}

template <typename Params>
struct FilterF32Record {
  Params p;
  FilterOperands at;
};

template <typename Params, auto kKernel>
bool RunFilterF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FilterF32Record<Params>*>(record);
  return kKernel(r->p, run.Read<float>(r->at.input), run.ReadUnaligned<float>(r->at.filter),
                 run.ReadUnaligned<float>(r->at.bias), run.Write<float>(r->at.output), run.stop);
}

template <auto kKernel, typename Params>
Status WriteFilterF32(const Node& node, const Params& p, StepWriter& writer) {
  auto* r = writer.Add<FilterF32Record<Params>>(RunFilterF32<Params, kKernel>);
  if (r != nullptr) *r = {p, FilterOperandsOf(node, writer)};
  return Status();
}

}  // namespace moonlet
