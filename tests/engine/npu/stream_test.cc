#include "engine/npu/stream.h"

#include <gtest/gtest.h>

#include "tests/engine/npu/recorded.h"
#include "tests/engine/npu/sample_stream.h"

namespace moonlet::npu {
namespace stream_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;

constexpr uint32_t kMul = 0, kAdd = 1, kSub = 2, kMin = 3, kAbs = 6, kClz = 7, kShr = 8;
constexpr uint32_t kMaxPool = 0, kAveragePool = 1, kReduceSum = 2;

const Config& U55() { return *FindConfig(Product::kU55, 128); }

Status Read(const SampleStream& stream, const Config& config, Operation* op) {
  const std::vector<uint8_t> bytes = stream.bytes();
  return StreamReader(bytes, config).Next(op);
}

// What the registers and a command behind them give.
Operation Get(SampleStream stream, Command0 command, uint32_t parameter = 0,
              const Config& config = U55()) {
  stream.Add(command, parameter);
  Operation op;
  const Status s = Read(stream, config, &op);
  EXPECT_TRUE(s.ok()) << s.what();
  return op;
}

std::string Refusal(SampleStream stream, Command0 command, uint32_t parameter = 0,
                    const Config& config = U55()) {
  stream.Add(command, parameter);
  Operation op;
  const Status s = Read(stream, config, &op);
  EXPECT_EQ(s.code(), Code::kInvalid);
  return s.what();
}

// The message about one register that is set after the samples. The words before the command are
// in the message, so it says where it was found.
std::string RefusalOf(Register0 r, uint32_t value, Command0 command = Command0::kConv,
                      uint32_t parameter = 0) {
  return Refusal(SampleRegisters().Set(r, value), command, parameter);
}
std::string RefusalOf(Register1 r, uint32_t value, Command0 command = Command0::kConv,
                      uint32_t parameter = 0) {
  return Refusal(SampleRegisters().Set(r, value), command, parameter);
}

TEST(NpuStream, ReadsAllRecordedStreams) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long words = 0;
  for (const RecordedPayload& recorded : payloads) {
    SCOPED_TRACE(recorded.name);
    Payload payload;
    const Status read = ReadPayload(recorded.bytes, &payload);
    ASSERT_TRUE(read.ok()) << read.what();
    StreamReader reader(payload.stream, payload.config);
    Operation op;
    do {
      const Status s = reader.Next(&op);
      ASSERT_TRUE(s.ok()) << s.what();
    } while (op.kind != OperationKind::kStop);
    EXPECT_EQ(size_t{reader.word()} * 4, payload.stream.size());
    words += reader.word();
  }
  ExpectCounts("engine/npu/stream", static_cast<long>(payloads.size()), words * 4);
}

TEST(NpuStream, AConvolutionHasKernelWeightsAndRecords) {
  const SampleStream sample = SampleRegisters();
  const Operation op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.kind, OperationKind::kConv);
  EXPECT_EQ(op.word, sample.words());
  EXPECT_EQ(op.ifm.region, 1);
  EXPECT_EQ(op.ifm.element, (Element{1, true}));
  EXPECT_EQ(op.ifm.layout, Layout::kNhwc);
  EXPECT_EQ(op.ifm.height, 4);
  EXPECT_EQ(op.ifm.width, 5);
  EXPECT_EQ(op.ifm.depth, 8);
  EXPECT_EQ(op.ifm.zero_point, -3);
  EXPECT_EQ(op.ifm.base[0], 0x100u);
  EXPECT_EQ(op.ifm.stride_y, 40);
  EXPECT_EQ(op.ifm.stride_x, 8);
  EXPECT_EQ(op.ofm.region, 2);
  EXPECT_EQ(op.ofm.height, 4);
  EXPECT_EQ(op.ofm.width, 5);
  EXPECT_EQ(op.ofm.depth, 16);
  EXPECT_EQ(op.ofm.zero_point, 5);
  EXPECT_EQ(op.kernel.height, 3);
  EXPECT_EQ(op.kernel.width, 3);
  EXPECT_EQ(op.padding, (Padding{1, 1, 1, 1}));
  EXPECT_EQ(op.weights[0], (Piece{0, 0x300, 0x40}));
  EXPECT_EQ(op.scales[0], (Piece{0, 0x400, 0xA0}));
  EXPECT_EQ(op.activation.min, -128);
  EXPECT_EQ(op.activation.max, 127);
  EXPECT_EQ(op.block, (Extent{4, 8, 16}));
}

