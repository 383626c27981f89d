// Every kernel this CPU has for the int8 operators with a filter, and what it has for a device's,
// against the scalar specification: random layers in memory between pages without access. What
// fails is made smaller as long as it still fails.
#include "engine/kernels/filter_s8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/isa.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/gemm_s8.h"
#include "engine/kernels/transpose_conv.h"
#include "tests/engine/kernels/guarded_memory.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet::filter_kernels_test {

using reference::Random;

// Multiply-adds of a layer: what a round may cost.
constexpr int64_t kMostWork = 60'000;

struct Sizes {
  int64_t input;
  int64_t weights;
  int64_t output;
  int32_t channels;  // of the output
  int64_t work;
};

// A layer of some rows of another's output, and where in its input and output it begins.
template <typename Params>
struct Strip {
  Params params;
  int64_t input;
  int64_t output;
};
// `rows` of a window's output from `first` on, and the input's rows below them alone.
template <typename Params>
Strip<Params> StripOf(const Params& p, int32_t first, int32_t rows, int32_t in_channels,
                      int32_t out_channels) {
  Strip<Params> strip = {p, 0, 0};
  Axis& y = strip.params.window.y;
  const int32_t begin = first * y.stride - y.pad;
  const int32_t end = begin + (rows - 1) * y.stride + (y.kernel - 1) * y.dilation + 1;
  const int32_t first_input = std::clamp(begin, 0, y.input - 1);
  y.input = std::max(std::min(end, y.input), first_input + 1) - first_input;
  y.pad = first_input - begin;
  y.output = rows;
  strip.input = int64_t{first_input} * p.window.x.input * in_channels;
  strip.output = int64_t{first} * p.window.x.output * out_channels;
  return strip;
}

// What a family of operators tells of its layers: Draw, sizes, kernels, for reports and smaller
// layers a list of its numbers, and strips of an image's rows, if it has any.
template <typename Params>
struct Family;

std::vector<int32_t*> Numbers(Axis& axis) {
  return {&axis.input, &axis.kernel, &axis.stride, &axis.dilation};
}
// Computes the output's size and the padding anew. False when the axis is none.
bool Remake(Padding padding, Axis* axis) {
  return MakeAxis(padding, axis->input, axis->kernel, axis->stride, axis->dilation, axis);
}
Axis DrawAxis(Random& random, bool dilate) {
  if (random.Chance(10)) {  // a long one
    Axis axis;
    const int32_t kernel = random.Int(1, 12);
    const Padding padding = random.Chance(50) ? Padding::kSame : Padding::kValid;
    if (MakeAxis(padding, kernel + random.Int(0, 30), kernel, random.Int(1, 4), 1, &axis))
      return axis;
  }
  Axis axis = reference::RandomAxis(random, dilate);
  if (random.Chance(15)) {  // any padding on both sides, as an NPU's operation may have it
    const int32_t extent = (axis.kernel - 1) * axis.dilation + 1;
    axis.pad = random.Int(0, extent - 1);
    axis.output = (axis.input + axis.pad + random.Int(0, extent - 1) - extent) / axis.stride + 1;
    axis.output = std::max(1, axis.output);
  }
  return axis;
}
// Few channels, as many as a vector or a group has, a little more or less.
int32_t DrawChannels(Random& random) {
  if (random.Chance(60)) return random.Int(1, 9);
  const int32_t round = 1 << random.Int(2, 7);
  return std::max(1, round + (random.Chance(50) ? 0 : random.Int(-3, 3)));
}

