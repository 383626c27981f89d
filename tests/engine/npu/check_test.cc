#include "engine/npu/check.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/npu/block.h"
#include "engine/npu/compiler/stream_writer.h"
#include "engine/npu/cycles.h"
#include "engine/npu/stream.h"
#include "tests/engine/npu/recorded.h"

namespace moonlet::npu {
namespace check_test {

using Operations = std::vector<Operation>;

const Config& Part(int macs) { return *FindConfig(Product::kU55, macs); }

std::vector<uint8_t> BytesOf(const std::vector<uint32_t>& words) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(words.data());
  return {bytes, bytes + words.size() * 4};
}

std::vector<uint8_t> Write(const Operations& operations, const Config& config) {
  StreamWriter writer(config);
  for (const Operation& op : operations) writer.Add(op);
  return BytesOf(writer.Finish());
}

Operation Plain(OperationKind kind, uint16_t argument) {
  Operation op;
  op.kind = kind;
  op.argument = argument;
  return op;
}

Operation Copy(uint64_t from, uint64_t length, uint64_t to) {
  Operation op;
  op.kind = OperationKind::kDma;
  op.dma.source = {0, from, length};
  op.dma.target_region = 1;
  op.dma.target = to;
  return op;
}

Operation Table(const Config& config, int slot) {
  Operation op = Copy(0x1400, 256, config.shram_kib * 1024u - 2048 + 256u * unsigned(slot));
  op.dma.target_region = 0;
  op.dma.to_shared_ram = true;
  return op;
}

FeatureMap Bricks(int32_t side, int32_t depth, uint64_t base) {
  FeatureMap map;
  map.region = 1;
  map.element = {1, true};
  map.layout = Layout::kNhcwb16;
  map.height = map.width = map.height0 = map.width0 = side;
  map.depth = depth;
  map.base[0] = base;
  map.stride_x = 16;
  map.stride_c = 16 * side;
  map.stride_y = side * depth;
  return map;
}

Operation Block(OperationKind kind, const Extent& block, uint64_t from, uint64_t to,
                const Config& config) {
  Operation op;
  op.kind = kind;
  op.ifm = Bricks(16, 32, from);
  op.ofm = Bricks(16, 32, to);
  op.activation = {0, ClipRange::kOfm, -128, 127};
  op.block = block;
  LayOut(op, config, &op.shared_ram);
  return op;
}

// Region 0: weights and records of 0x5A0 bytes from 0 on, a table at 0x1400. Region 1: feature
// maps of 0x2000 bytes at 0, 0x2000, 0x4000, weights at 0x6000.
constexpr uint64_t kConstants = 0x1500, kArena = 0x8000;
constexpr uint8_t kNothing = 0;
const Region kRegions[] = {{kConstants, &kNothing}, {kArena, nullptr}};

// What the corruptions below change, by index.
enum Index { kCopyWeights, kWaitWeights, kConv, kIdle, kCopyTable, kWaitTable, kAdd, kPool, kStop };

Operations Good(int macs) {
  const Config& config = Part(macs);
  Operation conv = Block(OperationKind::kConv, {4, 16, 16}, 0, 0x2000, config);
  conv.weights[0] = {1, 0x6140, 0x460};
  conv.scales[0] = {1, 0x6000, 0x140};
  Operation add = Block(OperationKind::kElementwise, {4, 16, 16}, 0x2000, 0x4000, config);
  add.elementwise = ElementwiseMode::kAdd;
  add.global_scale = true;
  add.ifm2 = Bricks(16, 32, 0);
  add.activation.function = 16;
  LayOut(add, config, &add.shared_ram);
  Operation pool = Block(OperationKind::kPool, {4, 16, 16}, 0x4000, 0x2000, config);
  pool.kernel.height = pool.kernel.width = 3;
  pool.padding = {1, 1, 1, 1};
  LayOut(pool, config, &pool.shared_ram);
  pool.block_dep = 3;
  return {Copy(0, 0x5A0, 0x6000),
          Plain(OperationKind::kDmaWait, 0),
          conv,
          Plain(OperationKind::kKernelWait, 0),
          Table(config, 0),
          Plain(OperationKind::kDmaWait, 0),
          add,
          pool,
          Plain(OperationKind::kStop, 0xFFFF)};
}

Status Check(const Operations& operations, int macs = 128) {
  return CheckStream(Write(operations, Part(macs)), Part(macs), kRegions);
}

TEST(NpuCheck, AcceptsTheStreamThatIsCorruptedBelow) {
  for (const int macs : {32, 64, 128, 256}) {
    const Status s = Check(Good(macs), macs);
    EXPECT_TRUE(s.ok()) << macs << ": " << s.what();
  }
}

struct Corruption {
  const char* name;
  void (*corrupt)(Operations&);
  const char* says;
  int macs = 128;
};

// In the order of what is looked at.
constexpr Corruption kCorruptions[] = {
    // Blocks.
    {"a block of half a micro-block", [](Operations& o) { o[kConv].block.width = 15; },
     "CONV: OFM_BLK_WIDTH_M1 = 0xe: not in steps of 2"},
    {"a block of odd height", [](Operations& o) { o[kConv].block.height = 3; },
     "CONV: OFM_BLK_HEIGHT_M1 = 0x2: not in steps of 2", 256},
    {"a block with part of a micro-block's channels",
     [](Operations& o) { o[kConv].block.depth = 12; },
     "CONV: OFM_BLK_DEPTH_M1 = 0xb: not in steps of 8"},
    {"a block that splits the depth unevenly", [](Operations& o) { o[kConv].block.depth = 24; },
     "CONV: OFM_BLK_DEPTH_M1 = 0x17: splits the depth of 32, but not in steps of 16"},
    {"a block that does not fit",
     [](Operations& o) {
       o[kConv].block = {16, 16, 32};
     },
     "CONV: a block of 16x16x32 does not fit into 24 banks"},
    // Banks.
    {"an IFM that reaches beyond its banks",
     [](Operations& o) { o[kConv].shared_ram.ifm_end -= 2; },
     "CONV: IFM_IB_END = 0x4: the IFM needs the banks before 6"},
    {"an odd bank", [](Operations& o) { ++o[kConv].shared_ram.ifm_end; },
     "CONV: IFM_IB_END = 0x7: banks come in pairs"},
    {"accumulators without room", [](Operations& o) { ++o[kConv].shared_ram.ab_start; },
     "CONV: AB_START = 0xf: accumulators need the banks from 14 on"},
    {"accumulators over the IFM", [](Operations& o) { o[kConv].shared_ram.ab_start = 4; },
     "CONV: AB_START = 0x4: within the IFM's banks, up to 6"},
    {"operands in the banks of tables", [](Operations& o) { o[kAdd].shared_ram.ifm_end += 2; },
     "ADD: IFM_IB_END = 0x18: operands end with bank 22"},
    {"accumulators in the banks of operands",
     [](Operations& o) { o[kAdd].shared_ram.ab_start = 20; },
     "ADD: AB_START = 0x14: within the operands' banks"},
    {"a second operand over the first", [](Operations& o) { o[kAdd].shared_ram.ifm2_start = 2; },
     "ADD: IFM2_IB_START = 0x2: the IFM needs the banks before 6"},
    {"a second operand without room", [](Operations& o) { o[kAdd].shared_ram.ifm2_start = 20; },
     "ADD: IFM2_IB_START = 0x14: IFM2 needs 4 banks up to 22"},
    // Values.
    {"a zero point beyond int8", [](Operations& o) { o[kConv].ifm.zero_point = 200; },
     "CONV: IFM_ZERO_POINT = 0xc8: is no value of the feature map's elements"},
    {"a zero point below int8", [](Operations& o) { o[kAdd].ifm2.zero_point = -129; },
     "ADD: IFM2_ZERO_POINT = 0xff7f: is no value"},
    {"an OFM's zero point beyond int8", [](Operations& o) { o[kPool].ofm.zero_point = 128; },
     "MAX_POOL: OFM_ZERO_POINT = 0x80: is no value"},
    {"a clip of nothing", [](Operations& o) { o[kPool].activation.max = -129; },
     "MAX_POOL: ACTIVATION_MIN = 0xff80: is above ACTIVATION_MAX, -129"},
    {"a stride of four",
     [](Operations& o) {
       o[kPool].kernel.stride_x = 4;
       o[kPool].ifm.width = o[kPool].ifm.width0 = 61;
       o[kPool].ifm.stride_c = 61 * 16;
       o[kPool].ifm.stride_y = 61 * 32;
       o[kPool].block = {1, 2, 16};
       LayOut(o[kPool], Part(128), &o[kPool].shared_ram);
     },
     "MAX_POOL: a stride of 1x4, at most 3"},
    {"records for fewer channels", [](Operations& o) { o[kConv].scales[0].length = 0x130; },
     "CONV: SCALE_LENGTH = 0x130: records of 32 channels take 320 bytes"},
    {"weights that are no whole number of 16 bytes",
     [](Operations& o) { o[kConv].weights[0].length -= 8; }, "CONV: WEIGHT_LENGTH = 0x458"},
    {"weights at an odd place", [](Operations& o) { o[kConv].weights[0].base += 8; },
     "CONV: WEIGHT_BASE = 0x6148"},
    {"records at an odd place", [](Operations& o) { o[kConv].scales[0].base += 4; },
     "CONV: SCALE_BASE = 0x6004"},
    {"bricks at an odd place", [](Operations& o) { o[kConv].ofm.base[0] += 8; },
     "CONV: OFM_BASE0 = 0x2008"},
    {"rows of bricks at odd places", [](Operations& o) { o[kConv].ifm.stride_y += 8; },
     "CONV: IFM_STRIDE_Y = 0x208: bricks are at multiples of 16"},
    {"planes of bricks at odd places", [](Operations& o) { o[kAdd].ofm.stride_c += 4; },
     "ADD: OFM_STRIDE_C = 0x104: bricks are at multiples of 16"},
    // Regions.
    {"a region that is not there", [](Operations& o) { o[kConv].ofm.region = 2; },
     "CONV: OFM_REGION = 0x2: there are 2 regions"},
    {"an OFM over the end", [](Operations& o) { o[kPool].ofm.base[0] = 0x6010; },
     "MAX_POOL: OFM_BASE0 = 0x6010: ends at byte 0x8010 of region 1, that has 0x8000"},
    {"an IFM over the end", [](Operations& o) { o[kAdd].ifm2.base[0] = 0x7000; },
     "ADD: IFM2_BASE0 = 0x7000: ends at byte 0x9000 of region 1"},
    {"weights over the end", [](Operations& o) { o[kConv].weights[0].length = 0x2000; },
     "CONV: WEIGHT_BASE = 0x6140: ends at byte 0x8140 of region 1"},
    {"an OFM among constants",
     [](Operations& o) {
       o[kPool].ofm = Bricks(2, 32, 0);
       o[kPool].ofm.region = 0;
       o[kPool].ifm = Bricks(2, 32, 0x4000);
     },
     "MAX_POOL: OFM_REGION = 0x0: is constant"},
    {"an OFM over the IFM", [](Operations& o) { o[kConv].ofm.base[0] = 0x1000; },
     "CONV: IFM_BASE0 = 0x0: the OFM overwrites what is read"},
    {"an OFM over weights", [](Operations& o) { o[kConv].ofm.base[0] = 0x4800; },
     "CONV: WEIGHT_BASE = 0x6140: the OFM overwrites what is read"},
    {"an OFM over another element of the operand",
     [](Operations& o) { o[kAdd].ofm.base[0] = 0x2010; },
     "ADD: IFM_BASE0 = 0x2000: the OFM overwrites what is read"},
    // Copies.
    {"a copy of an odd length", [](Operations& o) { o[kCopyWeights].dma.source.length = 0x5A8; },
     "DMA_START: DMA0_LEN = 0x5a8"},
    {"a copy from behind the end", [](Operations& o) { o[kCopyWeights].dma.source.base = 0x1000; },
     "DMA_START: DMA0_SRC = 0x1000: ends at byte 0x15a0 of region 0"},
    {"a copy to behind the end", [](Operations& o) { o[kCopyWeights].dma.target = 0x7FF0; },
     "DMA_START: DMA0_DST = 0x7ff0: ends at byte 0x8590 of region 1"},
    {"a copy to constants", [](Operations& o) { o[kCopyWeights].dma.target_region = 0; },
     "DMA_START: DMA0_DST = 0x6000: ends at"},
    {"a copy over itself",
     [](Operations& o) {
       o[kCopyWeights].dma.source = {1, 0x6200, 0x5A0};
     },
     "DMA_START: DMA0_DST = 0x6000: overwrites what is copied"},
    {"a table among operands", [](Operations& o) { o[kCopyTable].dma.target = 0x5000; },
     "DMA_START: DMA0_DST = 0x5000: tables are from 0x5800 on"},
    // Waits.
    {"weights that are not waited for", [](Operations& o) { o[kWaitWeights].argument = 1; },
     "CONV: uses what is still copied at word "},
    {"a table that is not waited for", [](Operations& o) { o[kWaitTable].argument = 1; },
     "ADD: uses what is still copied at word "},
    {"an OFM over a copy under way",
     [](Operations& o) {
       o[kWaitWeights].argument = 1;
       o[kConv].weights[0] = {0, 0x140, 0x460};
       o[kConv].scales[0] = {0, 0, 0x140};
       o[kConv].ofm.base[0] = 0x6000;
     },
     "CONV: OFM_BASE0 = 0x6000: overwrites what is still copied at word "},
    {"a copy over weights in use",
     [](Operations& o) {
       o[kIdle].argument = 1;
       o[kCopyTable] = Copy(0, 0x140, 0x6000);
       o[kAdd].activation.function = 0;
     },
     "DMA_START: DMA0_DST = 0x6000: is still used by CONV at word "},
    {"a copy of what is being written",
     [](Operations& o) {
       o[kIdle].argument = 1;
       o[kCopyTable].dma.source = {1, 0x2000, 256};
     },
     "DMA_START: DMA0_SRC = 0x2000: is still written by CONV at word "},
    {"a table where accumulators are", [](Operations& o) { o[kIdle].argument = 1; },
     "DMA_START: DMA0_DST = 0x3800: is still used by CONV at word ", 64},
    {"an operation that starts before its IFM is there",
     [](Operations& o) {
       o[kIdle].argument = 2;
       o[kAdd].block = {16, 16, 16};
       o[kAdd].block_dep = 3;
       LayOut(o[kAdd], Part(128), &o[kAdd].shared_ram);
     },
     "ADD: BLOCKDEP = 0x3: reads what CONV at word 82 writes: at most 1"},
    {"first blocks that read what last ones write",
     [](Operations& o) {
       o[kPool].block = {8, 16, 16};
       LayOut(o[kPool], Part(256), &o[kPool].shared_ram);
     },
     "MAX_POOL: BLOCKDEP = 0x3: reads what ADD at word 129 writes: at most 2", 256},
    // Tables.
    {"a table that was not loaded", [](Operations& o) { o[kAdd].activation.function = 17; },
     "ADD: ACTIVATION = 0x11: the table in slot 1 was not loaded"},
    {"a table that an operation without one destroys",
     [](Operations& o) {
       std::swap(o[kConv], o[kCopyTable]);
       std::swap(o[kIdle], o[kWaitTable]);
       o[kCopyTable].weights[0] = {0, 0x140, 0x460};
       o[kCopyTable].scales[0] = {0, 0, 0x140};
     },
     "ADD: ACTIVATION = 0x10: the table in slot 0 was not loaded or has been overwritten", 64},
    {"half a table", [](Operations& o) { o[kCopyTable].dma.source.length = 128; },
     "ADD: ACTIVATION = 0x10: the table in slot 0 was not loaded"},
    {"a table over the end of shared RAM", [](Operations& o) { o[kCopyTable].dma.target = 0x5F80; },
     "DMA_START: DMA0_DST = 0x5f80: beyond shared RAM"},
};

TEST(NpuCheck, RejectsEachCorruption) {
  for (const Corruption& corruption : kCorruptions) {
    SCOPED_TRACE(corruption.name);
    Operations operations = Good(corruption.macs);
    corruption.corrupt(operations);
    const Status s = Check(operations, corruption.macs);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), corruption.says), nullptr) << s.what();
    EXPECT_EQ(std::strncmp(s.what(), "word ", 5), 0) << s.what();
  }
}

