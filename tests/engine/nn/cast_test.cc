// CAST: what it refuses, and that every pair of types runs.
#include <gtest/gtest.h>

#include <cstring>

#include "engine/nn/graph.h"
#include "engine/nn/operators/operators.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace cast_test {

using namespace moonlet::testing;

std::vector<uint8_t> Write(const TensorSpec& input, const TensorSpec& output) {
  ModelBuilder b;
  const int x = b.Add(input);
  const int y = b.Add(output);
  b.Add(BuiltinOperator::CAST, {x}, {y});
  return b.Finish({x}, {y});
}

// The bytes of the number 1, and zeros.
std::vector<uint8_t> One(TensorType type) {
  return type == TensorType::FLOAT32 ? DataOf(std::vector<float>{1})
                                     : DataOf(std::vector<uint32_t>{1});
}

TEST(CastTest, RefusesAnotherShape) {
  OpenedModel m(Write({.shape = {2, 3}}, {.shape = {6}, .type = TensorType::INT8}));
  EXPECT_STREQ(m.status().what(),
               "operator 1 CAST: output (tensor 1 't1') has shape {6}, expected {2, 3}");
}

TEST(CastTest, RefusesOtherTypes) {
  OpenedModel m(Write({.shape = {2}, .type = TensorType::INT64}, {.shape = {2}}));
  EXPECT_STREQ(m.status().what(), "operator 1 CAST: not supported from int64 to float32");
}

TEST(CastTest, EveryPairOfTypesRuns) {
  int pairs = 0;
  for (const CpuOperator& row : CpuOperators()) {
    if (row.code != BuiltinOperator::CAST) continue;
    for (int i = 0; i <= static_cast<int>(TensorType::MAX); ++i) {
      for (int k = 0; k <= static_cast<int>(TensorType::MAX); ++k) {
        const auto from = static_cast<TensorType>(i);
        const auto to = static_cast<TensorType>(k);
        if (!row.input.Has(from) || !row.output.Has(to)) continue;
        SCOPED_TRACE(std::string(NameOf(from)) + " to " + NameOf(to));
        OpenedModel m(Write({.shape = {1}, .type = from}, {.shape = {1}, .type = to}));
        ASSERT_TRUE(m.status().ok()) << m.status().what();
        const Tensor input = m.session().input(0);
        std::memcpy(input.data, One(from).data(), input.bytes());
        ASSERT_TRUE(m.Run().ok());
        const Tensor output = m.session().output(0);
        EXPECT_EQ(std::memcmp(output.data, One(to).data(), output.bytes()), 0);
        ++pairs;
      }
    }
  }
  EXPECT_EQ(pairs, 30);
}

}  // namespace cast_test
}  // namespace moonlet
