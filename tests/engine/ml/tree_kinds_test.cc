// Fits of all kinds of trees that end early: without memory at every allocation, and stopped.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/ml/kinds.h"
#include "engine/tensor/random.h"

namespace moonlet::ml::tree_kinds_test {
namespace {

constexpr const char* kTreeKinds[] = {
    "tree",
    "tree_regressor",
    "forest",
    "extra_trees",
    "forest_regressor",
    "extra_trees_regressor",
    "adaboost",
    "gradient_boosting",
    "gradient_boosting_regressor",
    "isolation_forest",
};

class FailingAllocator final : public Allocator {
 public:
  explicit FailingAllocator(int allowed) : allowed_(allowed) {}
  void* Allocate(size_t size, size_t alignment) override {
    return allowed_-- > 0 ? counter_.Allocate(size, alignment) : nullptr;
  }
  void Free(void* block, size_t size) override { counter_.Free(block, size); }
  size_t live() const { return counter_.live(); }

 private:
  int allowed_;
  CountingAllocator counter_{MallocAllocator()};
};

// Raises the token at the n-th sign of progress.
class Stopper final : public Progress {
 public:
  Stopper(StopToken* stop, int calls) : stop_(stop), calls_(calls) {}
  void Show(double share) override {
    EXPECT_GE(share, last_);
    EXPECT_LE(share, 1);
    last_ = share;
    if (--calls_ == 0) stop_->Raise();
  }

 private:
  StopToken* stop_;
  int calls_;
  double last_ = 0;
};

class TreeKindsTest : public testing::TestWithParam<const char*> {
 protected:
  static constexpr Index kRows = 300, kWidth = 3, kClasses = 3;

  TreeKindsTest() {
    Random random(5);
    for (Index i = 0; i < kRows * kWidth; ++i)
      data_.push_back(static_cast<float>(random.UpTo(1000)) / 8);
    for (Index i = 0; i < kRows; ++i) {
      codes_.push_back(static_cast<int32_t>((static_cast<int>(data_[i * kWidth]) / 40) % 3));
      targets_.push_back(data_[i * kWidth + 1]);
    }
    estimator_.kind = FindKind(GetParam());
    estimator_.options = Defaults(estimator_.kind->options);
    const int trees = FindOption(estimator_.kind->options, "trees");
    if (trees >= 0) estimator_.options.values[trees] = 5;
    const int alpha = FindOption(estimator_.kind->options, "ccp_alpha");
    if (alpha >= 0) estimator_.options.values[alpha] = 1e-6;
  }

  Status FitIt(const Work& work) {
    const bool classifies = estimator_.kind->task == Task::kClassify;
    const Fit fit = {estimator_.options,
                     {data_.data(), nullptr, kRows, kWidth},
                     classifies ? codes_.data() : nullptr,
                     classifies ? kClasses : 0,
                     estimator_.kind->task == Task::kRegress ? targets_.data() : nullptr,
                     nullptr,
                     nullptr,
                     work};
    return FitEstimator(fit, false, nullptr, DType::kInt32, &estimator_);
  }

  std::vector<float> data_;
  std::vector<int32_t> codes_;
  std::vector<double> targets_;
  Estimator estimator_;
};

TEST_P(TreeKindsTest, EveryFailedAllocationLeavesNothingBehind) {
  const StopToken stop;
  int allowed = 0;
  for (;; ++allowed) {
    FailingAllocator memory(allowed);
    const Status s = FitIt({memory, stop});
    if (s.ok()) {
      estimator_.state.Clear();
      break;
    }
    EXPECT_EQ(s.code(), Code::kNoMemory) << s.what();
    EXPECT_FALSE(estimator_.fitted());
    EXPECT_EQ(memory.live(), 0u);
  }
  EXPECT_GT(allowed, 5);
}

TEST_P(TreeKindsTest, StopsAtAnySignOfProgress) {
  for (int calls = 1;; ++calls) {
    StopToken stop;
    Stopper stopper(&stop, calls);
    const Status s = FitIt({MallocAllocator(), stop, &stopper});
    if (s.ok()) break;
    EXPECT_EQ(s.code(), Code::kStopped);
    EXPECT_FALSE(estimator_.fitted());
  }
  EXPECT_TRUE(estimator_.fitted());
  EXPECT_TRUE(CheckEstimator(estimator_).ok());
}

INSTANTIATE_TEST_SUITE_P(Kinds, TreeKindsTest, testing::ValuesIn(kTreeKinds),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace moonlet::ml::tree_kinds_test
