// Recorded models against the answers of the TensorFlow Lite Micro reference kernels:
// integer outputs byte for byte, float outputs to 1e-5 of their range.
#include "tests/engine/nn/corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/base/workers.h"
#include "engine/nn/analyze.h"
#include "engine/nn/graph.h"
#include "tests/engine/nn/opened_model.h"

namespace moonlet {
namespace corpus_test {

using namespace moonlet::testing;

std::vector<uint8_t> Golden(const std::string& name, int vector) {
  return ReadBytes(CorpusFolder(name) / ("out" + std::to_string(vector) + ".bin"));
}

std::vector<float> FloatsOf(const std::vector<uint8_t>& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

// From the lowest to the highest output over all vectors of a model of float outputs.
float GoldenRange(const std::string& name) {
  float low = INFINITY;
  float high = -INFINITY;
  for (int vector = 0; vector < 3; ++vector) {
    for (const float value : FloatsOf(Golden(name, vector))) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  return high - low;
}

// All outputs of all runs of one vector, as the recorder wrote them.
std::vector<uint8_t> OutputsOf(OpenedModel& m, const std::string& name, int vector) {
  std::vector<uint8_t> bytes;
  RecordedInput input(name, vector);
  for (int frame = FramesOf(name, vector); frame > 0; --frame) {
    input.Fill(m.session());
    const Status s = m.Run();
    EXPECT_TRUE(s.ok()) << s.what();
    for (int i = 0; i < m.session().outputs(); ++i) {
      const Tensor output = m.session().output(i);
      const auto* data = static_cast<const uint8_t*>(output.data);
      bytes.insert(bytes.end(), data, data + output.bytes());
    }
  }
  EXPECT_EQ(input.left(), 0u);
  return bytes;
}

void ExpectRecorded(const std::string& name, int vector, DType dtype,
                    const std::vector<uint8_t>& outputs) {
  const std::vector<uint8_t> golden = Golden(name, vector);
  ASSERT_EQ(outputs.size(), golden.size());
  if (dtype != DType::kFloat32) {
    const auto differ = std::mismatch(outputs.begin(), outputs.end(), golden.begin());
    EXPECT_EQ(differ.first - outputs.begin(), outputs.end() - outputs.begin())
        << "first difference";
    return;
  }
  const float tolerance = 1e-5f * GoldenRange(name);
  const std::vector<float> values = FloatsOf(outputs);
  const std::vector<float> expected = FloatsOf(golden);
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(values[i], expected[i], tolerance) << "output " << i;
}

// Whether an operator of the model cannot run yet; such a model is refused for that alone.
bool IsRefused(const std::string& name) {
  OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"));
  EXPECT_TRUE(m.status().ok() || m.status().code() == Code::kUnsupported)
      << name << ": " << m.status().what();
  return !m.status().ok();
}

// Runs one model on its three vectors, each in a fresh session, the last with the threads; gives
// the bytes compared.
long Compare(const std::string& name, Workers* workers) {
  long bytes = 0;
  for (int vector = 0; vector < 3; ++vector) {
    SCOPED_TRACE(name + ", vector " + std::to_string(vector));
    OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"), vector == 2 ? workers : nullptr);
    const std::vector<uint8_t> outputs = OutputsOf(m, name, vector);
    ExpectRecorded(name, vector, m.session().output(0).dtype, outputs);
    bytes += static_cast<long>(outputs.size());
  }
  return bytes;
}

TEST(CorpusTest, OutputsAreTheReferences) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long bytes = 0;
  long vectors = 0;
  Workers* workers = nullptr;
  ASSERT_TRUE(StartWorkers(3, MallocAllocator(), &workers).ok());
  for (const std::string& name : RecordedModels()) {
    if (IsRefused(name)) continue;
    bytes += Compare(name, workers);
    vectors += 3;
  }
  StopWorkers(workers, MallocAllocator());
  ExpectCounts("engine/nn/corpus", vectors, bytes);
}

// Models of images in less memory than their largest layers take, and what that costs at most.
TEST(CorpusTest, PatchesTakeLessMemoryAndGiveTheSame) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  const struct {
    const char* name;
    size_t ram;
    double more_macs;
  } kCases[] = {{"mlperf_vww_int8", 50300, 0.01},
                {"mlperf_vww_int8", 46200, 0.07},
                {"person_detect_int8", 44200, 0.01},
                {"person_detect_int8", 30200, 0.3},
                {"mlperf_ic_int8", 43400, 0.02}};
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    OpenedModel m(ReadBytes(CorpusFolder(c.name) / "model.tflite"), nullptr, c.ram);
    ASSERT_TRUE(m.status().ok()) << m.status().what();
    EXPECT_LE(m.session().arena_bytes() + m.session().record_bytes(), c.ram);
    ExpectRecorded(c.name, 0, DType::kInt8, OutputsOf(m, c.name, 0));
    ModelReport report;
    ASSERT_TRUE(
        Analyze(m.model(), MallocAllocator(), &report, {}, CpuOnly(), kKeepPrepared, c.ram).ok());
    EXPECT_GT(report.patch_bands, 1);
    EXPECT_LE(static_cast<double>(report.patch_macs),
              c.more_macs * static_cast<double>(report.macs));
    std::cout << c.name << ": arena " << report.arena_bytes << ", " << report.patch_bands
              << " patches, " << report.patch_macs << " of " << report.macs << " MAC more\n";
  }
}

// Everything from load to steady state comes from the allocator, the two objects aside.
TEST(CorpusTest, MemoryStaysBelowTheReferences) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const std::string& name : RecordedModels()) {
    if (IsRefused(name)) continue;
    OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"));
    const size_t calls = m.counter().calls();
    RecordedInput(name, 0).Fill(m.session());
    ASSERT_TRUE(m.Run().ok());
    EXPECT_EQ(m.counter().calls(), calls) << "a run allocated";
    const size_t peak = m.counter().peak() + sizeof(Model) + sizeof(Session);
    // Here the output stays while the next input is written; there they share their memory.
    const size_t apart = name == "mlperf_ad_fullint_floatio" ? m.session().output(0).bytes() : 0;
    const size_t most = MetaNumber(name, "arena_min_x86_64") + apart;
    std::cout << name << ": " << peak << " bytes of " << most << ", arena "
              << m.session().arena_bytes() << ", records " << m.session().record_bytes() << "\n";
    EXPECT_LE(peak, most) << name;
  }
}

