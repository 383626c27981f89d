#include "engine/kernels/depthwise_lines.h"

#include <algorithm>
#include <cstring>

#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

constexpr std::ptrdiff_t kLineElement = 4;
// Pieces of columns shorter than this are gathered before they are interleaved.
constexpr int32_t kShortColumn = 64;

uint8_t* LinesIn(const DepthwisePlan& plan, uint8_t* scratch) {
  const auto at = reinterpret_cast<uintptr_t>(scratch + plan.lines);
  return scratch + plan.lines + (-at & (kVectorBytes - 1));
}

class LineMaker {
 public:
  LineMaker(const DepthwiseLoops& loops, const DepthwiseS8Params& p, const uint8_t* prepared,
            uint8_t* scratch)
      : loops_(loops),
        p_(p),
        plan_(*reinterpret_cast<const DepthwisePlan*>(prepared)),
        row_size_(std::ptrdiff_t{p.window.x.input} * p.channels),
        zeros_(reinterpret_cast<const int8_t*>(prepared + plan_.zeros)),
        phase_columns_(reinterpret_cast<const int32_t*>(prepared + plan_.phase_columns)),
        lines_(LinesIn(plan_, scratch)),
        inside_(reinterpret_cast<PhaseColumns*>(scratch)),
        staged_(reinterpret_cast<int8_t*>(scratch + plan_.staged)) {}

  // Begins with output column `ox`. What is outside the image there is filled once, in the
  // lines of all strips.
  void StartTile(int32_t ox, int32_t strips) {
    for (int32_t phase = 0; phase < plan_.phases; ++phase) {
      const PhaseColumns inside = ColumnsInside(ox, phase);
      inside_[phase] = inside;
      if (inside.first == 0 && inside.last == plan_.columns) continue;
      // Never gapless, so that all groups are made the same way.
      for (int32_t i = 0; i < strips * plan_.groups; ++i) {
        uint8_t* line = lines_ + i * plan_.group + phase * plan_.line;
        FillZero(line, 0, inside.first);
        FillZero(line, inside.last, plan_.columns);
      }
    }
  }
  // The lines of some strips, which begin with output row `oy`.
  void MakeLines(const int8_t* image, int32_t oy, int32_t strips) const {
    const Axis& y = p_.window.y;
    const int32_t first = oy * y.stride - y.pad;
    if (plan_.gapless) {
      const int32_t rows = strips + (plan_.groups - 1) * plan_.row_taps;
      for (int32_t i = 0; i < rows; ++i) MakeRows(image, first + i, lines_ + i * plan_.strip);
      return;
    }
    for (int32_t i = 0; i < strips; ++i)
      for (int32_t g = 0; g < plan_.groups; ++g) {
        const int32_t iy = first + i * plan_.together * y.stride + g * plan_.row_taps * y.dilation;
        MakeRows(image, iy, lines_ + i * plan_.strip + g * plan_.group);
      }
  }

