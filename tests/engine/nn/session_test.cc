// How a session behaves: memory, stopping, changed files, variables, and the words with
// which it refuses an operator.
#include "engine/nn/session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "engine/nn/analyze.h"
#include "engine/nn/prepare.h"
#include "tests/engine/nn/corpus.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/sample_model.h"

namespace moonlet {
namespace session_test {

using namespace moonlet::testing;
using File = std::vector<uint8_t>;

void FillMinMax(const Tensor& input) {
  ASSERT_EQ(input.dtype, DType::kFloat32);
  for (Index i = 0; i < input.size(); ++i) input.as<float>()[i] = i % 2 == 0 ? -1.0f : 1.0f;
}

TEST(SessionTest, RunsTheSample) {
  OpenedModel m(SampleModel());
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  Session& session = m.session();
  EXPECT_EQ(session.inputs(), 1);
  EXPECT_EQ(session.outputs(), 2);
  EXPECT_EQ(session.steps(), 9);  // the RESHAPE needs none
  FillMinMax(session.input(0));
  ASSERT_TRUE(m.Run().ok());
  const Tensor quantised = session.output(0);
  const Tensor real = session.output(1);
  EXPECT_EQ(session.output_quantization(0).scale, 1.0f / 256);
  EXPECT_EQ(session.output_quantization(0).zero_point, -128);
  EXPECT_EQ(session.output_quantization(1).scale, 0);
  float sum = 0;
  for (Index i = 0; i < 3; ++i) {
    EXPECT_EQ(real.as<float>()[i], static_cast<float>(quantised.as<int8_t>()[i] + 128) / 256);
    sum += real.as<float>()[i];
  }
  EXPECT_NEAR(sum, 1.0f, 0.01f);
}

TEST(SessionTest, GivesBackEverythingAndAllocatesNothingInARun) {
  CountingAllocator counter(MallocAllocator());
  const File file = SampleModel();
  {
    Model model;
    ASSERT_TRUE(Model::Open(Bytes::Borrow(file), counter, &model).ok());
    Session session;
    ASSERT_TRUE(Session::Open(model, counter, &session).ok());
    EXPECT_EQ(counter.live(),
              session.arena_bytes() + session.record_bytes() + session.packed_bytes());
    const size_t calls = counter.calls();
    StopToken stop;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(session.Run(stop).ok());
    EXPECT_EQ(counter.calls(), calls);
    Session moved = std::move(session);
    EXPECT_FALSE(session.open());
    ASSERT_TRUE(moved.Run(stop).ok());
    moved.Close();
    moved.Close();
    EXPECT_EQ(counter.live(), 0u);
  }
  EXPECT_EQ(counter.live(), 0u);
}

// Allows a number of allocations, then none.
class FailingAllocator final : public Allocator {
 public:
  explicit FailingAllocator(int allowed) : allowed_(allowed) {}
  void* Allocate(size_t size, size_t alignment) override {
    return allowed_-- > 0 ? counter_.Allocate(size, alignment) : nullptr;
  }
  void Free(void* block, size_t size) override { counter_.Free(block, size); }
  size_t live() const { return counter_.live(); }

