#include "engine/npu/weights.h"

#include <algorithm>
#include <cstring>

#include "engine/npu/mlw.h"
#include "engine/npu/weight_order.h"

namespace moonlet::npu {
namespace {

constexpr int kMostPlaces = 8;  // of a run
constexpr int kBiasBytes = 5;
constexpr int kBiasBits = 8 * kBiasBytes;
constexpr uint8_t kShiftMask = 0x3F;

// Hands out the stream's weights in pieces of one size, which divides that of the buffer.
class WeightSource {
 public:
  WeightSource(std::span<const uint8_t> stream, int32_t piece)
      : reader_(stream), piece_(static_cast<size_t>(piece)) {}

  // Null when less than a piece is left.
  Status Next(const int16_t** piece) {
    *piece = nullptr;
    if (begin_ == end_)
      if (Status s = Refill(); !s.ok()) return s;
    if (end_ - begin_ < piece_) return Status();
    *piece = buffer_ + begin_;
    begin_ += piece_;
    return Status();
  }
  bool empty() const { return begin_ == end_; }
  int64_t read() const { return read_; }
  int64_t taken() const { return read_ - static_cast<int64_t>(end_ - begin_); }

 private:
  Status Refill() {
    begin_ = 0;
    Status s = reader_.Read(buffer_, &end_);
    read_ += static_cast<int64_t>(end_);
    return s;
  }

  MlwReader reader_;
  size_t piece_;
  int16_t buffer_[256];
  size_t begin_ = 0;
  size_t end_ = 0;
  int64_t read_ = 0;
};

int64_t Multiplied(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

class WeightMemory final : public WeightSink {
 public:
  explicit WeightMemory(int16_t* memory) : memory_(memory) {}
  void Put(int64_t index, const int16_t* weights, int32_t count) override {
    std::copy_n(weights, count, memory_ + index);
  }

 private:
  int16_t* memory_;
};

Status CheckPadding(const WeightRun& run, const int16_t* places, int64_t at) {
  for (int32_t i = 0; i < run.padding; ++i)
    if (places[run.count + i] != 0)
      return Status::Invalid("weight stream: place %d is padding, but holds %d, not 0",
                             static_cast<int>(at + run.count + i),
                             static_cast<int>(places[run.count + i]));
  return Status();
}

}  // namespace

int64_t WeightCount(const Operation& operation) {
  const int64_t taps = int64_t{operation.kernel.height} * operation.kernel.width;
  const int64_t in = operation.kind == OperationKind::kDepthwise ? 1 : operation.ifm.depth;
  return Multiplied(Multiplied(taps, in), operation.ofm.depth);
}

Status DecodeWeights(const Operation& operation, const Config& config,
                     std::span<const uint8_t> stream, WeightSink* sink) {
  if (operation.parallel_cores > 1)
    return Status::Unsupported("weight stream: shared by two cores");
  const WeightOrder order(operation, config);
  WeightSource source(stream, order.run_places());
  const int16_t* places = nullptr;
  Status walked = order.Walk([&](const WeightRun& run) {
    if (Status s = source.Next(&places); !s.ok()) return s;
    if (places == nullptr)
      return Status::Invalid("weight stream: ends after %d symbols, more are needed",
                             static_cast<int>(source.read()));
    if (run.count > 0) sink->Put(run.index, places, run.count);
    if (run.padding == 0) return Status();
    return CheckPadding(run, places, source.taken() - order.run_places());
  });
  if (!walked.ok()) return walked;
  const int64_t needed = source.taken();
  if (Status s = source.Next(&places); !s.ok()) return s;
  if (places == nullptr && source.empty()) return Status();
  return Status::Invalid("weight stream: more than the %d symbols that are needed",
                         static_cast<int>(needed));
}

Status DecodeWeights(const Operation& operation, const Config& config,
                     std::span<const uint8_t> stream, std::span<int16_t> weights) {
  const int64_t count = WeightCount(operation);
  if (static_cast<uint64_t>(count) != weights.size())
    return Status::Invalid("weight stream: %d places for %d weights",
                           static_cast<int>(weights.size()), static_cast<int>(count));
  WeightMemory memory(weights.data());
  return DecodeWeights(operation, config, stream, &memory);
}

ScaleRecord ReadScaleRecord(const uint8_t* bytes) {
  uint64_t bias = 0;
  std::memcpy(&bias, bytes, kBiasBytes);
  ScaleRecord record;
  record.bias = static_cast<int64_t>(bias << (64 - kBiasBits)) >> (64 - kBiasBits);
  std::memcpy(&record.scale.multiplier, bytes + kBiasBytes, sizeof(uint32_t));
  record.scale.shift = bytes[kScaleRecordBytes - 1] & kShiftMask;
  return record;
}

void WriteScaleRecord(const ScaleRecord& record, uint8_t* bytes) {
  std::memcpy(bytes, &record.bias, kBiasBytes);
  std::memcpy(bytes + kBiasBytes, &record.scale.multiplier, sizeof(uint32_t));
  bytes[kScaleRecordBytes - 1] = record.scale.shift & kShiftMask;
}

}  // namespace moonlet::npu
