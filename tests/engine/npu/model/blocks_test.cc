#include "engine/npu/model/blocks.h"

#include <gtest/gtest.h>

#include "engine/npu/model/fast.h"
#include "engine/npu/model/operators.h"
#include "tests/engine/npu/model/plain_unit.h"

namespace moonlet::npu {
namespace blocks_test {

using namespace moonlet::npu::testing;

constexpr Element kInt8 = {1, true}, kUint8 = {1, false}, kInt16 = {2, true}, kInt32 = {4, true};

template <size_t n>
Element Pick(Random& random, const Element (&from)[n]) {
  return from[random() % n];
}

int32_t ZeroPoint(Random& random, Element element) {
  if (element.bytes == 4) return 0;
  return element.is_signed ? Between(random, -128, 127) : Between(random, 0, 255);
}

// Mostly a factor as compiled models have them, that brings a sum of `bits` into a byte's range.
Scale RandomScale(Random& random, int bits) {
  if (random() % 16 == 0)
    return {static_cast<uint32_t>(random()), static_cast<uint8_t>(Between(random, 0, 63))};
  const auto multiplier = static_cast<uint32_t>((1u << 30) + random() % (1u << 30));
  return {multiplier,
          static_cast<uint8_t>(std::clamp(31 + bits - 8 + Between(random, -2, 2), 31, 62))};
}

class RandomBlocks {
 public:
  explicit RandomBlocks(unsigned seed) : random_(seed) {}
  Random& random() { return random_; }

  Operation Next(OperationKind kind) {
    Operation op;
    op.kind = kind;
    op.rounding = static_cast<Rounding>(random_() % 3);
    op.ofm.height = Between(random_, 1, 7);
    op.ofm.width = Between(random_, 1, 7);
    op.ofm.depth = Between(random_, 1, 36);
    op.acc_format = Coin(random_) ? AccFormat::kInt32 : AccFormat::kInt40;
    if (kind == OperationKind::kElementwise) {
      SetElementwise(&op);
    } else {
      SetWindowed(&op);
    }
    op.ifm.zero_point = ZeroPoint(random_, op.ifm.element);
    op.ofm.zero_point = ZeroPoint(random_, op.ofm.element);
    if (kind == OperationKind::kPool && op.ifm.element == op.ofm.element && Coin(random_))
      op.ofm.zero_point = op.ifm.zero_point = Coin(random_) ? op.ifm.zero_point : 0;
    SetActivation(&op);
    return op;
  }

