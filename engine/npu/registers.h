// engine/npu/registers.h - the registers that commands set, as they were written.
//
// Commands of one word (cmd0) set 16 bits, commands of two (cmd1) a 32-bit payload and, on a U65,
// address bits beside it. Numbers are those of the hardware.
#pragma once
#include <cstdint>

#include "engine/npu/config.h"

namespace moonlet::npu {

enum class Register0 : uint16_t {
  kIfmPadTop = 0x100,
  kIfmPadLeft = 0x101,
  kIfmPadRight = 0x102,
  kIfmPadBottom = 0x103,
  kIfmDepthM1 = 0x104,
  kIfmPrecision = 0x105,
  kIfmUpscale = 0x107,
  kIfmZeroPoint = 0x109,
  kIfmWidth0M1 = 0x10A,
  kIfmHeight0M1 = 0x10B,
  kIfmHeight1M1 = 0x10C,
  kIfmIbEnd = 0x10D,
  kIfmRegion = 0x10F,
  kOfmWidthM1 = 0x111,
  kOfmHeightM1 = 0x112,
  kOfmDepthM1 = 0x113,
  kOfmPrecision = 0x114,
  kOfmBlkWidthM1 = 0x115,
  kOfmBlkHeightM1 = 0x116,
  kOfmBlkDepthM1 = 0x117,
  kOfmZeroPoint = 0x118,
  kOfmWidth0M1 = 0x11A,
  kOfmHeight0M1 = 0x11B,
  kOfmHeight1M1 = 0x11C,
  kOfmRegion = 0x11F,
  kKernelWidthM1 = 0x120,
  kKernelHeightM1 = 0x121,
  kKernelStride = 0x122,
  kParallelMode = 0x123,
  kAccFormat = 0x124,
  kActivation = 0x125,
  kActivationMin = 0x126,
  kActivationMax = 0x127,
  kWeightRegion = 0x128,
  kScaleRegion = 0x129,
  kAbStart = 0x12D,
  kBlockdep = 0x12F,
  kDma0SrcRegion = 0x130,
  kDma0DstRegion = 0x131,
  kDma0Size0 = 0x132,
  kDma0Size1 = 0x133,
  kIfm2Broadcast = 0x180,
  kIfm2Scalar = 0x181,
  kIfm2Precision = 0x185,
  kIfm2ZeroPoint = 0x189,
  kIfm2Width0M1 = 0x18A,
  kIfm2Height0M1 = 0x18B,
  kIfm2Height1M1 = 0x18C,
  kIfm2IbStart = 0x18D,
  kIfm2Region = 0x18F,
};

enum class Register1 : uint16_t {
  kIfmBase0 = 0x00,  // and 1 to 3 behind it
  kIfmStrideX = 0x04,
  kIfmStrideY = 0x05,
  kIfmStrideC = 0x06,
  kOfmBase0 = 0x10,
  kOfmStrideX = 0x14,
  kOfmStrideY = 0x15,
  kOfmStrideC = 0x16,
  kWeightBase = 0x20,
  kWeightLength = 0x21,
  kScaleBase = 0x22,
  kScaleLength = 0x23,
  kOfmScale = 0x24,
  kOpaScale = 0x25,
  kOpbScale = 0x26,
  kDma0Src = 0x30,
  kDma0Dst = 0x31,
  kDma0Len = 0x32,
  kIfm2Base0 = 0x80,
  kIfm2StrideX = 0x84,
  kIfm2StrideY = 0x85,
  kIfm2StrideC = 0x86,
  kWeight1Base = 0x90,
  kWeight1Length = 0x91,
  kScale1Base = 0x92,
  kScale1Length = 0x93,
  kUserDefined0 = 0xA0,  // and 1 to 7 behind it
};

// Commands that are no registers.
enum class Command0 : uint16_t {
  kStop = 0x000,
  kIrq = 0x001,
  kConv = 0x002,
  kDepthwise = 0x003,
  kPool = 0x005,
  kElementwise = 0x006,
  kDmaStart = 0x010,
  kDmaWait = 0x011,
  kKernelWait = 0x012,
  kPmuMask = 0x013,
};

// The first word of a command, taken apart.
class StreamCommand {
 public:
  explicit StreamCommand(uint32_t word) : word_(word) {}

