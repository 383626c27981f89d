#include "engine/nn/operator_order.h"

#include <algorithm>
#include <new>
#include <span>

#include "engine/nn/order.h"

namespace moonlet {
namespace {

using Op = tflite::BuiltinOperator;

// The operators that run, by their numbers in the search.
struct Running {
  int count = 0;
  uint16_t ops[kMostOrdered];

  std::span<const uint16_t> span() const { return {ops, static_cast<size_t>(count)}; }
};

// False when there are too many.
bool ListRunning(const Model& model, const Rewrite& rewrite, Running* running) {
  for (int op = 0; op < static_cast<int>(Count(MainGraph(model).operators())); ++op) {
    if (!rewrite.runs(op)) continue;
    if (running->count == kMostOrdered) return false;
    running->ops[running->count++] = static_cast<uint16_t>(op);
  }
  return true;
}

bool Reads(const Node& reader, const Node& producer) {
  for (int k = 0; k < reader.inputs(); ++k)
    for (int i = 0; reader.has_input(k) && i < producer.outputs(); ++i)
      if (reader.input_index(k) == producer.output_index(i)) return true;
  return false;
}

// Whether each operator reads what the one before it gives: then there is one order.
bool IsChain(const Rewrite& rewrite, const Running& running) {
  for (int i = 1; i < running.count; ++i)
    if (!Reads(rewrite.NodeOf(running.ops[i]), rewrite.NodeOf(running.ops[i - 1]))) return false;
  return true;
}

// May end a run, or sets up what others read.
bool IsBarrier(const Node& node) {
  return node.code() == Op::CUSTOM || node.code() == Op::CALL_ONCE;
}

// What stays from run to run: operators that touch it keep their order.
bool Rests(const ModelTensor& tensor) {
  return tensor.variable() || tensor.type() == tflite::TensorType::RESOURCE;
}

bool ReshapesInPlace(const Node& node) {
  const bool reshapes =
      node.code() == Op::RESHAPE || node.code() == Op::SQUEEZE || node.code() == Op::EXPAND_DIMS;
  return reshapes && node.has_input(0) && !node.input(0).constant() && !Rests(node.input(0));
}

// A tensor in the search: the value in whose memory it lies, and who wrote or touched it last.
struct OrderedTensor {
  uint16_t value;
  int16_t maker = -1;
};

// What the search knows of a graph. Tensors that share their memory are one value.
class OrderGraph {
 public:
  OrderGraph(std::span<OrderedValue> values, std::span<OrderedTensor> tensors)
      : values_(values), tensors_(tensors) {}

  // Number `i` in the search.
  void Add(const Node& node, int i) {
    before_[i] = IsBarrier(node) ? Bit(i) - 1 : barrier_;
    if (IsBarrier(node)) barrier_ = Bit(i);
    for (int k = 0; k < node.inputs(); ++k)
      if (node.has_input(k) && IsRead(node, k)) Read(node.input(k), i);
    if (ReshapesInPlace(node)) Of(node.output(0)).value = Of(node.input(0)).value;
    for (int k = 0; k < node.outputs(); ++k) Produce(node.output(k), i);
  }
  void Keep(const ModelTensor& output) {
    if (output.constant() || Rests(output)) return;
    OrderedValue& value = values_[Of(output).value];
    value.kept = true;
    SetBytes(output);
  }
  std::span<const uint64_t> before(int count) const {
    return {before_, static_cast<size_t>(count)};
  }

 private:
  static uint64_t Bit(int i) { return uint64_t{1} << i; }
  OrderedTensor& Of(const ModelTensor& tensor) {
    return tensors_[static_cast<size_t>(tensor.index())];
  }
  void SetBytes(const ModelTensor& tensor) {
    values_[Of(tensor).value].bytes = static_cast<uint64_t>(tensor.bytes());
  }
  // It runs behind who made the tensor; where that rests, whoever touches it next runs behind it.
  void RunBehindMaker(const ModelTensor& tensor, int i) {
    const int maker = Of(tensor).maker;
    if (maker >= 0 && maker != i) before_[i] |= Bit(maker);
    if (Rests(tensor)) Of(tensor).maker = static_cast<int16_t>(i);
  }
  void Read(const ModelTensor& tensor, int i) {
    if (tensor.constant()) return;
    RunBehindMaker(tensor, i);
    if (Rests(tensor)) return;
    values_[Of(tensor).value].readers |= Bit(i);
    SetBytes(tensor);
  }
  void Produce(const ModelTensor& tensor, int i) {
    RunBehindMaker(tensor, i);
    if (Rests(tensor)) return;
    Of(tensor).maker = static_cast<int16_t>(i);
    if (Of(tensor).value == tensor.index()) values_[Of(tensor).value].producer = i;
    SetBytes(tensor);
  }

