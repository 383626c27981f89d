// What depends on constants alone is computed once, at load, and is a constant for what reads it.
#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "engine/nn/preparation.h"
#include "engine/nn/prepared.h"
#include "engine/nn/records.h"
#include "engine/nn/rewrite.h"
#include "engine/nn/steps.h"
#include "tests/engine/nn/custom_case.h"
#include "tests/engine/nn/fates_of.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace rewrite_constants_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;
using Fates = std::vector<Fate>;

std::vector<int8_t> SomeBytes(int32_t n) {
  std::vector<int8_t> bytes(static_cast<size_t>(n));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<int8_t>(i * 37 + 11);
  return bytes;
}

TensorSpec Floats(const std::vector<int32_t>& shape) { return {.shape = shape}; }
TensorSpec Bytes8(const std::vector<int32_t>& shape) {
  return {.shape = shape, .type = TensorType::INT8, .scales = {0.5f}, .zero_points = {3}};
}
TensorSpec ConstantBytes(const std::vector<int32_t>& shape) {
  TensorSpec spec = Bytes8(shape);
  const int32_t n = std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>());
  spec.data = testing::DataOf(SomeBytes(n));
  return spec;
}
int Integers(ModelBuilder& b, const std::vector<int32_t>& values) {
  return b.Add({.shape = {static_cast<int32_t>(values.size())},
                .type = TensorType::INT32,
                .data = testing::DataOf(values)});
}
void AddSum(ModelBuilder& b, int x, int y, int sum) {
  b.Add(Op::ADD, {x, y}, {sum}, BuiltinOptions::AddOptions,
        tflite::CreateAddOptions(b.buffer()).Union());
}

// x + w, where w is a constant that was int8, moved and converted, of n rows.
std::vector<uint8_t> SumModel(int32_t n, bool planned = false) {
  ModelBuilder b;
  const int x = b.Add(Floats({4, n}));
  const int w = b.Add(ConstantBytes({n, 4}));
  const int real = b.Add(Floats({n, 4}));
  const int turned = b.Add(Floats({4, n}));
  const int y = b.Add(Floats({4, n}));
  b.Add(Op::DEQUANTIZE, {w}, {real});
  b.Add(Op::TRANSPOSE, {real, Integers(b, {1, 0})}, {turned});
  AddSum(b, x, turned, y);
  if (planned) b.AddOfflinePlan(std::vector<int32_t>(6, -1));
  return b.Finish({x}, {y});
}

// Of a session, but for the constants that were computed.
size_t RecordBytesWithout(const Model& model) {
  Preparation preparation(model, MallocAllocator(), CpuOnly());
  EXPECT_TRUE(preparation.PlanTensors().ok());
  EXPECT_TRUE(preparation.Measure(nullptr).ok());
  return CountRecords(model, preparation).steps_at() + preparation.step_bytes();
}

TEST(RewriteConstantsTest, AreComputedAtLoad) {
  OpenedModel m(SumModel(3));
  OpenedModel apart(SumModel(3, true));
  EXPECT_EQ(KindsOf(m), (Fates{Fate::kComputed, Fate::kComputed, Fate::kRuns}));
  EXPECT_EQ(KindsOf(apart), (Fates{Fate::kRuns, Fate::kRuns, Fate::kRuns}));
  EXPECT_EQ(OutputsOf(m.session(), 1), OutputsOf(apart.session(), 1));
  EXPECT_LT(m.session().arena_bytes(), apart.session().arena_bytes());
  // What only the last one read is not kept; what is kept is counted.
  const size_t records = RecordBytesWithout(m.model());
  EXPECT_GE(m.session().record_bytes(), records + 48);
  EXPECT_LT(m.session().record_bytes(), records + 48 + 16);
}

// A device that loads a file has other use for its memory.
TEST(RewriteConstantsTest, WhereMemoryIsScarceOnlySmallOnesAre) {
  OpenedModel small(SumModel(16));
  EXPECT_EQ(KindsOf(small.model(), false), (Fates{Fate::kComputed, Fate::kComputed, Fate::kRuns}));
  OpenedModel large(SumModel(17));
  EXPECT_EQ(KindsOf(large.model(), false), (Fates{Fate::kRuns, Fate::kRuns, Fate::kRuns}));
  EXPECT_EQ(KindsOf(large), (Fates{Fate::kComputed, Fate::kComputed, Fate::kRuns}));
}

