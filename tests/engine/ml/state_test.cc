#include "engine/ml/state.h"

#include <gtest/gtest.h>

#include <utility>

namespace moonlet::ml {
namespace state_test {

constexpr ArraySpec kSpecs[] = {
    {"coef", DType::kFloat64, "kf"},
    {"rows", DType::kFloat32, "nf"},
    {"order", DType::kInt32, "n", true},
};

TEST(State, OwnsWhatItMakesAndGivesItBack) {
  CountingAllocator memory(MallocAllocator());
  {
    State state(memory);
    ASSERT_TRUE(state.Make(0, DType::kFloat64, {2, 3}).ok());
    EXPECT_TRUE(state.owns(0));
    EXPECT_EQ(state.get<double>(0)[5], 0.0);
    state.own<double>(0)[5] = 7;
    State other(std::move(state));
    EXPECT_FALSE(state.has(0));
    EXPECT_EQ(other.get<double>(0)[5], 7.0);
    ASSERT_TRUE(other.Make(0, DType::kFloat64, {1, 1}).ok());  // in place of the first
    EXPECT_EQ(other.bytes(), 8u);
    ASSERT_TRUE(other.Copy(1, other[0]).ok());
    EXPECT_EQ(other.bytes(), 16u);
  }
  EXPECT_EQ(memory.live(), 0u);
}

TEST(State, LeavesBorrowedMemoryAlone) {
  float values[] = {1, 2, 3};
  Shape shape;
  shape.rank = 1;
  shape.dims[0] = 3;
  State state;
  state.Borrow(1, RowMajor(values, DType::kFloat32, shape));
  EXPECT_TRUE(state.has(1));
  EXPECT_FALSE(state.owns(1));
  EXPECT_EQ(state.get<float>(1)[2], 3.0f);
}

TEST(State, RefusesWhatCannotBe) {
  State state(MallocAllocator());
  EXPECT_EQ(state.Make(0, DType::kFloat64, {PTRDIFF_MAX / 8, 1000}).code(), Code::kNoMemory);
  EXPECT_FALSE(state.has(0));
}

TEST(State, IsCheckedAgainstItsList) {
  State state(MallocAllocator());
  ASSERT_TRUE(state.Make(0, DType::kFloat64, {2, 3}).ok());
  EXPECT_STREQ(CheckArrays(kSpecs, state, 3, 2).what(), "array 'rows' is missing");
  ASSERT_TRUE(state.Make(1, DType::kFloat32, {5, 3}).ok());
  EXPECT_TRUE(CheckArrays(kSpecs, state, 3, 2).ok());
  EXPECT_TRUE(CheckArrays(kSpecs, state, 3, 0).ok());  // k is a letter like others then
  EXPECT_STREQ(CheckArrays(kSpecs, state, 4, 2).what(),
               "array 'coef': axis 2 is 3 long, expected 4");
  EXPECT_STREQ(CheckArrays(kSpecs, state, 3, 3).what(),
               "array 'coef': axis 1 is 2 long, expected 3");
  ASSERT_TRUE(state.Make(2, DType::kInt32, {4}).ok());
  EXPECT_STREQ(CheckArrays(kSpecs, state, 3, 2).what(),
               "array 'order': axis 1 is 4 long, expected 5");
  ASSERT_TRUE(state.Make(2, DType::kFloat32, {5}).ok());
  EXPECT_STREQ(CheckArrays(kSpecs, state, 3, 2).what(), "array 'order' is float32, expected int32");
  ASSERT_TRUE(state.Make(2, DType::kInt32, {5, 1}).ok());
  EXPECT_STREQ(CheckArrays(kSpecs, state, 3, 2).what(), "array 'order' has rank 2, expected 1");
}

}  // namespace state_test
}  // namespace moonlet::ml
