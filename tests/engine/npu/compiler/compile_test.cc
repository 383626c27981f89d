// Models through the whole compiler: bytes as on the CPU, cycles beside those of Arm's compiler.
#include "engine/npu/compiler/compile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "tests/engine/nn/corpus.h"
#include "tests/engine/npu/compiler/compiled_pair.h"
#include "tests/engine/npu/compiler/random_models.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace compile_test {

using namespace moonlet::npu::testing;
using moonlet::testing::CorpusFolder;
using moonlet::testing::ExpectCounts;
using moonlet::testing::HasCorpus;
using moonlet::testing::ReadBytes;
using moonlet::testing::ReadText;
using moonlet::testing::RecordedInput;
using moonlet::testing::SharedIsRequired;

constexpr int kUnits[] = {32, 64, 128, 256};

bool Missing() { return !HasCorpus() && !SharedIsRequired(); }

bool Soaking() { return std::getenv("MOONLET_SOAK") != nullptr; }

// Everything that is left on the CPU says why.
void ExpectReasons(const Compilation& compiled) {
  for (const OperatorReport& op : compiled.operators) {
    EXPECT_EQ(op.unit, op.part >= 0) << op.name;
    EXPECT_EQ(op.unit, op.reason.empty()) << op.name << ": " << op.reason;
  }
}

int UnitOperators(const Compilation& compiled) {
  return static_cast<int>(std::count_if(compiled.operators.begin(), compiled.operators.end(),
                                        [](const OperatorReport& op) { return op.unit; }));
}

TEST(NpuCompile, OurOwnModelRunsWhollyOnEveryUnit) {
  for (const int macs : kUnits) {
    SCOPED_TRACE(macs);
    CompiledPair pair(ReadBytes("scripts/apps/digits.tflite"), macs);
    ASSERT_TRUE(pair.status().ok()) << pair.status().what();
    const Compilation& compiled = pair.compiled();
    EXPECT_EQ(compiled.parts, 1);
    EXPECT_EQ(UnitOperators(compiled), static_cast<int>(compiled.operators.size()));
    EXPECT_EQ(Count(MainGraph(pair.unit_model()).operators()), 1u);
    ExpectReasons(compiled);
    EXPECT_GT(compiled.cycles, 0);
    for (unsigned seed = 0; seed < 50; ++seed) {
      pair.FillInputs(seed);
      EXPECT_EQ(pair.RunBoth(), 10);
    }
  }
}

int DistinctBytes(const Tensor& tensor) {
  const auto* bytes = static_cast<const uint8_t*>(tensor.data);
  return static_cast<int>(std::set<uint8_t>(bytes, bytes + tensor.bytes()).size());
}

// All bytes, to both types.
TEST(NpuCompile, QuantizesToSignedAndUnsignedBytes) {
  for (const TensorType to : {TensorType::INT8, TensorType::UINT8}) {
    ModelBuilder b;
    const int x = b.Add(
        {.shape = {1, 16, 16, 1}, .type = TensorType::INT8, .scales = {0.5F}, .zero_points = {3}});
    const int y =
        b.Add({.shape = {1, 16, 16, 1}, .type = to, .scales = {0.7F}, .zero_points = {90}});
    b.Add(BuiltinOperator::QUANTIZE, {x}, {y});
    CompiledPair pair(b.Finish({x}, {y}), 128);
    ASSERT_TRUE(pair.status().ok()) << pair.status().what();
    for (int i = 0; i < 256; ++i)
      pair.cpu().input(0).as<int8_t>()[i] = static_cast<int8_t>(i - 128);
    EXPECT_EQ(pair.RunBoth(), 256);
    EXPECT_GT(DistinctBytes(pair.unit().output(0)), 64);
  }
}

// Graphs of random operators, most of which the unit takes.
TEST(NpuCompile, RandomModelsGiveTheBytesOfTheCpu) {
  int on_unit = 0, operators = 0, varied = 0;
  const unsigned models = Soaking() ? 10000 : 200;
  for (unsigned seed = 0; seed < models; ++seed) {
    RandomModel model(seed);
    const Config& config = seed % 5 == 4 ? *FindConfig(Product::kU65, 256)
                                         : *FindConfig(Product::kU55, kUnits[seed % 5]);
    SCOPED_TRACE(::testing::Message()
                 << seed << ": " << model.name() << "for " << ConfigName(config).text);
    CompiledPair pair(model.Finish(), config);
    ExpectReasons(pair.compiled());
    operators += static_cast<int>(pair.compiled().operators.size());
    on_unit += UnitOperators(pair.compiled());
    if (!pair.status().ok()) continue;
    for (unsigned k = 0; k < 2; ++k) {
      pair.FillInputs(k);
      pair.RunBoth();
    }
    varied += DistinctBytes(pair.unit().output(0)) > 16 ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(on_unit, operators * 8 / 10) << "of " << operators;
  EXPECT_GT(varied, static_cast<int>(models) / 4) << "most results are a few values";
}

// A network, the folder it is in, and how Arm's compiler fares: ../shared/vela/TABLE.md.
struct Network {
  const char* folder;
  const char* row;
};
constexpr Network kNetworks[] = {
    {"mlperf_ad_int8", "ad01_int8"},         {"mlperf_ic_int8", "pretrainedResnet_quant"},
    {"mlperf_kws_int8", "kws_ref_model"},    {"mlperf_vww_int8", "vww_96_int8"},
    {"mlperf_sww_int8", "str_ww_ref_model"}, {"person_detect_int8", "person_detect"},
};

struct VelaRow {
  double cycles = 0;
  double arena_kib = 0;
};

// "| config | model | NPU/CPU ops | cycles total | ... | SRAM KiB | ...": the 9th column.
VelaRow RowOf(const std::string& config, const std::string& model) {
  std::istringstream lines(ReadText(VelaFolder() / "TABLE.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| " + config + " | " + model + " |", 0) != 0) continue;
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, '|');) fields.push_back(field);
    if (fields.size() < 11) continue;
    return {std::stod(fields[4]), std::stod(fields[10])};
  }
  return {};
}

