// tests/engine/npu/recorded_weights.h - the weights of recorded compiled models: each CONV's and
// DEPTHWISE's streams, found through the copies that bring them into the arena.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/npu/stream.h"
#include "engine/npu/weights.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu::testing {

struct RecordedWeights {
  Operation operation;
  uint64_t at = 0;  // in the read-only blob
  std::vector<uint8_t> stream;
  std::vector<uint8_t> scales;
};

// One `ethos-u` operator's, in the order of the stream.
struct RecordedFilters {
  std::string name;  // of the file, below vela/
  Config config;
  std::vector<RecordedWeights> all;
};

inline constexpr uint64_t kNowhere = UINT64_MAX;

// Where in region 0 the piece's bytes come from: the latest copy that covers it says so.
inline uint64_t OriginOf(const Piece& piece, const std::vector<Dma>& copies) {
  if (piece.region == 0) return piece.base;
  for (auto copy = copies.rbegin(); copy != copies.rend(); ++copy) {
    const bool covers = !copy->to_shared_ram && copy->target_region == piece.region &&
                        copy->target <= piece.base &&
                        piece.base + piece.length <= copy->target + copy->source.length;
    if (covers && copy->source.region == 0) return copy->source.base + (piece.base - copy->target);
  }
  return kNowhere;
}

inline std::vector<uint8_t> BytesOf(std::span<const uint8_t> blob, uint64_t at, uint64_t length) {
  if (at > blob.size() || length > blob.size() - at) return {};
  const auto bytes = blob.subspan(static_cast<size_t>(at), static_cast<size_t>(length));
  return {bytes.begin(), bytes.end()};
}

inline void ReadFilters(const Node& node, RecordedFilters* filters) {
  Payload payload;
  const std::vector<uint8_t> driver(node.input(0).data().begin(), node.input(0).data().end());
  const Status read = ReadPayload(driver, &payload);
  ASSERT_TRUE(read.ok()) << read.what();
  filters->config = payload.config;
  const auto blob = node.input(1).data();
  StreamReader reader(payload.stream, payload.config);
  std::vector<Dma> copies;
  Operation operation;
  do {
    const Status s = reader.Next(&operation);
    ASSERT_TRUE(s.ok()) << s.what();
    if (operation.kind == OperationKind::kDma) copies.push_back(operation.dma);
    if (!operation.has_weights()) continue;
    const uint64_t at = OriginOf(operation.weights[0], copies);
    const uint64_t scales_at = OriginOf(operation.scales[0], copies);
    ASSERT_NE(at, kNowhere);
    ASSERT_NE(scales_at, kNowhere);
    filters->all.push_back({operation, at, BytesOf(blob, at, operation.weights[0].length),
                            BytesOf(blob, scales_at, operation.scales[0].length)});
    ASSERT_EQ(filters->all.back().stream.size(), operation.weights[0].length);
    ASSERT_EQ(filters->all.back().scales.size(), operation.scales[0].length);
  } while (operation.kind != OperationKind::kStop);
}

inline void AddFilters(const std::filesystem::path& file, std::vector<RecordedFilters>* to) {
  const std::vector<uint8_t> bytes = moonlet::testing::ReadBytes(file);
  Model model;
  const Status s = Model::Open(Bytes::Borrow(bytes), MallocAllocator(), &model);
  ASSERT_TRUE(s.ok()) << file << ": " << s.what();
  for (int i = 0; i < static_cast<int>(Count(MainGraph(model).operators())); ++i) {
    const Node node(model, i);
    if (node.name() != "ethos-u") continue;
    to->push_back({std::filesystem::relative(file, VelaFolder()), {}, {}});
    ReadFilters(node, &to->back());
  }
}

inline std::vector<RecordedFilters> AllRecordedFilters() {
  std::vector<RecordedFilters> filters;
  for (const auto& file : RecordedFiles()) AddFilters(file, &filters);
  return filters;
}

}  // namespace moonlet::npu::testing
