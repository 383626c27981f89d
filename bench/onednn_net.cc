#include "bench/onednn_net.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace moonlet {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::primitive_attr;
using dnnl::prop_kind;
using tflite::ActivationFunctionType;
using tflite::BuiltinOperator;

using Type = memory::data_type;
using Tag = memory::format_tag;

// Dense, the last dimension inmost.
constexpr Tag kPlain[] = {Tag::undef, Tag::a, Tag::ab, Tag::abc, Tag::abcd, Tag::abcde};

memory::dims DimsOf(const ModelTensor& tensor) {
  return {tensor.shape().begin(), tensor.shape().end()};
}

Type TypeOf(Quant quant) { return quant.scale == 0 ? Type::f32 : Type::u8; }

memory::desc MatrixOf(memory::dim rows, memory::dim channels, Quant quant) {
  return {{rows, channels}, TypeOf(quant), Tag::nc};
}
memory::desc ImageOf(memory::dim batch, memory::dim channels, const memory::dims& size,
                     Quant quant) {
  return {{batch, channels, size[0], size[1]}, TypeOf(quant), Tag::nhwc};
}

// What of an activation function storing in uint8 does not do by itself.
void AppendClamp(ActivationFunctionType activation, Quant stored, dnnl::post_ops* ops) {
  const float unit = stored.scale == 0 ? 1 : 1 / stored.scale;
  const auto at = [&](float real) { return static_cast<float>(stored.zero_point) + real * unit; };
  float least = std::numeric_limits<float>::lowest(), most = std::numeric_limits<float>::max();
  if (activation == ActivationFunctionType::RELU || activation == ActivationFunctionType::RELU6)
    least = at(0);
  if (activation == ActivationFunctionType::RELU6) most = at(6);
  if (activation == ActivationFunctionType::RELU_N1_TO_1) least = at(-1), most = at(1);
  const bool saturates = stored.scale != 0 && least <= 0 && most >= 254.5F;
  const bool clamps = least > std::numeric_limits<float>::lowest();
  if (clamps && !saturates) ops->append_eltwise(1, algorithm::eltwise_clip, least, most);
}

primitive_attr AttributesOf(const Filter& filter, Quant source, Quant stored, Quant addend) {
  primitive_attr attributes;
  attributes.set_output_scales(1 << 1, filter.Scales(source, stored));
  if (filter.PadsWith(source)) attributes.set_zero_points(DNNL_ARG_SRC, 0, {source.zero_point});
  dnnl::post_ops ops;
  if (addend.scale != 0) ops.append_sum(addend.scale / stored.scale);
  AppendClamp(filter.activation, stored, &ops);
  attributes.set_post_ops(ops);
  return attributes;
}

}  // namespace

// Finds the quickest of all implementations of an operator.
class OneDnnNet::Contest {
 public:
  explicit Contest(OneDnnNet& net) : net_(net) {}

  // `weights`: as they lie, for who has a form of his own for them.
  template <typename Desc>
  void Enter(Desc desc, const Memories& memories, const Memory& weights) {
    do {
      Memories own = memories;
      Memory ordered(desc.weights_desc(), net_.engine_);
      dnnl::reorder(weights, ordered).execute(net_.stream_, const_cast<Memory&>(weights), ordered);
      net_.stream_.wait();
      own.emplace(DNNL_ARG_WEIGHTS, ordered);
      Add(desc, own);
    } while (desc.next_impl());
  }
  template <typename Desc>
  void Enter(Desc desc, const Memories& memories) {
    do Add(desc, memories);
    while (desc.next_impl());
  }

  // Makes the quickest the net's next step. They run in turns, for a trial at a bad moment
  // would tell nothing.
  void Finish(const Node& node) {
    constexpr int kRounds = 10, kRuns = 30;
    constexpr double kHopeless = 3;  // so many times as slow as the best
    double best = std::numeric_limits<double>::max();
    for (int round = 0; round < kRounds; ++round) {
      for (Entrant& entrant : entrants_) {
        for (int i = 0; i < kRuns && (round + i < 2 || entrant.least < kHopeless * best); ++i)
          entrant.least = std::min(entrant.least, net_.Time(entrant.step));
        best = std::min(best, entrant.least);
      }
    }
    Entrant& winner =
        *std::min_element(entrants_.begin(), entrants_.end(),
                          [](const Entrant& a, const Entrant& b) { return a.least < b.least; });
    net_.layers_.push_back({node.index(), winner.name, std::numeric_limits<double>::max()});
    net_.steps_.push_back(std::move(winner.step));
  }

 private:
  struct Entrant {
    Step step;
    std::string name;
    double least = std::numeric_limits<double>::max();  // microseconds
  };

