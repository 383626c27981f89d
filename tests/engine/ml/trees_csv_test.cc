#include "engine/ml/trees_csv.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/ml/kinds.h"
#include "engine/ml/trees.h"
#include "engine/tensor/random.h"
#include "tests/engine/ml/random_trees.h"

namespace moonlet::ml {
namespace trees_csv_test {

Status Read(std::string_view text, Estimator* e) {
  e->state = State(MallocAllocator());
  return ReadTreesCsv(text, {MallocAllocator(), kNeverStopped}, e);
}

constexpr const char* kSteps =
    "f,2\nc,2\nl,0\nl,1\nr,0\nr,3\n"
    "n,1,0.25,1,2\nn,0,0.5,-1,-2\nn,0,0.75,-2,-1\nn,0,1e-1,-1,1\nn,1,-.5,-2,-1\n";
constexpr const char* kPositions =
    "l,0\r\nl,1\r\nr,0\r\nr,3\r\n"
    "n,1,0.25,1,2\r\nn,0,0.5,-1,-2\r\nn,0,0.75,-2,-1\r\nn,0,0.1,-1,4\r\nn,1,-0.5,-2,-1";
constexpr const char* kOldest =
    "r,0\nr,5\nn,1,0.25,1,4\nn,0,0.5,2,3\nn,-1,0,-1,-1\nn,-1,1,-1,-1\nn,0,0.75,3,2\n"
    "n,0,0.1,2,6\nn,1,-0.5,3,2\n";

// Votes of the two trees above for class 1.
double Expected(float x, float y) {
  const bool first = y <= 0.25f ? x > 0.5f : x <= 0.75f;
  const bool second = double{x} > 0.1 && y <= -0.5f;
  return first + second;
}

TEST(ReadTreesCsv, ReadsAllThreeForms) {
  for (const char* text : {kSteps, kPositions, kOldest}) {
    Estimator e;
    const Status s = Read(text, &e);
    ASSERT_TRUE(s.ok()) << s.what();
    EXPECT_EQ(e.kind, &kForest);
    EXPECT_EQ(e.classes, 2);
    EXPECT_EQ(e.features, 2);
    for (float x = -1; x <= 1; x += 0.125f)
      for (float y = -1; y <= 1; y += 0.125f) {
        const float row[] = {x, y};
        double votes[2] = {};
        SumLeaves(e, {row, nullptr, 1, 2}, 2, votes);
        EXPECT_EQ(votes[1], Expected(x, y)) << x << " " << y;
        EXPECT_EQ(votes[0] + votes[1], 2);
      }
  }
}

TEST(ReadTreesCsv, ReadsValues) {
  Estimator e;
  ASSERT_TRUE(Read("f,1\nc,0\nlf,32\nl,-1.5\nl,2.25\nr,0\nn,0,3,-1,-2\n", &e).ok());
  EXPECT_EQ(e.kind, &kForestRegressor);
  const float rows[] = {3, 4};
  double out[2] = {};
  SumLeaves(e, {rows, nullptr, 2, 1}, 1, out);
  EXPECT_EQ(out[0], -1.5);
  EXPECT_EQ(out[1], 2.25);
}

TEST(ReadTreesCsv, NamesTheLineThatIsWrong) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {"", "no trees"},
      {"l,0\nl,1\n", "no trees"},
      {"<html>", "line 1: a line starts with f, c, lf, l, r or n"},
      {"f,2\nc,2\nl,2\n", "line 3: no class 2"},
      {"l,0\nl,0.5\n", "line 2: no class 0.5"},
      {"f,2\nc,2\nl,0\nr,0\nn,2,1,-1,-1\n", "line 5: no feature 2"},
      {"f,2\nc,2\nl,0\nr,0\nn,0,1,0,-1\n", "line 5: leads back to node 0"},
      {"f,2\nc,2\nl,0\nr,0\nn,0,1,7,-1\n", "line 5: no node 7"},
      {"f,2\nc,2\nl,0\nr,0\nn,0,1,-1,-2\n", "line 5: no leaf 2"},
      {"l,0\nr,0\nn,0,1,1,-1\nn,0,1,0,-1\n", "line 4: leads back to node 0"},
      {"l,0\nr,0\nn,0,1,1,1\nn,0,1,-1,-1\n", "line 4: two nodes lead to this one"},
      {"l,0\nr,0\nr,0\nn,0,1,-1,-1\n", "line 4: the node starts two trees"},
      {"l,0\nr,0\nn,0,1,-1,-1\nn,0,1,-1,-1\n", "line 4: the node belongs to no tree"},
      {"l,0\nr,3\nn,0,1,-1,-1\n", "tree 1 starts at node 3 of 1"},
      {"l,0\nr,-1\n", "line 2: no node -1"},
      {"l,0\nr,0\nn,0,x,-1,-1\n", "line 3: field 3 is no number"},
      {"l,0\nr,0\nn,0,nan,-1,-1\n", "line 3: field 3 is no number"},
      {"l,0\nr,0\nn,0,1,-1\n", "line 3: 4 numbers expected, got 3"},
      {"l,0\nr,0\nn,0,1,-1,1e99\n", "line 3: a node leads to whole numbers"},
      {"f,0\n", "line 1: 1 to 65536 features expected"},
      {"c,1e9\n", "line 1: 0 to 256 classes expected"},
      {"lf,8\n", "line 1: leaves of 0 or 32 bits expected"},
      {"l,0\nf,2\n", "line 2: f, c and lf come before leaves and nodes"},
  };
  for (const auto& c : kCases) {
    Estimator e;
    EXPECT_STREQ(Read(c.text, &e).what(), c.message) << c.text;
  }
}

TEST(ReadTreesCsv, RefusesOrReadsDamagedTexts) {
  Random random(5);
  int read = 0;
  for (const char* whole : {kSteps, kPositions, kOldest})
    for (int i = 0; i < 3000; ++i) {
      std::string text = whole;
      for (int changes = 0; changes < 2; ++changes)
        text[random.UpTo(text.size() - 1)] = "0123456789-.,nlrfc\ne"[random.UpTo(19)];
      Estimator e;
      if (!Read(text, &e).ok()) continue;
      ++read;
      std::vector<float> row(static_cast<size_t>(e.features), 0.3f);
      std::vector<double> out(static_cast<size_t>(std::max<Index>(e.classes, 1)));
      SumLeaves(e, {row.data(), nullptr, 1, e.features}, static_cast<Index>(out.size()),
                out.data());
    }
  EXPECT_GT(read, 100);
}

}  // namespace trees_csv_test
}  // namespace moonlet::ml