// Of any padding: bytes on the left and a size of the output that need not be MakeAxis's, as long
// as the parameters are those of a window.
template <>
struct Family<ConvS8Params> {
  using Params = ConvS8Params;
  static Params Draw(Random& random) {
    Params p;
    p.window.batches = random.Chance(20) ? random.Int(2, 3) : 1;
    p.window.y = DrawAxis(random, true);
    p.window.x = DrawAxis(random, true);
    if (random.Chance(25)) {
      (void)MakeAxis(Padding::kValid, p.window.y.input, 1, random.Int(1, 2), 1, &p.window.y);
      (void)MakeAxis(Padding::kValid, p.window.x.input, 1, random.Int(1, 2), 1, &p.window.x);
    }
    p.groups = random.Chance(15) ? random.Int(2, 4) : 1;
    p.in_channels = p.groups * DrawChannels(random);
    p.out_channels = p.groups * DrawChannels(random);
    p.input_zero = random.Zero();
    return p;
  }
  static Sizes SizesOf(const Params& p) {
    const Window& w = p.window;
    const int64_t taps = int64_t{w.y.kernel} * w.x.kernel * (p.in_channels / p.groups);
    const int64_t output = int64_t{w.batches} * w.y.output * w.x.output * p.out_channels;
    return {int64_t{w.batches} * w.y.input * w.x.input * p.in_channels, taps * p.out_channels,
            output, p.out_channels, taps * output};
  }
  static int32_t RowsOf(const Params& p) { return p.window.batches == 1 ? p.window.y.output : 0; }
  static Strip<Params> StripAt(const Params& p, int32_t first, int32_t rows) {
    return StripOf(p, first, rows, p.in_channels, p.out_channels);
  }
  static const FilterKernelS8<Params>& Kernel(Isa isa) { return ConvS8Kernel(isa); }
  static const FilterKernelS8<Params>& DeviceKernel() { return DeviceConvS8Kernel(); }
  static const FilterKernelS8<Params>& Specification() { return scalar::kConvS8; }
  static std::vector<int32_t*> NumbersOf(Params& p) {
    return {&p.window.batches,    &p.window.y.input, &p.window.y.kernel, &p.window.y.stride,
            &p.window.y.dilation, &p.window.x.input, &p.window.x.kernel, &p.window.x.stride,
            &p.window.x.dilation, &p.in_channels,    &p.out_channels,    &p.groups};
  }
  static bool Repair(Params& p) {
    return Remake(PaddingOf(p.window.y), &p.window.y) &&
           Remake(PaddingOf(p.window.x), &p.window.x) && p.in_channels % p.groups == 0 &&
           p.out_channels % p.groups == 0;
  }
  static Padding PaddingOf(const Axis& axis) {
    return axis.pad > 0 ? Padding::kSame : Padding::kValid;
  }
};

template <>
struct Family<DepthwiseS8Params> {
  using Params = DepthwiseS8Params;
  static Params Draw(Random& random) {
    Params p;
    p.window.batches = random.Chance(20) ? random.Int(2, 3) : 1;
    p.window.y = DrawAxis(random, true);
    p.window.x = DrawAxis(random, true);
    // Columns alone, or pixels.
    if (random.Chance(20)) (void)MakeAxis(Padding::kValid, 1, 1, 1, 1, &p.window.x);
    p.channels = DrawChannels(random);
    p.multiplier = random.Chance(30) ? random.Int(2, 9) : 1;
    p.input_zero = random.Zero();
    return p;
  }
  static Sizes SizesOf(const Params& p) {
    const Window& w = p.window;
    const int32_t outputs = p.channels * p.multiplier;
    const int64_t taps = int64_t{w.y.kernel} * w.x.kernel;
    const int64_t output = int64_t{w.batches} * w.y.output * w.x.output * outputs;
    return {int64_t{w.batches} * w.y.input * w.x.input * p.channels, taps * outputs, output,
            outputs, taps * output};
  }
  static int32_t RowsOf(const Params& p) { return p.window.batches == 1 ? p.window.y.output : 0; }
  static Strip<Params> StripAt(const Params& p, int32_t first, int32_t rows) {
    return StripOf(p, first, rows, p.channels, p.channels * p.multiplier);
  }
  static const FilterKernelS8<Params>& Kernel(Isa isa) { return DepthwiseS8Kernel(isa); }
  static const FilterKernelS8<Params>& DeviceKernel() { return DeviceDepthwiseS8Kernel(); }
  static const FilterKernelS8<Params>& Specification() { return scalar::kDepthwiseS8; }
  static std::vector<int32_t*> NumbersOf(Params& p) {
    return {&p.window.batches,    &p.window.y.input, &p.window.y.kernel, &p.window.y.stride,
            &p.window.y.dilation, &p.window.x.input, &p.window.x.kernel, &p.window.x.stride,
            &p.window.x.dilation, &p.channels,       &p.multiplier};
  }
  static bool Repair(Params& p) {
    return Remake(Family<ConvS8Params>::PaddingOf(p.window.y), &p.window.y) &&
           Remake(Family<ConvS8Params>::PaddingOf(p.window.x), &p.window.x);
  }
};