  template <typename Desc>
  void Add(const Desc& desc, const Memories& memories) {
    Step step{dnnl::primitive(desc), memories, {}};
    for (const auto& [argument, memory] : memories)
      step.arguments.push_back({argument, memory.get()});
    entrants_.push_back({std::move(step), desc.impl_info_str()});
  }

  OneDnnNet& net_;
  std::vector<Entrant> entrants_;
};

OneDnnNet::OneDnnNet(const Model& model)
    : model_(model), operators_(static_cast<int>(Count(MainGraph(model).operators()))) {
  const tflite::SubGraph& graph = MainGraph(model);
  if (Count(graph.inputs()) != 1 || Count(graph.outputs()) != 1)
    throw std::runtime_error("not one input and one output");
  input_ = graph.inputs()->Get(0);
  output_ = graph.outputs()->Get(0);
  covered_.resize(static_cast<size_t>(operators_));
  FindLastReaders();
  const ModelTensor input(model, graph, input_);
  NewValue(input, operators_, QuantOf(input));
  for (int op = 0; op < operators_; ++op)
    if (!covered_[static_cast<size_t>(op)]) AddOperator(Node(model, op));
}

void OneDnnNet::SetInput(std::span<const uint8_t> values) {
  std::transform(values.begin(), values.end(), values_.at(input_).data,
                 [](uint8_t value) { return static_cast<uint8_t>(value ^ 0x80); });
}

void OneDnnNet::Execute(const Step& step) {
  const auto count = static_cast<int>(step.arguments.size());
  const dnnl_status_t status =
      dnnl_primitive_execute(step.primitive.get(), stream_.get(), count, step.arguments.data());
  dnnl::error::wrap_c_api(status, "could not execute");
}

void OneDnnNet::Run() {
  for (const Step& step : steps_) Execute(step);
  stream_.wait();
}

double OneDnnNet::Time(const Step& step) {
  const auto start = std::chrono::steady_clock::now();
  Execute(step);
  stream_.wait();
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  return time.count();
}

void OneDnnNet::RunTimed() {
  for (size_t i = 0; i < steps_.size(); ++i)
    layers_[i].microseconds = std::min(layers_[i].microseconds, Time(steps_[i]));
}

std::vector<float> OneDnnNet::Output() const {
  const Value& value = values_.at(output_);
  const ModelTensor tensor(model_, MainGraph(model_), output_);
  std::vector<float> reals(static_cast<size_t>(tensor.elements()));
  for (size_t i = 0; i < reals.size(); ++i) {
    if (value.quant.scale == 0) {
      reals[i] = reinterpret_cast<const float*>(value.data)[i];
    } else {
      reals[i] = value.quant.scale * static_cast<float>(value.data[i] - value.quant.zero_point);
    }
  }
  return reals;
}

// The graph ---------------------------------------------------------------------------

std::vector<int> OneDnnNet::ReadersOf(int tensor) const {
  std::vector<int> readers;
  for (int op = 0; op < operators_; ++op) {
    const Node node(model_, op);
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k) && node.input(k).index() == tensor) readers.push_back(op);
  }
  return readers;
}

// A RESHAPE's output lies where its input does.
void OneDnnNet::FindLastReaders() {
  for (int op = operators_ - 1; op >= 0; --op) {
    const Node node(model_, op);
    const int result = node.output(0).index();
    if (result == output_) last_readers_[result] = operators_;
    for (int k = 0; k < node.inputs(); ++k) {
      if (!node.has_input(k)) continue;
      int& last = last_readers_[node.input(k).index()];
      last = std::max(last, op);
      if (node.code() == BuiltinOperator::RESHAPE) last = std::max(last, last_readers_[result]);
    }
  }
}

bool OneDnnNet::FeedsSoftmax(int tensor) const {
  const std::vector<int> readers = ReadersOf(tensor);
  if (readers.size() != 1) return false;
  const Node reader(model_, readers[0]);
  if (reader.code() == BuiltinOperator::RESHAPE) return FeedsSoftmax(reader.output(0).index());
  return reader.code() == BuiltinOperator::SOFTMAX;
}

int OneDnnNet::AddBehind(const Node& node) const {
  const ModelTensor result = node.output(0);
  const std::vector<int> readers = ReadersOf(result.index());
  if (readers.size() != 1 || result.index() == output_) return -1;
  const Node add(model_, readers[0]);
  if (add.code() != BuiltinOperator::ADD) return -1;
  const ModelTensor addend = add.input(add.input(0).index() == result.index() ? 1 : 0);
  if (!values_.contains(addend.index()) || DimsOf(addend) != DimsOf(result)) return -1;
  for (const int reader : ReadersOf(addend.index()))
    if (reader >= node.index() && reader != add.index()) return -1;
  return add.index();
}

