#include "engine/kernels/filter_s8_device.h"
#include "engine/kernels/filter_s8_dsp.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/work_meter.h"

namespace moonlet::device {
namespace {

size_t FullyConnectedPreparedBytes(const FullyConnectedS8Params& p) {
  return ChannelConstants::Bytes(p.outputs);
}

void FullyConnectedPrepare(const FullyConnectedS8Params& p, const FilterS8& filter,
                           uint8_t* prepared) {
  MakeChannelConstants(filter, p.outputs, {p.depth, 1, p.depth}, p.input_zero, p.filter_zero,
                       prepared);
}

size_t FullyConnectedScratchBytes(const FullyConnectedS8Params&) { return 0; }

[[maybe_unused]] bool FullyConnectedPlain(const FullyConnectedS8Params& p, const int8_t* input,
                                          const LayerS8& layer, int8_t* output, Share share,
                                          const StopToken& stop) {
  if (share.index > 0) return true;
  const ChannelConstants constants(layer.prepared, p.outputs);
  WorkMeter meter(stop);
  for (int32_t n = 0; n < p.batches; ++n, input += p.depth) {
    const int8_t* w = layer.weights;
    for (int32_t c = 0; c < p.outputs; ++c, w += p.depth) {
      if (!meter.Spend(p.depth)) return false;
      const int32_t sum = scalar::OffsetDot(input, 0, w, p.filter_zero, p.depth);
      *output++ = FinishChannel(WrapAdd(sum, constants.bias()[c]), constants, c, p.output);
    }
  }
  return true;
}

}  // namespace

#if defined(__ARM_FEATURE_MVE)
const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 = {
    "helium", FullyConnectedPreparedBytes, FullyConnectedPrepare, FullyConnectedScratchBytes,
    mve::FullyConnectedS8};
#elif defined(__ARM_FEATURE_DSP)
const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 = {
    "dsp", FullyConnectedPreparedBytes, FullyConnectedPrepare, FullyConnectedScratchBytes,
    armdsp::FullyConnectedS8};
#else
const FilterKernelS8<FullyConnectedS8Params> kFullyConnectedS8 = {
    "plain", FullyConnectedPreparedBytes, FullyConnectedPrepare, FullyConnectedScratchBytes,
    FullyConnectedPlain};
#endif

}  // namespace moonlet::device
