// The custom operators of a signal front end: what each refuses, with which words, and the
// state that one of them keeps.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/engine/nn/custom_case.h"

namespace moonlet {
namespace signal_test {

using namespace moonlet::testing;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kS32 = TensorType::INT32;
constexpr auto kU32 = TensorType::UINT32;
constexpr auto kU64 = TensorType::UINT64;

TensorSpec Constant(const std::vector<int16_t>& values) {
  return {.shape = {static_cast<int32_t>(values.size())}, .type = kS16, .data = DataOf(values)};
}

TEST(SignalTest, Window) {
  ExpectRefusals(
      {.name = "SignalWindow",
       .tensors = {{.shape = {2, 4}, .type = kS16},
                   Constant({1, 2, 3, 4}),
                   {.shape = {2, 4}, .type = kS16}},
       .options = {{"shift", 12}}},
      {{[](CustomCase& p) { p.options["shift"] = 32; }, "option 'shift' is 32, expected 0 to 31"},
       {[](CustomCase& p) {
          p.options = {{"lift", 3}};
        },
        "option 'shift' is missing"},
       {[](CustomCase& p) {
          p.tensors[1] = Constant({1, 2, 3});
        },
        "window (tensor 1 't1') has shape {3}, expected 4 elements"},
       {[](CustomCase& p) { p.tensors[1].data = {}; }, "window (tensor 1 't1') is computed"},
       {[](CustomCase& p) { p.tensors[1].type = TensorType::UINT16; }, "is uint16, expected int16"},
       {[](CustomCase& p) { p.tensors[2].shape = {8}; }, "has shape {8}, expected {2, 4}"},
       {[](CustomCase& p) { p.tensors[2].type = kS32; }, "not supported from int16 to int32"},
       {[](CustomCase& p) { p.tensors.erase(p.tensors.begin()); }, "1 inputs, expected 2"}});
}

TEST(SignalTest, FftAutoScale) {
  ExpectRefusals(
      {.name = "SignalFftAutoScale",
       .tensors = {{.shape = {4}, .type = kS16},
                   {.shape = {4}, .type = kS16},
                   {.shape = {}, .type = kS32}},
       .outputs = 2},
      {{[](CustomCase& p) { p.tensors[1].shape = {5}; }, "has shape {5}, expected {4}"},
       {[](CustomCase& p) { p.tensors[2].shape = {2}; },
        "scale bits (tensor 2 't2') has shape {2}, expected 1 elements"},
       {[](CustomCase& p) { p.tensors[2].type = kS16; },
        "scale bits (tensor 2 't2') is int16, expected int32"},
       {[](CustomCase& p) { p.tensors.insert(p.tensors.begin(), p.tensors[0]); },
        "2 inputs, expected 1"},
       {[](CustomCase& p) { p.tensors.pop_back(), p.outputs = 1; }, "1 outputs, expected 2"},
       {[](CustomCase& p) { p.tensors[0].shape = {1 << 19}; },
        "expected at most 262144 elements"}});
}

TEST(SignalTest, Rfft) {
  ExpectRefusals(
      {.name = "SignalRfft",
       .tensors = {{.shape = {2, 6}, .type = kS16}, {.shape = {2, 10}, .type = kS16}},
       .options = {{"T", 7}, {"fft_length", 8}}},
      {{[](CustomCase& p) { p.options["T"] = 0; }, "option 'T' is 0, expected 7 to 7"},
       {[](CustomCase& p) { p.options.erase("T"); }, "option 'T' is missing"},
       {[](CustomCase& p) { p.options["fft_length"] = 2; }, "is 2, expected 4 to 32768"},
       {[](CustomCase& p) { p.options["fft_length"] = 65536; }, "is 65536, expected 4 to 32768"},
       {[](CustomCase& p) { p.options["fft_length"] = 10; }, "has shape {2, 10}, expected {2, 12}"},
       {[](CustomCase& p) { p.options["fft_length"] = 14; },
        "is 14, expected twice a product of 2, 3 and 5"},
       {[](CustomCase& p) { p.options["fft_length"] = 4; }, "expected frames of at most 4 samples"},
       {[](CustomCase& p) { p.tensors[0].shape = {}; }, "expected frames of at most 8 samples"},
       {[](CustomCase& p) {
          p.tensors[1].shape = {2, 8};
        },
        "has shape {2, 8}, expected {2, 10}"},
       {[](CustomCase& p) { p.tensors[0].type = TensorType::FLOAT32; },
        "not supported from float32 to int16"}});
}

TEST(SignalTest, Energy) {
  ExpectRefusals(
      {.name = "SignalEnergy",
       .tensors = {{.shape = {10}, .type = kS16}, {.shape = {5}, .type = kU32}},
       .options = {{"start_index", 1}, {"end_index", 5}}},
      {{[](CustomCase& p) { p.options["end_index"] = 6; }, "'end_index' is 6, expected 1 to 5"},
       {[](CustomCase& p) { p.options["end_index"] = 0; }, "'end_index' is 0, expected 1 to 5"},
       {[](CustomCase& p) { p.options["start_index"] = -1; },
        "'start_index' is -1, expected 0 to 5"},
       {[](CustomCase& p) { p.tensors[1].shape = {6}; }, "has shape {10}, expected 12 elements"},
       {[](CustomCase& p) { p.tensors[1].type = kS32; }, "not supported from int16 to int32"}});
}

// The reference leaves what lies outside of the range as it was.
TEST(SignalTest, EnergyOutsideTheRangeIsZero) {
  const CustomCase p = {.name = "SignalEnergy",
                        .tensors = {{.shape = {6}, .type = kS16}, {.shape = {3}, .type = kU32}},
                        .options = {{"start_index", 1}, {"end_index", 2}}};
  OpenedModel m(FileOf(p));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const int16_t x[] = {1, 2, 3, 4, 5, 6};
  for (int run = 0; run < 2; ++run) {
    std::memcpy(m.session().input(0).data, x, sizeof(x));
    ASSERT_TRUE(m.Run().ok());
    const auto* y = m.session().output(0).as<uint32_t>();
    EXPECT_EQ(y[0], 0u);
    EXPECT_EQ(y[1], 25u);
    EXPECT_EQ(y[2], 0u);
  }
}

TEST(SignalTest, FilterBank) {
  ExpectRefusals(
      {.name = "SignalFilterBank",
       .tensors = {{.shape = {9}, .type = kU32},
                   Constant({1, 2, 3, 4, 5}),
                   Constant({5, 4, 3, 2, 1}),
                   Constant({0, 3, 6}),
                   Constant({0, 2, 3}),
                   Constant({2, 1, 2}),
                   {.shape = {2}, .type = kU64}},
       .options = {{"num_channels", 2}}},
      {{[](CustomCase& p) { p.options["num_channels"] = 3; },
        "output (tensor 6 't6') has shape {2}, expected 3 elements"},
       {[](CustomCase& p) { p.options["num_channels"] = 0; }, "is 0, expected 1 to"},
       {[](CustomCase& p) { p.tensors[2] = Constant({1}); },
        "unweights (tensor 2 't2') has shape {1}, expected 5 elements"},
       {[](CustomCase& p) {
          p.tensors[3] = Constant({1, 2});
        },
        "bin starts (tensor 3 't3') has shape {2}, expected 3 elements"},
       {[](CustomCase& p) {
          p.tensors[3] = Constant({0, 3, 8});
        },
        "band 3 takes 2 bins from 8, weights from 3; there are 9 and 5"},
       {[](CustomCase& p) {
          p.tensors[4] = Constant({0, 2, 4});
        },
        "band 3 takes 2 bins from 6"},
       {[](CustomCase& p) {
          p.tensors[4] = Constant({-1, 2, 3});
        },
        "weights from -1"},
       {[](CustomCase& p) {
          p.tensors[5] = Constant({2, -1, 2});
        },
        "band 2 takes -1 bins"},
       {[](CustomCase& p) { p.tensors[5].data = {}; }, "widths (tensor 5 't5') is computed"}});
}

TEST(SignalTest, SquareRoot) {
  const CustomCase valid = {
      .name = "SignalFilterBankSquareRoot",
      .tensors = {
          {.shape = {2}, .type = kU64}, {.shape = {}, .type = kS32}, {.shape = {2}, .type = kU32}}};
  ExpectRefusals(
      valid,
      {{[](CustomCase& p) { p.tensors[1].shape = {2}; }, "expected 1 elements"},
       {[](CustomCase& p) { p.tensors[1].type = kS16; }, "scale bits (tensor 1 't1') is int16"},
       {[](CustomCase& p) { p.tensors[2].shape = {3}; }, "has shape {3}, expected {2}"}});
}

// A filter bank of one bin with weight 1 makes the uint64.
TEST(SignalTest, SquareRootTakesTheScaleBack) {
  ModelBuilder b;
  const int energy = b.Add({.shape = {1}, .type = kU32});
  const int weights = b.Add(Constant({1}));
  const int starts = b.Add(Constant({0, 0}));
  const int widths = b.Add(Constant({1, 0}));
  const int sums = b.Add({.shape = {1}, .type = kU64});
  b.AddCustom("SignalFilterBank", {energy, weights, weights, starts, starts, widths}, {sums},
              OptionsOf({.name = "", .tensors = {}, .options = {{"num_channels", 1}}}));
  const int bits = b.Add({.shape = {}, .type = kS32});
  const int root = b.Add({.shape = {1}, .type = kU32});
  b.AddCustom("SignalFilterBankSquareRoot", {sums, bits}, {root}, {});
  OpenedModel m(b.Finish({energy, bits}, {root}));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const auto run = [&m](int32_t shift) {
    *m.session().input(0).as<uint32_t>() = 1000000;
    *m.session().input(1).as<int32_t>() = shift;
    EXPECT_TRUE(m.Run().ok());
    return *m.session().output(0).as<uint32_t>();
  };
  EXPECT_EQ(run(0), 1000u);
  EXPECT_EQ(run(3), 125u);
  for (const int32_t beyond : {32, -1, 1000}) EXPECT_EQ(run(beyond), 0u);
}

CustomCase Subtraction() {
  return {.name = "SignalFilterBankSpectralSubtraction",
          .tensors = {{.shape = {3}, .type = kU32},
                      {.shape = {3}, .type = kU32},
                      {.shape = {3}, .type = kU32}},
          .outputs = 2,
          .options = {{"alternate_one_minus_smoothing", 12288},
                      {"alternate_smoothing", 4096},
                      {"clamping", 0},
                      {"min_signal_remaining", 819},
                      {"num_channels", 3},
                      {"one_minus_smoothing", 8192},
                      {"smoothing", 8192},
                      {"smoothing_bits", 0},
                      {"spectral_subtraction_bits", 14}}};
}

TEST(SignalTest, SpectralSubtraction) {
  for (const auto& [key, value] : Subtraction().options) {
    CustomCase p = Subtraction();
    p.options.erase(key);
    const std::string refusal = RefusalOf(FileOf(p));
    EXPECT_NE(refusal.find("option '" + key + "' is missing"), std::string::npos) << refusal;
  }
  ExpectRefusals(
      Subtraction(),
      {{[](CustomCase& p) { p.options["num_channels"] = 4; }, "is 4, expected 3 to 3"},
       {[](CustomCase& p) { p.options["smoothing_bits"] = 32; }, "is 32, expected 0 to 31"},
       {[](CustomCase& p) { p.options["spectral_subtraction_bits"] = 64; }, "expected 0 to 63"},
       {[](CustomCase& p) { p.options["clamping"] = 2; }, "is 2, expected 0 to 1"},
       {[](CustomCase& p) { p.options["smoothing"] = int64_t{1} << 31; },
        "is 2147483648, expected"},
       {[](CustomCase& p) { p.tensors[1].shape = {4}; }, "has shape {4}, expected {3}"},
       {[](CustomCase& p) { p.tensors[2].shape = {4}; }, "noise (tensor 2 't2') has shape {4}"},
       {[](CustomCase& p) { p.tensors[2].type = kS32; }, "noise (tensor 2 't2') is int32"}});
}

TEST(SignalTest, TheNoiseEstimateLastsUntilAReset) {
  OpenedModel m(FileOf(Subtraction()));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const auto run = [&m](uint32_t x) {
    for (int i = 0; i < 3; ++i) m.session().input(0).as<uint32_t>()[i] = x;
    EXPECT_TRUE(m.Run().ok());
    const auto* noise = m.session().output(1).as<uint32_t>();
    return std::vector<uint32_t>{noise[0], noise[1], noise[2]};
  };
  using Values = std::vector<uint32_t>;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(run(6400), (Values{3200, 1600, 3200}));
    EXPECT_EQ(run(6400), (Values{4800, 2800, 4800}));
    EXPECT_EQ(run(0), (Values{2400, 2100, 2400}));
    m.session().Reset();
  }
  ModelReport report;
  ASSERT_TRUE(Analyze(m.model(), MallocAllocator(), &report).ok());
  EXPECT_EQ(report.arena_bytes, m.session().arena_bytes());
  EXPECT_EQ(report.record_bytes, m.session().record_bytes());
}

TEST(SignalTest, Pcan) {
  ExpectRefusals(
      {.name = "SignalPCAN",
       .tensors = {{.shape = {3}, .type = kU32},
                   {.shape = {3}, .type = kU32},
                   Constant(std::vector<int16_t>(125, 7)),
                   {.shape = {3}, .type = kU32}},
       .options = {{"snr_shift", 6}}},
      {{[](CustomCase& p) { p.options["snr_shift"] = 64; }, "is 64, expected 0 to 63"},
       {[](CustomCase& p) { p.tensors[1].shape = {2}; }, "noise (tensor 1 't1') has shape {2}"},
       {[](CustomCase& p) { p.tensors[1].type = kS32; }, "noise (tensor 1 't1') is int32"},
       {[](CustomCase& p) {
          p.tensors[2] = Constant({1, 2});
        },
        "expected 125 elements"},
       {[](CustomCase& p) { p.tensors[3].shape = {1}; }, "has shape {1}, expected {3}"}});
}

TEST(SignalTest, Log) {
  ExpectRefusals(
      {.name = "SignalFilterBankLog",
       .tensors = {{.shape = {3}, .type = kU32}, {.shape = {3}, .type = kS16}},
       .options = {{"input_correction_bits", 3}, {"output_scale", 64}}},
      {{[](CustomCase& p) { p.options["input_correction_bits"] = -1; }, "is -1, expected 0 to 31"},
       {[](CustomCase& p) { p.options.erase("output_scale"); }, "option 'output_scale' is missing"},
       {[](CustomCase& p) { p.tensors[1].shape = {4}; }, "has shape {4}, expected {3}"},
       {[](CustomCase& p) { p.tensors[1].type = kU32; }, "not supported from uint32 to uint32"}});
}

}  // namespace signal_test
}  // namespace moonlet
