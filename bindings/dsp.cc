// bindings/dsp.cc - module `dsp`: its parts, each in a file of its own.
#include "bindings/dsp_block.h"
#include "bindings/dsp_fft.h"
#include "bindings/dsp_parts.h"

namespace moonlet {
namespace {

const std::span<const Entry> kDspParts[] = {
    kDspFft,       kDspTransforms, kDspComplex,  kDspSpectra,  kDspConvolve,  kDspWavelets,
    kDspFixedFft,  kDspWindows,    kDspDesigns,  kDspSections, kDspResponses, kDspFir,
    kDspSavgol,    kDspFirBlocks,  kDspBlocks,   kDspChain,    kDspFrames,    kDspRing,
    kDspFiltering, kDspResampling, kDspFeatures, kDspSound,    kDspChanges,   kDspMeasures,
    kDspShapes,    kDspPeaks,      kDspMotion};
constexpr const Class* kDspClasses[] = {&kBlockClass, &kFftPlanClass, &kFramesClass, &kRingClass};

}  // namespace

extern const Module kDspModule;
const Module kDspModule = {
    "dsp",
    Doc("Signals: transforms, filters and their design, features, streaming blocks that allocate "
        "nothing per frame."),
    kDspParts, kDspClasses, nullptr};

}  // namespace moonlet
