#include "engine/npu/mlw.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace moonlet::npu {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kEndMarker = 7;
constexpr uint32_t kRunsOff = 6;
constexpr uint32_t kMaxRunDivisor = 3;
constexpr uint32_t kUncompressed = 7;
constexpr uint32_t kMaxWeightDivisor = 5;
// What no index stands for.
constexpr int16_t kNoWeight = INT16_MAX;
constexpr uint32_t kMaxValue = 2 * kMaxMlwWeight + 1;
// It and all behind it are beyond the weights, whatever the palette.
constexpr uint32_t kMaxIndex = kMaxValue + 1 + kMaxMlwPalette;
// Longer than what any operation has weights.
constexpr uint32_t kMaxRunQuotient = 1U << 27;
// A window holds this many symbols of at most 9 bits.
constexpr int kSymbolsOfWindow = 6;

// A weight as the stream writes it: the sign below the magnitude. Without a branch, which would be
// taken every other time.
int16_t Signed(uint32_t value) {
  const auto magnitude = static_cast<int32_t>(value >> 1);
  const auto sign = static_cast<int32_t>(value & 1);
  return static_cast<int16_t>((magnitude ^ -sign) + sign);
}

// What three bits of a chunk's first unary code and the bits of the second one make of quotients:
// each bit is 0, or 1 and then one of the second code; 1 and 1 is 2 and says that the quotient
// goes on, unless it is truncated.
struct alignas(8) UnaryStep {
  uint8_t finished;
  uint8_t used;  // of the second code
  uint8_t quotients[3];
  uint8_t rest;  // of the unfinished one
};
constexpr int kStepBits = 3;

constexpr UnaryStep MakeUnaryStep(uint32_t first, uint32_t second, bool truncated) {
  UnaryStep step = {};
  uint32_t sum = 0;
  for (int i = 0; i < kStepBits; ++i) {
    const uint32_t one = first >> i & 1;
    const uint32_t code = one + (one & second >> step.used);
    step.used = static_cast<uint8_t>(step.used + one);
    sum += code;
    if (code == 2 && !truncated) continue;
    step.quotients[step.finished++] = static_cast<uint8_t>(sum);
    sum = 0;
  }
  step.rest = static_cast<uint8_t>(sum);
  return step;
}

struct UnarySteps {
  UnaryStep steps[2][1 << 2 * kStepBits];  // [truncated][second, first]
};

constexpr UnarySteps MakeUnarySteps() {
  UnarySteps table = {};
  for (uint32_t truncated = 0; truncated < 2; ++truncated)
    for (uint32_t second = 0; second < 1 << kStepBits; ++second)
      for (uint32_t first = 0; first < 1 << kStepBits; ++first)
        table.steps[truncated][second << kStepBits | first] =
            MakeUnaryStep(first, second, truncated != 0);
  return table;
}
constexpr UnarySteps kUnarySteps = MakeUnarySteps();

// Of twelve bits. Neither an x86-64 of old nor a Cortex-M55 has an instruction for it.
struct OnesTable {
  uint8_t ones[64];
};
constexpr OnesTable MakeOnesTable() {
  OnesTable table = {};
  for (uint32_t i = 0; i < 64; ++i) table.ones[i] = static_cast<uint8_t>(std::popcount(i));
  return table;
}
constexpr OnesTable kOnes = MakeOnesTable();
int OnesOf(uint32_t bits) { return kOnes.ones[bits & 63] + kOnes.ones[bits >> 6]; }

}  // namespace

inline void MlwReader::Bits::Fill() {
  if (next + sizeof(window) <= bytes.size()) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + next, sizeof(word));
    window |= word << have;
    next += static_cast<uint32_t>(63 - have) >> 3;
    have |= 56;
    return;
  }
  for (; have < 56; have += 8, ++next)
    if (next < bytes.size())
      window |= static_cast<uint64_t>(bytes[static_cast<size_t>(next)]) << have;
}

inline uint32_t MlwReader::Bits::Take(int count) {
  const auto taken = static_cast<uint32_t>(window & ((uint64_t{1} << count) - 1));
  window >>= count;
  have -= count;
  return taken;
}

template <typename T>
void MlwReader::Ready<T>::Compact() {
  if (begin == 0) return;
  std::copy(values + begin, values + end, values);
  end -= begin;
  begin = 0;
}

Status MlwReader::Fail(uint64_t at, const char* what) {
  ended_ = true;
  slice_ = Slice{};
  ready_weights_ = {};
  zeros_ = 0;
  return Status::Invalid("weight stream, byte %d: %s", static_cast<int>(at), what);
}

Status MlwReader::Read(std::span<int16_t> weights, size_t* count) {
  *count = 0;
  for (;;) {
    *count += HandOut(weights.subspan(*count));
    if (*count == weights.size() || ended_) return Status();
    if (Status s = SliceIsDone() ? NextSlice() : NextChunk(); !s.ok()) return s;
  }
}

bool MlwReader::SliceIsDone() const {
  return slice_.weights_parsed >= slice_.weights && slice_.runs_parsed >= slice_.runs &&
         weight_quotients_.count == 0 && run_quotients_.count == 0;
}

