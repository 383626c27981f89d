// engine/kernels/gemm_s8_walk.h - the way of a gemm_s8.h kernel through its layer: from panel to
// panel, there group by group, tile of pixels by tile, bundle of channels by bundle.
//
// `Machine` is a class of the file that is compiled for an instruction set. It has
//   Element              of a panel; what a tile reads
//   kMostPixels          of a tile
//   Registers            made before a part's tiles and gone after them
//   kRaise               what PrepareGemm was told
//   TilePixels(blocks, alone)   how many pixels its tiles have for that many blocks: fewer where
//                        others compute some of them
//   Copy(from, count, to), Fill(zero, count, to)   of a panel; may write a vector more
//   Sum(pixel, count)    of elements
//   Tile(tile, output)   computes a GemmTile
// All here is a template over it, so that no code compiled for one machine is another's.
#pragma once
#include "engine/kernels/gemm_s8.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {

// Pixels of one part by a bundle of its channels.
template <typename Element, int32_t kMostPixels>
struct GemmTile {
  // With room for what is written before it is known to be of another row.
  const Element* patches[2 * kMostPixels];  // beyond `pixels` the last one's
  int8_t* outputs[2 * kMostPixels];         // of the pixel's first channel of the group
  int32_t starts[kMostPixels];              // what a pixel's sums have besides their biases
  bool has_starts;
  bool dense;  // outputs of one block are all there are: pixel after pixel, they lie together
  int32_t pixels;
  // Where a patch has its runs.
  int32_t run_rows;
  int32_t run_columns;
  std::ptrdiff_t run_quads;
  std::ptrdiff_t row_step;
  std::ptrdiff_t column_step;
  std::ptrdiff_t patch_step;  // from one to the next of a row
  // Of the bundle.
  int32_t first_channel;
  int32_t channels;
  int32_t bundle_blocks;
  const ChannelBlock* blocks;
  const int8_t* weights;
};

[[gnu::always_inline]] inline int32_t GemmLeast(std::ptrdiff_t a, std::ptrdiff_t b) {
  return static_cast<int32_t>(a < b ? a : b);
}

// A share of `count` things. Here as elsewhere, divisions are left out where the common case has
// none: they would take as long as a small layer.
struct GemmRange {
  int64_t begin;
  int64_t end;

  [[gnu::always_inline]] GemmRange(int64_t count, Share share)
      : begin(share.index == 0 ? 0 : count * share.index / share.count),
        end(share.count == 1 ? count : count * (share.index + 1) / share.count) {}
};

// The pixels of one image's output that a panel serves.
struct GemmPixels {
  int32_t batch;
  int32_t first_y;
  int32_t first_x;
  int32_t rows;
  int32_t columns;
};

// Of machines whose registers need no preparation.
struct NoGemmRegisters {
  [[gnu::always_inline]] NoGemmRegisters(std::ptrdiff_t /*run_quads*/, int32_t /*pixels*/) {}
};

template <typename Machine>
class GemmWalk {
 public:
  using Element = typename Machine::Element;

  [[gnu::always_inline]] GemmWalk(const GemmLayer& layer, const GemmPart& part, const int8_t* input,
                                  const uint8_t* prepared, uint8_t* scratch, int8_t* output)
      : layer_(layer),
        part_(part),
        input_(input),
        prepared_(prepared),
        scratch_(reinterpret_cast<Element*>(scratch)),
        output_(output),
        runs_(part),
        panel_(MakeGemmPanel(part)),
        group_bytes_(GemmGroupBytes(part)),
        registers_(runs_.run_quads(), panel_.rows * panel_.columns) {
    tile_.has_starts = layer.filter_zero != 0;
    tile_.dense =
        part.out_step_y == 1 && part.out_step_x == 1 && part.out_channels == kChannelBlock;
    tile_.run_rows = runs_.rows;
    tile_.run_columns = runs_.columns;
    tile_.run_quads = runs_.run_quads();
    tile_.row_step = part.y.dilation * panel_.row_size;
    tile_.column_step = std::ptrdiff_t{part.x.dilation} * part.in_channels;
    tile_.patch_step = std::ptrdiff_t{part.x.stride} * part.in_channels;
    depth_ = runs_.quads() * kQuad;
    for (int32_t i = 0; i < kMostPixels; ++i) {
      patch_offsets_[i] = i * tile_.patch_step;
      output_offsets_[i] = i * (std::ptrdiff_t{part.out_step_x} * part.out_channels);
    }
  }

