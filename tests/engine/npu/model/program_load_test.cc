#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <random>

#include "engine/npu/compiler/stream_writer.h"
#include "engine/npu/compiler/weights_writer.h"
#include "engine/npu/model/run.h"
#include "engine/npu/model/store.h"
#include "engine/npu/weights.h"

namespace moonlet::npu {
namespace program_load_test {

using Bytes = std::vector<uint8_t>;
constexpr uint64_t kArenaBytes = 4096;
constexpr int32_t kSide = 4, kIn = 16, kOut = 16;
constexpr uint64_t kIfmAt = 0, kOfmAt = 256, kWeightsAt = 1024, kMovedAt = 2048;
constexpr uint64_t kScalesLength = 160;

// A region 0 with the scales and weights of a 1x1 CONV, and streams over an arena.
class Unit {
 public:
  Unit() : config_(*FindConfig(Product::kU55, 128)) {
    std::mt19937 random(5);
    for (int c = 0; c < kOut; ++c) {
      constants_.resize(constants_.size() + kScaleRecordBytes);
      WriteScaleRecord({c * 10, {1u << 30, 37}}, constants_.data() + c * kScaleRecordBytes);
    }
    std::vector<int16_t> weights(kOut * kIn);
    for (int16_t& w : weights) w = static_cast<int16_t>(random() % 255) - 127;
    WriteWeights(Conv(), config_, weights, &constants_);
    weights_length_ = constants_.size() - kScalesLength;
    arena_.resize(kArenaBytes);
    for (uint8_t& byte : arena_) byte = static_cast<uint8_t>(random());
  }

  // Reads its scales and weights from `base` of a region.
  Operation Conv(uint8_t region = 0, uint64_t base = 0) const {
    Operation op = Block(OperationKind::kConv);
    op.scales[0] = {region, base, kScalesLength};
    op.weights[0] = {region, base + kScalesLength, weights_length_};
    return op;
  }
  static Operation Block(OperationKind kind) {
    Operation op;
    op.kind = kind;
    op.ifm = Map(kIfmAt);
    op.ofm = Map(kOfmAt);
    op.activation = {0, ClipRange::kOfm, -128, 127};
    op.block = {4, 4, 16};
    return op;
  }
  static FeatureMap Map(uint64_t base) {
    FeatureMap map;
    map.region = 1;
    map.element = {1, true};
    map.height = map.width = map.height0 = map.width0 = kSide;
    map.depth = kIn;
    map.stride_x = kIn;
    map.stride_y = kSide * kIn;
    map.base[0] = base;
    return map;
  }
  Operation Copy(uint64_t from, uint64_t to) const {
    Operation op;
    op.kind = OperationKind::kDma;
    op.dma = {{0, from, constants_.size()}, 1, false, to};
    return op;
  }
  // Moves the bytes of scales and weights by a computation: 1x1 average of one row.
  Operation Move(uint64_t from, uint64_t to) const {
    Operation op = Block(OperationKind::kPool);
    op.pool = PoolMode::kAverage;
    op.global_scale = true;
    op.ofm_scale = {0x80000001, 31};
    for (FeatureMap* map : {&op.ifm, &op.ofm}) {
      map->height = map->height0 = 1;
      map->width = map->width0 = 1;
      map->depth = static_cast<int32_t>(constants_.size());
    }
    op.ifm.base[0] = from;
    op.ofm.base[0] = to;
    return op;
  }

  Status Load(const std::vector<Operation>& operations, Way way = Way::kFast) {
    StreamWriter writer(config_);
    for (const Operation& op : operations) writer.Add(op);
    const std::vector<uint32_t> words = writer.Finish();
    stream_.resize(words.size() * 4);
    std::memcpy(stream_.data(), words.data(), stream_.size());
    payload_.config = config_;
    payload_.stream = stream_;
    if (Status s = MeasureProgram(payload_, regions(), way, &sizes_); !s.ok()) return s;
    program_.resize(sizes_.bytes);
    scratch_.resize(sizes_.scratch / 4 + 1);
    return WriteProgram(payload_, regions(), way, program_);
  }
  Status Run() {
    uint8_t* const addresses[] = {constants_.data(), arena_.data()};
    return RunProgram(program_.data(), addresses, reinterpret_cast<uint8_t*>(scratch_.data()),
                      StopToken(), nullptr);
  }
  // What the CONV computes.
  Bytes Ofm() const {
    return {arena_.begin() + kOfmAt, arena_.begin() + kOfmAt + kSide * kSide * kOut};
  }

  std::vector<Region> regions() const {
    return {{constants_.size(), constants_.data()}, {kArenaBytes, nullptr}};
  }
  const Payload& payload() const { return payload_; }
  const ProgramSizes& sizes() const { return sizes_; }
  Bytes& constants() { return constants_; }
  Bytes& arena() { return arena_; }
  std::span<uint8_t> program() { return program_; }