// What earlier operations left in registers that an operation has no use for.
TEST(NpuStream, UnusedFieldsAreZeroWhateverTheRegistersHold) {
  SampleStream sample = SampleRegisters();
  sample.Set(Behind(Register1::kIfmBase0, 1), 0x999).Set(Behind(Register1::kOfmBase0, 2), 0x999);
  sample.Set(Register1::kIfmStrideC, 77).Set(Register0::kKernelStride, 4);
  const Operation conv = Get(sample, Command0::kConv);
  EXPECT_EQ(conv.ifm.base[1], 0u);
  EXPECT_EQ(conv.ofm.base[2], 0u);
  EXPECT_EQ(conv.ifm.stride_c, 0);
  EXPECT_EQ(conv.ifm.height1, 0);
  EXPECT_EQ(conv.ofm_scale, Scale());
  EXPECT_EQ(conv.opa_scale, Scale());
  EXPECT_EQ(conv.ifm2, FeatureMap());
  EXPECT_TRUE(conv.kernel.part_kernel_first);

  const Operation depthwise = Get(sample, Command0::kDepthwise);
  EXPECT_FALSE(depthwise.kernel.part_kernel_first);
  EXPECT_EQ(depthwise.ifm.depth, 16);

  sample.Set(Register0::kOfmPrecision, 0x101);
  const Operation max = Get(sample, Command0::kPool, kMaxPool);
  EXPECT_EQ(max.weights[0], Piece());
  EXPECT_EQ(max.scales[0], Piece());
  EXPECT_EQ(max.ofm_scale, Scale());
  EXPECT_FALSE(max.kernel.part_kernel_first);

  sample.Set(Register0::kAccFormat, 1).Set(Register0::kIfm2IbStart, 9);
  const Operation add = Get(sample, Command0::kElementwise, kAdd);
  EXPECT_EQ(add.kernel, Kernel());
  EXPECT_EQ(add.padding, Padding());
  EXPECT_EQ(add.acc_format, AccFormat::kInt32);
  EXPECT_EQ(add.shared_ram.ifm2_start, 9);
  EXPECT_EQ(add.opa_scale, (Scale{0x8000, 0}));
  EXPECT_EQ(add.opb_scale, (Scale{0x4000, 0}));

  const Operation abs = Get(sample, Command0::kElementwise, kAbs);
  EXPECT_EQ(abs.ifm2, FeatureMap());
  EXPECT_EQ(abs.shared_ram.ifm2_start, 0);
  EXPECT_EQ(abs.opa_scale, Scale());
  EXPECT_EQ(abs.ofm_scale, (Scale{0x40000000, 31}));
  EXPECT_EQ(Get(sample, Command0::kElementwise, kMin).ofm_scale, Scale());
}

TEST(NpuStream, TheSizeOfElementsIsWhereEachPrecisionHasIt) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kIfmPrecision, 0x004).Set(Register0::kIfm2Precision, 0x004);
  sample.Set(Register0::kOfmPrecision, 0x104);
  sample.Set(Register1::kOfmBase0, 0x204);
  Operation op = Get(sample, Command0::kElementwise, kAdd);
  EXPECT_EQ(op.ifm.element, (Element{2, false}));
  EXPECT_EQ(op.ifm2.element, (Element{2, false}));
  EXPECT_EQ(op.ofm.element, (Element{4, false}));
  sample.Set(Register0::kOfmPrecision, 0x103);
  op = Get(sample, Command0::kElementwise, kAdd);
  EXPECT_EQ(op.ofm.element, (Element{2, true}));
}

TEST(NpuStream, ShortsHaveTheSignOfTheirElements) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kIfmZeroPoint, 0x9C40).Set(Register0::kActivationMin, 0xFFFF);
  Operation op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.zero_point, -25536);
  EXPECT_EQ(op.activation.min, -1);
  sample.Set(Register0::kIfmPrecision, 0x004).Set(Register0::kOfmPrecision, 0);
  op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.zero_point, 40000);
  EXPECT_EQ(op.activation.min, 65535);
  sample.Set(Register0::kActivation, 0x3000);  // clipped as int8, whatever the OFM is
  EXPECT_EQ(Get(sample, Command0::kConv).activation.min, -1);
  sample.Set(Register0::kActivation, 0x5000);
  EXPECT_EQ(Get(sample, Command0::kConv).activation.min, -1);
  sample.Set(Register0::kActivation, 0x2000).Set(Register0::kOfmPrecision, 1);
  EXPECT_EQ(Get(sample, Command0::kConv).activation.min, 65535);
}