  // False when the token ended it. Many rows are shared by rows; few, panel by panel.
  bool Run(Share share, WorkMeter& meter) {
    const int64_t rows = int64_t{layer_.batches} * part_.y.output;
    const bool by_rows = rows >= kRowsPerShare * int64_t{share.count};
    const GemmRange mine = by_rows ? GemmRange(rows, share) : GemmRange(rows, {});
    const Share units = by_rows ? Share{} : share;
    for (int64_t row = mine.begin; row < mine.end;) {
      GemmPixels at;
      at.batch = row == 0 ? 0 : static_cast<int32_t>(row / part_.y.output);
      at.first_y = static_cast<int32_t>(row - int64_t{at.batch} * part_.y.output);
      at.rows = GemmLeast(GemmLeast(panel_.rows, part_.y.output - at.first_y), mine.end - row);
      for (at.first_x = 0; at.first_x < part_.x.output; at.first_x += panel_.columns) {
        at.columns = GemmLeast(panel_.columns, part_.x.output - at.first_x);
        CopyPanel(at);
        if (!RunPanel(at, units, meter)) return false;
      }
      row += at.rows;
    }
    return true;
  }

 private:
  static constexpr int32_t kMostPixels = Machine::kMostPixels;
  // Fewer would divide badly.
  static constexpr int64_t kRowsPerShare = 4;

  // Copies what the pixels read.
  void CopyPanel(const GemmPixels& at) {
    const std::ptrdiff_t y = std::ptrdiff_t{at.first_y} * part_.y.stride - part_.y.pad;
    const std::ptrdiff_t x = std::ptrdiff_t{at.first_x} * part_.x.stride - part_.x.pad;
    const std::ptrdiff_t height = GemmReach(part_.y, at.rows);
    const std::ptrdiff_t width = GemmReach(part_.x, at.columns);
    const std::ptrdiff_t image_row = std::ptrdiff_t{part_.x.input} * part_.in_channels;
    const std::ptrdiff_t first =
        (at.batch * std::ptrdiff_t{part_.y.input} + y) * image_row + x * part_.in_channels;
    // Columns of the panel that are in the image.
    const std::ptrdiff_t left = x < 0 ? GemmLeast(-x, width) : 0;
    const std::ptrdiff_t right = part_.x.input - x;
    const std::ptrdiff_t last = right < left ? left : GemmLeast(right, width);
    const auto zero = static_cast<int8_t>(layer_.input_zero);
    const std::ptrdiff_t channels = part_.in_channels;
    Element* row = scratch_;
    for (std::ptrdiff_t i = 0; i < height; ++i, row += panel_.row_size) {
      const bool inside = y + i >= 0 && y + i < part_.y.input && last > left;
      if (!inside) {
        Machine::Fill(zero, width * channels, row);
        continue;
      }
      Machine::Fill(zero, left * channels, row);
      Machine::Copy(input_ + first + i * image_row + left * channels, (last - left) * channels,
                    row + left * channels);
      Machine::Fill(zero, (width - last) * channels, row + last * channels);
    }
  }