template <>
struct Family<FullyConnectedS8Params> {
  using Params = FullyConnectedS8Params;
  static Params Draw(Random& random) {
    Params p;
    p.batches = random.Chance(50) ? 1 : random.Int(2, 20);
    p.depth = random.Chance(20) ? random.Int(100, 700) : DrawChannels(random);
    p.outputs = DrawChannels(random);
    p.input_zero = random.Zero();
    p.filter_zero = random.Chance(70) ? int16_t{0} : random.Zero();
    return p;
  }
  static Sizes SizesOf(const Params& p) {
    const int64_t weights = int64_t{p.depth} * p.outputs;
    return {int64_t{p.batches} * p.depth, weights, int64_t{p.batches} * p.outputs, p.outputs,
            p.batches * weights};
  }
  static int32_t RowsOf(const Params&) { return 0; }
  static Strip<Params> StripAt(const Params& p, int32_t, int32_t) { return {p, 0, 0}; }
  static const FilterKernelS8<Params>& Kernel(Isa isa) { return FullyConnectedS8Kernel(isa); }
  static const FilterKernelS8<Params>& DeviceKernel() { return DeviceFullyConnectedS8Kernel(); }
  static const FilterKernelS8<Params>& Specification() { return scalar::kFullyConnectedS8; }
  static std::vector<int32_t*> NumbersOf(Params& p) { return {&p.batches, &p.depth, &p.outputs}; }
  static bool Repair(Params&) { return true; }
};

template <>
struct Family<TransposeConvS8Params> {
  using Params = TransposeConvS8Params;
  static Params Draw(Random& random) {
    Params p;
    p.window.batches = random.Chance(20) ? random.Int(2, 3) : 1;
    p.window.y = DrawAxis(random, false);
    p.window.x = DrawAxis(random, false);
    p.in_channels = DrawChannels(random);
    p.out_channels = DrawChannels(random);
    p.input_zero = random.Zero();
    return p;
  }
  static Sizes SizesOf(const Params& p) {
    const Window& w = p.window;
    const int64_t taps = int64_t{w.y.kernel} * w.x.kernel * p.in_channels;
    const int64_t output = int64_t{w.batches} * w.y.input * w.x.input * p.out_channels;
    return {int64_t{w.batches} * w.y.output * w.x.output * p.in_channels, taps * p.out_channels,
            output, p.out_channels, taps * output};
  }
  static int32_t RowsOf(const Params& p) { return p.window.batches == 1 ? p.window.y.input : 0; }
  // Of all of the input.
  static Strip<Params> StripAt(const Params& p, int32_t first, int32_t rows) {
    Strip<Params> strip = {p, 0, int64_t{first} * p.window.x.input * p.out_channels};
    strip.params.window.y.input = rows;
    strip.params.window.y.pad += first;
    return strip;
  }
  static const FilterKernelS8<Params>& Kernel(Isa isa) { return TransposeConvS8Kernel(isa); }
  static const FilterKernelS8<Params>& DeviceKernel() { return DeviceTransposeConvS8Kernel(); }
  static const FilterKernelS8<Params>& Specification() { return scalar::kTransposeConvS8; }
  static std::vector<int32_t*> NumbersOf(Params& p) {
    return {&p.window.batches,  &p.window.y.input, &p.window.y.kernel,
            &p.window.y.stride, &p.window.x.input, &p.window.x.kernel,
            &p.window.x.stride, &p.in_channels,    &p.out_channels};
  }
  static bool Repair(Params& p) {
    return Remake(Family<ConvS8Params>::PaddingOf(p.window.y), &p.window.y) &&
           Remake(Family<ConvS8Params>::PaddingOf(p.window.x), &p.window.x);
  }
};

