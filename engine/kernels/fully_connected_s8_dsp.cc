// FULLY_CONNECTED with the DSP extension: a row of the input with four filters at a time, or four
// rows with one.
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/product_tiles_dsp.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::armdsp {

bool FullyConnectedS8(const FullyConnectedS8Params& p, const int8_t* input, const LayerS8& layer,
                      int8_t* output, Share share, const StopToken& stop) {
  const Products products = {layer.weights, p.depth, p.filter_zero,
                             ChannelConstants(layer.prepared, p.outputs), p.output};
  const auto last = static_cast<int32_t>(int64_t{p.batches} * (share.index + 1) / share.count);
  auto row = static_cast<int32_t>(int64_t{p.batches} * share.index / share.count);
  WorkMeter meter(stop);
  const auto bytes = [&](int i, std::ptrdiff_t from, std::ptrdiff_t, int8_t*) {
    return input + std::ptrdiff_t{row + i} * p.depth + from;
  };
  for (int width; row < last; row += width) {
    width = last - row >= 4 ? 4 : 1;
    const auto tile =
        width == 4 ? MultiplyTile<4, decltype(bytes)> : MultiplyTile<1, decltype(bytes)>;
    int8_t* const out = output + std::ptrdiff_t{row} * p.outputs;
    if (!tile(products, 0, p.outputs, bytes, out, p.outputs, meter)) return false;
  }
  return true;
}

}  // namespace moonlet::armdsp
