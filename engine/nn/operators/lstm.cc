// UNIDIRECTIONAL_SEQUENCE_LSTM: frames {batches, steps, depth}; per gate weights {units,
// depth}, recurrent weights {units, units} and a bias {units}; two variables, the hidden and
// the cell state {batches, units}.
#include "engine/kernels/lstm.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

// The operator's inputs, gate by gate where there are four.
constexpr int kWeights = 1;
constexpr int kRecurrent = 5;
constexpr int kBiases = 12;
constexpr int kHidden = 18;
constexpr int kCell = 19;
constexpr int kInputs = 24;
// What makes other kinds of LSTM: peepholes, a projection, normalised layers.
constexpr int kUnused[] = {9, 10, 11, 16, 17, 20, 21, 22, 23};

struct LstmOperands {
  Operand input;
  Operand weights[kLstmGates];
  Operand recurrent[kLstmGates];
  Operand bias[kLstmGates];
  Operand hidden;
  Operand cell;
  Operand gates;
  Operand output;
};

template <typename Params>
struct LstmRecord {
  Params p;
  LstmOperands at;
};

template <typename T>
bool RunLstmInteger(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LstmRecord<LstmIntegerParams>*>(record);
  LstmIntegerWeights<T> weights;
  for (int g = 0; g < kLstmGates; ++g) {
    weights.input[g] = run.Read<int8_t>(r->at.weights[g]);
    weights.recurrent[g] = run.Read<int8_t>(r->at.recurrent[g]);
    weights.bias[g] = run.ReadUnaligned<LstmBias<T>>(r->at.bias[g]);
  }
  return LstmInteger<T>(r->p, run.Read<T>(r->at.input), weights, run.Write<T>(r->at.hidden),
                        run.Write<int16_t>(r->at.cell), run.Write<int16_t>(r->at.gates),
                        run.Write<T>(r->at.output), run.stop);
}

bool RunLstmF32(const void* record, const RunContext& run) {
  const auto* r = static_cast<const LstmRecord<LstmF32Params>*>(record);
  LstmF32Weights weights;
  for (int g = 0; g < kLstmGates; ++g) {
    weights.input[g] = run.ReadUnaligned<float>(r->at.weights[g]);
    weights.recurrent[g] = run.ReadUnaligned<float>(r->at.recurrent[g]);
    weights.bias[g] = run.ReadUnaligned<float>(r->at.bias[g]);
  }
  return LstmF32(r->p, run.Read<float>(r->at.input), weights, run.Write<float>(r->at.hidden),
                 run.Write<float>(r->at.cell), run.Write<float>(r->at.gates),
                 run.Write<float>(r->at.output), run.stop);
}

Status CheckInputs(const Node& node) {
  if (node.inputs() > kInputs)
    return Status::Invalid("%d inputs, expected at most %d", node.inputs(), kInputs);
  if (node.outputs() != 1) return Status::Invalid("%d outputs, expected 1", node.outputs());
  for (const int k : kUnused)
    if (node.has_input(k))
      return Status::Unsupported("input %d is given: no peepholes, projection or normalisation",
                                 k + 1);
  for (int k = 0; k <= kCell; ++k) {
    const bool unused = (k >= kWeights + 8 && k < kBiases) || (k >= kBiases + 4 && k < kHidden);
    if (!unused && !node.has_input(k)) return Status::Invalid("input %d is left out", k + 1);
  }
  return Status();
}

struct LstmTypes {
  TensorType activations;
  TensorType weights;
  TensorType bias;
  TensorType cell;
};

Status CheckGate(const Node& node, int g, const LstmTypes& types, int32_t depth, int32_t units) {
  const ModelTensor weights = node.input(kWeights + g);
  const ModelTensor recurrent = node.input(kRecurrent + g);
  const ModelTensor bias = node.input(kBiases + g);
  const int32_t weight_shape[] = {units, depth};
  const int32_t recurrent_shape[] = {units, units};
  Status s = CheckType("weights", weights, types.weights);
  if (s.ok()) s = CheckType("recurrent weights", recurrent, types.weights);
  if (s.ok()) s = CheckType("bias", bias, types.bias);
  if (s.ok()) s = CheckConstant("weights", weights);
  if (s.ok()) s = CheckConstant("recurrent weights", recurrent);
  if (s.ok()) s = CheckConstant("bias", bias);
  if (s.ok()) s = CheckShape("weights", weights, weight_shape);
  if (s.ok()) s = CheckShape("recurrent weights", recurrent, recurrent_shape);
  if (s.ok()) s = CheckShape("bias", bias, {&units, 1});
  return s;
}

Status CheckState(const char* role, const ModelTensor& state, TensorType type,
                  const LstmShape& shape) {
  const int32_t expected[] = {shape.batches, shape.units};
  Status s = CheckType(role, state, type);
  if (s.ok()) s = CheckVariable(role, state);
  if (s.ok()) s = CheckShape(role, state, expected);
  return s;
}

