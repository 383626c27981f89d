// RSQRT of integers against the real function, sums of CUMSUM that wrap, and that the
// kernels of one element, of sums, detections and codes stop when they are told to.
#include "engine/kernels/unary_integer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/kernels/cumsum.h"
#include "engine/kernels/decode.h"
#include "engine/kernels/detection.h"
#include "engine/kernels/floor_div.h"

namespace moonlet {
namespace unary_integer_test {

TEST(RsqrtInteger, IsWithinAStepOfTheRealFunction) {
  for (const float input_scale : {0.001f, 0.25f, 3.0f}) {
    for (const float output_scale : {0.0001f, 0.02f, 1.5f}) {
      UnaryIntegerParams p = {{}, -300, 7};
      ASSERT_TRUE(MakeRsqrtScale(input_scale, output_scale, &p.scale));
      for (int32_t x = -299; x <= 65536; ++x) {
        const double real = 1 / std::sqrt((x + 300.0) * double{input_scale});
        const double steps = real / double{output_scale} + 7;
        ASSERT_NEAR(RsqrtInteger(p, x), steps, 1 + steps * 1e-6) << x;
      }
      EXPECT_EQ(RsqrtInteger(p, -300), kInt32Max);
    }
  }
}

TEST(CumsumS8, SumsWrap) {
  CumsumS8Params p = {{}, -128, 0};
  ASSERT_TRUE(MakeCumsumScale(0.5f, 0.5f, &p.scale));
  const std::vector<int8_t> input(40, 127);
  std::vector<int8_t> output(40);
  StopToken stop;
  ASSERT_TRUE(CumsumS8(p, {.length = 40}, input.data(), output.data(), stop));
  for (int32_t k = 0; k < 40; ++k) {
    // 13 bits are left above the point.
    const int32_t steps = 128 + 255 * (k + 1);
    const int32_t wrapped = (steps + 4096) % 8192 - 4096;
    EXPECT_EQ(output[static_cast<size_t>(k)], std::clamp(wrapped, -128, 127)) << k;
  }
}

TEST(StopToken, EndsTheseKernels) {
  StopToken stop;
  stop.Raise();
  const int16_t words[4] = {};
  int16_t words_out[4];
  const int8_t bytes[4] = {};
  int8_t bytes_out[4];
  const float floats[4] = {1, 1, 1, 1};
  float floats_out[4];
  EXPECT_FALSE(AbsS16({}, words, 4, words_out, stop));
  EXPECT_FALSE(PlainAbsS16(words, 4, words_out, stop));
  EXPECT_FALSE(RsqrtS16({}, words, 4, words_out, stop));
  EXPECT_FALSE(AllAtLeast(bytes, 4, -128, stop));
  EXPECT_FALSE(NoneIsZero(floats, 4, stop));
  EXPECT_FALSE(CumsumF32({.length = 4}, floats, floats_out, stop));
  EXPECT_FALSE(CumsumS8({}, {.length = 4}, bytes, bytes_out, stop));
  BroadcastPair pair;
  const int32_t shape[] = {4};
  ASSERT_TRUE(MakeBroadcastPair(shape, shape, &pair, nullptr));
  EXPECT_FALSE(FloorDivF32(pair, floats, floats, floats_out, stop));
  EXPECT_FALSE(FloorModF32(pair, floats, floats, floats_out, stop));
  const uint8_t codes[1] = {};
  const DecodeParams codes_of_4 = {.elements = 4, .code_bytes = 1, .table_bytes = 8};
  EXPECT_EQ(DecodeByTable(codes_of_4, codes, codes, nullptr, stop), DecodeEnd::kStopped);
  EXPECT_EQ(DecodeByMask(codes_of_4, codes, codes, nullptr, nullptr, stop), DecodeEnd::kStopped);
  const Unaligned<uint16_t> entries(words);
  EXPECT_EQ(DecodeByPrefix(codes_of_4, codes, entries, bytes_out, stop), DecodeEnd::kStopped);
  const DetectionParams one_box = {.boxes = 1, .classes = 1, .scores_per_box = 1, .most = 1};
  std::vector<float> scratch(DetectionScratch(one_box));
  const CenterBox anchor = {};
  EXPECT_EQ(Detect(one_box, floats, floats, &anchor, reinterpret_cast<uint8_t*>(scratch.data()), {},
                   stop),
            DetectionEnd::kStopped);
}

}  // namespace unary_integer_test
}  // namespace moonlet