// A layer: its parameters, and the seed of all bytes.
template <typename Params>
struct Case {
  Params params;
  uint32_t seed;
};

template <typename Params>
std::string Describe(Case<Params> c) {
  std::ostringstream text;
  text << "seed " << c.seed << ", numbers";
  for (const int32_t* number : Family<Params>::NumbersOf(c.params)) text << ' ' << *number;
  return text.str();
}

// Memory for all that a kernel sees, reused from round to round.
struct Memory {
  GuardedMemory input{1 << 20}, weights{1 << 20}, bias{1 << 16}, prepared{1 << 23},
      scratch{1 << 20}, output{1 << 20};
};

template <typename Params>
class Comparison {
 public:
  Comparison(Memory& memory, const Case<Params>& c)
      : memory_(memory),
        random_(c.seed),
        params_(c.params),
        sizes_(Family<Params>::SizesOf(c.params)),
        finish_(random_, sizes_.channels),
        at_end_(random_.Chance(50)) {
    params_.output = finish_.output;
    input_ = Place(memory.input, sizes_.input, 1);
    weights_ = Place(memory.weights, sizes_.weights, 1);
    const auto input = random_.S8(sizes_.input), weights = random_.S8(sizes_.weights);
    std::copy(input.begin(), input.end(), input_);
    std::copy(weights.begin(), weights.end(), weights_);
    expected_ = Run(Family<Params>::Specification(), 1).value_or(std::vector<int8_t>());
  }

  // Why the kernel's output is wrong, or nothing.
  std::string Fault(const FilterKernelS8<Params>& kernel) {
    if (!StopsAtOnce(kernel)) return "it did not stop";
    const auto output = Run(kernel, random_.Chance(70) ? 1 : random_.Int(2, 4));
    if (!output) return "it stopped, or wrote to a margin";
    const auto [at, expected] = std::mismatch(output->begin(), output->end(), expected_.begin());
    if (at == output->end()) return "";
    std::ostringstream text;
    text << "output " << (at - output->begin()) << " is " << int{*at} << ", expected "
         << int{*expected};
    return text.str();
  }

 private:
  int8_t* Place(GuardedMemory& memory, int64_t bytes, size_t alignment) {
    return reinterpret_cast<int8_t*>(memory.Place(static_cast<size_t>(bytes), at_end_, alignment));
  }

  // Prepares the layer, its output anything.
  LayerS8 Prepare(const FilterKernelS8<Params>& kernel) {
    const auto bytes = [&](GuardedMemory& memory, size_t size) {
      return memory.Place(size, at_end_, kKernelAlignment);
    };
    uint8_t* prepared = bytes(memory_.prepared, kernel.prepared_bytes(params_));
    uint8_t* scratch = bytes(memory_.scratch, kernel.scratch_bytes(params_));
    output_ = Place(memory_.output, sizes_.output, 1);
    std::fill_n(output_, sizes_.output, static_cast<int8_t>(random_.Int(-128, 127)));
    kernel.prepare(params_, {weights_, finish_.bias(), finish_.scales()}, prepared);
    return {weights_, prepared, scratch};
  }