  bool well_formed() const { return (word_ & 0x3C00) == 0 && (word_ >> 14 & 3) <= 1; }
  bool is_long() const { return (word_ >> 14 & 3) == 1; }  // a payload follows
  bool is_register() const { return is_long() || number() >= 0x100; }
  uint16_t number() const { return static_cast<uint16_t>(word_ & 0x3FF); }
  uint16_t parameter() const { return static_cast<uint16_t>(word_ >> 16); }
  Register0 short_register() const { return static_cast<Register0>(number()); }
  Register1 long_register() const { return static_cast<Register1>(number()); }

 private:
  uint32_t word_;
};

enum class RegisterKind : uint8_t {
  kPlain,
  kAddress,     // on a U65 the parameter holds bits 39:32
  kScale,       // the parameter holds a shift
  kU65,         // only there
  kU65Address,  // the same, as kAddress
  kCustomDma,   // only of a unit that has it
};

// A register, or `count` alike ones with numbers that follow each other.
struct RegisterInfo {
  constexpr RegisterInfo(uint16_t number, uint32_t bits, const char* name,
                         RegisterKind kind = RegisterKind::kPlain, uint8_t count = 1)
      : number(number), count(count), kind(kind), bits(bits), name(name) {}

  uint16_t number;  // of the first
  uint8_t count;
  RegisterKind kind;
  uint32_t bits;  // those that exist of a parameter (Register0) or a payload (Register1)
  const char* name;

  bool IsIn(const Config& config) const;
  // Those of a Register1's parameter.
  uint16_t ParameterBits(const Config& config) const;
};
// Null when no unit has a register of this number.
const RegisterInfo* FindRegister(Register0 r);
const RegisterInfo* FindRegister(Register1 r);

// "OFM_BASE2", for messages; "0x1AB" of an unknown one.
struct RegisterName {
  explicit RegisterName(Register0 r);
  explicit RegisterName(Register1 r);
  char text[20];
};

// The registers of one of the three feature maps.
struct MapRegisters {
  Register0 precision, zero_point, width0, height0, height1, region;
  Register1 base0, stride_x, stride_y, stride_c;
};
extern const MapRegisters kIfmRegisters;
extern const MapRegisters kIfm2Registers;
extern const MapRegisters kOfmRegisters;

// The k-th behind `first`.
constexpr Register1 Behind(Register1 first, int k) {
  return static_cast<Register1>(static_cast<int>(first) + k);
}

// The code for the size of elements, which OFM_PRECISION has one bit lower than the others.
constexpr int SizeBit(Register0 precision) { return precision == Register0::kOfmPrecision ? 1 : 2; }

// Register files of a unit. Unset registers are zero.
class Registers {
 public:
  uint16_t get(Register0 r) const { return short_[Index(r)]; }
  uint32_t payload(Register1 r) const { return payload_[Index(r)]; }
  uint16_t parameter(Register1 r) const { return parameter_[Index(r)]; }
  // Payload with the address bits of a U65 above it.
  uint64_t address(Register1 r) const { return uint64_t{parameter(r)} << 32 | payload(r); }

  void Set(Register0 r, uint16_t value) { short_[Index(r)] = value; }
  void Set(Register1 r, uint16_t parameter, uint32_t payload) {
    parameter_[Index(r)] = parameter;
    payload_[Index(r)] = payload;
  }

 private:
  static constexpr int kShorts = 0x190 - 0x100;
  static constexpr int kLongs = 0xA8;
  static int Index(Register0 r) { return static_cast<int>(r) - 0x100; }
  static int Index(Register1 r) { return static_cast<int>(r); }

  uint16_t short_[kShorts] = {};
  uint16_t parameter_[kLongs] = {};
  uint32_t payload_[kLongs] = {};
};

}  // namespace moonlet::npu
