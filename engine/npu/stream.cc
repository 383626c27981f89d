#include "engine/npu/stream.h"

#include "engine/kernels/unaligned.h"
#include "engine/npu/operation_reader.h"

namespace moonlet::npu {
namespace {

struct CommandInfo {
  Command0 command;
  OperationKind kind;
  uint16_t max;  // of its parameter
};
constexpr CommandInfo kCommands[] = {
    {Command0::kStop, OperationKind::kStop, 0xFFFF},
    {Command0::kIrq, OperationKind::kIrq, 0xFFFF},
    {Command0::kConv, OperationKind::kConv, 0},
    {Command0::kDepthwise, OperationKind::kDepthwise, 0},
    {Command0::kPool, OperationKind::kPool, static_cast<uint16_t>(PoolMode::kReduceSum)},
    {Command0::kElementwise, OperationKind::kElementwise,
     static_cast<uint16_t>(ElementwiseMode::kShl)},
    {Command0::kDmaStart, OperationKind::kDma, 0},
    {Command0::kDmaWait, OperationKind::kDmaWait, 15},
    {Command0::kKernelWait, OperationKind::kKernelWait, 3},
    {Command0::kPmuMask, OperationKind::kPmuMask, 1},
};

const CommandInfo* FindCommand(uint16_t number) {
  for (const CommandInfo& info : kCommands)
    if (static_cast<uint16_t>(info.command) == number) return &info;
  return nullptr;
}

Status UnknownCommand(uint32_t at, uint32_t word) {
  return Status::Invalid("word %u: unknown command 0x%08x", static_cast<unsigned>(at),
                         static_cast<unsigned>(word));
}

bool MaySet(const Config& config, const RegisterInfo& info, uint32_t value) {
  return (value & ~info.bits) == 0 && info.IsIn(config);
}

// A register that this unit lacks, or bits that it lacks.
Status WrongSet(uint32_t at, const Config& config, const RegisterInfo& info, const char* name,
                uint32_t value) {
  if (!info.IsIn(config))
    return Status::Invalid("word %u: %s = 0x%x: a %s has no such register",
                           static_cast<unsigned>(at), name, static_cast<unsigned>(value),
                           ConfigName(config).text);
  return Status::Invalid("word %u: %s = 0x%x: reserved bits 0x%x are set",
                         static_cast<unsigned>(at), name, static_cast<unsigned>(value),
                         static_cast<unsigned>(value & ~info.bits));
}

}  // namespace

uint32_t StreamReader::Word(uint32_t at) const {
  return Unaligned<uint32_t>(stream_.data())[static_cast<std::ptrdiff_t>(at)];
}

Status StreamReader::Next(Operation* operation) {
  *operation = {};
  for (bool found = false; !found;)
    if (Status s = Step(operation, &found); !s.ok()) return s;
  return Status();
}

// The next command; `found` when it is an operation.
Status StreamReader::Step(Operation* operation, bool* found) {
  if (word_ >= words())
    return Status::Invalid("word %u: the stream ends without STOP", static_cast<unsigned>(word_));
  const uint32_t word = Word(word_);
  const StreamCommand command(word);
  if (!command.well_formed()) return UnknownCommand(word_, word);
  if (command.is_long()) return SetLong(word);
  if (command.is_register()) return SetShort(word);
  *found = true;
  return Command(word, operation);
}

Status StreamReader::SetShort(uint32_t word) {
  const auto r = StreamCommand(word).short_register();
  const RegisterInfo* info = FindRegister(r);
  if (info == nullptr) return UnknownCommand(word_, word);
  const uint16_t value = StreamCommand(word).parameter();
  if (!MaySet(config_, *info, value))
    return WrongSet(word_, config_, *info, RegisterName(r).text, value);
  registers_.Set(r, value);
  ++word_;
  return Status();
}

Status StreamReader::SetLong(uint32_t word) {
  const auto r = StreamCommand(word).long_register();
  const RegisterInfo* info = FindRegister(r);
  if (info == nullptr) return UnknownCommand(word_, word);
  if (words() - word_ < 2)
    return Status::Invalid("word %u: the stream ends within %s", static_cast<unsigned>(word_),
                           RegisterName(r).text);
  const uint16_t parameter = StreamCommand(word).parameter();
  const uint32_t payload = Word(word_ + 1);
  if (!MaySet(config_, *info, payload))
    return WrongSet(word_, config_, *info, RegisterName(r).text, payload);
  if ((parameter & ~info->ParameterBits(config_)) != 0)
    return Status::Invalid("word %u: %s with the parameter 0x%x, a %s has the bits 0x%x of it",
                           static_cast<unsigned>(word_), RegisterName(r).text,
                           static_cast<unsigned>(parameter), ConfigName(config_).text,
                           static_cast<unsigned>(info->ParameterBits(config_)));
  registers_.Set(r, parameter, payload);
  word_ += 2;
  return Status();
}

Status StreamReader::Command(uint32_t word, Operation* operation) {
  const CommandInfo* info = FindCommand(StreamCommand(word).number());
  if (info == nullptr) return UnknownCommand(word_, word);
  const uint16_t parameter = StreamCommand(word).parameter();
  operation->kind = info->kind;
  operation->word = word_;
  if (parameter > info->max)
    return Status::Invalid("word %u: command 0x%08x: parameter 0x%x, at most 0x%x",
                           static_cast<unsigned>(word_), static_cast<unsigned>(word),
                           static_cast<unsigned>(parameter), static_cast<unsigned>(info->max));
  ++word_;
  if (info->kind == OperationKind::kPool) {
    operation->pool = static_cast<PoolMode>(parameter);
  } else if (info->kind == OperationKind::kElementwise) {
    operation->elementwise = static_cast<ElementwiseMode>(parameter);
  } else {
    operation->argument = parameter;
  }
  if (!operation->is_block() && info->kind != OperationKind::kDma) return Status();
  return ReadOperation(registers_, config_, operation);
}

}  // namespace moonlet::npu
