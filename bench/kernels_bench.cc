// bench/kernels_bench.cc - the kernels by themselves: float vectors and matrices, and the
// int8 operators on layers of the keyword-spotting, picture and person-detection networks.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/transpose_conv.h"
#include "engine/tensor/dot.h"

namespace moonlet {
namespace {

using benchmark::Counter;
using benchmark::State;

std::vector<float> Floats(int64_t n) {
  std::vector<float> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 31) / 8 - 2;
  return values;
}

std::vector<int8_t> Bytes(int64_t n) {
  std::vector<int8_t> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int8_t>(i * 37 % 256 - 128);
  return values;
}

void CountMacs(State& state, int64_t macs) {
  state.counters["MAC/s"] = Counter(static_cast<double>(macs), Counter::kIsIterationInvariantRate);
}

void DotF32(State& state) {
  const int64_t n = state.range(0);
  auto a = Floats(n), b = Floats(n);
  float result;
  const auto length = static_cast<Index>(n);
  const Tensor x = RowMajor(a.data(), DType::kFloat32, {1, {length}});
  const Tensor y = RowMajor(b.data(), DType::kFloat32, {1, {length}});
  const Tensor out = RowMajor(&result, DType::kFloat32, {});
  StopToken stop;
  for (auto _ : state) {
    if (!Dot(x, y, out, stop).ok()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(result);
  }
  CountMacs(state, n);
}
BENCHMARK(DotF32)->Arg(64)->Arg(1024)->Arg(65536);

void MatmulF32(State& state) {
  const int64_t n = state.range(0);
  auto a = Floats(n * n), b = Floats(n * n), c = Floats(n * n);
  const auto length = static_cast<Index>(n);
  const Shape square = {2, {length, length}};
  const Tensor x = RowMajor(a.data(), DType::kFloat32, square);
  const Tensor y = RowMajor(b.data(), DType::kFloat32, square);
  const Tensor out = RowMajor(c.data(), DType::kFloat32, square);
  StopToken stop;
  for (auto _ : state) {
    if (!Matmul(x, y, out, stop).ok()) state.SkipWithError("refused");
    benchmark::ClobberMemory();
  }
  CountMacs(state, n * n * n);
}
BENCHMARK(MatmulF32)->Arg(16)->Arg(64)->Arg(256);

void MapF32(State& state, void (*FloatKernels<float>::*function)(const float*, float*, size_t)) {
  const auto x = Floats(1024);
  std::vector<float> y(x.size());
  for (auto _ : state) {
    const FlushDenormals flush;
    (Kernels<float>().*function)(x.data(), y.data(), x.size());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(x.size()));
}
BENCHMARK_CAPTURE(MapF32, exp, &FloatKernels<float>::exp);
BENCHMARK_CAPTURE(MapF32, sin, &FloatKernels<float>::sin);
BENCHMARK_CAPTURE(MapF32, tanh, &FloatKernels<float>::tanh);

// Memory that begins at a cache line, as a session has it.
class KernelMemory {
 public:
  explicit KernelMemory(size_t bytes) : memory_(bytes + kLine) {}
  uint8_t* get() {
    const auto at = reinterpret_cast<uintptr_t>(memory_.data());
    return memory_.data() + (kLine - at % kLine) % kLine;
  }

 private:
  static constexpr size_t kLine = 64;
  std::vector<uint8_t> memory_;
};

// An image layer with padding SAME: `size` x `size` pixels of `channels`.
struct Layer {
  int32_t height, width, channels, out_channels, kernel_y, kernel_x, stride;

  Window window() const {
    Window w;
    const bool fits = MakeAxis(Padding::kSame, height, kernel_y, stride, 1, &w.y) &&
                      MakeAxis(Padding::kSame, width, kernel_x, stride, 1, &w.x);
    return fits ? w : Window{};
  }
  int64_t input_size() const { return int64_t{height} * width * channels; }
  int64_t pixels() const { return int64_t{window().y.output} * window().x.output; }
  int64_t taps() const { return int64_t{kernel_y} * kernel_x; }
};

// Factors, bias and a place for the output, the same for all three operators.
struct Channels {
  explicit Channels(int64_t count)
      : values(static_cast<size_t>(count), 1 << 30),
        shifts(static_cast<size_t>(count), -8),
        bias(static_cast<size_t>(count), 100) {}
  ChannelScales scales() const { return {values.data(), shifts.data()}; }
  Unaligned<int32_t> biases() const { return Unaligned<int32_t>(bias.data()); }

  std::vector<int32_t> values;
  std::vector<int8_t> shifts;
  std::vector<int32_t> bias;
};

constexpr OutputS8 kRelu = {-10, -10, 127};

// The kernel of this machine on a layer that was prepared once.
template <typename Params>
void RunFilter(State& state, const FilterKernelS8<Params>& kernel, const Params& p,
               int64_t input_size, int64_t filter_size, int64_t output_size, int64_t outputs,
               int64_t macs) {
  const auto input = Bytes(input_size), filter = Bytes(filter_size);
  std::vector<int8_t> output(static_cast<size_t>(output_size));
  const Channels channels(outputs);
  KernelMemory prepared(kernel.prepared_bytes(p)), scratch(kernel.scratch_bytes(p));
  kernel.prepare(p, {filter.data(), channels.biases(), channels.scales()}, prepared.get());
  const LayerS8 layer = {filter.data(), prepared.get(), scratch.get()};
  StopToken stop;
  for (auto _ : state) {
    if (!kernel.run(p, input.data(), layer, output.data(), {}, stop))
      state.SkipWithError("stopped");
    benchmark::ClobberMemory();
  }
  state.SetLabel(kernel.name);
  CountMacs(state, macs);
}

void ConvS8(State& state, Layer layer) {
  const int64_t depth = layer.taps() * layer.channels;
  const int64_t outputs = layer.pixels() * layer.out_channels;
  const ConvS8Params p = {layer.window(), layer.channels, layer.out_channels, 1, -5, kRelu};
  RunFilter(state, ConvS8Kernel(), p, layer.input_size(), depth * layer.out_channels, outputs,
            layer.out_channels, outputs * depth);
}
BENCHMARK_CAPTURE(ConvS8, keywords_10x4, Layer{49, 10, 1, 64, 10, 4, 2});
BENCHMARK_CAPTURE(ConvS8, keywords_1x1, Layer{25, 5, 64, 64, 1, 1, 1});
BENCHMARK_CAPTURE(ConvS8, pictures_first, Layer{32, 32, 3, 16, 3, 3, 1});
BENCHMARK_CAPTURE(ConvS8, pictures_3x3, Layer{32, 32, 16, 16, 3, 3, 1});
BENCHMARK_CAPTURE(ConvS8, pictures_64_channels, Layer{8, 8, 64, 64, 3, 3, 1});
BENCHMARK_CAPTURE(ConvS8, people_first, Layer{96, 96, 3, 8, 3, 3, 2});
BENCHMARK_CAPTURE(ConvS8, people_8_channels, Layer{48, 48, 8, 16, 1, 1, 1});
BENCHMARK_CAPTURE(ConvS8, people_64_channels, Layer{12, 12, 64, 64, 1, 1, 1});
BENCHMARK_CAPTURE(ConvS8, people_256_channels, Layer{3, 3, 256, 256, 1, 1, 1});

void DepthwiseS8(State& state, Layer layer) {
  const int64_t outputs = layer.pixels() * layer.out_channels;
  const DepthwiseS8Params p = {layer.window(), layer.channels, layer.out_channels / layer.channels,
                               -5, kRelu};
  RunFilter(state, DepthwiseS8Kernel(), p, layer.input_size(), layer.taps() * layer.out_channels,
            outputs, layer.out_channels, outputs * layer.taps());
}
BENCHMARK_CAPTURE(DepthwiseS8, keywords, Layer{25, 5, 64, 64, 3, 3, 1});
BENCHMARK_CAPTURE(DepthwiseS8, people_8_channels, Layer{48, 48, 8, 8, 3, 3, 1});
BENCHMARK_CAPTURE(DepthwiseS8, multiplier_8, Layer{48, 48, 1, 8, 3, 3, 1});

void FullyConnectedS8(State& state) {
  const auto depth = static_cast<int32_t>(state.range(0));
  const auto outputs = static_cast<int32_t>(state.range(1));
  const FullyConnectedS8Params p = {1, depth, outputs, -5, 0, kRelu};
  const int64_t weights = int64_t{depth} * outputs;
  RunFilter(state, FullyConnectedS8Kernel(), p, depth, weights, outputs, outputs, weights);
}
BENCHMARK(FullyConnectedS8)->Args({640, 128})->Args({128, 128})->Args({64, 12});

// Doubles an image of `channels`.
void TransposeConvS8(State& state) {
  const auto size = static_cast<int32_t>(state.range(0));
  const auto channels = static_cast<int32_t>(state.range(1));
  const Layer doubled = {2 * size, 2 * size, channels, channels, 4, 4, 2};
  const TransposeConvS8Params p = {doubled.window(), channels, channels, -5, kRelu};
  const int64_t inputs = int64_t{size} * size * channels;
  RunFilter(state, TransposeConvS8Kernel(), p, inputs, doubled.taps() * channels * channels,
            4 * inputs, channels, inputs * doubled.taps() * channels);
}
BENCHMARK(TransposeConvS8)->Args({16, 32});

}  // namespace
}  // namespace moonlet
