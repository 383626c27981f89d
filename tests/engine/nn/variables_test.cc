// What resource variables hold, within a run and from run to run; what their operators
// refuse, with which words.
#include "engine/nn/variables.h"

#include <gtest/gtest.h>

#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace variables_test {

using namespace moonlet::testing;

const TensorSpec kHandle = {.shape = {}, .type = TensorType::RESOURCE};

TensorSpec Value(std::vector<uint8_t> data = {}) {
  return {.shape = {2},
          .type = TensorType::INT8,
          .scales = {0.5f},
          .zero_points = {-7},
          .data = std::move(data)};
}

// Writes graphs of the four operators.
class VariableModel {
 public:
  int Add(const TensorSpec& tensor) { return b_.Add(tensor); }
  int Handle(const char* name, const char* container = nullptr) {
    const int handle = b_.Add(kHandle);
    b_.Add(BuiltinOperator::VAR_HANDLE, {}, {handle}, BuiltinOptions::VarHandleOptions,
           tflite::CreateVarHandleOptionsDirect(b_.buffer(), container, name).Union());
    return handle;
  }
  int Read(int handle, const TensorSpec& like = Value()) {
    const int value = b_.Add(like);
    b_.Add(BuiltinOperator::READ_VARIABLE, {handle}, {value});
    return value;
  }
  void Assign(int handle, int value) {
    b_.Add(BuiltinOperator::ASSIGN_VARIABLE, {handle, value}, {});
  }
  void CallOnce(int graph = 1) {
    b_.Add(BuiltinOperator::CALL_ONCE, {}, {}, BuiltinOptions::CallOnceOptions,
           tflite::CreateCallOnceOptions(b_.buffer(), graph).Union());
  }
  ModelBuilder& builder() { return b_; }

 private:
  ModelBuilder b_;
};

std::vector<int> Values(const Tensor& tensor) {
  return {tensor.as<int8_t>()[0], tensor.as<int8_t>()[1]};
}
void Set(const Tensor& tensor, int first, int second) {
  tensor.as<int8_t>()[0] = static_cast<int8_t>(first);
  tensor.as<int8_t>()[1] = static_cast<int8_t>(second);
}
using Two = std::vector<int>;

// y is what x was in the run before.
std::vector<uint8_t> DelayModel() {
  VariableModel b;
  const int x = b.Add(Value());
  const int state = b.Handle("state");
  const int y = b.Read(state);
  b.Assign(state, x);
  return b.builder().Finish({x}, {y});
}

// The same, but a subgraph assigns 42 and 43 in the first run. `late`: after the reading.
std::vector<uint8_t> InitialisedModel(bool late) {
  VariableModel b;
  const int x = b.Add(Value());
  if (!late) b.CallOnce();
  const int state = b.Handle("state", "");
  const int y = b.Read(state);
  if (late) b.CallOnce();
  const int z = b.Read(state);
  b.Assign(state, x);
  b.builder().EndGraph({x}, {y, z});
  const int initial = b.Add(Value({42, 43}));
  b.Assign(b.Handle("state"), initial);
  b.Assign(b.Handle("unused"), initial);
  return b.builder().Finish({}, {});
}

TEST(VariablesTest, AResourceStartsAtItsZeroPointAndKeepsItsValue) {
  OpenedModel m(DelayModel());
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int round = 0; round < 2; ++round) {
    Set(m.session().input(0), 1, 2);
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Values(m.session().output(0)), (Two{-7, -7}));
    Set(m.session().input(0), 3, 4);
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Values(m.session().output(0)), (Two{1, 2}));
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Values(m.session().output(0)), (Two{3, 4}));
    m.session().Reset();
  }
}

TEST(VariablesTest, CallOnceAssignsInTheFirstRunAndAgainAfterAReset) {
  OpenedModel m(InitialisedModel(false));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int round = 0; round < 2; ++round) {
    Set(m.session().input(0), 1, 2);
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Values(m.session().output(0)), (Two{42, 43}));
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Values(m.session().output(0)), (Two{1, 2}));
    m.session().Reset();
  }
}

TEST(VariablesTest, OperatorsRunInTheirOrder) {
  OpenedModel m(InitialisedModel(true));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(Values(m.session().output(0)), (Two{-7, -7}));
  EXPECT_EQ(Values(m.session().output(1)), (Two{42, 43}));
}

TEST(VariablesTest, NamesAndContainersTellResourcesApart) {
  VariableModel b;
  const int x = b.Add(Value());
  const int names[] = {b.Handle("a"), b.Handle("b"), b.Handle("a", "c"), b.Handle("", "a")};
  std::vector<int32_t> outputs;
  for (const int handle : names) outputs.push_back(b.Read(handle));
  for (const int handle : names) b.Assign(handle, handle == names[0] ? x : outputs[0]);
  OpenedModel m(b.builder().Finish({x}, outputs));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  Set(m.session().input(0), 1, 2);
  ASSERT_TRUE(m.Run().ok());
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(Values(m.session().output(0)), (Two{1, 2}));
  for (int i = 1; i < 4; ++i) EXPECT_EQ(Values(m.session().output(i)), (Two{-7, -7})) << i;
}

