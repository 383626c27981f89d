// How a depthwise layer is cut into lines, and its constants packed for them.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "engine/kernels/depthwise_lines.h"

namespace moonlet {
namespace {

constexpr int32_t kLanes = kChannelBlock;
constexpr std::ptrdiff_t kElementBytes = 4;
// Lines of a tile should stay in the first cache, with weights and output.
constexpr std::ptrdiff_t kTileBytes = 24 << 10;

constexpr std::ptrdiff_t Aligned(std::ptrdiff_t bytes) {
  return (bytes + kVectorBytes - 1) & -kVectorBytes;
}

// The phases that a filter meets repeat after this many of its columns.
int32_t CountPhases(const Axis& x) {
  return std::min(x.kernel, x.stride / std::gcd(x.stride, x.dilation));
}

void SetUnit(DepthwisePlan& plan) {
  const bool gapless = plan.outputs <= 4 * kLanes;
  plan.unit = gapless ? std::lcm(plan.outputs, kLanes) : plan.outputs;
  plan.vectors = (plan.unit + kLanes - 1) / kLanes;
}

// What a call for one tile may cost at most, in multiply-adds.
constexpr int64_t kTileWork = 1'000'000;

void SetTile(const DepthwiseS8Params& p, DepthwisePlan& plan) {
  const Axis& x = p.window.x;
  const std::ptrdiff_t reach = std::ptrdiff_t{x.kernel - 1} * x.dilation / x.stride;
  const std::ptrdiff_t column = kElementBytes * p.channels * plan.groups * plan.phases;
  const std::ptrdiff_t fit = std::clamp<std::ptrdiff_t>(kTileBytes / column - reach, 1, x.output);
  const std::ptrdiff_t tiles = (x.output + fit - 1) / fit;
  plan.tile = static_cast<int32_t>((x.output + tiles - 1) / tiles);
  plan.columns = static_cast<int32_t>(plan.tile + reach);
}

void SetStrips(const DepthwiseS8Params& p, DepthwisePlan& plan) {
  const std::ptrdiff_t size = kElementBytes * p.channels * plan.columns;
  // The last vector may read beyond the last element, and throws that away.
  plan.line = plan.gapless ? size : Aligned(size + kVectorBytes);
  plan.strip = plan.gapless ? plan.line : plan.line * plan.groups * plan.phases;
  plan.group = plan.line * (plan.gapless ? plan.row_taps : plan.phases);
  const int64_t work =
      int64_t{plan.tile} * plan.outputs * plan.taps * plan.row_taps * plan.together;
  plan.strips = static_cast<int32_t>(
      std::max<int64_t>(1, std::min<int64_t>(kTileBytes / plan.strip, kTileWork / work)));
}

// Of the lines of so many strips.
std::ptrdiff_t LineBytes(const DepthwisePlan& plan, int32_t strips) {
  const std::ptrdiff_t first = plan.strip * strips;
  return plan.gapless ? first + plan.group * (plan.groups - 1) + kVectorBytes : first;
}

void PlaceParts(const DepthwiseS8Params& p, DepthwisePlan& plan) {
  std::ptrdiff_t end = Aligned(sizeof(DepthwisePlan));
  const auto place = [&end](std::ptrdiff_t bytes) {
    const std::ptrdiff_t at = end;
    end = Aligned(end + bytes);
    return at;
  };
  plan.blocks = place(static_cast<std::ptrdiff_t>(sizeof(ChannelBlock)) * plan.vectors);
  plan.weights = place(kVectorBytes * plan.together * plan.vectors * plan.taps);
  plan.offsets = place(kElementBytes * plan.taps);
  plan.phase_columns = place(kElementBytes * plan.phases);
  plan.sources = place(p.multiplier > 1 ? kVectorBytes * plan.vectors : 0);
  plan.zeros = place(std::ptrdiff_t{plan.columns} * p.window.x.stride * p.channels);
  plan.prepared_bytes = static_cast<size_t>(end);
  end = Aligned(static_cast<std::ptrdiff_t>(sizeof(PhaseColumns)) * plan.phases);
  const bool gathers = p.window.x.stride > 1;
  plan.staged = place(gathers ? std::ptrdiff_t{plan.row_taps} * plan.columns * p.channels : 0);
  plan.lines = end;
}

// What packing knows of one lane: its output channel, or that it has none.
int32_t ChannelOfLane(const DepthwisePlan& plan, int32_t vector, int32_t lane) {
  const int32_t position = vector * kLanes + lane;
  return position < plan.unit ? position % plan.outputs : -1;
}

void PackBlocks(const DepthwiseS8Params& p, const FilterS8& filter, const DepthwisePlan& plan,
                uint8_t* prepared) {
  const std::ptrdiff_t taps = std::ptrdiff_t{p.window.y.kernel} * p.window.x.kernel;
  // Bytes of a line are unsigned, 128 above the image's values.
  const int32_t zero = p.input_zero + (plan.row_taps == 4 ? 128 : 0);
  auto* blocks = reinterpret_cast<ChannelBlock*>(prepared + plan.blocks);
  for (int32_t v = 0; v < plan.vectors; ++v) {
    for (int32_t lane = 0; lane < kLanes; ++lane) {
      const int32_t c = ChannelOfLane(plan, v, lane);
      int32_t bias = 0;
      Multiplier m;
      if (c >= 0) {
        int32_t sum = 0;
        for (std::ptrdiff_t t = 0; t < taps; ++t)
          sum = WrapAdd(sum, filter.weights[t * plan.outputs + c]);
        bias = WrapSub(filter.bias ? filter.bias[c] : 0, WrapMul(zero, sum));
        m = filter.scales[c];
      }
      m = BlockMultiplier(m);
      blocks[v].bias[lane] = bias;
      blocks[v].multiplier[lane] = m.value;
      blocks[v].shift[lane] = m.shift;
    }
  }
}

// One row of one element: a byte of four or half of two.
void StoreWeight(const DepthwisePlan& plan, int32_t row, int8_t weight, uint8_t* element) {
  if (plan.row_taps == 4) {
    element[row] = static_cast<uint8_t>(weight);
  } else {
    const int16_t wide = weight;
    std::memcpy(element + 2 * row, &wide, sizeof(wide));
  }
}

void PackWeights(const DepthwiseS8Params& p, const int8_t* weights, const DepthwisePlan& plan,
                 uint8_t* packed) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  std::memset(packed, 0,
              static_cast<size_t>(kVectorBytes * plan.together * plan.vectors * plan.taps));
  for (int32_t r = 0; r < plan.together; ++r) {
    for (int32_t v = 0; v < plan.vectors; ++v) {
      for (int32_t lane = 0; lane < kLanes; ++lane) {
        const int32_t c = ChannelOfLane(plan, v, lane);
        if (c < 0) continue;
        for (int32_t ky = 0; ky < y.kernel; ++ky) {
          const int32_t row = r + ky;
          for (int32_t kx = 0; kx < x.kernel; ++kx) {
            const int32_t tap = row / plan.row_taps * x.kernel + kx;
            const std::ptrdiff_t vector = (std::ptrdiff_t{r} * plan.vectors + v) * plan.taps + tap;
            StoreWeight(plan, row % plan.row_taps,
                        weights[(std::ptrdiff_t{ky} * x.kernel + kx) * plan.outputs + c],
                        packed + vector * kVectorBytes + lane * kElementBytes);
          }
        }
      }
    }
  }
}

void PackOffsets(const DepthwiseS8Params& p, const DepthwisePlan& plan, uint8_t* prepared) {
  const Axis& x = p.window.x;
  auto* offsets = reinterpret_cast<int32_t*>(prepared + plan.offsets);
  auto* phase_columns = reinterpret_cast<int32_t*>(prepared + plan.phase_columns);
  for (int32_t kx = 0; kx < x.kernel; ++kx) {
    const int32_t phase = kx % plan.phases;
    const int32_t column = kx * x.dilation;
    if (kx < plan.phases) phase_columns[phase] = column % x.stride;
    for (int32_t g = 0; g < plan.groups; ++g) {
      const std::ptrdiff_t line = g * plan.group + phase * plan.line;
      offsets[g * x.kernel + kx] =
          static_cast<int32_t>(line + column / x.stride * p.channels * kElementBytes);
    }
  }
}

void PackSources(const DepthwiseS8Params& p, const DepthwisePlan& plan, int32_t* sources) {
  for (int32_t v = 0; v < plan.vectors; ++v) {
    const int32_t first = v * kLanes / p.multiplier;
    for (int32_t lane = 0; lane < kLanes; ++lane)
      sources[v * kLanes + lane] = (v * kLanes + lane) / p.multiplier - first;
  }
}

// Nothing here depends on how many rows there are.
DepthwisePlan MakePlan(const DepthwiseLoops& loops, const DepthwiseS8Params& p) {
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const bool moves_by_one = y.stride == 1 && y.dilation == 1;
  DepthwisePlan plan = {};
  plan.outputs = p.channels * p.multiplier;
  plan.row_taps = loops.row_taps;
  SetUnit(plan);
  plan.groups = (y.kernel + plan.row_taps - 1) / plan.row_taps;
  plan.taps = plan.groups * x.kernel;
  plan.phases = CountPhases(x);
  SetTile(p, plan);
  plan.gapless = moves_by_one && x.kernel == 1 && x.stride == 1 && plan.tile == x.output;
  plan.together =
      moves_by_one && !plan.gapless ? std::max<int32_t>(1, plan.row_taps + 1 - y.kernel) : 1;
  SetStrips(p, plan);
  PlaceParts(p, plan);
  return plan;
}

}  // namespace

