// Damaged `.mlt` files of every kind: each is refused with a message, or gives an estimator that
// answers and learns on; none crashes, reads outside its memory or runs on.
//
// MOONLET_FUZZ=N: N mutations of each kind's file instead of 200.
#include <gtest/gtest.h>
#include <sys/time.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>

#include "engine/ml/file.h"
#include "tests/engine/ml/samples.h"

namespace moonlet::ml {
namespace damage_test {

using namespace moonlet::ml::fixtures;

constexpr Index kRows = 30;
constexpr int kMutations = 200;
constexpr int kSecondsPerFile = 20;  // of processor time; a file takes far less than one

int Mutations() {
  const char* count = std::getenv("MOONLET_FUZZ");
  return count != nullptr ? std::atoi(count) : kMutations;
}

// What is being tried, for the log of a program that had to be ended.
const char* tried_kind;
int tried_seed;

void TellAndEnd(int) {
  std::fprintf(stderr, "%s, seed %d: runs on\n", tried_kind, tried_seed);
  std::_Exit(1);
}

class DamagedFile : public ::testing::TestWithParam<std::string> {
 protected:
  // A hang ends the program.
  void Watch(const char* kind, int seed) {
    tried_kind = kind;
    tried_seed = seed;
    std::signal(SIGPROF, TellAndEnd);
    itimerval timer = {};
    timer.it_value.tv_sec = kSecondsPerFile;
    setitimer(ITIMER_PROF, &timer, nullptr);
  }
  ~DamagedFile() override {
    const itimerval off = {};
    setitimer(ITIMER_PROF, &off, nullptr);
  }
};

std::vector<uint8_t> FileOf(const Kind& kind) {
  const Set set = MakeSet(kRows, 8);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator e = Unfitted(kind, MallocAllocator());
  EXPECT_TRUE(FitOn(set, set.samples(), work, false, &e).ok());
  const Step step = {&e, ""};
  FileBlock block;
  EXPECT_TRUE(WriteEstimators({&step, 1}, false, "test", MallocAllocator(), &block).ok());
  const std::vector<uint8_t> file(block.file.begin(), block.file.end());
  MallocAllocator().Free(block.block, block.size);
  return file;
}

// One to three places changed: a bit, a byte, a word of numbers that steer, an exponent, the end.
std::vector<uint8_t> Mutated(std::vector<uint8_t> file, std::mt19937& random) {
  for (auto n = random() % 3 + 1; n > 0; --n) {
    const size_t at = random() % file.size();
    const size_t word = at & ~size_t{3};
    static constexpr uint32_t kWords[] = {0,          1,          0xffffffff, 0x7fffffff,
                                          0x80000000, 0x7fc00000, 0x7f800000, 0x7ff00000,
                                          0xfff00000, 0x00010000};
    const uint32_t value = kWords[random() % std::size(kWords)];
    switch (random() % 5) {
      case 0:
        file[at] ^= static_cast<uint8_t>(1u << (random() % 8));
        break;
      case 1:
        file[at] = static_cast<uint8_t>(random());
        break;
      case 2:
        if (word + 4 <= file.size()) std::memcpy(&file[word], &value, 4);
        break;
      case 3:  // a small change to a small number, as an index is
        file[word] = static_cast<uint8_t>(file[word] + (random() % 2 == 0 ? 1 : -1));
        break;
      default:
        if (random() % 8 == 0) file.resize(std::max<size_t>(at, 1));
        break;
    }
  }
  return file;
}

TEST_P(DamagedFile, IsRefusedOrAnswers) {
  const Kind& kind = *FindKind(GetParam());
  const std::vector<uint8_t> whole = FileOf(kind);
  const Set set = MakeSet(kRows, 9);
  const int count = Mutations();
  int refused = 0;
  for (int seed = 0; seed < count; ++seed) {
    SCOPED_TRACE(seed);
    Watch(kind.name, seed);
    std::mt19937 random(static_cast<uint32_t>(seed));
    // In memory of exactly its size, so that a read behind its end is seen.
    const std::vector<uint8_t> bytes = Mutated(whole, random);
    EstimatorFile file;
    Estimator e = Unfitted(kind, MallocAllocator());
    const Kind* found = nullptr;
    Status s = file.Open(bytes);
    if (s.ok()) s = file.FindKindOf(0, &found);
    if (s.ok()) e = Unfitted(*found, MallocAllocator());
    if (s.ok()) s = file.Take(0, &e);
    if (!s.ok()) {
      ++refused;
      EXPECT_NE(*s.what(), '\0');
      continue;
    }
    if (e.features != set.width) continue;  // its file says another width, with arrays to match
    Answers(e, set);
    if (e.kind->partial_fit == nullptr || e.classes > set.classes) continue;
    const StopToken stop;
    const Work work = {MallocAllocator(), stop};
    if (e.kind->task == Task::kClassify && e.classes != set.classes) continue;
    if (FitOn(set, set.samples(), work, true, &e).ok()) Answers(e, set);
  }
  std::cout << GetParam() << ": " << refused << " of " << count << " refused\n";
}

// The shape of an array after its kind's list, with `length` for axes of `letter`.
Shape Resized(const ArraySpec& spec, const Tensor& t, char letter, Index length) {
  Shape shape = t.shape;
  for (int axis = 0; axis < shape.rank; ++axis)
    if (spec.shape[axis] == letter) shape.dims[axis] = length;
  return shape;
}

// Copies the arrays of `from`; those with axes of `letter` are cut there, or end in zeros.
void CopyResized(const Estimator& from, char letter, Index length, State* to) {
  for (size_t i = 0; i < from.kind->arrays.size(); ++i) {
    const int array = static_cast<int>(i);
    if (!from.state.has(array)) continue;
    const Tensor& t = from.state[array];
    const Shape shape = Resized(from.kind->arrays[i], t, letter, length);
    ASSERT_TRUE(to->Make(array, t.dtype, shape).ok());
    const size_t bytes = static_cast<size_t>(shape.size()) * SizeOf(t.dtype);
    std::memcpy((*to)[array].data, t.data, std::min(bytes, t.bytes()));
  }
}

// Arrays of lengths that no fit gives: none, one less, one more.
TEST_P(DamagedFile, IsRefusedOrAnswersWithOtherLengths) {
  const Kind& kind = *FindKind(GetParam());
  const Set set = MakeSet(kRows, 8);
  const StopToken stop;
  const Work work = {MallocAllocator(), stop};
  Estimator whole = Unfitted(kind, MallocAllocator());
  ASSERT_TRUE(FitOn(set, set.samples(), work, false, &whole).ok());
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    Index length = -1;
    for (size_t i = 0; i < kind.arrays.size(); ++i)
      if (const char* at = std::strchr(kind.arrays[i].shape, letter);
          at != nullptr && whole.state.has(static_cast<int>(i)))
        length = whole.state[static_cast<int>(i)].dim(static_cast<int>(at - kind.arrays[i].shape));
    if (length < 0 || letter == 'f' || (letter == 'k' && whole.classes > 0)) continue;
    for (const Index other : {Index{0}, length - 1, length + 1}) {
      if (other < 0) continue;
      SCOPED_TRACE(std::string(1, letter) + " is " + std::to_string(other));
      Watch(kind.name, static_cast<int>(other));
      Estimator e = Unfitted(kind, MallocAllocator());
      e.features = whole.features;
      e.classes = whole.classes;
      CopyResized(whole, letter, other, &e.state);
      if (!CheckEstimator(e).ok()) continue;
      Answers(e, set);
      if (kind.partial_fit != nullptr && FitOn(set, set.samples(), work, true, &e).ok())
        Answers(e, set);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, DamagedFile, ::testing::ValuesIn(KindNames()),
                         [](const auto& param) { return param.param; });

TEST(EstimatorFileTest, RefusesWhatIsNoFile) {
  EstimatorFile file;
  EXPECT_EQ(file.Open({}).code(), Code::kInvalid);
  const std::vector<uint8_t> zeros(64);
  EXPECT_EQ(file.Open(zeros).code(), Code::kInvalid);
  std::vector<uint8_t> cut = FileOf(kGaussianNb);
  constexpr size_t kPadding = 16;  // what the file may end in
  for (size_t size = 0; size + kPadding < cut.size(); size += 7)
    EXPECT_FALSE(file.Open(std::span(cut).first(size)).ok()) << size;
}

}  // namespace damage_test
}  // namespace moonlet::ml
