// engine/nn/operators/filter.h - what CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and
// TRANSPOSE_CONV check alike, and what their steps look like: parameters of their own, the same
// operands, and for the quantised types the same factors.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include "engine/base/isa.h"
#include "engine/base/status.h"
#include "engine/base/workers.h"
#include "engine/kernels/filter_s8.h"
#include "engine/kernels/fixed_point.h"
#include "engine/kernels/hybrid.h"
#include "engine/kernels/int4.h"
#include "engine/nn/graph.h"
#include "engine/nn/macs.h"
#include "engine/nn/operators/share_f32.h"
#include "engine/nn/prepare.h"
#include "engine/nn/step_list.h"

namespace moonlet {

// Input, filter and perhaps a bias: a constant filter of `type` and an input that can be
// read.
Status CheckFilter(const Node& node, tflite::TensorType type);
// A bias, if there is one as that input, has `channels` values of `type`.
Status CheckBias(const Node& node, tflite::TensorType type, int32_t channels, int input = 2);

// The type of an int8 operator's filter: int4 where it has that, else int8.
tflite::TensorType FilterTypeS8(const Node& node);

// One scale, or one for each of the channels along `axis`.
Status CheckFilterScales(const ModelTensor& filter, int axis, int32_t channels);

// The factors from accumulator to output as the file gives them: one for all, or the scales
// that a channel's is made of.
struct LayerFactors {
  Multiplier single;
  Operand scales;  // one float per channel in the file; else `single` holds
  float input = 0;
  float output = 0;

  ChannelScales Scales(const ConstantMemory& constants) const {
    if (scales.at == Operand::kNone) return ChannelScales(single);
    return ChannelScales(input, Unaligned<float>(constants.At(scales)), output);
  }
};

// input scale * filter scale / output scale, for a filter with one scale or one for each of the
// channels along `axis`.
Status MakeFactors(const ModelTensor& input, const ModelTensor& filter, const ModelTensor& output,
                   int axis, int32_t channels, const StepWriter& writer, LayerFactors* factors);

struct FilterOperands {
  Operand input;
  Operand filter;
  Operand bias;
  Operand output;
};
FilterOperands FilterOperandsOf(const Node& node, const StepWriter& writer);

// What a step with a quantised filter reads: the family's parameters, then, if what its kernel
// makes of the filter is made anew in each run, the factors.
template <typename P>
struct QuantizedFilterRecord {
  P p;
  FilterOperands at;
  Operand scratch;    // or none: it is with that of the shares
  uint32_t prepared;  // in the session's prepared memory, or kDerived
  uint32_t int4;      // weights that are int4, or 0
  uint32_t large;     // whether threads are worth waking

  static constexpr uint32_t kDerived = 0xFFFFFFFF;
  const LayerFactors& factors() const { return *reinterpret_cast<const LayerFactors*>(this + 1); }
};

// Multiply-adds that take some microseconds: to wake a thread takes a few.
inline constexpr uint64_t kLargeLayer = 200000;

constexpr size_t RoundUpForKernel(size_t bytes) {
  return (bytes + kKernelAlignment - 1) / kKernelAlignment * kKernelAlignment;
}

// The memory of a quantised filter: its weights where they are int4, as int8, then what the
// kernel prepares. In prepared memory, or at the begin of the step's scratch.
template <typename Layer>
struct FilterMemory {
  size_t weights;
  size_t prepared;

