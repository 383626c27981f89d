// The custom operators that keep samples from run to run, and the Fourier transforms: results
// by hand, and what each refuses.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/engine/nn/custom_case.h"

namespace moonlet {
namespace signal_frames_test {

using namespace moonlet::testing;
constexpr auto kS16 = TensorType::INT16;
constexpr auto kF32 = TensorType::FLOAT32;
constexpr auto kBool = TensorType::BOOL;

using Samples = std::vector<int16_t>;

// Runs a model of one input; the bytes of its first output.
template <typename T>
std::vector<T> RunOnce(OpenedModel& m, const std::vector<T>& x) {
  const Tensor input = m.session().input(0);
  EXPECT_EQ(input.bytes(), x.size() * sizeof(T));
  std::memcpy(input.data, x.data(), input.bytes());
  EXPECT_TRUE(m.Run().ok());
  const Tensor output = m.session().output(0);
  const T* y = output.as<T>();
  return {y, y + output.bytes() / sizeof(T)};
}
bool Valid(OpenedModel& m) { return *m.session().output(1).as<bool>(); }

CustomCase Framer(int64_t prefill) {
  return {.name = "SignalFramer",
          .tensors = {{.shape = {4}, .type = kS16},
                      {.shape = {2, 3}, .type = kS16},
                      {.shape = {}, .type = kBool}},
          .outputs = 2,
          .options = {{"frame_size", 3}, {"frame_step", 2}, {"prefill", prefill}}};
}

TEST(SignalFrames, FramesOverlapFromRunToRun) {
  OpenedModel m(FileOf(Framer(0)));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(RunOnce<int16_t>(m, {1, 2, 3, 4}), (Samples{0, 0, 0, 1, 2, 3}));
    EXPECT_FALSE(Valid(m));
    EXPECT_EQ(RunOnce<int16_t>(m, {5, 6, 7, 8}), (Samples{3, 4, 5, 5, 6, 7}));
    EXPECT_TRUE(Valid(m));
    m.session().Reset();
  }
  OpenedModel early(FileOf(Framer(1)));
  EXPECT_EQ(RunOnce<int16_t>(early, {1, 2, 3, 4}), (Samples{0, 1, 2, 2, 3, 4}));
  EXPECT_TRUE(Valid(early));
  CustomCase rows = Framer(1);
  rows.tensors[0].shape = {2, 2};
  rows.tensors[1].shape = {2, 1, 3};
  OpenedModel two(FileOf(rows));
  EXPECT_EQ(RunOnce<int16_t>(two, {1, 2, 3, 4}), (Samples{0, 1, 2, 0, 3, 4}));
  EXPECT_EQ(RunOnce<int16_t>(two, {5, 6, 7, 8}), (Samples{2, 5, 6, 4, 7, 8}));
}

TEST(SignalFrames, FramerRefusals) {
  ExpectRefusals(
      Framer(0),
      {{[](CustomCase& c) { c.options["frame_size"] = 0; }, "'frame_size' is 0, expected 1 to"},
       {[](CustomCase& c) { c.options["frame_step"] = 4; }, "'frame_step' is 4, expected 1 to 3"},
       {[](CustomCase& c) { c.options["prefill"] = 2; }, "'prefill' is 2, expected 0 to 1"},
       {[](CustomCase& c) { c.options["frame_step"] = 3; }, "expected rows of a multiple of 3"},
       {[](CustomCase& c) { c.tensors[0].shape = {}; }, "expected rows of a multiple of 2"},
       {[](CustomCase& c) { c.tensors[1].shape = {6}; }, "has shape {6}, expected {2, 3}"},
       {[](CustomCase& c) { c.tensors[2].shape = {2}; }, "valid (tensor 2 't2') has shape {2}"},
       {[](CustomCase& c) { c.tensors[2].type = kS16; }, "is int16, expected bool"},
       {[](CustomCase& c) { c.tensors.pop_back(), c.outputs = 1; }, "1 outputs, expected 2"},
       {[](CustomCase& c) { c.tensors[1].type = kF32; }, "not supported from int16 to float32"}});
}

TEST(SignalFrames, StacksFramesWithTheFirstRepeated) {
  const CustomCase valid = {.name = "SignalStacker",
                            .tensors = {{.shape = {2}, .type = kS16},
                                        {.shape = {6}, .type = kS16},
                                        {.shape = {1}, .type = kBool}},
                            .outputs = 2,
                            .options = {{"num_channels", 2},
                                        {"stacker_left_context", 1},
                                        {"stacker_right_context", 1},
                                        {"stacker_step", 2}}};
  OpenedModel m(FileOf(valid));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  const Samples none(6, 0);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(RunOnce<int16_t>(m, {1, 2}), none);
    EXPECT_FALSE(Valid(m));
    EXPECT_EQ(RunOnce<int16_t>(m, {3, 4}), (Samples{1, 2, 1, 2, 3, 4}));
    EXPECT_TRUE(Valid(m));
    EXPECT_EQ(RunOnce<int16_t>(m, {5, 6}), none);
    EXPECT_EQ(RunOnce<int16_t>(m, {7, 8}), (Samples{3, 4, 5, 6, 7, 8}));
    m.session().Reset();
  }
  ExpectRefusals(
      valid,
      {{[](CustomCase& c) { c.options["num_channels"] = 3; }, "has shape {6}, expected 9 elements"},
       {[](CustomCase& c) { c.options["stacker_step"] = 4; }, "is 4, expected 1 to 3"},
       {[](CustomCase& c) { c.options["stacker_left_context"] = -1; }, "is -1, expected 0 to"},
       {[](CustomCase& c) { c.options.erase("stacker_right_context"); }, "is missing"},
       {[](CustomCase& c) { c.tensors[0].shape = {3}; }, "has shape {3}, expected 2 elements"},
       {[](CustomCase& c) { c.tensors[2].type = kS16; }, "is int16, expected bool"}});
}

