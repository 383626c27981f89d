#include "engine/nn/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "engine/nn/analyze.h"
#include "engine/nn/graph.h"
#include "engine/nn/offline_plan.h"

namespace moonlet {
namespace {

using flatbuffers::Offset;
using flatbuffers::Vector;
using tflite::TensorType;

// Real models have some hundred tables; the bounds keep a hostile file from costing
// more time than its size explains.
constexpr uint32_t kMaxDepth = 32;
constexpr uint32_t kMaxTables = 1u << 18;
// No tensor, and so no index into one, exceeds int32.
constexpr int64_t kMaxTensorBytes = std::numeric_limits<int32_t>::max();

Status Counted(const char* what, int64_t index, uint32_t count) {
  return Status::Invalid("%s %lld is outside the file's %u", what, static_cast<long long>(index),
                         count);
}

bool ZeroPointFits(TensorType type, int64_t zero) {
  switch (type) {
    case TensorType::INT8:
      return zero >= -128 && zero <= 127;
    case TensorType::UINT8:
      return zero >= 0 && zero <= 255;
    case TensorType::INT16:
      return zero >= -32768 && zero <= 32767;
    case TensorType::UINT16:
      return zero >= 0 && zero <= 65535;
    case TensorType::INT4:
      return zero >= -8 && zero <= 7;
    default:
      return zero >= std::numeric_limits<int32_t>::min() &&
             zero <= std::numeric_limits<int32_t>::max();
  }
}

// Tables may share a vector, so a small file can ask for much reading. A Budget bounds
// the elements read from all vectors together by what the file's size explains.
class Budget {
 public:
  explicit Budget(size_t file_size) : left_(static_cast<int64_t>(file_size) * 4) {}
  Status Spend(uint32_t elements) {
    left_ -= elements;
    return left_ < 0 ? Status::Invalid("longer lists than the file can hold") : Status();
  }

 private:
  int64_t left_;
};

class TensorVerifier {
 public:
  TensorVerifier(std::span<const uint8_t> file, const tflite::Model& root, Budget& budget)
      : file_(file), root_(root), budget_(budget) {}

  Status Verify(uint32_t index, const tflite::Tensor& tensor) {
    Status s = Shape(tensor);
    if (s.ok()) s = Data(tensor);
    if (s.ok()) s = Quantization(tensor);
    if (s.ok()) return s;
    return Status::Error(s.code(), "tensor %u '%s': %s", index,
                         PrintableName(View(tensor.name())).text, s.what());
  }

 private:
  Status Shape(const tflite::Tensor& tensor) {
    if (tensor.type() < TensorType::MIN || tensor.type() > TensorType::MAX)
      return Status::Invalid("type %d does not exist", static_cast<int>(tensor.type()));
    const uint32_t rank = Count(tensor.shape());
    if (rank > static_cast<uint32_t>(kMaxModelRank))
      return Status::Invalid("rank %u, expected at most %d", rank, kMaxModelRank);
    int64_t elements = 1;
    for (uint32_t i = 0; i < rank; ++i) {
      const int32_t length = tensor.shape()->Get(i);
      // Empty tensors stand for what is left out; no operator of ours takes one.
      if (length < 0)
        return Status::Invalid("dimension %u is %d, expected at least 0", i + 1, length);
      elements *= length;
      if (elements > kMaxTensorBytes) return Status::Invalid("shape has more than 2^31 elements");
    }
    bytes_ = (elements * BitsOf(tensor.type()) + 7) / 8;
    if (bytes_ > kMaxTensorBytes) return Status::Invalid("shape takes more than 2^31 bytes");
    return Status();
  }

  Status Data(const tflite::Tensor& tensor) {
    const uint32_t buffers = Count(root_.buffers());
    if (tensor.buffer() >= buffers) return Counted("buffer", tensor.buffer(), buffers);
    if (tensor.external_buffer() != 0)
      return Status::Invalid("its data is in another file (external buffer %u)",
                             tensor.external_buffer());
    std::span<const uint8_t> data;
    if (!DataOf(file_, *root_.buffers()->Get(tensor.buffer()), &data))
      return Status::Invalid("the data of buffer %u lies outside the file", tensor.buffer());
    if (data.empty()) return Status();
    if (tensor.is_variable()) return Status::Invalid("a variable with constant data");
    const bool sized = BitsOf(tensor.type()) > 0 && tensor.sparsity() == nullptr;
    if (sized && static_cast<int64_t>(data.size()) != bytes_)
      return Status::Invalid("%zu bytes of data, expected %lld for its shape and type", data.size(),
                             static_cast<long long>(bytes_));
    return Status();
  }

