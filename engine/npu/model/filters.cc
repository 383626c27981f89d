#include "engine/npu/model/filters.h"

#include <cstring>

#include "engine/npu/model/fast.h"

namespace moonlet::npu {
namespace {

// Looks whether weights fit int8, and stores them where there is memory for it.
class NarrowSink final : public WeightSink {
 public:
  explicit NarrowSink(uint8_t* memory) : memory_(reinterpret_cast<int8_t*>(memory)) {}

  void Put(int64_t index, const int16_t* weights, int32_t count) override {
    int32_t beyond = 0;
    for (int32_t i = 0; i < count; ++i) beyond |= (weights[i] + 128) & ~0xFF;
    fits_ = fits_ && beyond == 0;
    if (memory_ == nullptr) return;
    for (int32_t i = 0; i < count; ++i) memory_[index + i] = static_cast<int8_t>(weights[i]);
  }
  bool fits() const { return fits_; }

 private:
  int8_t* memory_;
  bool fits_ = true;
};

bool RecordsFitKernel(const Operation& op, const uint8_t* records) {
  for (int32_t c = 0; c < op.ofm.depth; ++c) {
    int32_t bias;
    int32_t multiplier;
    int8_t shift;
    const uint8_t* record = records + std::ptrdiff_t{c} * kScaleRecordBytes;
    if (!KernelScale(ReadScaleRecord(record), &bias, &multiplier, &shift)) return false;
  }
  return true;
}

// Biases, multipliers, then shifts of a filter's channels, for as long as a kernel prepares it.
class KernelScales {
 public:
  static size_t Bytes(int32_t channels) {
    return static_cast<size_t>(channels) * (2 * sizeof(int32_t) + sizeof(int8_t));
  }
  KernelScales(const uint8_t* records, int32_t channels, uint8_t* memory)
      : bias_(reinterpret_cast<int32_t*>(memory)),
        multiplier_(bias_ + channels),
        shift_(reinterpret_cast<int8_t*>(multiplier_ + channels)) {
    for (int32_t c = 0; c < channels; ++c) {
      const ScaleRecord record = ReadScaleRecord(records + std::ptrdiff_t{c} * kScaleRecordBytes);
      static_cast<void>(KernelScale(record, &bias_[c], &multiplier_[c], &shift_[c]));
    }
  }
  FilterS8 With(const int8_t* weights) const {
    return {weights, Unaligned<int32_t>(bias_), ChannelScales(multiplier_, shift_)};
  }

