// Tensors that share their memory: random graphs against the same graphs in which every tensor
// is a model output, so that each has memory of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace sharing_test {

using namespace moonlet::testing;

constexpr int32_t kRow = 16;  // bytes, so that all parts are aligned

// Operators on matrices of int8 with kRow columns.
class RandomGraph {
 public:
  explicit RandomGraph(uint32_t seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) inputs_.push_back(Add(1 + Below(4)));
    for (int i = 4 + Below(14); i > 0; --i) AddOperator();
  }

  // With a few of the tensors as outputs, or with all that operators give.
  std::vector<uint8_t> Finish(bool all) {
    std::vector<int32_t> outputs(given_);
    if (!all) outputs.erase(outputs.begin(), outputs.end() - std::min<int>(2, int(given_.size())));
    return b_.Finish(inputs_, outputs);
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  int Add(int32_t rows) {
    rows_.push_back(rows);
    return b_.Add({.shape = {rows, kRow}, .type = TensorType::INT8, .scales = {0.5f}});
  }
  int Give(int32_t rows) {
    given_.push_back(Add(rows));
    return given_.back();
  }
  int32_t RowsOf(int tensor) { return rows_[static_cast<size_t>(tensor)]; }
  // A matrix, more often than not one of the last.
  int Any() {
    const int count = static_cast<int>(tensors_.empty() ? inputs_.size() : tensors_.size());
    const auto& from = tensors_.empty() ? inputs_ : tensors_;
    if (Below(6) == 0) return inputs_[static_cast<size_t>(Below(2))];
    return from[static_cast<size_t>(std::max(0, count - 1 - Below(5)))];
  }
  int Constant(const std::vector<int32_t>& values) {
    rows_.push_back(0);
    const auto count = static_cast<int32_t>(values.size());
    return b_.Add({.shape = {count}, .type = TensorType::INT32, .data = testing::DataOf(values)});
  }
  void Take(int tensor) { tensors_.push_back(tensor); }

  void AddOperator() {
    switch (Below(7)) {
      case 0:
        return AddMap(BuiltinOperator::ABS);
      case 1:
        return AddMap(BuiltinOperator::RESHAPE);
      case 2:
        return AddPair();
      case 3:
      case 4:
        return AddConcatenation();
      case 5:
        return AddSplit();
      default:
        return AddSlice();
    }
  }
  void AddMap(BuiltinOperator code) {
    const int x = Any();
    const int y = Give(RowsOf(x));
    b_.Add(code, {x}, {y});
    Take(y);
  }
  // Of matrices of one size, or one that is repeated row by row.
  void AddPair() {
    const int a = Any();
    int b = Any();
    if (RowsOf(b) != 1 && RowsOf(b) != RowsOf(a)) b = a;
    const int y = Give(RowsOf(a));
    b_.Add(BuiltinOperator::SUB, {a, b}, {y}, BuiltinOptions::SubOptions,
           tflite::CreateSubOptions(b_.buffer()).Union());
    Take(y);
  }
  void AddConcatenation() {
    std::vector<int32_t> parts;
    int32_t rows = 0;
    for (int i = 1 + Below(3); i > 0; --i) {
      parts.push_back(Any());
      rows += RowsOf(parts.back());
    }
    if (rows > 40) return;
    const int y = Give(rows);
    b_.Add(BuiltinOperator::CONCATENATION, parts, {y}, BuiltinOptions::ConcatenationOptions,
           tflite::CreateConcatenationOptions(b_.buffer(), 0).Union());
    Take(y);
  }
  void AddSplit() {
    const int x = Any();
    const int32_t parts = RowsOf(x) % 3 == 0 ? 3 : RowsOf(x) % 2 == 0 ? 2 : 1;
    const int axis = Constant({0});
    std::vector<int32_t> outputs;
    for (int32_t i = 0; i < parts; ++i) outputs.push_back(Give(RowsOf(x) / parts));
    b_.Add(BuiltinOperator::SPLIT, {axis, x}, outputs, BuiltinOptions::SplitOptions,
           tflite::CreateSplitOptions(b_.buffer(), parts).Union());
    for (const int32_t y : outputs) Take(y);
  }
  void AddSlice() {
    const int x = Any();
    const int32_t first = Below(RowsOf(x));
    const int32_t count = 1 + Below(RowsOf(x) - first);
    const int begin = Constant({first, 0});
    const int size = Constant({count, kRow});
    const int y = Give(count);
    b_.Add(BuiltinOperator::SLICE, {x, begin, size}, {y});
    Take(y);
  }

  std::mt19937 random_;
  ModelBuilder b_;
  std::vector<int32_t> inputs_;
  std::vector<int32_t> tensors_;  // that operators read
  std::vector<int32_t> given_;    // that they give
  std::vector<int32_t> rows_;     // by tensor
};