// Memory ------------------------------------------------------------------------------

OneDnnNet::Value OneDnnNet::NewValue(const ModelTensor& tensor, int op, Quant quant) {
  const auto size = static_cast<size_t>(tensor.elements()) * (quant.scale == 0 ? sizeof(float) : 1);
  Buffer* best = nullptr;
  for (Buffer& buffer : buffers_) {
    if (buffer.busy_until >= op || buffer.size < size) continue;
    if (best == nullptr || buffer.size < best->size) best = &buffer;
  }
  if (best == nullptr) {
    const Memory::desc desc({static_cast<Memory::dim>(size)}, Type::u8, Tag::a);
    buffers_.push_back({Memory(desc, engine_), size, 0});
    best = &buffers_.back();
  }
  best->busy_until = tensor.index() == input_ ? operators_ : last_readers_[tensor.index()];
  const Value value = {static_cast<uint8_t*>(best->memory.get_data_handle()), quant};
  values_[tensor.index()] = value;
  return value;
}

dnnl::memory OneDnnNet::Seen(const Value& value, const Memory::desc& desc) const {
  return Memory(desc, engine_, value.data);
}

dnnl::memory OneDnnNet::ConstantOf(const void* values, const Memory::dims& dims, Type type) {
  const Memory::desc desc(dims, type, kPlain[dims.size()]);
  Memory memory(desc, engine_);
  std::memcpy(memory.get_data_handle(), values, desc.get_size());
  return memory;
}

// Operators ---------------------------------------------------------------------------

void OneDnnNet::AddOperator(const Node& node) {
  switch (node.code()) {
    case BuiltinOperator::CONV_2D:
    case BuiltinOperator::DEPTHWISE_CONV_2D:
    case BuiltinOperator::FULLY_CONNECTED:
      return AddFilter(node);
    case BuiltinOperator::AVERAGE_POOL_2D:
      return AddPool(node);
    case BuiltinOperator::SOFTMAX:
      return AddSoftmax(node);
    case BuiltinOperator::RESHAPE:
      values_[node.output(0).index()] = values_.at(node.input(0).index());
      return;
    default:
      throw std::runtime_error("no form here for " + std::string(node.name()));
  }
}

void OneDnnNet::AddFilter(const Node& node) {
  FilterStep step = {Filter(node), values_.at(node.input(0).index()), {}, {}, {}, {}};
  if (const int add = AddBehind(node); add >= 0) {
    TakeAdd(node, add, &step);
  } else {
    const ModelTensor result = node.output(0);
    const Quant stored = FeedsSoftmax(result.index()) ? Quant() : QuantOf(result);
    step.destination = NewValue(result, node.index(), stored);
  }
  const Quant source = step.source.quant, stored = step.destination.quant;
  const std::vector<float> bias = step.filter.FoldedBias(source, stored, step.addend);
  step.bias = ConstantOf(bias.data(), {step.filter.outputs}, Type::f32);
  step.attributes = AttributesOf(step.filter, source, stored, step.addend);
  Contest contest(*this);
  EnterConvolution(step, &contest);
  const bool dense =
      step.filter.groups == 1 &&
      step.filter.weights.size() == static_cast<size_t>(step.filter.inputs * step.filter.outputs);
  if (dense && step.filter.size == Filter::Dims{1, 1}) EnterMatrix(step, &contest);
  contest.Finish(node);
}

// The ADD's other input is added to where it lies, so that the sum lies there too.
void OneDnnNet::TakeAdd(const Node& node, int op, FilterStep* step) {
  const Node add(model_, op);
  const int own = node.output(0).index();
  const Value other = values_.at(add.input(add.input(0).index() == own ? 1 : 0).index());
  const ModelTensor sum = add.output(0);
  if (step->filter.activation != ActivationFunctionType::NONE)
    throw std::runtime_error("no form here for a clamp before an ADD");
  step->filter.activation =
      add.table().builtin_options_as_AddOptions()->fused_activation_function();
  step->addend = other.quant;
  step->destination = {other.data, QuantOf(sum)};
  values_[sum.index()] = step->destination;
  for (Buffer& buffer : buffers_)
    if (buffer.memory.get_data_handle() == other.data)
      buffer.busy_until = last_readers_[sum.index()];
  covered_[static_cast<size_t>(op)] = true;
}