// A layer whose filter is another one turned. With `file`, it is in the file as it is needed.
std::vector<uint8_t> FilterModel(bool file) {
  constexpr int32_t kDepth = 24, kOutputs = 16;
  ModelBuilder b;
  const int x = b.Add(Bytes8({2, kDepth}));
  const std::vector<int8_t> bytes = SomeBytes(kDepth * kOutputs);
  const TensorSpec given = {.shape = {kDepth, kOutputs},
                            .type = TensorType::INT8,
                            .scales = {0.02f},
                            .data = testing::DataOf(bytes)};
  std::vector<int8_t> turned(bytes.size());
  for (size_t i = 0; i < kDepth; ++i)
    for (size_t k = 0; k < kOutputs; ++k) turned[k * kDepth + i] = bytes[i * kOutputs + k];
  TensorSpec needed = {.shape = {kOutputs, kDepth}, .type = TensorType::INT8, .scales = {0.02f}};
  if (file) needed.data = testing::DataOf(turned);
  const int filter = b.Add(needed);
  if (!file) b.Add(Op::TRANSPOSE, {b.Add(given), Integers(b, {1, 0})}, {filter});
  const int y = b.Add(Bytes8({2, kOutputs}));
  b.Add(Op::FULLY_CONNECTED, {x, filter}, {y}, BuiltinOptions::FullyConnectedOptions,
        tflite::CreateFullyConnectedOptions(b.buffer()).Union());
  return b.Finish({x}, {y});
}

TEST(RewriteConstantsTest, MayBeFilters) {
  OpenedModel m(FilterModel(false));
  OpenedModel apart(FilterModel(true));
  EXPECT_EQ(KindsOf(m), (Fates{Fate::kComputed, Fate::kRuns}));
  EXPECT_EQ(OutputsOf(m.session(), 2), OutputsOf(apart.session(), 2));
  // 384 bytes, without which the layer cannot run.
  EXPECT_EQ(KindsOf(m.model(), false), (Fates{Fate::kComputed, Fate::kRuns}));
  EXPECT_GE(m.session().record_bytes(), apart.session().record_bytes() + 384);
  EXPECT_LT(m.session().record_bytes(), apart.session().record_bytes() + 384 + 16);
}

// The steps of a session that packs nothing, as on a device, read a filter where it was computed.
TEST(RewriteConstantsTest, MayBeFiltersThatNothingPacks) {
  OpenedModel m(FilterModel(false));
  ASSERT_TRUE(m.status().ok());
  Preparation preparation(m.model(), MallocAllocator(), CpuOnly(), false);
  ASSERT_TRUE(preparation.PlanTensors().ok());
  ASSERT_TRUE(preparation.Measure(nullptr).ok());
  const RecordCounts counts = CountRecords(m.model(), preparation);
  alignas(16) uint8_t records[4096] = {};
  alignas(64) uint8_t arena[16384] = {};
  const size_t bytes = RecordBytes(counts, preparation);
  ASSERT_LE(bytes, sizeof(records));
  ASSERT_LE(preparation.plan().size(), sizeof(arena));
  ASSERT_TRUE(WriteRecords(m.model(), preparation, counts, {records, bytes}, {}).ok());
  const auto file = m.model().bytes().span();
  const StopToken stop;
  Status refusal;
  bool early = false;
  const uint8_t* computed = records + bytes - preparation.constants().bytes();
  const RunContext run = {
      arena, {file.data(), static_cast<uint32_t>(file.size()), computed}, stop, refusal, early};
  const Tensor input = ViewOf(IoRecordsIn(records)[0], arena);
  const Tensor output = ViewOf(IoRecordsIn(records)[1], arena);
  const std::vector<uint8_t> expected = OutputsOf(m.session(), 3);
  std::mt19937 random(3);
  for (size_t i = 0; i < input.bytes(); ++i)
    static_cast<uint8_t*>(input.data)[i] = static_cast<uint8_t>(random());
  EXPECT_TRUE(Execute(*StepsIn(records, counts), run));
  const auto* data = static_cast<const uint8_t*>(output.data);
  EXPECT_EQ(std::vector<uint8_t>(data, data + output.bytes()), expected);
}

TEST(RewriteConstantsTest, LieInTheSectionOfAPreparedModel) {
  for (const auto& file : {SumModel(100), FilterModel(false)}) {
    OpenedModel m(file);
    const SectionBytes section = SectionOf(m.model());
    PreparedModel prepared;
    ASSERT_TRUE(prepared.Open(section.span(), kSomeTie).ok());
    CountingAllocator counter(MallocAllocator());
    Session session;
    ASSERT_TRUE(Session::Open(m.model(), prepared, counter, &session).ok());
    EXPECT_EQ(counter.peak(), session.arena_bytes());
    EXPECT_EQ(OutputsOf(session, 4), OutputsOf(m.session(), 4));
  }
}

