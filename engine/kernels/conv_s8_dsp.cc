// CONV_2D with the DSP extension: four patches at a time.
#include <algorithm>
#include <cstring>

#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/product_tiles_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::armdsp {
namespace {

// Where an output pixel reads.
struct ConvPatch {
  const int8_t* image;
  Axis::Taps y;
  Axis::Taps x;
};

// Gives the patches of a layer as rows of bytes: filter row, column, channel.
class ConvPatches {
 public:
  explicit ConvPatches(const ConvS8Params& p)
      : y_(p.window.y),
        x_(p.window.x),
        channels_(p.in_channels),
        depth_(p.in_channels / p.groups),
        joined_(p.groups == 1 && x_.dilation == 1),
        zero_(static_cast<int8_t>(p.input_zero)) {}

  std::ptrdiff_t size() const { return std::ptrdiff_t{y_.kernel} * x_.kernel * depth_; }

  ConvPatch At(const int8_t* input, std::ptrdiff_t pixel) const {
    const std::ptrdiff_t row = pixel / x_.output;
    const std::ptrdiff_t image = row / y_.output;
    return {input + image * y_.input * x_.input * channels_,
            y_.TapsAt(static_cast<int32_t>(row - image * y_.output)),
            x_.TapsAt(static_cast<int32_t>(pixel - row * x_.output))};
  }

  // n bytes of a patch from the byte `from` on: where they lie, or gathered in `room`.
  const int8_t* Bytes(const ConvPatch& patch, std::ptrdiff_t from, std::ptrdiff_t n,
                      int8_t* room) const {
    if (y_.kernel == 1 && joined_ && IsInside(patch)) return RunAt(patch, 0, 0) + from;
    Gather(patch, from, n, room);
    return room;
  }

 private:
  bool IsInside(const ConvPatch& patch) const {
    return patch.x.last - patch.x.first == x_.kernel && patch.y.last > patch.y.first;
  }

  const int8_t* RunAt(const ConvPatch& patch, int32_t ky, int32_t kx) const {
    const std::ptrdiff_t row = std::ptrdiff_t{patch.y.origin + ky * y_.dilation} * x_.input;
    return patch.image + (row + patch.x.origin + kx * x_.dilation) * channels_;
  }

  // Taps outside the image are the zero point. Neighbouring taps of a filter row are one run of
  // memory, unless dilation or groups tear them apart.
  void Gather(const ConvPatch& patch, std::ptrdiff_t from, std::ptrdiff_t n, int8_t* room) const {
    const int32_t columns = patch.x.last - patch.x.first;
    const int32_t rows = patch.y.last - patch.y.first;
    if (columns < x_.kernel || rows < y_.kernel) std::fill_n(room, n, zero_);
    if (columns == 0) return;
    const int32_t step = joined_ ? columns : 1;
    for (int32_t ky = patch.y.first; ky < patch.y.last; ++ky) {
      for (int32_t kx = patch.x.first; kx < patch.x.last; kx += step) {
        const std::ptrdiff_t at = (std::ptrdiff_t{ky} * x_.kernel + kx) * depth_;
        const std::ptrdiff_t first = std::max(at, from);
        const std::ptrdiff_t last = std::min<std::ptrdiff_t>(at + step * depth_, from + n);
        if (first >= last) continue;
        std::memcpy(room + (first - from), RunAt(patch, ky, kx) + (first - at),
                    static_cast<size_t>(last - first));
      }
    }
  }

  const Axis& y_;
  const Axis& x_;
  std::ptrdiff_t channels_;
  std::ptrdiff_t depth_;  // input channels that one output channel reads
  bool joined_;
  int8_t zero_;
};

// The outputs of kPatches neighbouring pixels. False: stopped.
template <int kPatches>
bool ConvTile(const ConvS8Params& p, const ConvPatches& patches, const Products& layer,
              const int8_t* input, std::ptrdiff_t pixel, int8_t* output, WorkMeter& meter) {
  ConvPatch at[kPatches];
  for (int i = 0; i < kPatches; ++i) at[i] = patches.At(input, pixel + i);
  const int32_t group_outputs = p.out_channels / p.groups;
  for (int32_t c = 0; c < p.out_channels; c += group_outputs) {
    const auto bytes = [&](int i, std::ptrdiff_t from, std::ptrdiff_t n, int8_t* room) {
      return patches.Bytes(at[i], from, n, room);
    };
    if (!MultiplyTile<kPatches>(layer, c, c + group_outputs, bytes, output + pixel * p.out_channels,
                                p.out_channels, meter))
      return false;
    for (ConvPatch& patch : at) patch.image += p.in_channels / p.groups;
  }
  return true;
}

}  // namespace

bool ConvS8(const ConvS8Params& p, const int8_t* input, const LayerS8& layer, int8_t* output,
            Share share, const StopToken& stop) {
  const ConvPatches patches(p);
  const Products products = {layer.weights, patches.size(), 0,
                             ChannelConstants(layer.prepared, p.out_channels), p.output};
  const auto pixels = int64_t{p.window.batches} * p.window.y.output * p.window.x.output;
  const auto last = static_cast<std::ptrdiff_t>(pixels * (share.index + 1) / share.count);
  WorkMeter meter(stop);
  auto pixel = static_cast<std::ptrdiff_t>(pixels * share.index / share.count);
  while (pixel < last) {
    const int width = last - pixel >= 4 ? 4 : 1;
    const auto tile = width == 4 ? ConvTile<4> : ConvTile<1>;
    if (!tile(p, patches, products, input, pixel, output, meter)) return false;
    pixel += width;
  }
  return true;
}

}  // namespace moonlet::armdsp