Status MlwReader::NextSlice() {
  for (;;) {
    bits_.Fill();
    if (bits_.left() < 3) {
      ended_ = true;
      return Status();
    }
    const uint64_t at = bits_.position() / 8;
    const uint32_t run_code = bits_.Take(3);
    if (run_code != kEndMarker) {
      slice_ = Slice{};
      slice_.at = at;
      return ReadHeader(run_code);
    }
    bits_.Take(bits_.have % 8);
    needs_palette_ = true;
  }
}

Status MlwReader::ReadHeader(uint32_t run_code) {
  if (run_code > kMaxRunDivisor && run_code != kRunsOff)
    return Fail(slice_.at, "reserved code of runs");
  slice_.weights = bits_.Take(15) + 1;
  const uint32_t weight_code = bits_.Take(3);
  if (weight_code > kMaxWeightDivisor && weight_code != kUncompressed)
    return Fail(slice_.at, "reserved code of weights");
  slice_.truncated = bits_.Take(1) != 0;
  const bool new_palette = bits_.Take(1) != 0;
  if (new_palette) {
    if (Status s = ReadPalette(); !s.ok()) return s;
  } else if (needs_palette_) {
    return Fail(slice_.at, "the first slice has no palette");
  }
  needs_palette_ = false;
  slice_.uncompressed = weight_code == kUncompressed;
  if (slice_.uncompressed)
    slice_.weight_divisor =
        palette_size_ > 0 ? static_cast<int>(std::bit_width(palette_size_ - 1)) : palette_bits_;
  else
    slice_.weight_divisor = static_cast<int>(weight_code);
  if (run_code != kRunsOff) {
    slice_.runs = slice_.weights + (new_palette ? 1 : 0);
    slice_.run_divisor = static_cast<int>(run_code);
  }
  run_is_next_ = slice_.runs > 0 && new_palette;
  weight_quotients_ = Quotients{};
  run_quotients_ = Quotients{};
  return Status();
}

Status MlwReader::ReadPalette() {
  const uint32_t direct_offset = bits_.Take(5);
  const uint32_t size = bits_.Take(5);
  palette_size_ = size > 0 ? size + 1 : 0;
  palette_bits_ = static_cast<int>(bits_.Take(3)) + 2;
  int16_t palette[kMaxMlwPalette];
  for (uint32_t i = 0; i < palette_size_; ++i) {
    bits_.Fill();
    palette[i] = Signed(bits_.Take(palette_bits_));
  }
  if (bits_.left() < 0) return Fail(slice_.at, "a palette runs over the end");
  FillWeights({palette, palette_size_}, direct_offset);
  return Status();
}

void MlwReader::FillWeights(std::span<const int16_t> palette, uint32_t direct_offset) {
  std::copy(palette.begin(), palette.end(), weight_of_);
  uint32_t value = direct_offset;
  for (size_t i = palette.size(); i <= kMaxIndex; ++i, ++value)
    weight_of_[i] = value <= kMaxValue ? Signed(value) : kNoWeight;
}

inline void MlwReader::ParseWeights(uint32_t unary0, uint32_t unary1) {
  Quotients& quotients = weight_quotients_;
  const uint32_t left = slice_.weights - slice_.weights_parsed;
  uint32_t count = kMlwChunk;
  if (slice_.uncompressed) {
    if (slice_.weight_divisor > 5) count = 8;
    std::fill_n(quotients.values, kMlwChunk, 0U);
  } else {
    // Known before the quotients are: where the next chunk lies depends on it.
    if (!slice_.truncated) count -= static_cast<uint32_t>(OnesOf(unary1));
    constexpr uint32_t kMask = (1 << kStepBits) - 1;
    const UnaryStep* steps = kUnarySteps.steps[slice_.truncated ? 1 : 0];
    uint32_t* values = quotients.values;
    uint32_t sum = quotients.unfinished;
    for (int i = 0; i < kMlwChunk / kStepBits; ++i) {
      const UnaryStep& step = steps[(unary1 & kMask) << kStepBits | (unary0 & kMask)];
      values[0] = sum + step.quotients[0];
      values[1] = step.quotients[1];
      values[2] = step.quotients[2];
      values += step.finished;
      sum = step.rest + (step.finished > 0 ? 0 : sum);
      unary0 >>= kStepBits;
      unary1 >>= step.used;
    }
    quotients.unfinished = sum;
  }
  slice_.weights_parsed += count;
  // The last chunk has more than there are weights.
  quotients.count = static_cast<int>(std::min(count, left));
}

inline void MlwReader::ParseRuns(uint32_t unary, int width) {
  Quotients& quotients = run_quotients_;
  const uint32_t left = slice_.runs - slice_.runs_parsed;
  uint32_t sum = quotients.unfinished;
  uint32_t count = 0;
  for (int i = 0; i < width; ++i) {
    const uint32_t one = unary >> i & 1;
    sum += one;
    quotients.values[count] = sum;
    count += one ^ 1;
    sum &= 0 - one;
  }
  quotients.unfinished = sum;
  slice_.runs_parsed += count;
  quotients.count = static_cast<int>(std::min(count, left));
}

