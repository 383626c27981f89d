#include "engine/kernels/gemm_s8.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace moonlet {
namespace {

// One axis of a TRANSPOSE_CONV's pixels that begin at `first`: input `i` reaches output `at`
// through the tap at + pad - i * stride, so the taps are those with one remainder, backwards.
struct Phase {
  Axis axis;
  int32_t first_tap;
};
Phase PhaseOf(const Axis& window, int32_t remainder, int32_t first) {
  const int32_t taps =
      remainder < window.kernel ? (window.kernel - 1 - remainder) / window.stride + 1 : 0;
  const int32_t pixels = (window.input - 1 - first) / window.stride + 1;
  const int32_t reach = (first + window.pad) / window.stride;
  return {{window.output, pixels, taps, 1, 1, taps - 1 - reach},
          remainder + (taps - 1) * window.stride};
}

// Where in a bundle a channel has its weights, and how far apart its quads are.
struct PackedChannel {
  int8_t* weights;
  std::ptrdiff_t quad_step;

  void Write(std::ptrdiff_t at, const int8_t* w, int32_t count) const {
    int32_t i = 0;
    if (at % kQuad == 0) {
      int8_t* to = weights + at / kQuad * quad_step;
      for (; i + kQuad <= count; i += kQuad, to += quad_step) std::memcpy(to, w + i, kQuad);
    }
    for (; i < count; ++i) weights[(at + i) / kQuad * quad_step + (at + i) % kQuad] = w[i];
  }
};
PackedChannel ChannelOf(const GemmPart& part, int32_t channel, int8_t* weights) {
  const int32_t bundle = channel / kBundleChannels;
  const int32_t blocks = std::min(kBundleBlocks, part.blocks() - bundle * kBundleBlocks);
  const std::ptrdiff_t bundle_bytes = GemmRuns(part).quads() * kQuad * kBundleChannels;
  return {weights + bundle * bundle_bytes + std::ptrdiff_t{channel % kBundleChannels} * kQuad,
          std::ptrdiff_t{blocks} * kChannelBlock * kQuad};
}

// Writes one channel's weights, `filter`, whose taps begin `shift` into the part's, and returns
// their sum.
int32_t PackChannel(const GemmLayer& layer, const GemmPart& part, const int8_t* filter,
                    int32_t shift, const PackedChannel& packed) {
  const GemmRuns runs(part);
  const int32_t depth = part.group_inputs;
  const int32_t width = layer.x.kernel - (layer.joined - 1) * layer.joined_step;
  const std::ptrdiff_t run_elements = runs.run_quads() * kQuad;
  uint32_t sum = 0;
  for (int32_t ky = 0; ky < part.y.kernel; ++ky) {
    for (int32_t kx = 0; kx < part.x.kernel; ++kx) {
      const std::ptrdiff_t tap_y = part.tap_y + ky * part.tap_step_y;
      const std::ptrdiff_t tap_x = part.tap_x + kx * part.tap_step_x - shift;
      if (tap_x < 0 || tap_x >= width) continue;
      const int8_t* w = filter + (tap_y * width + tap_x) * depth;
      // Which tap of its run it is.
      const std::ptrdiff_t tap = std::ptrdiff_t{ky} * part.x.kernel + kx;
      const std::ptrdiff_t taps_of_run = depth > 0 ? runs.size / depth : 1;
      packed.Write(tap / taps_of_run * run_elements + tap % taps_of_run * depth, w, depth);
      for (int32_t i = 0; i < depth; ++i) sum += static_cast<uint32_t>(int32_t{w[i]});
    }
  }
  return static_cast<int32_t>(sum);
}

void PrepareGroup(const GemmLayer& layer, const GemmPart& part, int32_t group,
                  const FilterS8& filter, int32_t raise, uint8_t* prepared) {
  std::memset(prepared, 0, static_cast<size_t>(GemmGroupBytes(part)));
  auto* blocks = reinterpret_cast<ChannelBlock*>(prepared);
  auto* weights = reinterpret_cast<int8_t*>(blocks + part.blocks());
  const int32_t width = layer.x.kernel - (layer.joined - 1) * layer.joined_step;
  const std::ptrdiff_t size = std::ptrdiff_t{layer.y.kernel} * width * part.group_inputs;
  const int32_t channels = part.group_outputs / layer.joined;
  // The same for every channel: a filter with a zero point is one of a FULLY_CONNECTED.
  const int32_t zeros = WrapMul(WrapMul(part.group_inputs, layer.filter_zero), layer.input_zero);
  for (int32_t c = 0; c < part.blocks() * kChannelBlock; ++c) {
    ChannelBlock& block = blocks[c / kChannelBlock];
    const int32_t lane = c % kChannelBlock;
    block.shift[lane] = -1;
    if (c >= part.group_outputs) continue;
    const int32_t channel = group * channels + c % channels;
    const int32_t shift = c / channels * layer.joined_step;
    const int32_t sum = PackChannel(layer, part, filter.weights + channel * size, shift,
                                    ChannelOf(part, c, weights));
    const int32_t bias = WrapAdd(filter.bias ? filter.bias[channel] : 0, zeros);
    block.bias[lane] = WrapSub(bias, WrapMul(sum, layer.input_zero + raise));
    const Multiplier m = BlockMultiplier(filter.scales[channel]);
    block.multiplier[lane] = m.value;
    block.shift[lane] = m.shift;
  }
}

// Elements of a panel that is not to fill the first cache, and a multiple of what vectors add up.
constexpr std::ptrdiff_t kPanelElements = 12 * 1024;
constexpr int32_t kPanelPixels = 24;

// Whether output and input positions are the same.
bool IsIdentity(const Axis& axis) {
  return axis.kernel == 1 && axis.stride == 1 && axis.pad == 0 && axis.input == axis.output;
}

// Makes the pixels of all images one row.
void JoinPixels(GemmLayer* layer) {
  const int64_t pixels = int64_t{layer->batches} * layer->y.output * layer->x.output;
  if (pixels > kInt32Max) return;
  layer->batches = 1;
  layer->y = {1, 1, 1, 1, 1, 0};
  layer->x = {static_cast<int32_t>(pixels), static_cast<int32_t>(pixels), 1, 1, 1, 0};
  layer->out_height = 1;
  layer->out_width = static_cast<int32_t>(pixels);
}

// Elements of a filter whose zeros do no harm: beyond, products outweigh all else, and joining
// saves none.
constexpr int64_t kJoinedDepth = 512;

// As many neighbours of a row as fill a block of channels, if the rows divide into them. Not by the
// number of rows, which what is prepared must not depend on.
void JoinNeighbours(const Axis& x, GemmLayer* layer) {
  if (layer->groups > 1 || layer->out_channels < 1 || x.dilation > 1) return;
  const int32_t joined = kChannelBlock / layer->out_channels;
  if (joined < 2 || x.output % joined != 0) return;
  const int64_t columns = layer->x.kernel + int64_t{joined - 1} * x.stride;
  if (columns * layer->y.kernel * layer->in_channels > kJoinedDepth) return;
  layer->joined = joined;
  layer->joined_step = x.stride;
  layer->x.kernel += (joined - 1) * x.stride;
  layer->x.stride *= joined;
  layer->x.output /= joined;
  layer->out_width /= joined;
  layer->out_channels *= joined;
}

}  // namespace