  // All of a layer's work goes to one of the shares at least.
  bool StopsAtOnce(const FilterKernelS8<Params>& kernel) {
    if (!random_.Chance(2)) return true;
    StopToken stop;
    stop.Raise();
    return !kernel.run(params_, input_, Prepare(kernel), output_, {}, stop);
  }

  bool RunWhole(const FilterKernelS8<Params>& kernel, const LayerS8& layer, int32_t shares) {
    StopToken stop;
    for (int32_t i = shares; i-- > 0;)
      if (!kernel.run(params_, input_, layer, output_, {i, shares}, stop)) return false;
    return true;
  }
  // What was prepared for the whole serves any rows of it.
  bool RunStrips(const FilterKernelS8<Params>& kernel, const LayerS8& layer, int32_t shares) {
    const int32_t all = Family<Params>::RowsOf(params_);
    StopToken stop;
    for (int32_t first = 0; first < all;) {
      const int32_t rows = random_.Int(1, all - first);
      const Strip<Params> strip = Family<Params>::StripAt(params_, first, rows);
      for (int32_t i = 0; i < shares; ++i) {
        if (!kernel.run(strip.params, input_ + strip.input, layer, output_ + strip.output,
                        {i, shares}, stop))
          return false;
      }
      first += rows;
    }
    return true;
  }

  std::optional<std::vector<int8_t>> Run(const FilterKernelS8<Params>& kernel, int32_t shares) {
    const LayerS8 layer = Prepare(kernel);
    const bool strips = Family<Params>::RowsOf(params_) > 1 && random_.Chance(30);
    if (!(strips ? RunStrips(kernel, layer, shares) : RunWhole(kernel, layer, shares)))
      return std::nullopt;
    if (!memory_.prepared.MarginIsIntact() || !memory_.scratch.MarginIsIntact())
      return std::nullopt;
    return std::vector<int8_t>(output_, output_ + sizes_.output);
  }

  Memory& memory_;
  Random random_;
  Params params_;
  Sizes sizes_;
  reference::RandomFinish finish_;
  bool at_end_;
  int8_t* input_;
  int8_t* weights_;
  int8_t* output_ = nullptr;
  std::vector<int8_t> expected_;
};

template <typename Params>
std::string FaultOf(Memory& memory, const FilterKernelS8<Params>& kernel, const Case<Params>& c) {
  return Comparison<Params>(memory, c).Fault(kernel);
}

// The smallest case found by halving and lessening numbers that fails as well.
template <typename Params>
Case<Params> Shrink(Memory& memory, const FilterKernelS8<Params>& kernel, Case<Params> c) {
  using F = Family<Params>;
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (size_t i = 0; i < F::NumbersOf(c.params).size(); ++i) {
      for (const int32_t less :
           {1, *F::NumbersOf(c.params)[i] / 2, *F::NumbersOf(c.params)[i] - 1}) {
        Case<Params> candidate = c;
        int32_t* number = F::NumbersOf(candidate.params)[i];
        if (less < 1 || less >= *number) continue;
        *number = less;
        if (!F::Repair(candidate.params) || FaultOf(memory, kernel, candidate).empty()) continue;
        c = candidate;
        smaller = true;
      }
    }
  }
  return c;
}

// Kernels that are chosen for large layers only.
template <typename Params>
void InsertTiles(std::set<const FilterKernelS8<Params>*>*) {}
#if defined(__x86_64__)
template <>
void InsertTiles(std::set<const FilterKernelS8<ConvS8Params>*>* kernels) {
  if (HostIsa() >= Isa::kAmx) kernels->insert(&amx::kConvS8);
}
template <>
void InsertTiles(std::set<const FilterKernelS8<TransposeConvS8Params>*>* kernels) {
  if (HostIsa() >= Isa::kAmx) kernels->insert(&amx::kTransposeConvS8);
}
#endif

