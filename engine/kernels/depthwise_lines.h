// engine/kernels/depthwise_lines.h - DEPTHWISE_CONV_2D int8 over interleaved image rows, the
// form that vector instructions like.
//
// Instructions that add up neighbouring products of small integers want the taps of a channel
// side by side, where an image has its channels so. Thus a few rows of the image, those that
// meet the same column of the filter, are interleaved into a *line*: one 32-bit element per
// position (column, channel), a byte or half of which is one row's value there. Columns outside
// the image are elements of the line too, as is what a stride skips: a line is made once per
// column modulo the stride (a *phase*). Then output position i takes element i + constant for
// each tap, whatever padding, stride and dilation are, and 16 positions are one vector.
//
// Which channels a vector's lanes have repeats after `unit` positions, `vectors` vectors. With
// at most 64 channels pixels follow each other without a gap; with more, each starts anew.
//
// A filter of up to 3 rows that moves by one serves several output rows per line: its weights
// are packed once per row of the line it may start from.
//
// Here is what the instruction sets share: the plan, packing, and the way through the image. A
// set brings two loops, DepthwiseLoops.
#pragma once
#include <cstddef>
#include <cstdint>

#include "engine/kernels/depthwise.h"
#include "engine/kernels/requantize_factors.h"

namespace moonlet {

// How a layer is computed; prepared memory begins with it. Offsets and sizes are in bytes.
struct DepthwisePlan {
  int32_t outputs;   // channels of the output
  int32_t unit;      // positions of the output until lanes repeat
  int32_t vectors;   // of a unit
  int32_t row_taps;  // rows of the image that a line holds
  int32_t together;  // output rows computed from the same lines
  int32_t groups;    // lines, one after another, for all rows of the filter
  int32_t taps;      // elements that an output adds up
  int32_t phases;    // of each line
  int32_t tile;      // columns of the output computed at a time
  int32_t columns;   // of a line's phase
  int32_t strips;    // of `together` output rows each, whose lines are made at a time, at most
  // A filter of one column that moves by one needs no columns beside the image's: rows of lines
  // follow each other without a gap, as one long row, and groups share them.
  bool gapless;
  std::ptrdiff_t line;           // size of a line's phase
  std::ptrdiff_t strip;          // from the lines of one strip to the next's
  std::ptrdiff_t group;          // from the lines of one group to the next's
  std::ptrdiff_t blocks;         // where prepared memory has ChannelBlock[vectors]
  std::ptrdiff_t weights;        // [together][vectors][taps] vectors of 64 bytes
  std::ptrdiff_t offsets;        // int32_t[taps]: what to add to a position's element
  std::ptrdiff_t phase_columns;  // int32_t[phases]: the first column of each
  std::ptrdiff_t sources;        // with a multiplier: int32_t[vectors][16], lanes of the line
  std::ptrdiff_t zeros;          // a row outside the image
  size_t prepared_bytes;
  std::ptrdiff_t staged;  // where scratch, after PhaseColumns[phases], has rows of one phase
  std::ptrdiff_t lines;   // where scratch has lines, from the next multiple of 64 on
};

// Of one tile: which columns of a phase lie in the image, and where.
struct PhaseColumns {
  int32_t first, last;
  std::ptrdiff_t input;  // elements from the start of a row to the first of them
};

// A part of the image to interleave: `columns` pieces of `count` values, `step` apart, of each
// of the rows. The line gets exactly columns * count elements.
struct DepthwiseRows {
  const int8_t* rows[4];
  std::ptrdiff_t count;
  std::ptrdiff_t columns;
  std::ptrdiff_t step;
};

// Output rows to compute from lines.
struct DepthwiseSums {
  const uint8_t* lines;
  const int32_t* offsets;
  int32_t taps;
  const ChannelBlock* blocks;
  const uint8_t* weights;
  std::ptrdiff_t row_weights;  // from one output row's to the next's
  const int32_t* sources;      // null: position i of the output is position i of the line
  int32_t multiplier;
  int32_t unit;
  int32_t first_vector, last_vector;  // of each unit
  int32_t positions;                  // of an output row
  int32_t rows;                       // of a strip
  int32_t last_rows;                  // of the last strip
  int32_t strips;
  std::ptrdiff_t strip_lines;  // from one strip's to the next's
  int8_t* output;
  std::ptrdiff_t row_outputs;
  OutputS8 range;
};

// What an instruction set brings.
struct DepthwiseLoops {
  const char* name;
  int32_t row_taps;  // rows an element holds: 4 bytes, offset by 128, or 2 of int16
  // Whether `interleave` is good at every other column of so many channels.
  bool (*takes_pairs)(int32_t channels);
  void (*interleave)(const DepthwiseRows& rows, uint8_t* line);
  // So many elements.
  void (*fill)(uint32_t element, std::ptrdiff_t count, uint8_t* line);
  void (*sum)(const DepthwiseSums& sums);
};

// Bytes that vectors of prepared memory and lines are aligned to.
inline constexpr std::ptrdiff_t kVectorBytes = 64;

size_t LinesPreparedBytes(const DepthwiseLoops& loops, const DepthwiseS8Params& p);
void LinesPrepare(const DepthwiseLoops& loops, const DepthwiseS8Params& p, const FilterS8& filter,
                  uint8_t* prepared);
size_t LinesScratchBytes(const DepthwiseLoops& loops, const DepthwiseS8Params& p);
bool LinesRun(const DepthwiseLoops& loops, const DepthwiseS8Params& p, const int8_t* input,
              const LayerS8& layer, int8_t* output, Share share, const StopToken& stop);

#if defined(__x86_64__)
namespace avx512vnni {
// Members of the loops.
bool TakesPairs(int32_t channels);
void FillElements(uint32_t element, std::ptrdiff_t count, uint8_t* line);
void InterleaveRows(const DepthwiseRows& rows, uint8_t* line);
extern const DepthwiseLoops kDepthwiseLoops;
extern const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8;
}  // namespace avx512vnni
namespace avx2 {
extern const DepthwiseLoops kDepthwiseLoops;
extern const FilterKernelS8<DepthwiseS8Params> kDepthwiseS8;
}  // namespace avx2
#endif

}  // namespace moonlet
