#include "engine/npu/registers.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>

namespace moonlet::npu {
namespace {

constexpr RegisterInfo kShortRegisters[] = {
    {0x100, 0x7F, "IFM_PAD_TOP"},
    {0x101, 0x7F, "IFM_PAD_LEFT"},
    {0x102, 0xFF, "IFM_PAD_RIGHT"},
    {0x103, 0xFF, "IFM_PAD_BOTTOM"},
    {0x104, 0xFFFF, "IFM_DEPTH_M1"},
    {0x105, 0x03CD, "IFM_PRECISION"},  // its rounding has no known meaning: must be 0
    {0x107, 0x0003, "IFM_UPSCALE"},
    {0x109, 0xFFFF, "IFM_ZERO_POINT"},
    {0x10A, 0xFFFF, "IFM_WIDTH0_M1"},
    {0x10B, 0xFFFF, "IFM_HEIGHT0_M1"},
    {0x10C, 0xFFFF, "IFM_HEIGHT1_M1"},
    {0x10D, 0x003F, "IFM_IB_END"},
    {0x10F, 0x0007, "IFM_REGION"},
    {0x111, 0xFFFF, "OFM_WIDTH_M1"},
    {0x112, 0xFFFF, "OFM_HEIGHT_M1"},
    {0x113, 0xFFFF, "OFM_DEPTH_M1"},
    {0x114, 0xC1C7, "OFM_PRECISION"},
    {0x115, 0x003F, "OFM_BLK_WIDTH_M1"},
    {0x116, 0x001F, "OFM_BLK_HEIGHT_M1"},
    {0x117, 0x007F, "OFM_BLK_DEPTH_M1"},
    {0x118, 0xFFFF, "OFM_ZERO_POINT"},
    {0x11A, 0xFFFF, "OFM_WIDTH0_M1"},
    {0x11B, 0xFFFF, "OFM_HEIGHT0_M1"},
    {0x11C, 0xFFFF, "OFM_HEIGHT1_M1"},
    {0x11F, 0x0007, "OFM_REGION"},
    {0x120, 0xFFFF, "KERNEL_WIDTH_M1"},
    {0x121, 0xFFFF, "KERNEL_HEIGHT_M1"},
    {0x122, 0x027F, "KERNEL_STRIDE"},
    {0x123, 0x0001, "PARALLEL_MODE", RegisterKind::kU65},
    {0x124, 0x0003, "ACC_FORMAT"},
    {0x125, 0x701F, "ACTIVATION"},
    {0x126, 0xFFFF, "ACTIVATION_MIN"},
    {0x127, 0xFFFF, "ACTIVATION_MAX"},
    {0x128, 0x0007, "WEIGHT_REGION"},
    {0x129, 0x0007, "SCALE_REGION"},
    {0x12D, 0x003F, "AB_START"},
    {0x12F, 0x0003, "BLOCKDEP"},
    {0x130, 0x0707, "DMA0_SRC_REGION"},
    {0x131, 0x0707, "DMA0_DST_REGION"},
    {0x132, 0xFFFF, "DMA0_SIZE", RegisterKind::kU65, 2},
    {0x180, 0x00C7, "IFM2_BROADCAST"},
    {0x181, 0xFFFF, "IFM2_SCALAR"},
    {0x185, 0x00CD, "IFM2_PRECISION"},
    {0x189, 0xFFFF, "IFM2_ZERO_POINT"},
    {0x18A, 0xFFFF, "IFM2_WIDTH0_M1"},
    {0x18B, 0xFFFF, "IFM2_HEIGHT0_M1"},
    {0x18C, 0xFFFF, "IFM2_HEIGHT1_M1"},
    {0x18D, 0x003F, "IFM2_IB_START"},
    {0x18F, 0x0007, "IFM2_REGION"},
};

constexpr uint32_t kAllBits = 0xFFFFFFFF;

constexpr RegisterInfo kLongRegisters[] = {
    {0x00, kAllBits, "IFM_BASE", RegisterKind::kAddress, 4},
    {0x04, kAllBits, "IFM_STRIDE_X", RegisterKind::kAddress},
    {0x05, kAllBits, "IFM_STRIDE_Y", RegisterKind::kAddress},
    {0x06, kAllBits, "IFM_STRIDE_C", RegisterKind::kAddress},
    {0x10, kAllBits, "OFM_BASE", RegisterKind::kAddress, 4},
    {0x14, kAllBits, "OFM_STRIDE_X", RegisterKind::kAddress},
    {0x15, kAllBits, "OFM_STRIDE_Y", RegisterKind::kAddress},
    {0x16, kAllBits, "OFM_STRIDE_C", RegisterKind::kAddress},
    {0x20, kAllBits, "WEIGHT_BASE", RegisterKind::kAddress},
    {0x21, kAllBits, "WEIGHT_LENGTH"},
    {0x22, kAllBits, "SCALE_BASE", RegisterKind::kAddress},
    {0x23, 0xFFFFF, "SCALE_LENGTH"},
    {0x24, kAllBits, "OFM_SCALE", RegisterKind::kScale},
    {0x25, kAllBits, "OPA_SCALE", RegisterKind::kScale},
    {0x26, 0xFFFF, "OPB_SCALE"},
    {0x30, kAllBits, "DMA0_SRC", RegisterKind::kAddress},
    {0x31, kAllBits, "DMA0_DST", RegisterKind::kAddress},
    {0x32, kAllBits, "DMA0_LEN"},
    {0x80, kAllBits, "IFM2_BASE", RegisterKind::kAddress, 4},
    {0x84, kAllBits, "IFM2_STRIDE_X", RegisterKind::kAddress},
    {0x85, kAllBits, "IFM2_STRIDE_Y", RegisterKind::kAddress},
    {0x86, kAllBits, "IFM2_STRIDE_C", RegisterKind::kAddress},
    {0x90, kAllBits, "WEIGHT1_BASE", RegisterKind::kU65Address},
    {0x91, kAllBits, "WEIGHT1_LENGTH", RegisterKind::kU65},
    {0x92, kAllBits, "SCALE1_BASE", RegisterKind::kU65Address},
    {0x93, 0xFFFFF, "SCALE1_LENGTH", RegisterKind::kU65},
    {0xA0, kAllBits, "USER_DEFINED", RegisterKind::kCustomDma, 8},
};

// Where a table has a register, by its number; streams set some hundred in each run.
constexpr int kNumbers = 0x190;  // one above the last
constexpr uint8_t kNowhere = 0xFF;

constexpr std::array<uint8_t, kNumbers> IndexOf(std::span<const RegisterInfo> table) {
  std::array<uint8_t, kNumbers> index = {};
  index.fill(kNowhere);
  for (size_t i = 0; i < table.size(); ++i)
    for (int k = 0; k < table[i].count; ++k)
      index[static_cast<size_t>(table[i].number + k)] = static_cast<uint8_t>(i);
  return index;
}
constexpr auto kShortIndex = IndexOf(kShortRegisters);
constexpr auto kLongIndex = IndexOf(kLongRegisters);

const RegisterInfo* FindIn(std::span<const RegisterInfo> table,
                           const std::array<uint8_t, kNumbers>& index, int number) {
  if (number >= kNumbers) return nullptr;
  const uint8_t at = index[static_cast<size_t>(number)];
  return at == kNowhere ? nullptr : &table[at];
}

void WriteRegisterName(const RegisterInfo* info, int number, std::span<char> text) {
  if (info == nullptr) {
    std::snprintf(text.data(), text.size(), "0x%03X", static_cast<unsigned>(number));
  } else if (info->count == 1) {
    std::snprintf(text.data(), text.size(), "%s", info->name);
  } else {
    std::snprintf(text.data(), text.size(), "%s%d", info->name, number - info->number);
  }
}

}  // namespace

const MapRegisters kIfmRegisters = {Register0::kIfmPrecision, Register0::kIfmZeroPoint,
                                    Register0::kIfmWidth0M1,  Register0::kIfmHeight0M1,
                                    Register0::kIfmHeight1M1, Register0::kIfmRegion,
                                    Register1::kIfmBase0,     Register1::kIfmStrideX,
                                    Register1::kIfmStrideY,   Register1::kIfmStrideC};
const MapRegisters kIfm2Registers = {Register0::kIfm2Precision, Register0::kIfm2ZeroPoint,
                                     Register0::kIfm2Width0M1,  Register0::kIfm2Height0M1,
                                     Register0::kIfm2Height1M1, Register0::kIfm2Region,
                                     Register1::kIfm2Base0,     Register1::kIfm2StrideX,
                                     Register1::kIfm2StrideY,   Register1::kIfm2StrideC};
const MapRegisters kOfmRegisters = {Register0::kOfmPrecision, Register0::kOfmZeroPoint,
                                    Register0::kOfmWidth0M1,  Register0::kOfmHeight0M1,
                                    Register0::kOfmHeight1M1, Register0::kOfmRegion,
                                    Register1::kOfmBase0,     Register1::kOfmStrideX,
                                    Register1::kOfmStrideY,   Register1::kOfmStrideC};

bool RegisterInfo::IsIn(const Config& config) const {
  switch (kind) {
    case RegisterKind::kU65:
    case RegisterKind::kU65Address:
      return config.product == Product::kU65;
    case RegisterKind::kCustomDma:
      return config.custom_dma;
    default:
      return true;
  }
}

uint16_t RegisterInfo::ParameterBits(const Config& config) const {
  switch (kind) {
    case RegisterKind::kAddress:
    case RegisterKind::kU65Address:
      return config.product == Product::kU65 ? 0xFF : 0;
    case RegisterKind::kScale:
      return 0x3F;
    default:
      return 0;
  }
}

const RegisterInfo* FindRegister(Register0 r) {
  return FindIn(kShortRegisters, kShortIndex, static_cast<int>(r));
}
const RegisterInfo* FindRegister(Register1 r) {
  return FindIn(kLongRegisters, kLongIndex, static_cast<int>(r));
}

RegisterName::RegisterName(Register0 r) {
  WriteRegisterName(FindRegister(r), static_cast<int>(r), text);
}
RegisterName::RegisterName(Register1 r) {
  WriteRegisterName(FindRegister(r), static_cast<int>(r), text);
}

}  // namespace moonlet::npu
