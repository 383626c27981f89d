#include "engine/npu/mlw.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "tests/engine/npu/mlw_fields.h"
#include "tests/engine/npu/mlw_reference.h"

namespace moonlet::npu {
namespace mlw_test {

using testing::PlainMlw;
using Bytes = std::vector<uint8_t>;
using Fields = testing::MlwFields;
using Weights = std::vector<int16_t>;

Bytes FromHex(const char* text) {
  Bytes bytes;
  for (; *text != '\0'; text += 2) {
    const std::array<char, 3> digits = {text[0], text[1], '\0'};
    bytes.push_back(static_cast<uint8_t>(std::strtoul(digits.data(), nullptr, 16)));
  }
  return bytes;
}

Status ReadAll(std::span<const uint8_t> stream, Weights* weights, size_t piece = 64,
               size_t limit = size_t{1} << 22) {
  MlwReader reader(stream);
  Weights part(piece);
  size_t count;
  do {
    if (Status s = reader.Read(part, &count); !s.ok()) return s;
    weights->insert(weights->end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(count));
  } while (count > 0 && weights->size() < limit);
  return Status();
}

void ExpectWeights(const Bytes& stream, const Weights& expected) {
  for (const size_t piece : {1, 2, 7, 64, 1000}) {
    Weights weights;
    const Status s = ReadAll(stream, &weights, piece);
    ASSERT_TRUE(s.ok()) << s.what();
    EXPECT_EQ(weights, expected) << "in pieces of " << piece;
  }
}

void ExpectFailure(const Bytes& stream, const char* says) {
  Weights weights;
  const Status s = ReadAll(stream, &weights);
  EXPECT_EQ(s.code(), Code::kInvalid);
  EXPECT_NE(std::strstr(s.what(), says), nullptr) << s.what();
}

TEST(NpuMlw, ReadsUncompressedPaletteOfARecordedStream) {
  Bytes stream = FromHex("fe0f5c1080");
  stream.insert(stream.end(), 63, 0x0F);
  stream.push_back(0);
  while (stream.size() % 16 != 0) stream.push_back(0xFF);
  Weights expected;
  for (int i = 0; i < 63; ++i) expected.insert(expected.end(), {1, 1, 1, 1, 0, 0, 0, 0});
  expected.insert(expected.end(), 8, 0);
  ExpectWeights(stream, expected);
}

TEST(NpuMlw, ReadsRunsOfARecordedStreamOfTwoSlices) {
  Bytes stream = FromHex(
      "7100dce77ce47f6737f5e454148463a342e2f100f0ff5f639b78d02a04f0ff0c0e000003009cfffff8c3");
  while (stream.size() % 16 != 0) stream.push_back(0xFF);
  Weights expected = {-39, 59, 39, 21, 28, -32, -34, -35};
  expected.insert(expected.end(), 56, 0);
  expected.insert(expected.end(), {15, 27, -59, -41, 18, -35, -7, 127});
  expected.insert(expected.end(), 184, 0);
  ExpectWeights(stream, expected);
}

TEST(NpuMlw, ReadsGolombCodesWithoutPalette) {
  // 6, -1, 11 have the indices 12, 3 and 23: with a divisor of 4 quotients 3, 0, 5 (2+1, 0,
  // 2+2+1) and remainders 0, 3, 3.
  Fields fields;
  fields.Header(6, 3, 2, false, true).Palette(0, 9);
  fields.Unary({1, 1, 0, 1, 1, 1});
  fields.Put(0b1, 1).Put(0b0, 1).Put(0b1, 1).Put(0b1, 1).Put(0b0, 1);
  fields.Put(0, 2).Put(3, 2).Put(3, 2);
  ExpectWeights(fields.Stream(), {6, -1, -11});
}

TEST(NpuMlw, AQuotientGoesOnInTheNextChunk) {
  // 24 twos and a one: quotient 49 over three chunks of unary code.
  Fields fields;
  fields.Header(6, 1, 0, false, true).Palette(0, 9);
  for (int chunk = 0; chunk < 2; ++chunk) fields.Put(0xFFF, 12).Put(0xFFF, 12);
  fields.Unary({1}).Put(0, 1);
  ExpectWeights(fields.Stream(), {-24});
}

TEST(NpuMlw, ATruncatedQuotientEndsAtTwo) {
  // Quotients 2, 1, 0, 2 with a divisor of 2: indices 5, 2, 1, 4.
  Fields fields;
  fields.Header(6, 4, 1, true, true).Palette(0, 9);
  fields.Unary({1, 1, 0, 1}).Put(0b101, 3);
  fields.Put(1, 1).Put(0, 1).Put(1, 1).Put(0, 1);
  ExpectWeights(fields.Stream(), {-2, 1, 0, 2});
}

TEST(NpuMlw, IndicesPastThePaletteCountFromTheOffset) {
  // Palette of 3 entries (5, -2, 7); index 4 is value 10 + 1, -5.
  Fields fields;
  fields.Header(6, 4, 7, false, true).Palette(10, 4, {10, 5, 14});
  fields.Put(0, 2).Put(1, 2).Put(2, 2).Put(3, 2);
  ExpectWeights(fields.Stream(), {5, -2, 7, 5});
}

TEST(NpuMlw, WideUncompressedSymbolsComeEightInAChunk) {
  // With runs the chunks show: eight weights, then those of the next chunk.
  Fields fields;
  fields.Header(0, 10, 7, false, true).Palette(0, 9);
  Weights expected;
  fields.Put(0, 12);  // runs 0 to 11 are empty; weights 0 to 7 without unary code
  // Balance 8 - 12 < 0: more weights, no runs; the first eight weights' bits.
  for (uint32_t i = 0; i < 8; ++i) fields.Put(2 * (200 + i), 9);
  for (uint32_t i = 8; i < 10; ++i) fields.Put(2 * (200 + i) + 1, 9);
  for (int i = 0; i < 10; ++i) expected.push_back(static_cast<int16_t>(i < 8 ? 200 + i : -200 - i));
  ExpectWeights(fields.Stream(), expected);
}

TEST(NpuMlw, AFirstRunStandsBeforeTheFirstWeightOfANewPalette) {
  // Runs 2, 0, 3 around the weights 1 and -1; then without palette 1 and a run of 1.
  Fields fields;
  fields.Header(0, 2, 7, false, true).Palette(0, 2, {2, 3});
  fields.Unary({1, 1, 0, 0, 1, 1, 1, 0});
  fields.Put(0, 1).Put(1, 1);
  fields.Header(0, 1, 7);
  fields.Unary({1, 0});
  fields.Put(0, 1);
  ExpectWeights(fields.Stream(), {0, 0, 1, -1, 0, 0, 0, 1, 0});
}

TEST(NpuMlw, ARunsRemainderFollowsTheWeights) {
  // Divisor 8, unary code of 8 bits: runs 11 (1, 3) and 5 (0, 5).
  Fields fields;
  fields.Header(3, 1, 7, false, true).Palette(0, 2, {2, 3});
  fields.Unary({1, 0, 0}, 8).Put(1, 1).Put(3, 3).Put(5, 3);
  Weights expected(11, 0);
  expected.push_back(-1);
  expected.insert(expected.end(), 5, 0);
  ExpectWeights(fields.Stream(), expected);
}

TEST(NpuMlw, ASectionAfterAMarkerBringsItsPalette) {
  Fields fields;
  fields.Header(6, 1, 7, false, true).Palette(0, 2, {2, 3}).Put(0, 1).Marker();
  fields.Header(6, 2, 7, false, true).Palette(0, 4, {8, 9}).Put(0b10, 2);
  ExpectWeights(fields.Stream(), {1, 4, -4});

  Fields lacking;
  lacking.Header(6, 1, 7, false, true).Palette(0, 2, {2, 3}).Put(0, 1).Marker();
  const size_t section = lacking.Raw().size();
  lacking.Header(6, 2, 7).Put(0b10, 2);
  ExpectFailure(lacking.Stream(), ("byte " + std::to_string(section)).c_str());
  ExpectFailure(lacking.Stream(), "no palette");
}

TEST(NpuMlw, AnEmptyStreamAndMarkersAloneHoldNothing) {
  ExpectWeights({}, {});
  ExpectWeights(Bytes(1, 0xFF), {});
  ExpectWeights(Bytes(48, 0xFF), {});
}

TEST(NpuMlw, NamesTheByteOfReservedCodes) {
  for (const uint32_t code : {4U, 5U}) {
    Fields fields;
    fields.Header(code, 1, 0, false, true).Palette(0, 2);
    ExpectFailure(fields.Stream(), "byte 0: reserved code of runs");
  }
  Fields fields;
  fields.Header(6, 1, 7, false, true).Palette(0, 2, {2, 3}).Put(0, 1).Marker();
  const std::string section = "byte " + std::to_string(fields.Raw().size());
  fields.Header(6, 1, 6, false, true);
  ExpectFailure(fields.Stream(), (section + ": reserved code of weights").c_str());
}

TEST(NpuMlw, RefusesASliceWithoutPaletteASliceCutAndWeightsOutOfRange) {
  ExpectFailure(Fields().Header(6, 1, 0).Stream(), "byte 0: the first slice has no palette");

  Fields cut;
  cut.Header(6, 400, 7, false, true).Palette(0, 9).Put(0, 9);
  ExpectFailure(cut.Raw(), "byte 0: a slice runs over the end");
  Fields palette;
  palette.Header(6, 1, 7, false, true).Put(0, 5).Put(31, 5).Put(7, 3);
  ExpectFailure(palette.Raw(), "byte 0: a palette runs over the end");

  // Index 511 and an offset of 1: magnitude 256.
  Fields large;
  large.Header(6, 1, 7, false, true).Palette(1, 9).Put(511, 9);
  ExpectFailure(large.Stream(), "byte 0: a weight out of range");
  // A unary code that does not end.
  Bytes endless = Fields().Header(6, 1, 0, false, true).Palette(0, 9).Put(15, 4).Raw();
  endless.insert(endless.end(), 4096, 0xFF);
  ExpectFailure(endless, "a weight out of range");
}

TEST(NpuMlw, NothingFollowsAFailure) {
  Fields cut;
  cut.Header(6, 400, 7, false, true).Palette(0, 9).Put(0, 9);
  Fields cut_run;
  cut_run.Header(0, 9, 0, false, true).Palette(0, 2, {2, 3}).Put(0, 12).Unary({1, 1, 1});
  for (const Bytes& stream : {Fields().Header(4, 1, 0).Stream(), cut.Raw(), cut_run.Raw()}) {
    MlwReader reader(stream);
    std::array<int16_t, 8> weights;
    size_t count = 0;
    Status s;
    do s = reader.Read(weights, &count);
    while (s.ok() && count > 0);
    EXPECT_FALSE(s.ok());
    EXPECT_TRUE(reader.Read(weights, &count).ok());
    EXPECT_EQ(count, 0U);
  }
}

uint32_t Towards0(uint32_t bits, bool yes) { return yes ? bits : ~0U; }

// A header that makes sense, then any bytes.
Bytes RandomStream(std::mt19937* engine) {
  const auto random = [&] { return static_cast<uint32_t>((*engine)()); };
  constexpr std::array<uint32_t, 6> kRunCodes = {0, 1, 2, 3, 6, 6};
  constexpr std::array<uint32_t, 8> kWeightCodes = {0, 1, 2, 3, 4, 5, 7, 7};
  const uint32_t run_code = kRunCodes[random() % 6];
  const uint32_t weight_code = kWeightCodes[random() % 8];
  const uint32_t symbols = 1 + random() % 300;
  const bool truncated = random() % 3 == 0;
  Fields fields;
  fields.Header(run_code, symbols, weight_code, truncated, true);
  fields.Put(random(), 5).Put(random() % 3 == 0 ? 0 : random(), 5).Put(random(), 3);
  Bytes stream = fields.Raw();
  const size_t length = random() % 400;
  const uint32_t bias = random() % 3;  // towards 0, so that quotients end
  for (size_t i = 0; i < length; ++i)
    stream.push_back(static_cast<uint8_t>(random() & Towards0(random(), bias > 0) &
                                          Towards0(random(), bias > 1)));
  return stream;
}

// The first slice of a stream, ended and padded.
Bytes FirstSlice(Bytes stream) {
  PlainMlw plain(stream);
  (void)plain.Read(1);
  if (plain.position() / 8 >= stream.size()) return stream;
  stream.resize(plain.position() / 8 + 1);
  stream.back() = static_cast<uint8_t>(stream.back() | 0xFF << plain.position() % 8);
  stream.insert(stream.end(), 16, 0xFF);
  return stream;
}

// Both readers agree about which streams are well formed and what they hold.
TEST(NpuMlw, AgreesWithThePlainReaderOnRandomBytes) {
  std::mt19937 engine(7);
  int well_formed = 0;
  long weights_seen = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes stream = RandomStream(&engine);
    if (round % 4 != 0) stream = FirstSlice(stream);
    constexpr size_t kLimit = 20000;
    PlainMlw plain(stream);
    const bool good = plain.Read(kLimit);
    if (plain.weights.size() >= kLimit) continue;
    Weights weights;
    const Status s = ReadAll(stream, &weights, 1 + static_cast<size_t>(round % 100), kLimit);
    ASSERT_EQ(s.ok(), good) << round << ": " << s.what();
    if (!good) continue;
    ASSERT_EQ(weights, plain.weights) << round;
    ++well_formed;
    weights_seen += static_cast<long>(weights.size());
  }
  EXPECT_GT(well_formed, 1000);
  EXPECT_GT(weights_seen, 100000);
}

}  // namespace mlw_test
}  // namespace moonlet::npu
