#include "engine/npu/check.h"

#include <cstdarg>
#include <cstdio>

#include "engine/npu/check_parts.h"
#include "engine/npu/stream.h"

namespace moonlet::npu {
namespace {

// The newest architecture that the facts are about.
constexpr uint32_t kArchitecture = 0x10060000;

Status Complain(const Operation& operation, const char* name, int64_t value, const char* why,
                va_list arguments) {
  char text[120];
  std::vsnprintf(text, sizeof(text), why, arguments);
  if (name == nullptr)
    return Status::Invalid("word %u %s: %s", static_cast<unsigned>(operation.word),
                           NameOf(operation), text);
  return Status::Invalid("word %u %s: %s = 0x%llx: %s", static_cast<unsigned>(operation.word),
                         NameOf(operation), name, static_cast<unsigned long long>(value), text);
}

Status CheckOperation(const Operation& operation, const Config& config, Regions regions,
                      check::Hazards* hazards) {
  if (operation.is_block())
    if (Status s = check::CheckBlock(operation, config); !s.ok()) return s;
  if (operation.is_block() || operation.kind == OperationKind::kDma)
    if (Status s = check::CheckAddresses(operation, config, regions); !s.ok()) return s;
  return hazards->Add(operation);
}

}  // namespace

Status check::Wrong(const Operation& operation, Register0 r, int64_t value, const char* why, ...) {
  va_list arguments;
  va_start(arguments, why);
  // A register of 16 bits, also of a negative value.
  const Status s = Complain(operation, RegisterName(r).text, value & 0xFFFF, why, arguments);
  va_end(arguments);
  return s;
}

Status check::Wrong(const Operation& operation, Register1 r, int64_t value, const char* why, ...) {
  va_list arguments;
  va_start(arguments, why);
  const Status s = Complain(operation, RegisterName(r).text, value, why, arguments);
  va_end(arguments);
  return s;
}

Status check::Wrong(const Operation& operation, const char* why, ...) {
  va_list arguments;
  va_start(arguments, why);
  const Status s = Complain(operation, nullptr, 0, why, arguments);
  va_end(arguments);
  return s;
}

Status CheckStream(std::span<const uint8_t> stream, const Config& config, Regions regions) {
  StreamReader reader(stream, config);
  check::Hazards hazards(config);
  Operation operation;
  do {
    if (Status s = reader.Next(&operation); !s.ok()) return s;
    if (Status s = CheckOperation(operation, config, regions, &hazards); !s.ok()) return s;
  } while (operation.kind != OperationKind::kStop);
  if (size_t{reader.word()} * 4 != stream.size())
    return Status::Invalid("word %u: commands behind STOP", static_cast<unsigned>(reader.word()));
  return Status();
}

Status CheckPayload(std::span<const uint8_t> bytes, Regions regions) {
  Payload payload;
  if (Status s = ReadPayload(bytes, &payload); !s.ok()) return s;
  const Config* part = FindConfig(payload.config.product, payload.config.macs);
  if (Status s = CheckVersions(payload, part->Register(), kArchitecture); !s.ok()) return s;
  return CheckStream(payload.stream, payload.config, regions);
}

}  // namespace moonlet::npu
