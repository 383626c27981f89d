// bench/kernels_bench.cc - the kernels by themselves: float vectors and matrices, what takes each
// element or row by itself, and the int8 operators on layers of the keyword-spotting, picture and
// person-detection networks.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/base/float_mode.h"
#include "engine/kernels/byte_table.h"
#include "engine/kernels/conv.h"
#include "engine/kernels/depthwise.h"
#include "engine/kernels/float_kernels.h"
#include "engine/kernels/fully_connected.h"
#include "engine/kernels/integer_loops.h"
#include "engine/kernels/logistic.h"
#include "engine/kernels/resize.h"
#include "engine/kernels/strided_copy.h"
#include "engine/kernels/svdf.h"
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

// How often the machine runs a kernel of so many elements, and which table it takes them from.
template <typename Run>
void RunElements(State& state, int64_t elements, Run run) {
  const FlushDenormals flush;
  StopToken stop;
  for (auto _ : state) {
    if (!run(stop)) state.SkipWithError("stopped");
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * elements);
  state.SetLabel(BestIntegerLoops().name);
}

std::vector<int16_t> Words(int64_t n) {
  std::vector<int16_t> values(static_cast<size_t>(n));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int16_t>(i * 9973 % 65521);
  return values;
}

// Rows, entries of each.
void SoftmaxOfBytes(State& state) {
  SoftmaxS8Params p;
  const auto rows = static_cast<int32_t>(state.range(0));
  const auto depth = static_cast<int32_t>(state.range(1));
  if (!MakeSoftmaxS8(rows, depth, 1, 0.1f, &p)) state.SkipWithError("refused");
  const auto x = Bytes(int64_t{rows} * depth);
  std::vector<int8_t> y(x.size());
  RunElements(state, rows * depth,
              [&](const StopToken& stop) { return SoftmaxS8(p, x.data(), y.data(), stop); });
}
BENCHMARK(SoftmaxOfBytes)->Args({1, 2})->Args({1, 12})->Args({64, 64})->Args({1, 1000});

void SoftmaxOfWords(State& state) {
  SoftmaxS16Params p;
  const auto depth = static_cast<int32_t>(state.range(0));
  if (!MakeSoftmaxS16(1, depth, 1, 0.001f, &p)) state.SkipWithError("refused");
  const auto x = Words(depth);
  std::vector<int16_t> y(x.size());
  RunElements(state, depth,
              [&](const StopToken& stop) { return SoftmaxS16(p, x.data(), y.data(), stop); });
}
BENCHMARK(SoftmaxOfWords)->Arg(12)->Arg(1000);

// A mean of {rows, columns} over the axes whose bits are set.
void MeanOfBytes(State& state) {
  const int32_t shape[] = {static_cast<int32_t>(state.range(0)),
                           static_cast<int32_t>(state.range(1))};
  const Reduction r = MakeReduction(shape, static_cast<uint32_t>(state.range(2)));
  const SumParams p = {{1 << 30, -5}, -3, 4};
  const auto x = Bytes(int64_t{shape[0]} * shape[1]);
  std::vector<int8_t> y(x.size());
  RunElements(state, shape[0] * shape[1],
              [&](const StopToken& stop) { return ReduceSum(p, r, x.data(), y.data(), stop); });
}
BENCHMARK(MeanOfBytes)->Args({49, 256, 1})->Args({64, 640, 2});

void TableOfBytes(State& state) {
  const auto x = Bytes(state.range(0));
  std::vector<int8_t> y(x.size());
  const ByteTable table = MakeByteTable([](int32_t i) { return static_cast<int8_t>(i / 2); });
  RunElements(state, state.range(0), [&](const StopToken& stop) {
    return MapBytes(table, x.data(), x.size(), y.data(), stop);
  });
}
BENCHMARK(TableOfBytes)->Arg(64)->Arg(4096);

void QuantizeFloats(State& state) {
  const auto x = Floats(state.range(0));
  std::vector<int8_t> y(x.size());
  RunElements(state, state.range(0), [&](const StopToken&) {
    Quantize(x.data(), x.size(), 0.1f, -3, y.data());
    return true;
  });
}
BENCHMARK(QuantizeFloats)->Arg(4096);

void DequantizeBytes(State& state) {
  const auto x = Bytes(state.range(0));
  std::vector<float> y(x.size());
  RunElements(state, state.range(0), [&](const StopToken&) {
    Dequantize(x.data(), x.size(), 0.1f, -3, y.data());
    return true;
  });
}
BENCHMARK(DequantizeBytes)->Arg(4096);

void RequantizeBytes(State& state) {
  const RequantizeParams p = {{1518500250, 0}, -3, 5};
  const auto x = Bytes(state.range(0));
  std::vector<int8_t> y(x.size());
  RunElements(state, state.range(0), [&](const StopToken&) {
    Requantize(p, x.data(), x.size(), y.data());
    return true;
  });
}
BENCHMARK(RequantizeBytes)->Arg(4096);