  Status Quantization(const tflite::Tensor& tensor) {
    const tflite::QuantizationParameters* q = tensor.quantization();
    if (q == nullptr) return Status();
    const uint32_t scales = Count(q->scale());
    const uint32_t zeros = Count(q->zero_point());
    if (Status s = budget_.Spend(scales); !s.ok()) return s;
    if (Status s = budget_.Spend(zeros); !s.ok()) return s;
    for (uint32_t i = 0; i < scales; ++i) {
      const float scale = q->scale()->Get(i);
      if (!std::isfinite(scale) || scale <= 0)
        return Status::Invalid("scale %u is %g, expected a positive number", i + 1,
                               static_cast<double>(scale));
    }
    for (uint32_t i = 0; i < zeros; ++i) {
      const int64_t zero = ZeroPointAt(*q, i);
      if (!ZeroPointFits(tensor.type(), zero))
        return Status::Invalid("zero point %u is %lld, outside %s", i + 1,
                               static_cast<long long>(zero), NameOf(tensor.type()));
    }
    if (scales == 0 || zeros == 0) return Status();
    if (zeros != scales && zeros != 1)
      return Status::Invalid("%u zero points for %u scales", zeros, scales);
    if (scales == 1) return Status();
    const uint32_t rank = Count(tensor.shape());
    // Writers leave the filter's axis in a bias, which has only one.
    const int32_t axis = rank == 1 ? 0 : q->quantized_dimension();
    if (axis < 0 || static_cast<uint32_t>(axis) >= rank)
      return Status::Invalid("quantised along axis %lld of %u", static_cast<long long>(axis) + 1,
                             rank);
    const int32_t length = tensor.shape()->Get(static_cast<uint32_t>(axis));
    if (scales != static_cast<uint32_t>(length))
      return Status::Invalid("%u scales for %d channels along axis %d", scales, length, axis + 1);
    return Status();
  }

  std::span<const uint8_t> file_;
  const tflite::Model& root_;
  Budget& budget_;
  int64_t bytes_ = 0;
};

// Which tensors hold a value at a point of the graph: one bit each, on loan.
class TensorSet {
 public:
  TensorSet(Allocator& allocator, uint32_t tensors)
      : allocator_(allocator), size_(tensors / 8 + 1) {
    bits_ = static_cast<uint8_t*>(allocator.Allocate(size_, 1));
    if (bits_ != nullptr) std::memset(bits_, 0, size_);
  }
  TensorSet(const TensorSet&) = delete;
  TensorSet& operator=(const TensorSet&) = delete;
  ~TensorSet() { allocator_.Free(bits_, size_); }

  bool valid() const { return bits_ != nullptr; }
  size_t bytes() const { return size_; }
  bool Has(int32_t i) const { return (bits_[i / 8] >> (i % 8) & 1) != 0; }
  void Add(int32_t i) { bits_[i / 8] = static_cast<uint8_t>(bits_[i / 8] | 1 << (i % 8)); }

 private:
  Allocator& allocator_;
  size_t size_;
  uint8_t* bits_;
};

class GraphVerifier {
 public:
  GraphVerifier(std::span<const uint8_t> file, const tflite::Model& root,
                const tflite::SubGraph& graph, TensorSet& ready, Budget& budget)
      : file_(file),
        root_(root),
        graph_(graph),
        ready_(ready),
        budget_(budget),
        tensors_(Count(graph.tensors())) {}

  Status Verify() {
    TensorVerifier tensors(file_, root_, budget_);
    for (uint32_t i = 0; i < tensors_; ++i) {
      const tflite::Tensor& tensor = *graph_.tensors()->Get(i);
      if (Status s = tensors.Verify(i, tensor); !s.ok()) return s;
      if (tensor.is_variable() || IsConstant(i)) ready_.Add(static_cast<int32_t>(i));
    }
    if (Status s = Inputs(); !s.ok()) return s;
    for (uint32_t i = 0; i < Count(graph_.operators()); ++i) {
      const tflite::Operator& op = *graph_.operators()->Get(i);
      const uint32_t codes = Count(root_.operator_codes());
      Status s = op.opcode_index() < codes ? Operator(op)
                                           : Counted("operator code", op.opcode_index(), codes);
      if (!s.ok()) return InOperator(i, op, s);
    }
    return Outputs();
  }