// Any bit of it: an answer, and no access where there is nothing.
TEST(NpuCheck, AnswersWhateverBitIsWrong) {
  for (const int macs : {64, 128}) {
    const std::vector<uint8_t> good = Write(Good(macs), Part(macs));
    long rejected = 0;
    for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
      std::vector<uint8_t> bad = good;
      bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      rejected += !CheckStream(bad, Part(macs), kRegions).ok();
      (void)EstimateStream(bad, Part(macs), DefaultSystem(Part(macs)), nullptr).ok();
    }
    // The others change values that mean something else.
    EXPECT_GE(rejected, static_cast<long>(4 * good.size()));
  }
}

// Without regions everything else is still looked at.
TEST(NpuCheck, NeedsNoRegions) {
  const Config& config = Part(128);
  Operations operations = Good(128);
  operations[kPool].ofm.base[0] = 0x60100;
  EXPECT_TRUE(CheckStream(Write(operations, config), config, {}).ok());
  operations[kWaitWeights].argument = 1;
  EXPECT_FALSE(CheckStream(Write(operations, config), config, {}).ok());
}

// Words that are changed as they are; where they are found.
struct WordCorruption {
  const char* name;
  void (*corrupt)(std::vector<uint8_t>&);
  const char* says;
};

constexpr WordCorruption kWordCorruptions[] = {
    {"a command that does not exist", [](std::vector<uint8_t>& b) { b[b.size() - 4] = 0x3F; },
     "unknown command 0xffff003f"},
    {"no STOP", [](std::vector<uint8_t>& b) { b.resize(b.size() - 4); },
     "the stream ends without STOP"},
    {"commands behind STOP",
     [](std::vector<uint8_t>& b) {
       b.insert(b.end(), {0, 0, 0, 0});
     },
     "commands behind STOP"},
};

