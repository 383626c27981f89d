// Models that were prepared ahead of time run as those that were not, and a section that does
// not fit is of no use.
#include "engine/nn/prepared.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tests/engine/nn/corpus.h"
#include "tests/engine/nn/opened_model.h"
#include "tests/engine/nn/sample_model.h"
#include "tests/engine/nn/section_of.h"

namespace moonlet {
namespace prepared_test {

using namespace moonlet::testing;

std::vector<uint8_t> OutputsOf(Session& session, const std::string& name) {
  const StopToken stop;
  RecordedInput input(name, 0);
  std::vector<uint8_t> bytes;
  for (int frame = FramesOf(name, 0); frame > 0; --frame) {
    input.Fill(session);
    const Status s = session.Run(stop);
    EXPECT_TRUE(s.ok()) << s.what();
    for (int i = 0; i < session.outputs(); ++i) {
      const Tensor output = session.output(i);
      const auto* data = static_cast<const uint8_t*>(output.data);
      bytes.insert(bytes.end(), data, data + output.bytes());
    }
  }
  return bytes;
}

TEST(PreparedTest, RecordedModelsGiveTheSameBytesAndTakeTheArenaAlone) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long models = 0;
  for (const std::string& name : RecordedModels()) {
    OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"));
    if (!m.status().ok()) continue;
    SCOPED_TRACE(name);
    const SectionBytes section = SectionOf(m.model());
    PreparedModel prepared;
    ASSERT_TRUE(prepared.Open(section.span(), kSomeTie).ok());
    CountingAllocator counter(MallocAllocator());
    Session session;
    ASSERT_TRUE(Session::Open(m.model(), prepared, counter, &session).ok());
    EXPECT_TRUE(session.prepared());
    EXPECT_EQ(counter.peak(), session.arena_bytes());
    EXPECT_GE(session.arena_bytes(), m.session().arena_bytes());  // scratch is in there
    EXPECT_EQ(session.record_bytes() + session.packed_bytes(), 0u);
    EXPECT_EQ(OutputsOf(session, name), OutputsOf(m.session(), name));
    ++models;
  }
  EXPECT_GE(models, 100);
}

// Fills the stack beyond the caller's frame: records that copy what lies between the fields of
// something local would hold it.
[[gnu::noinline]] void FoulStack(int value) {
  uint8_t below[32 * 1024];
  std::memset(below, value, sizeof(below));
  asm volatile("" : : "r"(below) : "memory");
}

TEST(PreparedTest, SectionsOfRecordedModelsHoldNothingByChance) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const std::string& name : RecordedModels()) {
    OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"));
    if (!m.status().ok()) continue;
    FoulStack(0x55);
    const SectionBytes first = SectionOf(m.model(), KernelsOf::kDevice);
    FoulStack(0xAA);
    const SectionBytes second = SectionOf(m.model(), KernelsOf::kDevice);
    EXPECT_TRUE(std::ranges::equal(first.span(), second.span())) << name;
  }
}

// The same model gives the same bytes, for a device too.
TEST(PreparedTest, SectionsRepeatAndThoseOfADeviceAreLeftAloneOnAHost) {
  OpenedModel m(SampleModel());
  ASSERT_TRUE(m.status().ok());
  for (const KernelsOf kernels : {KernelsOf::kThisMachine, KernelsOf::kDevice}) {
    const SectionBytes first = SectionOf(m.model(), kernels);
    const SectionBytes second = SectionOf(m.model(), kernels);
    EXPECT_TRUE(std::ranges::equal(first.span(), second.span()));
    PreparedModel prepared;
    const Status s = prepared.Open(first.span(), kSomeTie);
    EXPECT_EQ(s.ok(), kernels == KernelsOf::kThisMachine);
    if (!s.ok()) {
      EXPECT_STREQ(s.what(), "prepared section: for other machines");
    }
  }
}

std::string WhyNot(std::span<const uint8_t> section, const PreparedTie& tie = kSomeTie) {
  PreparedModel prepared;
  return prepared.Open(section, tie).what();
}