// As many as a window has, though only `count` of them count: a loop of known length.
inline bool MlwReader::TakeWeights(int from, int count) {
  bits_.Fill();
  const int divisor = slice_.weight_divisor;
  const uint32_t mask = (1U << divisor) - 1;
  const uint32_t* quotients = weight_quotients_.values + from;
  int16_t* to = ready_weights_.values + ready_weights_.end;
  uint64_t window = bits_.window;
  int16_t largest = 0;
  for (int i = 0; i < kSymbolsOfWindow; ++i) {
    const uint32_t index = (quotients[i] << divisor) + (static_cast<uint32_t>(window) & mask);
    window >>= divisor;
    to[i] = weight_of_[std::min(index, kMaxIndex)];
    largest = std::max(largest, to[i]);
  }
  bits_.Take(count * divisor);
  ready_weights_.end += count;
  return largest < kNoWeight || std::find(to, to + count, kNoWeight) == to + count;
}

inline bool MlwReader::TakeRemainders() {
  ready_weights_.Compact();
  ready_runs_.Compact();
  assert(ready_weights_.end + kMlwChunk <= kReady && ready_runs_.end + kMlwChunk <= kReady);
  bool in_range = true;
  for (int i = 0; i < weight_quotients_.count; i += kSymbolsOfWindow)
    in_range = TakeWeights(i, std::min(kSymbolsOfWindow, weight_quotients_.count - i)) && in_range;
  weight_quotients_.count = 0;
  if (run_quotients_.count == 0) return in_range;
  bits_.Fill();
  for (int i = 0; i < run_quotients_.count; ++i)
    ready_runs_.values[ready_runs_.end++] =
        (run_quotients_.values[i] << slice_.run_divisor) + bits_.Take(slice_.run_divisor);
  run_quotients_.count = 0;
  return in_range;
}

Status MlwReader::NextChunk() {
  Slice& slice = slice_;
  const bool has_runs = slice.runs > 0;
  const int64_t balance = has_runs ? int64_t{slice.weights_parsed} - int64_t{slice.runs_parsed} : 0;
  const bool weights = balance < 8 && slice.weights_parsed < slice.weights;
  const bool runs = has_runs && balance >= 0 && slice.runs_parsed < slice.runs;
  const bool unary = weights && !slice.uncompressed;
  const int run_width = slice.run_divisor == 3 ? 8 : 12;

  bits_.Fill();
  const uint32_t unary0 = unary ? bits_.Take(kMlwChunk) : 0;
  const uint32_t run_unary = runs ? bits_.Take(run_width) : 0;
  const uint32_t unary1 = bits_.Take(OnesOf(unary0));
  if (!TakeRemainders()) return Fail(slice.at, "a weight out of range");
  if (weights) ParseWeights(unary0, unary1);
  if (runs) ParseRuns(run_unary, run_width);
  if (bits_.left() < 0) return Fail(slice.at, "a slice runs over the end");
  if (run_quotients_.unfinished > kMaxRunQuotient) return Fail(slice.at, "a run without end");
  if (weight_quotients_.unfinished > kMaxIndex) return Fail(slice.at, "a weight out of range");
  return Status();
}

size_t MlwReader::HandOut(std::span<int16_t> weights) {
  return slice_.runs > 0 ? HandOutRuns(weights) : HandOutWeights(weights);
}

size_t MlwReader::HandOutWeights(std::span<int16_t> weights) {
  const int16_t* from = ready_weights_.values + ready_weights_.begin;
  const auto ready = static_cast<size_t>(ready_weights_.end - ready_weights_.begin);
  const size_t count = std::min(weights.size(), ready);
  if (weights.size() >= kMlwChunk && ready <= kMlwChunk)
    std::memcpy(weights.data(), from, kMlwChunk * sizeof(*from));
  else
    std::copy_n(from, count, weights.data());
  ready_weights_.begin += static_cast<int>(count);
  return count;
}

size_t MlwReader::HandOutRuns(std::span<int16_t> weights) {
  constexpr size_t kShortRun = 8;
  size_t count = 0;
  for (;;) {
    // Most runs are short: room for zeros that the next weights overwrite saves a loop.
    if (zeros_ <= kShortRun && weights.size() - count >= kShortRun) {
      std::memset(weights.data() + count, 0, kShortRun * sizeof(int16_t));
      count += zeros_;
      zeros_ = 0;
    } else {
      const size_t zeros = std::min(weights.size() - count, static_cast<size_t>(zeros_));
      std::fill_n(weights.data() + count, zeros, int16_t{0});
      count += zeros;
      zeros_ -= static_cast<uint32_t>(zeros);
    }
    if (count == weights.size()) return count;
    if (!run_is_next_) {
      if (ready_weights_.empty()) return count;
      weights[count++] = ready_weights_.values[ready_weights_.begin++];
      run_is_next_ = true;
      if (count == weights.size()) return count;
    }
    if (ready_runs_.empty()) return count;
    zeros_ = ready_runs_.values[ready_runs_.begin++];
    run_is_next_ = false;
  }
}

}  // namespace moonlet::npu