Status CheckLstm(const Node& node, const LstmTypes& types, LstmShape* shape, float* cell_clip) {
  if (Status s = CheckInputs(node); !s.ok()) return s;
  const auto* options = node.table().builtin_options_as_UnidirectionalSequenceLSTMOptions();
  if (options == nullptr) return MissingOptions();
  Activation activation;
  const ModelTensor input = node.input(0);
  Status s = CheckActivation(options->fused_activation_function(), &activation);
  if (s.ok() && activation != Activation::kTanh)
    s = Status::Unsupported("fused activation %d, expected TANH", static_cast<int>(activation));
  if (s.ok()) s = CheckRank("input", input, 3);
  if (s.ok()) s = CheckAligned("input", input);
  if (s.ok()) s = CheckRank("weights", node.input(kWeights), 2);
  if (!s.ok()) return s;
  shape->time_major = options->time_major();
  shape->batches = input.dim(shape->time_major ? 1 : 0);
  shape->steps = input.dim(shape->time_major ? 0 : 1);
  shape->depth = input.dim(2);
  shape->units = node.input(kWeights).dim(0);
  *cell_clip = options->cell_clip();
  for (int g = 0; s.ok() && g < kLstmGates; ++g)
    s = CheckGate(node, g, types, shape->depth, shape->units);
  const int32_t output_shape[] = {input.dim(0), input.dim(1), shape->units};
  if (s.ok()) s = CheckState("hidden state", node.input(kHidden), types.activations, *shape);
  if (s.ok()) s = CheckState("cell state", node.input(kCell), types.cell, *shape);
  if (s.ok()) s = CheckShape("output", node.output(0), output_shape);
  return s;
}

// Zero points, and what is made of the scales.
Status CheckQuantization(const Node& node, float cell_clip, LstmIntegerParams* p) {
  LstmScales scales;
  Status s = CheckQuantized("input", node.input(0));
  if (s.ok()) s = CheckQuantized("hidden state", node.input(kHidden));
  if (s.ok()) s = CheckQuantized("cell state", node.input(kCell));
  for (int g = 0; s.ok() && g < kLstmGates; ++g) {
    const ModelTensor weights = node.input(kWeights + g);
    const ModelTensor recurrent = node.input(kRecurrent + g);
    s = CheckQuantized("weights", weights);
    if (s.ok()) s = CheckQuantized("recurrent weights", recurrent);
    if (!s.ok()) return s;
    scales.weights[g] = weights.scale();
    scales.recurrent[g] = recurrent.scale();
    p->gates[g].weight_zero = static_cast<int16_t>(weights.zero_point());
    p->gates[g].recurrent_zero = static_cast<int16_t>(recurrent.zero_point());
  }
  if (!s.ok()) return s;
  scales.input = node.input(0).scale();
  scales.hidden = node.input(kHidden).scale();
  scales.cell = node.input(kCell).scale();
  p->input_zero = static_cast<int16_t>(node.input(0).zero_point());
  p->hidden_zero = static_cast<int16_t>(node.input(kHidden).zero_point());
  if (MakeLstmScales(scales, cell_clip, p)) return Status();
  return Status::Invalid("scales of input, %g, hidden state, %g, or cell state, %g, out of range",
                         static_cast<double>(scales.input), static_cast<double>(scales.hidden),
                         static_cast<double>(scales.cell));
}

template <typename Params>
void WriteLstm(const Node& node, const Params& p, RunStep run, Operand gates, StepWriter& writer) {
  auto* r = writer.Add<LstmRecord<Params>>(run);
  if (r == nullptr) return;
  r->p = p;
  r->at.input = writer.At(node.input(0));
  for (int g = 0; g < kLstmGates; ++g) {
    r->at.weights[g] = writer.At(node.input(kWeights + g));
    r->at.recurrent[g] = writer.At(node.input(kRecurrent + g));
    r->at.bias[g] = writer.At(node.input(kBiases + g));
  }
  r->at.hidden = writer.At(node.input(kHidden));
  r->at.cell = writer.At(node.input(kCell));
  r->at.gates = gates;
  r->at.output = writer.At(node.output(0));
}

Status PrepareLstmInteger(const Node& node, const LstmTypes& types, RunStep run,
                          StepWriter& writer) {
  LstmIntegerParams p;
  float cell_clip;
  Status s = CheckLstm(node, types, &p.shape, &cell_clip);
  if (s.ok()) s = CheckQuantization(node, cell_clip, &p);
  if (!s.ok()) return s;
  // The weights lie in the file and are larger: no overflow.
  const auto bytes = static_cast<uint32_t>(p.shape.units) * kLstmGates * sizeof(int16_t);
  WriteLstm(node, p, run, writer.Scratch(static_cast<uint32_t>(bytes)), writer);
  return s;
}

}  // namespace

Status PrepareLstmS8(const Node& node, StepWriter& writer) {
  constexpr LstmTypes kTypes = {TensorType::INT8, TensorType::INT8, TensorType::INT32,
                                TensorType::INT16};
  return PrepareLstmInteger(node, kTypes, RunLstmInteger<int8_t>, writer);
}

Status PrepareLstmS16(const Node& node, StepWriter& writer) {
  constexpr LstmTypes kTypes = {TensorType::INT16, TensorType::INT8, TensorType::INT64,
                                TensorType::INT16};
  return PrepareLstmInteger(node, kTypes, RunLstmInteger<int16_t>, writer);
}

Status PrepareLstmF32(const Node& node, StepWriter& writer) {
  constexpr LstmTypes kTypes = {TensorType::FLOAT32, TensorType::FLOAT32, TensorType::FLOAT32,
                                TensorType::FLOAT32};
  LstmF32Params p;
  if (Status s = CheckLstm(node, kTypes, &p.shape, &p.cell_clip); !s.ok()) return s;
  const auto bytes = static_cast<uint32_t>(p.shape.units) * (kLstmGates + 1) * sizeof(float);
  WriteLstm(node, p, RunLstmF32, writer.Scratch(static_cast<uint32_t>(bytes)), writer);
  return Status();
}

const StepList kLstmSteps = ListSteps<Step<LstmRecord<LstmIntegerParams>, RunLstmInteger<int8_t>>,
                                      Step<LstmRecord<LstmIntegerParams>, RunLstmInteger<int16_t>>,
                                      Step<LstmRecord<LstmF32Params>, RunLstmF32>>();

}  // namespace moonlet
