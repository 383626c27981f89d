// What holds for every kind of estimator, whichever it is: fits repeat, files give the same
// answers, and a fit that cannot end well leaves the estimator as it was and no memory behind.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "engine/ml/file.h"
#include "tests/engine/ml/samples.h"

namespace moonlet::ml {
namespace conformance_test {

using namespace moonlet::ml::fixtures;

constexpr Index kRows = 36;

class EveryKind : public ::testing::TestWithParam<std::string> {
 protected:
  const Kind& kind() const { return *FindKind(GetParam()); }
};

// The file of an estimator.
std::vector<uint8_t> Written(const Estimator& e) {
  const Step step = {&e, ""};
  FileBlock block;
  EXPECT_TRUE(WriteEstimators({&step, 1}, false, "test", MallocAllocator(), &block).ok());
  const std::vector<uint8_t> file(block.file.begin(), block.file.end());
  MallocAllocator().Free(block.block, block.size);
  return file;
}

TEST_P(EveryKind, FitsTwiceTheSame) {
  const Set set = MakeSet(kRows, 1);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator first = Unfitted(kind(), MallocAllocator());
  const Status s = FitOn(set, set.samples(), work, false, &first);
  ASSERT_TRUE(s.ok()) << s.what();
  const Status whole = CheckEstimator(first);
  EXPECT_TRUE(whole.ok()) << whole.what();
  Estimator second = Unfitted(kind(), MallocAllocator());
  ASSERT_TRUE(FitOn(set, set.samples(), work, false, &second).ok());
  EXPECT_EQ(Written(first), Written(second));
  for (const float v : Answers(first, set)) EXPECT_TRUE(std::isfinite(v));
}

TEST_P(EveryKind, AnswersTheSameFromItsFile) {
  const Set set = MakeSet(kRows, 2);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator fitted = Unfitted(kind(), MallocAllocator());
  ASSERT_TRUE(FitOn(set, set.samples(), work, false, &fitted).ok());
  const std::vector<uint8_t> file = Written(fitted);
  EstimatorFile opened;
  ASSERT_TRUE(opened.Open(file).ok());
  Estimator taken = Unfitted(kind(), MallocAllocator());
  const Status s = opened.Take(0, &taken);
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_EQ(Answers(taken, set), Answers(fitted, set));
  EXPECT_EQ(Written(taken), file);
}

TEST_P(EveryKind, TakesIntegersWhereItSaysSo) {
  if (kind().integers == nullptr) return;
  const Set set = MakeSet(kRows, 3);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator fitted = Unfitted(kind(), MallocAllocator());
  const Status s = FitOn(set, set.integer_samples(), work, false, &fitted);
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_TRUE(kind().integers(fitted));
  EXPECT_FALSE(Answers(fitted, set).empty());
}

// Refuses from the n-th request on.
class RefusingAllocator final : public Allocator {
 public:
  explicit RefusingAllocator(size_t requests) : left_(requests) {}
  void* Allocate(size_t size, size_t alignment) override {
    if (left_ == 0) return nullptr;
    --left_;
    return counted_.Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override { counted_.Free(block, size); }
  size_t live() const { return counted_.live(); }

 private:
  CountingAllocator counted_{MallocAllocator()};
  size_t left_;
};

TEST_P(EveryKind, SurvivesEveryRefusalOfMemory) {
  const Set set = MakeSet(kRows, 4);
  const StopToken stop;
  constexpr size_t kEach = 64;  // every one of the first requests, then fewer
  for (size_t requests = 0;; requests += requests < kEach ? 1 : requests / 4) {
    ASSERT_LT(requests, size_t{1} << 20);
    RefusingAllocator memory(requests);
    const Work work = {memory, stop};
    Status s;
    {
      Estimator e = Unfitted(kind(), memory);
      s = FitOn(set, set.samples(), work, false, &e);
      EXPECT_EQ(e.fitted(), s.ok());
    }
    EXPECT_EQ(memory.live(), 0u);
    if (s.ok()) return;
    ASSERT_EQ(s.code(), Code::kNoMemory) << s.what();
  }
}

// Raises the token after some looks at the progress.
class StoppingProgress final : public Progress {
 public:
  StoppingProgress(StopToken* stop, int looks) : stop_(stop), looks_(looks) {}
  void Show(double share) override {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
    if (looks_-- == 0) stop_->Raise();
  }

