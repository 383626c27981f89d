// Mutated models: each is refused with a message or runs; none crashes, reads outside
// its memory or runs on. Mutations aim at structure, not at weights: offsets, vtables,
// lengths, shapes, indices, options, quantisation.
//
// MOONLET_FUZZ=N: N mutations for every model, and for the goldens of every operator together.
// Otherwise 200 for each below a million multiply-adds, and 40 for each operator.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <random>
#include <type_traits>

#include "engine/nn/analyze.h"
#include "engine/nn/graph.h"
#include "engine/tensor/npy.h"
#include "engine/tensor/npz.h"
#include "tests/engine/nn/corpus.h"
#include "tests/engine/nn/rewritten_model.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace fuzz_test {

using namespace moonlet::testing;
using File = std::vector<uint8_t>;

// A place worth changing.
struct Target {
  size_t at;
  size_t width;
};

// Collects the places of a valid model that steer: what leads to other places, and the
// values, whose mutations more often survive.
class Targets {
 public:
  explicit Targets(const File& file) : file_(file) {
    const tflite::Model* root = tflite::GetModel(file.data());
    Table(root);
    Vector(root->operator_codes());
    Vector(root->buffers());
    for (const auto* code : *root->operator_codes()) Table(code);
    for (const auto* buffer : *root->buffers()) Table(buffer);
    for (const auto* graph : *root->subgraphs()) Graph(*graph);
  }
  const Target& Pick(std::mt19937& random) const {
    const auto& list = random() % 4 == 0 ? links_ : values_;
    return list[random() % list.size()];
  }

 private:
  size_t Offset(const void* p) const {
    return static_cast<size_t>(static_cast<const uint8_t*>(p) - file_.data());
  }
  // The offset to the vtable, the vtable's entries, and every field's first bytes.
  void Table(const void* table) {
    if (table == nullptr) return;
    const auto* t = static_cast<const flatbuffers::Table*>(table);
    links_.push_back({Offset(t), 4});
    const uint8_t* vtable = t->GetVTable();
    uint16_t size;
    std::memcpy(&size, vtable, sizeof(size));
    for (uint16_t i = 0; i < size; i = static_cast<uint16_t>(i + 2)) {
      links_.push_back({Offset(vtable) + i, 2});
      if (i < 4) continue;
      if (const uint8_t* field = t->GetAddressOf(i)) links_.push_back({Offset(field), 4});
    }
  }
  // The fields of a table that holds only numbers.
  void Numbers(const void* table) {
    Table(table);
    if (table == nullptr) return;
    const auto* t = static_cast<const flatbuffers::Table*>(table);
    uint16_t size;
    std::memcpy(&size, t->GetVTable(), sizeof(size));
    for (uint16_t i = 4; i < size; i = static_cast<uint16_t>(i + 2))
      if (const uint8_t* field = t->GetAddressOf(i)) values_.push_back({Offset(field), 1});
  }
  template <typename T>
  void Vector(const flatbuffers::Vector<T>* vector) {
    if (vector == nullptr) return;
    const size_t at = Offset(vector);
    links_.push_back({at, 4});
    auto& list = std::is_arithmetic_v<T> ? values_ : links_;
    const size_t bytes = std::min<size_t>(vector->size() * sizeof(T), 64);
    for (size_t i = 0; i < bytes; i += 4) list.push_back({at + 4 + i, 4});
  }
  void Graph(const tflite::SubGraph& graph) {
    Table(&graph);
    Vector(graph.inputs());
    Vector(graph.outputs());
    Vector(graph.tensors());
    Vector(graph.operators());
    for (const auto* tensor : *graph.tensors()) {
      Table(tensor);
      const auto* t = reinterpret_cast<const flatbuffers::Table*>(tensor);
      for (const auto field : {tflite::Tensor::VT_TYPE, tflite::Tensor::VT_BUFFER})
        if (const uint8_t* at = t->GetAddressOf(field)) values_.push_back({Offset(at), 1});
      Vector(tensor->shape());
      Table(tensor->quantization());
      if (tensor->quantization() == nullptr) continue;
      Vector(tensor->quantization()->scale());
      Vector(tensor->quantization()->zero_point());
    }
    for (const auto* op : *graph.operators()) {
      Table(op);
      Vector(op->inputs());
      Vector(op->outputs());
      Numbers(op->builtin_options());
    }
  }

  const File& file_;
  std::vector<Target> links_;
  std::vector<Target> values_;
};

uint32_t Value(uint32_t old, std::mt19937& random) {
  constexpr uint32_t kEdges[] = {
      0,     1,        2,          3,          4,          255,        256,
      0x7F,  0x80,     0x7FFF,     0x8000,     0xFFFF,     0x7FFFFFFF, 0x80000000,
      65536, 1u << 20, 0x7F800000, 0x00000001, 0x7FC00000, 0x3F800000, 0xFFFFFFFF};
  switch (random() % 5) {
    case 0:
      return kEdges[random() % std::size(kEdges)];
    case 1:
      return old + 1 + random() % 4;
    case 2:
      return old - 1 - random() % 4;
    case 3:
      return old ^ (1u << random() % 32);
    default:
      return static_cast<uint32_t>(random());
  }
}

