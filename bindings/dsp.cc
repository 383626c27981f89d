// bindings/dsp.cc - module `dsp`: its parts, each in a file of its own.
#include "bindings/dsp_block.h"
#include "bindings/dsp_parts.h"

namespace moonlet {
namespace {

const std::span<const Entry> kDspParts[] = {
    kDspTransforms, kDspWindows, kDspDesigns, kDspSections, kDspResponses,
    kDspFirBlocks,  kDspBlocks,  kDspStreams, kDspFeatures, kDspMeasures,
    kDspShapes,     kDspPeaks,   kDspMotion};
constexpr const Class* kDspClasses[] = {&kBlockClass};

}  // namespace

extern const Module kDspModule;
const Module kDspModule = {
    "dsp",
    Doc("Signals: transforms, filters and their design, features, streaming blocks that allocate "
        "nothing per frame."),
    kDspParts, kDspClasses, nullptr};

}  // namespace moonlet