 private:
  int32_t* bias_;
  int32_t* multiplier_;
  int8_t* shift_;
};

// A program lies at any multiple of 4, and stays there: what is prepared has room to begin where
// kernels want it.
constexpr size_t kPreparedRoom = kKernelAlignment - alignof(int32_t);
template <typename Byte>
Byte* PreparedIn(Byte* memory) {
  const uintptr_t beyond = reinterpret_cast<uintptr_t>(memory) % kKernelAlignment;
  return memory + (beyond == 0 ? 0 : kKernelAlignment - beyond);
}

}  // namespace

Filter FilterAt(const uint8_t* program, const FilterPlace& place) {
  Filter filter;
  const uint8_t* weights = program + place.weights;
  if (place.form == FilterForm::kWide)
    filter.wide = reinterpret_cast<const int16_t*>(weights);
  else
    filter.narrow = reinterpret_cast<const int8_t*>(weights);
  if (place.form == FilterForm::kKernel)
    filter.prepared = PreparedIn(program + place.scales);
  else
    filter.records = program + place.scales;
  return filter;
}

FilterLoader::Key FilterLoader::KeyOf(const Operation& op, const uint8_t* weights,
                                      const uint8_t* scales) const {
  return {weights,
          scales,
          op.weights[0].length,
          op.kind,
          op.kernel,
          op.ifm.depth,
          op.ofm.depth,
          op.block.depth,
          op.ifm.element.bytes,
          kernels_ && KernelHas(op),
          IsFullyConnected(op),
          op.ifm.zero_point,
          op.ifm.width,
          op.ofm.width,
          op.padding.left};
}

Status FilterLoader::Load(const Operation& op, const uint8_t* weights, const uint8_t* scales,
                          FilterPlace* place) {
  const Key key = KeyOf(op, weights, scales);
  for (int i = 0; i < count_; ++i) {
    if (known_[i].key != key) continue;
    *place = known_[i].place;
    return Status();
  }
  const auto length = static_cast<size_t>(op.weights[0].length);
  if (Status s = Decode(op, {weights, length}, place); !s.ok())
    return Status::Error(s.code(), "word %u %s: %s", static_cast<unsigned>(op.word), NameOf(op),
                         s.what());
  if (place->form == FilterForm::kNarrow && key.kernel_has && RecordsFitKernel(op, scales))
    place->form = FilterForm::kKernel;
  if (place->form == FilterForm::kKernel)
    Prepare(op, scales, place);
  else
    CopyRecords(op, scales, place);
  Known& known = known_[count_ < kMost ? count_++ : oldest_++ % kMost];
  known = {key, *place};
  return Status();
}

Status FilterLoader::Decode(const Operation& op, std::span<const uint8_t> weights,
                            FilterPlace* place) {
  const int64_t count = WeightCount(op);
  if (count > kMostWeights - decoded_)
    return Status::Unsupported("more than %d weights in all", static_cast<int>(kMostWeights));
  decoded_ += count;
  const size_t at = memory_.Next(alignof(int16_t));
  NarrowSink sink(memory_.At(at, static_cast<size_t>(count)));
  if (Status s = DecodeWeights(op, config_, weights, &sink); !s.ok()) return s;
  if (!sink.fits()) return DecodeWide(op, weights, place);
  memory_.Take(static_cast<size_t>(count), alignof(int16_t));
  *place = {static_cast<uint32_t>(at), 0, FilterForm::kNarrow};
  return Status();
}

Status FilterLoader::DecodeWide(const Operation& op, std::span<const uint8_t> weights,
                                FilterPlace* place) {
  const auto count = static_cast<size_t>(WeightCount(op));
  const size_t at = memory_.Take(count * sizeof(int16_t), alignof(int16_t));
  *place = {static_cast<uint32_t>(at), 0, FilterForm::kWide};
  uint8_t* memory = memory_.At(at, count * sizeof(int16_t));
  if (memory == nullptr) return Status();
  return DecodeWeights(op, config_, weights, std::span(reinterpret_cast<int16_t*>(memory), count));
}

void FilterLoader::CopyRecords(const Operation& op, const uint8_t* records, FilterPlace* place) {
  const size_t bytes = static_cast<size_t>(op.ofm.depth) * kScaleRecordBytes;
  const size_t at = memory_.Take(bytes, alignof(int32_t));
  place->scales = static_cast<uint32_t>(at);
  if (uint8_t* memory = memory_.At(at, bytes)) std::memcpy(memory, records, bytes);
}

void FilterLoader::Prepare(const Operation& op, const uint8_t* records, FilterPlace* place) {
  const size_t bytes = KernelPreparedBytes(op) + kPreparedRoom;
  const size_t at = memory_.Take(bytes, alignof(int32_t));
  place->scales = static_cast<uint32_t>(at);
  const size_t scale_bytes = KernelScales::Bytes(op.ofm.depth);
  const size_t scales_at = memory_.Borrow(scale_bytes, alignof(int32_t));
  uint8_t* memory = memory_.At(at, bytes);
  uint8_t* scales = memory_.At(scales_at, scale_bytes);
  const auto count = static_cast<size_t>(WeightCount(op));
  const uint8_t* weights = memory_.At(place->weights, count);
  if (memory == nullptr || scales == nullptr || weights == nullptr) return;
  const KernelScales kernel_scales(records, op.ofm.depth, scales);
  PrepareKernel(op, kernel_scales.With(reinterpret_cast<const int8_t*>(weights)),
                PreparedIn(memory));
}

}  // namespace moonlet::npu
