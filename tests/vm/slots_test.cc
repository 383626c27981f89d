#include "vm/slots.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "boards/board.h"
#include "engine/base/crc32.h"

namespace moonlet {
namespace slots_test {

constexpr size_t kPage = board::kFlashPage;

// Flash whose power fails after so many bytes erased or written.
class FakeFlash final : public Flash {
 public:
  explicit FakeFlash(size_t pages) : memory_(pages * kPage, 0xFF) {}
  std::span<const uint8_t> content() const override { return memory_; }
  Status Erase(size_t offset, size_t size) override {
    EXPECT_EQ(offset % kPage + size % kPage, 0u);
    const size_t now = Take(size);
    std::fill_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), now, uint8_t{0xFF});
    return now == size ? Status() : Status::Error(Code::kIo, "power failed");
  }
  Status Write(size_t offset, std::span<const uint8_t> data) override {
    const size_t now = Take(data.size());
    for (size_t i = 0; i < now; ++i) {
      EXPECT_EQ(memory_[offset + i], 0xFF) << "not erased";
      memory_[offset + i] = data[i];
    }
    return now == data.size() ? Status() : Status::Error(Code::kIo, "power failed");
  }
  void FailAfter(size_t bytes) { left_ = bytes; }
  std::vector<uint8_t>& memory() { return memory_; }

 private:
  size_t Take(size_t size) {
    const size_t now = std::min(size, left_);
    left_ -= now;
    return now;
  }
  std::vector<uint8_t> memory_;
  size_t left_ = SIZE_MAX;
};

std::vector<uint8_t> Image(size_t size, uint8_t seed) {
  std::vector<uint8_t> image(size);
  for (size_t i = 0; i < size; ++i) image[i] = static_cast<uint8_t>(i * 7 + seed);
  return image;
}

Status Update(Flash& flash, const std::vector<uint8_t>& image, size_t piece) {
  SlotWriter writer;
  Status status = writer.Begin(flash, image.size(), Crc32(image));
  for (size_t at = 0; status.ok() && at < image.size(); at += piece)
    status = writer.Write(std::span(image).subspan(at, std::min(piece, image.size() - at)));
  return status.ok() ? writer.Finish() : status;
}

std::vector<uint8_t> Active(const Flash& flash) {
  const auto image = ActiveImage(flash);
  return {image.begin(), image.end()};
}

TEST(Slots, GiveTheImageWrittenLast) {
  FakeFlash flash(9);  // the odd page is left over
  EXPECT_TRUE(Active(flash).empty());
  EXPECT_EQ(LargestImage(flash), 3 * kPage);
  for (uint8_t i = 1; i <= 5; ++i) {
    const auto image = Image(1000u * i, i);
    ASSERT_TRUE(Update(flash, image, 300).ok());
    EXPECT_EQ(Active(flash), image);
  }
}

TEST(Slots, CountOnPastTheLastNumber) {
  FakeFlash flash(8);
  ASSERT_TRUE(Update(flash, Image(10, 1), 10).ok());
  ASSERT_TRUE(Update(flash, Image(10, 2), 10).ok());
  // Both as if they had been written long after.
  for (const auto& [slot, sequence] : {std::pair{0, 0xFFFFFFFFu}, {1, 0xFFFFFFFEu}}) {
    uint8_t* header = flash.memory().data() + 4 * kPage * static_cast<size_t>(1 - slot);
    for (size_t i = 0; i < 4; ++i) header[8 + i] = static_cast<uint8_t>(sequence >> (8 * i));
    const uint32_t crc = Crc32({header, 20});
    for (size_t i = 0; i < 4; ++i) header[20 + i] = static_cast<uint8_t>(crc >> (8 * i));
  }
  for (uint8_t i = 3; i < 6; ++i) {
    ASSERT_TRUE(Update(flash, Image(10, i), 10).ok());
    EXPECT_EQ(Active(flash), Image(10, i)) << i;
  }
}