 private:
  Config config_;
  Bytes constants_;
  uint64_t weights_length_ = 16;
  Bytes arena_;
  Bytes stream_;
  Payload payload_;
  ProgramSizes sizes_;
  Bytes program_;
  std::vector<int32_t> scratch_;
};

TEST(NpuProgramLoad, WeightsAreFoundWhereverTheyWereCopied) {
  Unit direct;
  ASSERT_TRUE(direct.Load({direct.Conv()}).ok());
  ASSERT_TRUE(direct.Run().ok());
  Unit copied;
  const Status s = copied.Load({copied.Copy(0, kWeightsAt), copied.Conv(1, kWeightsAt)});
  ASSERT_TRUE(s.ok()) << s.what();
  ASSERT_TRUE(copied.Run().ok());
  EXPECT_EQ(copied.Ofm(), direct.Ofm());
  EXPECT_EQ(copied.sizes().scratch, direct.sizes().scratch);
}

// Nothing is known of bytes that were computed, so the run decodes them.
TEST(NpuProgramLoad, WeightsThatWereComputedAreDecodedInTheRun) {
  Unit direct;
  ASSERT_TRUE(direct.Load({direct.Conv()}).ok());
  ASSERT_TRUE(direct.Run().ok());
  Unit moved;
  const std::vector<Operation> operations = {
      moved.Copy(0, kWeightsAt), moved.Move(kWeightsAt, kMovedAt), moved.Conv(1, kMovedAt)};
  const Status s = moved.Load(operations);
  ASSERT_TRUE(s.ok()) << s.what();
  ASSERT_TRUE(moved.Run().ok());
  EXPECT_EQ(moved.Ofm(), direct.Ofm());
  EXPECT_GT(moved.sizes().scratch, direct.sizes().scratch);
}

TEST(NpuProgramLoad, ComputedBytesThatAreNoWeightsFailInTheRun) {
  Unit unit;
  ASSERT_TRUE(unit.Load({unit.Conv(1, kMovedAt)}).ok());
  std::fill(unit.arena().begin() + kMovedAt, unit.arena().end(), uint8_t{0x3E});
  const Status s = unit.Run();
  EXPECT_EQ(s.code(), Code::kInvalid);
  EXPECT_NE(std::string(s.what()).find(" CONV: weight stream"), std::string::npos) << s.what();
}

// A DMA over weights that are in use makes others of them.
TEST(NpuProgramLoad, AnAddressHoldsOtherWeightsLater) {
  Unit unit;
  const size_t slice = unit.constants().size();
  Bytes twice = unit.constants();
  twice.insert(twice.end(), twice.begin(), twice.end());
  for (int c = 0; c < kOut; ++c)
    WriteScaleRecord({-500, {1u << 30, 36}}, twice.data() + slice + c * kScaleRecordBytes);
  Operation second = unit.Copy(0, kWeightsAt);
  second.dma.source.base = slice;
  Operation other = unit.Conv(1, kWeightsAt);
  other.ofm.base[0] = kMovedAt;
  const std::vector<Operation> operations = {unit.Copy(0, kWeightsAt), unit.Conv(1, kWeightsAt),
                                             second, other};
  unit.constants() = twice;
  Bytes results[2];
  for (const Way way : {Way::kFast, Way::kPlain}) {
    const Status s = unit.Load(operations, way);
    ASSERT_TRUE(s.ok()) << s.what();
    ASSERT_TRUE(unit.Run().ok());
    results[static_cast<int>(way)] = unit.arena();
    EXPECT_FALSE(std::equal(unit.arena().begin() + kOfmAt,
                            unit.arena().begin() + kOfmAt + kSide * kSide * kOut,
                            unit.arena().begin() + kMovedAt));
  }
  EXPECT_EQ(results[0], results[1]);
}

TEST(NpuProgramLoad, TheSameFilterIsKeptOnce) {
  Unit once, often;
  ASSERT_TRUE(once.Load({once.Conv()}).ok());
  std::vector<Operation> operations(20, often.Conv());
  ASSERT_TRUE(often.Load(operations).ok());
  constexpr size_t kStep = sizeof(Operation) + 32;
  EXPECT_GT(once.sizes().bytes, 3 * kStep) << "a filter to be told from a step";
  EXPECT_LT(often.sizes().bytes, once.sizes().bytes + 20 * kStep);
}

TEST(NpuProgramLoad, NoticesWhatChangedSinceItWasMeasured) {
  Unit unit;
  ASSERT_TRUE(unit.Load({unit.Conv()}).ok());
  const auto write = [&](size_t bytes) {
    return WriteProgram(unit.payload(), unit.regions(), unit.program().first(bytes)).code();
  };
  EXPECT_EQ(write(unit.program().size()), Code::kOk);
  for (size_t bytes = 0; bytes < unit.program().size(); bytes += 7)
    EXPECT_EQ(write(bytes), Code::kChanged) << bytes;
}

struct Refusal {
  const char* message;
  std::function<void(Operation&)> change;
  Code code = Code::kInvalid;
};

void ExpectRefusal(const Unit& like, Operation op, const Refusal& refusal) {
  Unit unit = like;
  refusal.change(op);
  const Status s = unit.Load({op});
  EXPECT_EQ(s.code(), refusal.code) << refusal.message;
  EXPECT_NE(std::string(s.what()).find(refusal.message), std::string::npos) << s.what();
  EXPECT_EQ(std::string(s.what()).find("word "), 0u) << s.what();
}

TEST(NpuProgramLoad, RefusesWhatLeavesItsMemory) {
  const Unit unit;
  const Refusal refusals[] = {
      {"tile 0 of the IFM at 3856 ends at 4112, region 1 at 4096",
       [](Operation& op) { op.ifm.base[0] = kArenaBytes - 240; }},
      {"tile 0 of the OFM at 4096", [](Operation& op) { op.ofm.base[0] = kArenaBytes; }},
      {"tile 2 of the OFM",
       [](Operation& op) { op.ofm.height0 = 2, op.ofm.base[2] = kArenaBytes - 112; }},
      {"tile 0 of the OFM", [](Operation& op) { op.ofm.stride_y = 2000; }},
      {"the OFM is written to constant memory", [](Operation& op) { op.ofm.region = 0; }},
      {"the IFM is in region 5, there are 2", [](Operation& op) { op.ifm.region = 5; }},
      {"weights of", [](Operation& op) { op.weights[0].length += 16; }},
      {"scales of", [](Operation& op) { op.scales[0].base = 1 << 20; }},
      {"16 bytes of scales for 16 channels", [](Operation& op) { op.scales[0].length = 16; }},
      {"weight stream", [](Operation& op) { op.weights[0].length = 16; }},
      {"no table was loaded into slot 2",
       [](Operation& op) {
         op.activation = {18, ClipRange::kInt8, -128, 127};
       }},
      {"fp16", [](Operation& op) { op.acc_format = AccFormat::kFp16; }, Code::kUnsupported},
      {"4x4", [](Operation& op) { op.kernel.decompose_4x4 = true; }, Code::kUnsupported},
      {"tanh", [](Operation& op) { op.activation.function = 3; }, Code::kUnsupported},
  };
  for (const Refusal& refusal : refusals) ExpectRefusal(unit, unit.Conv(), refusal);
}

TEST(NpuProgramLoad, RefusesCopiesThatLeaveTheirMemory) {
  const Unit unit;
  const Refusal refusals[] = {
      {"the source of", [](Operation& op) { op.dma.source.length += 4096; }},
      {"the target of", [](Operation& op) { op.dma.target = kArenaBytes; }},
      {"the target is written to constant", [](Operation& op) { op.dma.target_region = 0; }},
      {"not where shared RAM has tables",
       [](Operation& op) { op.dma.to_shared_ram = true, op.dma.target_region = 0; }},
  };
  for (const Refusal& refusal : refusals) ExpectRefusal(unit, unit.Copy(0, kWeightsAt), refusal);
}

// A map whose elements share bytes could be as large as it likes.
TEST(NpuProgramLoad, RefusesMapsOfMoreElementsThanTheirRegionHas) {
  const Unit unit;
  Operation op = Unit::Block(OperationKind::kPool);
  op.pool = PoolMode::kAverage;
  for (FeatureMap* map : {&op.ifm, &op.ofm}) {
    map->height = map->height0 = 65536;
    map->stride_y = 0;
  }
  ExpectRefusal(unit, op, {"the IFM of 65536x4x16 has no room in region 1 of 4096", [](auto&) {}});
}

// On small parts accumulators lie where tables do.
TEST(NpuProgramLoad, TablesAreLostToOperationsWithoutOneOnSmallParts) {
  for (const int macs : {32, 64, 128, 256}) {
    const Config& config = *FindConfig(Product::kU55, macs);
    Operation load;
    load.kind = OperationKind::kDma;
    load.dma = {{0, 0, 256}, 0, true, config.shram_kib * 1024u - kTableBytes + 256};
    Operation plain = Unit::Block(OperationKind::kPool);
    plain.pool = PoolMode::kMax;
    Operation looks = plain;
    looks.activation = {17, ClipRange::kInt8, -128, 127};
    StreamWriter writer(config);
    for (const Operation& op : {load, looks, looks, plain, looks}) writer.Add(op);
    const std::vector<uint32_t> words = writer.Finish();
    Payload payload;
    payload.config = config;
    payload.stream = {reinterpret_cast<const uint8_t*>(words.data()), words.size() * 4};
    const Bytes constants(256, 1);
    const Region regions[] = {{constants.size(), constants.data()}, {kArenaBytes, nullptr}};
    ProgramSizes sizes;
    EXPECT_EQ(MeasureProgram(payload, regions, &sizes).ok(), macs >= 128) << macs;
  }
}

}  // namespace program_load_test
}  // namespace moonlet::npu
