// The driver against a unit that is only registers.
#include "engine/npu/driver.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/engine/npu/mock_unit.h"

namespace moonlet::npu {
namespace driver_test {

using testing::MockUnit;

class NpuDriver : public ::testing::Test {
 protected:
  // Two regions and a stream, at multiples of 16.
  Job job() {
    memory_[0] = {constants_, sizeof(constants_), true};
    memory_[1] = {arena_, sizeof(arena_), false};
    return {{stream_, sizeof(stream_)}, memory_};
  }
  Status Run() { return driver_.Run(job(), stop_); }

  void ExpectFault(const char* text) {
    const int resets = unit_.resets;
    const Status s = Run();
    EXPECT_EQ(s.code(), Code::kIo);
    EXPECT_NE(std::strstr(s.what(), text), nullptr) << s.what();
    EXPECT_EQ(unit_.resets, resets + 2);  // before the run and after it
    ExpectWorksAgain();
  }
  void ExpectWorksAgain() {
    unit_.faults = 0;
    unit_.ends = unit_.ends_whole = unit_.reset_ends = true;
    const Status s = Run();
    EXPECT_TRUE(s.ok()) << s.what();
    EXPECT_TRUE(unit_.misuse.empty()) << unit_.misuse.front();
  }

  alignas(16) uint8_t stream_[64] = {};
  alignas(16) uint8_t constants_[32] = {};
  alignas(16) uint8_t arena_[48] = {};
  Job::Memory memory_[2];
  StopToken stop_;
  MockUnit unit_;
  Driver driver_{unit_, 50'000};
};

TEST_F(NpuDriver, StartLearnsWhatTheUnitIs) {
  ASSERT_TRUE(driver_.Start().ok());
  EXPECT_TRUE(driver_.started());
  EXPECT_EQ(driver_.config().macs, 128);
  EXPECT_EQ(driver_.config_register(), 0x1807u);
  EXPECT_EQ(driver_.id_register(), 0x10060000u);
  EXPECT_EQ(unit_.resets, 1);
  for (uint32_t i = 0; i < 4; ++i) EXPECT_EQ(unit_.reg(unit::kAxiLimit0 + 4 * i), 0x0F1F0000u);
}

TEST_F(NpuDriver, StartSaysWhyThereIsNoUnit) {
  unit_.config = 0;
  Status s = driver_.Start();
  EXPECT_EQ(s.code(), Code::kNotFound);
  EXPECT_STREQ(s.what(), "no Ethos-U answers: ID 0x10060000, CONFIG 0x00000000");
  EXPECT_FALSE(driver_.started());
  unit_.config = 0x1807;
  unit_.id = 0;
  EXPECT_EQ(driver_.Start().code(), Code::kNotFound);
  unit_.id = 0x10060000;
  unit_.config = 0x1907;  // 25 KiB of shared RAM
  EXPECT_EQ(driver_.Start().code(), Code::kNotFound);
  EXPECT_EQ(unit_.resets, 0);
}

TEST_F(NpuDriver, AResetThatDoesNotEndIsTold) {
  unit_.reset_ends = false;
  const Status s = driver_.Start();
  EXPECT_EQ(s.code(), Code::kIo);
  EXPECT_STREQ(s.what(), "the unit does not end its reset: STATUS 0x00000008");
  EXPECT_FALSE(driver_.started());
}

TEST_F(NpuDriver, AUnitThatSomebodyElseOwnsIsTold) {
  unit_.protection = 2;
  const Status s = driver_.Start();
  EXPECT_EQ(s.code(), Code::kIo);
  EXPECT_NE(std::strstr(s.what(), "PROT 0x00000002"), nullptr) << s.what();
}

TEST_F(NpuDriver, RunsWhatItIsGiven) {
  ASSERT_TRUE(driver_.Start().ok());
  MockUnit::Start seen = {};
  uint32_t ports = 0, fetch = 0;
  unit_.execute = [&](const MockUnit::Start& start) {
    seen = start;
    ports = unit_.reg(unit::kRegionConfig);
    fetch = unit_.reg(unit::kStreamConfig);
    return true;
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(seen.stream.data(), stream_);
  EXPECT_EQ(seen.stream.size(), sizeof(stream_));
  EXPECT_EQ(seen.bases[0], constants_);
  EXPECT_EQ(seen.bases[1], arena_);
  EXPECT_EQ(ports, 0x5553u);
  EXPECT_EQ(fetch, 2u);
  EXPECT_EQ(unit_.reg(unit::kCommand), uint32_t{unit::kClockOff | unit::kPowerOff});
  EXPECT_TRUE(unit_.misuse.empty());
}

TEST_F(NpuDriver, CachesAreCleanedBeforeAndForgottenAfter) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.execute = [&](const MockUnit::Start&) {
    EXPECT_EQ(unit_.cleaned.size(), 3u);
    EXPECT_TRUE(unit_.invalidated.empty());
    return true;
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(unit_.cleaned[stream_], sizeof(stream_));
  EXPECT_EQ(unit_.cleaned[constants_], sizeof(constants_));
  EXPECT_EQ(unit_.cleaned[arena_], sizeof(arena_));
  EXPECT_EQ(unit_.invalidated.size(), 1u);
  EXPECT_EQ(unit_.invalidated[arena_], sizeof(arena_));
}

TEST_F(NpuDriver, WorksWithoutInterruptsAndWithThoseOfTheStream) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.interrupts = false;
  unit_.run_time = 20'000;
  EXPECT_TRUE(Run().ok());
  unit_.interrupts_before = 3;
  unit_.run_time = 100;
  EXPECT_TRUE(Run().ok());
  EXPECT_EQ(unit_.runs, 2);
  EXPECT_TRUE(unit_.misuse.empty());
}

TEST_F(NpuDriver, TellsOfABusError) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.faults = unit::kBusError | 1u << 11 | 8u << 12;
  ExpectFault("bus error on AXI1, OFM, at QREAD 0x40 (STATUS 0x00008806)");
}

TEST_F(NpuDriver, TellsOfACommandThatIsRefused) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.faults = unit::kParseError;
  ExpectFault("a command that the unit refuses, at QREAD 0x40");
}

TEST_F(NpuDriver, TellsOfWeightsThatDoNotDecode) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.faults = unit::kWeightFault;
  ExpectFault("weights that do not decode, at QREAD 0x40");
}