  std::span<OrderedValue> values_;
  std::span<OrderedTensor> tensors_;
  uint64_t before_[kMostOrdered] = {};
  uint64_t barrier_ = 0;
};

// What the search works in, lent in one piece.
struct SearchMemory {
  std::span<OrderedValue> values;
  std::span<OrderState> states;
  std::span<OrderedTensor> tensors;

  static size_t Bytes(size_t tensors, size_t running) {
    return tensors * (sizeof(OrderedValue) + sizeof(OrderedTensor)) +
           (running + 1) * sizeof(OrderState);
  }
  SearchMemory(void* memory, size_t tensor_count, size_t running) {
    auto* value = static_cast<OrderedValue*>(memory);
    auto* state = reinterpret_cast<OrderState*>(value + tensor_count);
    auto* tensor = reinterpret_cast<OrderedTensor*>(state + running + 1);
    values = {value, tensor_count};
    states = {state, running + 1};
    tensors = {tensor, tensor_count};
    for (OrderedValue& v : values) new (&v) OrderedValue;
    for (OrderState& s : states) new (&s) OrderState;
    for (size_t t = 0; t < tensor_count; ++t)
      new (tensor + t) OrderedTensor{static_cast<uint16_t>(t)};
  }
};

}  // namespace

Status OperatorOrder::Search(const Rewrite& rewrite) {
  Free();
  const tflite::SubGraph& graph = MainGraph(model_);
  Running running;
  if (!ListRunning(model_, rewrite, &running) || IsChain(rewrite, running)) return Status();
  const size_t tensors = Count(graph.tensors());
  const auto count = static_cast<size_t>(running.count);
  const size_t bytes = SearchMemory::Bytes(tensors, count);
  void* lent = allocator_.Allocate(bytes, alignof(OrderedValue));
  if (lent == nullptr) return Status::NoMemory(bytes);
  const SearchMemory memory(lent, tensors, count);
  OrderGraph ordered(memory.values, memory.tensors);
  uint8_t order[kMostOrdered];
  for (int i = 0; i < running.count; ++i) {
    ordered.Add(rewrite.NodeOf(running.ops[i]), i);
    order[i] = static_cast<uint8_t>(i);
  }
  for (uint32_t i = 0; i < Count(graph.outputs()); ++i)
    ordered.Keep(ModelTensor(model_, graph, graph.outputs()->Get(i)));
  const bool found =
      FindOrder(memory.values, ordered.before(running.count), memory.states, {order, count});
  allocator_.Free(lent, bytes);
  if (!found) return Status();
  return Arrange(running.ops, {order, count});
}

// Those that do not run come last.
Status OperatorOrder::Arrange(const uint16_t* running, std::span<const uint8_t> order) {
  operators_ = static_cast<int>(Count(MainGraph(model_).operators()));
  const auto n = static_cast<size_t>(operators_);
  void* memory = allocator_.Allocate(2 * n * sizeof(uint16_t), alignof(uint16_t));
  if (memory == nullptr) return Status::NoMemory(2 * n * sizeof(uint16_t));
  places_ = static_cast<uint16_t*>(memory);
  constexpr uint16_t kNowhere = 0xFFFF;
  std::fill_n(places_ + n, n, kNowhere);
  uint16_t place = 0;
  for (const uint8_t i : order) places_[n + running[i]] = place++;
  for (size_t op = 0; op < n; ++op)
    if (places_[n + op] == kNowhere) places_[n + op] = place++;
  for (size_t op = 0; op < n; ++op) places_[places_[n + op]] = static_cast<uint16_t>(op);
  return Status();
}

void OperatorOrder::Free() {
  if (places_ != nullptr)
    allocator_.Free(places_, 2 * static_cast<size_t>(operators_) * sizeof(uint16_t));
  places_ = nullptr;
  used_ = false;
}

}  // namespace moonlet