TEST(NpuCheck, RejectsCorruptedWords) {
  for (const WordCorruption& corruption : kWordCorruptions) {
    std::vector<uint8_t> bytes = Write(Good(128), Part(128));
    corruption.corrupt(bytes);
    const Status s = CheckStream(bytes, Part(128), kRegions);
    EXPECT_EQ(s.code(), Code::kInvalid) << corruption.name;
    EXPECT_NE(std::strstr(s.what(), corruption.says), nullptr) << s.what();
  }
}

TEST(NpuCheck, RejectsPayloadsForOtherUnits) {
  const Config& config = Part(128);
  StreamWriter writer(config);
  for (const Operation& op : Good(128)) writer.Add(op);
  const std::vector<uint8_t> good = WritePayload(config, writer.Finish());
  EXPECT_TRUE(CheckPayload(good, kRegions).ok());
  // Byte 8 is the configuration's first, byte 12 the architecture version's.
  struct {
    size_t at;
    uint8_t value;
    const char* says;
  } constexpr kWrong[] = {{0, 'X', "COP1"},
                          {4, 9, "no driver action 0x00100009"},
                          {8, 0x04, "no U55 has 16 MACs"},
                          {8, 0x17, "configuration 0x00001817"},
                          {15, 0x20, "architecture 2.0"},
                          {14, 0x16, "architecture 1.1"}};
  for (const auto& wrong : kWrong) {
    std::vector<uint8_t> bytes = good;
    bytes[wrong.at] = wrong.value;
    const Status s = CheckPayload(bytes, kRegions);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), wrong.says), nullptr) << s.what();
  }
}

