// tests/engine/nn/operator_result.h - what one operator computes from its first input.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/engine/nn/operator_case.h"

namespace moonlet::testing {

template <typename T>
std::vector<T> ResultOf(const OperatorCase& c, const std::vector<T>& values) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return {};
  const Tensor input = m.session().input(0);
  EXPECT_EQ(input.bytes(), values.size() * sizeof(T));
  std::memcpy(input.data, values.data(), input.bytes());
  EXPECT_TRUE(m.Run().ok());
  const Tensor output = m.session().output(0);
  std::vector<T> result(output.bytes() / sizeof(T));
  std::memcpy(result.data(), output.data, output.bytes());
  return result;
}

}  // namespace moonlet::testing
