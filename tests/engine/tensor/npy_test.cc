#include "engine/tensor/npy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/view.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace npy_test {

using File = std::vector<uint8_t>;

// A file as the format's description says, byte by byte.
File NpyFile(const std::string& header, const File& elements, int version = 1) {
  File file = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<uint8_t>(version), 0};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    file.push_back(static_cast<uint8_t>(header.size() >> (8 * i)));
  file.insert(file.end(), header.begin(), header.end());
  file.insert(file.end(), elements.begin(), elements.end());
  return file;
}

std::string Header(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }  \n";
}

template <typename T>
std::vector<T> Load(const File& file, Shape* shape) {
  NpyInfo info;
  const Status parsed = ParseNpy(file, &info);
  EXPECT_TRUE(parsed.ok()) << parsed.what();
  EXPECT_EQ(info.dtype, DTypeOf<T>());
  *shape = info.shape;
  const auto size = static_cast<size_t>(info.shape.size());
  const auto memory = std::make_unique<T[]>(size + 1);
  const Tensor t = RowMajor(memory.get(), info.dtype, info.shape);
  EXPECT_TRUE(ReadNpy(file, info, t, StopToken()).ok());
  return std::vector<T>(memory.get(), memory.get() + size);
}

std::string Refusal(const File& file) {
  NpyInfo info;
  const Status s = ParseNpy(file, &info);
  EXPECT_FALSE(s.ok());
  return s.what();
}

TEST(Npy, ReadsEveryVersionAndByteOrder) {
  const File little = {1, 0, 2, 0, 3, 0, 0, 0x80};
  const File big = {0, 1, 0, 2, 0, 3, 0x80, 0};
  const std::vector<int16_t> expected = {1, 2, 3, -32768};
  Shape shape;
  for (int version : {1, 2, 3})
    EXPECT_EQ(Load<int16_t>(NpyFile(Header("<i2", "(2, 2)"), little, version), &shape), expected);
  EXPECT_EQ(shape, ShapeOf({2, 2}));
  EXPECT_EQ(Load<int16_t>(NpyFile(Header(">i2", "(4,)"), big), &shape), expected);
  EXPECT_EQ(shape, ShapeOf({4}));
}

TEST(Npy, ReadsFortranOrder) {
  Shape shape;
  const File bytes = {1, 2, 3, 4, 5, 6};
  EXPECT_EQ(Load<uint8_t>(NpyFile(Header("|u1", "(2, 3)", true), bytes), &shape),
            (std::vector<uint8_t>{1, 3, 5, 2, 4, 6}));
}

TEST(Npy, ReadsScalarsEmptyTensorsAndTruth) {
  Shape shape;
  EXPECT_EQ(Load<float>(NpyFile(Header("<f4", "()"), {0, 0, 0x80, 0x3f}), &shape),
            std::vector<float>{1});
  EXPECT_EQ(shape.rank, 0);
  EXPECT_TRUE(Load<double>(NpyFile(Header("<f8", "(3, 0)"), {}), &shape).empty());
  EXPECT_EQ(shape, ShapeOf({3, 0}));
  EXPECT_EQ(Load<bool>(NpyFile(Header("|b1", "(3,)"), {0, 1, 77}), &shape),
            (std::vector<bool>{false, true, true}));
}

TEST(Npy, ReadsHeadersInOtherSpellings) {
  Shape shape;
  const std::string header = "{\"shape\":(2L,),\"fortran_order\":False,\"descr\":\"<u4\"}";
  EXPECT_EQ(Load<uint32_t>(NpyFile(header, {1, 0, 0, 0, 2, 0, 0, 0}), &shape),
            (std::vector<uint32_t>{1, 2}));
}