 private:
  StopToken* stop_;
  int looks_;
};

TEST_P(EveryKind, StopsAndStaysAsItWas) {
  const Set set = MakeSet(kRows, 5);
  for (int looks : {-1, 0, 1, 2, 5, 20}) {
    StopToken stop;
    StoppingProgress progress(&stop, looks);
    if (looks < 0) stop.Raise();
    const Work work = {MallocAllocator(), stop, &progress};
    Estimator e = Unfitted(kind(), MallocAllocator());
    const Status s = FitOn(set, set.samples(), work, false, &e);
    EXPECT_EQ(e.fitted(), s.ok());
    EXPECT_TRUE(s.code() == Code::kStopped || (s.ok() && looks >= 0)) << s.what();
  }
}

TEST_P(EveryKind, LearnsInPartsAfterFit) {
  if (kind().partial_fit == nullptr) return;
  const Set set = MakeSet(kRows, 6);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator e = Unfitted(kind(), MallocAllocator());
  for (int part = 0; part < 3; ++part) {
    const Status s = FitOn(set, set.samples(), work, true, &e);
    ASSERT_TRUE(s.ok()) << s.what();
    const Status whole = CheckEstimator(e);
    EXPECT_TRUE(whole.ok()) << whole.what();
  }
}

// Sets that say little: each is refused with a message, or learnt and answered.
struct Poor {
  const char* name;
  void (*spoil)(Set* set);
};
const Poor kPoor[] = {
    {"one row", [](Set* s) { s->count = 1, s->classes = 1; }},
    {"two rows", [](Set* s) { s->count = 2, s->classes = 2; }},
    {"one class", [](Set* s) { s->codes.assign(s->codes.size(), 0), s->classes = 1; }},
    {"constant features", [](Set* s) { s->x.assign(s->x.size(), 2.5f); }},
    {"zeros", [](Set* s) { s->x.assign(s->x.size(), 0.0f); }},
    {"constant targets", [](Set* s) { s->targets.assign(s->targets.size(), 7.0); }},
    {"huge",
     [](Set* s) {
       for (float& v : s->x) v *= 1e37f;
     }},
    {"tiny",
     [](Set* s) {
       for (float& v : s->x) v *= 1e-42f;
     }},
    {"negative",
     [](Set* s) {
       for (float& v : s->x) v = -v;
     }},
    {"one feature", [](Set* s) { s->width = 1; }},
    {"the same row",
     [](Set* s) {
       for (size_t i = 3; i < s->x.size(); ++i) s->x[i] = s->x[i - 3];
     }},
};

TEST_P(EveryKind, BearsPoorSamples) {
  for (const Poor& poor : kPoor) {
    SCOPED_TRACE(poor.name);
    Set set = MakeSet(kRows, 7);
    poor.spoil(&set);
    const StopToken stop;
    const Work work = {MallocAllocator(), stop};
    Estimator e = Unfitted(kind(), MallocAllocator());
    const Status s = FitOn(set, set.samples(), work, false, &e);
    if (s.ok()) {
      const Status whole = CheckEstimator(e);
      EXPECT_TRUE(whole.ok()) << whole.what();
      Answers(e, set);
    } else {
      EXPECT_EQ(s.code(), Code::kInvalid);
      EXPECT_NE(*s.what(), '\0');
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind, ::testing::ValuesIn(KindNames()),
                         [](const auto& param) { return param.param; });

}  // namespace conformance_test
}  // namespace moonlet::ml
