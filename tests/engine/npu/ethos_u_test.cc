// Models with `ethos-u` operators, through a session.
#include "engine/npu/ethos_u.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "engine/nn/analyze.h"
#include "engine/nn/session.h"
#include "tests/engine/npu/hand_made.h"
#include "tests/engine/npu/mock_unit.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace ethos_u_test {

using namespace moonlet::npu::testing;
using moonlet::testing::DataOf;
using tflite::BuiltinOperator;

// A damaged file may ask for an arena of 2 GiB.
class SmallMachine final : public Allocator {
 public:
  void* Allocate(size_t size, size_t alignment) override {
    return size > 16 << 20 ? nullptr : counted_.Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override { counted_.Free(block, size); }
  size_t live() const { return counted_.live(); }
  size_t calls() const { return counted_.calls(); }

 private:
  CountingAllocator counted_{MallocAllocator()};
};

class Opened {
 public:
  explicit Opened(std::vector<uint8_t> file, const EthosU& npu = EthosU())
      : file_(std::move(file)), npu_(npu) {
    status_ = Model::Open(Bytes::Borrow(file_), counter_, &model_);
    if (status_.ok()) status_ = Session::Open(model_, counter_, &session_, {WithCpu(npu_)});
  }
  Opened(const Opened&) = delete;

  const Status& status() const { return status_; }
  const Model& model() const { return model_; }
  Session& session() { return session_; }
  const SmallMachine& counter() const { return counter_; }
  const EthosU& npu() const { return npu_; }
  Status Run(StepObserver* observer = nullptr) { return session_.Run(stop_, observer); }

 private:
  std::vector<uint8_t> file_;
  EthosU npu_;
  SmallMachine counter_;
  StopToken stop_;
  Status status_;
  Model model_;
  Session session_;
};

std::vector<int8_t> RandomMap(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<int8_t> values(kBytes);
  for (int8_t& v : values) v = static_cast<int8_t>(random());
  return values;
}

void Put(const std::vector<int8_t>& values, const Tensor& to) {
  std::memcpy(to.data, values.data(), values.size());
}
std::vector<int8_t> Get(const Tensor& from) {
  const auto* data = static_cast<const int8_t*>(from.data);
  return {data, data + from.bytes()};
}
std::vector<int8_t> Mapped(std::vector<int8_t> values, int (*function)(int)) {
  for (int8_t& v : values) v = static_cast<int8_t>(function(v));
  return values;
}
int AtLeast(int v) { return std::max(v, -3); }
int Clamped(int v) { return std::clamp(v, -3, 5); }

// How a model of one operator differs from the good one.
struct Variation {
  std::vector<uint8_t> payload =
      PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(1, 256))});
  std::vector<uint8_t> options = kStreamOptions;
  TensorSpec constants = ByteTensor(0);
  TensorSpec scratch = ByteTensor(512);
  TensorSpec fast = ByteTensor(512);
  // Of x, y, payload, constants, scratch, fast scratch.
  std::vector<int32_t> offsets = {0, 256, -1, -1, 0, 0};
  std::vector<int32_t> inputs = {2, 3, 4, 5, 0};
};

// x -> max(x, -3) -> y
std::vector<uint8_t> OneOperator(const Variation& v = {}) {
  ModelBuilder b;
  const int x = b.Add(MapTensor());
  const int y = b.Add(MapTensor());
  b.Add(PayloadTensor(v.payload));
  b.Add(v.constants);
  b.Add(v.scratch);
  b.Add(v.fast);
  b.AddCustom("ethos-u", v.inputs, {y}, v.options);
  if (!v.offsets.empty()) b.AddOfflinePlan(v.offsets);
  return b.Finish({x}, {y});
}

void ExpectMaximum(Opened& m) {
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const std::vector<int8_t> x = RandomMap(1);
  Put(x, m.session().input(0));
  const Status s = m.Run();
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_EQ(Get(m.session().output(0)), Mapped(x, AtLeast));
}

TEST(NpuEthosU, RunsAStreamOnTheTensorsOfTheGraph) {
  Opened m(OneOperator());
  ExpectMaximum(m);
  EXPECT_EQ(static_cast<uint8_t*>(m.session().output(0).data), m.session().arena() + 256);
}

