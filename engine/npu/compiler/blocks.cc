#include "engine/npu/compiler/blocks.h"

#include <algorithm>
#include <vector>

#include "engine/npu/block.h"
#include "engine/npu/cycles.h"

namespace moonlet::npu {
namespace {

constexpr Extent kLargestBlock = {32, 64, 128};
constexpr int32_t kDepthPart = 16;  // of a block that does not have all channels

int32_t UpTo(int32_t n, int32_t unit) { return (n + unit - 1) / unit * unit; }

// The estimate is none to a hundredth: of blocks about as fast as the fastest, the one that
// reads and writes least is taken, then the largest.
constexpr double kAboutAsFast = 1.01;

struct Candidate {
  Extent block;
  SharedRam layout;
  double total;
  double accesses;

  int64_t volume() const { return int64_t{block.height} * block.width * block.depth; }
  bool Leads(const Candidate& other) const {
    return accesses != other.accesses ? accesses < other.accesses : volume() > other.volume();
  }
};

Candidate CandidateOf(const Operation& op, const Config& config) {
  Cycles cycles;
  EstimateOperation(op, config, DefaultSystem(config), &cycles);
  return {op.block, op.shared_ram, cycles.total(), cycles.sram + cycles.constants};
}

// Whether one less of a side would take as many blocks: then the others do it in less.
bool IsWasteful(int32_t whole, int32_t side, int32_t micro) {
  return side > micro && (whole + side - 1) / side == (whole + side - micro - 1) / (side - micro);
}

// All blocks worth trying that fit.
std::vector<Candidate> CandidatesOf(const Config& config, Operation op) {
  const Extent micro = config.geometry().ofm_micro;
  const Extent most = {std::min(kLargestBlock.height, UpTo(op.ofm.height, micro.height)),
                       std::min(kLargestBlock.width, UpTo(op.ofm.width, micro.width)),
                       std::min(kLargestBlock.depth, UpTo(op.ofm.depth, micro.depth))};
  std::vector<Candidate> candidates;
  for (int32_t depth = micro.depth; depth <= most.depth; depth += micro.depth) {
    if (depth < op.ofm.depth && depth % kDepthPart != 0) continue;
    for (int32_t height = micro.height; height <= most.height; height += micro.height) {
      if (IsWasteful(op.ofm.height, height, micro.height)) continue;
      for (int32_t width = micro.width; width <= most.width; width += micro.width) {
        if (IsWasteful(op.ofm.width, width, micro.width)) continue;
        op.block = {height, width, depth};
        if (!LayOut(op, config, &op.shared_ram)) break;
        candidates.push_back(CandidateOf(op, config));
      }
    }
  }
  return candidates;
}

Status NoBlock() { return Status::Unsupported("no block of it fits in shared RAM"); }

}  // namespace

Status CheckBlock(const Config& config, Operation op) {
  op.block = config.geometry().ofm_micro;
  if (op.block.depth < op.ofm.depth)
    op.block.depth = std::min(kDepthPart, UpTo(op.ofm.depth, op.block.depth));
  return LayOut(op, config, &op.shared_ram) ? Status() : NoBlock();
}

Status ChooseBlock(const Config& config, Operation* op, double* cycles) {
  const std::vector<Candidate> candidates = CandidatesOf(config, *op);
  if (candidates.empty()) return NoBlock();
  double least = candidates[0].total;
  for (const Candidate& c : candidates) least = std::min(least, c.total);
  const Candidate* best = nullptr;
  for (const Candidate& c : candidates)
    if (c.total <= kAboutAsFast * least && (best == nullptr || c.Leads(*best))) best = &c;
  op->block = best->block;
  op->shared_ram = best->layout;
  *cycles = best->total;
  return Status();
}

}  // namespace moonlet::npu