 private:
  // Row `iy` of the image and those a line holds with it: all phases.
  void MakeRows(const int8_t* image, int32_t iy, uint8_t* line) const {
    const Axis& y = p_.window.y;
    const int8_t* source[4] = {};
    for (int32_t j = 0; j < plan_.row_taps; ++j, iy += y.dilation)
      source[j] = iy >= 0 && iy < y.input ? image + iy * row_size_ : nullptr;
    for (int32_t phase = 0; phase < plan_.phases; ++phase)
      MakeLine(source, inside_[phase], line + phase * plan_.line);
  }
  PhaseColumns ColumnsInside(int32_t ox, int32_t phase) const {
    const Axis& x = p_.window.x;
    // Column i of the line is column i * stride + origin of the image.
    const int32_t origin = ox * x.stride - x.pad + phase_columns_[phase];
    const int32_t before = origin < 0 ? (x.stride - 1 - origin) / x.stride : 0;
    const int32_t until = origin < x.input ? (x.input - origin + x.stride - 1) / x.stride : 0;
    const int32_t first = std::min(before, plan_.columns);
    const int32_t last = std::clamp(until, first, plan_.columns);
    return {first, last, (std::ptrdiff_t{first} * x.stride + origin) * p_.channels};
  }
  void FillZero(uint8_t* line, int32_t first, int32_t last) const {
    const uint32_t value = plan_.row_taps == 4
                               ? static_cast<uint8_t>(p_.input_zero + 128) * 0x01010101u
                               : static_cast<uint16_t>(p_.input_zero) * 0x00010001u;
    loops_.fill(value, std::ptrdiff_t{last - first} * p_.channels,
                line + std::ptrdiff_t{first} * p_.channels * kLineElement);
  }
  void MakeLine(const int8_t* const* source, const PhaseColumns& inside, uint8_t* line) const {
    const int32_t columns = inside.last - inside.first;
    if (columns == 0) return;
    line += std::ptrdiff_t{inside.first} * p_.channels * kLineElement;
    DepthwiseRows rows = {};
    for (int32_t j = 0; j < plan_.row_taps; ++j)
      rows.rows[j] = source[j] == nullptr ? zeros_ : source[j] + inside.input;
    const std::ptrdiff_t channels = p_.channels;
    const int32_t stride = p_.window.x.stride;
    const bool pairs = stride == 2 && loops_.takes_pairs(p_.channels);
    if (pairs || (stride > 1 && channels >= kShortColumn)) {
      rows.count = channels;
      rows.columns = columns;
      rows.step = channels * stride;
    } else {
      if (stride > 1) Gather(source, columns, rows);
      rows.count = channels * columns;
      rows.columns = 1;
    }
    loops_.interleave(rows, line);
  }
  // Copies each stride-th column, so that the rows have those of the phase alone.
  void Gather(const int8_t* const* source, int32_t columns, DepthwiseRows& rows) const {
    const std::ptrdiff_t size = std::ptrdiff_t{plan_.columns} * p_.channels;
    for (int32_t j = 0; j < plan_.row_taps; ++j) {
      if (source[j] == nullptr) continue;
      int8_t* staged = staged_ + j * size;
      CopyColumns(rows.rows[j], columns, staged);
      rows.rows[j] = staged;
    }
  }
  void CopyColumns(const int8_t* from, int32_t columns, int8_t* to) const {
    const std::ptrdiff_t step = std::ptrdiff_t{p_.channels} * p_.window.x.stride;
    // The compiler copies pieces of these sizes by single moves.
    const auto copy = [&](auto size) {
      for (int32_t i = 0; i < columns; ++i) std::memcpy(to + i * size, from + i * step, size);
    };
    switch (p_.channels) {
      case 1:
        return copy(std::integral_constant<size_t, 1>());
      case 8:
        return copy(std::integral_constant<size_t, 8>());
      case 16:
        return copy(std::integral_constant<size_t, 16>());
      case 32:
        return copy(std::integral_constant<size_t, 32>());
      default:
        return copy(static_cast<size_t>(p_.channels));
    }
  }

  const DepthwiseLoops& loops_;
  const DepthwiseS8Params& p_;
  const DepthwisePlan& plan_;
  std::ptrdiff_t row_size_;
  const int8_t* zeros_;
  const int32_t* phase_columns_;
  uint8_t* lines_;
  PhaseColumns* inside_;
  int8_t* staged_;
};

DepthwiseSums SumsOf(const DepthwiseS8Params& p, const uint8_t* prepared, const uint8_t* lines) {
  const auto& plan = *reinterpret_cast<const DepthwisePlan*>(prepared);
  DepthwiseSums sums = {};
  sums.lines = lines;
  sums.offsets = reinterpret_cast<const int32_t*>(prepared + plan.offsets);
  sums.taps = plan.taps;
  sums.blocks = reinterpret_cast<const ChannelBlock*>(prepared + plan.blocks);
  sums.weights = prepared + plan.weights;
  sums.row_weights = kVectorBytes * plan.vectors * plan.taps;
  if (p.multiplier > 1) sums.sources = reinterpret_cast<const int32_t*>(prepared + plan.sources);
  sums.multiplier = p.multiplier;
  sums.unit = plan.unit;
  sums.strip_lines = plan.strip;
  sums.row_outputs = std::ptrdiff_t{p.window.x.output} * plan.outputs;
  sums.range = p.output;
  return sums;
}

// `count` strips of rows of so many positions, where so many rows of the image are left.
void SetStrips(const DepthwisePlan& plan, int32_t row, int32_t rows_left, int32_t count,
               DepthwiseSums& sums) {
  sums.positions = plan.gapless ? row * count : row;
  sums.strips = plan.gapless ? 1 : count;
  sums.rows = plan.together;
  sums.last_rows = std::min(plan.together, rows_left - (count - 1) * plan.together);
}