 private:
  void SetWindowed(Operation* op) {
    constexpr Element kNarrow[] = {kInt8, kInt8, kUint8, kInt16};
    constexpr Element kAny[] = {kInt8, kInt8, kInt8, kUint8, kInt16, kInt32};
    op->ifm.element = Pick(random_, kNarrow);
    op->ofm.element = Pick(random_, kAny);
    op->upscale = static_cast<Upscale>(random_() % 5 < 3 ? 0 : Between(random_, 1, 2));
    Kernel& k = op->kernel;
    k = {Between(random_, 1, 4),
         Between(random_, 1, 4),
         Between(random_, 1, 3),
         Between(random_, 1, 3),
         1,
         1};
    if (op->has_weights()) {
      k.dilation_y = Between(random_, 1, 2);
      k.dilation_x = Between(random_, 1, 2);
      if (Coin(random_)) SetAsCompiled(op);
    }
    op->padding = {Between(random_, 0, k.height - 1), Between(random_, 0, k.width - 1),
                   Between(random_, 0, k.width - 1), Between(random_, 0, k.height - 1)};
    if (op->has_weights() && random_() % 8 == 0) {  // whole windows of padding
      op->padding.top += Between(random_, 0, 9);
      op->padding.left += Between(random_, 0, 9);
    }
    // What is left of the grid must not be empty.
    while (GridHeight(*op) < 1) ++op->ofm.height;
    while (GridWidth(*op) < 1) ++op->ofm.width;
    if (op->kind == OperationKind::kPool) SetPool(op);
    const bool own_depth = op->kind == OperationKind::kConv || op->pool == PoolMode::kReduceSum;
    op->ifm.depth = own_depth ? Between(random_, 1, 36) : op->ofm.depth;
    const int up = op->upscale == Upscale::kNone ? 1 : 2;
    op->ifm.height = (GridHeight(*op) + up - 1) / up;
    op->ifm.width = (GridWidth(*op) + up - 1) / up;
  }
  // What kernels have.
  static void SetAsCompiled(Operation* op) {
    op->ifm.element = op->ofm.element = kInt8;
    op->rounding = Rounding::kTfl;
    op->acc_format = AccFormat::kInt32;
    op->upscale = Upscale::kNone;
  }
  void SetPool(Operation* op) {
    op->pool = static_cast<PoolMode>(random_() % 3);
    op->global_scale = op->pool == PoolMode::kReduceSum || Coin(random_);
    op->ofm_scale = RandomScale(random_, 9);
    if (Coin(random_)) SetAsCompiled(op);
    if (op->pool == PoolMode::kAverage && op->global_scale && Coin(random_)) {
      op->kernel = {};
      op->padding = {};
      op->ofm_scale = {0x80000001, 31};
    }
    if (op->pool != PoolMode::kReduceSum) return;
    op->ofm.depth = 1;
    if (Coin(random_)) op->ifm.element = kInt32;
  }
  void SetElementwise(Operation* op) {
    constexpr Element kNarrow[] = {kInt8, kInt8, kUint8, kInt16};
    constexpr Element kAny[] = {kInt8, kUint8, kInt16, kInt32};
    op->elementwise = static_cast<ElementwiseMode>(random_() % 10);
    const ElementwiseMode mode = op->elementwise;
    const bool only_wide = mode >= ElementwiseMode::kClz;
    const bool only_narrow = mode == ElementwiseMode::kLrelu || mode == ElementwiseMode::kAbs;
    const bool wide = only_wide || (!only_narrow && random_() % 3 == 0);
    op->ifm.element = wide ? kInt32 : Pick(random_, kNarrow);
    op->ofm.element = Pick(random_, kAny);
    op->ifm.height = op->ofm.height;
    op->ifm.width = op->ofm.width;
    op->ifm.depth = op->ofm.depth;
    op->ofm_scale = RandomScale(random_, 9);
    const bool sum = mode == ElementwiseMode::kAdd || mode == ElementwiseMode::kSub;
    if (sum && !wide) SetOperandScales(op);
    if (op->binary()) SetSecond(op);
  }
  void SetOperandScales(Operation* op) {
    op->operand_scaling = static_cast<OperandScaling>(random_() % 3);
    if (Coin(random_)) SetAsCompiled(op);
    const int room = op->ifm.element.bytes == 1 ? 20 : 15;
    op->opa_scale = {static_cast<uint32_t>((1u << 30) + random_() % (1u << 30)),
                     static_cast<uint8_t>(Between(random_, 31 - room + 1, 40 - room))};
    op->ofm_scale = RandomScale(random_, 8 + room);
    if (op->operand_scaling != OperandScaling::kBoth) return;
    op->opa_scale = {static_cast<uint32_t>(random_() % 0x10000), 0};
    op->opb_scale = {static_cast<uint32_t>(random_() % 0x10000), 0};
    op->ofm_scale = RandomScale(random_, 24);
    if (Coin(random_)) return;
    op->opa_scale.multiplier = 1u << random_() % 16;
    op->opb_scale.multiplier = 1u << random_() % 16;
  }
  void SetSecond(Operation* op) {
    Broadcast& b = op->broadcast;
    b = {Coin(random_), Coin(random_), Coin(random_), Coin(random_), random_() % 4 == 0};
    if (op->elementwise >= ElementwiseMode::kShr) b.reversed = false;  // a shift must be small
    FeatureMap& ifm2 = op->ifm2;
    ifm2.element = op->ifm.element;
    ifm2.zero_point = ZeroPoint(random_, ifm2.element);
    if (b.scalar) {
      b.height = b.width = b.depth = false;
      op->scalar = op->elementwise >= ElementwiseMode::kShr ? Between(random_, 0, 31)
                                                            : Between(random_, -128, 127);
      return;
    }
    ifm2.height = b.height ? 1 : op->ofm.height;
    ifm2.width = b.width ? 1 : op->ofm.width;
    ifm2.depth = b.depth ? 1 : op->ofm.depth;
  }
  void SetActivation(Operation* op) {
    Activation& a = op->activation;
    const int bytes = op->ofm.element.bytes;
    const bool is_signed = op->ofm.element.is_signed;
    a.min = is_signed ? (bytes == 1 ? -128 : -32768) : 0;
    a.max = is_signed ? (bytes == 1 ? 127 : 32767) : 255;
    if (random_() % 4 == 0) {
      a.min += Between(random_, 0, 100);
      a.max -= Between(random_, 0, 100);
    }
    if (bytes == 1 && Coin(random_)) {
      a.function = static_cast<uint8_t>(16 + random_() % 8);
      a.range = is_signed ? ClipRange::kInt8 : ClipRange::kUint8;
    } else if (bytes == 4 && random_() % 4 == 0) {
      a = {static_cast<uint8_t>(random_() % 2 == 0 ? 16 : 20), ClipRange::kInt8, -128, 127};
    } else if (bytes == 2 && random_() % 4 == 0) {
      a.function = 16;
    } else if (bytes == 4 && random_() % 4 == 0) {
      a = {0, ClipRange::kInt16, -32768, 32767};
    }
  }

