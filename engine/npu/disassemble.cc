#include "engine/npu/disassemble.h"

#include <type_traits>

#include "engine/kernels/unaligned.h"
#include "engine/npu/describe.h"
#include "engine/npu/payload.h"
#include "engine/npu/stream.h"

namespace moonlet::npu {
namespace {

static_assert(std::is_trivially_destructible_v<StreamReader>);

constexpr size_t kValueColumn = 28;

class Disassembler {
 public:
  Disassembler(const Payload& payload, StreamLines& lines)
      : words_(payload.stream.data()), payload_(payload), lines_(lines) {}

  void AddHeader();
  Status AddOperations();
  uint32_t word() const { return at_; }

 private:
  uint32_t Word(uint32_t at) const { return words_[static_cast<std::ptrdiff_t>(at)]; }
  void AddRegister();
  void AddCommand(const Operation& op);
  void Begin() {
    line_.Clear();
    line_.Add("%6u  ", static_cast<unsigned>(at_));
  }

  Unaligned<uint32_t> words_;
  const Payload& payload_;
  StreamLines& lines_;
  uint32_t at_ = 0;  // the next command
  LineText line_;
};

void Disassembler::AddHeader() {
  const auto id = static_cast<unsigned>(payload_.id_word);
  line_.Add("; %s (0x%08x), architecture %u.%u.%u, %u words", ConfigName(payload_.config).text,
            static_cast<unsigned>(payload_.config_word), id >> 28, id >> 20 & 0xFF, id >> 16 & 0xF,
            static_cast<unsigned>(payload_.stream.size() / 4));
  lines_.Add({LineKind::kHeader, 0, line_.text()});
}

Status Disassembler::AddOperations() {
  StreamReader reader(payload_.stream, payload_.config);
  Operation op;
  do {
    const Status s = reader.Next(&op);
    // After a failure these are the ones before it.
    while (at_ < reader.word() && StreamCommand(Word(at_)).is_register()) AddRegister();
    if (!s.ok()) return s;
    AddCommand(op);
  } while (op.kind != OperationKind::kStop);
  return Status();
}

void Disassembler::AddRegister() {
  const StreamCommand command(Word(at_));
  Begin();
  if (command.is_long()) {
    const Register1 r = command.long_register();
    line_.Add("%s", RegisterName(r).text);
    line_.Pad(kValueColumn);
    DescribeValue(r, command.parameter(), Word(at_ + 1), &line_);
  } else {
    const Register0 r = command.short_register();
    line_.Add("%s", RegisterName(r).text);
    line_.Pad(kValueColumn);
    DescribeValue(r, command.parameter(), &line_);
  }
  lines_.Add({LineKind::kRegister, at_, line_.text()});
  at_ += command.is_long() ? 2 : 1;
}

void Disassembler::AddCommand(const Operation& op) {
  Begin();
  DescribeOperation(op, &line_);
  lines_.Add({LineKind::kOperation, at_, line_.text()});
  ++at_;
}

Status AddLines(std::span<const uint8_t> bytes, StreamLines& lines, uint32_t* word) {
  Payload payload;
  if (Status s = ReadPayload(bytes, &payload); !s.ok()) return s;
  Disassembler disassembler(payload, lines);
  disassembler.AddHeader();
  const Status s = disassembler.AddOperations();
  *word = disassembler.word();
  return s;
}

}  // namespace

Status Disassemble(std::span<const uint8_t> payload, StreamLines& lines) {
  uint32_t word = 0;
  const Status s = AddLines(payload, lines, &word);
  if (!s.ok()) lines.Add({LineKind::kError, word, s.what()});
  return s;
}

}  // namespace moonlet::npu
