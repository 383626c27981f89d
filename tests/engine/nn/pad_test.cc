// PAD and PADV2: borders of random shapes, and what is refused.
#include <gtest/gtest.h>

#include "tests/engine/kernels/reference.h"
#include "tests/engine/nn/operator_result.h"

namespace moonlet {
namespace pad_test {

using namespace moonlet::testing;
using reference::Random;

OperatorCase PadCase(TensorType type, const std::vector<int32_t>& shape,
                     const std::vector<int32_t>& paddings) {
  std::vector<int32_t> output = shape;
  for (size_t i = 0; i < shape.size(); ++i) output[i] += paddings[2 * i] + paddings[2 * i + 1];
  return {BuiltinOperator::PAD,
          {{.shape = shape, .type = type, .scales = {0.5f}, .zero_points = {3}},
           {.shape = {static_cast<int32_t>(shape.size()), 2},
            .type = TensorType::INT32,
            .data = DataOf(paddings)},
           {.shape = output, .type = type, .scales = {0.5f}, .zero_points = {-7}}},
          {0, 1}};
}

template <typename T>
OperatorCase WithValue(OperatorCase c, T value) {
  c.code = BuiltinOperator::PADV2;
  c.tensors.insert(c.tensors.begin() + 2, {.shape = {1},
                                           .type = c.tensors[0].type,
                                           .scales = {0.5f},
                                           .zero_points = {-7},
                                           .data = DataOf<T>({value})});
  c.inputs = {0, 1, 2};
  return c;
}

// Each output looks where it is, and whether that is inside.
template <typename T>
std::vector<T> Bordered(const std::vector<int32_t>& shape, const std::vector<int32_t>& paddings,
                        const std::vector<int32_t>& output, const std::vector<T>& values,
                        T border) {
  size_t elements = 1;
  for (const int32_t length : output) elements *= static_cast<size_t>(length);
  std::vector<T> result;
  for (size_t n = 0; n < elements; ++n) {
    auto rest = static_cast<int32_t>(n);
    int32_t source = 0, step = 1;
    bool inside = true;
    for (size_t i = shape.size(); i-- > 0; step *= shape[i]) {
      const int32_t at = rest % output[i] - paddings[2 * i];
      rest /= output[i];
      inside = inside && at >= 0 && at < shape[i];
      source += at * step;
    }
    result.push_back(inside ? values[static_cast<size_t>(source)] : border);
  }
  return result;
}

template <typename T>
void ExpectBorders(TensorType type, uint32_t seed, T zero) {
  Random random(seed);
  for (int round = 0; round < reference::Rounds(); ++round) {
    SCOPED_TRACE(round);
    std::vector<int32_t> shape, paddings;
    size_t elements = 1;
    for (int i = random.Int(1, 5); i > 0; --i) {
      shape.push_back(random.Int(1, 4));
      elements *= static_cast<size_t>(shape.back());
      for (int side = 0; side < 2; ++side)
        paddings.push_back(random.Chance(50) ? 0 : random.Int(1, 3));
    }
    std::vector<T> values;
    for (size_t i = 0; i < elements; ++i) values.push_back(static_cast<T>(i * 7 % 127));
    const bool with_value = random.Chance(50);
    OperatorCase c = PadCase(type, shape, paddings);
    if (with_value) c = WithValue(c, static_cast<T>(99));
    ASSERT_EQ(ResultOf(c, values), Bordered(shape, paddings, c.output().shape, values,
                                            with_value ? static_cast<T>(99) : zero));
  }
}

TEST(Pad, PutsABorderOfZeroPointsOrOfAValue) {
  ExpectBorders<int8_t>(TensorType::INT8, 321, -7);
  ExpectBorders<int16_t>(TensorType::INT16, 322, 0);
  ExpectBorders<int32_t>(TensorType::INT32, 323, 0);
  ExpectBorders<float>(TensorType::FLOAT32, 324, 0);
}

TEST(Pad, Refusals) {
  const OperatorCase valid = PadCase(TensorType::INT8, {2, 3}, {1, 0, 0, 2});
  const auto with_paddings = [](std::vector<int32_t> paddings) {
    return [paddings](OperatorCase& c) { c.tensors[1].data = DataOf(paddings); };
  };
  ExpectRefusals(valid,
                 {{[](OperatorCase& c) { c.inputs = {0}; }, "1 inputs, expected 2 to 2"},
                  {[](OperatorCase& c) { c.output().type = TensorType::INT16; },
                   "not supported from int8 to int16"},
                  {[](OperatorCase& c) {
                     c.output().shape = {3, 4};
                   },
                   "output (tensor 2 't2') has shape {3, 4}, expected {3, 5}"},
                  {[](OperatorCase& c) { c.tensors[1].data = {}; },
                   "paddings (tensor 1 't1') is computed, expected a constant"},
                  {[](OperatorCase& c) { c.tensors[1].type = TensorType::FLOAT32; },
                   "paddings (tensor 1 't1') is float32, expected int32"},
                  {[](OperatorCase& c) { c.tensors[1].shape = {4}; },
                   "paddings (tensor 1 't1') has shape {4}, expected {2, 2}"},
                  {with_paddings({1, 0, -1, 3}), "paddings -1, 3 of axis 2 of shape {2, 3}"},
                  {with_paddings({1, 0, kInt32Max, 3}), "paddings 2147483647, 3 of axis 2"}});
}

TEST(Pad, RefusalsOfTheValue) {
  const OperatorCase valid = WithValue<int8_t>(PadCase(TensorType::INT8, {2, 3}, {1, 0, 0, 2}), 5);
  ExpectRefusals(valid, {{[](OperatorCase& c) {
                            c.inputs = {0, 1};
                          },
                          "2 inputs, expected 3 to 3"},
                         {[](OperatorCase& c) {
                            c.tensors[2].type = TensorType::UINT8;
                            c.tensors[2].zero_points = {0};
                          },
                          "value (tensor 2 't2') is uint8, expected int8"},
                         {[](OperatorCase& c) {
                            c.tensors[2].shape = {2};
                            c.tensors[2].data = {1, 2};
                          },
                          "value (tensor 2 't2') has shape {2}, expected one value"},
                         {[](OperatorCase& c) { c.tensors[2].scales = {0.25f}; },
                          "has scale 0.25, zero point -7, expected the output's 0.5, -7"},
                         {[](OperatorCase& c) { c.tensors[2].zero_points = {0}; },
                          "has scale 0.5, zero point 0, expected the output's 0.5, -7"}});
}

}  // namespace pad_test
}  // namespace moonlet