TEST(NpuEthosU, RunningAllocatesNothing) {
  Opened m(OneOperator());
  ExpectMaximum(m);
  const size_t calls = m.counter().calls();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(m.Run().ok());
  EXPECT_EQ(m.counter().calls(), calls);
  m.session().Close();
  EXPECT_EQ(m.counter().live(), 0u);
}

TEST(NpuEthosU, WithoutTheBackendTheOperatorIsUnknown) {
  const std::vector<uint8_t> file = OneOperator();
  Model model;
  Session session;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  EXPECT_STREQ(Session::Open(model, MallocAllocator(), &session).what(),
               "operator 1 ethos-u: a custom operator nobody knows");
}

// The first half of x is what y shares its bytes with; inputs are written again each time.
TEST(NpuEthosU, InputAndOutputMayShareBytes) {
  Variation v;
  v.payload = PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(1, 0))});
  v.offsets = {0, 0, -1, -1, 0, 0};
  Opened m(OneOperator(v));
  ExpectMaximum(m);
  ExpectMaximum(m);
  EXPECT_EQ(m.session().input(0).data, m.session().output(0).data);
}

// Constants are region 0, and what else the operator reads and writes is region 3 and on.
TEST(NpuEthosU, TensorsAndConstantsAreRegionsToo) {
  Variation v;
  std::vector<uint8_t> floor(kBytes);
  const std::vector<int8_t> bounds = RandomMap(7);
  std::memcpy(floor.data(), bounds.data(), floor.size());
  v.constants = ByteTensor(kBytes, floor);
  Operation op = WithScalar(ElementwiseMode::kMax, 0, Map(3, 0), Map(4, 0));
  op.broadcast.scalar = false;
  op.ifm2 = Map(0, 0);
  v.payload = PayloadFor(Small(), {op});
  v.offsets = {1024, 2048, -1, -1, 0, 0};
  Opened m(OneOperator(v));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  std::vector<int8_t> x = RandomMap(8);
  Put(x, m.session().input(0));
  ASSERT_TRUE(m.Run().ok());
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::max(x[i], bounds[i]);
  EXPECT_EQ(Get(m.session().output(0)), x);
}

// Fast scratch lies over the scratch, as the file says it, but is other memory.
TEST(NpuEthosU, FastScratchIsMemoryOfItsOwnWhereItIsUsed) {
  Variation v;
  v.payload = PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(2, 0)),
                                   WithScalar(ElementwiseMode::kMin, 5, Map(1, 0), Map(1, 256)),
                                   WithScalar(ElementwiseMode::kMin, 100, Map(2, 0), Map(1, 0))});
  Opened m(OneOperator(v));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const std::vector<int8_t> x = RandomMap(2);
  Put(x, m.session().input(0));
  ASSERT_TRUE(m.Run().ok());
  // The second operation read x unspoilt by what the first wrote at the same offset.
  EXPECT_EQ(Get(m.session().output(0)), Mapped(x, [](int i) { return std::min(i, 5); }));
  Opened without(OneOperator());
  EXPECT_GE(m.session().arena_bytes(), without.session().arena_bytes() + 512);
}

// x -> NPU -> y -> TRANSPOSE -> z -> NPU -> w -> TRANSPOSE -> v; y and v anywhere.
std::vector<uint8_t> Mixed() {
  ModelBuilder b;
  const int x = b.Add(MapTensor());
  const int y = b.Add(MapTensor());
  const int z = b.Add(MapTensor());
  const int w = b.Add(MapTensor());
  const int v = b.Add(MapTensor());
  const int order =
      b.Add({.shape = {4}, .type = TensorType::INT32, .data = DataOf<int32_t>({0, 1, 2, 3})});
  const int first = b.Add(PayloadTensor(
      PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(1, 256))})));
  const int second = b.Add(PayloadTensor(
      PayloadFor(Small(), {WithScalar(ElementwiseMode::kMin, 5, Map(1, 0), Map(1, 512))})));
  const int constants = b.Add(ByteTensor(0));
  const int scratch = b.Add(ByteTensor(768));
  const int fast = b.Add(ByteTensor(768));
  b.AddCustom("ethos-u", {first, constants, scratch, fast, x}, {y}, kStreamOptions);
  b.Add(BuiltinOperator::TRANSPOSE, {y, order}, {z});
  b.AddCustom("ethos-u", {second, constants, scratch, fast, z}, {w}, kStreamOptions);
  b.Add(BuiltinOperator::TRANSPOSE, {w, order}, {v});
  b.AddOfflinePlan({0, 256, 0, 512, -1, -1, -1, -1, -1, 0, 0});
  return b.Finish({x}, {v});
}

