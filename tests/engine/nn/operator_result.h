// tests/engine/nn/operator_result.h - what one operator computes from its first input.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/engine/nn/operator_case.h"

namespace moonlet::testing {

template <typename T, typename To = T>
std::vector<To> ResultOf(const OperatorCase& c, const std::vector<T>& values) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return {};
  const Tensor input = m.session().input(0);
  EXPECT_EQ(input.bytes(), values.size() * sizeof(T));
  std::memcpy(input.data, values.data(), input.bytes());
  EXPECT_TRUE(m.Run().ok());
  const Tensor output = m.session().output(0);
  std::vector<To> result(output.bytes() / sizeof(To));
  std::memcpy(result.data(), output.data, output.bytes());
  return result;
}

// What the run says when model input `k` holds these values; "" where it is fine.
template <typename T>
std::string RefusalOfRun(const OperatorCase& c, int k, const std::vector<T>& values) {
  OpenedModel m(FileOf(c));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
  if (!m.status().ok()) return "";
  const Tensor input = m.session().input(k);
  EXPECT_EQ(input.bytes(), values.size() * sizeof(T));
  std::memcpy(input.data, values.data(), input.bytes());
  return m.Run().what();
}

}  // namespace moonlet::testing