// As in the reference: 257 is two bytes of 1.
TEST(VariablesTest, WideTypesStartAtThePatternOfTheirZeroPoint) {
  const TensorSpec wide = {
      .shape = {2}, .type = TensorType::INT16, .scales = {0.5f}, .zero_points = {1}};
  VariableModel b;
  const int x = b.Add(wide);
  const int state = b.Handle("state");
  const int y = b.Read(state, wide);
  b.Assign(state, x);
  OpenedModel m(b.builder().Finish({x}, {y}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.session().output(0).as<int16_t>()[0], 257);
}

// What a model says whose main graph assigns x to a resource, and to which `add` adds.
template <typename AddOperators>
std::string Said(AddOperators add) {
  VariableModel b;
  const int x = b.Add(Value());
  const int state = b.Handle("state");  // tensor 1
  b.Read(state);
  b.Assign(state, x);
  add(b, x);
  return OpenedModel(b.builder().Finish({}, {})).status().what();
}

TEST(VariablesTest, RefusesWhatDoesNotFitTheResource) {
  const auto end = [](VariableModel& b, int x) { b.builder().EndGraph({x}, {}); };
  EXPECT_EQ(Said(end), "");
  EXPECT_EQ(Said([&](VariableModel& b, int x) {
              TensorSpec longer = Value();
              longer.shape = {3};
              b.Read(b.Handle("other"), longer);
              end(b, x);
            }),
            "operator 5 READ_VARIABLE: nothing that has a size is assigned to resource 'other'");
  EXPECT_EQ(Said([&](VariableModel& b, int x) {
              TensorSpec longer = Value({1, 2, 3});
              longer.shape = {3};
              b.Assign(1, b.Add(longer));
              end(b, x);
            }),
            "operator 4 ASSIGN_VARIABLE: value (tensor 3 't3') is int8 of 3 bytes, but resource "
            "'state' is int8 of 2 bytes");
  EXPECT_EQ(Said([&](VariableModel& b, int x) {
              TensorSpec other = Value();
              other.type = TensorType::UINT8;
              other.zero_points = {0};
              b.Read(1, other);
              end(b, x);
            }),
            "operator 4 READ_VARIABLE: value (tensor 3 't3') is uint8 of 2 bytes, but resource "
            "'state' is int8 of 2 bytes");
  EXPECT_EQ(Said([&](VariableModel& b, int x) {
              b.Handle("state");
              end(b, x);
            }),
            "operator 4 VAR_HANDLE: a second handle to resource 'state'");
  EXPECT_EQ(Said([&](VariableModel& b, int x) {
              b.Handle(std::string(257, 'n').c_str());
              end(b, x);
            }),
            "operator 4 VAR_HANDLE: a name of 257 bytes, 'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...', "
            "expected at most 256");
}

TEST(VariablesTest, RefusesOtherHandles) {
  VariableModel b;
  const int x = b.Add(kHandle);
  const int y = b.Read(x);
  OpenedModel given(b.builder().Finish({x}, {y}));
  EXPECT_STREQ(given.status().what(),
               "operator 1 READ_VARIABLE: handle (tensor 0 't0') does not come from a VAR_HANDLE");
  VariableModel c;
  const int state = c.Handle("state");
  c.Assign(state, state);
  OpenedModel itself(c.builder().Finish({}, {}));
  EXPECT_STREQ(itself.status().what(),
               "operator 2 ASSIGN_VARIABLE: nothing that has a size is assigned to resource "
               "'state'");
  ModelBuilder d;
  const int handle = d.Add(kHandle);
  d.Add(BuiltinOperator::VAR_HANDLE, {}, {handle});
  OpenedModel bare(d.Finish({}, {}));
  EXPECT_STREQ(bare.status().what(), "operator 1 VAR_HANDLE: its options are missing");
}

TEST(VariablesTest, RefusesOtherSubgraphs) {
  const auto once = [](int graph, auto add) {
    return Said([&](VariableModel& b, int x) {
      b.CallOnce(graph);
      b.builder().EndGraph({x}, {});
      add(b);
    });
  };
  const auto nothing = [](VariableModel&) {};
  EXPECT_EQ(once(1, nothing), "");
  EXPECT_EQ(once(0, nothing), "operator 4 CALL_ONCE: subgraph 0, expected 1 to 1");
  EXPECT_EQ(once(2, nothing), "operator 4 CALL_ONCE: subgraph 2, expected 1 to 1");
  EXPECT_EQ(once(1, [](VariableModel& b) { b.Read(b.Handle("state")); }),
            "operator 4 CALL_ONCE: operator 2 READ_VARIABLE of its subgraph: expected VAR_HANDLE "
            "or ASSIGN_VARIABLE");
  EXPECT_EQ(once(1,
                 [](VariableModel& b) {
                   TensorSpec longer = Value({1, 2, 3});
                   longer.shape = {3};
                   const int state = b.Handle("state");
                   b.Assign(state, b.Add(longer));
                 }),
            "operator 4 CALL_ONCE: operator 2 ASSIGN_VARIABLE of its subgraph: value (tensor 1 "
            "'t1') is int8 of 3 bytes, but resource 'state' is int8 of 2 bytes");
  EXPECT_EQ(once(1,
                 [](VariableModel& b) {
                   TensorSpec computed = Value();
                   computed.variable = true;
                   const int state = b.Handle("state");
                   b.Assign(state, b.Add(computed));
                 }),
            "operator 4 CALL_ONCE: operator 2 ASSIGN_VARIABLE of its subgraph: value (tensor 1 "
            "'t1') is computed, expected a constant");
}

}  // namespace variables_test
}  // namespace moonlet