  FilterMemory(const typename Layer::Params& p, uint32_t int4, KernelsOf machine)
      : weights(RoundUpForKernel(int4)),
        prepared(RoundUpForKernel(Layer::PreparedBytes(p, machine))) {}
  size_t bytes() const { return weights + prepared; }
};

// Has the workers do a layer's shares, each in scratch of its own: work(layer, share) tells
// whether it finished.
template <typename Work>
bool RunShares(const RunContext& run, const LayerS8& layer, size_t scratch_bytes,
               const Work& work) {
  struct Shares {
    const RunContext& run;
    const LayerS8& layer;
    size_t scratch_bytes;
    const Work& work;
    std::atomic<bool> stopped{false};
  } shares = {run, layer, RoundUpForKernel(scratch_bytes), work};
  const auto run_share = [](void* context, int index) {
    auto* s = static_cast<Shares*>(context);
    LayerS8 mine = s->layer;
    if (index > 0)
      mine.scratch = s->run.share_scratch + static_cast<size_t>(index) * s->scratch_bytes;
    const Share share = {index, s->run.workers->count()};
    if (!s->work(mine, share)) s->stopped.store(true, std::memory_order_relaxed);
  };
  run.workers->Run(run_share, &shares);
  return !shares.stopped.load(std::memory_order_relaxed);
}

// Fills the memory. False when stopped.
template <typename Layer>
bool MakeFilter(const QuantizedFilterRecord<typename Layer::Params>& r, const LayerFactors& factors,
                KernelsOf machine, const ConstantMemory& constants, const StopToken& stop,
                uint8_t* memory) {
  const FilterMemory<Layer> sizes(r.p, r.int4, machine);
  const uint8_t* filter = constants.At(r.at.filter);
  const uint8_t* bias = r.at.bias.at == Operand::kNone ? nullptr : constants.At(r.at.bias);
  const auto* weights = reinterpret_cast<const int8_t*>(filter);
  if (r.int4 > 0) {
    auto* unpacked = reinterpret_cast<int8_t*>(memory);
    if (!UnpackInt4(filter, r.int4, unpacked, stop)) return false;
    weights = unpacked;
  }
  Layer::Prepare(r.p, machine, weights, bias, factors.Scales(constants), memory + sizes.weights);
  return true;
}

// A layer with a window on some of the rows of its image: what is cut off on top counts as
// padding that is further down.
template <typename Params>
Params OnRows(const Params& p, const RowBand& rows) {
  Params part = p;
  Axis& y = part.window.y;
  y.pad += rows.input_first - rows.output_first * y.stride;
  y.input = rows.input_rows;
  y.output = rows.output_rows;
  return part;
}

template <typename Layer>
bool RunFilter(const void* record, const RunContext& run) {
  using Value = typename Layer::Value;
  using Params = typename Layer::Params;
  const auto* r = static_cast<const QuantizedFilterRecord<Params>*>(record);
  const bool apart = r->scratch.at == Operand::kNone;
  uint8_t* scratch = apart ? run.share_scratch : run.Write<uint8_t>(r->scratch);
  const uint8_t* memory = scratch;
  if (r->prepared == r->kDerived) {
    if (!MakeFilter<Layer>(*r, r->factors(), KernelsOf::kThisMachine, run.constants, run.stop,
                           scratch))
      return false;
    scratch += FilterMemory<Layer>(r->p, r->int4, KernelsOf::kThisMachine).bytes();
  } else {
    memory = run.prepared + r->prepared;
  }
  const uint8_t* weights = r->int4 > 0 ? memory : run.Address(r->at.filter);
  const LayerS8 layer = {reinterpret_cast<const int8_t*>(weights),
                         memory + RoundUpForKernel(r->int4), scratch};
  const Value* input = run.Read<Value>(r->at.input);
  Value* output = run.Write<Value>(r->at.output);
  const Params* p = &r->p;
  [[maybe_unused]] Params part;
  if constexpr (requires { part.window; }) {
    if (run.rows != nullptr) {
      part = OnRows(r->p, *run.rows);
      p = &part;
      input += run.rows->input_at / sizeof(Value);
      output += run.rows->output_at / sizeof(Value);
    }
  }
  const auto work = [&](const LayerS8& mine, Share share) {
    return Layer::Run(*p, input, mine, run.Address(r->at.bias), output, share, run.stop);
  };
  if (run.workers == nullptr || r->large == 0) return work(layer, Share());
  return RunShares(run, layer, Layer::ScratchBytes(r->p, KernelsOf::kThisMachine), work);
}

template <typename Layer>
using FilterStep = Step<QuantizedFilterRecord<typename Layer::Params>, RunFilter<Layer>>;

// Writes the step of an operator whose factors are known.
template <typename Layer>
Status WriteFilterStep(const Node& node, const typename Layer::Params& p, const FilterOperands& at,
                       uint32_t int4, const LayerFactors& factors, StepWriter& writer) {
  using Record = QuantizedFilterRecord<typename Layer::Params>;
  const KernelsOf machine = writer.kernels();
  const FilterMemory<Layer> sizes(p, int4, machine);
  const bool prepares = writer.prepares();
  constexpr uint64_t kMost = std::numeric_limits<int32_t>::max();
  auto* r = writer.Add<Record>(RunFilter<Layer>, prepares ? 0 : sizeof(LayerFactors));
  const uint32_t prepared = prepares ? writer.Prepared(sizes.bytes()) : Record::kDerived;
  const size_t own = RoundUpForKernel(Layer::ScratchBytes(p, machine));
  const uint64_t scratch = uint64_t{own} + (prepares ? 0 : sizes.bytes());
  if (scratch > kMost) return Status::Unsupported("the filter needs too much memory");
  const bool apart = scratch == 0 || (prepares && writer.scratch_is_apart());
  const Operand at_scratch = apart ? Operand() : writer.Scratch(static_cast<uint32_t>(scratch));
  if (apart) writer.ShareScratch(own);
  if (r == nullptr) return Status();
  *r = {p, at, at_scratch, prepared, int4, MacsOf(node) >= kLargeLayer};
  if (!prepares) {
    new (r + 1) LayerFactors(factors);
    return Status();
  }
  const StopToken never;
  uint8_t* memory = writer.PreparedMemory(prepared, sizes.bytes());
  if (memory != nullptr &&
      !MakeFilter<Layer>(*r, factors, machine, writer.constants(), never, memory))
    return Status::Stopped();
  return Status();
}

// int8 operators run on the kernels of their family.
template <typename P, const FilterKernelS8<P>& (*kThisMachine)(Isa),
          const FilterKernelS8<P>& (*kDevice)()>
struct LayerOfS8 {
  using Params = P;
  using Value = int8_t;