  // All groups of the channels for the pixels of the panel, or a share of that.
  bool RunPanel(const GemmPixels& at, Share share, WorkMeter& meter) {
    const int32_t pixels = at.rows * at.columns;
    const int32_t tile_pixels =
        pixels == 1 ? 1 : Machine::TilePixels(part_.blocks(), share.count == 1);
    const int32_t tiles = (pixels + tile_pixels - 1) / tile_pixels;
    const int32_t bundles = (part_.blocks() + kBundleBlocks - 1) / kBundleBlocks;
    const int64_t units = int64_t{tiles} * bundles;
    const GemmRange mine(units, share);
    if (mine.end == mine.begin) return true;
    const auto first_tile = mine.begin == 0 ? 0 : static_cast<int32_t>(mine.begin / bundles);
    const auto first_bundle = static_cast<int32_t>(mine.begin - int64_t{first_tile} * bundles);
    for (int32_t group = 0; group < part_.groups; ++group) {
      int32_t pixel = first_tile * tile_pixels;
      Place place = PlaceOf(at, pixel, group);
      int32_t bundle = first_bundle;
      for (int64_t unit = mine.end - mine.begin; unit > 0; pixel += tile_pixels) {
        SelectPixels(at, GemmLeast(tile_pixels, pixels - pixel), place);
        for (; bundle < bundles && unit > 0; ++bundle, --unit) {
          SelectBundle(group, bundle);
          if (!meter.Spend(tile_.pixels * tile_.channels * (depth_ + 1))) return false;
          Machine::Tile(tile_, layer_.output);
        }
        bundle = 0;
      }
    }
    return true;
  }

  // A pixel of the panel and where its patch and its output begin.
  struct Place {
    int32_t group;
    int32_t y;
    int32_t x;
    const Element* patch;
    int8_t* output;
  };
  [[gnu::always_inline]] Place PlaceOf(const GemmPixels& at, int32_t pixel, int32_t group) const {
    Place place;
    place.group = group;
    place.y = pixel == 0 ? 0 : pixel / at.columns;
    place.x = pixel - place.y * at.columns;
    SelectRow(at, place);
    return place;
  }
  [[gnu::always_inline]] void SelectRow(const GemmPixels& at, Place& place) const {
    place.patch = scratch_ + place.y * (part_.y.stride * panel_.row_size) +
                  place.x * patch_offsets_[1] + std::ptrdiff_t{place.group} * part_.group_inputs;
    const std::ptrdiff_t y = std::ptrdiff_t{at.batch} * layer_.out_height + part_.out_y +
                             std::ptrdiff_t{at.first_y + place.y} * part_.out_step_y;
    const std::ptrdiff_t x = part_.out_x + std::ptrdiff_t{at.first_x + place.x} * part_.out_step_x;
    place.output = output_ + (y * layer_.out_width + x) * layer_.out_channels +
                   std::ptrdiff_t{place.group} * part_.group_outputs;
  }

  // Patches and outputs of `pixels` of the panel, the next of which is at `place`.
  [[gnu::always_inline]] void SelectPixels(const GemmPixels& at, int32_t pixels, Place& place) {
    tile_.pixels = pixels;
    for (int32_t i = 0; i < pixels;) {
      const int32_t of_row = GemmLeast(pixels - i, at.columns - place.x);
      // As if all were of this row where they are few: that is quicker than to see how many are.
      const int32_t written = kMostPixels > 16 ? of_row : kMostPixels;
      for (int32_t k = 0; k < written; ++k) {
        tile_.patches[i + k] = place.patch + patch_offsets_[k];
        tile_.outputs[i + k] = place.output + output_offsets_[k];
      }
      i += of_row;
      place.x += of_row;
      place.patch += of_row * patch_offsets_[1];
      place.output += of_row * output_offsets_[1];
      if (place.x == at.columns) {
        place.x = 0;
        ++place.y;
        SelectRow(at, place);
      }
    }
    for (int32_t i = pixels; i < kMostPixels; ++i) tile_.patches[i] = tile_.patches[i - 1];
    if (tile_.has_starts) SetStarts();
  }

