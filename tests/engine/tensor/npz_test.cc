#include "engine/tensor/npz.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "engine/base/crc32.h"
#include "engine/base/deflate.h"
#include "engine/tensor/npy.h"
#include "tests/engine/tensor/tensors.h"

namespace moonlet {
namespace npz_test {

using File = std::vector<uint8_t>;
const StopToken kNoStop;

// tools/goldens/npz.py made them.
File NumpyFile(const char* name) {
  std::ifstream stream(std::string("scripts/tests/") + name, std::ios::binary);
  File file{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_FALSE(file.empty()) << name;
  return file;
}

bool HasZlib() { return DeflateRoom(1000) > 1000; }

// Tensors by name, each with memory of its own.
struct Archive {
  std::map<std::string, Tensor> tensors;
  std::vector<std::unique_ptr<uint64_t[]>> memory;
};

Status ReadAll(std::span<const uint8_t> file, Archive* archive) {
  NpzReader reader;
  if (Status s = reader.Open(file); !s.ok()) return s;
  for (NpzEntry entry; reader.Next(&entry);) {
    File room(entry.deflated ? entry.size : 0);
    std::span<const uint8_t> npy;
    if (Status s = ReadNpzEntry(entry, room, MallocAllocator(), kNoStop, &npy); !s.ok()) return s;
    NpyInfo info;
    if (Status s = ParseNpy(npy, &info); !s.ok()) return s;
    archive->memory.push_back(
        std::make_unique<uint64_t[]>(static_cast<size_t>(info.shape.size()) + 1));
    const Tensor t = RowMajor(archive->memory.back().get(), info.dtype, info.shape);
    if (Status s = ReadNpy(npy, info, t, kNoStop); !s.ok()) return s;
    archive->tensors[std::string(entry.name)] = t;
  }
  return {};
}

File Write(const Archive& archive, bool deflate) {
  std::vector<NpzItem> items;
  for (const auto& [name, tensor] : archive.tensors) items.push_back({name, &tensor});
  std::reverse(items.begin(), items.end());  // the order given does not matter
  size_t size = 0;
  EXPECT_TRUE(PrepareNpz(items, deflate, &size).ok());
  File file(size);
  const Status s = WriteNpz(items, deflate, file, MallocAllocator(), kNoStop, &size);
  EXPECT_TRUE(s.ok()) << s.what();
  if (!deflate) {
    EXPECT_EQ(size, file.size());
  }
  file.resize(size);
  return file;
}

std::string Refusal(const File& file) {
  Archive archive;
  const Status s = ReadAll(file, &archive);
  EXPECT_FALSE(s.ok());
  return s.what();
}

TEST(Npz, ReadsWhatNumpyStored) {
  Archive archive;
  ASSERT_TRUE(ReadAll(NumpyFile("numpy_stored.npz"), &archive).ok());
  ASSERT_EQ(archive.tensors.size(), 4u);
  EXPECT_EQ(archive.tensors["empty"].shape, ShapeOf({3, 0}));
  EXPECT_EQ(Elements<bool>(archive.tensors["flags"]), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(Elements<int64_t>(archive.tensors["scalar"]), std::vector<int64_t>{-5});
  EXPECT_EQ(archive.tensors["scalar"].rank(), 0);
  EXPECT_EQ(Elements<float>(archive.tensors["weights"]),
            (std::vector<float>{0, 0.25, 0.5, 0.75, 1, 1.25}));
}

TEST(Npz, ReadsWhatNumpyDeflated) {
  const File file = NumpyFile("numpy_deflated.npz");
  Archive archive;
  const Status s = ReadAll(file, &archive);
  if (!HasZlib()) {
    EXPECT_EQ(s.code(), Code::kUnsupported);
    return;
  }
  ASSERT_TRUE(s.ok()) << s.what();
  ASSERT_EQ(archive.tensors.size(), 4u);
  EXPECT_EQ(Elements<int16_t>(archive.tensors["big_endian"]), (std::vector<int16_t>{1, 2, -3}));
  EXPECT_EQ(Elements<int32_t>(archive.tensors["columns"]),
            (std::vector<int32_t>{0, 1, 2, 3, 4, 5}));
  const auto ramp = Elements<uint16_t>(archive.tensors["ramp"]);
  ASSERT_EQ(ramp.size(), 500u);
  for (size_t i = 0; i < ramp.size(); ++i) ASSERT_EQ(ramp[i], i);
  EXPECT_EQ(Elements<double>(archive.tensors["gr\xc3\xb6\xc3\x9f"
                                             "e"]),
            (std::vector<double>{0.5, -0.25}));
}

TEST(Npz, WritesWhatNumpyWrites) {
  const File file = NumpyFile("numpy_stored.npz");
  Archive archive;
  ASSERT_TRUE(ReadAll(file, &archive).ok());
  EXPECT_EQ(Write(archive, false), file);
}

TEST(Npz, KeepsTensorsOfManyPieces) {
  if (!HasZlib()) GTEST_SKIP();
  std::vector<int32_t> values(700000);
  std::mt19937 random(3);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = i < 400000 ? static_cast<int32_t>(random()) : static_cast<int32_t>(i % 7);
  Archive archive;
  archive.tensors["noise"] = Over(values, {700, 1000});
  archive.tensors["a.npy"] = Over(values, {0});
  for (bool deflate : {false, true}) {
    Archive again;
    ASSERT_TRUE(ReadAll(Write(archive, deflate), &again).ok());
    ASSERT_EQ(again.tensors.size(), 2u);
    EXPECT_EQ(again.tensors["a.npy"].shape, ShapeOf({0}));
    EXPECT_EQ(Elements<int32_t>(again.tensors["noise"]), values);
  }
}

TEST(Npz, HoldsNothingToo) {
  const File file = Write({}, false);
  EXPECT_EQ(file.size(), 22u);
  EXPECT_TRUE(IsZip(file));
  Archive archive;
  EXPECT_TRUE(ReadAll(file, &archive).ok());
  EXPECT_TRUE(archive.tensors.empty());
}

// Places in an archive with one stored entry "x" of the bytes given.
struct Places {
  size_t data, central, end;
};
File OneEntry(const File& npy, Places* places) {
  std::vector<uint8_t> byte = {7};
  Archive archive;
  archive.tensors["x"] = Over(byte, {1});
  File file = Write(archive, false);
  *places = {30 + 5 + 20, file.size() - 22 - 51, file.size() - 22};
  if (npy.empty()) return file;
  EXPECT_EQ(npy.size(), places->central - places->data);
  std::copy(npy.begin(), npy.end(), file.begin() + static_cast<Index>(places->data));
  return file;
}

void Put(File* file, size_t at, uint64_t value, int count) {
  for (int i = 0; i < count; ++i)
    (*file)[at + static_cast<size_t>(i)] = static_cast<uint8_t>(value >> (8 * i));
}

File Numbers(std::initializer_list<std::pair<uint64_t, int>> numbers) {
  File bytes;
  for (const auto& [value, count] : numbers) {
    bytes.resize(bytes.size() + static_cast<size_t>(count));
    Put(&bytes, bytes.size() - static_cast<size_t>(count), value, count);
  }
  return bytes;
}

// The archive with every number that ZIP64 can widen moved there.
TEST(Npz, ReadsZip64) {
  Places at;
  File file = OneEntry({}, &at);
  const uint64_t size = at.central - at.data;
  for (size_t field : {20, 24, 42}) Put(&file, at.central + field, 0xffffffff, 4);
  const File other = Numbers({{0xcafe, 2}, {3, 2}, {0, 3}});
  File extra = Numbers({{1, 2}, {24, 2}, {size, 8}, {size, 8}, {0, 8}});
  extra.insert(extra.begin(), other.begin(), other.end());
  Put(&file, at.central + 30, extra.size(), 2);
  file.insert(file.begin() + static_cast<Index>(at.end), extra.begin(), extra.end());
  const uint64_t directory = 51 + extra.size();
  const File end = Numbers({{0x06064b50, 4},
                            {44, 8},
                            {45, 2},
                            {45, 2},
                            {0, 4},
                            {0, 4},
                            {1, 8},
                            {1, 8},
                            {directory, 8},
                            {at.central, 8},
                            {0x07064b50, 4},
                            {0, 4},
                            {at.central + directory, 8},
                            {1, 4}});
  file.insert(file.end() - 22, end.begin(), end.end());
  for (size_t field : {8, 10}) Put(&file, file.size() - 22 + field, 0xffff, 2);
  for (size_t field : {12, 16}) Put(&file, file.size() - 22 + field, 0xffffffff, 4);
  Archive archive;
  const Status s = ReadAll(file, &archive);
  ASSERT_TRUE(s.ok()) << s.what();
  EXPECT_EQ(Elements<uint8_t>(archive.tensors["x"]), std::vector<uint8_t>{7});
  Put(&file, at.central + 51 + 7 + 2, 16, 2);  // too short for all three
  EXPECT_EQ(Refusal(file), "entry 'x.npy': its ZIP64 field is too short");
  Put(&file, at.central + 51 + 7, 77, 2);
  EXPECT_EQ(Refusal(file), "entry 'x.npy': its ZIP64 field is missing");
}

struct Damage {
  const char* message;
  size_t Places::*base;
  size_t offset;
  uint64_t value;
  int count;
};

TEST(Npz, RefusesWithAReason) {
  constexpr auto kData = &Places::data;
  constexpr auto kCentral = &Places::central;
  constexpr auto kEnd = &Places::end;
  const Damage damages[] = {
      {"entry 'x': its checksum is wrong", kData, 128, 1, 1},
      {"entry 'x.npy': its header has another name", kData, size_t(-25), 'y', 1},
      {"damaged .npz file: its directory is cut short", kCentral, 0, 0, 4},
      {"encrypted archives are not supported", kCentral, 8, 1, 2},
      {"compression method 12 is not supported", kCentral, 10, 12, 2},
      {"entry 'x.npy': its two sizes differ", kCentral, 24, 130, 4},
      {"entry 'x.npy': its size is more than its data can hold", kCentral, 10, 8, 2},
      {"entry 'x.npy': it lies outside the file", kCentral, 42, 5000, 4},
      {"entry 'x.npy': its header is missing", kCentral, 42, 1, 4},
      {"damaged .npz file: its directory is cut short", kCentral, 28, 5000, 2},
      {"damaged .npz file: its directory has another length", kEnd, 8, 0x00020002, 4},
      {"damaged .npz file: its directory lies outside the file", kEnd, 16, 0x7fffffff, 4},
      {"an archive in several parts is not supported", kEnd, 4, 1, 2},
      {"damaged .npz file: it ends early", kEnd, 20, 1, 2},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.message);
    Places at;
    File file = OneEntry({}, &at);
    if (std::string_view(damage.message).find("more than") != std::string_view::npos)
      Put(&file, at.central + 24, 1 << 30, 4);
    Put(&file, at.*damage.base + damage.offset, damage.value, damage.count);
    EXPECT_EQ(Refusal(file), damage.message);
  }
  EXPECT_EQ(Refusal({'P', 'K', 3, 4}), "damaged .npz file: it ends early");
}

// A directory that names one entry's bytes many times would unfold to more than is there.
TEST(Npz, RefusesEntriesThatShareBytes) {
  Places at;
  File file = OneEntry({}, &at);
  const File record(file.begin() + static_cast<Index>(at.central),
                    file.begin() + static_cast<Index>(at.end));
  file.insert(file.begin() + static_cast<Index>(at.end), record.begin(), record.end());
  Put(&file, file.size() - 14, 0x00020002, 4);
  Put(&file, file.size() - 10, 102, 4);
  EXPECT_EQ(Refusal(file), "damaged .npz file: its entries share bytes");
}

TEST(Npz, RefusesNames) {
  std::vector<uint8_t> byte = {7};
  const Tensor t = Over(byte, {1});
  const auto refusal = [&](std::string_view name) {
    NpzItem item = {name, &t};
    size_t room;
    const Status s = PrepareNpz({&item, 1}, false, &room);
    return std::string(s.what());
  };
  EXPECT_EQ(refusal(""), "an entry needs a name");
  EXPECT_EQ(refusal(std::string(65001, 'a')), "a name of 65001 bytes is too long");
  using namespace std::string_view_literals;
  for (std::string_view name :
       {"a\0b"sv, "\x80"sv, "\xc1\xbf"sv, "\xc3"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv,
        "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv, "\xe2\x82"sv, "\xff"sv})
    EXPECT_EQ(refusal(name), "a name must be UTF-8 without zero bytes");
  for (std::string_view name : {"a/b"sv, "\xc2\x80"sv, "\xe2\x82\xac"sv, "\xed\x9f\xbf"sv,
                                "\xf4\x8f\xbf\xbf"sv, "\xf0\x9f\x8c\x99"sv})
    EXPECT_EQ(refusal(name), "");
}

class RefusingAllocator final : public Allocator {
 public:
  explicit RefusingAllocator(size_t after) : left_(after) {}
  void* Allocate(size_t size, size_t alignment) override {
    if (left_ == 0) return nullptr;
    --left_;
    return MallocAllocator().Allocate(size, alignment);
  }
  void Free(void* block, size_t size) override { MallocAllocator().Free(block, size); }

 private:
  size_t left_;
};

TEST(Npz, EndsWhenStoppedOrOutOfMemory) {
  if (!HasZlib()) GTEST_SKIP();
  const File file = NumpyFile("numpy_deflated.npz");
  StopToken raised;
  raised.Raise();
  NpzReader reader;
  ASSERT_TRUE(reader.Open(file).ok());
  NpzEntry entry;
  ASSERT_TRUE(reader.Next(&entry));
  File room(entry.size);
  std::span<const uint8_t> npy;
  EXPECT_EQ(ReadNpzEntry(entry, room, MallocAllocator(), raised, &npy).code(), Code::kStopped);
  std::vector<uint8_t> byte = {7};
  const Tensor t = Over(byte, {1});
  NpzItem item = {"x", &t};
  size_t size;
  ASSERT_TRUE(PrepareNpz({&item, 1}, true, &size).ok());
  File out(size);
  EXPECT_EQ(WriteNpz({&item, 1}, true, out, MallocAllocator(), raised, &size).code(),
            Code::kStopped);
  for (bool write : {false, true}) {
    Code code = Code::kNoMemory;
    for (size_t after = 0; code != Code::kOk; ++after) {
      ASSERT_LT(after, 20u);
      RefusingAllocator refusing(after);
      CountingAllocator memory(refusing);
      code = write ? WriteNpz({&item, 1}, true, out, memory, kNoStop, &size).code()
                   : ReadNpzEntry(entry, room, memory, kNoStop, &npy).code();
      EXPECT_TRUE(code == Code::kOk || code == Code::kNoMemory);
      EXPECT_EQ(memory.live(), 0u);
    }
  }
}

// Mutated archives are refused or give tensors; in blocks of their own, so that the
// sanitizer sees a byte too far.
TEST(Npz, SurvivesMutations) {
  const char* count = std::getenv("MOONLET_FUZZ");
  const int rounds = 15 * (count != nullptr ? std::atoi(count) : 200);
  const File originals[] = {NumpyFile("numpy_stored.npz"), NumpyFile("numpy_deflated.npz")};
  std::mt19937 random(12);
  const auto below = [&](size_t n) { return static_cast<size_t>(random()) % n; };
  int survivors = 0;
  for (int round = 0; round < rounds; ++round) {
    File file = originals[below(2)];
    const size_t directory = file.size() - 300;  // half of the changes fall behind here
    for (size_t change = below(3) + 1; change > 0; --change) {
      size_t place = below(file.size());
      if (below(2) == 0 && directory < file.size())
        place = directory + below(file.size() - directory);
      const auto at = file.begin() + static_cast<Index>(place);
      switch (below(6)) {
        case 0:
          *at = static_cast<uint8_t>(random());
          break;
        case 1:
          *at = static_cast<uint8_t>(*at ^ 1u << below(8));
          break;
        case 2:
          Put(&file, std::min(place, file.size() - 4), 0xffffffff, 4);
          break;
        case 3:
          file.insert(at, static_cast<uint8_t>(random()));
          break;
        case 4:
          file.erase(at);
          break;
        default:
          file.resize(std::max<size_t>(4, below(8) == 0 ? place : file.size()));
      }
    }
    const auto exact = std::make_unique<uint8_t[]>(file.size());
    std::memcpy(exact.get(), file.data(), file.size());
    Archive archive;
    if (ReadAll({exact.get(), file.size()}, &archive).ok()) ++survivors;
  }
  if (HasZlib()) {
    EXPECT_GT(survivors, rounds / 50);
  }
  EXPECT_LT(survivors, rounds);
}

TEST(Crc32, GivesTheKnownAnswer) {
  const char* text = "123456789";
  const auto* bytes = reinterpret_cast<const uint8_t*>(text);
  EXPECT_EQ(Crc32({bytes, 9}), 0xCBF43926u);
  EXPECT_EQ(Crc32({bytes + 4, 5}, Crc32({bytes, 4})), 0xCBF43926u);
}

}  // namespace npz_test
}  // namespace moonlet
