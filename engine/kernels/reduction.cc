#include "engine/kernels/reduction.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <type_traits>

#include "engine/base/libm.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/work_meter.h"

namespace moonlet {
namespace {

// Positions of a box in row-major order, as offsets.
class BoxWalk {
 public:
  explicit BoxWalk(std::span<const ReductionAxis> axes) : axes_(axes) {}
  std::ptrdiff_t offset() const { return offset_; }
  // False after the last position; then it stands at the first again.
  bool Next() {
    for (size_t i = axes_.size(); i-- > 0;) {
      offset_ += axes_[i].stride;
      if (++position_[i] < axes_[i].length) return true;
      offset_ -= std::ptrdiff_t{axes_[i].stride} * axes_[i].length;
      position_[i] = 0;
    }
    return false;
  }

 private:
  std::span<const ReductionAxis> axes_;
  std::ptrdiff_t offset_ = 0;
  int32_t position_[Reduction::kMaxRank] = {};
};

// Elements between two looks at the StopToken; a multiple of kLanes.
constexpr int32_t kReductionPiece = 1 << 16;

// `count` elements of an output, `step` apart.
struct ReductionRun {
  std::ptrdiff_t offset;
  int32_t count, step;
  bool last;  // of the output
};

// The runs of elements of each output, in order, in pieces short enough to poll between.
class ReductionWalk {
 public:
  explicit ReductionWalk(const Reduction& r)
      : outputs_({r.axes, static_cast<size_t>(r.kept)}),
        runs_({r.axes + r.kept, static_cast<size_t>(std::max<int32_t>(0, r.rank - r.kept - 1))}),
        run_(r.rank > r.kept ? r.axes[r.rank - 1] : ReductionAxis()) {}

  // The next run, false at the end.
  bool Next(ReductionRun* run) {
    if (ended_) return false;
    run->offset = outputs_.offset() + runs_.offset() + std::ptrdiff_t{done_} * run_.stride;
    run->count = std::min(kReductionPiece, run_.length - done_);
    run->step = run_.stride;
    run->last = false;
    done_ += run->count;
    if (done_ < run_.length) return true;
    done_ = 0;
    run->last = !runs_.Next();
    ended_ = run->last && !outputs_.Next();
    return true;
  }

