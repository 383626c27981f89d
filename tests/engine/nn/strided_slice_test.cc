// STRIDED_SLICE: boxes of random shapes, and what is refused.
#include <gtest/gtest.h>

#include "tests/engine/kernels/reference.h"
#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace strided_slice_test {

using namespace moonlet::testing;
using reference::Random;

struct Masks {
  int begin = 0;
  int end = 0;
  int ellipsis = 0;
  int new_axis = 0;
  int shrink = 0;
  bool offset = false;
};

OperatorCase Slice(TensorType type, const std::vector<int32_t>& shape,
                   const std::vector<int32_t>& output, const std::vector<int32_t>& begin,
                   const std::vector<int32_t>& end, const std::vector<int32_t>& strides,
                   Masks masks) {
  const auto constant = [](const std::vector<int32_t>& values) {
    return TensorSpec{.shape = {static_cast<int32_t>(values.size())},
                      .type = TensorType::INT32,
                      .data = DataOf(values)};
  };
  const auto options = [masks](flatbuffers::FlatBufferBuilder& fbb) {
    return tflite::CreateStridedSliceOptions(fbb, masks.begin, masks.end, masks.ellipsis,
                                             masks.new_axis, masks.shrink, masks.offset)
        .Union();
  };
  return {BuiltinOperator::STRIDED_SLICE,
          {{.shape = shape, .type = type},
           constant(begin),
           constant(end),
           constant(strides),
           {.shape = output, .type = type}},
          {0, 1, 2, 3},
          BuiltinOptions::StridedSliceOptions,
          options};
}

// The positions that one axis takes, one by one.
std::vector<int32_t> Positions(int32_t size, int32_t begin, int32_t end, int32_t stride,
                               bool from_start, bool to_end) {
  const int32_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  const auto inside = [&](int32_t x) {
    x = x < 0 ? x + size : x;
    return x < low ? low : x > high ? high : x;
  };
  const int32_t first = from_start ? (stride > 0 ? 0 : size - 1) : inside(begin);
  const int32_t last = to_end ? (stride > 0 ? size : -1) : inside(end);
  std::vector<int32_t> positions;
  for (int32_t x = first; stride > 0 ? x < last : x > last; x += stride) positions.push_back(x);
  return positions;
}

template <typename T>
void ExpectBoxes(TensorType type, uint32_t seed) {
  Random random(seed);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    const int rank = random.Int(1, 5);
    std::vector<int32_t> shape, begin, end, strides, output;
    std::vector<size_t> sources = {0};  // of the output's elements
    Masks masks;
    bool empty = false;
    size_t elements = 1;
    for (int axis = 0; axis < rank; ++axis) {
      const int32_t size = random.Int(1, 5);
      elements *= static_cast<size_t>(size);
      shape.push_back(size);
      begin.push_back(random.Int(-7, 7));
      end.push_back(random.Int(-7, 7));
      strides.push_back(random.Chance(60)   ? 1
                        : random.Chance(50) ? random.Int(1, 3)
                                            : -random.Int(1, 3));
      const bool from_start = random.Chance(40), to_end = random.Chance(40);
      masks.begin |= from_start << axis;
      masks.end |= to_end << axis;
      auto positions =
          Positions(size, begin.back(), end.back(), strides.back(), from_start, to_end);
      if (strides.back() > 0 && random.Chance(20)) {
        masks.shrink |= 1 << axis;
        positions = Positions(size, begin.back(), size, 1, from_start, true);
        if (!positions.empty()) positions.resize(1);
      } else {
        output.push_back(static_cast<int32_t>(positions.size()));
      }
      empty = empty || positions.empty();
      std::vector<size_t> longer;
      for (const size_t source : sources)
        for (const int32_t p : positions)
          longer.push_back(source * static_cast<size_t>(size) + static_cast<size_t>(p));
      sources = longer;
    }
    if (empty) continue;
    std::vector<T> values;
    for (size_t i = 0; i < elements; ++i) values.push_back(static_cast<T>(i * 7 % 127));
    const auto result = ResultOf(Slice(type, shape, output, begin, end, strides, masks), values);
    ASSERT_EQ(result.size(), sources.size());
    for (size_t i = 0; i < sources.size(); ++i) ASSERT_EQ(result[i], values[sources[i]]) << i;
  }
}