TEST(NpuStream, ResultsOf32BitsHaveZeroPointAndClipOnlyByTableOrRange) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kOfmPrecision, 0x105);
  Operation op = Get(sample, Command0::kElementwise, kSub);
  EXPECT_EQ(op.ofm.zero_point, 0);
  EXPECT_EQ(op.activation, Activation());
  sample.Set(Register0::kActivation, 0x3010);
  op = Get(sample, Command0::kElementwise, kSub);
  EXPECT_EQ(op.ofm.zero_point, 5);
  EXPECT_TRUE(op.activation.has_table());
  EXPECT_EQ(op.activation.slot(), 0);
  EXPECT_EQ(op.activation.range, ClipRange::kInt8);
  EXPECT_EQ(op.activation.min, -128);
}

TEST(NpuStream, OperandsOf32BitsAreShiftedAlone) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kIfmPrecision, 0x109).Set(Register0::kIfm2Precision, 0x009);
  sample.Set(Register0::kOfmPrecision, 0x105);
  for (const uint32_t mode : {kMul, kAdd, kSub}) {
    const Operation op = Get(sample, Command0::kElementwise, mode);
    EXPECT_EQ(op.ofm_scale, (Scale{0, 31}));
    EXPECT_EQ(op.opa_scale, Scale());
    EXPECT_EQ(op.operand_scaling, OperandScaling::kBoth);
  }
}

TEST(NpuStream, OneOperandIsScaledByTheWholeOfOpaScale) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kOfmPrecision, 0x101).Set(Register1::kOpaScale, 0x6622ECC0, 13);
  for (const unsigned mode : {1u, 2u}) {
    sample.Set(Register0::kIfmPrecision, mode << 8 | 1);
    const Operation op = Get(sample, Command0::kElementwise, kSub);
    EXPECT_EQ(op.operand_scaling, static_cast<OperandScaling>(mode));
    EXPECT_EQ(op.opa_scale, (Scale{0x6622ECC0, 13}));
    EXPECT_EQ(op.opb_scale, Scale());
  }
}

TEST(NpuStream, TheSecondOperandIsBroadcastOrAScalar) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kOfmPrecision, 0x101).Set(Register0::kIfm2Broadcast, 0x45);
  Operation op = Get(sample, Command0::kElementwise, kAdd);
  EXPECT_EQ(op.broadcast, (Broadcast{true, false, true, true, false}));
  EXPECT_EQ(op.ifm2.height, 1);
  EXPECT_EQ(op.ifm2.width, 5);
  EXPECT_EQ(op.ifm2.depth, 1);
  EXPECT_EQ(op.ifm2.zero_point, 7);
  sample.Set(Register0::kIfm2Broadcast, 0x87).Set(Register0::kIfm2Scalar, 0xFFF0);
  op = Get(sample, Command0::kElementwise, kAdd);
  EXPECT_EQ(op.broadcast, (Broadcast{false, false, false, false, true}));
  EXPECT_EQ(op.scalar, -16);
  FeatureMap expected;
  expected.element = {1, true};
  expected.zero_point = 7;
  EXPECT_EQ(op.ifm2, expected);
  sample.Set(Register0::kIfmPrecision, 0).Set(Register0::kIfm2Precision, 0);
  EXPECT_EQ(Get(sample, Command0::kElementwise, kAdd).scalar, 0xFFF0);
}

TEST(NpuStream, TilesHaveTheBasesThatTheirPixelsNeed) {
  SampleStream sample = SampleRegisters();
  for (int k = 0; k < 4; ++k)
    sample.Set(Behind(Register1::kIfmBase0, k), static_cast<uint32_t>(0x100 + k));
  sample.Set(Register0::kIfmHeight0M1, 1);  // 2 of 4 rows
  Operation op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.height0, 2);
  EXPECT_EQ(op.ifm.base[2], 0x102u);
  EXPECT_EQ(op.ifm.base[1], 0u);
  sample.Set(Register0::kIfmWidth0M1, 2).Set(Register0::kIfmHeight1M1, 3);  // 3 of 5 columns
  op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.width0, 3);
  EXPECT_EQ(op.ifm.height1, 4);
  EXPECT_EQ(op.ifm.base[1], 0x101u);
  EXPECT_EQ(op.ifm.base[3], 0u);
  sample.Set(Register0::kIfmHeight1M1, 0);
  op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.height1, 1);
  EXPECT_EQ(op.ifm.base[3], 0x103u);
}

TEST(NpuStream, BricksHaveTheStrideOfTheirLayout) {
  SampleStream sample = SampleRegisters();
  sample.Set(Register0::kIfmPrecision, 0x41).Set(Register1::kIfmStrideC, 0x50);
  sample.Set(Register0::kOfmPrecision, 0x45);
  const Operation op = Get(sample, Command0::kConv);
  EXPECT_EQ(op.ifm.layout, Layout::kNhcwb16);
  EXPECT_EQ(op.ifm.stride_x, 16);
  EXPECT_EQ(op.ifm.stride_c, 0x50);
  EXPECT_EQ(op.ofm.stride_x, 64);
}