TEST(SignalFrames, Delay) {
  const CustomCase valid = {
      .name = "SignalDelay",
      .tensors = {{.shape = {2, 2}, .type = kS16}, {.shape = {2, 2}, .type = kS16}},
      .options = {{"delay_length", 3}}};
  OpenedModel m(FileOf(valid));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(RunOnce<int16_t>(m, {1, 2, 10, 20}), (Samples{0, 0, 0, 0}));
    EXPECT_EQ(RunOnce<int16_t>(m, {3, 4, 30, 40}), (Samples{0, 1, 0, 10}));
    EXPECT_EQ(RunOnce<int16_t>(m, {5, 6, 50, 60}), (Samples{2, 3, 20, 30}));
    m.session().Reset();
  }
  for (const int64_t delay : {0, 1}) {
    CustomCase other = valid;
    other.options["delay_length"] = delay;
    OpenedModel n(FileOf(other));
    EXPECT_EQ(RunOnce<int16_t>(n, {1, 2, 3, 4}),
              delay == 0 ? (Samples{1, 2, 3, 4}) : (Samples{0, 1, 0, 3}));
  }
  ExpectRefusals(
      valid, {{[](CustomCase& c) { c.options["delay_length"] = -1; }, "is -1, expected 0 to"},
              {[](CustomCase& c) { c.options["delay_length"] = 1 << 18; }, "expected 0 to 131072"},
              {[](CustomCase& c) { c.tensors[1].shape = {4}; }, "has shape {4}, expected {2, 2}"},
              {[](CustomCase& c) { c.tensors.insert(c.tensors.begin(), c.tensors[0]); },
               "2 inputs, expected 1"}});
}