TEST(NpuEthosU, MixesWithOperatorsOfTheCpu) {
  Opened m(Mixed());
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (unsigned seed = 3; seed < 6; ++seed) {
    const std::vector<int8_t> x = RandomMap(seed);
    Put(x, m.session().input(0));
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(Get(m.session().output(0)), Mapped(x, Clamped));
  }
}

TEST(NpuEthosU, AnalysisTellsWhereOperatorsRun) {
  Opened m(Mixed());
  const WithCpu backends(m.npu());
  const OperatorReport npu = DescribeOperator(m.model(), 0, backends);
  EXPECT_TRUE(npu.support.ok());
  EXPECT_STREQ(npu.backend, "npu");
  EXPECT_TRUE(npu.declined.ok());
  const OperatorReport cpu = DescribeOperator(m.model(), 1, backends);
  EXPECT_TRUE(cpu.support.ok());
  EXPECT_STREQ(cpu.backend, "cpu");
  EXPECT_STREQ(cpu.declined.what(), "not compiled for the NPU");
  ModelReport report;
  ASSERT_TRUE(Analyze(m.model(), MallocAllocator(), &report, {}, backends).ok());
  EXPECT_EQ(report.unsupported, 0);
  EXPECT_EQ(report.arena_bytes, m.session().arena_bytes());
  EXPECT_EQ(report.record_bytes, m.session().record_bytes());
}

// Counts operations, by step.
class Counter final : public StepObserver, private OperationObserver {
 public:
  std::vector<std::string> seen;
  void Before(int step) override { step_ = step; }
  void After(int) override {}
  OperationObserver* operations() override { return this; }

 private:
  void Ran(const Operation& operation) override {
    seen.push_back(std::to_string(step_) + " " + NameOf(operation));
  }
  int step_ = -1;
};

TEST(NpuEthosU, AnObserverIsToldOfOperations) {
  Opened m(Mixed());
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  Counter counter;
  ASSERT_TRUE(m.Run(&counter).ok());
  counter.seen.erase(std::remove_if(counter.seen.begin(), counter.seen.end(),
                                    [](const std::string& s) { return s.ends_with("STOP"); }),
                     counter.seen.end());
  EXPECT_EQ(counter.seen, (std::vector<std::string>{"0 MAX", "2 MIN"}));
}

void ExpectRefused(const Variation& v, Code code, const char* reason,
                   const EthosU& npu = EthosU()) {
  Opened m(OneOperator(v), npu);
  EXPECT_EQ(m.status().code(), code) << m.status().what();
  EXPECT_NE(std::strstr(m.status().what(), reason), nullptr) << m.status().what();
  EXPECT_EQ(std::strncmp(m.status().what(), "operator 1 ethos-u: ", 20), 0) << m.status().what();
}

TEST(NpuEthosU, OptionsMustSayThatItIsAStream) {
  Variation v;
  for (const std::vector<uint8_t>& options :
       {std::vector<uint8_t>{}, {1, 4}, {1, 4, 9}, {1, 4, 0}, {1, 12, 1}, {4, 8}}) {
    v.options = options;
    ExpectRefused(v, Code::kInvalid, "its options are no number");
  }
  v.options = {2, 4, 1};
  ExpectRefused(v, Code::kUnsupported, "operator type 2");
  v.options = {1, 0, 5, 2};  // 16 bits wide
  Opened m(OneOperator(v));
  EXPECT_TRUE(m.status().ok()) << m.status().what();
}

