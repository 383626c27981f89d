#include "engine/tensor/mask.h"

#include <algorithm>

#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/dispatch.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

// `t` without its last axes, one element for each part; and such a part, at `data`.
Tensor Heads(const Tensor& t, int rank) {
  Tensor heads = t;
  heads.shape.rank = rank;
  return heads;
}

Tensor PartAt(const Tensor& t, int rank, void* data) {
  Tensor part = t;
  part.data = data;
  part.shape.rank = t.rank() - rank;
  std::copy(t.shape.dims + rank, t.shape.dims + t.rank(), part.shape.dims);
  std::copy(t.strides + rank, t.strides + t.rank(), part.strides);
  return part;
}

// Calls visit(part of t, part of picked) for each true element of the mask.
template <typename Visit>
Status EachPicked(const Tensor& t, const Tensor& mask, const Tensor& picked, const StopToken& stop,
                  Visit visit) {
  const Tensor heads = Heads(t, mask.rank());
  const Index size = static_cast<Index>(SizeOf(t.dtype));
  const Index next = picked.strides[0] * static_cast<Index>(SizeOf(picked.dtype));
  auto* to = static_cast<uint8_t*>(picked.data);
  const Index part_size = t.size() / std::max<Index>(1, mask.size());
  Index since = 0;
  Status status;
  const Status walked = ForEachRun({&mask, &heads}, stop, [&](const StridedRun& run) {
    const bool* chosen = run.at<const bool>(0);
    for (Index i = 0; i < run.n && status.ok(); ++i) {
      if (!chosen[i * run.step[0]]) continue;
      status = visit(PartAt(t, mask.rank(), run.data[1] + i * run.step[1] * size),
                     PartAt(picked, 1, to));
      to += next;
      since += part_size;
      if (since < kMaxRun) continue;
      since = 0;
      if (stop.raised()) status = Status::Stopped();
    }
  });
  return walked.ok() ? status : walked;
}

}  // namespace

Status CountTrue(const Tensor& mask, const StopToken& stop, Index* count) noexcept {
  Index total = 0;
  const Status status = ForEachRun({&mask}, stop, [&](const StridedRun& run) {
    const bool* chosen = run.at<const bool>(0);
    for (Index i = 0; i < run.n; ++i) total += chosen[i * run.step[0]];
  });
  *count = total;
  return status;
}

Status PickedShape(const Tensor& t, const Tensor& mask, Index count, Shape* shape) noexcept {
  if (mask.dtype != DType::kBool)
    return Status::Invalid("mask is %s, expected bool", NameOf(mask.dtype));
  const int rank = mask.rank();
  if (rank == 0 || rank > t.rank() ||
      !std::equal(mask.shape.dims, mask.shape.dims + rank, t.shape.dims)) {
    return Status::Invalid("mask has shape %s, expected %s or its leading axes",
                           TextOf(mask.shape).text, TextOf(t.shape).text);
  }
  shape->rank = t.rank() - rank + 1;
  shape->dims[0] = count;
  std::copy(t.shape.dims + rank, t.shape.dims + t.rank(), shape->dims + 1);
  return {};
}

Status Pick(const Tensor& t, const Tensor& mask, const Tensor& picked,
            const StopToken& stop) noexcept {
  if (t.size() == 0) return {};
  return EachPicked(t, mask, picked, stop,
                    [&](const Tensor& part, const Tensor& to) { return Convert(part, to, stop); });
}

Status PutPicked(const Tensor& picked, const Tensor& mask, const Tensor& t,
                 const StopToken& stop) noexcept {
  if (t.size() == 0) return {};
  return EachPicked(t, mask, picked, stop, [&](const Tensor& part, const Tensor& from) {
    return Convert(from, part, stop);
  });
}

}  // namespace moonlet