  Random random_;
};

Memory RandomMemory(Random& random, size_t size) {
  Memory memory(size);
  for (uint8_t& byte : memory) byte = static_cast<uint8_t>(random());
  return memory;
}

// Shifts are 0..31 in compiled models.
void LimitShifts(const FeatureMap& map, Memory* memory) {
  for (size_t i = 0; i + 4 <= memory->size(); i += map.element.bytes) {
    const uint32_t value = (*memory)[i] % 32;
    std::memcpy(memory->data() + i, &value, sizeof(value));
  }
}

PlainFilter RandomFilter(Random& random, const Operation& op, bool narrow) {
  PlainFilter filter;
  filter.weights.resize(static_cast<size_t>(WeightCount(op)));
  for (int16_t& w : filter.weights)
    w = static_cast<int16_t>(narrow ? Between(random, -128, 127) : Between(random, -255, 255));
  const bool tame = random() % 4 != 0;
  const int bits = 14 + (op.ifm.element.bytes - 1) * 8;
  for (int32_t c = 0; c < op.ofm.depth; ++c) {
    ScaleRecord record = {Between(random, -5000, 5000), RandomScale(random, bits)};
    if (tame) record.scale = {record.scale.multiplier >> 1, 45};
    if (random() % 16 == 0) record.scale.multiplier = 0;
    if (random() % 16 == 0) record.scale.shift = 63;
    if (!tame && random() % 4 == 0)
      record.bias = static_cast<int64_t>(static_cast<uint64_t>(random()) << 32) >> 24;
    filter.records.push_back(record);
  }
  return filter;
}

// The filter as a program has it.
struct StoredFilter {
  std::vector<int8_t> narrow;
  Memory records;
  std::vector<int32_t> bias, multiplier;
  std::vector<int8_t> shift;
  Memory prepared;
  bool fits_kernel = true;

