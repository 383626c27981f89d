#include "engine/nn/offline_plan.h"

#include <limits>

#include "engine/nn/graph.h"
#include "engine/nn/plan.h"

namespace moonlet {
namespace {

constexpr char kOfflineName[] = "OfflineMemoryAllocation";

int64_t BytesOf(const tflite::Tensor& tensor) {
  int64_t elements = 1;
  for (uint32_t i = 0; i < Count(tensor.shape()); ++i) elements *= tensor.shape()->Get(i);
  return (elements * BitsOf(tensor.type()) + 7) / 8;
}

Status CheckOffset(uint32_t index, const tflite::Tensor& tensor, int32_t offset) {
  const PrintableName name(View(tensor.name()));
  if (offset < OfflinePlan::kAnywhere || offset % static_cast<int32_t>(kBlockAlignment) > 0)
    return Status::Invalid("%s: tensor %u '%s' at %d, expected -1 or a multiple of %u",
                           kOfflineName, index, name.text, static_cast<int>(offset),
                           static_cast<unsigned>(kBlockAlignment));
  if (BytesOf(tensor) > std::numeric_limits<int32_t>::max() - int64_t{offset})
    return Status::Invalid("%s: tensor %u '%s' at %d ends beyond 2 GiB", kOfflineName, index,
                           name.text, static_cast<int>(offset));
  return Status();
}

}  // namespace

std::span<const uint8_t> OfflinePlan::Find(std::span<const uint8_t> file,
                                           const tflite::Model& root) {
  std::span<const uint8_t> data;
  for (uint32_t i = 0; i < Count(root.metadata()); ++i) {
    const tflite::Metadata& metadata = *root.metadata()->Get(i);
    if (View(metadata.name()) != kOfflineName) continue;
    if (DataOf(file, *root.buffers()->Get(metadata.buffer()), &data)) break;
  }
  return data;
}

Status OfflinePlan::Verify(std::span<const uint8_t> file, const tflite::Model& root) {
  const std::span<const uint8_t> data = Find(file, root);
  if (data.empty()) return Status();
  const tflite::SubGraph& graph = *root.subgraphs()->Get(0);
  const uint32_t tensors = Count(graph.tensors());
  const Unaligned<int32_t> numbers(data.data());
  if (data.size() / sizeof(int32_t) < kHeader)
    return Status::Invalid("%s: %zu bytes", kOfflineName, data.size());
  if (numbers[0] != 0)
    return Status::Invalid("%s: version %d, expected 0", kOfflineName,
                           static_cast<int>(numbers[0]));
  if (numbers[2] < 0 || static_cast<uint32_t>(numbers[2]) != tensors ||
      data.size() / sizeof(int32_t) - kHeader < tensors)
    return Status::Invalid("%s: %d offsets in %zu bytes for %u tensors", kOfflineName,
                           static_cast<int>(numbers[2]), data.size(),
                           static_cast<unsigned>(tensors));
  for (uint32_t i = 0; i < tensors; ++i)
    if (Status s = CheckOffset(i, *graph.tensors()->Get(i), numbers[kHeader + i]); !s.ok())
      return s;
  return Status();
}

OfflinePlan::OfflinePlan(const Model& model) {
  const std::span<const uint8_t> data = Find(model.bytes().span(), *model.root());
  if (data.empty()) return;
  numbers_ = Unaligned<int32_t>(data.data());
  count_ = numbers_[2];
}

}  // namespace moonlet