 private:
  bool IsConstant(uint32_t tensor) const {
    std::span<const uint8_t> data;
    const uint32_t buffer = graph_.tensors()->Get(tensor)->buffer();
    return DataOf(file_, *root_.buffers()->Get(buffer), &data) && !data.empty();
  }
  bool Exists(int32_t tensor) const {
    return tensor >= 0 && static_cast<uint32_t>(tensor) < tensors_;
  }
  PrintableName NameOfTensor(int32_t tensor) const {
    return PrintableName(View(graph_.tensors()->Get(static_cast<uint32_t>(tensor))->name()));
  }

  Status Inputs() {
    for (uint32_t i = 0; i < Count(graph_.inputs()); ++i) {
      const int32_t tensor = graph_.inputs()->Get(i);
      if (!Exists(tensor)) return Counted("model input: tensor", tensor, tensors_);
      if (ready_.Has(tensor))
        return Status::Invalid(
            "model input %u: tensor %d '%s' is constant, variable or given twice", i + 1, tensor,
            NameOfTensor(tensor).text);
      ready_.Add(tensor);
    }
    return Status();
  }

  static bool Reads(const tflite::Operator& op, int32_t tensor) {
    for (uint32_t k = 0; k < Count(op.inputs()); ++k)
      if (op.inputs()->Get(k) == tensor) return true;
    return false;
  }

  Status Operator(const tflite::Operator& op) {
    for (const Vector<int32_t>* list : {op.inputs(), op.outputs(), op.intermediates()})
      if (Status s = budget_.Spend(Count(list)); !s.ok()) return s;
    const tflite::OperatorCode& opcode = *root_.operator_codes()->Get(op.opcode_index());
    const bool custom = CodeOf(opcode) == tflite::BuiltinOperator::CUSTOM;
    for (uint32_t k = 0; k < Count(op.inputs()); ++k) {
      const int32_t tensor = op.inputs()->Get(k);
      if (tensor == -1) continue;  // optional and left out
      if (!Exists(tensor)) return Counted("input tensor", tensor, tensors_);
      // A custom operator may be given memory to work in as an input; nobody produces it.
      if (custom) ready_.Add(tensor);
      if (!ready_.Has(tensor))
        return Status::Invalid("input %u, tensor %d '%s', has no value yet", k + 1, tensor,
                               NameOfTensor(tensor).text);
    }
    for (uint32_t k = 0; k < Count(op.outputs()); ++k) {
      const int32_t tensor = op.outputs()->Get(k);
      if (!Exists(tensor)) return Counted("output tensor", tensor, tensors_);
      // A variable may be written by an operator that does not read it.
      const bool kept =
          graph_.tensors()->Get(static_cast<uint32_t>(tensor))->is_variable() && !Reads(op, tensor);
      if (ready_.Has(tensor) && !kept)
        return Status::Invalid("output %u, tensor %d '%s', already has a value", k + 1, tensor,
                               NameOfTensor(tensor).text);
      ready_.Add(tensor);
    }
    for (uint32_t k = 0; k < Count(op.intermediates()); ++k) {
      const int32_t tensor = op.intermediates()->Get(k);
      if (tensor != -1 && !Exists(tensor)) return Counted("intermediate tensor", tensor, tensors_);
    }
    const uint64_t custom_at = op.large_custom_options_offset();
    if (custom_at > 1 &&
        (custom_at > file_.size() || op.large_custom_options_size() > file_.size() - custom_at))
      return Status::Invalid("its custom options lie outside the file");
    return Status();
  }

  Status InOperator(uint32_t index, const tflite::Operator& op, const Status& s) const {
    std::string_view name = "?";
    if (op.opcode_index() < Count(root_.operator_codes())) {
      const tflite::OperatorCode& opcode = *root_.operator_codes()->Get(op.opcode_index());
      const tflite::BuiltinOperator code = CodeOf(opcode);
      name = code == tflite::BuiltinOperator::CUSTOM ? View(opcode.custom_code())
                                                     : tflite::EnumNameBuiltinOperator(code);
    }
    return Status::Error(s.code(), "operator %u %s: %s", index + 1, PrintableName(name).text,
                         s.what());
  }

  Status Outputs() {
    if (Status s = budget_.Spend(Count(graph_.outputs())); !s.ok()) return s;
    for (uint32_t i = 0; i < Count(graph_.outputs()); ++i) {
      const int32_t tensor = graph_.outputs()->Get(i);
      if (!Exists(tensor)) return Counted("model output: tensor", tensor, tensors_);
      if (!ready_.Has(tensor))
        return Status::Invalid("model output %u: no operator gives tensor %d '%s'", i + 1, tensor,
                               NameOfTensor(tensor).text);
    }
    return Status();
  }