// The record counts those of every subgraph, the analysis those of the main graph.
uint64_t OperatorsOf(const Model& model) {
  uint64_t operators = 0;
  for (const tflite::SubGraph* graph : *model.root()->subgraphs())
    operators += Count(graph->operators());
  return operators;
}

TEST(CorpusTest, AnalysisAgreesWithTheRecordAndTheSession) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  for (const std::string& name : RecordedModels()) {
    if (IsRefused(name)) continue;
    SCOPED_TRACE(name);
    OpenedModel m(ReadBytes(CorpusFolder(name) / "model.tflite"));
    ModelReport report;
    ASSERT_TRUE(Analyze(m.model(), MallocAllocator(), &report).ok());
    EXPECT_EQ(report.macs, MetaNumber(name, "macs"));
    EXPECT_EQ(OperatorsOf(m.model()), MetaNumber(name, "nops"));
    EXPECT_GE(report.operators, m.session().steps());
    EXPECT_EQ(report.unsupported, 0);
    EXPECT_EQ(report.arena_bytes, m.session().arena_bytes());
    EXPECT_EQ(report.record_bytes, m.session().record_bytes());
    EXPECT_GE(report.arena_bytes, report.arena_bound);
    std::cout << name << ": arena " << report.arena_bytes << " bytes, at least "
              << report.arena_bound << "\n";
  }
}

// What cannot run yet still opens and is described.
TEST(CorpusTest, EveryRecordedModelIsAnalysed) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SharedFolder() / "corpus")) {
    if (!std::filesystem::exists(entry.path() / "model.tflite")) continue;
    const std::string name = entry.path().filename();
    SCOPED_TRACE(name);
    const auto file = ReadBytes(entry.path() / "model.tflite");
    Model model;
    const Status s = Model::Open(Bytes::Borrow(file), MallocAllocator(), &model);
    EXPECT_TRUE(s.ok()) << s.what();
    if (!s.ok()) continue;
    ModelReport report;
    ASSERT_TRUE(Analyze(model, MallocAllocator(), &report).ok());
    int unsupported = 0;
    for (int i = 0; i < report.operators; ++i) {
      const OperatorReport op = DescribeOperator(model, i);
      EXPECT_FALSE(op.name.empty());
      if (!op.support.ok()) ++unsupported;
    }
    EXPECT_EQ(unsupported, report.unsupported);
    EXPECT_EQ(report.macs, MetaNumber(name, "macs"));
    ++models;
  }
  ExpectCounts("engine/nn/analyze", models, 0);
}

}  // namespace corpus_test
}  // namespace moonlet