  StoredFilter(const PlainFilter& plain)
      : narrow(plain.weights.begin(), plain.weights.end()),
        records(plain.records.size() * kScaleRecordBytes),
        bias(plain.records.size()),
        multiplier(plain.records.size()),
        shift(plain.records.size()) {
    for (size_t c = 0; c < plain.records.size(); ++c) {
      WriteScaleRecord(plain.records[c], records.data() + c * kScaleRecordBytes);
      fits_kernel &= KernelScale(plain.records[c], &bias[c], &multiplier[c], &shift[c]);
    }
  }
  Filter Get(const Operation& op, const PlainFilter& plain, bool is_narrow, bool kernels) {
    Filter filter;
    if (is_narrow)
      filter.narrow = narrow.data();
    else
      filter.wide = plain.weights.data();
    filter.records = records.data();
    if (!kernels) return filter;
    filter.records = nullptr;
    if (!op.has_weights()) return filter;
    prepared.resize(KernelPreparedBytes(op));
    PrepareKernel(op,
                  {narrow.data(), Unaligned<int32_t>(bias.data()),
                   ChannelScales(multiplier.data(), shift.data())},
                  prepared.data());
    filter.prepared = prepared.data();
    return filter;
  }
};

Memory RunOn(const Operation& op, const Filter& filter, bool kernels, Memory ifm, Memory ifm2,
             Memory ofm, Memory tables) {
  uint8_t* const regions[] = {ifm.data(), ifm2.data(), ofm.data()};
  std::vector<int32_t> rows(RowMemory(op, PlanBlock(op, kernels)) / 4 + 1, 0x5A5A5A5A);
  StopToken stop;
  const Machine machine = {regions, tables.data(), reinterpret_cast<uint8_t*>(rows.data()), stop};
  EXPECT_TRUE(RunBlock(op, &filter, PlanBlock(op, kernels), machine));
  return ofm;
}

struct Tally {
  int plain = 0;
  int kernels = 0;
};

void Compare(RandomBlocks& blocks, OperationKind kind, Tally* tally) {
  Random& random = blocks.random();
  Operation op = blocks.Next(kind);
  Memory ifm = RandomMemory(random, LayOutMap(random, &op.ifm));
  Memory ifm2 = {0};
  if (op.binary() && !op.broadcast.scalar) ifm2 = RandomMemory(random, LayOutMap(random, &op.ifm2));
  const Memory ofm = RandomMemory(random, LayOutMap(random, &op.ofm));
  const Memory tables = RandomMemory(random, kTableBytes);
  op.ifm2.region = 1;
  op.ofm.region = 2;
  if (kind == OperationKind::kElementwise && op.elementwise >= ElementwiseMode::kShr)
    LimitShifts(op.ifm2, &ifm2);

  const bool narrow = Coin(random);
  PlainFilter plain;
  if (op.has_weights()) plain = RandomFilter(random, op, narrow);
  StoredFilter stored(plain);
  Memory expected = ofm;
  PlainUnit(op, plain, tables).Run(ifm, ifm2, &expected);
  SCOPED_TRACE(NameOf(op));
  ASSERT_EQ(RunOn(op, stored.Get(op, plain, narrow, false), false, ifm, ifm2, ofm, tables),
            expected);
  ++tally->plain;
  if (!KernelHas(op) || (op.has_weights() && !(narrow && stored.fits_kernel))) return;
  ASSERT_EQ(RunOn(op, stored.Get(op, plain, narrow, true), true, ifm, ifm2, ofm, tables), expected);
  ++tally->kernels;
}

void CompareMany(OperationKind kind, int count, int least_with_kernels) {
  RandomBlocks blocks(static_cast<unsigned>(kind) + 1);
  Tally tally;
  for (int i = 0; i < count && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    Compare(blocks, kind, &tally);
  }
  std::cout << tally.plain << " in the plain way, " << tally.kernels << " by kernels\n";
  EXPECT_GE(tally.kernels, least_with_kernels);
}

TEST(NpuBlocks, ConvIsWhatTheFactsSay) { CompareMany(OperationKind::kConv, 800, 120); }
TEST(NpuBlocks, DepthwiseIsWhatTheFactsSay) { CompareMany(OperationKind::kDepthwise, 1500, 200); }
TEST(NpuBlocks, PoolIsWhatTheFactsSay) { CompareMany(OperationKind::kPool, 2000, 200); }
TEST(NpuBlocks, ElementwiseIsWhatTheFactsSay) {
  CompareMany(OperationKind::kElementwise, 4000, 100);
}

// Stripes of a few rows give what one of all rows gives.
TEST(NpuBlocks, LargeMapsAreDoneInStripes) {
  Random random(9);
  for (const OperationKind kind : {OperationKind::kConv, OperationKind::kDepthwise}) {
    Operation op;
    op.kind = kind;
    op.ifm.element = op.ofm.element = kInt8;
    op.ofm.height = op.ofm.width = 40;
    op.ifm.depth = op.ofm.depth = 24;
    op.ofm.region = 2;
    op.kernel = {3, 5, 2, 1, 2, 1};
    op.padding = {2, 2, 1, 1};
    op.activation = {0, ClipRange::kOfm, -128, 127};
    op.ifm.height = GridHeight(op);
    op.ifm.width = GridWidth(op);
    const Memory ifm = RandomMemory(random, LayOutMap(random, &op.ifm));
    const Memory ofm = RandomMemory(random, LayOutMap(random, &op.ofm));
    EXPECT_LE(RowMemory(op, PlanBlock(op, true)) - KernelScratchBytes(op), size_t{20 << 10});
    const PlainFilter plain = RandomFilter(random, op, true);
    StoredFilter stored(plain);
    Memory expected = ofm;
    PlainUnit(op, plain, {}).Run(ifm, {}, &expected);
    for (const bool kernels : {false, true}) {
      if (kernels && !stored.fits_kernel) continue;
      EXPECT_EQ(RunOn(op, stored.Get(op, plain, true, kernels), kernels, ifm, {}, ofm, {}),
                expected);
    }
  }
}

// A pool over a whole map is done some channels at a time.
TEST(NpuBlocks, LargePoolsAreDoneInSlices) {
  Random random(12);
  for (const PoolMode mode : {PoolMode::kMax, PoolMode::kAverage})
    for (const Element element : {kInt8, kUint8, kInt16})
      for (int i = 0; i < 20; ++i) {
        Operation op;
        op.kind = OperationKind::kPool;
        op.pool = mode;
        op.ifm.element = op.ofm.element = element;
        op.ofm.height = 2;
        op.ofm.width = Between(random, 1, 3);
        op.ifm.depth = op.ofm.depth = Between(random, 60, 200);
        op.ofm.region = 2;
        op.kernel = {12, 8, 1, 1, 1, 1};
        op.activation = {0, ClipRange::kOfm, -100, 100};
        op.ifm.height = GridHeight(op);
        op.ifm.width = GridWidth(op);
        const Memory ifm = RandomMemory(random, LayOutMap(random, &op.ifm));
        const Memory ofm = RandomMemory(random, LayOutMap(random, &op.ofm));
        EXPECT_LE(RowMemory(op, PlanBlock(op, false)), size_t{16 << 10});
        Memory expected = ofm;
        PlainUnit(op, {}, {}).Run(ifm, {}, &expected);
        ASSERT_EQ(RunOn(op, {}, false, ifm, {}, ofm, {}), expected);
      }
}

TEST(NpuBlocks, ElementwiseMayWorkInPlace) {
  RandomBlocks blocks(10);
  Random& random = blocks.random();
  int by_kernels = 0;
  for (int i = 0; i < 1000; ++i) {
    Operation op = blocks.Next(OperationKind::kElementwise);
    if (op.elementwise >= ElementwiseMode::kShr) continue;
    op.ofm.element = op.ifm.element;
    op.activation = {0, ClipRange::kOfm, -100, 100};
    if (!op.ofm.element.is_signed) op.activation.min = 0;
    const Memory memory = RandomMemory(random, LayOutMap(random, &op.ifm));
    Memory ifm2 = {0};
    if (op.binary() && !op.broadcast.scalar)
      ifm2 = RandomMemory(random, LayOutMap(random, &op.ifm2));
    const FeatureMap second = op.ofm;
    op.ofm = op.ifm;
    op.ofm.zero_point = second.zero_point;
    op.ifm2.region = 1;
    Memory expected = memory;
    PlainUnit(op, {}, {}).Run(memory, ifm2, &expected);
    for (const bool kernels : {false, true}) {
      if (kernels && !KernelHas(op)) continue;
      by_kernels += kernels;
      Memory result = memory;
      uint8_t* const regions[] = {result.data(), ifm2.data()};
      std::vector<int32_t> rows(RowMemory(op, PlanBlock(op, kernels)) / 4 + 1);
      StopToken stop;
      const Machine machine = {regions, nullptr, reinterpret_cast<uint8_t*>(rows.data()), stop};
      ASSERT_TRUE(RunBlock(op, nullptr, PlanBlock(op, kernels), machine));
      ASSERT_EQ(result, expected) << NameOf(op);
    }
  }
  EXPECT_GT(by_kernels, 10);
}

TEST(NpuBlocks, StopsWhenTold) {
  RandomBlocks blocks(11);
  for (const OperationKind kind : {OperationKind::kPool, OperationKind::kElementwise}) {
    const Operation op = blocks.Next(kind);
    StopToken stop;
    stop.Raise();
    const Machine machine = {{}, nullptr, nullptr, stop};
    EXPECT_FALSE(RunBlock(op, nullptr, PlanBlock(op, false), machine));
  }
}

}  // namespace blocks_test
}  // namespace moonlet::npu