// Rows within the limit that fill tiles, or columns of one row.
GemmPanel MakeGemmPanel(const GemmPart& part) {
  // Runs of more than one row need rows without a gap.
  const bool gapless = GemmRuns(part).rows < part.y.kernel;
  const auto row_size = [&](int32_t columns) {
    const std::ptrdiff_t size = GemmReach(part.x, columns) * part.in_channels;
    return gapless ? size : (size + kWidestVector - 1) / kWidestVector * kWidestVector;
  };
  GemmPanel panel = {1, part.x.output, row_size(part.x.output), 0};
  const std::ptrdiff_t high = GemmReach(part.y, 1);
  while (panel.columns > kPanelPixels && high * panel.row_size > kPanelElements) {
    panel.columns = (panel.columns / 2 + kPanelPixels - 1) / kPanelPixels * kPanelPixels;
    panel.row_size = row_size(panel.columns);
  }
  if (part.y.output > 1 && panel.columns == part.x.output && panel.row_size > 0) {
    const std::ptrdiff_t room = kPanelElements / panel.row_size - high;
    const std::ptrdiff_t rows = room < 0 ? 1 : room / part.y.stride + 1;
    const std::ptrdiff_t even = kPanelPixels / std::gcd(kPanelPixels, panel.columns);
    const std::ptrdiff_t most =
        std::min<std::ptrdiff_t>(part.y.output, rows < even ? rows : rows / even * even);
    panel.rows = static_cast<int32_t>(most);
  }
  std::ptrdiff_t elements = GemmReach(part.y, panel.rows) * panel.row_size;
  // A part of these rows may have a panel of other proportions, which is as large at most.
  if (panel.rows < part.y.output || panel.columns < part.x.output)
    elements = std::max(elements, kPanelElements);
  panel.size = elements + 2 * kWidestVector;
  return panel;
}

int32_t GemmLayer::Slots(const Axis& window) const {
  if (!transposed) return 1;
  return std::min(window.kernel, window.stride) + (window.stride > window.kernel ? 1 : 0);
}

