#include "engine/ml/file.h"

#include <algorithm>
#include <cstring>

#include "engine/ml/kinds.h"
#include "mlt_generated.h"

namespace moonlet::ml {
namespace {

constexpr int kVersion = 1;
constexpr size_t kFileAlignment = 16;

// In the order of the schema, which is that of DType.
static_assert(static_cast<int>(DType::kBool) == static_cast<int>(mlt::DType::bool_) &&
              static_cast<int>(DType::kFloat64) == static_cast<int>(mlt::DType::float64) &&
              static_cast<int>(DType::kInt64) == static_cast<int>(mlt::DType::int64));

// Hands the builder the one block that is large enough.
class OneBlock final : public flatbuffers::Allocator {
 public:
  explicit OneBlock(void* block) : block_(static_cast<uint8_t*>(block)) {}
  uint8_t* allocate(size_t) override { return block_; }
  void deallocate(uint8_t*, size_t) override {}

 private:
  uint8_t* block_;
};

using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<mlt::Array> WriteArray(Builder& builder, const char* name, const Tensor& t) {
  int32_t dims[kMaxRank];
  for (int axis = 0; axis < t.rank(); ++axis) dims[axis] = static_cast<int32_t>(t.dim(axis));
  builder.ForceVectorAlignment(t.bytes(), 1, kFileAlignment);
  const auto data = builder.CreateVector(static_cast<const uint8_t*>(t.data), t.bytes());
  const auto shape = builder.CreateVector(dims, static_cast<size_t>(t.rank()));
  const auto text = builder.CreateString(name);
  return mlt::CreateArray(builder, text, static_cast<mlt::DType>(t.dtype), shape, data);
}

flatbuffers::Offset<mlt::Option> WriteOption(Builder& builder, const Estimator& e, int option) {
  const OptionSpec& spec = e.kind->options[static_cast<size_t>(option)];
  const bool list = spec.type == OptionType::kList;
  const auto values =
      list ? builder.CreateVector(e.options.list, static_cast<size_t>(e.options.listed))
           : builder.CreateVector(&e.options.values[option], 1);
  const auto name = builder.CreateString(spec.name);
  return mlt::CreateOption(builder, name, values);
}

flatbuffers::Offset<mlt::Estimator> WriteEstimator(Builder& builder, const Step& step) {
  const Estimator& e = *step.estimator;
  flatbuffers::Offset<mlt::Array> arrays[kMostArrays];
  size_t count = 0;
  for (size_t i = 0; i < e.kind->arrays.size(); ++i)
    if (e.state.has(static_cast<int>(i)))
      arrays[count++] = WriteArray(builder, e.kind->arrays[i].name, e.state[static_cast<int>(i)]);
  flatbuffers::Offset<mlt::Array> labels;
  if (e.state.has(kLabelArray)) labels = WriteArray(builder, "labels", e.state[kLabelArray]);
  flatbuffers::Offset<mlt::Option> options[kMostOptions];
  const size_t all = e.kind->options.size();
  for (size_t i = 0; i < all; ++i) options[i] = WriteOption(builder, e, static_cast<int>(i));
  const auto kind = builder.CreateString(e.kind->name);
  const auto name = builder.CreateString(step.name);
  // Each in its own line: the order of arguments is the compiler's, that of bytes is ours.
  const auto listed_options = builder.CreateVector(options, all);
  const auto listed_arrays = builder.CreateVector(arrays, count);
  return mlt::CreateEstimator(builder, kind, listed_options, static_cast<int32_t>(e.features),
                              static_cast<int32_t>(e.classes),
                              static_cast<mlt::DType>(e.label_dtype), labels, listed_arrays, name);
}

Status TakeArray(const mlt::Array& from, int array, State* state) {
  const int type = static_cast<int>(from.dtype());
  const char* name = from.name()->c_str();
  if (type < 0 || type >= kDTypes) return Status::Invalid("array '%s': no such dtype", name);
  const auto dtype = static_cast<DType>(type);
  int64_t dims[kMaxRank];
  const size_t rank = from.shape() != nullptr ? from.shape()->size() : 0;
  if (rank > kMaxRank) return Status::Invalid("array '%s' has rank %zu", name, rank);
  for (size_t i = 0; i < rank; ++i)
    dims[i] = from.shape()->Get(static_cast<flatbuffers::uoffset_t>(i));
  Shape shape;
  if (!ShapeFrom({dims, rank}, dtype, &shape))
    return Status::Invalid("array '%s' has an impossible shape", name);
  // No reader writes to it: State lends it out as constant unless it owns it.
  auto* data = const_cast<uint8_t*>(from.data()->data());
  const Tensor t = RowMajor(data, dtype, shape);
  if (from.data()->size() != t.bytes())
    return Status::Invalid("array '%s' has %u bytes, expected %zu", name,
                           static_cast<unsigned>(from.data()->size()), t.bytes());
  if (reinterpret_cast<uintptr_t>(data) % SizeOf(dtype) != 0)
    return Status::Invalid("array '%s' is not aligned", name);
  state->Borrow(array, t);
  return {};
}

Status TakeOption(const mlt::Option& from, const Kind& kind, Options* options) {
  const int option = FindOption(kind.options, from.name()->string_view());
  if (option < 0) return Status::Unsupported("no option '%s'", from.name()->c_str());
  const OptionSpec& spec = kind.options[static_cast<size_t>(option)];
  const bool list = spec.type == OptionType::kList;
  const auto count = from.values()->size();
  bool allowed = list ? count <= kMostListed : count == 1;
  for (flatbuffers::uoffset_t i = 0; allowed && i < count; ++i)
    allowed = Allows(spec, from.values()->Get(i));
  if (!allowed) return Status::Invalid("option '%s' is out of range", spec.name);
  for (flatbuffers::uoffset_t i = 0; i < count; ++i)
    (list ? options->list[i] : options->values[option]) = from.values()->Get(i);
  if (list) options->listed = static_cast<int>(count);
  return {};
}

int FindArray(const Kind& kind, std::string_view name) {
  for (size_t i = 0; i < kind.arrays.size(); ++i)
    if (name == kind.arrays[i].name) return static_cast<int>(i);
  return -1;
}

Status TakeAll(const mlt::Estimator& from, Estimator* e) {
  if (from.options() != nullptr)
    for (const mlt::Option* option : *from.options())
      if (Status s = TakeOption(*option, *e->kind, &e->options); !s.ok()) return s;
  if (from.arrays() != nullptr)
    for (const mlt::Array* array : *from.arrays()) {
      const int i = FindArray(*e->kind, array->name()->string_view());
      if (i < 0) return Status::Unsupported("no array '%s'", array->name()->c_str());
      if (Status s = TakeArray(*array, i, &e->state); !s.ok()) return s;
    }
  if (from.labels() != nullptr) return TakeArray(*from.labels(), kLabelArray, &e->state);
  return {};
}

}  // namespace

// More than a file takes: per array and option its table, name, lengths and padding.
size_t RoomFor(std::span<const Step> steps) {
  constexpr size_t kPerArray = 256, kPerEstimator = 1024, kPerFile = 1024;
  size_t room = kPerFile;
  for (const Step& step : steps) {
    const Kind& kind = *step.estimator->kind;
    room += kPerEstimator + 2 * std::strlen(step.name) +
            kPerArray * (kind.arrays.size() + kind.options.size() + 1) +
            step.estimator->state.bytes();
  }
  return (room + kFileAlignment - 1) & ~(kFileAlignment - 1);
}

Status WriteEstimators(std::span<const Step> steps, bool pipeline, const char* producer,
                       Allocator& memory, FileBlock* out) {
  out->size = RoomFor(steps);
  out->block = memory.Allocate(out->size, kFileAlignment);
  if (out->block == nullptr) return Status::NoMemory(out->size);
  OneBlock block(out->block);
  Builder builder(out->size, &block, false, kFileAlignment);
  flatbuffers::Offset<mlt::Estimator> estimators[kMostSteps];
  for (size_t i = 0; i < steps.size(); ++i) estimators[i] = WriteEstimator(builder, steps[i]);
  const auto all = builder.CreateVector(estimators, steps.size());
  const auto text = builder.CreateString(producer);
  builder.Finish(mlt::CreateFile(builder, kVersion, text, pipeline, all), mlt::FileIdentifier());
  out->file = {builder.GetBufferPointer(), builder.GetSize()};
  return {};
}

Status EstimatorFile::Open(std::span<const uint8_t> bytes) {
  constexpr size_t kShortest = 16;
  if (bytes.size() < kShortest || !mlt::FileBufferHasIdentifier(bytes.data()))
    return Status::Invalid("not an .mlt file");
  flatbuffers::Verifier verifier(bytes.data(), bytes.size());
  if (!mlt::VerifyFileBuffer(verifier)) return Status::Invalid("the file is damaged");
  const mlt::File& file = *mlt::GetFile(bytes.data());
  if (file.version() != kVersion)
    return Status::Unsupported("version %d of the format, expected %d", file.version(), kVersion);
  const auto count = file.estimators()->size();
  if (count < 1 || count > kMostSteps || (count > 1 && !file.pipeline()))
    return Status::Invalid("%u estimators", static_cast<unsigned>(count));
  bytes_ = bytes.data();
  count_ = static_cast<int>(count);
  pipeline_ = file.pipeline();
  return {};
}

const char* EstimatorFile::name(int i) const {
  const auto* name =
      mlt::GetFile(bytes_)->estimators()->Get(static_cast<flatbuffers::uoffset_t>(i))->name();
  return name != nullptr ? name->c_str() : "";
}

Status EstimatorFile::FindKindOf(int i, const Kind** kind) const {
  const auto* name =
      mlt::GetFile(bytes_)->estimators()->Get(static_cast<flatbuffers::uoffset_t>(i))->kind();
  *kind = FindKind(name->string_view());
  return *kind != nullptr ? Status() : Status::Unsupported("no kind '%s'", name->c_str());
}

Status EstimatorFile::Take(int i, Estimator* e) const {
  const mlt::Estimator& from =
      *mlt::GetFile(bytes_)->estimators()->Get(static_cast<flatbuffers::uoffset_t>(i));
  e->options = Defaults(e->kind->options);
  e->features = from.features();
  e->classes = from.classes();
  const int dtype = static_cast<int>(from.label_dtype());
  if (dtype < 0 || dtype >= kDTypes) return Status::Invalid("labels of no known dtype");
  e->label_dtype = static_cast<DType>(dtype);
  Status s = TakeAll(from, e);
  if (s.ok()) s = CheckLabels(*e);
  if (s.ok()) s = CheckEstimator(*e);
  return s.ok() ? s : Status::Error(s.code(), "%s: %s", e->kind->name, s.what());
}

Status CheckLabels(const Estimator& e) {
  if (e.classes == 0 || !e.state.has(kLabelArray))
    return e.classes == 0 ? Status() : Status::Invalid("the labels are missing");
  const Tensor& labels = e.state[kLabelArray];
  if (labels.rank() != 1) return Status::Invalid("the labels have rank %d", labels.rank());
  if (labels.dtype == DType::kInt64)
    return labels.dim(0) == e.classes
               ? Status()
               : Status::Invalid("%td labels for %td classes", labels.dim(0), e.classes);
  if (labels.dtype != DType::kUint8) return Status::Invalid("labels are %s", NameOf(labels.dtype));
  const auto* names = labels.as<uint8_t>();
  const Index size = labels.dim(0);
  if (size == 0 || names[size - 1] != 0 || std::count(names, names + size, 0) != e.classes)
    return Status::Invalid("the names of %td classes are damaged", e.classes);
  return {};
}

}  // namespace moonlet::ml
