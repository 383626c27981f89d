#include "engine/ml/options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "engine/ml/kinds.h"

namespace moonlet::ml {
namespace options_test {

constexpr OptionSpec kSpecs[] = {
    {"depth", "max_depth", OptionType::kWhole, -1, 1, 100, "none|auto"},
    {"alpha", "", OptionType::kNumber, 0.5, 0, 1},
    {"loss", "", OptionType::kWord, 1, 0, 0, "hinge|log"},
    {"shuffle", "", OptionType::kFlag, 1},
    {"seed", "random_state", OptionType::kSeed},
};

TEST(Options, AreAsListedUnlessGiven) {
  const Options options = Defaults(kSpecs);
  EXPECT_EQ(options.Whole(0), -1);
  EXPECT_EQ(options.Number(1), 0.5);
  EXPECT_EQ(options.Word(2), 1);
  EXPECT_TRUE(options.Flag(3));
  EXPECT_EQ(FindOption(kSpecs, "loss"), 2);
  EXPECT_EQ(FindOption(kSpecs, "max_depth"), -1);
}

TEST(Options, AllowWhatTheyListAlone) {
  for (const double v : {1.0, 100.0, -1.0, -2.0}) EXPECT_TRUE(Allows(kSpecs[0], v)) << v;
  for (const double v : {0.0, 101.0, -3.0, 1.5, -1.5, 1e300, -1e300, double(NAN)})
    EXPECT_FALSE(Allows(kSpecs[0], v)) << v;
  EXPECT_TRUE(Allows(kSpecs[1], 1));
  for (const double v : {-0.1, 1.1, double(INFINITY), double(NAN)})
    EXPECT_FALSE(Allows(kSpecs[1], v)) << v;
  EXPECT_TRUE(Allows(kSpecs[2], 0));
  for (const double v : {2.0, -1.0, 0.5, 1e18}) EXPECT_FALSE(Allows(kSpecs[2], v)) << v;
  EXPECT_FALSE(Allows(kSpecs[3], 2));
  EXPECT_TRUE(Allows(kSpecs[4], 0x1p53 - 1));
  for (const double v : {0x1p53, -1.0, 0.5}) EXPECT_FALSE(Allows(kSpecs[4], v)) << v;
}

TEST(Options, HaveWordsByPosition) {
  EXPECT_EQ(WordAt("hinge|log", 1), "log");
  EXPECT_EQ(WordAt("hinge|log", 2), "");
  EXPECT_EQ(WordAt("", 0), "");
  EXPECT_EQ(WordPosition("hinge|log", "log"), 1);
  EXPECT_EQ(WordPosition("hinge|log", "lo"), -1);
  EXPECT_EQ(WordPosition("hinge|log", ""), -1);
}

// Of every kind: names once each, values that may be given.
TEST(Kinds, ListSoundOptionsAndArrays) {
  std::set<std::string_view> kinds;
  for (const Kind* kind : Kinds()) {
    SCOPED_TRACE(kind->name);
    EXPECT_TRUE(kinds.insert(kind->name).second);
    ASSERT_LE(kind->options.size(), size_t{kMostOptions});
    ASSERT_LE(kind->arrays.size(), size_t{kMostArrays});
    std::set<std::string_view> names;
    for (const OptionSpec& spec : kind->options) {
      SCOPED_TRACE(spec.name);
      EXPECT_TRUE(names.insert(spec.name).second);
      EXPECT_TRUE(spec.type == OptionType::kList || Allows(spec, spec.otherwise));
      EXPECT_EQ(FindOption(kind->options, spec.sklearn), -1);  // "" too
    }
    names.clear();
    for (const ArraySpec& spec : kind->arrays)
      EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_NE(kind->fit, nullptr);
  }
}

std::string Code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string DefaultOf(const OptionSpec& spec) {
  if (spec.type == OptionType::kSeed || spec.type == OptionType::kList) return "";
  const double v = spec.otherwise;
  if (spec.type == OptionType::kFlag) return v != 0 ? " = true" : " = false";
  const bool word = spec.type == OptionType::kWord;
  const auto text =
      word || v < 0 ? WordAt(spec.words, static_cast<int>(word ? v : -1 - v)) : std::string_view();
  if (!text.empty()) return " = \"" + std::string(text) + "\"";
  char number[32];
  std::snprintf(number, sizeof(number), " = %g", v);
  return number;
}

// The line of docs/ml.md: "| `forest` | `RandomForestClassifier` | `trees = 100` (`n_estimators`)
// |".
std::string RowOf(const Kind& kind) {
  std::string row =
      "| " + Code(kind.name) + " | " + (*kind.sklearn != '\0' ? Code(kind.sklearn) : "-") + " |";
  for (const OptionSpec& spec : kind.options) {
    row += (&spec == kind.options.data() ? " " : ", ") + Code(spec.name + DefaultOf(spec));
    if (*spec.sklearn != '\0') row += " (" + Code(spec.sklearn) + ")";
  }
  return row + " |";
}

// One that is not there is printed as it should be.
TEST(Kinds, AreInTheDocumentation) {
  std::ifstream file("docs/ml.md");
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.insert(line);
  for (const Kind* kind : Kinds())
    EXPECT_EQ(lines.count(RowOf(*kind)), 1u) << "docs/ml.md lacks\n" << RowOf(*kind);
}

}  // namespace options_test
}  // namespace moonlet::ml