int32_t GemmLayer::FirstPixel(const Axis& window, int32_t slot, int32_t from) const {
  if (!transposed) return from;
  const int32_t end = std::min(window.stride, window.input);
  if (slot < window.kernel) {
    const int32_t first = (window.stride - window.pad % window.stride + slot) % window.stride;
    return first < from ? end : first;
  }
  while (from < end && (from + window.pad) % window.stride < window.kernel) ++from;
  return from;
}

int32_t GemmLayer::EndOfFirstPixels(const Axis& window) const {
  return transposed ? std::min(window.stride, window.input) : 1;
}

GemmPart GemmLayer::Part(int32_t slot_y, int32_t slot_x, int32_t first_y, int32_t first_x) const {
  GemmPart part;
  part.y = y;
  part.x = x;
  part.in_channels = in_channels;
  part.out_channels = out_channels;
  part.groups = groups;
  part.group_inputs = groups == 1 ? in_channels : in_channels / groups;
  part.group_outputs = groups == 1 ? out_channels : out_channels / groups;
  if (!transposed) return part;
  const Phase phase_y = PhaseOf(y, slot_y, first_y), phase_x = PhaseOf(x, slot_x, first_x);
  part.y = phase_y.axis;
  part.x = phase_x.axis;
  part.whole_rows_join = false;
  part.out_y = first_y;
  part.out_x = first_x;
  part.out_step_y = y.stride;
  part.out_step_x = x.stride;
  part.tap_y = phase_y.first_tap;
  part.tap_x = phase_x.first_tap;
  part.tap_step_y = -y.stride;
  part.tap_step_x = -x.stride;
  return part;
}

GemmLayer MakeGemmLayer(const ConvS8Params& p) {
  GemmLayer layer;
  layer.batches = p.window.batches;
  layer.y = p.window.y;
  layer.x = p.window.x;
  layer.in_channels = p.in_channels;
  layer.out_width = p.window.x.output;
  layer.out_height = p.window.y.output;
  layer.out_channels = p.out_channels;
  layer.groups = p.groups;
  if (IsIdentity(p.window.y) && IsIdentity(p.window.x)) JoinPixels(&layer);
  JoinNeighbours(p.window.x, &layer);
  layer.input_zero = p.input_zero;
  layer.output = p.output;
  return layer;
}

GemmLayer MakeGemmLayer(const FullyConnectedS8Params& p) {
  GemmLayer layer;
  layer.batches = p.batches;
  layer.y = layer.x = {1, 1, 1, 1, 1, 0};
  JoinPixels(&layer);
  layer.in_channels = p.depth;
  layer.out_channels = p.outputs;
  layer.input_zero = p.input_zero;
  layer.filter_zero = p.filter_zero;
  layer.output = p.output;
  return layer;
}

GemmLayer MakeGemmLayer(const TransposeConvS8Params& p) {
  GemmLayer layer;
  layer.batches = p.window.batches;
  layer.y = p.window.y;
  layer.x = p.window.x;
  layer.transposed = true;
  layer.in_channels = p.in_channels;
  layer.out_width = p.window.x.input;
  layer.out_height = p.window.y.input;
  layer.out_channels = p.out_channels;
  layer.input_zero = p.input_zero;
  layer.output = p.output;
  return layer;
}

size_t GemmPreparedBytes(const GemmLayer& layer) {
  size_t bytes = 0;
  for (int32_t y = 0; y < layer.Slots(layer.y); ++y)
    for (int32_t x = 0; x < layer.Slots(layer.x); ++x)
      bytes += static_cast<size_t>(GemmPartBytes(layer.Part(y, x, 0, 0)));
  return bytes;
}

void PrepareGemm(const GemmLayer& layer, const FilterS8& filter, int32_t raise, uint8_t* prepared) {
  for (int32_t y = 0; y < layer.Slots(layer.y); ++y) {
    for (int32_t x = 0; x < layer.Slots(layer.x); ++x) {
      const GemmPart part = layer.Part(y, x, 0, 0);
      for (int32_t group = 0; group < part.groups; ++group, prepared += GemmGroupBytes(part))
        PrepareGroup(layer, part, group, filter, raise, prepared);
    }
  }
}

size_t GemmScratchBytes(const GemmLayer& layer, size_t element_bytes) {
  std::ptrdiff_t size = 0;
  for (int32_t y = 0; y < layer.Slots(layer.y); ++y) {
    for (int32_t x = 0; x < layer.Slots(layer.x); ++x) {
      // The first and the last phase have all the numbers of pixels there are.
      for (const int32_t first_y : {int32_t{0}, layer.EndOfFirstPixels(layer.y) - 1}) {
        for (const int32_t first_x : {int32_t{0}, layer.EndOfFirstPixels(layer.x) - 1}) {
          size = std::max(size, MakeGemmPanel(layer.Part(y, x, first_y, first_x)).size);
        }
      }
    }
  }
  return static_cast<size_t>(size) * element_bytes;
}

}  // namespace moonlet