void OneDnnNet::EnterConvolution(const FilterStep& step, Contest* contest) {
  const Filter& f = step.filter;
  const auto source = ImageOf(f.batch, f.inputs, f.size, step.source.quant);
  const auto destination = ImageOf(f.batch, f.outputs, f.out_size, step.destination.quant);
  Memory::dims weights = {f.outputs / f.groups, f.inputs / f.groups, f.kernel[0], f.kernel[1]};
  if (f.groups > 1) weights.insert(weights.begin(), f.groups);
  const Memory::desc any(weights, Type::s8, Tag::any);
  const dnnl::convolution_forward::desc desc(
      prop_kind::forward_inference, algorithm::convolution_direct, source, any,
      step.bias.get_desc(), destination, f.strides, f.dilations, f.pads_before, f.pads_after);
  contest->Enter(dnnl::convolution_forward::primitive_desc(desc, step.attributes, engine_),
                 {{DNNL_ARG_SRC, Seen(step.source, source)},
                  {DNNL_ARG_BIAS, step.bias},
                  {DNNL_ARG_DST, Seen(step.destination, destination)}},
                 ConstantOf(f.weights.data(), weights, Type::s8));
}

void OneDnnNet::EnterMatrix(const FilterStep& step, Contest* contest) {
  const Filter& f = step.filter;
  const auto source = MatrixOf(f.batch, f.inputs, step.source.quant);
  const auto destination = MatrixOf(f.batch, f.outputs, step.destination.quant);
  const Memory::dims weights = {f.outputs, f.inputs};
  const dnnl::inner_product_forward::desc product(prop_kind::forward_inference, source,
                                                  Memory::desc(weights, Type::s8, Tag::any),
                                                  step.bias.get_desc(), destination);
  Memories memories = {{DNNL_ARG_SRC, Seen(step.source, source)},
                       {DNNL_ARG_BIAS, step.bias},
                       {DNNL_ARG_DST, Seen(step.destination, destination)}};
  const Memory constants = ConstantOf(f.weights.data(), weights, Type::s8);
  contest->Enter(dnnl::inner_product_forward::primitive_desc(product, step.attributes, engine_),
                 memories, constants);

  // The same as a product of two matrices, the second transposed.
  const Memory::dims transposed = {f.inputs, f.outputs};
  const Memory bias = ConstantOf(step.bias.get_data_handle(), {1, f.outputs}, Type::f32);
  const dnnl::matmul::desc matmul(source, Memory::desc(transposed, Type::s8, Tag::any),
                                  bias.get_desc(), destination);
  memories[DNNL_ARG_BIAS] = bias;
  contest->Enter(
      dnnl::matmul::primitive_desc(matmul, step.attributes, engine_), memories,
      Memory(Memory::desc(transposed, Type::s8, Tag::ba), engine_, constants.get_data_handle()));
}

void OneDnnNet::AddPool(const Node& node) {
  const auto& options = *node.table().builtin_options_as_Pool2DOptions();
  const ModelTensor input = node.input(0), output = node.output(0);
  const Value source = values_.at(input.index());
  const Value destination = NewValue(output, node.index(), source.quant);
  const Memory::dims size = {input.dim(1), input.dim(2)}, out = {output.dim(1), output.dim(2)};
  const Memory::dims kernel = {options.filter_height(), options.filter_width()};
  if (kernel != size || out != Memory::dims{1, 1})
    throw std::runtime_error("no form here for a pool of less than the image");
  const auto from = ImageOf(input.dim(0), input.dim(3), size, source.quant);
  const auto to = ImageOf(input.dim(0), input.dim(3), out, source.quant);
  const dnnl::pooling_forward::desc desc(prop_kind::forward_inference,
                                         algorithm::pooling_avg_exclude_padding, from, to, kernel,
                                         kernel, {0, 0}, {0, 0});
  Contest contest(*this);
  contest.Enter(dnnl::pooling_forward::primitive_desc(desc, engine_),
                {{DNNL_ARG_SRC, Seen(source, from)}, {DNNL_ARG_DST, Seen(destination, to)}});
  contest.Finish(node);
}

void OneDnnNet::AddSoftmax(const Node& node) {
  const ModelTensor input = node.input(0);
  const Value source = values_.at(input.index());
  if (source.quant.scale != 0 || input.rank() != 2)
    throw std::runtime_error("no form here for a SOFTMAX of that");
  const Value destination = NewValue(node.output(0), node.index(), Quant());
  const auto matrix = MatrixOf(input.dim(0), input.dim(1), Quant());
  const dnnl::softmax_forward::desc desc(prop_kind::forward_inference, matrix, 1);
  Contest contest(*this);
  contest.Enter(dnnl::softmax_forward::primitive_desc(desc, engine_),
                {{DNNL_ARG_SRC, Seen(source, matrix)}, {DNNL_ARG_DST, Seen(destination, matrix)}});
  contest.Finish(node);
}

}  // namespace moonlet