size_t LinesPreparedBytes(const DepthwiseLoops& loops, const DepthwiseS8Params& p) {
  return MakePlan(loops, p).prepared_bytes;
}

size_t LinesScratchBytes(const DepthwiseLoops& loops, const DepthwiseS8Params& p) {
  const DepthwisePlan plan = MakePlan(loops, p);
  const int32_t all = (p.window.y.output + plan.together - 1) / plan.together;
  const std::ptrdiff_t lines = LineBytes(plan, std::min(plan.strips, all));
  return static_cast<size_t>(plan.lines + lines + kVectorBytes);
}

void LinesPrepare(const DepthwiseLoops& loops, const DepthwiseS8Params& p, const FilterS8& filter,
                  uint8_t* prepared) {
  const DepthwisePlan plan = MakePlan(loops, p);
  std::memcpy(prepared, &plan, sizeof(plan));
  PackBlocks(p, filter, plan, prepared);
  PackWeights(p, filter.weights, plan, prepared + plan.weights);
  PackOffsets(p, plan, prepared);
  if (p.multiplier > 1) PackSources(p, plan, reinterpret_cast<int32_t*>(prepared + plan.sources));
  std::memset(prepared + plan.zeros, p.input_zero,
              static_cast<size_t>(plan.columns) * static_cast<size_t>(p.window.x.stride) *
                  static_cast<size_t>(p.channels));
}

}  // namespace moonlet