TEST(NpuEthosU, InputsMustBeWhatTheyAreFor) {
  Variation v;
  v.inputs = {2, 3, 4};
  ExpectRefused(v, Code::kInvalid, "no fast scratch");
  v = Variation();
  v.inputs = {4, 3, 4, 5, 0};
  ExpectRefused(v, Code::kUnsupported, "command stream (tensor 4 't4') is computed");
  v = Variation();
  v.scratch.type = TensorType::INT8;
  ExpectRefused(v, Code::kUnsupported, "scratch (tensor 4 't4') is int8, expected uint8");
  v = Variation();
  v.scratch.data = std::vector<uint8_t>(512);
  v.offsets[4] = -1;
  ExpectRefused(v, Code::kInvalid, "the scratch is a constant");
  v = Variation();
  v.constants = ByteTensor(64);
  ExpectRefused(v, Code::kUnsupported, "constants (tensor 3 't3') is computed");
}

TEST(NpuEthosU, TheFileMustSayWhereTheScratchLies) {
  Variation v;
  v.offsets = {};
  ExpectRefused(v, Code::kInvalid, "OfflineMemoryAllocation does not say");
  v.offsets = {0, 256, -1, -1, -1, -1};
  ExpectRefused(v, Code::kInvalid, "OfflineMemoryAllocation does not say");
}

TEST(NpuEthosU, WhatTheStreamMayNotDoIsRefusedAtLoad) {
  Variation v;
  v.payload[0] = 'X';
  ExpectRefused(v, Code::kInvalid, "");
  v.payload = PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(1, 288))});
  ExpectRefused(v, Code::kInvalid, "");  // 240 bytes at 288 of 512
  v.payload = PayloadFor(Small(), {WithScalar(ElementwiseMode::kMax, -3, Map(1, 0), Map(5, 0))});
  ExpectRefused(v, Code::kInvalid, "");  // there are regions 0 to 4
}

TEST(NpuEthosU, ASelectedConfigurationRunsNoOther) {
  const Config& other = *FindConfig(Product::kU55, 256);
  const EthosU npu(ModelExecutor(), &other);
  ExpectRefused(Variation(), Code::kUnsupported,
                "compiled for U55-128 (CONFIG 0x00001807), selected is U55-256 (0x00003008)", npu);
  Opened same(OneOperator(), EthosU(ModelExecutor(), &Small()));
  ExpectMaximum(same);
}

TEST(NpuEthosU, AStopEndsTheRun) {
  Opened m(OneOperator());
  ASSERT_TRUE(m.status().ok());
  StopToken stop;
  stop.Raise();
  EXPECT_EQ(m.session().Run(stop).code(), Code::kStopped);
  ExpectMaximum(m);
}

// A unit that executes by the functional model what is in its registers.
class ModelUnit {
 public:
  ModelUnit() {
    unit_.execute = [this](const MockUnit::Start& start) { return Execute(start); };
    EXPECT_TRUE(driver_.Start().ok());
  }
  MockUnit& registers() { return unit_; }
  Driver& driver() { return driver_; }

 private:
  bool Execute(const MockUnit::Start& start) {
    Region regions[kRegions];
    for (int i = 0; i < kRegions; ++i) {
      const auto region = unit_.cleaned.find(start.bases[i]);
      if (region != unit_.cleaned.end()) regions[i].size = region->second;
    }
    regions[0].constant = start.bases[0];
    Payload payload;
    EXPECT_TRUE(ReadConfig(unit_.config, &payload.config).ok());
    payload.stream = start.stream;
    ProgramSizes sizes;
    if (!MeasureProgram(payload, regions, &sizes).ok()) return false;
    std::vector<uint64_t> program(sizes.bytes / 8 + 1), scratch(sizes.scratch / 8 + 2);
    auto* at = reinterpret_cast<uint8_t*>(program.data());
    auto* work = reinterpret_cast<uint8_t*>(scratch.data());
    work += (16 - reinterpret_cast<uintptr_t>(work) % 16) % 16;
    StopToken stop;
    return WriteProgram(payload, regions, {at, sizes.bytes}).ok() &&
           RunProgram(at, start.bases, work, stop, nullptr).ok();
  }