struct Compared {
  long cases = 0;
  long bytes = 0;
};

// The recorded vectors and some of our own.
void CompareNetwork(const std::string& folder, CompiledPair* pair, Compared* compared) {
  for (int vector = 0; vector < 3; ++vector) {
    RecordedInput input(folder, vector);
    input.Fill(pair->cpu());
    compared->bytes += pair->RunBoth();
  }
  for (unsigned seed = 0; seed < 4; ++seed) {
    pair->FillInputs(seed);
    compared->bytes += pair->RunBoth();
  }
  compared->cases += 7;
}

TEST(NpuCompile, NetworksGiveTheBytesOfTheCpuInFewEnoughCycles) {
  if (Missing()) GTEST_SKIP() << "no recorded models";
  Compared compared;
  for (const Network& network : kNetworks) {
    SCOPED_TRACE(network.folder);
    CompiledPair pair(ReadBytes(CorpusFolder(network.folder) / "model.tflite"), 128);
    ASSERT_TRUE(pair.status().ok()) << pair.status().what();
    const Compilation& compiled = pair.compiled();
    EXPECT_EQ(UnitOperators(compiled), static_cast<int>(compiled.operators.size()));
    EXPECT_EQ(compiled.parts, 1);
    const VelaRow vela = RowOf("ethos-u55-128", network.row);
    ASSERT_GT(vela.cycles, 0);
    EXPECT_LE(compiled.cycles, 1.3 * vela.cycles);
    std::printf("%s: %.0f cycles (%.2f of Vela's), arena %.1f KiB (%.2f)\n", network.folder,
                compiled.cycles, compiled.cycles / vela.cycles,
                static_cast<double>(compiled.arena) / 1024,
                static_cast<double>(compiled.arena) / 1024 / vela.arena_kib);
    CompareNetwork(network.folder, &pair, &compared);
  }
  ExpectCounts("engine/npu/compiler/networks", compared.cases, compared.bytes);
}

// The same on the other units: of two networks, or of all with MOONLET_SOAK=1.
TEST(NpuCompile, NetworksGiveTheBytesOfTheCpuOnOtherUnits) {
  if (Missing()) GTEST_SKIP() << "no recorded models";
  Compared compared;
  for (const Network& network : kNetworks) {
    const std::string name = network.folder;
    if (!Soaking() && name != "mlperf_kws_int8" && name != "mlperf_sww_int8") continue;
    for (const int macs : kUnits) {
      if (macs == 128) continue;
      SCOPED_TRACE(::testing::Message() << network.folder << " for " << macs << " MACs");
      CompiledPair pair(ReadBytes(CorpusFolder(network.folder) / "model.tflite"), macs);
      ASSERT_TRUE(pair.status().ok()) << pair.status().what();
      const VelaRow vela = RowOf("ethos-u55-" + std::to_string(macs), network.row);
      EXPECT_LE(pair.compiled().cycles, 1.3 * vela.cycles);
      CompareNetwork(network.folder, &pair, &compared);
    }
  }
  ExpectCounts("engine/npu/compiler/other_units", compared.cases, compared.bytes);
}

// Operators of the CPU between those of the unit, variables, several runs of one session.
TEST(NpuCompile, MixedModelsGiveTheBytesOfTheCpu) {
  if (Missing()) GTEST_SKIP() << "no recorded models";
  Compared compared;
  for (const char* folder :
       {"dtln_int8", "hello_world_int8", "keyword_scrambled_8bit", "micro_speech_int8",
        "micro_speech_lstm", "mnist_lstm_int8", "mww_v1_okay_nabu", "mww_v2_hey_jarvis",
        "mww_v2_okay_nabu", "mww_v2_vad"}) {
    SCOPED_TRACE(folder);
    CompiledPair pair(ReadBytes(CorpusFolder(folder) / "model.tflite"), 128);
    ASSERT_TRUE(pair.status().ok()) << pair.status().what();
    ExpectReasons(pair.compiled());
    EXPECT_GT(UnitOperators(pair.compiled()), 0);
    for (unsigned seed = 0; seed < 6; ++seed) {
      pair.FillInputs(seed);
      compared.bytes += pair.RunBoth();
    }
    compared.cases += 6;
  }
  ExpectCounts("engine/npu/compiler/mixed", compared.cases, compared.bytes);
}

