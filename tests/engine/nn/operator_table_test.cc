// The table in docs/operators.md is the CPU's operator table. MOONLET_WRITE_DOCS=1 writes
// it anew in place of comparing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "engine/nn/graph.h"
#include "engine/nn/operators/operators.h"
#include "tests/shared_data.h"

namespace moonlet {
namespace operator_table_test {

constexpr const char* kPage = "docs/operators.md";
constexpr const char* kBegin = "<!-- operators -->\n";
constexpr const char* kEnd = "<!-- end -->\n";

// "int8, uint8"
std::string TypesOf(const TypeSet& types) {
  std::string text;
  for (int i = 0; i <= static_cast<int>(tflite::TensorType::MAX); ++i) {
    const auto type = static_cast<tflite::TensorType>(i);
    if (types.Has(type)) text += (text.empty() ? "" : ", ") + std::string(NameOf(type));
  }
  return text.empty() ? "none" : text;
}

std::string OperatorName(const CpuOperator& row) {
  if (row.code == tflite::BuiltinOperator::CUSTOM) return std::string(row.custom);
  return tflite::EnumNameBuiltinOperator(row.code);
}

// One line per row of the CPU's table.
std::string OperatorTable() {
  std::string text = "| operator | input | output |\n|---|---|---|\n";
  for (const CpuOperator& row : CpuOperators()) {
    const std::string input = TypesOf(row.input);
    // One row of several types for both pairs each with itself.
    const bool same = input.find(',') != std::string::npos && input == TypesOf(row.output);
    text += "| " + OperatorName(row) + " | " + input + " | " +
            (same ? "the same" : TypesOf(row.output)) + " |\n";
  }
  return text;
}

TEST(OperatorTable, StandsInTheDocuments) {
  const std::string page = moonlet::testing::ReadText(kPage);
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const size_t first = begin + std::string(kBegin).size();
  const std::string table = OperatorTable();
  if (std::getenv("MOONLET_WRITE_DOCS") != nullptr) {
    std::ofstream(kPage) << page.substr(0, first) << table << page.substr(end);
  } else {
    EXPECT_EQ(page.substr(first, end - first), table)
        << "run this test with MOONLET_WRITE_DOCS=1 and commit " << kPage;
  }
}

// Every operator has a row in the page's table of tests too.
TEST(OperatorTable, EveryOperatorSaysHowItIsTested) {
  const std::string page = moonlet::testing::ReadText(kPage);
  const std::string rest = page.substr(std::min(page.size(), page.find(kEnd)));
  for (const CpuOperator& row : CpuOperators()) {
    EXPECT_NE(rest.find("| " + OperatorName(row) + " |"), std::string::npos) << OperatorName(row);
  }
}

}  // namespace operator_table_test
}  // namespace moonlet
