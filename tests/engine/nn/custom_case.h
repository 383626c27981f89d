// tests/engine/nn/custom_case.h - one custom operator between its tensors: what its Prepare
// refuses, with which words.
#pragma once
#include <flatbuffers/flexbuffers.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "engine/nn/analyze.h"
#include "tests/engine/nn/edit.h"
#include "tests/engine/nn/model_builder.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet::testing {

// The outputs are the last tensors.
struct CustomCase {
  const char* name;
  std::vector<TensorSpec> tensors;
  size_t outputs = 1;
  std::map<std::string, int64_t> options = {};
  std::map<std::string, float> floats = {};
};

inline std::vector<uint8_t> OptionsOf(const CustomCase& c) {
  if (c.options.empty()) return {};
  flexbuffers::Builder b;
  b.Map([&] {
    for (const auto& [key, value] : c.options) b.Int(key.c_str(), value);
    for (const auto& [key, value] : c.floats) b.Float(key.c_str(), value);
  });
  b.Finish();
  return b.GetBuffer();
}

inline std::vector<uint8_t> FileOf(const CustomCase& c, const std::vector<uint8_t>& options) {
  ModelBuilder b;
  std::vector<int32_t> inputs, model_inputs, outputs;
  for (const TensorSpec& tensor : c.tensors) {
    const int index = b.Add(tensor);
    const bool output = static_cast<size_t>(index) + c.outputs >= c.tensors.size();
    (output ? outputs : inputs).push_back(index);
    if (!output && tensor.data.empty()) model_inputs.push_back(index);
  }
  b.AddCustom(c.name, inputs, outputs, options);
  return b.Finish(model_inputs, outputs);
}
inline std::vector<uint8_t> FileOf(const CustomCase& c) { return FileOf(c, OptionsOf(c)); }

// uint64 cannot leave a session, so the operator alone is asked; what can run does.
inline std::string RefusalOf(const std::vector<uint8_t>& file) {
  OpenedModel m(file);
  if (!m.model().open()) return m.status().what();
  if (m.status().ok()) {
    const Status run = m.Run();
    EXPECT_TRUE(run.ok()) << run.what();
  }
  const Status support = DescribeOperator(m.model(), 0).support;
  return support.ok() ? "" : support.what();
}

struct CustomChange {
  Edit<CustomCase> change;
  const char* words;
};

inline void ExpectRefusals(const CustomCase& valid, std::initializer_list<CustomChange> changes) {
  SCOPED_TRACE(valid.name);
  EXPECT_EQ(RefusalOf(FileOf(valid)), "");
  int number = 0;
  for (const CustomChange& c : changes) {
    CustomCase changed = valid;
    c.change(changed);
    const std::string refusal = RefusalOf(FileOf(changed));
    EXPECT_NE(refusal.find(c.words), std::string::npos)
        << "change " << number << " said: " << refusal << "\nexpected: " << c.words;
    ++number;
  }
  if (valid.options.empty()) return;
  const std::string malformed = RefusalOf(FileOf(valid, {1, 2, 3}));
  EXPECT_NE(malformed.find("its options are malformed"), std::string::npos) << malformed;
  const std::string missing = RefusalOf(FileOf(valid, {}));
  EXPECT_NE(missing.find("its options are missing"), std::string::npos) << missing;
}

}  // namespace moonlet::testing