// The shape of a tensor is known, whatever is in it; so are the zeros of its shape.
TEST(RewriteConstantsTest, ShapesAreConstant) {
  ModelBuilder b;
  const int x = b.Add(Floats({3, 2}));
  const int shape = b.Add({.shape = {2}, .type = TensorType::INT32});
  const int real = b.Add(Floats({2}));
  const int y = b.Add(Floats({3, 2}));
  b.Add(Op::SHAPE, {x}, {shape}, BuiltinOptions::ShapeOptions,
        tflite::CreateShapeOptions(b.buffer(), TensorType::INT32).Union());
  b.Add(Op::CAST, {shape}, {real});
  AddSum(b, x, real, y);
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_EQ(KindsOf(m), (Fates{Fate::kComputed, Fate::kComputed, Fate::kRuns}));
  for (int i = 0; i < 6; ++i) m.session().input(0).as<float>()[i] = static_cast<float>(10 * i);
  ASSERT_TRUE(m.Run().ok());
  const float expected[] = {3, 12, 23, 32, 43, 52};
  for (int i = 0; i < 6; ++i) EXPECT_EQ(m.session().output(0).as<float>()[i], expected[i]);
}

// An operator that needs to know where at load may be told by one that is computed then, and
// every part of a SPLIT is a constant.
TEST(RewriteConstantsTest, MaySayWhatElementsGoWhere) {
  ModelBuilder b;
  const int x = b.Add(Bytes8({2, 3, 5}));
  const int all = Integers(b, {2, 9, 0, 9, 1, 9});
  const int columns = b.Add({.shape = {3, 2}, .type = TensorType::INT32});
  const int perm = b.Add({.shape = {3, 1}, .type = TensorType::INT32});
  const int rest = b.Add({.shape = {3, 1}, .type = TensorType::INT32});
  const int flat = b.Add({.shape = {3}, .type = TensorType::INT32});
  const int turned = b.Add(Bytes8({5, 2, 3}));
  b.Add(Op::RESHAPE, {all}, {columns});
  b.Add(Op::SPLIT, {Integers(b, {1}), columns}, {perm, rest}, BuiltinOptions::SplitOptions,
        tflite::CreateSplitOptions(b.buffer(), 2).Union());
  b.Add(Op::RESHAPE, {perm}, {flat});
  b.Add(Op::TRANSPOSE, {x, flat}, {turned});
  OpenedModel m(b.Finish({x}, {turned}));
  EXPECT_EQ(KindsOf(m), (Fates{Fate::kComputed, Fate::kComputed, Fate::kComputed, Fate::kRuns}));
  for (const bool keeps : {false, true}) EXPECT_EQ(KindsOf(m.model(), keeps), KindsOf(m));
  const auto* in = m.session().input(0).as<int8_t>();
  for (int i = 0; i < 30; ++i) m.session().input(0).as<int8_t>()[i] = static_cast<int8_t>(i);
  const std::vector<int8_t> given(in, in + 30);
  ASSERT_TRUE(m.Run().ok());
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(m.session().output(0).as<int8_t>()[i], given[static_cast<size_t>(i % 6 * 5 + i / 6)]);
}

// Outputs have memory that a script may write.
TEST(RewriteConstantsTest, AreNoOutputs) {
  ModelBuilder b;
  const int x = b.Add(Floats({2}));
  const int shape = b.Add({.shape = {1}, .type = TensorType::INT32});
  const int y = b.Add(Floats({2}));
  b.Add(Op::SHAPE, {x}, {shape}, BuiltinOptions::ShapeOptions,
        tflite::CreateShapeOptions(b.buffer(), TensorType::INT32).Union());
  AddSum(b, x, x, y);
  OpenedModel m(b.Finish({x}, {shape, y}));
  EXPECT_EQ(KindsOf(m), (Fates{Fate::kRuns, Fate::kRuns}));
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<int32_t>()[0], 2);
}

// A GATHER that reads the positions in a run refuses a wrong one then, not before.
std::vector<uint8_t> GatherModel(int32_t position) {
  ModelBuilder b;
  const int x = b.Add(Bytes8({4, 2}));
  const int positions = b.Add({.shape = {2}, .type = TensorType::INT32});
  const int y = b.Add(Bytes8({2, 2}));
  AddSum(b, Integers(b, {1, position}), Integers(b, {0, 0}), positions);
  b.Add(Op::GATHER, {x, positions}, {y}, BuiltinOptions::GatherOptions,
        tflite::CreateGatherOptions(b.buffer()).Union());
  return b.Finish({x}, {y});
}

TEST(RewriteConstantsTest, RefuseNothingThatCouldRun) {
  OpenedModel right(GatherModel(3));
  EXPECT_EQ(KindsOf(right), (Fates{Fate::kComputed, Fate::kRuns}));
  OpenedModel wrong(GatherModel(4));
  EXPECT_EQ(KindsOf(wrong), (Fates{Fate::kRuns, Fate::kRuns}));
  EXPECT_STREQ(wrong.Run().what(), "operator 2 GATHER: index 4 at position 2, expected 0 to 3");
}

