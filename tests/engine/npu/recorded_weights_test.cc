#include "tests/engine/npu/recorded_weights.h"

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <random>

#include "engine/npu/mlw.h"
#include "tests/engine/nn/corpus.h"
#include "tests/engine/npu/mlw_reference.h"

namespace moonlet::npu {
namespace recorded_weights_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;
using Weights = std::vector<int16_t>;

Weights Decoded(const RecordedWeights& recorded, const Config& config) {
  Weights weights(static_cast<size_t>(WeightCount(recorded.operation)));
  const Status s = DecodeWeights(recorded.operation, config, recorded.stream, weights);
  EXPECT_TRUE(s.ok()) << "at " << recorded.at << ": " << s.what();
  return weights;
}

TEST(NpuRecordedWeights, EveryStreamHasTheOrdersPlacesAndZerosInPadding) {
  const auto files = AllRecordedFilters();
  if (files.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long streams = 0;
  long bytes = 0;
  for (const RecordedFilters& filters : files) {
    SCOPED_TRACE(filters.name);
    for (const RecordedWeights& recorded : filters.all) {
      Decoded(recorded, filters.config);
      ++streams;
      bytes += static_cast<long>(recorded.stream.size());
    }
  }
  ExpectCounts("engine/npu/weight_streams", streams, bytes);
}

std::vector<RecordedFilters> FiltersOf(const std::string& target) {
  std::vector<RecordedFilters> filters;
  for (const auto& file : RecordedFiles())
    if (file.parent_path() == VelaFolder() / target) AddFilters(file, &filters);
  return filters;
}

// Cut behind its last slice a stream is whole; cut before, it is refused.
TEST(NpuRecordedWeights, CutAnywhereAreRefusedOrWhole) {
  const auto files = FiltersOf("ethos-u55-128");
  if (files.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  std::mt19937 random(1);
  long cuts = 0;
  for (const RecordedFilters& filters : files)
    for (const RecordedWeights& recorded : filters.all) {
      SCOPED_TRACE(::testing::Message() << filters.name << " at " << recorded.at);
      const Weights whole = Decoded(recorded, filters.config);
      for (int i = 0; i < 6; ++i, ++cuts) {
        // In memory of its own: what is read behind it is seen.
        const size_t length = (i == 0  ? 0
                               : i < 3 ? recorded.stream.size() - random() % 20
                                       : random() % recorded.stream.size());
        const std::vector<uint8_t> cut(recorded.stream.begin(),
                                       recorded.stream.begin() + static_cast<ptrdiff_t>(length));
        Weights weights(whole.size());
        const Status s = DecodeWeights(recorded.operation, filters.config, cut, weights);
        if (s.ok()) {
          EXPECT_EQ(weights, whole);
        } else {
          EXPECT_EQ(s.code(), Code::kInvalid);
        }
      }
    }
  ExpectCounts("engine/npu/cut_weights", cuts, 0);
}

bool ReadAll(std::span<const uint8_t> stream, size_t limit, Weights* weights) {
  MlwReader reader(stream);
  std::array<int16_t, 100> part;
  size_t count;
  do {
    if (!reader.Read(part, &count).ok()) return false;
    weights->insert(weights->end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(count));
  } while (count > 0 && weights->size() < limit);
  return true;
}

TEST(NpuRecordedWeights, WithChangedBitsAreReadAsThePlainReaderDoes) {
  const auto files = FiltersOf("ethos-u55-128");
  if (files.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  std::mt19937 random(2);
  long changed = 0;
  long well_formed = 0;
  for (const RecordedFilters& filters : files)
    for (const RecordedWeights& recorded : filters.all) {
      if (recorded.stream.size() > 6000) continue;
      for (int i = 0; i < 4; ++i, ++changed) {
        SCOPED_TRACE(::testing::Message() << filters.name << " at " << recorded.at << ", " << i);
        std::vector<uint8_t> stream = recorded.stream;
        // Headers stand at the front.
        const size_t at = random() % (i < 2 ? std::min<size_t>(stream.size(), 40) : stream.size());
        stream[at] = static_cast<uint8_t>(stream[at] ^ 1U << random() % 8);
        Weights weights(static_cast<size_t>(WeightCount(recorded.operation)));
        const Status s = DecodeWeights(recorded.operation, filters.config, stream, weights);
        EXPECT_TRUE(s.ok() || s.code() == Code::kInvalid);
        constexpr size_t kLimit = 200000;
        PlainMlw plain(stream);
        const bool good = plain.Read(kLimit);
        if (plain.weights.size() >= kLimit) continue;
        Weights read;
        ASSERT_EQ(ReadAll(stream, kLimit, &read), good);
        if (!good) continue;
        ASSERT_EQ(read, plain.weights);
        ++well_formed;
      }
    }
  EXPECT_GT(well_formed, 50);
  ExpectCounts("engine/npu/changed_weights", changed, 0);
}

// What a CONV or DEPTHWISE of the stream is, its slices of output channels put together.
struct Layer {
  Operation operation;  // of the first slice; ofm.depth is the whole
  Weights weights;      // [y][x][channel] or [out][y][x][in]
  std::vector<int64_t> bias;
};

// Weights [pixel][channel] of two slices side by side.
Weights BesideEachOther(const Weights& a, size_t a_depth, const Weights& b, size_t b_depth) {
  Weights joined;
  for (size_t pixel = 0; pixel * a_depth < a.size(); ++pixel) {
    for (size_t c = 0; c < a_depth; ++c) joined.push_back(a[pixel * a_depth + c]);
    for (size_t c = 0; c < b_depth; ++c) joined.push_back(b[pixel * b_depth + c]);
  }
  return joined;
}

void Append(const RecordedWeights& recorded, const Config& config, Layer* layer) {
  const Weights weights = Decoded(recorded, config);
  const int32_t depth = recorded.operation.ofm.depth;
  if (layer->bias.empty()) {
    layer->operation = recorded.operation;
    layer->weights = weights;
  } else {
    if (recorded.operation.kind == OperationKind::kDepthwise)
      layer->weights =
          BesideEachOther(layer->weights, layer->bias.size(), weights, static_cast<size_t>(depth));
    else
      layer->weights.insert(layer->weights.end(), weights.begin(), weights.end());
    layer->operation.ofm.depth += depth;
  }
  for (int32_t c = 0; c < depth; ++c)
    layer->bias.push_back(
        ReadScaleRecord(recorded.scales.data() + size_t{kScaleRecordBytes} * static_cast<size_t>(c))
            .bias);
}

// A layer of the source model.
struct Source {
  bool depthwise;
  int out, height, width, in;  // depthwise: `out` channels
  Weights weights;
  std::vector<int64_t> bias;
};

std::vector<int64_t> BiasOf(const Node& node, int channels) {
  std::vector<int64_t> bias(static_cast<size_t>(channels), 0);
  if (!node.has_input(2)) return bias;
  const auto data = node.input(2).data();
  for (size_t c = 0; c < bias.size(); ++c) {
    int32_t value;
    std::memcpy(&value, data.data() + 4 * c, 4);
    bias[c] = value;
  }
  return bias;
}

// A DEPTHWISE_CONV_2D with one input channel is a CONV: [y][x][out] to [out][y][x].
void MakeConvOfDepthwise(Source* source) {
  const Weights old = source->weights;
  const int pixels = source->height * source->width;
  for (int out = 0; out < source->out; ++out)
    for (int pixel = 0; pixel < pixels; ++pixel)
      source->weights[static_cast<size_t>(out * pixels + pixel)] =
          old[static_cast<size_t>(pixel * source->out + out)];
  source->depthwise = false;
  source->in = 1;
}

Source SourceOf(const Node& node) {
  const ModelTensor filter = node.input(1);
  Source source;
  source.depthwise = node.code() == tflite::BuiltinOperator::DEPTHWISE_CONV_2D;
  const bool dense = node.code() == tflite::BuiltinOperator::FULLY_CONNECTED;
  source.out = filter.dim(source.depthwise ? 3 : 0);
  source.height = dense ? 1 : filter.dim(1);
  source.width = dense ? 1 : filter.dim(2);
  source.in = source.depthwise ? 1 : filter.dim(dense ? 1 : 3);
  for (const uint8_t byte : filter.data())
    source.weights.push_back(static_cast<int16_t>(static_cast<int8_t>(byte) - filter.zero_point()));
  source.bias = BiasOf(node, source.out);
  if (source.depthwise && node.input(0).dim(3) == 1 && source.out > 1) MakeConvOfDepthwise(&source);
  return source;
}

std::vector<Source> SourcesOf(const std::string& folder) {
  std::vector<Source> sources;
  const std::vector<uint8_t> file = ReadBytes(CorpusFolder(folder) / "model.tflite");
  Model model;
  const Status s = Model::Open(Bytes::Borrow(file), MallocAllocator(), &model);
  EXPECT_TRUE(s.ok()) << s.what();
  for (int i = 0; s.ok() && i < static_cast<int>(Count(MainGraph(model).operators())); ++i) {
    const Node node(model, i);
    const auto code = node.code();
    if (code == tflite::BuiltinOperator::CONV_2D ||
        code == tflite::BuiltinOperator::DEPTHWISE_CONV_2D ||
        code == tflite::BuiltinOperator::FULLY_CONNECTED)
      sources.push_back(SourceOf(node));
  }
  return sources;
}

// The compiled layers: slices until there are as many channels as the source has. Stripes of
// one layer use the same stream; only the first counts.
std::vector<Layer> LayersOf(const RecordedFilters& filters, const std::vector<Source>& sources) {
  std::vector<Layer> layers(sources.size());
  std::vector<uint64_t> seen;
  size_t layer = 0;
  for (const RecordedWeights& recorded : filters.all) {
    if (std::ranges::count(seen, recorded.at) > 0) continue;
    seen.push_back(recorded.at);
    if (layer < layers.size() &&
        layers[layer].bias.size() == static_cast<size_t>(sources[layer].out))
      ++layer;
    if (layer == layers.size()) {
      ADD_FAILURE() << "more layers than the source has";
      break;
    }
    Append(recorded, filters.config, &layers[layer]);
  }
  return layers;
}

struct Compared {
  long layers = 0;
  long weights = 0;
  long records = 0;
  long folded = 0;
};

void Compare(const Layer& layer, const Source& source, Compared* compared) {
  EXPECT_EQ(layer.bias, source.bias);
  compared->records += static_cast<long>(source.bias.size());
  const Operation& op = layer.operation;
  const bool same_shape = op.kernel.height == source.height && op.kernel.width == source.width &&
                          (source.depthwise || op.ifm.depth == source.in);
  if (!same_shape) {
    // Columns folded into depth: two for one.
    EXPECT_EQ(op.ifm.depth, 2 * source.in);
    EXPECT_EQ(op.kernel.stride_x, 1);
    ++compared->folded;
    return;
  }
  EXPECT_EQ(op.kind == OperationKind::kDepthwise, source.depthwise);
  EXPECT_EQ(layer.weights, source.weights);
  ++compared->layers;
  compared->weights += static_cast<long>(source.weights.size());
}

constexpr const char* kNetworks[][2] = {{"ad01_int8", "mlperf_ad_int8"},
                                        {"pretrainedResnet_quant", "mlperf_ic_int8"},
                                        {"kws_ref_model", "mlperf_kws_int8"},
                                        {"vww_96_int8", "mlperf_vww_int8"},
                                        {"str_ww_ref_model", "mlperf_sww_int8"},
                                        {"person_detect", "person_detect_int8"},
                                        {"micro_speech_quantized", "micro_speech_int8"},
                                        {"hello_world_int8", "hello_world_int8"}};
constexpr const char* kTargets[] = {"ethos-u55-32", "ethos-u55-64", "ethos-u55-128",
                                    "ethos-u55-256", "ethos-u65-256"};

TEST(NpuRecordedWeights, AreThoseOfTheModelsTheyWereCompiledFrom) {
  if (!HasCorpus() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  Compared all;
  for (const auto& [compiled, source] : kNetworks) {
    const std::vector<Source> sources = SourcesOf(source);
    for (const char* target : kTargets) {
      SCOPED_TRACE(std::string(target) + "/" + compiled);
      std::vector<RecordedFilters> filters;
      AddFilters(VelaFolder() / target / (std::string(compiled) + "_vela.tflite"), &filters);
      ASSERT_EQ(filters.size(), 1U);
      const std::vector<Layer> layers = LayersOf(filters[0], sources);
      for (size_t i = 0; i < layers.size(); ++i) {
        SCOPED_TRACE(::testing::Message() << "layer " << i);
        Compare(layers[i], sources[i], &all);
      }
    }
  }
  std::cout << all.folded << " layers have columns folded into depth\n";
  ExpectCounts("engine/npu/source_filters", all.layers, all.weights);
  ExpectCounts("engine/npu/source_biases", all.records, all.records * kScaleRecordBytes);
}

}  // namespace recorded_weights_test
}  // namespace moonlet::npu