  static const FilterKernelS8<P>& Kernel(KernelsOf machine) {
    return machine == KernelsOf::kDevice ? kDevice() : kThisMachine(HostIsa());
  }
  static size_t PreparedBytes(const P& p, KernelsOf machine) {
    return Kernel(machine).prepared_bytes(p);
  }
  static size_t ScratchBytes(const P& p, KernelsOf machine) {
    return Kernel(machine).scratch_bytes(p);
  }
  static void Prepare(const P& p, KernelsOf machine, const int8_t* weights, const uint8_t* bias,
                      ChannelScales scales, uint8_t* prepared) {
    Kernel(machine).prepare(p, {weights, Unaligned<int32_t>(bias), scales}, prepared);
  }
  static bool Run(const P& p, const int8_t* input, const LayerS8& layer, const uint8_t*,
                  int8_t* output, Share share, const StopToken& stop) {
    return Kernel(KernelsOf::kThisMachine).run(p, input, layer, output, share, stop);
  }
};

// int16 operators read bias and weights where they lie, and have their multipliers made once.
template <typename P, typename Bias, auto kKernel>
struct LayerOfS16 {
  using Params = P;
  using Value = int16_t;

  static size_t PreparedBytes(const P& p, KernelsOf) {
    return static_cast<size_t>(OutputChannels(p)) * (sizeof(int32_t) + sizeof(int8_t));
  }
  static size_t ScratchBytes(const P&, KernelsOf) { return 0; }
  static void Prepare(const P& p, KernelsOf, const int8_t*, const uint8_t*, ChannelScales scales,
                      uint8_t* prepared) {
    auto* values = reinterpret_cast<int32_t*>(prepared);
    auto* shifts = reinterpret_cast<int8_t*>(values + OutputChannels(p));
    for (int32_t c = 0; c < OutputChannels(p); ++c) {
      const Multiplier m = scales[c];
      values[c] = m.value;
      shifts[c] = m.shift;
    }
  }
  static bool Run(const P& p, const int16_t* input, const LayerS8& layer, const uint8_t* bias,
                  int16_t* output, Share share, const StopToken& stop) {
    if (share.index > 0) return true;
    const auto* values = reinterpret_cast<const int32_t*>(layer.prepared);
    const auto* shifts = reinterpret_cast<const int8_t*>(values + OutputChannels(p));
    return kKernel(p, input, layer.weights, Unaligned<Bias>(bias), ChannelScales(values, shifts),
                   output, stop);
  }
};

// Writes the step of an operator whose first inputs are input, filter and perhaps a bias, with
// one factor given or those of MakeFactors.
template <typename Layer>
Status WriteFilter(const Node& node, const typename Layer::Params& p, int axis, int32_t channels,
                   const Multiplier* single, StepWriter& writer) {
  const ModelTensor filter = node.input(1);
  LayerFactors factors;
  Status s;
  if (single != nullptr) {
    factors.single = *single;
  } else {
    s = MakeFactors(node.input(0), filter, node.output(0), axis, channels, writer, &factors);
  }
  if (!s.ok()) return s;
  const bool int4 = filter.type() == tflite::TensorType::INT4;
  return WriteFilterStep<Layer>(node, p, FilterOperandsOf(node, writer),
                                int4 ? static_cast<uint32_t>(filter.elements()) : 0, factors,
                                writer);
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

template <typename Params, auto kKernel>
using HybridFilterStep = Step<HybridFilterRecord<Params>, RunHybridFilter<Params, kKernel>>;

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
  uint32_t large;  // whether threads are worth waking
};

template <typename Params, auto kKernel>
bool RunFilterF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const FilterF32Record<Params>*>(record);
  const LayerF32<Params> layer = {
      r->p, run.Read<float>(r->at.input), run.ReadUnaligned<float>(r->at.filter),
      run.ReadUnaligned<float>(r->at.bias), run.Write<float>(r->at.output)};
  const auto work = [&](const LayerS8&, Share share) {
    LayerF32<Params> part = layer;
    if (!Narrow(share, &part)) return true;
    return kKernel(part.p, part.input, part.filter, part.bias, part.output, run.stop);
  };
  if (run.workers == nullptr || r->large == 0) return work({}, {});
  return RunShares(run, {}, 0, work);
}

template <typename Params, auto kKernel>
using FilterF32Step = Step<FilterF32Record<Params>, RunFilterF32<Params, kKernel>>;

template <auto kKernel, typename Params>
Status WriteFilterF32(const Node& node, const Params& p, StepWriter& writer) {
  auto* r = writer.Add<FilterF32Record<Params>>(RunFilterF32<Params, kKernel>);
  if (r != nullptr) *r = {p, FilterOperandsOf(node, writer), MacsOf(node) >= kLargeLayer};
  return Status();
}

}  // namespace moonlet