 private:
  BoxWalk outputs_;
  BoxWalk runs_;
  ReductionAxis run_;
  int32_t done_ = 0;  // elements of a run already given
  bool ended_ = false;
};

// Calls take(x, n, step) for the runs of each output, then finish().
template <typename T, typename Take, typename Finish>
bool ForEachOutput(const Reduction& r, const T* input, const StopToken& stop, Take take,
                   Finish finish) {
  WorkMeter meter(stop);
  ReductionWalk walk(r);
  for (ReductionRun run; walk.Next(&run);) {
    if (!meter.Spend(run.count)) return false;
    take(input + run.offset, run.count, run.step);
    if (run.last) finish();
  }
  return true;
}

// output = finish(fold(fold(start, x0), x1) ..).
template <typename T, typename Value, typename Fold, typename Finish>
bool FoldEach(const Reduction& r, const T* input, T* output, const StopToken& stop, Value start,
              Fold fold, Finish finish) {
  Value value = start;
  const auto take = [&](const T* x, int32_t n, int32_t step) {
    for (int32_t i = 0; i < n; ++i, x += step) value = fold(value, *x);
  };
  return ForEachOutput(r, input, stop, take, [&] {
    *output++ = finish(value);
    value = start;
  });
}

// Whether outputs are neighbours in memory and so many apart are the elements of each, as in a
// mean over an image.
bool HasColumns(const Reduction& r) {
  return r.kept > 0 && r.rank == r.kept + 1 && r.axes[r.kept - 1].stride == 1;
}

// FoldEach for neighbouring outputs, some at a time: take(values, x, rows, count) goes through rows
// of so many columns, then finish(values, count). Requires HasColumns.
template <typename T, typename Value, typename Take, typename Finish>
bool ForEachColumns(const Reduction& r, const T* input, const StopToken& stop, Value start,
                    Take take, Finish finish) {
  constexpr int32_t kTogether = 64;
  constexpr int32_t kRows = kReductionPiece / kTogether;
  const int32_t columns = r.axes[r.kept - 1].length;
  const ReductionAxis rows = r.axes[r.kept];
  WorkMeter meter(stop);
  BoxWalk images({r.axes, static_cast<size_t>(r.kept - 1)});
  do {
    for (int32_t c = 0; c < columns; c += kTogether) {
      const int32_t count = std::min(kTogether, columns - c);
      Value values[kTogether];
      std::fill_n(values, kTogether, start);
      const T* x = input + images.offset() + c;
      for (int32_t row = 0; row < rows.length; row += kRows) {
        const int32_t some = std::min(kRows, rows.length - row);
        if (!meter.Spend(int64_t{some} * count)) return false;
        take(values, x + std::ptrdiff_t{row} * rows.stride, {some, rows.stride}, count);
      }
      finish(values, count);
    }
  } while (images.Next());
  return true;
}

template <typename T, typename Fold>
bool FoldColumns(const Reduction& r, const T* input, T* output, const StopToken& stop, T start,
                 Fold fold) {
  const auto take = [&](T* values, const T* x, ReductionAxis rows, int32_t count) {
    for (int32_t row = 0; row < rows.length; ++row, x += rows.stride)
      for (int32_t i = 0; i < count; ++i) values[i] = fold(values[i], x[i]);
  };
  return ForEachColumns(r, input, stop, start, take, [&](const T* values, int32_t count) {
    output = std::copy_n(values, count, output);
  });
}

// The inner loops of sums of T.
template <typename T>
struct SumLoops;
template <>
struct SumLoops<int8_t> {
  const IntegerLoops& loops = BestIntegerLoops();
  decltype(IntegerLoops::sum_run_s8) run = loops.sum_run_s8;
  decltype(IntegerLoops::rescale_sums_s8) rescale = loops.rescale_sums_s8;
};
template <>
struct SumLoops<int16_t> {
  const IntegerLoops& loops = BestIntegerLoops();
  decltype(IntegerLoops::sum_run_s16) run = loops.sum_run_s16;
  decltype(IntegerLoops::rescale_sums_s16) rescale = loops.rescale_sums_s16;
};

// sums[i] += the sum of column i.
void AddColumns(const int8_t* x, ReductionAxis rows, int32_t columns, int32_t* sums) {
  BestIntegerLoops().sum_s8({x, 1, rows.length, 0, rows.stride, columns, 0, 0}, sums);
}
void AddColumns(const int16_t* x, ReductionAxis rows, int32_t columns, int32_t* sums) {
  for (int32_t row = 0; row < rows.length; ++row, x += rows.stride)
    for (int32_t i = 0; i < columns; ++i) sums[i] = WrapAdd(sums[i], x[i]);
}

// Calls finish(sums, count, output) for some neighbours at a time. Requires HasColumns.
template <typename T, typename Finish>
bool SumColumns(const Reduction& r, const T* input, T* output, const StopToken& stop,
                Finish finish) {
  const auto take = [](int32_t* sums, const T* x, ReductionAxis rows, int32_t count) {
    AddColumns(x, rows, count, sums);
  };
  return ForEachColumns(r, input, stop, int32_t{0}, take, [&](int32_t* sums, int32_t count) {
    finish(sums, static_cast<size_t>(count), output);
    output += count;
  });
}

// The sums of each output, some outputs at a time, as SumColumns gives them.
template <typename T, typename Finish>
bool SumEach(const Reduction& r, const T* input, T* output, const StopToken& stop, Finish finish) {
  constexpr size_t kTogether = 16;
  const auto add_up = SumLoops<T>().run;
  int32_t sums[kTogether] = {};
  size_t ready = 0;
  const auto take = [&](const T* x, int32_t n, int32_t step) {
    int32_t sum = sums[ready];
    if (step == 1) sum = WrapAdd(sum, add_up(x, static_cast<size_t>(n)));
    for (int32_t i = 0; step != 1 && i < n; ++i, x += step) sum = WrapAdd(sum, *x);
    sums[ready] = sum;
  };
  const auto flush = [&] {
    finish(sums, ready, output);
    output += ready;
    std::fill_n(sums, kTogether, 0);
    ready = 0;
  };
  const bool finished = ForEachOutput(r, input, stop, take, [&] {
    if (++ready == kTogether) flush();
  });
  if (finished && ready > 0) flush();
  return finished;
}

template <typename T>
T SaturateTo(int32_t x) {
  return static_cast<T>(
      std::clamp<int32_t>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

// Brings elements of runs together in rows for a kernel that works in lanes.
template <typename Take>
class LaneRows {
 public:
  explicit LaneRows(Take take) : take_(take) {}

  void Add(const float* x, int32_t n, int32_t step) {
    int32_t i = 0;
    if (step == 1 && used_ == 0) {
      i = n - n % kRow;
      if (i > 0) take_(x, static_cast<size_t>(i));
    }
    for (; i < n; ++i) {
      rows_[used_++] = x[std::ptrdiff_t{i} * step];
      if (used_ < kRow) continue;
      take_(rows_, static_cast<size_t>(kRow));
      used_ = 0;
    }
  }
  void End() {
    if (used_ > 0) take_(rows_, static_cast<size_t>(used_));
    used_ = 0;
  }

 private:
  static constexpr int32_t kRow = 4 * static_cast<int32_t>(kLanes);

  Take take_;
  float rows_[kRow];
  int32_t used_ = 0;
};

// output = finish() of the lanes that take(lanes, x, n) fills from `start` on.
template <typename Take, typename Finish>
bool ReduceLanes(const Reduction& r, const float* input, float* output, const StopToken& stop,
                 float start, Take take, Finish finish) {
  float lanes[kLanes];
  std::fill_n(lanes, kLanes, start);
  LaneRows rows([&](const float* x, size_t n) { take(lanes, x, n); });
  const auto add = [&](const float* x, int32_t n, int32_t step) { rows.Add(x, n, step); };
  return ForEachOutput(r, input, stop, add, [&] {
    rows.End();
    *output++ = finish(lanes);
    std::fill_n(lanes, kLanes, start);
  });
}

template <typename T>
T WrapProduct(T a, T b) {
  using Bits = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<Bits>(a) * static_cast<Bits>(b));
}
template <typename T>
T WrapSum(T a, T b) {
  using Bits = std::make_unsigned_t<T>;
  return static_cast<T>(static_cast<Bits>(a) + static_cast<Bits>(b));
}

}  // namespace

Reduction MakeReduction(std::span<const int32_t> shape, uint32_t axes) {
  assert(shape.size() <= Reduction::kMaxRank);
  Reduction r;
  ReductionAxis kept[Reduction::kMaxRank], reduced[Reduction::kMaxRank];
  int32_t reduced_rank = 0;
  int32_t stride = 1;
  // From the innermost axis outwards; the lists are turned round below.
  for (size_t i = shape.size(); i-- > 0;) {
    const int32_t length = shape[i];
    const bool gone = (axes >> i & 1u) != 0;
    (gone ? r.count : r.outputs) *= length;
    ReductionAxis* list = gone ? reduced : kept;
    int32_t& rank = gone ? reduced_rank : r.kept;
    if (rank > 0 && stride == list[rank - 1].stride * list[rank - 1].length) {
      list[rank - 1].length *= length;
    } else if (length > 1) {
      list[rank++] = {length, stride};
    }
    stride *= length;
  }
  r.rank = r.kept + reduced_rank;
  std::reverse_copy(kept, kept + r.kept, r.axes);
  std::reverse_copy(reduced, reduced + reduced_rank, r.axes + r.kept);
  return r;
}

bool MakeSumScale(float input_scale, float output_scale, Multiplier* scale) {
  return MakeMultiplier(double{input_scale} / double{output_scale}, scale);
}

bool MakeMeanScale(float input_scale, float output_scale, int32_t count, Multiplier* scale) {
  if (!MakeSumScale(input_scale, output_scale, scale)) return false;
  const int log = std::bit_width(static_cast<uint32_t>(count)) - 1;
  const int bits = std::min({log, 32, 31 + scale->shift});
  scale->value = static_cast<int32_t>((int64_t{scale->value} << bits) / count);
  scale->shift = static_cast<int8_t>(scale->shift - bits);
  return true;
}

bool MakeProductScale(float input_scale, float output_scale, int32_t count, Multiplier* scale) {
  const double root = moonlet_pow(double{output_scale}, 1.0 / count);
  return MakeMultiplier(double{input_scale} / root, scale);
}

template <typename T>
int32_t scalar::SumRun(const T* x, size_t n) {
  int32_t sum = 0;
  for (size_t i = 0; i < n; ++i) sum = WrapAdd(sum, x[i]);
  return sum;
}

template <typename T>
void scalar::RescaleSums(const SumParams& p, int32_t zeros, const int32_t* sums, size_t n,
                         T* output) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t scaled = Rescale(WrapSub(sums[i], zeros), p.scale);
    output[i] = SaturateTo<T>(WrapAdd(scaled, p.output_zero));
  }
}