  MockUnit unit_;
  Driver driver_{unit_, 50'000};
};

TEST(NpuEthosU, ADriverRunsWhatTheModelRuns) {
  ModelUnit unit;
  const UnitExecutor executor(unit.driver());
  Opened m(OneOperator(), EthosU(executor));
  ExpectMaximum(m);
  EXPECT_EQ(unit.registers().runs, 1);
  EXPECT_TRUE(unit.registers().misuse.empty());
}

TEST(NpuEthosU, AUnitRefusesWhatWasCompiledForAnother) {
  ModelUnit unit;
  unit.registers().config = 0x3008;
  ASSERT_TRUE(unit.driver().Start().ok());
  const UnitExecutor executor(unit.driver());
  Opened m(OneOperator(), EthosU(executor));
  EXPECT_FALSE(m.status().ok());
  EXPECT_NE(std::strstr(m.status().what(), "0x00001807"), nullptr) << m.status().what();
  EXPECT_NE(std::strstr(m.status().what(), "0x00003008"), nullptr) << m.status().what();
}

TEST(NpuEthosU, AFaultOfTheUnitNamesTheOperator) {
  ModelUnit unit;
  const UnitExecutor executor(unit.driver());
  Opened m(OneOperator(), EthosU(executor));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  unit.registers().faults = unit::kBusError;
  const Status s = m.Run();
  EXPECT_EQ(s.code(), Code::kIo);
  EXPECT_EQ(std::strncmp(s.what(), "operator 1 ethos-u: bus error on AXI0, commands", 47), 0)
      << s.what();
  unit.registers().faults = 0;
  ExpectMaximum(m);
}

// Every network for its configuration: the file's own constants and plan, and several thousand
// operations, by registers.
TEST(NpuEthosU, ADriverGivesTheAnswersOfRecordedNetworks) {
  if (!std::filesystem::exists(VelaFolder())) GTEST_SKIP() << "no recorded models";
  long cases = 0, bytes = 0;
  for (const auto& [name, corpus] :
       {std::pair("kws_ref_model", "mlperf_kws_int8"), std::pair("ad01_int8", "mlperf_ad_int8"),
        std::pair("person_detect", "person_detect_int8")}) {
    SCOPED_TRACE(name);
    const auto file = VelaFolder() / "ethos-u55-128" / (std::string(name) + "_vela.tflite");
    const auto answers = moonlet::testing::SharedFolder() / "corpus" / corpus;
    ModelUnit unit;
    const UnitExecutor executor(unit.driver());
    Opened m(moonlet::testing::ReadBytes(file), EthosU(executor));
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    const std::vector<uint8_t> in = moonlet::testing::ReadBytes(answers / "in0.bin");
    const Tensor input = m.session().input(0);
    if (in.size() != input.bytes()) continue;  // its inputs are generated
    std::memcpy(input.data, in.data(), in.size());
    const Status s = m.Run();
    ASSERT_TRUE(s.ok()) << s.what();
    const std::vector<uint8_t> golden = moonlet::testing::ReadBytes(answers / "out0.bin");
    const auto* out = static_cast<const uint8_t*>(m.session().output(0).data);
    EXPECT_EQ(std::vector<uint8_t>(out, out + m.session().output(0).bytes()), golden);
    EXPECT_TRUE(unit.registers().misuse.empty());
    ++cases;
    bytes += static_cast<long>(golden.size());
  }
  moonlet::testing::ExpectCounts("engine/npu/driver", cases, bytes);
}

// Whatever a file says of options, tensors, their places and its streams: it is refused or
// runs, within its memory.
TEST(NpuEthosU, DamagedFilesAreRefusedOrRunFuzz) {
  const char* asked = std::getenv("MOONLET_FUZZ");
  const int rounds = asked != nullptr ? std::atoi(asked) : 2000;
  const std::vector<uint8_t> good = Mixed();
  std::mt19937 random(11);
  int refused = 0, ran = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    std::vector<uint8_t> bad = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      uint8_t& byte = bad[random() % bad.size()];
      const auto drawn = static_cast<unsigned>(random());
      byte = static_cast<uint8_t>(drawn % 2 == 0 ? byte ^ 1u << drawn / 2 % 8 : drawn / 2);
    }
    Opened m(bad);
    if (!m.status().ok()) {
      EXPECT_GT(std::strlen(m.status().what()), 0u);
      ++refused;
      continue;
    }
    for (int i = 0; i < m.session().inputs(); ++i)
      std::memset(m.session().input(i).data, 0x5A, m.session().input(i).bytes());
    const Status s = m.Run();
    if (s.ok()) ++ran;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(ran, 0);
}

}  // namespace ethos_u_test
}  // namespace moonlet::npu