 private:
  int allowed_;
  CountingAllocator counter_{MallocAllocator()};
};

TEST(SessionTest, EveryFailedAllocationLeavesNothingBehind) {
  const File file = SampleModel();
  for (int allowed = 0;; ++allowed) {
    FailingAllocator memory(allowed);
    Model model;
    Session session;
    Status s = Model::Open(Bytes::Borrow(file), memory, &model);
    if (s.ok()) s = Session::Open(model, memory, &session);
    if (s.ok()) break;
    EXPECT_EQ(s.code(), Code::kNoMemory);
    EXPECT_FALSE(session.open());
    EXPECT_EQ(memory.live(), 0u);
    ASSERT_LT(allowed, 10);
  }
}

TEST(SessionTest, ARaisedTokenStopsARunAndTheSessionStaysUsable) {
  OpenedModel m(SampleModel());
  ASSERT_TRUE(m.status().ok());
  StopToken stop;
  stop.Raise();
  EXPECT_EQ(m.session().Run(stop).code(), Code::kStopped);
  stop.Lower();
  EXPECT_TRUE(m.session().Run(stop).ok());
}

TEST(SessionTest, TheObserverSeesTheOperatorOfEachStep) {
  class Steps final : public StepObserver {
   public:
    void Before(int op) override { seen.push_back(op); }
    void After(int op) override { seen.push_back(-op); }
    std::vector<int> seen;
  } steps;
  OpenedModel m(SampleModel());
  StopToken stop;
  ASSERT_TRUE(m.session().Run(stop, &steps).ok());
  const std::vector<int> expected = {0, 0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 7, -7, 8, -8, 9, -9};
  EXPECT_EQ(steps.seen, expected);
}

TEST(SessionTest, AChangedFileIsNotRead) {
  class Owner final : public BytesOwner {
   public:
    void Release() override {}
    bool Unchanged() const override { return unchanged; }
    bool unchanged = true;
  } owner;
  const File file = SampleModel();
  Model model;
  Session session;
  StopToken stop;
  ASSERT_TRUE(Model::Open(Bytes(file, &owner), MallocAllocator(), &model).ok());
  ASSERT_TRUE(Session::Open(model, MallocAllocator(), &session).ok());
  owner.unchanged = false;
  const Status s = session.Run(stop);
  EXPECT_EQ(s.code(), Code::kChanged);
  EXPECT_STREQ(s.what(), "model file changed");
  Session second;
  EXPECT_EQ(Session::Open(model, MallocAllocator(), &second).code(), Code::kChanged);
  ModelReport report;
  EXPECT_EQ(Analyze(model, MallocAllocator(), &report).code(), Code::kChanged);
}

// After load only weights and biases are read: with the rest of the file overwritten, a
// run still gives the same answer.
TEST(SessionTest, ARunReadsNothingButWeights) {
  File file = SampleModel();
  Model model;
  Session session;
  StopToken stop;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  ASSERT_TRUE(Session::Open(model, MallocAllocator(), &session).ok());
  FillMinMax(session.input(0));
  ASSERT_TRUE(session.Run(stop).ok());
  int8_t expected[3];
  std::memcpy(expected, session.output(0).data, sizeof(expected));

  std::vector<bool> weight(file.size());
  for (const auto* buffer : *model.root()->buffers()) {
    if (buffer->data() == nullptr) continue;
    const auto first = static_cast<size_t>(buffer->data()->data() - file.data());
    for (size_t i = 0; i < buffer->data()->size(); ++i) weight[first + i] = true;
  }
  for (size_t i = 0; i < file.size(); ++i)
    if (!weight[i]) file[i] = 0xA5;
  FillMinMax(session.input(0));
  ASSERT_TRUE(session.Run(stop).ok());
  EXPECT_EQ(std::memcmp(expected, session.output(0).data, sizeof(expected)), 0);
}

// A variable between runs: y = x + v, where v is what ADD cannot write, so it stays.
TEST(SessionTest, VariablesKeepTheirContentUntilReset) {
  ModelBuilder b;
  const TensorSpec s8 = {
      .shape = {4}, .type = TensorType::INT8, .scales = {0.5f}, .zero_points = {3}};
  TensorSpec state = s8;
  state.variable = true;
  const int x = b.Add(s8);
  const int v = b.Add(state);
  const int y = b.Add(s8);
  b.Add(BuiltinOperator::ADD, {x, v}, {y}, BuiltinOptions::AddOptions,
        tflite::CreateAddOptions(b.buffer()).Union());
  OpenedModel m(b.Finish({x}, {y, v}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const Tensor variable = m.session().output(1);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(variable.as<int8_t>()[i], 3) << "starts at real 0";
  std::memset(variable.data, 7, 4);
  std::memset(m.session().input(0).data, 3, 4);
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<int8_t>()[0], 7);
  EXPECT_EQ(variable.as<int8_t>()[0], 7);
  m.session().Reset();
  EXPECT_EQ(variable.as<int8_t>()[0], 3);
}

// RESHAPE shares its input's memory, except from a model's input to its output: there
// the result must survive the next input.
TEST(SessionTest, OutputsKeepClearOfInputs) {
  ModelBuilder b;
  const int x = b.Add({.shape = {2, 2}});
  const int y = b.Add({.shape = {4}});
  b.Add(BuiltinOperator::RESHAPE, {x}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  ASSERT_TRUE(m.status().ok());
  const Tensor input = m.session().input(0);
  const Tensor output = m.session().output(0);
  for (int i = 0; i < 4; ++i) input.as<float>()[i] = static_cast<float>(i);
  ASSERT_TRUE(m.Run().ok());
  std::memset(input.data, 0, input.bytes());
  for (int i = 0; i < 4; ++i) EXPECT_EQ(output.as<float>()[i], static_cast<float>(i));
}

TEST(SessionTest, OperatorsTakeTheMemoryOfAnInputThatEnds) {
  ModelBuilder b;
  const TensorSpec big = {.shape = {1000}};
  const int x = b.Add({.shape = {1}});
  const int c = b.Add({.shape = {1000}, .data = File(4000)});
  const int first = b.Add(big);
  const int second = b.Add(big);
  const int y = b.Add({.shape = {1000, 1}});
  const auto options = tflite::CreateAddOptions(b.buffer()).Union();
  b.Add(BuiltinOperator::ADD, {c, x}, {first}, BuiltinOptions::AddOptions, options);
  b.Add(BuiltinOperator::ADD, {first, x}, {second}, BuiltinOptions::AddOptions, options);
  b.Add(BuiltinOperator::RESHAPE, {second}, {y});
  OpenedModel m(b.Finish({x}, {y}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  EXPECT_EQ(m.session().arena_bytes(), 4000u + 16);
  m.session().input(0).as<float>()[0] = 1.5f;
  ASSERT_TRUE(m.Run().ok());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(m.session().output(0).as<float>()[i], 3.0f);
}

// x stays in use after an ADD that could have written over it.
TEST(SessionTest, AnInputStillNeededIsNotOverwritten) {
  ModelBuilder b;
  const TensorSpec s = {.shape = {4}};
  const int x = b.Add(s);
  const int twice = b.Add(s);
  const int thrice = b.Add(s);
  const auto options = tflite::CreateAddOptions(b.buffer()).Union();
  b.Add(BuiltinOperator::ADD, {x, x}, {twice}, BuiltinOptions::AddOptions, options);
  b.Add(BuiltinOperator::ADD, {twice, x}, {thrice}, BuiltinOptions::AddOptions, options);
  OpenedModel m(b.Finish({x}, {thrice}));
  ASSERT_TRUE(m.status().ok());
  for (int i = 0; i < 4; ++i) m.session().input(0).as<float>()[i] = static_cast<float>(i);
  ASSERT_TRUE(m.Run().ok());
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(m.session().output(0).as<float>()[i], static_cast<float>(3 * i));
}

// Weights behind the FlatBuffer, at an odd offset of the file.
TEST(SessionTest, WeightsMayLieAnywhereInTheFile) {
  File probe;
  uint64_t offset = 2;  // unknown until the file is made; the second round knows it
  for (int round = 0; round < 2; ++round) {
    ModelBuilder made;
    const int x = made.Add({.shape = {1, 3}});
    const int w = made.AddWithBuffer({.shape = {2, 3}}, made.AddOutsideBuffer(offset, 24));
    const int bias = made.AddWithBuffer({.shape = {2}}, made.AddOutsideBuffer(offset + 24, 8));
    const int y = made.Add({.shape = {1, 2}});
    made.Add(BuiltinOperator::FULLY_CONNECTED, {x, w, bias}, {y},
             BuiltinOptions::FullyConnectedOptions,
             tflite::CreateFullyConnectedOptions(made.buffer()).Union());
    probe = made.Finish({x}, {y});
    offset = probe.size() + 1;
  }
  probe.push_back(0);
  const File values = DataOf<float>({1, 2, 3, 4, 5, 6, 10, 20});
  probe.insert(probe.end(), values.begin(), values.end());
  OpenedModel m(probe);
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int i = 0; i < 3; ++i) m.session().input(0).as<float>()[i] = 1;
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<float>()[0], 16);
  EXPECT_EQ(m.session().output(0).as<float>()[1], 35);
}

// Positions in messages count from 1.
TEST(SessionTest, SaysWhichInputOrOutputHasNoDType) {
  ModelBuilder b;
  const int x = b.Add({.shape = {2}});
  const int half = b.Add({.shape = {2}, .type = TensorType::FLOAT16});
  const int y = b.Add({.shape = {2}});
  b.Add(BuiltinOperator::RESHAPE, {x}, {y});
  EXPECT_STREQ(OpenedModel(b.Finish({x, half}, {y})).status().what(),
               "model input 2 (tensor 1 't1') is float16, which has no dtype");
}

TEST(SessionTest, ASecondBackendMayTakeAnOperator) {
  class Doubler final : public Backend {
   public:
    const char* name() const override { return "doubler"; }
    Status Takes(const Node& node) const override {
      return node.code() == BuiltinOperator::CUSTOM ? Status() : Status::Unsupported("not mine");
    }
    Status Prepare(const Node& node, StepWriter& writer) const override {
      struct Record {
        Operand input;
        Operand output;
      };
      const RunStep run = [](const void* record, const RunContext& context) {
        const auto* r = static_cast<const Record*>(record);
        *context.Write<float>(r->output) = 2 * *context.Read<float>(r->input);
        return true;
      };
      auto* r = writer.Add<Record>(run);
      if (r != nullptr) *r = {writer.At(node.input(0)), writer.At(node.output(0))};
      return Status();
    }
  };
  ModelBuilder b;
  const int x = b.Add({.shape = {1}});
  const int y = b.Add({.shape = {1}});
  b.Add(BuiltinOperator::CUSTOM, {x}, {y});
  const File file = b.Finish({x}, {y});
  Model model;
  Session session;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  const Status refused = Session::Open(model, MallocAllocator(), &session);
  EXPECT_EQ(refused.code(), Code::kUnsupported);
  EXPECT_STREQ(refused.what(), "operator 1 my_operator: a custom operator nobody knows");
  const Doubler doubler;
  const Backend* both[] = {CpuOnly()[0], &doubler};
  ASSERT_TRUE(Session::Open(model, MallocAllocator(), &session, {both}).ok());
  StopToken stop;
  session.input(0).as<float>()[0] = 21;
  ASSERT_TRUE(session.Run(stop).ok());
  EXPECT_EQ(session.output(0).as<float>()[0], 42);
}

}  // namespace session_test
}  // namespace moonlet