// Erasing, image and header: wherever it stops, the application there was is the one there is.
TEST(Slots, ACutAnywhereLeavesTheOldImage) {
  const auto first = Image(5000, 1);
  const auto old = Image(6000, 2);
  const auto fresh = Image(2 * kPage + 700, 3);
  FakeFlash start(8);
  ASSERT_TRUE(Update(start, first, 512).ok());
  ASSERT_TRUE(Update(start, old, 512).ok());
  const size_t whole = 4 * kPage + fresh.size() + 24;
  std::vector<size_t> cuts;
  for (size_t at = 0; at < whole; at += 512) cuts.insert(cuts.end(), {at, at + 1, at + 257});
  for (size_t at = whole - 26; at < whole; ++at) cuts.push_back(at);
  for (const size_t cut : cuts) {
    if (cut >= whole) continue;
    FakeFlash flash = start;
    flash.FailAfter(cut);
    EXPECT_EQ(Update(flash, fresh, 512).code(), Code::kIo) << cut;
    EXPECT_EQ(Active(flash), old) << cut;
    flash.FailAfter(SIZE_MAX);
    ASSERT_TRUE(Update(flash, fresh, 512).ok()) << cut;
    EXPECT_EQ(Active(flash), fresh) << cut;
  }
  FakeFlash flash = start;
  flash.FailAfter(whole);
  EXPECT_TRUE(Update(flash, fresh, 512).ok());
}

TEST(Slots, WhatIsInUseIsNotErased) {
  FakeFlash flash(4);
  for (uint8_t i = 1; i <= 2; ++i) {
    ASSERT_TRUE(Update(flash, Image(100, i), 100).ok());
    const auto in_use = ActiveImage(flash);
    for (uint8_t j = 10; j < 13; ++j) {
      const auto fresh = Image(200, j);
      SlotWriter writer;
      ASSERT_TRUE(writer.Begin(flash, fresh.size(), Crc32(fresh), in_use).ok());
      ASSERT_TRUE(writer.Write(fresh).ok());
      ASSERT_TRUE(writer.Finish().ok());
      EXPECT_EQ(Active(flash), fresh);
      EXPECT_EQ(std::vector<uint8_t>(in_use.begin(), in_use.end()), Image(100, i));
    }
  }
}

TEST(Slots, AFlippedBitMakesASlotInvalid) {
  FakeFlash flash(4);
  const auto old = Image(600, 1);
  const auto fresh = Image(700, 2);
  ASSERT_TRUE(Update(flash, old, 600).ok());
  ASSERT_TRUE(Update(flash, fresh, 700).ok());
  const size_t slot = 2 * kPage;
  std::vector<size_t> places;
  for (size_t i = 0; i < 24; ++i) places.push_back(slot + i);
  for (size_t i = 0; i < fresh.size(); ++i) places.push_back(slot + kPage + i);
  for (const size_t place : places) {
    flash.memory()[place] ^= 1;
    EXPECT_EQ(Active(flash), old) << place;
    flash.memory()[place] ^= 1;
  }
  EXPECT_EQ(Active(flash), fresh);
}

TEST(Slots, RefuseWhatWasNotAnnounced) {
  FakeFlash flash(4);
  const auto image = Image(100, 1);
  ASSERT_TRUE(Update(flash, image, 100).ok());
  SlotWriter writer;
  EXPECT_STREQ(writer.Begin(flash, kPage + 1, 0).what(),
               "the image has 4097 bytes, there is room for 4096");
  EXPECT_FALSE(writer.is_open());
  ASSERT_TRUE(writer.Begin(flash, 100, Crc32(image)).ok());
  EXPECT_STREQ(writer.Write(Image(101, 1)).what(), "more than the 100 bytes of the image");
  ASSERT_TRUE(writer.Write(Image(99, 1)).ok());
  EXPECT_EQ(writer.written().size(), 99u);
  EXPECT_STREQ(writer.Finish().what(), "1 of 100 bytes of the image are missing");
  EXPECT_STREQ(writer.Finish().what(), "the update has ended");
  EXPECT_STREQ(writer.Write(image).what(), "the update has ended");
  ASSERT_TRUE(writer.Begin(flash, 100, Crc32(image) + 1).ok());
  ASSERT_TRUE(writer.Write(image).ok());
  EXPECT_STREQ(writer.Finish().what(), "wrong checksum of the image");
  EXPECT_EQ(Active(flash), image);
  FakeFlash none(0);
  EXPECT_EQ(writer.Begin(none, 0, 0).code(), Code::kUnsupported);
  EXPECT_TRUE(Active(none).empty());
}

}  // namespace slots_test
}  // namespace moonlet