// The extent of the IFM, by the sheet's formula on the upscaled grid, then halved.
TEST(NpuStream, TheStoredIfmFollowsFromOfmKernelPaddingAndUpscaling) {
  struct Case {
    uint32_t ofm, kernel_m1, stride_bits, pad_before, pad_after, upscale;
    int32_t stored;
  };
  constexpr Case kCases[] = {
      {25, 9, 0x002, 4, 5, 0, 49},  // kws: 10 taps, stride 2
      {8, 2, 0x000, 2, 0, 2, 4},    // transposed: 8 on the grid
      {8, 2, 0x000, 1, 1, 1, 4},    // nearest
      {7, 2, 0x000, 1, 1, 1, 4},    // 7 on the grid: half a row is a row
      {1, 0, 0x000, 0, 0, 0, 1},    // a pixel
      {4, 4, 0x010, 2, 2, 0, 4},    // 3 taps dilated by 2
      {3, 2, 0x200, 0, 0, 0, 9},    // stride 3
      {3, 2, 0x202, 0, 0, 0, 11},   // stride 4
  };
  for (const Case& c : kCases) {
    SampleStream sample = SampleRegisters();
    sample.Set(Register0::kOfmHeightM1, c.ofm - 1).Set(Register0::kKernelHeightM1, c.kernel_m1);
    sample.Set(Register0::kKernelStride, c.stride_bits).Set(Register0::kIfmUpscale, c.upscale);
    sample.Set(Register0::kIfmPadTop, c.pad_before).Set(Register0::kIfmPadBottom, c.pad_after);
    EXPECT_EQ(Get(sample, Command0::kConv).ifm.height, c.stored) << c.ofm << " " << c.kernel_m1;
  }
}

TEST(NpuStream, StridesAndDilationsAreReadFromTheirBits) {
  constexpr uint32_t kBits[] = {0x000, 0x001, 0x040, 0x041};
  for (int x = 0; x < 4; ++x) {
    for (int y = 0; y < 4; ++y) {
      const uint32_t y_bits = (kBits[y] & 1) << 1 | (kBits[y] & 0x40) << 3;
      SampleStream sample = SampleRegisters();
      sample.Set(Register0::kKernelStride, kBits[x] | y_bits | 0x08);
      const Kernel kernel = Get(sample, Command0::kConv).kernel;
      EXPECT_EQ(kernel.stride_x, x + 1);
      EXPECT_EQ(kernel.stride_y, y + 1);
      EXPECT_EQ(kernel.dilation_x, 2);
      EXPECT_EQ(kernel.dilation_y, 1);
      EXPECT_EQ(kernel.width, 2);
      EXPECT_EQ(kernel.height, 3);
    }
  }
}

TEST(NpuStream, DepthsAreThoseThatTheOperationReads) {
  SampleStream sample = SampleRegisters();
  EXPECT_EQ(Get(sample, Command0::kPool, kMaxPool).ifm.depth, 16);
  EXPECT_EQ(Get(sample, Command0::kPool, kAveragePool).ifm.depth, 16);
  sample.Set(Register0::kOfmPrecision, 0x101);
  EXPECT_EQ(Get(sample, Command0::kElementwise, kMul).ifm.depth, 16);
  sample.Set(Register0::kOfmDepthM1, 0);
  const Operation sum = Get(sample, Command0::kPool, kReduceSum);
  EXPECT_EQ(sum.ifm.depth, 8);
  EXPECT_EQ(sum.ofm.depth, 1);
  EXPECT_EQ(sum.ofm_scale, (Scale{0x40000000, 31}));
  sample.Set(Register0::kIfmPrecision, 0x009);
  EXPECT_EQ(Get(sample, Command0::kPool, kReduceSum).ofm_scale, Scale());
}

