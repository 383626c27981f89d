#include "engine/nn/patches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace moonlet {
namespace patches_test {

// A chain of random layers over an image of some rows, as long as filters fit.
std::vector<PatchLink> RandomChain(std::mt19937& random) {
  const auto draw = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  std::vector<PatchLink> links;
  int32_t rows = draw(8, 60);
  const int wanted = draw(1, 6);
  while (static_cast<int>(links.size()) < wanted) {
    PatchLink link = {{}, 10, 10};
    const Padding padding = draw(0, 1) == 0 ? Padding::kSame : Padding::kValid;
    if (!MakeAxis(padding, rows, draw(1, 5), draw(1, 3), draw(1, 2), &link.y)) break;
    link.y.pad += draw(0, 4) == 0 ? 1 : 0;  // a border that was folded into it
    rows = link.y.output;
    links.push_back(link);
  }
  return links;
}

// Taps inside the image must be inside the rows there are, at the same distance.
void ExpectTapsThere(const Axis& y, const RowBand& rows) {
  for (int32_t o = 0; o < rows.output_rows; ++o) {
    const Axis::Taps whole = y.TapsAt(rows.output_first + o);
    Axis part = y;
    part.pad += rows.input_first - rows.output_first * y.stride;
    part.input = rows.input_rows;
    const Axis::Taps taps = part.TapsAt(o);
    ASSERT_EQ(taps.origin + rows.input_first, whole.origin);
    ASSERT_EQ(taps.last - taps.first, whole.last - whole.first);
    if (taps.last > taps.first) {
      ASSERT_EQ(taps.first, whole.first);
    }
  }
}

TEST(PatchesTest, BandsReadWhatTheyNeedAndWriteEachRowOnce) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const std::vector<PatchLink> links = RandomChain(random);
    if (links.empty()) continue;
    const int32_t height = links.back().y.output;
    const int bands = 1 + static_cast<int>(random() % static_cast<unsigned>(height));
    std::vector<RowBand> rows(links.size());
    std::vector<PatchLoad> loads(links.size());
    LoadOfBands(links, bands, loads);
    int32_t written = 0;
    for (int band = 0; band < bands; ++band) {
      RowsOfBand(links, bands, band, rows);
      EXPECT_EQ(rows.back().output_first, written);
      written += rows.back().output_rows;
      for (size_t i = 0; i < links.size(); ++i) {
        ASSERT_GE(rows[i].input_first, 0);
        ASSERT_LE(rows[i].input_first + rows[i].input_rows, links[i].y.input);
        ExpectTapsThere(links[i].y, rows[i]);
        if (i + 1 == links.size()) break;
        EXPECT_EQ(rows[i].output_first, rows[i + 1].input_first);
        EXPECT_EQ(rows[i].output_rows, rows[i + 1].input_rows);
        EXPECT_LE(static_cast<uint32_t>(rows[i].output_rows) * 10, loads[i].output_bytes);
      }
    }
    EXPECT_EQ(written, height);
    EXPECT_EQ(loads.back().rows, height);
  }
}

TEST(PatchesTest, OneBandIsTheWholeImage) {
  const PatchLink link = {{9, 9, 3, 1, 1, 1}, 4, 8};
  RowBand rows;
  RowsOfBand({&link, 1}, 1, 0, {&rows, 1});
  EXPECT_EQ(rows.input_rows, 9);
  EXPECT_EQ(rows.output_rows, 9);
  EXPECT_EQ(rows.output_at, 0u);
}

}  // namespace patches_test
}  // namespace moonlet
