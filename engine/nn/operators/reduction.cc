// SUM, MEAN, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD: input, constant axes.
#include "engine/kernels/reduction.h"

#include "engine/nn/analyze.h"
#include "engine/nn/checks.h"
#include "engine/nn/operators/along_axis.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::BuiltinOperator;
using tflite::TensorType;

template <typename Params>
struct ReductionRecord {
  [[no_unique_address]] Params p;
  Reduction reduction;
  Operand input;
  Operand output;
};

template <typename T, auto kKernel, typename Params>
bool RunReduction(const void* record, const RunContext& run) {
  const auto* r = static_cast<const ReductionRecord<Params>*>(record);
  const T* input = run.Read<T>(r->input);
  T* output = run.Write<T>(r->output);
  if constexpr (std::is_same_v<Params, NoParams>) {
    return kKernel(r->reduction, input, output, run.stop);
  } else {
    return kKernel(r->p, r->reduction, input, output, run.stop);
  }
}

template <typename T, auto kKernel, typename Params = NoParams>
using ReductionStep = Step<ReductionRecord<Params>, RunReduction<T, kKernel, Params>>;

template <typename Params>
void WriteReductionStep(RunStep run, const Node& node, const Params& p, const Reduction& reduction,
                        StepWriter& writer) {
  auto* r = writer.Add<ReductionRecord<Params>>(run);
  if (r != nullptr) *r = {p, reduction, writer.At(node.input(0)), writer.At(node.output(0))};
}

template <typename T, auto kKernel, typename Params>
void WriteReduction(const Node& node, const Params& p, const Reduction& reduction,
                    StepWriter& writer) {
  WriteReductionStep(RunReduction<T, kKernel, Params>, node, p, reduction, writer);
}

// The set of axes, from a scalar or a list in which one may stand twice.
Status CheckAxes(const ModelTensor& axes, const ModelTensor& input, uint32_t* set) {
  Status s = CheckType("axes", axes, TensorType::INT32);
  if (s.ok()) s = CheckConstant("axes", axes);
  if (s.ok() && axes.rank() > 1) s = CheckRank("axes", axes, 1);
  const Unaligned<int32_t> values(axes.data().data());
  *set = 0;
  for (int64_t i = 0; s.ok() && i < axes.elements(); ++i) {
    int axis;
    s = CheckAxis(values[static_cast<std::ptrdiff_t>(i)], input, &axis);
    if (s.ok()) *set |= 1u << axis;
  }
  return s;
}

Status CheckReduction(const Node& node, Reduction* reduction) {
  if (Status s = CheckCounts(node, 2, 2); !s.ok()) return s;
  const tflite::ReducerOptions* options = node.table().builtin_options_as_ReducerOptions();
  if (options == nullptr) return MissingOptions();
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  uint32_t axes = 0;
  Status s = CheckType("output", output, input.type());
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckAxes(node.input(1), input, &axes);
  if (!s.ok()) return s;
  static_assert(Reduction::kMaxRank >= kMaxModelRank);
  int32_t expected[kMaxModelRank];
  size_t rank = 0;
  for (int axis = 0; axis < input.rank(); ++axis) {
    const bool gone = (axes >> axis & 1u) != 0;
    if (!gone) expected[rank++] = input.dim(axis);
    if (gone && options->keep_dims()) expected[rank++] = 1;
  }
  *reduction = MakeReduction(input.shape(), axes);
  return CheckShape("output", output, {expected, rank});
}

// One multiplier, by `make` from both scales; zero points.
template <typename Make>
Status CheckReductionScales(const Node& node, Make make, SumParams* p) {
  const ModelTensor input = node.input(0);
  const ModelTensor output = node.output(0);
  Status s = CheckQuantized("input", input);
  if (s.ok()) s = CheckQuantized("output", output);
  if (!s.ok()) return s;
  if (!make(input.scale(), output.scale(), &p->scale))
    return Status::Invalid("scales %g / %g are out of range", static_cast<double>(input.scale()),
                           static_cast<double>(output.scale()));
  p->input_zero = input.zero_point();
  p->output_zero = output.zero_point();
  return s;
}

// Raw values are compared, so both sides must mean the same by them.
Status CheckSameScale(const ModelTensor& input, const ModelTensor& output) {
  if (input.scale() == output.scale() && input.zero_point() == output.zero_point()) return Status();
  return Status::Invalid("%s has scale %g, zero point %d, expected the input's %g, %d",
                         TensorLabel("output", output).text, static_cast<double>(output.scale()),
                         output.zero_point(), static_cast<double>(input.scale()),
                         input.zero_point());
}

template <typename T>
void WriteExtreme(const Node& node, const Reduction& reduction, StepWriter& writer) {
  if (node.code() == BuiltinOperator::REDUCE_MAX) {
    WriteReduction<T, ReduceMax<T>>(node, NoParams(), reduction, writer);
  } else {
    WriteReduction<T, ReduceMin<T>>(node, NoParams(), reduction, writer);
  }
}

}  // namespace