std::vector<Region> RegionsOf(const testing::RecordedPayload& recorded) {
  std::vector<Region> regions;
  for (const uint64_t size : recorded.regions) regions.push_back({size, nullptr});
  if (!regions.empty()) regions[0].constant = &kNothing;
  return regions;
}

TEST(NpuCheck, AcceptsWhatTheCompilerMade) {
  const auto payloads = testing::RecordedPayloads();
  if (payloads.empty()) GTEST_SKIP() << "no recorded models";
  for (const auto& recorded : payloads) {
    const Status s = CheckPayload(recorded.bytes, RegionsOf(recorded));
    EXPECT_TRUE(s.ok()) << recorded.name << ": " << s.what();
  }
  moonlet::testing::ExpectCounts("engine/npu/check", static_cast<long>(payloads.size()), 0);
}

// What goes wrong wherever it happens. `corrupt` says whether it found a place.
struct AnywhereCorruption {
  const char* name;
  bool (*corrupt)(Operation&, const Config&);
};

constexpr AnywhereCorruption kAnywhere[] = {
    {"no DMA_WAIT",
     [](Operation& op, const Config&) {
       if (op.kind != OperationKind::kDmaWait) return false;
       op = Plain(OperationKind::kPmuMask, 0);
       return true;
     }},
    {"banks of the IFM",
     [](Operation& op, const Config&) {
       if (!op.is_block() || op.kind == OperationKind::kElementwise) return false;
       op.shared_ram.ifm_end = 2;
       return true;
     }},
    {"banks of accumulators",
     [](Operation& op, const Config& config) {
       if (!op.is_block() || op.kind == OperationKind::kElementwise) return false;
       op.shared_ram.ab_start = static_cast<uint8_t>(config.geometry().banks);
       return true;
     }},
    {"banks of operands",
     [](Operation& op, const Config& config) {
       if (op.kind != OperationKind::kElementwise) return false;
       op.shared_ram.ifm_end = static_cast<uint8_t>(config.geometry().banks + 2);
       return true;
     }},
    {"the largest block",
     [](Operation& op, const Config&) {
       if (!op.is_block()) return false;
       op.block = {32, 64, 128};
       return true;
     }},
    {"a table that is not there",
     [](Operation& op, const Config&) {
       if (!op.activation.has_table()) return false;
       op.activation.function = 23;
       return true;
     }},
    {"an OFM behind its region",
     [](Operation& op, const Config&) {
       if (!op.is_block()) return false;
       op.ofm.base[0] += 0x10000000;
       return true;
     }},
    {"an OFM among constants",
     [](Operation& op, const Config&) {
       if (!op.is_block()) return false;
       op.ofm.region = 0;
       return true;
     }},
    {"weights behind their region",
     [](Operation& op, const Config&) {
       if (!op.has_weights()) return false;
       op.weights[0].base += 0x10000000;
       return true;
     }},
    {"too few records",
     [](Operation& op, const Config&) {
       if (!op.has_weights() || op.ofm.depth < 2) return false;
       op.scales[0].length = 10;
       return true;
     }},
    {"a copy of too much",
     [](Operation& op, const Config&) {
       if (op.kind != OperationKind::kDma) return false;
       op.dma.source.length += 0x10000000;
       return true;
     }},
};

