// engine/npu/mlw.h - the compressed weight streams of the Ethos-U: weights as palette entries or
// magnitudes in Golomb-Rice codes, with runs of zeros between them.
//
//   npu::MlwReader reader(stream);
//   int16_t w[64];
//   size_t count;
//   do {
//     if (Status s = reader.Read(w, &count); !s.ok()) return s;
//     ...
//   } while (count > 0);
//
// A stream is a sequence of slices. The symbols of a slice come in chunks of some twelve
// quotients of weights and of runs of zeros; the remainders of a chunk follow in the next one.
//
// The encoder is in engine/npu/compiler/mlw_writer.h: only a host compiles models.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"

namespace moonlet::npu {

// Symbols of a chunk.
inline constexpr int kMlwChunk = 12;
inline constexpr int kMaxMlwPalette = 32;
// -255 to 255.
inline constexpr int kMaxMlwWeight = 255;

class MlwReader {
 public:
  explicit MlwReader(std::span<const uint8_t> stream) { bits_.bytes = stream; }
  // The next weights in stream order, as many as fit; *count is 0 at the end. kInvalid with the
  // byte's offset: a reserved code, a slice that runs over the end, a first slice without palette.
  // What `weights` holds behind *count is unspecified; after a failure nothing more is to be read.
  Status Read(std::span<int16_t> weights, size_t* count);

 private:
  // Bits, least significant first. Past the end they are 0.
  struct Bits {
    std::span<const uint8_t> bytes;
    uint64_t next = 0;  // byte
    uint64_t window = 0;
    int have = 0;

    void Fill();  // at least 56
    uint32_t Take(int count);
    uint64_t position() const { return next * 8 - static_cast<uint64_t>(have); }
    int64_t left() const { return static_cast<int64_t>(uint64_t{bytes.size()} * 8 - position()); }
  };

  struct Slice {
    uint64_t at = 0;  // byte
    uint32_t weights = 0;
    uint32_t runs = 0;  // 0 if zeros are weights like others
    uint32_t weights_parsed = 0;
    uint32_t runs_parsed = 0;
    int weight_divisor = 0;
    int run_divisor = 0;
    bool uncompressed = false;
    bool truncated = false;
  };

  // Quotients whose remainders are still to come.
  struct Quotients {
    uint32_t values[kMlwChunk] = {};
    int count = 0;
    uint32_t unfinished = 0;
  };

  // Decoded and not yet handed out. At a chunk's begin weights are at most 7 ahead of runs, and
  // runs not at all; so two chunks of one kind may wait for the other's, and a third comes.
  static constexpr int kReady = 64;
  template <typename T>
  struct Ready {
    T values[kReady] = {};
    int begin = 0;
    int end = 0;

    bool empty() const { return begin == end; }
    void Compact();
  };

  Status NextSlice();
  Status ReadHeader(uint32_t run_code);
  Status ReadPalette();
  Status NextChunk();
  bool SliceIsDone() const;
  void ParseWeights(uint32_t unary0, uint32_t unary1);
  void ParseRuns(uint32_t unary, int width);
  bool TakeRemainders();  // false: a weight out of range
  bool TakeWeights(int from, int count);
  size_t HandOut(std::span<int16_t> weights);
  size_t HandOutWeights(std::span<int16_t> weights);
  size_t HandOutRuns(std::span<int16_t> weights);
  void FillWeights(std::span<const int16_t> palette, uint32_t direct_offset);
  Status Fail(uint64_t at, const char* what);

  Bits bits_;
  Slice slice_;
  Quotients weight_quotients_;
  Quotients run_quotients_;
  Ready<int16_t> ready_weights_;
  Ready<uint32_t> ready_runs_;
  uint32_t zeros_ = 0;         // of the run that is being handed out
  bool run_is_next_ = false;   // not a weight
  bool needs_palette_ = true;  // the next slice does
  bool ended_ = false;
  uint32_t palette_size_ = 0;
  int palette_bits_ = 0;
  int16_t weight_of_[2 * kMaxMlwWeight + kMaxMlwPalette + 3] = {};  // by index
};

}  // namespace moonlet::npu
