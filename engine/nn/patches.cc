#include "engine/nn/patches.h"

#include <algorithm>
#include <cassert>

#include "engine/nn/steps.h"

namespace moonlet {
namespace {

struct RowRange {
  int32_t first;
  int32_t end;
};

// The rows of the image under the filter at these outputs; where all of it is padding, one row
// that is not read.
RowRange RowsUnder(const Axis& y, RowRange outputs) {
  const int32_t top = outputs.first * y.stride - y.pad;
  const int32_t bottom = (outputs.end - 1) * y.stride - y.pad + (y.kernel - 1) * y.dilation + 1;
  const int32_t first = std::clamp<int32_t>(top, 0, y.input - 1);
  return {first, std::clamp<int32_t>(bottom, first + 1, y.input)};
}

int32_t BandStart(int32_t rows, int bands, int band) {
  return static_cast<int32_t>(int64_t{rows} * band / bands);
}

}  // namespace

void RowsOfBand(std::span<const PatchLink> links, int bands, int band, std::span<RowBand> rows) {
  assert(!links.empty() && rows.size() == links.size());
  const int32_t height = links.back().y.output;
  RowRange needed = {BandStart(height, bands, band), BandStart(height, bands, band + 1)};
  for (size_t i = links.size(); i-- > 0;) {
    const PatchLink& link = links[i];
    const RowRange input = RowsUnder(link.y, needed);
    const bool from_all = i == 0, to_all = i + 1 == links.size();
    rows[i] = {input.first,
               input.end - input.first,
               needed.first,
               needed.end - needed.first,
               from_all ? static_cast<uint32_t>(input.first) * link.input_row : 0,
               to_all ? static_cast<uint32_t>(needed.first) * link.output_row : 0};
    needed = input;
  }
}

void LoadOfBands(std::span<const PatchLink> links, int bands, std::span<PatchLoad> loads) {
  RowBand rows[kMostPatchLinks];
  const std::span<RowBand> of_band = std::span(rows).first(links.size());
  std::fill(loads.begin(), loads.end(), PatchLoad());
  for (int band = 0; band < bands; ++band) {
    RowsOfBand(links, bands, band, of_band);
    for (size_t i = 0; i < links.size(); ++i) {
      const auto count = static_cast<uint32_t>(of_band[i].output_rows);
      loads[i].output_bytes = std::max(loads[i].output_bytes, count * links[i].output_row);
      loads[i].rows += of_band[i].output_rows;
    }
  }
  const PatchLink& last = links.back();
  loads.back().output_bytes = static_cast<uint32_t>(last.y.output) * last.output_row;
}

bool RunPatches(const void* record, const RunContext& run) {
  const auto* r = static_cast<const PatchRecord*>(record);
  const std::span<const PatchLink> links = r->list();
  const auto* first = reinterpret_cast<const StepRecord*>(static_cast<const uint8_t*>(record) +
                                                          PatchRecord::Bytes(links.size()));
  RowBand rows[kMostPatchLinks];
  RunContext some = run;
  for (int band = 0; band < r->bands; ++band) {
    RowsOfBand(links, r->bands, band, std::span(rows).first(links.size()));
    const StepRecord* step = first;
    for (size_t i = 0; i < links.size(); ++i, step = step->next()) {
      some.rows = &rows[i];
      if (run.stop.raised() || !Execute(*step, some)) return false;
    }
  }
  return true;
}

}  // namespace moonlet
