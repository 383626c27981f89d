// TFLM_DECODE: pairs of constants, a stream of bits and the table to read it by; each pair
// becomes an output, in every run.
#include "engine/kernels/decode.h"

#include "engine/nn/checks.h"
#include "engine/nn/operators/operators.h"
#include "engine/nn/operators/step_lists.h"

namespace moonlet {
namespace {

using tflite::TensorType;

enum class DecodeMethod : uint8_t { kTable = 0, kPrefix = 1, kMask = 2 };

// What stands before the table in the second constant of a pair.
constexpr uint32_t kDecodeHead = 16;

struct DecodePart {
  DecodeParams p;
  DecodeMethod method;
  bool wide_table;  // of a prefix code: entries of 32 bits
  bool wide_value;  // int16
  Operand codes;
  Operand table;
  Operand output;
  uint32_t zeros;  // of a mask: where they stand behind the record
};

// `parts` of them follow, then the zeros of all.
struct DecodeRecord {
  uint32_t parts;
};

DecodeEnd DecodeOne(const DecodePart& part, const uint8_t* codes, const uint8_t* table,
                    const uint8_t* zeros, uint8_t* output, const StopToken& stop) {
  const DecodeParams& p = part.p;
  if (part.method == DecodeMethod::kTable) return DecodeByTable(p, codes, table, output, stop);
  if (part.method == DecodeMethod::kMask) return DecodeByMask(p, codes, table, zeros, output, stop);
  if (part.wide_value)
    return DecodeByPrefix(p, codes, Unaligned<uint32_t>(table), reinterpret_cast<int16_t*>(output),
                          stop);
  auto* bytes = reinterpret_cast<int8_t*>(output);
  if (part.wide_table) return DecodeByPrefix(p, codes, Unaligned<uint32_t>(table), bytes, stop);
  return DecodeByPrefix(p, codes, Unaligned<uint16_t>(table), bytes, stop);
}

bool RunDecode(const void* record, const RunContext& run) {
  const auto* r = static_cast<const DecodeRecord*>(record);
  const auto* part = reinterpret_cast<const DecodePart*>(r + 1);
  const auto* zeros = reinterpret_cast<const uint8_t*>(part + r->parts);
  for (uint32_t k = 0; k < r->parts; ++k, ++part) {
    const DecodeEnd end =
        DecodeOne(*part, run.Address(part->codes), run.Address(part->table) + kDecodeHead,
                  zeros + part->zeros, run.Write<uint8_t>(part->output), run.stop);
    if (end == DecodeEnd::kDamaged) return run.Refuse(Status::Invalid("its codes are damaged"));
    if (end == DecodeEnd::kStopped) return false;
  }
  return true;
}

// Which channel an element of the output belongs to.
Status FindChannels(const ModelTensor& output, DecodeParams* p) {
  if (output.scales() <= 1) return Status();
  const int axis = output.rank() == 1 ? 0 : output.quantized_axis();
  if (axis != 0 && axis != output.rank() - 1)
    return Status::Unsupported("%s is quantised along axis %d, expected the first or the last",
                               TensorLabel("output", output).text, axis + 1);
  p->channels = static_cast<uint32_t>(output.scales());
  p->run = axis == 0 ? p->elements / p->channels : 1;
  return Status();
}

Status ReadPrefix(const uint8_t* head, const ModelTensor& output, DecodePart* part) {
  part->wide_table = (head[5] & 1) != 0;
  part->wide_value = output.type() == TensorType::INT16;
  part->p.bits = 1u + (head[5] >> 4);
  if (output.type() != TensorType::INT8 && !part->wide_value)
    return Status::Unsupported("%s is %s, expected int8 or int16",
                               TensorLabel("output", output).text, NameOf(output.type()));
  if (part->wide_value && !part->wide_table)
    return Status::Invalid("a table of 16 bits for values of 16");
  return Status();
}

Status ReadHead(const ModelTensor& table, const ModelTensor& output, DecodePart* part) {
  const uint8_t* head = table.data().data();
  if (table.data().size() < kDecodeHead)
    return Status::Invalid("%s has %zu bytes, expected at least %u",
                           TensorLabel("table", table).text, table.data().size(), kDecodeHead);
  if (head[1] != 1 || head[4] != 1)
    return Status::Unsupported("%s has versions %d and %d, expected 1",
                               TensorLabel("table", table).text, head[1], head[4]);
  if (head[0] > static_cast<uint8_t>(DecodeMethod::kMask))
    return Status::Unsupported("%s has method %d, expected 0 to 2",
                               TensorLabel("table", table).text, head[0]);
  part->method = static_cast<DecodeMethod>(head[0]);
  if (part->method == DecodeMethod::kPrefix) return ReadPrefix(head, output, part);
  if (part->method == DecodeMethod::kMask) return Status();
  part->p.bits = head[5] & 7;
  part->p.stride = head[6];
  if (part->p.bits > 0) return Status();
  return Status::Invalid("%s has indices of 0 bits", TensorLabel("table", table).text);
}

Status CheckDecodePart(const ModelTensor& codes, const ModelTensor& table,
                       const ModelTensor& output, DecodePart* part) {
  *part = {};
  part->p.elements = static_cast<uint32_t>(output.elements());
  part->p.element_bytes = static_cast<uint32_t>(BitsOf(output.type())) / 8;
  part->p.code_bytes = static_cast<uint32_t>(codes.data().size());
  Status s = CheckConstant("codes", codes);
  if (s.ok()) s = CheckConstant("table", table);
  if (s.ok() && (part->p.element_bytes == 0 || part->p.element_bytes > 8))
    s = Status::Unsupported("%s is %s", TensorLabel("output", output).text, NameOf(output.type()));
  if (s.ok()) s = FindChannels(output, &part->p);
  if (s.ok()) s = ReadHead(table, output, part);
  if (!s.ok()) return s;
  part->p.table_bytes = static_cast<uint32_t>(table.data().size()) - kDecodeHead;
  const StopToken never;
  const DecodeEnd end = DecodeOne(*part, codes.data().data(), table.data().data() + kDecodeHead,
                                  nullptr, nullptr, never);
  if (end == DecodeEnd::kDone) return s;
  return Status::Invalid("%s do not give the %u values of %s", TensorLabel("codes", codes).text,
                         part->p.elements, TensorLabel("output", output).text);
}

// The zeros of a mask, one byte per channel of int8.
void WriteZeros(const ModelTensor& output, uint32_t channels, uint8_t* zeros) {
  const bool int8 = output.type() == TensorType::INT8;
  for (uint32_t c = 0; c < channels; ++c)
    zeros[c] = int8 ? static_cast<uint8_t>(output.zero_point(static_cast<int>(c))) : uint8_t{0};
}

}  // namespace

Status PrepareDecode(const Node& node, StepWriter& writer) {
  const int parts = node.outputs();
  if (parts < 1 || node.inputs() != 2 * parts)
    return Status::Invalid("%d inputs and %d outputs, expected two inputs for each", node.inputs(),
                           parts);
  DecodePart part;
  uint32_t zeros = 0;
  for (int k = 0; k < parts; ++k) {
    if (!node.has_input(2 * k) || !node.has_input(2 * k + 1))
      return Status::Invalid("an input of pair %d is left out", k + 1);
    Status s = CheckDecodePart(node.input(2 * k), node.input(2 * k + 1), node.output(k), &part);
    if (!s.ok()) return s;
    zeros += part.p.channels;
  }
  const auto count = static_cast<uint32_t>(parts);
  auto* r = writer.Add<DecodeRecord>(RunDecode, count * sizeof(DecodePart) + zeros);
  if (r == nullptr) return Status();
  r->parts = count;
  auto* written = reinterpret_cast<DecodePart*>(r + 1);
  auto* written_zeros = reinterpret_cast<uint8_t*>(written + count);
  const uint32_t all_zeros = zeros;
  zeros = 0;
  for (int k = 0; k < parts; ++k, ++written) {
    const ModelTensor output = node.output(k);
    Status s = CheckDecodePart(node.input(2 * k), node.input(2 * k + 1), output, written);
    if (s.ok() && written->p.channels > all_zeros - zeros)
      s = Status::Error(Code::kChanged, "model file changed");
    if (!s.ok()) return s;
    written->codes = writer.At(node.input(2 * k));
    written->table = writer.At(node.input(2 * k + 1));
    written->output = writer.At(output);
    written->zeros = zeros;
    WriteZeros(output, written->p.channels, written_zeros + zeros);
    zeros += written->p.channels;
  }
  return Status();
}

const StepList kDecodeSteps = ListSteps<Step<DecodeRecord, RunDecode>>();

}  // namespace moonlet
