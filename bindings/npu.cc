// bindings/npu.cc - module `npu`: the Ethos-U, its functional model and its driver.
#include "bindings/npu_parts.h"

namespace moonlet {
namespace {

const std::span<const Entry> kNpuParts[] = {kNpuUnitFunctions, kNpuTraceFunctions,
                                            kNpuStreamFunctions, kNpuCompileFunctions};

}  // namespace

extern const Module kNpuModule;
const Module kNpuModule = {
    "npu",
    Doc("The neural processing unit Arm Ethos-U: models that were compiled for it "
        "(`*_vela.tflite`) "
        "run like any other after `nn.load`, on a functional model or on the board's unit; here "
        "are the choice between these and a look into what they do."),
    kNpuParts,
    {},
    nullptr};

}  // namespace moonlet