TEST(NpuStream, WaitsAndTheLikeHaveTheirParameter) {
  SampleStream s;
  s.Add(Command0::kIrq, 0x1234).Add(Command0::kDmaWait, 15).Add(Command0::kKernelWait, 3);
  s.Add(Command0::kPmuMask, 1).Add(Command0::kStop, 0xFFFF);
  const std::vector<uint8_t> bytes = s.bytes();
  StreamReader reader(bytes, U55());
  constexpr std::pair<OperationKind, int> kExpected[] = {{OperationKind::kIrq, 0x1234},
                                                         {OperationKind::kDmaWait, 15},
                                                         {OperationKind::kKernelWait, 3},
                                                         {OperationKind::kPmuMask, 1},
                                                         {OperationKind::kStop, 0xFFFF}};
  uint32_t word = 0;
  for (const auto& [kind, argument] : kExpected) {
    Operation expected;
    expected.kind = kind;
    expected.argument = static_cast<uint16_t>(argument);
    expected.word = word++;
    Operation op;
    ASSERT_TRUE(reader.Next(&op).ok());
    EXPECT_EQ(op, expected);
  }
}

SampleStream SampleCopy() {
  SampleStream s;
  s.Set(Register0::kDma0SrcRegion, 0).Set(Register1::kDma0Src, 0x1BA0);
  s.Set(Register0::kDma0DstRegion, 1).Set(Register1::kDma0Dst, 0x2E20);
  s.Set(Register1::kDma0Len, 1120);
  return s;
}

TEST(NpuStream, CopiesGoToRegionsAndToSharedRam) {
  Dma dma = Get(SampleCopy(), Command0::kDmaStart).dma;
  EXPECT_EQ(dma, (Dma{{0, 0x1BA0, 1120}, 1, false, 0x2E20}));
  SampleStream table = SampleCopy();
  table.Set(Register0::kDma0DstRegion, 0x103).Set(Register1::kDma0Dst, 0x5800);
  table.Set(Register1::kDma0Len, 2048);
  dma = Get(table, Command0::kDmaStart).dma;
  EXPECT_EQ(dma, (Dma{{0, 0x1BA0, 2048}, 0, true, 0x5800}));
}

TEST(NpuStream, U65HasAddressesOf40Bits) {
  const Config& u65 = *FindConfig(Product::kU65, 256);
  SampleStream sample = SampleRegisters();
  sample.Set(Register1::kWeightBase, 0x300, 0xAB).Set(Register1::kIfmStrideY, 40, 1);
  const Operation op = Get(sample, Command0::kConv, 0, u65);
  EXPECT_EQ(op.weights[0].base, 0xAB00000300u);
  EXPECT_EQ(op.ifm.stride_y, 0x100000028);
  EXPECT_EQ(Refusal(sample, Command0::kConv),
            "word " + std::to_string(SampleRegisters().words()) +
                ": WEIGHT_BASE with the parameter 0xab, a U55-128 has the bits 0x0 of it");
  // What a DMA copies need not be whole pieces of 16 bytes there.
  SampleStream copy = SampleCopy();
  copy.Set(Register1::kDma0Len, 3).Set(Register1::kDma0Src, 0x1BA1, 1);
  EXPECT_EQ(Get(copy, Command0::kDmaStart, 0, u65).dma.source, (Piece{0, 0x100001BA1, 3}));
}

TEST(NpuStream, TwoCoresHaveTheirWeightsAndRecords) {
  const Config& both = *FindConfig(Product::kU65, 512);
  SampleStream sample = SampleRegisters();
  sample.Set(Register1::kWeight1Base, 0x700).Set(Register1::kWeight1Length, 0x30);
  sample.Set(Register1::kScale1Base, 0x800).Set(Register1::kScale1Length, 0x50);
  sample.Set(Register0::kWeightRegion, 1).Set(Register0::kScaleRegion, 2);
  Operation op = Get(sample, Command0::kConv, 0, both);
  EXPECT_EQ(op.parallel_cores, 1);
  EXPECT_EQ(op.weights[1], Piece());
  sample.Set(Register0::kParallelMode, 1);
  op = Get(sample, Command0::kConv, 0, both);
  EXPECT_EQ(op.parallel_cores, 2);
  EXPECT_EQ(op.weights[1], (Piece{1, 0x700, 0x30}));
  EXPECT_EQ(op.scales[1], (Piece{2, 0x800, 0x50}));
  EXPECT_NE(Refusal(sample, Command0::kConv, 0, *FindConfig(Product::kU65, 256))
                .find("PARALLEL_MODE = 0x1: there is one core"),
            std::string::npos);
}

