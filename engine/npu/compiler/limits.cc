#include "engine/npu/compiler/limits.h"

#include <algorithm>

namespace moonlet::npu {
namespace {

constexpr int32_t kMaxSide = 65536, kMaxStride = 3, kMaxKernelRows = 64, kMaxKernelTaps = 4096;
constexpr int32_t kMaxPoolRows = 256, kMaxPoolTaps = 65536, kMaxPaddedPool = 8;

Status CheckSides(const char* role, const FeatureMap& map) {
  if (std::max({map.height, map.width, map.depth}) <= kMaxSide &&
      std::min({map.height, map.width, map.depth}) >= 1)
    return Status();
  return Status::Unsupported("%s of %d rows, %d columns, %d channels: the most is %d of each", role,
                             map.height, map.width, map.depth, kMaxSide);
}

Status CheckKernel(const Operation& op) {
  const Kernel& k = op.kernel;
  if (k.stride_y > kMaxStride || k.stride_x > kMaxStride)
    return Status::Unsupported("strides %d, %d: the most is %d", k.stride_y, k.stride_x,
                               kMaxStride);
  if (k.dilation_y > 2 || k.dilation_x > 2)
    return Status::Unsupported("dilations %d, %d: the most is 2", k.dilation_y, k.dilation_x);
  const bool pool = op.kind == OperationKind::kPool;
  const int32_t rows = k.dilated_height();
  const int64_t taps = int64_t{rows} * k.dilated_width();
  if (!pool) {
    if (Status s = CheckTaps(rows, k.dilated_width()); !s.ok()) return s;
  } else if (rows > kMaxPoolRows || taps > kMaxPoolTaps) {
    return Status::Unsupported("a window of %d rows, %d columns is too large", rows,
                               k.dilated_width());
  }
  const Padding& p = op.padding;
  if (std::max(p.top, p.left) > 127 || std::max(p.right, p.bottom) > 128)
    return Status::Unsupported("padding %d, %d, %d, %d: the most is 127", p.top, p.left, p.right,
                               p.bottom);
  const bool divided = pool && op.pool == PoolMode::kAverage && !op.global_scale;
  if (divided && std::max(k.height, k.width) > kMaxPaddedPool)
    return Status::Unsupported("a padded average over %d x %d: the most is 8 x 8", k.height,
                               k.width);
  return Status();
}

}  // namespace

Status CheckTaps(int64_t rows, int64_t columns) {
  if (rows <= kMaxKernelRows && columns <= kMaxKernelTaps / rows) return Status();
  return Status::Unsupported("a kernel of %lld rows, %lld columns is too large",
                             static_cast<long long>(rows), static_cast<long long>(columns));
}

Status CheckMadeFilter(int64_t rows, int64_t columns, int64_t channels) {
  constexpr int64_t kMost = 1 << 24;
  if (Status s = CheckTaps(rows, columns); !s.ok()) return s;
  if (channels <= kMost / (rows * columns)) return Status();
  return Status::Unsupported("%lld x %lld taps of %lld channels are too many",
                             static_cast<long long>(rows), static_cast<long long>(columns),
                             static_cast<long long>(channels));
}

Status CheckLimits(const Operation& op) {
  Status s = CheckSides("an input", op.ifm);
  if (s.ok()) s = CheckSides("an output", op.ofm);
  if (s.ok() && op.kind != OperationKind::kElementwise) s = CheckKernel(op);
  return s;
}

}  // namespace moonlet::npu
