#include "engine/npu/describe.h"

namespace moonlet::npu {
namespace {

void AddSize(const FeatureMap& map, LineText* to) {
  to->Add("%dx%dx%d", static_cast<int>(map.height), static_cast<int>(map.width),
          static_cast<int>(map.depth));
}

void AddAddress(uint8_t region, uint64_t offset, LineText* to) {
  to->Add("%u:0x%llx", static_cast<unsigned>(region), static_cast<unsigned long long>(offset));
}

// One number where both are equal.
void AddPair(const char* label, int32_t y, int32_t x, LineText* to) {
  to->Add(" %s%d", label, static_cast<int>(y));
  if (x != y) to->Add("x%d", static_cast<int>(x));
}

void AddKernel(const Operation& op, LineText* to) {
  const Kernel& kernel = op.kernel;
  to->Add(" %dx%d", static_cast<int>(kernel.height), static_cast<int>(kernel.width));
  if (kernel.stride_y > 1 || kernel.stride_x > 1)
    AddPair("s", kernel.stride_y, kernel.stride_x, to);
  if (kernel.dilation_y > 1 || kernel.dilation_x > 1)
    AddPair("d", kernel.dilation_y, kernel.dilation_x, to);
}

void AddOperands(const Operation& op, LineText* to) {
  to->Add(" ");
  AddSize(op.ifm, to);
  if (op.binary() && op.broadcast.scalar) {
    to->Add(", %d", static_cast<int>(op.scalar));
  } else if (op.binary()) {
    to->Add(", ");
    AddSize(op.ifm2, to);
  }
  if (op.broadcast.reversed) to->Add(" reversed");
  if (!(op.ifm.element == op.ofm.element)) to->Add(" %s", NameOf(op.ifm.element));
  to->Add(" -> ");
  AddSize(op.ofm, to);
  to->Add(" %s", NameOf(op.ofm.element));
}

void AddActivation(const Activation& activation, LineText* to) {
  if (activation.has_table()) {
    to->Add(" table %d", activation.slot());
  } else if (activation.function != 0) {
    to->Add(" %s", activation.function == 3 ? "tanh" : "sigmoid");
  }
}

void AddBlock(const Operation& op, LineText* to) {
  to->Add("%s", NameOf(op));
  if (op.kind != OperationKind::kElementwise) AddKernel(op, to);
  AddOperands(op, to);
  const Padding& pad = op.padding;
  if (!(pad == Padding()))
    to->Add(" pad %d,%d,%d,%d", static_cast<int>(pad.top), static_cast<int>(pad.left),
            static_cast<int>(pad.bottom), static_cast<int>(pad.right));
  if (op.upscale != Upscale::kNone)
    to->Add(" upscaled by %s", op.upscale == Upscale::kNearest ? "nearest" : "zeros");
  AddActivation(op.activation, to);
  to->Add(" block %dx%dx%d", static_cast<int>(op.block.height), static_cast<int>(op.block.width),
          static_cast<int>(op.block.depth));
  if (!op.has_weights()) return;
  to->Add(" weights ");
  AddAddress(op.weights[0].region, op.weights[0].base, to);
  to->Add("+%llu", static_cast<unsigned long long>(op.weights[0].length));
}

void AddDma(const Dma& dma, LineText* to) {
  to->Add("DMA_START %llu bytes ", static_cast<unsigned long long>(dma.source.length));
  AddAddress(dma.source.region, dma.source.base, to);
  to->Add(" -> ");
  if (dma.to_shared_ram) {
    to->Add("shared RAM 0x%llx", static_cast<unsigned long long>(dma.target));
  } else {
    AddAddress(dma.target_region, dma.target, to);
  }
}

}  // namespace

const char* NameOf(Element element) {
  switch (element.bytes) {
    case 1:
      return element.is_signed ? "int8" : "uint8";
    case 2:
      return element.is_signed ? "int16" : "uint16";
    default:
      return element.is_signed ? "int32" : "uint32";
  }
}

void DescribeOperation(const Operation& operation, LineText* to) {
  if (operation.is_block()) return AddBlock(operation, to);
  switch (operation.kind) {
    case OperationKind::kDma:
      return AddDma(operation.dma, to);
    case OperationKind::kIrq:
    case OperationKind::kStop:
      return to->Add("%s mask 0x%04x", NameOf(operation),
                     static_cast<unsigned>(operation.argument));
    default:
      return to->Add("%s %u", NameOf(operation), static_cast<unsigned>(operation.argument));
  }
}

}  // namespace moonlet::npu
