#include "bindings/dsp_parts.h"

namespace moonlet {

const std::span<const Entry> kDspTransforms = {};

}  // namespace moonlet