void LogisticOfWords(State& state) {
  LogisticS16Params p;
  const auto n = static_cast<int32_t>(state.range(0));
  if (!MakeLogisticS16(1.0f / 4096, n, &p)) state.SkipWithError("refused");
  const auto x = Words(n);
  std::vector<int16_t> y(x.size());
  RunElements(state, n,
              [&](const StopToken& stop) { return LogisticS16(p, x.data(), y.data(), stop); });
}
BENCHMARK(LogisticOfWords)->Arg(4096);

// Doubles an image.
void ResizeBytes(State& state) {
  ResizeParams p;
  p.y = p.x = {static_cast<int32_t>(state.range(0)), 2 * static_cast<int32_t>(state.range(0))};
  p.channels = static_cast<int32_t>(state.range(1));
  p.half_pixels = true;
  const auto x = Bytes(int64_t{p.y.input} * p.x.input * p.channels);
  std::vector<int8_t> y(4 * x.size());
  RunElements(state, static_cast<int64_t>(y.size()),
              [&](const StopToken& stop) { return ResizeBilinearS8(p, x.data(), y.data(), stop); });
}
BENCHMARK(ResizeBytes)->Args({32, 3})->Args({16, 64});

void DepthwiseOfWords(State& state, Layer layer) {
  const int64_t outputs = layer.pixels() * layer.out_channels;
  const DepthwiseS16Params p = {layer.window(), layer.channels, 1, {}};
  const auto x = Words(layer.input_size());
  const auto filter = Bytes(layer.taps() * layer.channels);
  std::vector<int16_t> y(static_cast<size_t>(outputs));
  const std::vector<int64_t> bias(static_cast<size_t>(layer.channels), 100);
  const Channels channels(layer.channels);
  RunElements(state, outputs, [&](const StopToken& stop) {
    return DepthwiseS16(p, x.data(), filter.data(), Unaligned<int64_t>(bias.data()),
                        channels.scales(), y.data(), stop);
  });
  CountMacs(state, outputs * layer.taps());
}
BENCHMARK_CAPTURE(DepthwiseOfWords, keywords, Layer{25, 5, 64, 64, 3, 3, 1});

void TransposeConvOfFloats(State& state) {
  const auto size = static_cast<int32_t>(state.range(0));
  const auto channels = static_cast<int32_t>(state.range(1));
  const Layer doubled = {2 * size, 2 * size, channels, channels, 4, 4, 2};
  const TransposeConvF32Params p = {doubled.window(), channels, channels, {-1, 1}};
  const int64_t inputs = int64_t{size} * size * channels;
  const auto x = Floats(inputs), filter = Floats(doubled.taps() * channels * channels);
  std::vector<float> y(static_cast<size_t>(4 * inputs));
  RunElements(state, 4 * inputs, [&](const StopToken& stop) {
    return TransposeConvF32(p, x.data(), Unaligned<float>(filter.data()), {}, y.data(), stop);
  });
  CountMacs(state, inputs * doubled.taps() * channels);
}
BENCHMARK(TransposeConvOfFloats)->Args({16, 32});

// Filters, elements of a frame, frames remembered: the state is int16.
void SvdfOfBytes(State& state) {
  SvdfS8Params p;
  p.filters = static_cast<int32_t>(state.range(0));
  p.depth = static_cast<int32_t>(state.range(1));
  p.memory = static_cast<int32_t>(state.range(2));
  p.feature_scale = p.time_scale = {1 << 30, -8};
  const auto x = Bytes(p.depth), features = Bytes(int64_t{p.filters} * p.depth);
  const auto times = Words(int64_t{p.filters} * p.memory);
  std::vector<int16_t> states(times.size());
  const std::vector<int32_t> bias(static_cast<size_t>(p.filters), 100);
  std::vector<int8_t> y(bias.size());
  RunElements(state, p.filters, [&](const StopToken& stop) {
    return SvdfS8(p, x.data(), features.data(), Unaligned<int16_t>(times.data()),
                  Unaligned<int32_t>(bias.data()), states.data(), y.data(), stop);
  });
  CountMacs(state, int64_t{p.filters} * (p.depth + p.memory));
}
BENCHMARK(SvdfOfBytes)->Args({128, 64, 8})->Args({32, 64, 32});

// The planes of a picture become its channels.
void TransposeBytes(State& state) {
  const auto channels = static_cast<int32_t>(state.range(0));
  const auto pixels = static_cast<int32_t>(state.range(1));
  const StridedAxis axes[] = {{pixels, 1, channels}, {channels, pixels, 1}};
  const StridedCopy copy = MakeStridedCopy(axes, 1);
  const std::vector<uint8_t> x(static_cast<size_t>(channels) * static_cast<size_t>(pixels));
  std::vector<uint8_t> y(x.size());
  RunElements(state, static_cast<int64_t>(x.size()),
              [&](const StopToken& stop) { return CopyStrided(copy, x.data(), y.data(), stop); });
}
BENCHMARK(TransposeBytes)->Args({3, 96 * 96})->Args({64, 24 * 24});

}  // namespace
}  // namespace moonlet