TEST(NpuStream, RefusesCommandsThatDoNotExist) {
  struct Wrong {
    uint32_t word;
    const char* says;
  };
  constexpr Wrong kWrong[] = {
      {0x0004, "word 0: unknown command 0x00000004"},
      {0x0014, "unknown command"},
      {0x0106, "unknown command"},
      {0x0190, "unknown command"},
      {0x03FF, "unknown command"},
      {0x0400 | 0x100, "unknown command"},  // a reserved bit
      {0x2000, "unknown command"},
      {0x8000, "unknown command"},  // control 2 and 3
      {0xC000, "unknown command"},
      {0x4007, "word 0: unknown command 0x00004007"},
      {0x4027, "unknown command"},
      {0x4094, "unknown command"},
      {0x40A8, "unknown command"},
      {0x43FF, "unknown command"},
      {0x40A0, "word 0: USER_DEFINED0 = 0x0: a U55-128 has no such register"},
      {0x4090, "word 0: WEIGHT1_BASE = 0x0: a U55-128 has no such register"},
      {0x0123, "word 0: PARALLEL_MODE = 0x0: a U55-128 has no such register"},
      {0x00010132, "word 0: DMA0_SIZE0 = 0x1: a U55-128 has no such register"},
      {0x00800100, "word 0: IFM_PAD_TOP = 0x80: reserved bits 0x80 are set"},
      {0x40000105, "word 0: IFM_PRECISION = 0x4000: reserved bits 0x4000 are set"},
      {0x0008010F, "word 0: IFM_REGION = 0x8: reserved bits 0x8 are set"},
      {0x00080114, "word 0: OFM_PRECISION = 0x8: reserved bits 0x8 are set"},
      {0x00404024, "word 0: OFM_SCALE with the parameter 0x40"},
      {0x00014021, "word 0: WEIGHT_LENGTH with the parameter 0x1"},
      {0x00010002, "word 0: command 0x00010002: parameter 0x1, at most 0x0"},
      {0x00030005, "parameter 0x3, at most 0x2"},
      {0x000A0006, "parameter 0xa, at most 0x9"},
      {0x00100010, "parameter 0x10, at most 0x0"},
      {0x00100011, "parameter 0x10, at most 0xf"},
      {0x00040012, "parameter 0x4, at most 0x3"},
      {0x00020013, "parameter 0x2, at most 0x1"},
  };
  for (const Wrong& wrong : kWrong) {
    Operation op;
    const Status s = Read(SampleStream().Word(wrong.word).Word(0), U55(), &op);
    EXPECT_EQ(s.code(), Code::kInvalid);
    EXPECT_NE(std::strstr(s.what(), wrong.says), nullptr) << s.what();
  }
}

TEST(NpuStream, CustomDmaIsOfUnitsThatHaveIt) {
  Config custom = U55();
  custom.custom_dma = true;
  SampleStream s;
  for (int k = 0; k < 8; ++k) s.Set(Behind(Register1::kUserDefined0, k), 0xFFFFFFFF);
  EXPECT_EQ(Get(s, Command0::kStop, 0, custom).kind, OperationKind::kStop);
}

struct WrongRegister {
  std::string message;
  const char* says;
};

void ExpectRefusals(std::span<const WrongRegister> wrongs) {
  for (const WrongRegister& wrong : wrongs)
    EXPECT_NE(wrong.message.find(wrong.says), std::string::npos) << wrong.message;
}

TEST(NpuStream, RefusalsNameWordCommandRegisterAndValue) {
  EXPECT_EQ(RefusalOf(Register0::kOfmPrecision, 7),
            "word " + std::to_string(SampleRegisters().words() + 1) +
                " CONV: OFM_PRECISION = 0x7: no such size of elements");
}