Operations OperationsOf(const Payload& payload) {
  Operations operations;
  StreamReader reader(payload.stream, payload.config);
  do {
    operations.emplace_back();
    EXPECT_TRUE(reader.Next(&operations.back()).ok());
  } while (operations.back().kind != OperationKind::kStop);
  return operations;
}

// Each corruption at the first and at the last place of each recorded stream.
TEST(NpuCheck, RejectsCorruptionsOfWhatTheCompilerMade) {
  long rejected = 0;
  for (const auto& recorded : testing::RecordedPayloads()) {
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    const Operations good = OperationsOf(payload);
    for (const AnywhereCorruption& corruption : kAnywhere) {
      for (const bool last : {false, true}) {
        Operations bad = good;
        bool found = false;
        for (size_t i = 0; i < bad.size() && !found; ++i)
          found = corruption.corrupt(bad[last ? bad.size() - 1 - i : i], payload.config);
        if (!found) continue;
        const Status s =
            CheckStream(Write(bad, payload.config), payload.config, RegionsOf(recorded));
        EXPECT_EQ(s.code(), Code::kInvalid) << recorded.name << ": " << corruption.name;
        ++rejected;
      }
    }
  }
  if (rejected == 0) GTEST_SKIP() << "no recorded models";
  moonlet::testing::ExpectCounts("engine/npu/check_corruptions", rejected, 0);
}

}  // namespace check_test
}  // namespace moonlet::npu
