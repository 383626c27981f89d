// IF and WHILE: which way a run takes, what they hand over, when they stop; what they refuse.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/custom_case.h"

namespace moonlet {
namespace control_flow_test {

using namespace moonlet::testing;
using Op = BuiltinOperator;
using Floats = std::vector<float>;

const TensorSpec kFlag = {.shape = {1}, .type = TensorType::BOOL};
const TensorSpec kPair = {.shape = {2}};

// Adds operators to the graph that is being built; each gives its output.
struct Graph {
  ModelBuilder& b;

  int Binary(Op code, int x, int y) {
    const int z = b.Add(kPair);
    const bool add = code == Op::ADD;
    const auto options = add ? tflite::CreateAddOptions(b.buffer()).Union()
                             : tflite::CreateMulOptions(b.buffer()).Union();
    b.Add(code, {x, y}, {z}, add ? BuiltinOptions::AddOptions : BuiltinOptions::MulOptions,
          options);
    return z;
  }
  int If(int flag, int x, int then_graph, int else_graph) {
    const int z = b.Add(kPair);
    b.Add(Op::IF, {flag, x}, {z}, BuiltinOptions::IfOptions,
          tflite::CreateIfOptions(b.buffer(), then_graph, else_graph).Union());
    return z;
  }
  // The flags from `first`, `count` of them.
  int Flags(int flags, int32_t first, int32_t count) {
    const auto constant = [this](int32_t value) {
      return b.Add(
          {.shape = {1}, .type = TensorType::INT32, .data = DataOf(std::vector<int32_t>{value})});
    };
    const int begin = constant(first), end = constant(first + count), stride = constant(1);
    const int z = b.Add({.shape = {count}, .type = TensorType::BOOL});
    b.Add(Op::STRIDED_SLICE, {flags, begin, end, stride}, {z}, BuiltinOptions::StridedSliceOptions,
          tflite::CreateStridedSliceOptions(b.buffer()).Union());
    return z;
  }
};

// y = x + x, or x * x; `deep` asks the same in a subgraph of the first branch.
std::vector<uint8_t> IfModel(bool deep) {
  ModelBuilder b;
  Graph g{b};
  const int flag = b.Add(kFlag);
  const int x = b.Add(kPair);
  const int y = g.If(flag, g.Binary(Op::ADD, x, x), deep ? 3 : 1, 2);
  b.EndGraph({flag, x}, {g.Binary(Op::ADD, y, x)});
  const int x1 = b.Add(kPair);
  b.EndGraph({x1}, {g.Binary(Op::ADD, x1, x1)});
  const int x2 = b.Add(kPair);
  b.EndGraph({x2}, {g.Binary(Op::MUL, x2, x2)});
  const int x3 = b.Add(kPair);
  TensorSpec yes = kFlag;
  yes.data = {1};
  const int z3 = g.If(b.Add(yes), g.Binary(Op::MUL, x3, x3), 1, 2);
  return b.Finish({x3}, {z3});
}

Floats RunIf(OpenedModel& m, bool flag, const Floats& x) {
  *m.session().input(0).as<bool>() = flag;
  std::memcpy(m.session().input(1).data, x.data(), 8);
  EXPECT_TRUE(m.Run().ok());
  const auto* y = m.session().output(0).as<float>();
  return {y, y + 2};
}

TEST(ControlFlow, IfTakesOneOfTwoWays) {
  OpenedModel m(IfModel(false));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  EXPECT_EQ(RunIf(m, true, {1, 3}), (Floats{5, 15}));
  EXPECT_EQ(RunIf(m, false, {1, 3}), (Floats{5, 39}));
  OpenedModel deep(IfModel(true));
  ASSERT_TRUE(deep.status().ok()) << deep.status().what();
  EXPECT_EQ(RunIf(deep, true, {1, 3}), (Floats{9, 75}));
  EXPECT_EQ(RunIf(deep, false, {1, 3}), (Floats{5, 39}));
  ModelReport report;
  ASSERT_TRUE(Analyze(deep.model(), MallocAllocator(), &report).ok());
  EXPECT_EQ(report.arena_bytes, deep.session().arena_bytes());
  EXPECT_EQ(report.record_bytes, deep.session().record_bytes());
}

// While the first flag is set: flags move up by one and x doubles. `forever`: the condition
// is a constant.
std::vector<uint8_t> WhileModel(bool forever) {
  ModelBuilder b;
  Graph g{b};
  const TensorSpec kFlags = {.shape = {3}, .type = TensorType::BOOL};
  const int flags = b.Add(kFlags), x = b.Add(kPair);
  const int flags_out = b.Add(kFlags), x_out = b.Add(kPair);
  b.Add(Op::WHILE, {flags, x}, {flags_out, x_out}, BuiltinOptions::WhileOptions,
        tflite::CreateWhileOptions(b.buffer(), 1, 2).Union());
  b.EndGraph({flags, x}, {flags_out, x_out});
  const int flags1 = b.Add(kFlags), x1 = b.Add(kPair);
  TensorSpec yes = kFlag;
  yes.data = {1};
  b.EndGraph({flags1, x1}, {forever ? b.Add(yes) : g.Flags(flags1, 0, 1)});
  const int flags2 = b.Add(kFlags), x2 = b.Add(kPair);
  TensorSpec no = kFlag;
  no.data = {0};
  const int last = b.Add(no), rest = g.Flags(flags2, 1, 2), moved = b.Add(kFlags);
  b.Add(Op::CONCATENATION, {rest, last}, {moved}, BuiltinOptions::ConcatenationOptions,
        tflite::CreateConcatenationOptions(b.buffer()).Union());
  return b.Finish({flags2, x2}, {moved, g.Binary(Op::ADD, x2, x2)});
}

TEST(ControlFlow, WhileRunsItsBodyAsLongAsItsConditionSays) {
  OpenedModel m(WhileModel(false));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (uint8_t turns = 0; turns <= 3; ++turns) {
    const Tensor flags = m.session().input(0);
    for (uint8_t i = 0; i < 3; ++i) flags.as<bool>()[i] = i < turns;
    m.session().input(1).as<float>()[0] = 1;
    m.session().input(1).as<float>()[1] = 3;
    ASSERT_TRUE(m.Run().ok());
    const auto* x = m.session().output(1).as<float>();
    EXPECT_EQ(x[0], static_cast<float>(1 << turns));
    EXPECT_EQ(x[1], static_cast<float>(3 << turns));
    EXPECT_FALSE(m.session().output(0).as<bool>()[0]);
  }
}

TEST(ControlFlow, ALoopWithoutEndStopsWithItsToken) {
  OpenedModel m(WhileModel(true));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  StopToken stop;
  std::thread other([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.Raise();
  });
  const Status s = m.session().Run(stop);
  other.join();
  EXPECT_EQ(s.code(), Code::kStopped);
}

// A model of one IF whose first branch is what `fill` makes of subgraph 1.
std::string BranchRefusal(const std::function<void(ModelBuilder&, int x)>& fill, int then_graph = 1,
                          const TensorSpec& flag_like = kFlag) {
  ModelBuilder b;
  Graph g{b};
  const int flag = b.Add(flag_like);
  const int x = b.Add(kPair);
  const int y = g.If(flag, x, then_graph, 2);
  b.EndGraph({flag, x}, {y});
  fill(b, b.Add(kPair));
  const int x2 = b.Add(kPair);
  OpenedModel m(b.Finish({x2}, {x2}));
  if (m.model().open()) {
    EXPECT_STREQ(DescribeOperator(m.model(), 0).support.what(), m.status().what());
  }
  return m.status().what();
}

TEST(ControlFlow, RefusesOtherSubgraphs) {
  const auto same = [](ModelBuilder& b, int x) { b.EndGraph({x}, {x}); };
  EXPECT_EQ(BranchRefusal(same), "");
  EXPECT_EQ(BranchRefusal(same, 0), "operator 1 IF: subgraph 0, expected 1 to 2");
  EXPECT_EQ(BranchRefusal(same, 3), "operator 1 IF: subgraph 3, expected 1 to 2");
  EXPECT_EQ(BranchRefusal(same, 1, {.shape = {2}, .type = TensorType::BOOL}),
            "operator 1 IF: condition (tensor 0 't0') has shape {2}, expected one element");
  EXPECT_EQ(BranchRefusal([](ModelBuilder& b, int x) {
              b.EndGraph({x}, {x, x});
            }),
            "operator 1 IF: subgraph 1 has 1 inputs and 2 outputs, expected 1 and 1");
  EXPECT_EQ(BranchRefusal([](ModelBuilder& b, int x) {
              b.EndGraph({x}, {b.Add({.shape = {3}, .data = DataOf(Floats{1, 2, 3})})});
            }),
            "operator 1 IF: subgraph 1: output 1 is float32 {3}, the operator's is float32 {2}");
  EXPECT_EQ(BranchRefusal([](ModelBuilder& b, int x) {
              const int y = b.Add({.shape = {2}, .type = TensorType::INT32});
              b.Add(Op::ABS, {x}, {y});
              b.EndGraph({x}, {x});
            }),
            "operator 1 IF: subgraph 1: operator 1 ABS: not supported from float32 to int32");
  EXPECT_EQ(BranchRefusal([](ModelBuilder& b, int x) {
              b.Add({.shape = {2}, .variable = true});
              b.EndGraph({x}, {x});
            }),
            "operator 1 IF: subgraph 1: tensor 1 't1' is a variable, which no subgraph keeps");
  EXPECT_EQ(BranchRefusal([](ModelBuilder& b, int x) {
              b.Add(Op::CALL_ONCE, {}, {}, BuiltinOptions::CallOnceOptions,
                    tflite::CreateCallOnceOptions(b.buffer(), 1).Union());
              b.EndGraph({x}, {x});
            }),
            "operator 1 IF: subgraph 1: operator 1 CALL_ONCE: it keeps something from run to run, "
            "which no subgraph does");
  EXPECT_EQ(
      BranchRefusal([](ModelBuilder& b, int x) {
        const TensorSpec samples = {.shape = {2}, .type = TensorType::INT16};
        const int in = b.Add(
            {.shape = {2}, .type = TensorType::INT16, .data = DataOf(std::vector<int16_t>{1, 2})});
        b.AddCustom("SignalDelay", {in}, {b.Add(samples)},
                    OptionsOf({.name = "", .tensors = {}, .options = {{"delay_length", 1}}}));
        b.EndGraph({x}, {x});
      }),
      "operator 1 IF: subgraph 1: operator 1 SignalDelay: it keeps something from run to "
      "run, which no subgraph does");
}

// Two calls of itself in each: without a limit, no end.
TEST(ControlFlow, RefusesEndlessCalls) {
  const std::string refusal = BranchRefusal([](ModelBuilder& b, int x) {
    Graph g{b};
    TensorSpec yes = kFlag;
    yes.data = {1};
    const int flag = b.Add(yes);
    b.EndGraph({x}, {g.If(flag, g.If(flag, x, 1, 1), 1, 1)});
  });
  EXPECT_NE(refusal.find("calls are nested deeper than 4"), std::string::npos) << refusal;
}

TEST(ControlFlow, RefusesOtherLoops) {
  const auto refusal = [](const std::vector<int32_t>& inputs, int condition, int body) {
    ModelBuilder b;
    const int x = b.Add(kPair), y = b.Add(kPair), flag = b.Add(kFlag);
    b.Add(Op::WHILE, inputs, {y}, BuiltinOptions::WhileOptions,
          tflite::CreateWhileOptions(b.buffer(), condition, body).Union());
    b.EndGraph({x, flag}, {y});
    const int x1 = b.Add(kPair);
    return std::string(OpenedModel(b.Finish({x1}, {x1})).status().what());
  };
  EXPECT_EQ(refusal({0, 0}, 1, 1), "operator 1 WHILE: 2 inputs and 1 outputs, expected as many");
  EXPECT_EQ(refusal({0}, 0, 1), "operator 1 WHILE: subgraph 0, expected 1 to 1");
  EXPECT_EQ(refusal({0}, 1, -1), "operator 1 WHILE: subgraph -1, expected 1 to 1");
  EXPECT_EQ(refusal({0}, 1, 1),
            "operator 1 WHILE: condition (tensor 0 't0') is float32, expected bool");
  EXPECT_EQ(refusal({2}, 1, 1),
            "operator 1 WHILE: output (tensor 1 't1') is float32, expected bool");
}

}  // namespace control_flow_test
}  // namespace moonlet