TEST(StridedSlice, TakesBoxesOfEveryWidth) {
  ExpectBoxes<int8_t>(TensorType::INT8, 301);
  ExpectBoxes<int16_t>(TensorType::INT16, 302);
  ExpectBoxes<float>(TensorType::FLOAT32, 303);
  ExpectBoxes<int64_t>(TensorType::INT64, 304);
}

TEST(StridedSlice, AnEllipsisStandsForTheAxesBetween) {
  std::vector<int8_t> values(24);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int8_t>(i);
  const auto type = TensorType::INT8;
  const std::vector<int8_t> last = {3, 7, 11, 15, 19, 23};
  // x[..., -1], x[..., None, 3:4], and x[1] of which the other axes are whole.
  EXPECT_EQ(ResultOf(Slice(type, {2, 3, 4}, {2, 3}, {0, -1}, {0, 0}, {1, 1},
                           {.ellipsis = 1, .shrink = 2}),
                     values),
            last);
  EXPECT_EQ(ResultOf(Slice(type, {2, 3, 4}, {2, 3, 1, 1}, {0, 0, 3}, {0, 0, 4}, {1, 1, 1},
                           {.ellipsis = 1, .new_axis = 2}),
                     values),
            last);
  EXPECT_EQ(ResultOf(Slice(type, {2, 3, 4}, {1, 3, 4}, {1}, {2}, {1}, {}), values),
            std::vector<int8_t>(values.begin() + 12, values.end()));
}

TEST(StridedSlice, Refusals) {
  const auto valid = [](Masks masks = {}, std::vector<int32_t> begin = {1, 0},
                        std::vector<int32_t> end = {3, 4}, std::vector<int32_t> strides = {1, 2}) {
    return Slice(TensorType::INT16, {3, 4}, {2, 2}, begin, end, strides, masks);
  };
  ExpectRefusals(
      valid(),
      {{[](OperatorCase& o) {
          o.inputs = {0, 1, 2};
        },
        "3 inputs, expected 4"},
       {[](OperatorCase& o) { o.type = BuiltinOptions::NONE; }, "its options are missing"},
       {[](OperatorCase& o) { o.output().type = TensorType::INT8; },
        "output (tensor 4 't4') is int8, expected int16"},
       {[](OperatorCase& o) {
          o.output().shape = {2, 3};
        },
        "has shape {2, 3}, expected {2, 2}"},
       {[](OperatorCase& o) { o.tensors[1].data = {}; },
        "begin (tensor 1 't1') is computed, expected a constant"},
       {[](OperatorCase& o) { o.tensors[2].type = TensorType::FLOAT32; },
        "end (tensor 2 't2') is float32, expected int32"},
       {[](OperatorCase& o) {
          o.tensors[2].shape = {1, 2};
        },
        "expected rank 1"},
       {[](OperatorCase& o) {
          o.tensors[3].shape = {1};
          o.tensors[3].data = DataOf<int32_t>({1});
        },
        "strides (tensor 3 't3') has shape {1}, expected {2}"},
       {[&](OperatorCase& o) {
          o = valid({}, {1, 0}, {3, 4}, {1, 0});
        },
        "stride 2 is 0"},
       {[&](OperatorCase& o) {
          o = valid({}, {1, 4});
        },
        "entry 2 takes nothing of 4 positions"},
       {[&](OperatorCase& o) {
          o = valid({.shrink = 2}, {1, 4});
        },
        "entry 2 takes position 4 of 4 with stride 2"},
       {[&](OperatorCase& o) {
          o = valid({.shrink = 1}, {1, 0}, {3, 4}, {-1, 2});
        },
        "entry 1 takes position 1 of 3 with stride -1"},
       {[&](OperatorCase& o) { o = valid({.ellipsis = 3}); }, "two ellipses"},
       {[&](OperatorCase& o) { o = valid({.offset = true}); }, "an end relative to its begin"},
       {[&](OperatorCase& o) {
          o = valid({}, {1, 0, 0}, {3, 4, 1}, {1, 1, 1});
        },
        "3 entries for fewer axes"},
       {[&](OperatorCase& o) {
          const std::vector<int32_t> many(17, 1);
          o = valid({}, many, many, many);
        },
        "17 entries for shape {3, 4}"},
       {[&](OperatorCase& o) {
          const std::vector<int32_t> many(11, 1);
          o = valid({.new_axis = 0x7FF}, many, many, many);
        },
        "more than 8 axes"}});
}

}  // namespace strided_slice_test
}  // namespace moonlet