  std::span<const uint8_t> file_;
  const tflite::Model& root_;
  const tflite::SubGraph& graph_;
  TensorSet& ready_;
  Budget& budget_;
  uint32_t tensors_;
};

Status VerifyCodes(const tflite::Model& root) {
  for (uint32_t i = 0; i < Count(root.operator_codes()); ++i) {
    const tflite::OperatorCode& opcode = *root.operator_codes()->Get(i);
    const tflite::BuiltinOperator code = CodeOf(opcode);
    if (code < tflite::BuiltinOperator::MIN || code > tflite::BuiltinOperator::MAX)
      return Status::Invalid("operator code %u: %d is not known", i, static_cast<int>(code));
    if (code == tflite::BuiltinOperator::CUSTOM && View(opcode.custom_code()).empty())
      return Status::Invalid("operator code %u: a custom operator without a name", i);
  }
  return Status();
}

Status VerifyTensorMaps(const Vector<Offset<tflite::TensorMap>>* maps, uint32_t tensors,
                        uint32_t signature) {
  for (uint32_t i = 0; i < Count(maps); ++i) {
    const uint32_t tensor = maps->Get(i)->tensor_index();
    if (tensor >= tensors)
      return Status::Invalid("signature %u: tensor %u is outside the subgraph's %u", signature,
                             tensor, tensors);
  }
  return Status();
}

// What nothing here reads, but later readers will.
Status VerifyAnnexes(const tflite::Model& root) {
  const uint32_t buffers = Count(root.buffers());
  for (uint32_t i = 0; i < Count(root.metadata()); ++i) {
    const uint32_t buffer = root.metadata()->Get(i)->buffer();
    if (buffer >= buffers) return Counted("metadata: buffer", buffer, buffers);
  }
  for (uint32_t i = 0; i < Count(root.signature_defs()); ++i) {
    const tflite::SignatureDef& signature = *root.signature_defs()->Get(i);
    const uint32_t graph = signature.subgraph_index();
    if (graph >= root.subgraphs()->size())
      return Counted("signature: subgraph", graph, root.subgraphs()->size());
    const uint32_t tensors = Count(root.subgraphs()->Get(graph)->tensors());
    Status s = VerifyTensorMaps(signature.inputs(), tensors, i);
    if (s.ok()) s = VerifyTensorMaps(signature.outputs(), tensors, i);
    if (!s.ok()) return s;
  }
  return Status();
}

}  // namespace

Status VerifyStructure(std::span<const uint8_t> file, const tflite::Model** root) {
  if (reinterpret_cast<uintptr_t>(file.data()) % 8 != 0)
    return Status::Invalid("the model must start at a multiple of 8 in memory");
  if (file.size() >= FLATBUFFERS_MAX_BUFFER_SIZE)
    return Status::Invalid("the file has %zu bytes, expected less than 2 GiB", file.size());
  if (file.size() < 8 || !tflite::ModelBufferHasIdentifier(file.data()))
    return Status::Invalid("not a .tflite file: no TFL3 at byte 4");
  flatbuffers::Verifier verifier(file.data(), file.size(), kMaxDepth, kMaxTables);
  if (!tflite::VerifyModelBuffer(verifier))
    return Status::Invalid("damaged: an offset or size leads outside the file's %zu bytes",
                           file.size());
  *root = tflite::GetModel(file.data());
  return Status();
}

Status VerifyMeaning(std::span<const uint8_t> file, const tflite::Model& root,
                     Allocator& allocator) {
  if (root.version() != 3) return Status::Invalid("schema version %u, expected 3", root.version());
  if (Count(root.subgraphs()) == 0) return Status::Invalid("no subgraph");
  if (Status s = VerifyCodes(root); !s.ok()) return s;
  for (uint32_t i = 0; i < Count(root.buffers()); ++i) {
    std::span<const uint8_t> data;
    if (!DataOf(file, *root.buffers()->Get(i), &data))
      return Status::Invalid("the data of buffer %u lies outside the file", i);
  }
  Budget budget(file.size());
  for (uint32_t i = 0; i < root.subgraphs()->size(); ++i) {
    const tflite::SubGraph& graph = *root.subgraphs()->Get(i);
    TensorSet ready(allocator, Count(graph.tensors()));
    if (!ready.valid()) return Status::NoMemory(ready.bytes());
    Status s = GraphVerifier(file, root, graph, ready, budget).Verify();
    if (!s.ok() && i > 0) s = Status::Error(s.code(), "subgraph %u: %s", i, s.what());
    if (!s.ok()) return s;
  }
  if (Status s = VerifyAnnexes(root); !s.ok()) return s;
  return OfflinePlan::Verify(file, root);
}

}  // namespace moonlet
