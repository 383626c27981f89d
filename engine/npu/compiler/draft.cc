#include "engine/npu/compiler/draft.h"

#include <cstring>

namespace moonlet::npu {
namespace {

constexpr size_t kSmall = 16;  // bytes worth looking for

}  // namespace

uint32_t AddToBlob(const void* bytes, size_t size, std::vector<uint8_t>* blob) {
  for (size_t at = 0; size <= kSmall && at + size <= blob->size(); at += kUnitAlignment)
    if (std::memcmp(blob->data() + at, bytes, size) == 0) return static_cast<uint32_t>(at);
  const size_t at = (blob->size() + kUnitAlignment - 1) / kUnitAlignment * kUnitAlignment;
  const auto* first = static_cast<const uint8_t*>(bytes);
  blob->resize(at);
  blob->insert(blob->end(), first, first + size);
  return static_cast<uint32_t>(at);
}

}  // namespace moonlet::npu
