// engine/nn/patch_search.h - which layers of a graph to run in patches, and in how many, so
// that it needs no more memory than there is.
//
// Of all chains and numbers of bands that fit, the one that computes the least anew.
#pragma once
#include <cstdint>
#include <span>

#include "engine/nn/patches.h"

namespace moonlet {

// A run of layers that could be a chain, and what they take as it is.
struct PatchCandidate {
  int ops[kMostPatchLinks];  // in the order in which they run, at times that follow each other
  int times[kMostPatchLinks];
  uint64_t macs[kMostPatchLinks];
  PatchLink links[kMostPatchLinks];
  int count = 0;
  uint32_t input_bytes[kMostPatchLinks];
  int input_last[kMostPatchLinks];  // when the input of each is needed last
};

// What was chosen.
struct PatchChain {
  int ops[kMostPatchLinks];
  PatchLink links[kMostPatchLinks];
  int count = 0;
  int bands = 0;
  uint64_t more_macs = 0;

  std::span<const PatchLink> list() const { return {links, static_cast<size_t>(count)}; }
  // The place of an operator in the chain, or -1.
  int Find(int op) const {
    for (int i = 0; i < count; ++i)
      if (ops[i] == op) return i;
    return -1;
  }
};

struct PatchChoice {
  int first = 0;  // of the candidate's layers
  int count = 0;  // 0: nothing fits
  int bands = 0;
  uint64_t more_macs = 0;  // than the layers take on whole images
};

// `live` has the bytes in use at each time, on whole images. Requires 2 <= c.count.
void SearchPatches(const PatchCandidate& c, std::span<const uint64_t> live, uint64_t most,
                   PatchChoice* best);

}  // namespace moonlet
