// What only a host looks at: a device has no room for it.
#include "engine/npu/check.h"
#include "engine/npu/disassemble.h"

namespace moonlet::npu {
namespace {

Status OnlyOnHost() { return Status::Unsupported("only a host looks into command streams"); }

}  // namespace

Status CheckPayload(std::span<const uint8_t>, Regions) { return OnlyOnHost(); }
Status CheckStream(std::span<const uint8_t>, const Config&, Regions) { return OnlyOnHost(); }
Status Disassemble(std::span<const uint8_t>, StreamLines&) { return OnlyOnHost(); }

}  // namespace moonlet::npu
