#include "engine/npu/disassemble.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/npu/stream.h"
#include "tests/engine/npu/recorded.h"
#include "tests/engine/npu/sample_stream.h"

namespace moonlet::npu {
namespace disassemble_test {

using namespace moonlet::npu::testing;
using namespace moonlet::testing;

struct Line {
  LineKind kind;
  uint32_t word;
  std::string text;
};

struct Lines final : StreamLines {
  void Add(const StreamLine& line) override { all.push_back({line.kind, line.word, line.text}); }
  std::string Text() const {
    std::string text;
    for (const Line& line : all) text += line.text + "\n";
    return text;
  }
  std::vector<Line> all;
};

std::string TextOf(const SampleStream& stream, uint32_t config = 0x1807) {
  Lines lines;
  EXPECT_TRUE(Disassemble(stream.payload(config), lines).ok());
  return lines.Text();
}

TEST(NpuDisassemble, SaysWhatCommandsMean) {
  SampleStream s;
  s.Set(Register0::kIfmPrecision, 0x241).Set(Register0::kOfmPrecision, 0x8145);
  s.Set(Register0::kIfm2Precision, 9).Set(Register0::kIfmUpscale, 1);
  s.Set(Register0::kKernelStride, 0x24E).Set(Register0::kKernelStride, 0x38);
  s.Set(Register0::kAccFormat, 1).Set(Register0::kActivation, 0x3010);
  s.Set(Register0::kActivation, 4).Set(Register0::kActivationMin, 0xFF80);
  s.Set(Register0::kDma0DstRegion, 0x103).Set(Register0::kDma0DstRegion, 2);
  s.Set(Register0::kIfm2Broadcast, 0xC5).Set(Register0::kIfm2Broadcast, 0);
  s.Set(Register0::kOfmZeroPoint, 0xFFFF).Set(Register0::kOfmWidthM1, 24);
  s.Add(Command0::kIrq, 5).Add(Command0::kDmaWait, 1).Add(Command0::kKernelWait, 2);
  s.Add(Command0::kPmuMask, 1).Add(Command0::kStop, 0xFFFF);
  EXPECT_EQ(TextOf(s),
            "; U55-128 (0x00001807), architecture 1.0.6, 21 words\n"
            "     0  IFM_PRECISION       int8 NHCWB16 scales B\n"
            "     1  OFM_PRECISION       int32 NHCWB16 by OFM_SCALE natural\n"
            "     2  IFM2_PRECISION      int32 NHWC\n"
            "     3  IFM_UPSCALE         nearest\n"
            "     4  KERNEL_STRIDE       4x3 dilation 1x2 part-kernel-first\n"
            "     5  KERNEL_STRIDE       1x1 dilation 2x2 depth-first 4x4\n"
            "     6  ACC_FORMAT          int40\n"
            "     7  ACTIVATION          table 0 as int8\n"
            "     8  ACTIVATION          sigmoid\n"
            "     9  ACTIVATION_MIN      -128\n"
            "    10  DMA0_DST_REGION     shared RAM, cores 0x3\n"
            "    11  DMA0_DST_REGION     2\n"
            "    12  IFM2_BROADCAST      height depth reversed scalar\n"
            "    13  IFM2_BROADCAST      none\n"
            "    14  OFM_ZERO_POINT      -1\n"
            "    15  OFM_WIDTH_M1        24\n"
            "    16  IRQ mask 0x0005\n"
            "    17  DMA_WAIT 1\n"
            "    18  KERNEL_WAIT 2\n"
            "    19  PMU_MASK 1\n"
            "    20  STOP mask 0xffff\n");
}

TEST(NpuDisassemble, SaysWhatCommandsOfTwoWordsMean) {
  SampleStream s;
  s.Set(Behind(Register1::kOfmBase0, 2), 0x1000, 0x20).Set(Register1::kIfm2StrideY, 231);
  s.Set(Register1::kOfmScale, 1u << 31, 31).Set(Register1::kWeightLength, 960);
  s.Add(Command0::kStop);
  EXPECT_EQ(TextOf(s, 0x10003008),
            "; U65-256 (0x10003008), architecture 1.0.6, 9 words\n"
            "     0  OFM_BASE2           0x2000001000\n"
            "     2  IFM2_STRIDE_Y       231\n"
            "     4  OFM_SCALE           2147483648 >> 31\n"
            "     6  WEIGHT_LENGTH       960\n"
            "     8  STOP mask 0x0000\n");
}

// The line of the operation that `command` runs.
std::string OperationLine(SampleStream s, Command0 command, uint32_t parameter = 0) {
  const size_t number = s.words();
  s.Add(command, parameter).Add(Command0::kStop);
  Lines lines;
  const Status status = Disassemble(s.payload(), lines);
  if (!status.ok()) return status.what();
  const Line& line = lines.all[lines.all.size() - 2];
  EXPECT_EQ(line.kind, LineKind::kOperation);
  EXPECT_EQ(line.word, number);
  return line.text.substr(line.text.find_first_not_of(" 0123456789"));
}

TEST(NpuDisassemble, SaysWhatOperationsDo) {
  EXPECT_EQ(OperationLine(SampleRegisters(), Command0::kConv),
            "CONV 3x3 4x5x8 -> 4x5x16 int8 pad 1,1,1,1 block 4x8x16 weights 0:0x300+64");
  SampleStream strided = SampleRegisters();
  strided.Set(Register0::kKernelStride, 0x19).Set(Register0::kIfmUpscale, 2);
  EXPECT_EQ(OperationLine(strided, Command0::kDepthwise),
            "DEPTHWISE 2x2 s1x2 d2 2x5x16 -> 4x5x16 int8 pad 1,1,1,1 upscaled by zeros "
            "block 4x8x16 weights 0:0x300+64");
  SampleStream scaled = SampleRegisters();
  scaled.Set(Register0::kOfmPrecision, 0x105).Set(Register0::kActivation, 0x3014);
  EXPECT_EQ(OperationLine(scaled, Command0::kElementwise, 1),
            "ADD 4x5x16, 4x5x16 int8 -> 4x5x16 int32 table 4 block 4x8x16");
  scaled.Set(Register0::kIfm2Broadcast, 0xC0).Set(Register0::kIfm2Scalar, 0xFFFB);
  scaled.Set(Register0::kActivation, 3).Set(Register0::kOfmPrecision, 0x103);
  EXPECT_EQ(OperationLine(scaled, Command0::kElementwise, 2),
            "SUB 4x5x16, -5 reversed int8 -> 4x5x16 int16 tanh block 4x8x16");
  scaled.Set(Register0::kActivation, 0).Set(Register0::kOfmPrecision, 0x101);
  EXPECT_EQ(OperationLine(scaled, Command0::kElementwise, 6),
            "ABS 4x5x16 -> 4x5x16 int8 block 4x8x16");
}

TEST(NpuDisassemble, SaysWhatCopiesDo) {
  SampleStream s;
  s.Set(Register0::kDma0SrcRegion, 0).Set(Register1::kDma0Src, 0x1BA0);
  s.Set(Register0::kDma0DstRegion, 1).Set(Register1::kDma0Dst, 0x2E20);
  s.Set(Register1::kDma0Len, 1120);
  EXPECT_EQ(OperationLine(s, Command0::kDmaStart), "DMA_START 1120 bytes 0:0x1ba0 -> 1:0x2e20");
  s.Set(Register0::kDma0DstRegion, 0x103).Set(Register1::kDma0Dst, 0x5800);
  EXPECT_EQ(OperationLine(s, Command0::kDmaStart),
            "DMA_START 1120 bytes 0:0x1ba0 -> shared RAM 0x5800");
}

TEST(NpuDisassemble, GivesWhatIsBrokenUpToThere) {
  SampleStream s;
  s.Set(Register0::kOfmDepthM1, 3).Word(0x0000ABCD).Add(Command0::kStop);
  Lines lines;
  EXPECT_EQ(Disassemble(s.payload(), lines).code(), Code::kInvalid);
  ASSERT_EQ(lines.all.size(), 3u);
  EXPECT_EQ(lines.all[1].text, "     0  OFM_DEPTH_M1        3");
  EXPECT_EQ(lines.all[2].kind, LineKind::kError);
  EXPECT_EQ(lines.all[2].word, 1u);
  EXPECT_EQ(lines.all[2].text, "word 1: unknown command 0x0000abcd");
}

TEST(NpuDisassemble, EndsAtAnOperationThatIsWrong) {
  SampleStream s = SampleRegisters();
  s.Set(Register0::kOfmPrecision, 0x007);
  const uint32_t command = s.words();
  s.Add(Command0::kConv).Add(Command0::kStop);
  Lines lines;
  EXPECT_FALSE(Disassemble(s.payload(), lines).ok());
  EXPECT_EQ(lines.all.back().kind, LineKind::kError);
  EXPECT_EQ(lines.all.back().word, command);
  EXPECT_NE(lines.all.back().text.find("CONV: OFM_PRECISION = 0x7"), std::string::npos);
  EXPECT_EQ(lines.all[lines.all.size() - 2].word, command - 1);
}

TEST(NpuDisassemble, SaysWhyBytesAreNoPayload) {
  Lines lines;
  EXPECT_FALSE(Disassemble(std::vector<uint8_t>(16), lines).ok());
  ASSERT_EQ(lines.all.size(), 1u);
  EXPECT_EQ(lines.all[0].text, "payload offset 0: no \"COP1\"");
}

// Every word of a recorded stream is in one line, and those of operations are what a reader gives.
TEST(NpuDisassemble, GivesEveryCommandOfRecordedStreams) {
  const auto& payloads = RecordedPayloads();
  if (payloads.empty() && !SharedIsRequired()) GTEST_SKIP() << "no recorded models";
  long count = 0;
  for (const RecordedPayload& recorded : payloads) {
    SCOPED_TRACE(recorded.name);
    Lines lines;
    ASSERT_TRUE(Disassemble(recorded.bytes, lines).ok());
    Payload payload;
    ASSERT_TRUE(ReadPayload(recorded.bytes, &payload).ok());
    StreamReader reader(payload.stream, payload.config);
    uint32_t word = 0;
    for (size_t i = 1; i < lines.all.size(); ++i) {
      const Line& line = lines.all[i];
      ASSERT_EQ(line.word, word);
      uint32_t first;
      std::memcpy(&first, payload.stream.data() + size_t{word} * 4, 4);
      word += StreamCommand(first).is_long() ? 2 : 1;
      if (line.kind == LineKind::kRegister) continue;
      Operation op;
      ASSERT_TRUE(reader.Next(&op).ok());
      EXPECT_EQ(op.word, line.word);
      EXPECT_NE(line.text.find(NameOf(op)), std::string::npos) << line.text;
    }
    EXPECT_EQ(size_t{word} * 4, payload.stream.size());
    count += static_cast<long>(lines.all.size());
  }
  std::cout << count << " lines\n";
  ExpectCounts("engine/npu/disassemble", static_cast<long>(payloads.size()), count);
}

}  // namespace disassemble_test
}  // namespace moonlet::npu