TEST(SignalFrames, OverlapAdd) {
  const CustomCase valid = {
      .name = "SignalOverlapAdd",
      .tensors = {{.shape = {2, 3}, .type = kS16}, {.shape = {4}, .type = kS16}},
      .options = {{"T", 7}, {"frame_step", 2}}};
  OpenedModel m(FileOf(valid));
  ASSERT_TRUE(m.status().ok()) << m.status().what();
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(RunOnce<int16_t>(m, {1, 2, 3, 10, 20, 30}), (Samples{1, 2, 13, 20}));
    EXPECT_EQ(RunOnce<int16_t>(m, {0, 0, 32767, 1, 0, 0}), (Samples{30, 0, 32767, 0}));
    m.session().Reset();
  }
  CustomCase floats = valid;
  floats.tensors[0].type = floats.tensors[1].type = kF32;
  floats.options.erase("T");
  OpenedModel f(FileOf(floats));
  ASSERT_TRUE(f.status().ok()) << f.status().what();
  EXPECT_EQ(RunOnce<float>(f, {1, 2, 3, 10, 20, 30}), (std::vector<float>{1, 2, 13, 20}));
  ExpectRefusals(
      valid, {{[](CustomCase& c) { c.options.erase("T"); }, "option 'T' is missing"},
              {[](CustomCase& c) { c.options["T"] = 0; }, "option 'T' is 0, expected 7 to 7"},
              {[](CustomCase& c) { c.options["frame_step"] = 4; }, "is 4, expected 1 to 3"},
              {[](CustomCase& c) { c.tensors[0].shape = {6}; }, "expected rows of frames"},
              {[](CustomCase& c) { c.tensors[1].shape = {5}; }, "has shape {5}, expected {4}"}});
}

CustomCase Fourier(const char* name, TensorType type) {
  const int32_t samples = std::strcmp(name, "SignalRfft") == 0 ? 4 : 6;
  return {.name = name,
          .tensors = {{.shape = {samples}, .type = type}, {.shape = {10 - samples}, .type = type}},
          .options = {{"T", static_cast<int64_t>(type)}, {"fft_length", 4}}};
}

TEST(SignalFrames, FourierTransforms) {
  OpenedModel forward(FileOf(Fourier("SignalRfft", kF32)));
  ASSERT_TRUE(forward.status().ok()) << forward.status().what();
  EXPECT_EQ(RunOnce<float>(forward, {1, 2, 3, 4}), (std::vector<float>{10, 0, -2, 2, -2, 0}));
  OpenedModel inverse(FileOf(Fourier("SignalIrfft", TensorType::INT32)));
  ASSERT_TRUE(inverse.status().ok()) << inverse.status().what();
  // The mean of 4 values, each divided by 4 on the way.
  const auto samples = RunOnce<int32_t>(inverse, {1 << 20, 0, 0, 0, 0, 0});
  for (const int32_t x : samples) EXPECT_NEAR(x, 1 << 18, 2);
}

TEST(SignalFrames, FourierRefusals) {
  for (const TensorType type : {kS16, TensorType::INT32, kF32}) {
    ExpectRefusals(
        Fourier("SignalIrfft", type),
        {{[](CustomCase& c) { c.options["T"] = 9; }, "option 'T' is 9, expected"},
         {[](CustomCase& c) { c.options["fft_length"] = 2; }, "is 2, expected 4 to 32768"},
         {[](CustomCase& c) { c.options["fft_length"] = 14; },
          "is 14, expected twice a product of 2, 3 and 5"},
         {[](CustomCase& c) { c.options["fft_length"] = 9; }, "is 9, expected twice a product"},
         {[](CustomCase& c) { c.options["fft_length"] = 6; },
          "has shape {6}, expected spectra of 8 values"},
         {[](CustomCase& c) { c.tensors[0].shape = {}; }, "expected spectra of 6 values"},
         {[](CustomCase& c) { c.tensors[1].shape = {5}; }, "has shape {5}, expected {4}"},
         {[](CustomCase& c) { c.tensors[1].type = TensorType::INT8; }, "not supported from"}});
  }
}

}  // namespace signal_frames_test
}  // namespace moonlet