TEST(Npy, RefusesWithAReason) {
  EXPECT_EQ(Refusal({}), "not a .npy file");
  EXPECT_EQ(Refusal({'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0}), "not a .npy file");
  EXPECT_EQ(Refusal(NpyFile(Header("<f4", "()"), {0, 0, 0, 0}, 4)),
            "version 4.0 of .npy is not supported");
  EXPECT_EQ(Refusal(NpyFile(Header("<c8", "()"), {})), "dtype '<c8' is not supported");
  EXPECT_EQ(Refusal(NpyFile(Header("|O", "()"), {})), "dtype '|O' is not supported");
  EXPECT_EQ(Refusal(NpyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", {})),
            "records are not supported");
  EXPECT_EQ(Refusal(NpyFile(Header("<f4", "(1,1,1,1,1,1,1)"), {0, 0, 0, 0})), "rank is above 6");
  EXPECT_EQ(Refusal(NpyFile(Header("<f4", "(3,)"), {0, 0, 0, 0})),
            "file ends early: 3 elements of float32 expected, 4 bytes left");
  EXPECT_EQ(Refusal(NpyFile(Header("<f8", "(1152921504606846976, 16)"), {})),
            "shape has more elements than can be counted");
  EXPECT_EQ(Refusal(NpyFile(Header("<f8", "(99999999999999999999,)"), {})),
            "malformed .npy header");
  EXPECT_EQ(Refusal(NpyFile(Header("<f8", "(-1,)"), {})), "malformed .npy header");
  EXPECT_EQ(Refusal(NpyFile("{'descr': '<f4', 'shape': ()}", {0, 0, 0, 0})),
            "malformed .npy header");
}

// What NumPy 1.24 writes for arange(6, dtype='<i4').reshape(2, 3), byte for byte.
TEST(Npy, WritesWhatNumpyWrites) {
  std::vector<int32_t> values = {0, 1, 2, 3, 4, 5};
  const Tensor t = Over(values, {2, 3});
  File file(NpySize(t));
  ASSERT_TRUE(WriteNpy(t, file, StopToken()).ok());
  std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }";
  header += std::string(117 - header.size(), ' ') + "\n";
  File elements(24);
  std::memcpy(elements.data(), values.data(), 24);
  EXPECT_EQ(file, NpyFile(header, elements));
}

TEST(Npy, KeepsEveryDTypeAndRank) {
  for (int d = 0; d < kDTypes; ++d) {
    for (int rank = 0; rank <= kMaxRank; ++rank) {
      WithType(static_cast<DType>(d), [&](auto zero) {
        using T = decltype(zero);
        T values[64];
        for (int i = 0; i < 64; ++i) values[i] = static_cast<T>(i);
        Shape shape;
        shape.rank = rank;
        for (int i = 0; i < rank; ++i) shape.dims[i] = 2;
        // Written from a permuted tensor, read into a row-major one.
        int order[kMaxRank];
        for (int i = 0; i < rank; ++i) order[i] = rank - 1 - i;
        const Tensor t = Permute(RowMajor(values, DTypeOf<T>(), shape), order);
        File file(NpySize(t));
        ASSERT_TRUE(WriteNpy(t, file, StopToken()).ok());
        NpyInfo info;
        ASSERT_TRUE(ParseNpy(file, &info).ok());
        EXPECT_EQ(info.dtype, t.dtype);
        EXPECT_EQ(info.shape, shape);
        EXPECT_EQ(info.offset % 64, 0u);
        T read[64];
        ASSERT_TRUE(ReadNpy(file, info, RowMajor(read, t.dtype, shape), StopToken()).ok());
        EXPECT_EQ(Elements<T>(RowMajor(read, t.dtype, shape)), Elements<T>(t));
      });
    }
  }
}

// Mutated headers are refused, or describe elements that all lie in the file. Each file
// has a block of its own, so that the sanitizer sees a byte too far.
TEST(Npy, SurvivesMutatedHeaders) {
  const char* count = std::getenv("MOONLET_FUZZ");
  const int rounds = 25 * (count != nullptr ? std::atoi(count) : 200);
  const std::string alphabet = "{}()[]'\":,|<>=0123456789-LTrueFalsdcftanoshp fiub\\ \n\t\xff";
  std::mt19937 random(11);
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  int survivors = 0;
  for (int round = 0; round < rounds; ++round) {
    const char* codes[] = {"<f4", ">f8", "|i1", "|b1", "<i8"};
    const char* shapes[] = {"()", "(3,)", "(2, 3)", "(1, 2, 1, 2)", "(0, 5)"};
    File file = NpyFile(Header(codes[below(5)], shapes[below(5)], below(2) == 0), File(48, 1),
                        static_cast<int>(below(3)) + 1);
    for (size_t change = below(4) + 1; change > 0 && !file.empty(); --change) {
      const size_t at = below(std::min<size_t>(file.size(), 90));
      const auto place = file.begin() + static_cast<Index>(at);
      switch (below(5)) {
        case 0:
          *place = static_cast<uint8_t>(random());
          break;
        case 1:
          *place = static_cast<uint8_t>(alphabet[below(alphabet.size())]);
          break;
        case 2:
          file.insert(place, static_cast<uint8_t>(alphabet[below(alphabet.size())]));
          break;
        case 3:
          file.erase(place);
          break;
        default:
          file.resize(below(file.size()) + 1);
      }
    }
    NpyInfo info;
    const auto exact = std::make_unique<uint8_t[]>(file.size());
    std::memcpy(exact.get(), file.data(), file.size());
    if (!ParseNpy({exact.get(), file.size()}, &info).ok()) continue;
    ++survivors;
    ASSERT_LE(info.shape.size(), 48);
    alignas(8) uint8_t memory[48 * 8];
    const Tensor t = RowMajor(memory, info.dtype, info.shape);
    EXPECT_TRUE(ReadNpy({exact.get(), file.size()}, info, t, StopToken()).ok());
  }
  EXPECT_GT(survivors, rounds / 50);
}

}  // namespace npy_test
}  // namespace moonlet
