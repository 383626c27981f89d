#include "engine/npu/compiler/mlw_writer.h"

#include <algorithm>
#include <bit>

#include "engine/npu/compiler/mlw_plan.h"
#include "engine/npu/mlw.h"

namespace moonlet::npu {
namespace {

constexpr uint32_t kEndMarkerCode = 7;
constexpr uint32_t kRunsOffCode = 6;
constexpr uint32_t kUncompressedCode = 7;
constexpr size_t kStreamMultiple = 16;
constexpr size_t kBalance = 8;  // weights ahead of runs, at a chunk with more weights

class BitSink {
 public:
  void Put(uint32_t value, int count) {
    window_ |= static_cast<uint64_t>(value) << have_;
    for (have_ += count; have_ >= 8; have_ -= 8, window_ >>= 8)
      bytes_.push_back(static_cast<uint8_t>(window_));
  }
  size_t bits() const { return bytes_.size() * 8 + static_cast<size_t>(have_); }
  // The rest of the last byte reads as more of an end marker.
  std::vector<uint8_t> Ended() {
    Put(kEndMarkerCode, 3);
    if (have_ > 0) Put((1U << (8 - have_)) - 1, 8 - have_);
    return std::move(bytes_);
  }

 private:
  std::vector<uint8_t> bytes_;
  uint64_t window_ = 0;
  int have_ = 0;
};

// Of the symbols of one kind: their quotients as unary codes, what is written of these, and
// whose remainders are next.
struct SymbolQueue {
  std::vector<uint32_t> symbols;
  std::vector<uint8_t> codes;
  int divisor = 0;
  size_t next_code = 0;
  size_t parsed = 0;  // as the reader counts: with the unary code's surplus
  size_t owed = 0;    // symbols whose remainder goes into the next chunk
  size_t written = 0;

  bool more() const { return parsed < symbols.size(); }
  bool done() const { return !more() && owed == 0; }
  uint8_t Code(size_t i) const { return i < codes.size() ? codes[i] : uint8_t{0}; }
  void Parsed(size_t count) {
    const size_t left = symbols.size() - parsed;
    parsed += count;
    owed = std::min(count, left);
  }
  void PutRemainders(BitSink* sink, size_t count) {
    for (; count > 0; --count, ++written)
      sink->Put(symbols[written] & ((1U << divisor) - 1), divisor);
  }
};

// 2 goes on, unless quotients are truncated.
void AppendWeightCodes(uint32_t quotient, bool truncated, std::vector<uint8_t>* codes) {
  for (; !truncated && quotient >= 2; quotient -= 2) codes->push_back(2);
  codes->push_back(static_cast<uint8_t>(quotient));
}

class SliceWriter {
 public:
  SliceWriter(const MlwMode& mode, const MlwPalette& palette) : mode_(mode) {
    weights_.divisor = mode.uncompressed ? palette.plain_width() : mode.divisor;
    runs_.divisor = mode.has_runs() ? mode.run_divisor : 0;
  }

  void AddWeight(uint32_t index) {
    weights_.symbols.push_back(index);
    if (!mode_.uncompressed)
      AppendWeightCodes(index >> mode_.divisor, mode_.truncated, &weights_.codes);
  }
  void AddRun(uint32_t zeros) {
    runs_.symbols.push_back(zeros);
    runs_.codes.insert(runs_.codes.end(), zeros >> runs_.divisor, 1);
    runs_.codes.push_back(0);
  }
  size_t symbols() const { return weights_.symbols.size(); }

  void Write(BitSink* sink) {
    while (!weights_.done() || !runs_.done()) WriteChunk(sink);
  }

 private:
  void WriteChunk(BitSink* sink) {
    const bool has_runs = mode_.has_runs();
    const bool weights =
        weights_.more() && (!has_runs || weights_.parsed < runs_.parsed + kBalance);
    const bool runs = runs_.more() && weights_.parsed >= runs_.parsed;
    const size_t owed = weights_.owed, owed_runs = runs_.owed;
    weights_.owed = runs_.owed = 0;
    std::vector<uint8_t> second;
    if (weights) PutFirstBits(sink, &second);
    if (runs) PutRunBits(sink);
    for (const uint8_t bit : second) sink->Put(bit, 1);
    weights_.PutRemainders(sink, owed);
    runs_.PutRemainders(sink, owed_runs);
  }

