// engine/npu/weight_order.h - the order in which the hardware eats weights, as one walk that
// decoding and encoding share.
//
//   const npu::WeightOrder order(operation, config);
//   Status s = order.Walk([&](const npu::WeightRun& run) { ...; return Status(); });
//
// The walk goes through the stream's places in runs: some weights that lie side by side in the
// plain filter (weights.h), then padding, which the stream holds as zeros.
#pragma once
#include <algorithm>
#include <cstdint>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

struct WeightRun {
  int64_t index;  // in the plain filter
  int32_t count;
  int32_t padding;
};

class WeightOrder {
 public:
  // Requires an operation with weights.
  WeightOrder(const Operation& operation, const Config& config);

  // All runs have as many places: 4 or 8.
  int32_t run_places() const { return depthwise_ ? micro_depth_ : kIfmMicroDepth; }
  // Calls `visit` for each run until one fails, and returns that one's Status.
  template <typename Visit>
  Status Walk(Visit visit) const;

 private:
  static constexpr int32_t kIfmMicroDepth = 8;

  // The part of the nest that all inner loops stay in.
  struct Part {
    int32_t out, outs;  // channels: the first and how many
    int32_t in, ins;
    int32_t y, x;           // of the kernel's taps
    int32_t height, width;  // of the piece
  };

  template <typename Visit>
  Status WalkKernel(Part part, Visit& visit) const;
  template <typename Visit>
  Status WalkPiece(const Part& part, int32_t in, int32_t in_end, Visit& visit) const;
  template <typename Visit>
  Status WalkTap(const Part& part, int32_t tap, int32_t out, int32_t in, int32_t in_end,
                 Visit& visit) const;
  WeightRun Run(int64_t index, int32_t left) const;

  bool depthwise_;
  bool part_kernel_;
  int32_t out_channels_;
  int32_t in_channels_;
  int32_t height_, width_;
  int32_t piece_height_, piece_width_;
  int32_t block_depth_;   // of the OFM
  int32_t micro_depth_;   // the same of what the MAC unit makes at a time
  int32_t ifm_depth_;     // channels of the IFM read at a time
  int32_t tap_multiple_;  // what a piece's taps are padded to
};

template <typename Visit>
Status WeightOrder::Walk(Visit visit) const {
  for (int32_t out = 0; out < out_channels_; out += block_depth_)
    for (int32_t in = 0; in < in_channels_; in += ifm_depth_) {
      Part part = {};
      part.out = out;
      part.outs = std::min(block_depth_, out_channels_ - out);
      part.in = in;
      // Depth-first reads whole blocks of channels, past the end as well.
      part.ins = part_kernel_ ? std::min(ifm_depth_, in_channels_ - in) : ifm_depth_;
      if (Status s = WalkKernel(part, visit); !s.ok()) return s;
    }
  return Status();
}

template <typename Visit>
Status WeightOrder::WalkKernel(Part part, Visit& visit) const {
  // With part-kernel-first a tap is done with all its outputs for eight inputs at a time.
  const int32_t step = part_kernel_ ? kIfmMicroDepth : part.ins;
  for (part.y = 0; part.y < height_; part.y += piece_height_)
    for (part.x = 0; part.x < width_; part.x += piece_width_) {
      part.height = std::min(piece_height_, height_ - part.y);
      part.width = std::min(piece_width_, width_ - part.x);
      for (int32_t in = part.in; in < part.in + part.ins; in += step)
        if (Status s = WalkPiece(part, in, in + step, visit); !s.ok()) return s;
    }
  return Status();
}

template <typename Visit>
Status WeightOrder::WalkPiece(const Part& part, int32_t in, int32_t in_end, Visit& visit) const {
  const int32_t taps =
      (part.height * part.width + tap_multiple_ - 1) / tap_multiple_ * tap_multiple_;
  for (int32_t out = part.out; out < part.out + part.outs; out += micro_depth_)
    for (int32_t tap = 0; tap < taps; ++tap)
      if (Status s = WalkTap(part, tap, out, in, in_end, visit); !s.ok()) return s;
  return Status();
}

template <typename Visit>
Status WeightOrder::WalkTap(const Part& part, int32_t tap, int32_t out, int32_t in, int32_t in_end,
                            Visit& visit) const {
  const bool real = tap < part.height * part.width;
  const int64_t pixel = int64_t{part.y + tap / part.width} * width_ + part.x + tap % part.width;
  const int32_t out_end = real ? part.out + part.outs : out;
  if (depthwise_) return visit(Run(pixel * out_channels_ + out, out_end - out));
  const int64_t stride = int64_t{height_} * width_ * in_channels_;
  for (; in < in_end; in += kIfmMicroDepth) {
    int64_t index = out * stride + pixel * in_channels_ + in;
    for (int32_t i = 0; i < micro_depth_; ++i, index += stride)
      if (Status s = visit(Run(index, out + i < out_end ? in_channels_ - in : 0)); !s.ok())
        return s;
  }
  return Status();
}

// `left` channels from `index` on are real, or none.
inline WeightRun WeightOrder::Run(int64_t index, int32_t left) const {
  const int32_t places = run_places();
  if (left >= places) return {index, places, 0};
  return left > 0 ? WeightRun{index, left, places - left} : WeightRun{0, 0, places};
}

}  // namespace moonlet::npu