// Models of one operator: on the unit with the CPU's bytes, or left out with a reason.
TEST(NpuCompile, SingleOperatorsGiveTheBytesOfTheCpu) {
  if (!std::filesystem::exists(VelaFolder()) && !SharedIsRequired())
    GTEST_SKIP() << "no recorded models";
  Compared compared;
  for (const auto& entry : std::filesystem::directory_iterator(VelaFolder() / "ops")) {
    if (entry.path().extension() != ".tflite") continue;
    for (const int macs : kUnits) {
      SCOPED_TRACE(::testing::Message() << entry.path().stem() << " for " << macs << " MACs");
      CompiledPair pair(ReadBytes(entry.path()), macs);
      ExpectReasons(pair.compiled());
      if (!pair.status().ok()) {
        EXPECT_EQ(UnitOperators(pair.compiled()), 0);
        continue;
      }
      for (unsigned seed = 0; seed < 2; ++seed) {
        pair.FillInputs(seed);
        compared.bytes += pair.RunBoth();
      }
      compared.cases += 2;
    }
  }
  ExpectCounts("engine/npu/compiler/operators", compared.cases, compared.bytes);
}

TEST(NpuCompile, RefusesAModelThatHasNothingForTheUnit) {
  if (Missing()) GTEST_SKIP() << "no recorded models";
  CompiledPair pair(ReadBytes(CorpusFolder("hello_world_float") / "model.tflite"), 128);
  EXPECT_EQ(pair.status().code(), Code::kUnsupported);
  EXPECT_STREQ(pair.status().what(),
               "no operator of the model can run on the NPU; operator 1 FULLY_CONNECTED: its input "
               "is float32, expected int8");
  ExpectReasons(pair.compiled());
  EXPECT_FALSE(pair.compiled().operators.empty());
  EXPECT_TRUE(pair.compiled().file.empty());
}

TEST(NpuCompile, RefusesTwoCores) {
  const std::vector<uint8_t> file = ReadBytes("scripts/apps/digits.tflite");
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  Compilation compiled;
  const Status s = Compile(model, *FindConfig(Product::kU65, 512), StopToken(), &compiled);
  EXPECT_STREQ(s.what(), "U65-512 has two cores");
}

TEST(NpuCompile, RefusesWhatIsCompiled) {
  CompiledPair pair(ReadBytes("scripts/apps/digits.tflite"), 128);
  ASSERT_TRUE(pair.status().ok()) << pair.status().what();
  Compilation compiled;
  const Config& config = *FindConfig(Product::kU55, 128);
  const Status s = Compile(pair.unit_model(), config, StopToken(), &compiled);
  EXPECT_STREQ(s.what(), "the model is compiled already");
}

// Whatever opens is compiled or refused.
TEST(NpuCompile, ChangedModelsAreCompiledOrRefused) {
  const std::vector<uint8_t> file = ReadBytes("scripts/apps/digits.tflite");
  std::mt19937 random(1);
  const int rounds = Soaking() ? 5000 : 60;
  int compiled_ones = 0;
  for (int i = 0; i < rounds; ++i) {
    std::vector<uint8_t> changed = file;
    for (int k = 0; k < 2; ++k) {
      uint8_t& byte = changed[random() % changed.size()];
      byte = static_cast<uint8_t>(byte ^ 1u << random() % 8);
    }
    Model model;
    if (!Model::Open(Bytes::Borrow(changed), MallocAllocator(), &model).ok()) continue;
    Compilation compiled;
    const Config& config = *FindConfig(Product::kU55, kUnits[i % 4]);
    if (!Compile(model, config, StopToken(), &compiled).ok()) continue;
    Model unit_model;
    const Status s = Model::Open(Bytes::Borrow(compiled.file), MallocAllocator(), &unit_model);
    ASSERT_TRUE(s.ok()) << s.what();
    ++compiled_ones;
  }
  EXPECT_GT(compiled_ones, 0);
}

TEST(NpuCompile, EndsWhenItIsToStop) {
  const std::vector<uint8_t> file = ReadBytes("scripts/apps/digits.tflite");
  Model model;
  ASSERT_TRUE(Model::Open(Bytes::Borrow(file), MallocAllocator(), &model).ok());
  StopToken stop;
  stop.Raise();
  Compilation compiled;
  const Status s = Compile(model, *FindConfig(Product::kU55, 128), stop, &compiled);
  EXPECT_EQ(s.code(), Code::kStopped);
}

}  // namespace compile_test
}  // namespace moonlet::npu
