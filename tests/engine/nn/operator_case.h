// tests/engine/nn/operator_case.h - one operator between its tensors, changed in one way at
// a time: what its Prepare refuses, with which words.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/edit.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet::testing {

// Writes the operator's options, of which type it says.
using WriteOptions = std::function<flatbuffers::Offset<void>(flatbuffers::FlatBufferBuilder&)>;

// The output is the last tensor; what is neither constant nor variable is a model input.
struct OperatorCase {
  BuiltinOperator code;
  std::vector<TensorSpec> tensors;
  std::vector<int32_t> inputs;
  BuiltinOptions type = BuiltinOptions::NONE;
  WriteOptions options = nullptr;

  TensorSpec& output() { return tensors.back(); }
};

inline std::vector<uint8_t> FileOf(const OperatorCase& c) {
  ModelBuilder b;
  std::vector<int32_t> model_inputs;
  for (const TensorSpec& tensor : c.tensors) b.Add(tensor);
  const auto output = static_cast<int32_t>(c.tensors.size()) - 1;
  for (int32_t i = 0; i < output; ++i) {
    const TensorSpec& tensor = c.tensors[static_cast<size_t>(i)];
    const bool used = std::find(c.inputs.begin(), c.inputs.end(), i) != c.inputs.end();
    if (used && tensor.data.empty() && !tensor.variable) model_inputs.push_back(i);
  }
  flatbuffers::Offset<void> options = 0;
  if (c.type != BuiltinOptions::NONE) options = c.options(b.buffer());
  b.Add(c.code, c.inputs, {output}, c.type, options);
  return b.Finish(model_inputs, {output});
}

// What opening says, and analysing too; "" after a run where it is fine.
inline std::string RefusalOf(const OperatorCase& c) {
  OpenedModel m(FileOf(c));
  if (m.status().ok()) {
    const Status s = m.Run();
    EXPECT_TRUE(s.ok()) << s.what();
    return "";
  }
  if (m.model().open()) {
    EXPECT_STREQ(DescribeOperator(m.model(), 0).support.what(), m.status().what());
  }
  return m.status().what();
}

struct Change {
  Edit<OperatorCase> change;
  const char* words;  // part of the refusal; "" where the operator still runs
};

inline void ExpectRefusals(const OperatorCase& valid, std::initializer_list<Change> changes) {
  EXPECT_EQ(RefusalOf(valid), "");
  int number = 0;
  for (const Change& c : changes) {
    SCOPED_TRACE("change " + std::to_string(number++));
    OperatorCase changed = valid;
    c.change(changed);
    const std::string refusal = RefusalOf(changed);
    const bool fine = c.words[0] == '\0';
    EXPECT_TRUE(fine ? refusal.empty() : refusal.find(c.words) != std::string::npos)
        << "said: " << refusal << "\nexpected: " << c.words;
  }
}

}  // namespace moonlet::testing