template <typename T>
bool ReduceSum(const SumParams& p, const Reduction& r, const T* input, T* output,
               const StopToken& stop) {
  const int32_t zeros = WrapMul(p.input_zero, r.count);
  const auto rescale = SumLoops<T>().rescale;
  const auto finish = [&](const int32_t* sums, size_t n, T* to) { rescale(p, zeros, sums, n, to); };
  if (HasColumns(r)) return SumColumns(r, input, output, stop, finish);
  return SumEach(r, input, output, stop, finish);
}

template <typename T>
bool ReduceProduct(const SumParams& p, const Reduction& r, const T* input, T* output,
                   const StopToken& stop) {
  // Wide enough for 1, the start, as it is: only products are rescaled.
  struct Product {
    int32_t value;
    bool started;
  };
  const auto multiply = [&p](Product product, T x) {
    const int32_t factor = x - p.input_zero;
    if (!product.started) return Product{factor, true};
    return Product{RescaleWide(int64_t{product.value} * factor, p.scale), true};
  };
  const auto finish = [&p](Product product) {
    return SaturateTo<T>(WrapAdd(RescaleWide(product.value, p.scale), p.output_zero));
  };
  return FoldEach(r, input, output, stop, Product{0, false}, multiply, finish);
}

template <typename T>
bool ReduceSumPlain(const Reduction& r, const T* input, T* output, const StopToken& stop) {
  return FoldEach(r, input, output, stop, T{0}, WrapSum<T>, [](T sum) { return sum; });
}
template <typename T>
bool ReduceProductPlain(const Reduction& r, const T* input, T* output, const StopToken& stop) {
  return FoldEach(r, input, output, stop, T{1}, WrapProduct<T>, [](T product) { return product; });
}