// A custom operator may write what it is given.
TEST(RewriteConstantsTest, AreNotReadByCustomOperators) {
  ModelBuilder b;
  const int x = b.Add(Bytes8({1, 1, 1, 2}));
  const int slot = b.Add(Bytes8({1, 1, 1, 2}));
  TensorSpec slots = Bytes8({1, 3, 1, 2});
  slots.variable = true;
  const int ring = b.Add(slots);
  const int y = b.Add(Bytes8({6}));
  b.Add(Op::RESHAPE, {b.Add(ConstantBytes({2}))}, {slot});
  b.AddCustom("CIRCULAR_BUFFER", {slot}, {ring},
              OptionsOf({.name = "", .tensors = {}, .options = {{"cycles_max", 1}}}));
  b.Add(Op::RESHAPE, {ring}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  EXPECT_EQ(KindsOf(m)[0], Fate::kRuns);
}

// One value everywhere, of so many elements that no file of this size explains it.
std::vector<uint8_t> FillModel(int32_t elements) {
  ModelBuilder b;
  const int x = b.Add(Bytes8({1}));
  const int many = b.Add(Bytes8({elements}));
  const int y = b.Add(Bytes8({1}));
  b.Add(Op::FILL, {Integers(b, {elements}), b.Add(ConstantBytes({1}))}, {many});
  const int first = b.Add(Bytes8({1}));
  b.Add(Op::SLICE, {many, Integers(b, {0}), Integers(b, {1})}, {first});
  AddSum(b, x, first, y);
  return b.Finish({x}, {y});
}

TEST(RewriteConstantsTest, TakeWhatTheFileExplains) {
  const std::vector<uint8_t> file = FillModel(1 << 30);
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  EXPECT_EQ(KindsOf(model, true)[0], Fate::kRuns);
  OpenedModel few(FillModel(500));
  EXPECT_EQ(KindsOf(few), (Fates{Fate::kComputed, Fate::kComputed, Fate::kRuns}));
}

// Each doubles what the one before gave, until that is too much.
TEST(RewriteConstantsTest, TakeThatMuchTogether) {
  ModelBuilder b;
  const int x = b.Add(Bytes8({1}));
  int last = b.Add(ConstantBytes({16}));
  int32_t length = 16;
  constexpr int kTiles = 20;
  for (int i = 0; i < kTiles; ++i) {
    length *= 2;
    const int next = b.Add(Bytes8({length}));
    b.Add(Op::TILE, {last, Integers(b, {2})}, {next});
    last = next;
  }
  const int y = b.Add(Bytes8({length}));
  AddSum(b, x, last, y);
  const std::vector<uint8_t> file = b.Finish({x}, {y});
  CountingAllocator counter(MallocAllocator());
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), counter, &model).ok());
  Preparation preparation(model, counter, CpuOnly(), true);
  ASSERT_TRUE(preparation.PlanTensors().ok());
  EXPECT_LT(counter.peak(), 64 * file.size());
  const Fates kinds = KindsOf(model, true);
  EXPECT_EQ(kinds[0], Fate::kComputed);
  EXPECT_EQ(kinds[kTiles - 1], Fate::kRuns);
}

// Refuses one request.
class RefusingAllocator final : public Allocator {
 public:
  explicit RefusingAllocator(size_t refused) : refused_(refused) {}
  void* Allocate(size_t size, size_t alignment) override {
    return asked_++ == refused_ ? nullptr : counter_.Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override { counter_.Free(block, size); }
  bool refused() const { return asked_ > refused_; }
  size_t live() const { return counter_.live(); }

 private:
  CountingAllocator counter_{MallocAllocator()};
  size_t refused_;
  size_t asked_ = 0;
};

// Without memory for it, an operator is one of every run; everything is given back.
TEST(RewriteConstantsTest, AreComputedInEachRunWithoutMemory) {
  const std::vector<uint8_t> file = SumModel(100);
  OpenedModel m(file);
  const std::vector<uint8_t> expected = OutputsOf(m.session(), 6);
  int opened = 0;
  bool refused = true;
  for (size_t i = 0; refused; ++i) {
    RefusingAllocator allocator(i);
    {
      Session session;
      const Status s = Session::Open(m.model(), allocator, &session);
      refused = allocator.refused();
      if (s.ok()) {
        ++opened;
        EXPECT_EQ(OutputsOf(session, 6), expected);
      } else {
        EXPECT_EQ(s.code(), Code::kNoMemory);
      }
    }
    EXPECT_EQ(allocator.live(), 0u);
  }
  EXPECT_GT(opened, 5);
}

}  // namespace rewrite_constants_test
}  // namespace moonlet