  // What a filter's zero point takes away: of a FULLY_CONNECTED, whose patches are one run.
  void SetStarts() {
    for (int32_t i = 0; i < tile_.pixels; ++i) {
      const auto raised = static_cast<uint32_t>(Machine::Sum(tile_.patches[i], runs_.size));
      const uint32_t sum = raised - static_cast<uint32_t>(Machine::kRaise * runs_.size);
      tile_.starts[i] = static_cast<int32_t>(-static_cast<uint32_t>(layer_.filter_zero) * sum);
    }
  }

  [[gnu::always_inline]] void SelectBundle(int32_t group, int32_t bundle) {
    const int32_t first = bundle * kBundleBlocks;
    const uint8_t* prepared = prepared_ + group * group_bytes_;
    tile_.first_channel = bundle * kBundleChannels;
    tile_.channels = GemmLeast(kBundleChannels, part_.group_outputs - tile_.first_channel);
    tile_.bundle_blocks = GemmLeast(kBundleBlocks, part_.blocks() - first);
    tile_.blocks = reinterpret_cast<const ChannelBlock*>(prepared) + first;
    tile_.weights = reinterpret_cast<const int8_t*>(prepared) +
                    part_.blocks() * static_cast<std::ptrdiff_t>(sizeof(ChannelBlock)) +
                    tile_.first_channel * depth_;
  }

  const GemmLayer& layer_;
  const GemmPart& part_;
  const int8_t* input_;
  const uint8_t* prepared_;
  Element* scratch_;
  int8_t* output_;
  const GemmRuns runs_;
  const GemmPanel panel_;
  const std::ptrdiff_t group_bytes_;
  int64_t depth_;                              // multiply-adds for one output
  std::ptrdiff_t patch_offsets_[kMostPixels];  // of pixels in a row
  std::ptrdiff_t output_offsets_[kMostPixels];
  GemmTile<Element, kMostPixels> tile_;
  [[no_unique_address]] const typename Machine::Registers registers_;
};

template <typename Machine, typename Params>
bool RunGemm(const Params& p, const int8_t* input, const LayerS8& kernel_layer, int8_t* output,
             Share share, const StopToken& stop) {
  const GemmLayer layer = MakeGemmLayer(p);
  const uint8_t* prepared = kernel_layer.prepared;
  WorkMeter meter(stop);
  const int32_t slots_y = layer.Slots(layer.y), slots_x = layer.Slots(layer.x);
  const int32_t end_y = layer.EndOfFirstPixels(layer.y), end_x = layer.EndOfFirstPixels(layer.x);
  for (int32_t slot_y = 0; slot_y < slots_y; ++slot_y) {
    for (int32_t slot_x = 0; slot_x < slots_x; ++slot_x) {
      for (int32_t y = 0; (y = layer.FirstPixel(layer.y, slot_y, y)) < end_y; ++y) {
        for (int32_t x = 0; (x = layer.FirstPixel(layer.x, slot_x, x)) < end_x; ++x) {
          const GemmPart part = layer.Part(slot_y, slot_x, y, x);
          GemmWalk<Machine> walk(layer, part, input, prepared, kernel_layer.scratch, output);
          if (!walk.Run(share, meter)) return false;
        }
      }
      prepared += GemmPartBytes(layer.Part(slot_y, slot_x, 0, 0));
    }
  }
  return true;
}

template <typename Machine, typename Params>
inline constexpr FilterKernelS8<Params> kGemmKernel = {
    Machine::kName, [](const Params& p) { return GemmPreparedBytes(MakeGemmLayer(p)); },
    [](const Params& p, const FilterS8& filter, uint8_t* prepared) {
      PrepareGemm(MakeGemmLayer(p), filter, Machine::kRaise, prepared);
    },
    [](const Params& p) {
      return GemmScratchBytes(MakeGemmLayer(p), sizeof(typename Machine::Element));
    },
    RunGemm<Machine, Params>};

}  // namespace moonlet