// The outputs of a run, by their tensors.
std::map<int, std::vector<uint8_t>> OutputsOf(OpenedModel& m, uint32_t seed) {
  std::mt19937 random(seed);
  for (int i = 0; i < m.session().inputs(); ++i) {
    const Tensor input = m.session().input(i);
    auto* bytes = static_cast<uint8_t*>(input.data);
    for (size_t k = 0; k < input.bytes(); ++k) bytes[k] = static_cast<uint8_t>(random());
  }
  EXPECT_TRUE(m.Run().ok());
  std::map<int, std::vector<uint8_t>> outputs;
  for (int i = 0; i < m.session().outputs(); ++i) {
    const Tensor output = m.session().output(i);
    const auto* bytes = static_cast<const uint8_t*>(output.data);
    outputs[m.session().output_tensor(i)].assign(bytes, bytes + output.bytes());
  }
  return outputs;
}

TEST(SharingTest, ChangesNoResult) {
  int operators = 0;
  int steps = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    OpenedModel apart(RandomGraph(seed).Finish(true));
    OpenedModel m(RandomGraph(seed).Finish(false));
    ASSERT_TRUE(apart.status().ok()) << apart.status().what();
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    auto expected = OutputsOf(apart, seed);
    for (const auto& [tensor, bytes] : OutputsOf(m, seed))
      ASSERT_EQ(bytes, expected[tensor]) << "tensor " << tensor;
    for (const auto& [tensor, bytes] : OutputsOf(m, seed))
      ASSERT_EQ(bytes, expected[tensor]) << "in the second run, tensor " << tensor;
    operators += OperatorCount(m.model());
    steps += m.session().steps();
  }
  EXPECT_LT(steps, operators / 2);
  std::cout << operators << " operators, " << steps << " steps\n";
}

// Two branches, each of which is large in between: the file runs them side by side.
TEST(SharingTest, TheOrderThatNeedsLessMemoryRuns) {
  ModelBuilder b;
  const auto bytes = [&b](int32_t n) {
    return b.Add({.shape = {n, kRow}, .type = TensorType::INT8, .scales = {0.5f}});
  };
  const int x = bytes(1);
  const int wide[] = {bytes(100), bytes(100)};
  const int narrow[] = {bytes(1), bytes(1)};
  const int y = bytes(1);
  const std::vector<int32_t> factor = {100, 1}, corner = {0, 0}, size = {1, kRow};
  const auto constant = [&b](const std::vector<int32_t>& values) {
    return b.Add({.shape = {2}, .type = TensorType::INT32, .data = testing::DataOf(values)});
  };
  const int times = constant(factor), begin = constant(corner), row = constant(size);
  const int slope[] = {bytes(100), bytes(100)};
  for (int i = 0; i < 2; ++i) b.Add(BuiltinOperator::TILE, {x, times}, {wide[i]});
  for (int i = 0; i < 2; ++i) b.Add(BuiltinOperator::ABS, {wide[i]}, {slope[i]});
  for (int i = 0; i < 2; ++i) b.Add(BuiltinOperator::SLICE, {slope[i], begin, row}, {narrow[i]});
  b.Add(BuiltinOperator::SUB, {narrow[0], narrow[1]}, {y}, BuiltinOptions::SubOptions,
        tflite::CreateSubOptions(b.buffer()).Union());
  OpenedModel m(b.Finish({x}, {y}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  EXPECT_LT(m.session().arena_bytes(), 2u * 1600);
  for (const auto& [tensor, values] : OutputsOf(m, 1))
    EXPECT_EQ(values, std::vector<uint8_t>(kRow, 0));
}

}  // namespace sharing_test
}  // namespace moonlet