TEST(PreparedTest, ASectionIsTiedToModelAndVersion) {
  OpenedModel m(SampleModel());
  const SectionBytes section = SectionOf(m.model());
  EXPECT_EQ(WhyNot(section.span()), "");
  PreparedTie tie = kSomeTie;
  tie.model_crc ^= 1;
  EXPECT_EQ(WhyNot(section.span(), tie), "prepared section: of another model");
  tie = kSomeTie;
  ++tie.model_size;
  EXPECT_EQ(WhyNot(section.span(), tie), "prepared section: of another model");
  tie = kSomeTie;
  tie.version = "0.1.20";
  EXPECT_EQ(WhyNot(section.span(), tie), "prepared section: of another version of Moonlet");
}

TEST(PreparedTest, ASectionThatIsNotWholeIsOfNoUse) {
  OpenedModel m(SampleModel());
  const SectionBytes section = SectionOf(m.model());
  const std::span<uint8_t> bytes = section.span();
  for (size_t size = 0; size < bytes.size(); ++size)
    ASSERT_NE(WhyNot(bytes.first(size)), "") << size;
  const SectionBytes longer(bytes.size() + kArenaAlignment);
  std::ranges::copy(bytes, longer.data());
  EXPECT_EQ(WhyNot(longer.span()), "prepared section: cut short");
  std::memmove(longer.data() + 8, longer.data(), bytes.size());
  EXPECT_EQ(WhyNot({longer.data() + 8, bytes.size()}), "prepared section: not aligned");
}

// Every byte of the head that says something, and every head of a step.
TEST(PreparedTest, DamageToWhatIsCheckedIsFound) {
  constexpr size_t kHead = 128, kMeaning = 88, kZerosAt = 40, kZeros = 24, kArenaAt = 68;
  OpenedModel m(SampleModel());
  const SectionBytes section = SectionOf(m.model());
  for (size_t i = 0; i < kMeaning; ++i) {
    if (i >= kZerosAt && i < kZerosAt + kZeros) continue;
    for (const int change : {0x01, 0x80, 0xFF}) {
      const SectionBytes damaged(section);
      damaged.data()[i] = static_cast<uint8_t>(damaged.data()[i] ^ change);
      // Of the arena it is known only that inputs and outputs lie in it.
      if (i < kArenaAt || i >= kArenaAt + 4) {
        EXPECT_NE(WhyNot(damaged.span()), "") << i;
      }
    }
  }
  const SectionBytes small(section);
  std::fill_n(small.data() + kArenaAt, 4, uint8_t{0});
  EXPECT_NE(WhyNot(small.span()), "");
  PreparedModel prepared;
  ASSERT_TRUE(prepared.Open(section.span(), kSomeTie).ok());
  const StepRecord* step = StepsIn(prepared.records(), prepared.counts());
  for (int i = 0; i < prepared.counts().steps; ++i, step = step->next()) {
    const size_t at = static_cast<size_t>(reinterpret_cast<const uint8_t*>(step) - section.data());
    ASSERT_GE(at, kHead);
    for (const size_t byte : {at, at + 1, at + 4, at + 5, at + 6, at + 7}) {
      const SectionBytes damaged(section);
      damaged.data()[byte] = 0xFF;
      EXPECT_NE(WhyNot(damaged.span()), "") << byte;
    }
  }
}

TEST(PreparedTest, ASessionSaysWhatMemoryIsMissing) {
  OpenedModel m(SampleModel());
  const SectionBytes section = SectionOf(m.model());
  PreparedModel prepared;
  ASSERT_TRUE(prepared.Open(section.span(), kSomeTie).ok());
  class Nothing final : public Allocator {
    void* Allocate(size_t, size_t) override { return nullptr; }
    void Free(void*, size_t) override {}
  } nothing;
  Session session;
  EXPECT_EQ(Session::Open(m.model(), prepared, nothing, &session).code(), Code::kNoMemory);
  EXPECT_FALSE(session.open());
}

}  // namespace prepared_test
}  // namespace moonlet