Status PrepareReduceSum(const Node& node, StepWriter& writer) {
  Reduction reduction;
  SumParams p;
  if (Status s = CheckReduction(node, &reduction); !s.ok()) return s;
  const bool mean = node.code() == BuiltinOperator::MEAN;
  const auto make = [&](float input, float output, Multiplier* scale) {
    return mean ? MakeMeanScale(input, output, reduction.count, scale)
                : MakeSumScale(input, output, scale);
  };
  if (Status s = CheckReductionScales(node, make, &p); !s.ok()) return s;
  if (node.input(0).type() == TensorType::INT8) {
    WriteReduction<int8_t, ReduceSum<int8_t>>(node, p, reduction, writer);
  } else {
    WriteReduction<int16_t, ReduceSum<int16_t>>(node, p, reduction, writer);
  }
  return Status();
}

Status PrepareReduceProduct(const Node& node, StepWriter& writer) {
  Reduction reduction;
  SumParams p;
  if (Status s = CheckReduction(node, &reduction); !s.ok()) return s;
  const auto make = [&](float input, float output, Multiplier* scale) {
    return MakeProductScale(input, output, reduction.count, scale);
  };
  if (Status s = CheckReductionScales(node, make, &p); !s.ok()) return s;
  if (node.input(0).type() == TensorType::INT8) {
    WriteReduction<int8_t, ReduceProduct<int8_t>>(node, p, reduction, writer);
  } else {
    WriteReduction<int16_t, ReduceProduct<int16_t>>(node, p, reduction, writer);
  }
  return Status();
}

Status PrepareReducePlain(const Node& node, StepWriter& writer) {
  Reduction reduction;
  Status s = CheckReduction(node, &reduction);
  if (s.ok()) s = CheckUnquantized("input", node.input(0));
  if (!s.ok()) return s;
  const bool wide = node.input(0).type() == TensorType::INT64;
  const bool sum = node.code() == BuiltinOperator::SUM;
  const NoParams p;
  if (sum && wide) WriteReduction<int64_t, ReduceSumPlain<int64_t>>(node, p, reduction, writer);
  if (sum && !wide) WriteReduction<int32_t, ReduceSumPlain<int32_t>>(node, p, reduction, writer);
  if (!sum && wide)
    WriteReduction<int64_t, ReduceProductPlain<int64_t>>(node, p, reduction, writer);
  if (!sum && !wide)
    WriteReduction<int32_t, ReduceProductPlain<int32_t>>(node, p, reduction, writer);
  return s;
}

Status PrepareReduceF32(const Node& node, StepWriter& writer) {
  Reduction reduction;
  if (Status s = CheckReduction(node, &reduction); !s.ok()) return s;
  const NoParams p;
  switch (node.code()) {
    case BuiltinOperator::MEAN:
      WriteReduction<float, ReduceMeanF32>(node, p, reduction, writer);
      break;
    case BuiltinOperator::REDUCE_PROD:
      WriteReduction<float, ReduceProductF32>(node, p, reduction, writer);
      break;
    default:
      WriteReduction<float, ReduceSumF32>(node, p, reduction, writer);
  }
  return Status();
}

Status PrepareReduceExtreme(const Node& node, StepWriter& writer) {
  Reduction reduction;
  Status s = CheckReduction(node, &reduction);
  if (s.ok()) s = CheckSameScale(node.input(0), node.output(0));
  if (!s.ok()) return s;
  const TensorType type = node.input(0).type();
  if (type == TensorType::INT8) WriteExtreme<int8_t>(node, reduction, writer);
  if (type == TensorType::INT16) WriteExtreme<int16_t>(node, reduction, writer);
  if (type == TensorType::INT32) WriteExtreme<int32_t>(node, reduction, writer);
  if (type == TensorType::INT64) WriteExtreme<int64_t>(node, reduction, writer);
  if (type == TensorType::FLOAT32) WriteExtreme<float>(node, reduction, writer);
  return s;
}

const StepList kReductionSteps =
    ListSteps<ReductionStep<int8_t, ReduceSum<int8_t>, SumParams>,
              ReductionStep<int8_t, ReduceProduct<int8_t>, SumParams>,
              ReductionStep<int16_t, ReduceSum<int16_t>, SumParams>,
              ReductionStep<int16_t, ReduceProduct<int16_t>, SumParams>,
              ReductionStep<int32_t, ReduceSumPlain<int32_t>, NoParams>,
              ReductionStep<int32_t, ReduceProductPlain<int32_t>, NoParams>,
              ReductionStep<int64_t, ReduceSumPlain<int64_t>, NoParams>,
              ReductionStep<int64_t, ReduceProductPlain<int64_t>, NoParams>,
              ReductionStep<float, ReduceMeanF32, NoParams>,
              ReductionStep<float, ReduceProductF32, NoParams>,
              ReductionStep<float, ReduceSumF32, NoParams>,
              ReductionStep<int8_t, ReduceMax<int8_t>, NoParams>,
              ReductionStep<int8_t, ReduceMin<int8_t>, NoParams>,
              ReductionStep<int16_t, ReduceMax<int16_t>, NoParams>,
              ReductionStep<int16_t, ReduceMin<int16_t>, NoParams>,
              ReductionStep<int32_t, ReduceMax<int32_t>, NoParams>,
              ReductionStep<int32_t, ReduceMin<int32_t>, NoParams>,
              ReductionStep<int64_t, ReduceMax<int64_t>, NoParams>,
              ReductionStep<int64_t, ReduceMin<int64_t>, NoParams>,
              ReductionStep<float, ReduceMax<float>, NoParams>,
              ReductionStep<float, ReduceMin<float>, NoParams>>();

}  // namespace moonlet
