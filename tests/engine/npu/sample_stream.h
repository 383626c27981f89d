// tests/engine/npu/sample_stream.h - command streams put together register by register.
#pragma once
#include <cstring>
#include <vector>

#include "engine/npu/registers.h"

namespace moonlet::npu::testing {

class SampleStream {
 public:
  SampleStream& Set(Register0 r, uint32_t value) {
    words_.push_back(static_cast<uint32_t>(r) | value << 16);
    return *this;
  }
  SampleStream& Set(Register1 r, uint32_t payload, uint32_t parameter = 0) {
    words_.push_back(static_cast<uint32_t>(r) | 1u << 14 | parameter << 16);
    words_.push_back(payload);
    return *this;
  }
  SampleStream& Add(Command0 command, uint32_t parameter = 0) {
    words_.push_back(static_cast<uint32_t>(command) | parameter << 16);
    return *this;
  }
  SampleStream& Word(uint32_t word) {
    words_.push_back(word);
    return *this;
  }
  uint32_t words() const { return static_cast<uint32_t>(words_.size()); }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> bytes(words_.size() * 4);
    std::memcpy(bytes.data(), words_.data(), bytes.size());
    return bytes;
  }
  // Behind the header that compilers write.
  std::vector<uint8_t> payload(uint32_t config = 0x1807) const {
    std::vector<uint32_t> all = {0x31504F43, 0x00100001, config, 0x10060000, words() << 16 | 2};
    all.insert(all.end(), words_.begin(), words_.end());
    std::vector<uint8_t> bytes(all.size() * 4);
    std::memcpy(bytes.data(), all.data(), bytes.size());
    return bytes;
  }

 private:
  std::vector<uint32_t> words_;
};

// Registers of an operation on int8, NHWC, an OFM of 4x5x16 and, by a kernel of 3x3 that is padded
// all round, an IFM of 4x5x8. With these any block operation of 8 bits can be read.
inline SampleStream SampleRegisters() {
  SampleStream s;
  s.Set(Register0::kIfmRegion, 1).Set(Register1::kIfmBase0, 0x100);
  s.Set(Register0::kIfmHeight0M1, 3).Set(Register0::kIfmHeight1M1, 3);
  s.Set(Register0::kIfmWidth0M1, 4).Set(Register0::kIfmDepthM1, 7);
  s.Set(Register1::kIfmStrideY, 40).Set(Register1::kIfmStrideX, 8);
  s.Set(Register0::kIfmZeroPoint, 0xFFFD).Set(Register0::kIfmPrecision, 0x001);
  s.Set(Register0::kIfmPadTop, 1).Set(Register0::kIfmPadLeft, 1);
  s.Set(Register0::kIfmPadBottom, 1).Set(Register0::kIfmPadRight, 1);
  s.Set(Register0::kOfmRegion, 2).Set(Register1::kOfmBase0, 0x200);
  s.Set(Register0::kOfmHeight0M1, 3).Set(Register0::kOfmHeight1M1, 3);
  s.Set(Register0::kOfmWidth0M1, 4);
  s.Set(Register0::kOfmHeightM1, 3).Set(Register0::kOfmWidthM1, 4);
  s.Set(Register0::kOfmDepthM1, 15);
  s.Set(Register1::kOfmStrideY, 80).Set(Register1::kOfmStrideX, 16);
  s.Set(Register0::kOfmZeroPoint, 5).Set(Register0::kOfmPrecision, 0x001);
  s.Set(Register0::kKernelHeightM1, 2).Set(Register0::kKernelWidthM1, 2);
  s.Set(Register1::kWeightBase, 0x300).Set(Register1::kWeightLength, 0x40);
  s.Set(Register1::kScaleBase, 0x400).Set(Register1::kScaleLength, 0xA0);
  s.Set(Register0::kActivationMin, 0xFF80).Set(Register0::kActivationMax, 0x7F);
  s.Set(Register1::kOfmScale, 0x40000000, 31);
  s.Set(Register1::kOpaScale, 0x8000).Set(Register1::kOpbScale, 0x4000);
  s.Set(Register0::kIfm2Region, 3).Set(Register1::kIfm2Base0, 0x500);
  s.Set(Register0::kIfm2Height0M1, 3).Set(Register0::kIfm2Height1M1, 3);
  s.Set(Register0::kIfm2Width0M1, 4);
  s.Set(Register1::kIfm2StrideY, 80).Set(Register1::kIfm2StrideX, 16);
  s.Set(Register0::kIfm2ZeroPoint, 7).Set(Register0::kIfm2Precision, 0x001);
  s.Set(Register0::kOfmBlkHeightM1, 3).Set(Register0::kOfmBlkWidthM1, 7);
  s.Set(Register0::kOfmBlkDepthM1, 15);
  return s;
}

}  // namespace moonlet::npu::testing
