// bench/kernels_bench.cc - the kernels by themselves: float vectors and matrices, and the
// int8 operators on layers of the keyword-spotting and person-detection networks.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
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

void ConvS8(State& state, Layer layer) {
  const int64_t filter_size = layer.taps() * layer.channels;
  const auto input = Bytes(layer.input_size());
  const auto filter = Bytes(filter_size * layer.out_channels);
  std::vector<int8_t> output(static_cast<size_t>(layer.pixels() * layer.out_channels));
  const Channels channels(layer.out_channels);
  const ConvS8Params p = {layer.window(), layer.channels, layer.out_channels, 1, -5, kRelu};
  StopToken stop;
  for (auto _ : state) {
    if (!moonlet::ConvS8(p, input.data(), filter.data(), channels.biases(), channels.scales(),
                         output.data(), stop))
      state.SkipWithError("stopped");
    benchmark::ClobberMemory();
  }
  CountMacs(state, layer.pixels() * layer.out_channels * filter_size);
}
BENCHMARK_CAPTURE(ConvS8, keywords_10x4, Layer{49, 10, 1, 64, 10, 4, 2});
BENCHMARK_CAPTURE(ConvS8, keywords_1x1, Layer{25, 5, 64, 64, 1, 1, 1});
BENCHMARK_CAPTURE(ConvS8, pictures_3x3, Layer{32, 32, 16, 16, 3, 3, 1});
BENCHMARK_CAPTURE(ConvS8, people_first, Layer{96, 96, 3, 8, 3, 3, 2});
BENCHMARK_CAPTURE(ConvS8, people_8_channels, Layer{48, 48, 8, 16, 1, 1, 1});

void DepthwiseS8(State& state, Layer layer) {
  const int64_t outputs = layer.out_channels;
  const auto input = Bytes(layer.input_size());
  const auto filter = Bytes(layer.taps() * outputs);
  std::vector<int8_t> output(static_cast<size_t>(layer.pixels() * outputs));
  const Channels channels(outputs);
  const DepthwiseS8Params p = {layer.window(), layer.channels, layer.out_channels / layer.channels,
                               -5, kRelu};
  StopToken stop;
  for (auto _ : state) {
    if (!moonlet::DepthwiseS8(p, input.data(), filter.data(), channels.biases(), channels.scales(),
                              output.data(), stop))
      state.SkipWithError("stopped");
    benchmark::ClobberMemory();
  }
  CountMacs(state, layer.pixels() * outputs * layer.taps());
}
BENCHMARK_CAPTURE(DepthwiseS8, keywords, Layer{25, 5, 64, 64, 3, 3, 1});
BENCHMARK_CAPTURE(DepthwiseS8, people_8_channels, Layer{48, 48, 8, 8, 3, 3, 1});
BENCHMARK_CAPTURE(DepthwiseS8, multiplier_8, Layer{48, 48, 1, 8, 3, 3, 1});

void FullyConnectedS8(State& state) {
  const auto depth = static_cast<int32_t>(state.range(0));
  const auto outputs = static_cast<int32_t>(state.range(1));
  const auto input = Bytes(depth);
  const auto filter = Bytes(int64_t{depth} * outputs);
  std::vector<int8_t> output(static_cast<size_t>(outputs));
  const Channels channels(outputs);
  const FullyConnectedS8Params p = {1, depth, outputs, -5, 0, kRelu};
  StopToken stop;
  for (auto _ : state) {
    if (!moonlet::FullyConnectedS8(p, input.data(), filter.data(), channels.biases(),
                                   channels.scales(), output.data(), stop))
      state.SkipWithError("stopped");
    benchmark::ClobberMemory();
  }
  CountMacs(state, int64_t{depth} * outputs);
}
BENCHMARK(FullyConnectedS8)->Args({640, 128})->Args({64, 12});

}  // namespace
}  // namespace moonlet