// Computes `sums`, as many vectors at a time as a look at the StopToken allows.
bool Sum(const DepthwiseLoops& loops, const DepthwisePlan& plan, DepthwiseSums sums,
         WorkMeter& meter) {
  constexpr int64_t kWork = 1'000'000;
  const int64_t units = sums.positions / plan.unit + 1;
  const int64_t vector =
      units * kChannelBlock * plan.taps * plan.row_taps * sums.rows * sums.strips;
  const int32_t step = vector * plan.vectors <= kWork
                           ? plan.vectors
                           : static_cast<int32_t>(std::max<int64_t>(kWork / vector, 1));
  for (int32_t v = 0; v < plan.vectors; v += step) {
    if (!meter.Spend(vector * step)) return false;
    sums.first_vector = v;
    sums.last_vector = std::min(v + step, plan.vectors);
    loops.sum(sums);
  }
  return true;
}

}  // namespace

bool LinesRun(const DepthwiseLoops& loops, const DepthwiseS8Params& p, const int8_t* input,
              const LayerS8& layer, int8_t* output, Share share, const StopToken& stop) {
  const auto& plan = *reinterpret_cast<const DepthwisePlan*>(layer.prepared);
  const Axis& y = p.window.y;
  const Axis& x = p.window.x;
  const std::ptrdiff_t image_size = std::ptrdiff_t{y.input} * x.input * p.channels;
  // Output rows computed together, of all images.
  const int64_t strips = (y.output + plan.together - 1) / plan.together;
  const int64_t all = strips * p.window.batches;
  const int64_t begin = all * share.index / share.count;
  const int64_t end = all * (share.index + 1) / share.count;
  LineMaker maker(loops, p, layer.prepared, layer.scratch);
  DepthwiseSums sums = SumsOf(p, layer.prepared, LinesIn(plan, layer.scratch));
  WorkMeter meter(stop);
  for (int32_t ox = 0; ox < x.output; ox += plan.tile) {
    const int32_t row = std::min(plan.tile, x.output - ox) * plan.outputs;
    maker.StartTile(ox,
                    static_cast<int32_t>(std::min({int64_t{plan.strips}, strips, end - begin})));
    int64_t n = begin / strips;
    int64_t strip = begin % strips;  // of image n
    for (int64_t left = end - begin; left > 0;) {
      const int64_t count = std::min({left, strips - strip, int64_t{plan.strips}});
      const auto oy = static_cast<int32_t>(strip) * plan.together;
      maker.MakeLines(input + n * image_size, oy, static_cast<int32_t>(count));
      SetStrips(plan, row, y.output - oy, static_cast<int32_t>(count), sums);
      sums.output =
          output + (n * y.output + oy) * sums.row_outputs + std::ptrdiff_t{ox} * plan.outputs;
      if (!Sum(loops, plan, sums, meter)) return false;
      left -= count;
      strip += count;
      if (strip == strips) {
        strip = 0;
        ++n;
      }
    }
  }
  return true;
}

#if defined(__x86_64__)
namespace {

template <const DepthwiseLoops& kLoops>
constexpr FilterKernelS8<DepthwiseS8Params> LinesKernel(const char* name) {
  using Params = DepthwiseS8Params;
  return {
      name, [](const Params& p) { return LinesPreparedBytes(kLoops, p); },
      [](const Params& p, const FilterS8& filter, uint8_t* prepared) {
        LinesPrepare(kLoops, p, filter, prepared);
      },
      [](const Params& p) { return LinesScratchBytes(kLoops, p); },
      [](const Params& p, const int8_t* input, const LayerS8& layer, int8_t* output, Share share,
         const StopToken& stop) { return LinesRun(kLoops, p, input, layer, output, share, stop); }};
}

}  // namespace

const FilterKernelS8<DepthwiseS8Params> avx512vnni::kDepthwiseS8 =
    LinesKernel<avx512vnni::kDepthwiseLoops>("avx512vnni");
const FilterKernelS8<DepthwiseS8Params> avx2::kDepthwiseS8 =
    LinesKernel<avx2::kDepthwiseLoops>("avx2");
#endif

}  // namespace moonlet