TEST(NpuStream, RefusesValuesThatNoOperationHas) {
  const auto conv = Command0::kConv;
  const auto pool = Command0::kPool;
  const WrongRegister kWrong[] = {
      {RefusalOf(Register0::kIfmPrecision, 0x0D), "IFM_PRECISION = 0xd: no such size"},
      {RefusalOf(Register0::kIfmPrecision, 0x81), "IFM_PRECISION = 0x81: no such layout"},
      {RefusalOf(Register0::kIfmPrecision, 0x09), "does not take this size of elements"},
      {RefusalOf(Register0::kIfmPrecision, 0x09, pool, kMaxPool), "MAX_POOL: IFM_PRECISION"},
      {RefusalOf(Register0::kOfmPrecision, 0xC1), "OFM_PRECISION = 0xc1: no such layout"},
      {RefusalOf(Register0::kOfmPrecision, 0xC001), "OFM_PRECISION = 0xc001: no such rounding"},
      {RefusalOf(Register0::kOfmPrecision, 0x101), "scaled by records, not by OFM_SCALE"},
      {RefusalOf(Register0::kIfmUpscale, 3), "IFM_UPSCALE = 0x3: no such upscaling"},
      {RefusalOf(Register0::kAccFormat, 3), "ACC_FORMAT = 0x3: no such format"},
      {RefusalOf(Register0::kActivation, 1), "ACTIVATION = 0x1: no such function"},
      {RefusalOf(Register0::kActivation, 15), "ACTIVATION = 0xf: no such function"},
      {RefusalOf(Register0::kActivation, 24), "ACTIVATION = 0x18: no such function"},
      {RefusalOf(Register0::kActivation, 0x1000), "ACTIVATION = 0x1000: no such clip range"},
      {RefusalOf(Register0::kActivation, 0x7010), "ACTIVATION = 0x7010: no such clip range"},
      {RefusalOf(Register1::kWeightLength, 0), "WEIGHT_LENGTH = 0x0: nothing to read"},
      {RefusalOf(Register1::kWeightLength, 8), "WEIGHT_LENGTH = 0x8: is no multiple of 16"},
      {RefusalOf(Register1::kWeightBase, 8), "WEIGHT_BASE = 0x8: is no multiple of 16"},
      {RefusalOf(Register1::kScaleBase, 4), "SCALE_BASE = 0x4: is no multiple of 16"},
      {RefusalOf(Register1::kScaleLength, 0), "SCALE_LENGTH = 0x0: nothing to read"},
      {RefusalOf(Register1::kScaleLength, 1 << 20), "SCALE_LENGTH = 0x100000: reserved bits"},
      {RefusalOf(Register0::kOfmDepthM1, 1, pool, kReduceSum), "OFM_DEPTH_M1 = 0x1: a sum over"},
      {Refusal(SampleRegisters().Set(Register0::kOfmDepthM1, 0), pool, kReduceSum),
       "REDUCE_SUM: OFM_PRECISION = 0x1: must be scaled by OFM_SCALE"},
      {Refusal(SampleRegisters().Set(Register0::kIfmPrecision, 0x41).Set(Register1::kIfmBase0, 8),
               conv),
       "IFM_BASE0 = 0x8: is not aligned"},
      {Refusal(SampleRegisters().Set(Register0::kIfmPrecision, 5).Set(Register1::kIfmBase0, 9),
               conv),
       "IFM_BASE0 = 0x9: is not aligned"},
      {Refusal(SampleRegisters().Set(Register0::kOfmPrecision, 5).Set(Register1::kOfmStrideX, 6),
               conv),
       "OFM_STRIDE_X = 0x6: is no whole number of elements"},
  };
  ExpectRefusals(kWrong);
}

TEST(NpuStream, RefusesSizesOfNothingAndBeyondTheHardwares) {
  const auto pool = Command0::kPool;
  SampleStream wide = SampleRegisters();
  wide.Set(Register0::kOfmWidthM1, 0xFFFF).Set(Register0::kKernelStride, 1);
  const WrongRegister kWrong[] = {
      {RefusalOf(Register0::kIfmPadBottom, 5), "IFM_PAD_BOTTOM = 0x5: padding leaves nothing"},
      {RefusalOf(Register0::kIfmPadRight, 100), "IFM_PAD_RIGHT = 0x64: padding leaves nothing"},
      {RefusalOf(Register0::kIfmPadBottom, 129), "IFM_PAD_BOTTOM = 0x81: at most 128"},
      {RefusalOf(Register0::kIfmPadRight, 255), "IFM_PAD_RIGHT = 0xff: at most 128"},
      {RefusalOf(Register0::kKernelHeightM1, 64), "KERNEL_HEIGHT_M1 = 0x40: the kernel is too"},
      {RefusalOf(Register0::kKernelWidthM1, 4095), "KERNEL_WIDTH_M1 = 0xfff: the kernel is too"},
      {RefusalOf(Register0::kKernelHeightM1, 256, pool), "KERNEL_HEIGHT_M1 = 0x100: the window"},
      {RefusalOf(Register0::kKernelWidthM1, 0xFFFF, pool), "KERNEL_WIDTH_M1 = 0xffff: the window"},
      {RefusalOf(Register0::kKernelWidthM1, 8, pool, kAveragePool), "a padded average is of at"},
      {RefusalOf(Register0::kKernelHeightM1, 8, pool, kAveragePool), "a padded average is of at"},
      {RefusalOf(Register0::kIfmPadTop, 3, pool), "IFM_PAD_TOP = 0x3: padding as wide as the"},
      {RefusalOf(Register0::kIfmPadRight, 3, pool), "IFM_PAD_RIGHT = 0x3: padding as wide as"},
      {Refusal(
           SampleRegisters().Set(Register0::kKernelStride, 0x10).Set(Register0::kKernelHeightM1, 3),
           Command0::kConv),
       "KERNEL_HEIGHT_M1 = 0x3: no dilated kernel"},
      {Refusal(wide, Command0::kConv), "KERNEL_STRIDE = 0x1: an IFM of more than 65536"},
  };
  ExpectRefusals(kWrong);
  // An average of known taps may be larger.
  SampleStream large = SampleRegisters();
  large.Set(Register0::kOfmPrecision, 0x101).Set(Register0::kKernelHeightM1, 255);
  large.Set(Register0::kKernelWidthM1, 255);
  EXPECT_EQ(Get(large, pool, kAveragePool).kernel.height, 256);
}

