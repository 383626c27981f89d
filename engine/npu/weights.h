// engine/npu/weights.h - the weights of one CONV or DEPTHWISE: from the compressed stream, which
// holds them in the order the hardware eats them, to filters in plain order.
//
// The plain order is that of our kernels: CONV [out][y][x][in], DEPTHWISE [y][x][channel].
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/config.h"
#include "engine/npu/operation.h"

namespace moonlet::npu {

// How many weights the operation has: out * y * x * in, or y * x * channels.
int64_t WeightCount(const Operation& operation);

// Takes decoded weights, at most 8 at a time.
class WeightSink {
 public:
  // `count` neighbours in the plain order, from place `index` on.
  virtual void Put(int64_t index, const int16_t* weights, int32_t count) = 0;

 protected:
  ~WeightSink() = default;
};

// Decodes `stream` into WeightCount places, each of them once. kInvalid: the stream ends too
// early, is malformed, has more or fewer symbols than the order has places, or a padding place is
// not 0; what the sink was given before is of no use then.
Status DecodeWeights(const Operation& operation, const Config& config,
                     std::span<const uint8_t> stream, WeightSink* sink);
// The same into memory of WeightCount weights.
Status DecodeWeights(const Operation& operation, const Config& config,
                     std::span<const uint8_t> stream, std::span<int16_t> weights);

// One output channel's record in the stream of scales: 10 bytes.
struct ScaleRecord {
  int64_t bias;  // 40 bits, signed
  Scale scale;
};
inline constexpr int kScaleRecordBytes = 10;
ScaleRecord ReadScaleRecord(const uint8_t* bytes);
void WriteScaleRecord(const ScaleRecord& record, uint8_t* bytes);

}  // namespace moonlet::npu
