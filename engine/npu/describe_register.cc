#include <initializer_list>

#include "engine/npu/describe.h"

namespace moonlet::npu {
namespace {

constexpr const char* kUpscales[] = {"none", "nearest", "zeros", "3"};
constexpr const char* kAccFormats[] = {"int32", "int40", "fp16", "3"};
constexpr const char* kRoundings[] = {"", " truncated", " natural", " rounding 3"};
constexpr const char* kScalings[] = {"", " scales A", " scales B", " scaling 3"};
constexpr const char* kClips[] = {"",        " clip 1",   " as uint8", " as int8",
                                  " clip 4", " as int16", " clip 6",   " clip 7"};

void AddPrecision(Register0 precision, uint16_t value, LineText* to) {
  const unsigned size = value >> SizeBit(precision) & 3;
  if (size == 3) {
    to->Add("size 3");
  } else {
    to->Add("%s", NameOf(Element{static_cast<uint8_t>(1u << size), (value & 1) != 0}));
  }
  const unsigned layout = value >> 6 & 3;
  if (layout > 1) {
    to->Add(" layout %u", layout);
  } else {
    to->Add(" %s", layout == 0 ? "NHWC" : "NHCWB16");
  }
}

void AddKernelStride(unsigned value, LineText* to) {
  to->Add("%ux%u", (value >> 1 & 1) + (value >> 9 & 1) * 2 + 1,
          (value & 1) + (value >> 6 & 1) * 2 + 1);
  if ((value >> 3 & 3) != 0) to->Add(" dilation %ux%u", (value >> 4 & 1) + 1, (value >> 3 & 1) + 1);
  to->Add(" %s", (value >> 2 & 1) != 0 ? "part-kernel-first" : "depth-first");
  if ((value >> 5 & 1) != 0) to->Add(" 4x4");
}

void AddActivationFields(unsigned value, LineText* to) {
  const unsigned function = value & 0x1F;
  if (function == 0) {
    to->Add("none");
  } else if (function == 3 || function == 4) {
    to->Add("%s", function == 3 ? "tanh" : "sigmoid");
  } else if (function >= 16 && function < 24) {
    to->Add("table %u", function - 16);
  } else {
    to->Add("function %u", function);
  }
  to->Add("%s", kClips[value >> 12 & 7]);
}

void AddDmaRegion(unsigned value, LineText* to) {
  if ((value >> 8 & 1) != 0) {
    to->Add("shared RAM, cores 0x%x", value & 7);
  } else {
    to->Add("%u", value & 7);
  }
  if ((value >> 9 & 3) != 0) to->Add(" stride mode %u", value >> 9 & 3);
}

void AddBroadcast(unsigned value, LineText* to) {
  constexpr struct {
    int bit;
    const char* name;
  } kBits[] = {{0, "height"}, {1, "width"}, {2, "depth"}, {6, "reversed"}, {7, "scalar"}};
  const char* before = "";
  for (const auto& bit : kBits) {
    if ((value >> bit.bit & 1) == 0) continue;
    to->Add("%s%s", before, bit.name);
    before = " ";
  }
  if (before[0] == '\0') to->Add("none");
}

bool IsStride(Register1 r) {
  for (const MapRegisters* map : {&kIfmRegisters, &kIfm2Registers, &kOfmRegisters})
    if (r == map->stride_x || r == map->stride_y || r == map->stride_c) return true;
  return false;
}

}  // namespace

void DescribeValue(Register0 r, uint16_t value, LineText* to) {
  const unsigned bits = value;
  switch (r) {
    case Register0::kIfmPrecision:
      AddPrecision(r, value, to);
      return to->Add("%s", kScalings[bits >> 8 & 3]);
    case Register0::kIfm2Precision:
      return AddPrecision(r, value, to);
    case Register0::kOfmPrecision:
      AddPrecision(r, value, to);
      return to->Add("%s%s", (bits >> 8 & 1) != 0 ? " by OFM_SCALE" : "", kRoundings[bits >> 14]);
    case Register0::kIfmUpscale:
      return to->Add("%s", kUpscales[bits & 3]);
    case Register0::kAccFormat:
      return to->Add("%s", kAccFormats[bits & 3]);
    case Register0::kKernelStride:
      return AddKernelStride(bits, to);
    case Register0::kActivation:
      return AddActivationFields(bits, to);
    case Register0::kDma0SrcRegion:
    case Register0::kDma0DstRegion:
      return AddDmaRegion(bits, to);
    case Register0::kIfm2Broadcast:
      return AddBroadcast(bits, to);
    case Register0::kIfmZeroPoint:
    case Register0::kIfm2ZeroPoint:
    case Register0::kOfmZeroPoint:
    case Register0::kActivationMin:
    case Register0::kActivationMax:
    case Register0::kIfm2Scalar:
      return to->Add("%d", static_cast<int>(static_cast<int16_t>(value)));
    default:
      return to->Add("%u", bits);
  }
}

void DescribeValue(Register1 r, uint16_t parameter, uint32_t payload, LineText* to) {
  const auto low = static_cast<unsigned>(payload);
  const uint64_t address = uint64_t{parameter} << 32 | payload;
  const RegisterInfo* info = FindRegister(r);
  const bool has_address = info != nullptr && (info->kind == RegisterKind::kAddress ||
                                               info->kind == RegisterKind::kU65Address);
  if (info != nullptr && info->kind == RegisterKind::kScale) {
    to->Add("%u >> %u", low, static_cast<unsigned>(parameter));
  } else if (IsStride(r)) {
    to->Add("%llu", static_cast<unsigned long long>(address));
  } else if (has_address) {
    to->Add("0x%llx", static_cast<unsigned long long>(address));
  } else {
    to->Add("%u", low);
  }
}

}  // namespace moonlet::npu