TEST_F(NpuDriver, TellsOfAnEccFault) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.faults = unit::kEccFault;
  ExpectFault("an ECC fault, at QREAD 0x40");
}

TEST_F(NpuDriver, TellsOfAnEndBeforeTheStop) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.ends_whole = false;
  ExpectFault("it stopped before the end, at QREAD 0x40 (STATUS 0x00000002)");
}

TEST_F(NpuDriver, EndsAStreamThatNeverEnds) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.ends = false;
  ExpectFault("no end after 50 ms, at QREAD 0x0 (STATUS 0x00000001)");
}

TEST_F(NpuDriver, AFaultWithoutResetIsTold) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.faults = unit::kParseError;
  unit_.execute = [&](const MockUnit::Start&) {
    unit_.reset_ends = false;
    return true;
  };
  const Status s = Run();
  EXPECT_EQ(s.code(), Code::kIo);
  EXPECT_NE(std::strstr(s.what(), "; it does not reset"), nullptr) << s.what();
  unit_.execute = [](const MockUnit::Start&) { return true; };
  EXPECT_EQ(Run().code(), Code::kIo);  // it still does not
  ExpectWorksAgain();
}

TEST_F(NpuDriver, AStopEndsTheRunAndResetsTheUnit) {
  ASSERT_TRUE(driver_.Start().ok());
  unit_.run_time = 40'000;
  unit_.raise_when_waiting = &stop_;
  EXPECT_EQ(Run().code(), Code::kStopped);
  EXPECT_EQ(unit_.stops, 1);
  EXPECT_EQ(unit_.resets, 3);
  unit_.raise_when_waiting = nullptr;
  stop_.Lower();
  ExpectWorksAgain();
}

TEST_F(NpuDriver, RefusesWhatLiesAtNoMultipleOf16) {
  ASSERT_TRUE(driver_.Start().ok());
  Job skewed = job();
  skewed.stream = skewed.stream.subspan(4);
  EXPECT_EQ(driver_.Run(skewed, stop_).code(), Code::kInvalid);
  memory_[1].data += 8;
  EXPECT_EQ(driver_.Run({{stream_, sizeof(stream_)}, memory_}, stop_).code(), Code::kInvalid);
  EXPECT_EQ(unit_.runs, 0);
}

}  // namespace driver_test
}  // namespace moonlet::npu