TEST(NpuStream, RefusesElementwiseOperationsThatDoNotExist) {
  const auto elementwise = Command0::kElementwise;
  SampleStream wide = SampleRegisters();
  wide.Set(Register0::kIfmPrecision, 9).Set(Register0::kIfm2Precision, 9);
  wide.Set(Register0::kOfmPrecision, 0x105);
  const WrongRegister kWrong[] = {
      {Refusal(SampleRegisters(), elementwise, kAdd), "ADD: OFM_PRECISION = 0x1: must be scaled"},
      {Refusal(SampleRegisters(), elementwise, kClz), "CLZ: IFM_PRECISION = 0x1: the operation"},
      {Refusal(SampleRegisters(), elementwise, kShr), "SHR: IFM_PRECISION = 0x1: the operation"},
      {Refusal(wide, elementwise, kAbs), "ABS: IFM_PRECISION = 0x9: the operation does not"},
      {RefusalOf(Register0::kIfm2Precision, 0, elementwise, kMin), "elements other than the IFM's"},
      {RefusalOf(Register0::kIfm2Precision, 5, elementwise, kMin), "elements other than the IFM's"},
      {RefusalOf(Register0::kIfm2Precision, 0x81, elementwise, kMin), "no such layout"},
      {RefusalOf(Register0::kIfmUpscale, 1, elementwise, kMin), "not of an ELEMENTWISE"},
      {Refusal(SampleRegisters()
                   .Set(Register0::kOfmPrecision, 0x101)
                   .Set(Register0::kIfmPrecision, 0x301),
               elementwise, kSub),
       "IFM_PRECISION = 0x301: no such scaling of operands"},
      {Refusal(SampleRegisters()
                   .Set(Register0::kOfmPrecision, 0x101)
                   .Set(Register1::kOpaScale, 0x10000),
               elementwise, kSub),
       "OPA_SCALE = 0x10000: at most 16 bits"},
  };
  ExpectRefusals(kWrong);
}

TEST(NpuStream, RefusesCopiesThatDoNotExist) {
  const auto refusal = [](auto r, uint32_t value) {
    return Refusal(SampleCopy().Set(r, value), Command0::kDmaStart);
  };
  const WrongRegister kWrong[] = {
      {refusal(Register1::kDma0Len, 0), "DMA_START: DMA0_LEN = 0x0: nothing to copy"},
      {refusal(Register1::kDma0Len, 24), "DMA0_LEN = 0x18: is no multiple of 16"},
      {refusal(Register1::kDma0Src, 8), "DMA0_SRC = 0x8: is no multiple of 16"},
      {refusal(Register1::kDma0Dst, 8), "DMA0_DST = 0x8: is no multiple of 16"},
      {refusal(Register0::kDma0SrcRegion, 0x103), "DMA0_SRC_REGION = 0x103: copies go from"},
      {refusal(Register0::kDma0SrcRegion, 0x200), "DMA0_SRC_REGION = 0x200: copies go from"},
      {refusal(Register0::kDma0DstRegion, 0x401), "DMA0_DST_REGION = 0x401: copies go in one"},
      {refusal(Register0::kDma0DstRegion, 0x102), "DMA0_DST_REGION = 0x102: leaves a core out"},
      {Refusal(SampleCopy().Set(Register0::kDma0DstRegion, 0x103).Set(Register1::kDma0Dst, 0x5FF0),
               Command0::kDmaStart),
       "DMA0_DST = 0x5ff0: beyond shared RAM"},
  };
  ExpectRefusals(kWrong);
}

TEST(NpuStream, CutAnywhereItIsRefusedAndNeverReadBeyond) {
  SampleStream sample = SampleRegisters();
  sample.Add(Command0::kConv).Add(Command0::kStop);
  const std::vector<uint8_t> whole = sample.bytes();
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    StreamReader reader(cut, U55());
    Operation op;
    Status s = reader.Next(&op);
    if (s.ok()) s = reader.Next(&op);  // behind CONV
    ASSERT_FALSE(s.ok()) << size;
    EXPECT_NE(std::strstr(s.what(), "the stream ends"), nullptr) << s.what();
  }
}

}  // namespace stream_test
}  // namespace moonlet::npu