  void PutFirstBits(BitSink* sink, std::vector<uint8_t>* second) {
    if (mode_.uncompressed) {
      weights_.Parsed(weights_.divisor > 5 ? 8 : kMlwChunk);
      return;
    }
    size_t finished = 0;
    for (int i = 0; i < kMlwChunk; ++i) {
      const uint8_t code = weights_.Code(weights_.next_code++);
      sink->Put(code > 0 ? 1 : 0, 1);
      if (code > 0) second->push_back(code - 1);
      finished += code < 2 || mode_.truncated ? 1 : 0;
    }
    weights_.Parsed(finished);
  }

  void PutRunBits(BitSink* sink) {
    size_t finished = 0;
    for (int i = 0; i < (runs_.divisor == 3 ? 8 : 12); ++i) {
      const uint8_t code = runs_.Code(runs_.next_code++);
      sink->Put(code, 1);
      finished += code == 0 ? 1 : 0;
    }
    runs_.Parsed(finished);
  }

  MlwMode mode_;
  SymbolQueue weights_;
  SymbolQueue runs_;
};

void WritePalette(const MlwPalette& palette, BitSink* sink) {
  const auto size = static_cast<uint32_t>(palette.entries.size());
  sink->Put(palette.direct_offset, 5);
  sink->Put(size > 0 ? size - 1 : 0, 5);
  sink->Put(static_cast<uint32_t>(palette.bits - 2), 3);
  for (const uint32_t entry : palette.entries) sink->Put(entry, palette.bits);
}

// A symbol is followed by a run; a new palette's first symbol stands behind one as well.
void FillWithRuns(std::span<const int16_t> weights, bool new_palette,
                  const std::vector<uint32_t>& indices, SliceWriter* writer) {
  size_t at = 0;
  const auto zeros = [&] {
    const size_t begin = at;
    while (at < weights.size() && weights[at] == 0) ++at;
    return static_cast<uint32_t>(at - begin);
  };
  if (new_palette) writer->AddRun(zeros());
  while (at < weights.size()) {
    writer->AddWeight(indices[MlwValue(weights[at++])]);
    writer->AddRun(zeros());
  }
}

void WriteSlice(std::span<const int16_t> weights, const MlwMode& mode, const MlwPalette& palette,
                bool new_palette, BitSink* sink) {
  const std::vector<uint32_t> indices = palette.Indices();
  SliceWriter writer(mode, palette);
  if (mode.has_runs())
    FillWithRuns(weights, new_palette, indices, &writer);
  else
    for (const int16_t weight : weights) writer.AddWeight(indices[MlwValue(weight)]);
  sink->Put(mode.has_runs() ? static_cast<uint32_t>(mode.run_divisor) : kRunsOffCode, 3);
  sink->Put(static_cast<uint32_t>(writer.symbols() - 1), 15);
  sink->Put(mode.uncompressed ? kUncompressedCode : static_cast<uint32_t>(mode.divisor), 3);
  sink->Put(mode.truncated ? 1 : 0, 1);
  sink->Put(new_palette ? 1 : 0, 1);
  if (new_palette) WritePalette(palette, sink);
  writer.Write(sink);
}

BitSink Written(std::span<const int16_t> weights, const MlwSection& section) {
  BitSink sink;
  for (const MlwSlice& slice : section.slices)
    WriteSlice(weights.subspan(slice.begin, slice.end - slice.begin), slice.mode, section.palette,
               &slice == section.slices.data(), &sink);
  return sink;
}

}  // namespace

void WriteMlw(std::span<const int16_t> weights, std::vector<uint8_t>* stream) {
  BitSink best;
  if (!weights.empty())
    for (const MlwPalette& palette : CandidatePalettes(weights)) {
      const MlwSection section = {palette, PlanSlices(weights, palette)};
      if (section.slices.empty()) continue;
      BitSink sink = Written(weights, section);
      if (best.bits() == 0 || sink.bits() < best.bits()) best = std::move(sink);
    }
  const std::vector<uint8_t> bytes = best.Ended();
  stream->insert(stream->end(), bytes.begin(), bytes.end());
  while (stream->size() % kStreamMultiple != 0) stream->push_back(0xFF);
}

}  // namespace moonlet::npu
