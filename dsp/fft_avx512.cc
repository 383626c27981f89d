#include "dsp/fft_lanes_x86.h"
#include "dsp/fft_passes.h"

namespace moonlet::dsp::avx512 {
const FftKernels kFft = kTable;
}  // namespace moonlet::dsp::avx512