void Mutate(File& file, const Targets& targets, std::mt19937& random) {
  Target target = targets.Pick(random);
  target.width = std::min(target.width, file.size() - target.at);  // a last field of a byte
  uint32_t value = 0;
  std::memcpy(&value, file.data() + target.at, target.width);
  value = Value(value, random);
  std::memcpy(file.data() + target.at, &value, target.width);
}

// Refuses to go beyond `limit` bytes, as a script's memory cap does.
class CappedAllocator final : public Allocator {
 public:
  explicit CappedAllocator(size_t limit) : left_(limit) {}
  void* Allocate(size_t size, size_t alignment) override {
    if (size > left_) return nullptr;
    left_ -= size;
    return MallocAllocator().Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override {
    if (block != nullptr) left_ += size;
    MallocAllocator().Free(block, size);
  }

 private:
  size_t left_;
};

StopToken stop;

void RaiseStop(int) { stop.Raise(); }

void RaiseStopIn(int milliseconds) {
  stop.Lower();
  std::signal(SIGALRM, RaiseStop);
  const itimerval timer = {{0, 0}, {0, milliseconds * 1000}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

struct Tally {
  int refused_file = 0;
  int refused_run = 0;
  int ran = 0;
};

void Exercise(const File& file, Tally* tally) {
  CappedAllocator memory(64 << 20);
  Model model;
  if (const Status s = Model::Open(Bytes::Borrow(file), memory, &model); !s.ok()) {
    EXPECT_NE(s.what()[0], '\0');
    ++tally->refused_file;
    return;
  }
  ModelReport report;
  if (Analyze(model, memory, &report).ok()) {
    for (int i = 0; i < report.operators; ++i) static_cast<void>(DescribeOperator(model, i));
    for (int i = 0; i < report.tensors; ++i) static_cast<void>(DescribeTensor(model, i));
  }
  Session session;
  if (const Status s = Session::Open(model, memory, &session); !s.ok()) {
    EXPECT_NE(s.what()[0], '\0');
    ++tally->refused_run;
    return;
  }
  for (int i = 0; i < session.inputs(); ++i) {
    const Tensor input = session.input(i);
    std::memset(input.data, 0x5A + i, input.bytes());
  }
  RaiseStopIn(20);
  const Status s = session.Run(stop);
  // kInvalid: values that an operator has no answer for, such as an index beyond its axis.
  EXPECT_TRUE(s.ok() || s.code() == Code::kStopped || s.code() == Code::kInvalid) << s.what();
  session.Reset();
  for (int i = 0; i < session.outputs(); ++i) static_cast<void>(session.output(i));
  ++tally->ran;
}

int Mutations(int otherwise) {
  const char* asked = std::getenv("MOONLET_FUZZ");
  return asked != nullptr ? std::atoi(asked) : otherwise;
}

// Mutates the models in turn.
void Fuzz(const std::string& name, const std::vector<File>& originals, int mutations) {
  Tally tally;
  for (int i = 0; i < mutations; ++i) {
    SCOPED_TRACE(name + ", seed " + std::to_string(i));
    std::mt19937 random(static_cast<unsigned>(i));
    const File& original = originals[static_cast<size_t>(i) % originals.size()];
    const Targets targets(original);
    File file = original;
    const auto changes = random() % 3 == 0 ? 2 : 1;
    for (auto k = changes; k > 0; --k) Mutate(file, targets, random);
    Exercise(file, &tally);
    if (::testing::Test::HasFailure()) return;
  }
  std::cout << name << ": " << mutations << " mutations, " << tally.refused_file
            << " refused as files, " << tally.refused_run << " as models, " << tally.ran
            << " ran\n";
}

void Fuzz(const std::string& name, const File& original) {
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(original), MallocAllocator(), &model).ok());
  ModelReport report;
  ASSERT_TRUE(Analyze(model, MallocAllocator(), &report).ok());
  Fuzz(name, {original}, Mutations(report.macs < 1'000'000 ? 200 : 0));
}

// The models in the goldens of an operator (tools/operators/README.md).
std::vector<File> ModelsIn(const File& archive) {
  std::vector<File> models;
  NpzReader reader;
  EXPECT_TRUE(reader.Open(archive).ok());
  for (NpzEntry entry; reader.Next(&entry);) {
    if (!entry.name.ends_with("/model")) continue;
    File room(entry.size);
    std::span<const uint8_t> npy;
    EXPECT_TRUE(ReadNpzEntry(entry, room, MallocAllocator(), StopToken(), &npy).ok());
    NpyInfo info;
    EXPECT_TRUE(ParseNpy(npy, &info).ok());
    models.emplace_back(npy.begin() + static_cast<std::ptrdiff_t>(info.offset), npy.end());
  }
  return models;
}

TEST(FuzzTest, MutatedSamples) {
  Fuzz("sample", SampleModel());
  Fuzz("rewritten", RewrittenModel());
  Fuzz("digits", ReadBytes("scripts/apps/digits.tflite"));
}

TEST(FuzzTest, MutatedRecordedModels) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const std::string& name : RecordedModels())
    Fuzz(name, ReadBytes(CorpusFolder(name) / "model.tflite"));
}

TEST(FuzzTest, MutatedOperators) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("scripts/tests/operators"))
    files.push_back(entry.path());
  ASSERT_GE(files.size(), 100u);
  std::sort(files.begin(), files.end());
  for (const auto& file : files) Fuzz(file.stem(), ModelsIn(ReadBytes(file)), Mutations(40));
}

}  // namespace fuzz_test
}  // namespace moonlet