namespace {

template <typename T, typename Fold>
bool Extremes(const Reduction& r, const T* input, T* output, const StopToken& stop, T start,
              Fold fold) {
  // Of other types images are rare.
  if constexpr (std::is_same_v<T, int8_t> || std::is_same_v<T, float>)
    if (HasColumns(r)) return FoldColumns(r, input, output, stop, start, fold);
  return FoldEach(r, input, output, stop, start, fold, [](T best) { return best; });
}

}  // namespace

template <typename T>
bool ReduceMax(const Reduction& r, const T* input, T* output, const StopToken& stop) {
  using Limits = std::numeric_limits<T>;
  constexpr T kStart = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  const auto larger = [](T best, T x) { return x > best ? x : best; };
  return Extremes(r, input, output, stop, kStart, larger);
}
template <typename T>
bool ReduceMin(const Reduction& r, const T* input, T* output, const StopToken& stop) {
  using Limits = std::numeric_limits<T>;
  constexpr T kStart = Limits::has_infinity ? Limits::infinity() : Limits::max();
  const auto smaller = [](T best, T x) { return x < best ? x : best; };
  return Extremes(r, input, output, stop, kStart, smaller);
}

bool ReduceSumF32(const Reduction& r, const float* input, float* output, const StopToken& stop) {
  const FloatKernels<float>& kernels = Kernels<float>();
  return ReduceLanes(r, input, output, stop, 0.0f, kernels.add, kernels.sum_lanes);
}
bool ReduceMeanF32(const Reduction& r, const float* input, float* output, const StopToken& stop) {
  const FloatKernels<float>& kernels = Kernels<float>();
  const auto count = static_cast<float>(r.count);
  const auto mean = [&kernels, count](const float* lanes) {
    return kernels.sum_lanes(lanes) / count;
  };
  return ReduceLanes(r, input, output, stop, 0.0f, kernels.add, mean);
}
bool ReduceProductF32(const Reduction& r, const float* input, float* output,
                      const StopToken& stop) {
  const FloatKernels<float>& kernels = Kernels<float>();
  return ReduceLanes(r, input, output, stop, 1.0f, kernels.multiply, kernels.multiply_lanes);
}

