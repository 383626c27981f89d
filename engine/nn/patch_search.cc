#include "engine/nn/patch_search.h"

#include <algorithm>

#include "engine/nn/plan.h"

namespace moonlet {
namespace {

uint64_t InArena(uint64_t bytes) {
  return (bytes + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
}

// Layers [first, first + count) of a candidate, in some bands.
struct Chain {
  const PatchCandidate& c;
  int first;
  int count;
  PatchLoad loads[kMostPatchLinks];

  std::span<const PatchLink> links() const { return {c.links + first, static_cast<size_t>(count)}; }
  void Load(int bands) {
    LoadOfBands(links(), bands, std::span(loads).first(static_cast<size_t>(count)));
  }
  uint64_t WholeOutput(int i) const {
    const PatchLink& link = c.links[first + i];
    return InArena(uint64_t{link.output_row} * static_cast<uint32_t>(link.y.output));
  }
  // What is in use while layer i runs: its input and output in bands, and, all the time, the
  // chain's own input and output.
  uint64_t Live(int i, uint64_t live) const {
    const bool is_last = i + 1 == count;
    if (i > 0) live -= WholeOutput(i - 1) - InArena(loads[i - 1].output_bytes);
    if (!is_last) live -= WholeOutput(i) - InArena(loads[i].output_bytes);
    if (!is_last) live += WholeOutput(count - 1);
    if (c.input_last[first] < c.times[first + i]) live += InArena(c.input_bytes[first]);
    return live;
  }
  uint64_t MoreMacs() const {
    uint64_t more = 0;
    for (int i = 0; i + 1 < count; ++i) {
      const auto rows = static_cast<uint64_t>(c.links[first + i].y.output);
      const auto computed = static_cast<uint64_t>(loads[i].rows);
      if (computed > rows) more += c.macs[first + i] / rows * (computed - rows);
    }
    return more;
  }
};

bool FitsOutside(const Chain& chain, std::span<const uint64_t> live, uint64_t most) {
  const int begin = chain.c.times[chain.first];
  const int end = chain.c.times[chain.first + chain.count - 1];
  for (size_t t = 0; t < live.size(); ++t) {
    const auto time = static_cast<int>(t);
    if ((time < begin || time > end) && live[t] > most) return false;
  }
  return true;
}

bool FitsInside(const Chain& chain, std::span<const uint64_t> live, uint64_t most) {
  for (int i = 0; i < chain.count; ++i) {
    const auto time = static_cast<size_t>(chain.c.times[chain.first + i]);
    if (chain.Live(i, live[time]) > most) return false;
  }
  return true;
}

}  // namespace

// More bands take less memory and more work, so the first number that fits is the best.
void SearchPatches(const PatchCandidate& c, std::span<const uint64_t> live, uint64_t most,
                   PatchChoice* best) {
  for (int first = 0; first + 1 < c.count; ++first) {
    for (int count = 2; first + count <= c.count; ++count) {
      Chain chain = {c, first, count, {}};
      if (!FitsOutside(chain, live, most)) continue;
      const int32_t rows = chain.links().back().y.output;
      for (int bands = 2; bands <= rows; bands += bands < 8 ? 1 : bands / 4) {
        chain.Load(bands);
        if (!FitsInside(chain, live, most)) continue;
        const PatchChoice choice = {first, count, bands, chain.MoreMacs()};
        if (best->count == 0 || choice.more_macs < best->more_macs) *best = choice;
        break;
      }
    }
  }
}

}  // namespace moonlet