// All that this CPU has, but the specification.
template <typename Params>
std::set<const FilterKernelS8<Params>*> KernelsOfThisMachine() {
  using F = Family<Params>;
  std::set<const FilterKernelS8<Params>*> kernels;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Vnni, Isa::kAmx})
    if (isa <= HostIsa()) kernels.insert(&F::Kernel(isa));
  InsertTiles(&kernels);
  kernels.insert(&F::DeviceKernel());
  kernels.erase(&F::Specification());
  return kernels;
}

template <typename Params>
void ExpectKernelsAgree(uint32_t seed) {
  using F = Family<Params>;
  const int rounds = reference::Rounds() == 200 ? 2000 : 100'000;
  Memory memory;
  const auto kernels = KernelsOfThisMachine<Params>();
  Random random(seed);
  CrashNote note;
  for (int round = 0; round < rounds && !kernels.empty(); ++round) {
    Case<Params> c = {F::Draw(random), static_cast<uint32_t>(random.engine()())};
    while (F::SizesOf(c.params).work > kMostWork) c.params = F::Draw(random);
    note.Set("in " + Describe(c) + "\n");
    Comparison<Params> comparison(memory, c);
    for (const auto* kernel : kernels) {
      if (comparison.Fault(*kernel).empty()) continue;
      const Case<Params> small = Shrink(memory, *kernel, c);
      FAIL() << kernel->name << ": " << FaultOf(memory, *kernel, small) << "\n"
             << Describe(small) << "\nfrom " << Describe(c);
    }
  }
}

TEST(FilterKernels, ConvolutionsAgree) { ExpectKernelsAgree<ConvS8Params>(41); }
TEST(FilterKernels, DepthwiseConvolutionsAgree) { ExpectKernelsAgree<DepthwiseS8Params>(44); }
TEST(FilterKernels, FullyConnectedLayersAgree) { ExpectKernelsAgree<FullyConnectedS8Params>(42); }
TEST(FilterKernels, TransposedConvolutionsAgree) { ExpectKernelsAgree<TransposeConvS8Params>(43); }

// Larger than the rows and columns that kernels take together.
template <typename Params>
void ExpectKernelsAgreeOn(const Params& p) {
  Memory memory;
  Comparison<Params> comparison(memory, {p, 45});
  for (const auto* kernel : KernelsOfThisMachine<Params>())
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(comparison.Fault(*kernel), "") << kernel->name << Describe<Params>({p, 45});
}
Window WindowOf(int32_t height, int32_t width, int32_t kernel, int32_t stride) {
  Window window;
  EXPECT_TRUE(MakeAxis(Padding::kSame, height, kernel, stride, 1, &window.y) &&
              MakeAxis(Padding::kSame, width, kernel, stride, 1, &window.x));
  return window;
}

TEST(FilterKernels, LargeLayersAgree) {
  ConvS8Params conv = {WindowOf(5, 300, 3, 1), 64, 8, 1, -3, {}};
  ExpectKernelsAgreeOn(conv);
  conv.window = WindowOf(6, 301, 3, 2);
  ExpectKernelsAgreeOn(conv);
  conv = {WindowOf(40, 50, 1, 1), 20, 70, 1, 5, {}};
  ExpectKernelsAgreeOn(conv);
  conv = {WindowOf(60, 40, 3, 1), 3, 17, 1, 5, {}};
  ExpectKernelsAgreeOn(conv);
  for (const int32_t channels : {80, 144}) {  // a last block of 16 behind whole bundles
    conv = {WindowOf(9, 9, 1, 1), 20, channels, 1, 5, {}};
    ExpectKernelsAgreeOn(conv);
  }
  ExpectKernelsAgreeOn(FullyConnectedS8Params{1, 3001, 70, 4, 0, {}});
  ExpectKernelsAgreeOn(TransposeConvS8Params{WindowOf(9, 260, 4, 2), 64, 5, 4, {}});
}

}  // namespace moonlet::filter_kernels_test