template int32_t scalar::SumRun(const int8_t*, size_t);
template int32_t scalar::SumRun(const int16_t*, size_t);
template void scalar::RescaleSums(const SumParams&, int32_t, const int32_t*, size_t, int8_t*);
template void scalar::RescaleSums(const SumParams&, int32_t, const int32_t*, size_t, int16_t*);
template bool ReduceSum(const SumParams&, const Reduction&, const int8_t*, int8_t*,
                        const StopToken&);
template bool ReduceSum(const SumParams&, const Reduction&, const int16_t*, int16_t*,
                        const StopToken&);
template bool ReduceProduct(const SumParams&, const Reduction&, const int8_t*, int8_t*,
                            const StopToken&);
template bool ReduceProduct(const SumParams&, const Reduction&, const int16_t*, int16_t*,
                            const StopToken&);
template bool ReduceSumPlain(const Reduction&, const int32_t*, int32_t*, const StopToken&);
template bool ReduceSumPlain(const Reduction&, const int64_t*, int64_t*, const StopToken&);
template bool ReduceProductPlain(const Reduction&, const int32_t*, int32_t*, const StopToken&);
template bool ReduceProductPlain(const Reduction&, const int64_t*, int64_t*, const StopToken&);
template bool ReduceMax(const Reduction&, const int8_t*, int8_t*, const StopToken&);
template bool ReduceMax(const Reduction&, const int16_t*, int16_t*, const StopToken&);
template bool ReduceMax(const Reduction&, const int32_t*, int32_t*, const StopToken&);
template bool ReduceMax(const Reduction&, const int64_t*, int64_t*, const StopToken&);
template bool ReduceMax(const Reduction&, const float*, float*, const StopToken&);
template bool ReduceMin(const Reduction&, const int8_t*, int8_t*, const StopToken&);
template bool ReduceMin(const Reduction&, const int16_t*, int16_t*, const StopToken&);
template bool ReduceMin(const Reduction&, const int32_t*, int32_t*, const StopToken&);
template bool ReduceMin(const Reduction&, const int64_t*, int64_t*, const StopToken&);
template bool ReduceMin(const Reduction&, const float*, float*, const StopToken&);

}  // namespace moonlet
