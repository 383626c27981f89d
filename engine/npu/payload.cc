#include "engine/npu/payload.h"

#include "engine/kernels/unaligned.h"

namespace moonlet::npu {
namespace {

constexpr uint32_t kPayloadMark = 0x31504F43;  // "COP1"
constexpr uint32_t kMaxStreamBytes = 16u << 20;

// Those that a driver takes; 3 and 4 are of old ones.
enum class DriverAction : uint8_t { kConfig = 1, kStream = 2, kNop = 5 };
constexpr uint32_t kNopWord = 5;

// Words of the payload, and how many are left.
struct PayloadCursor {
  Unaligned<uint32_t> words;
  uint32_t count;
  uint32_t at;

  uint32_t left() const { return count - at; }
  unsigned offset() const { return static_cast<unsigned>(at * 4); }
};

Status ReadConfigAction(PayloadCursor* cursor, bool* seen, Payload* payload) {
  const unsigned offset = cursor->offset();
  if (*seen) return Status::Invalid("payload offset %u: a second configuration", offset);
  if (cursor->left() < 3) return Status::Invalid("payload offset %u: cut configuration", offset);
  *seen = true;
  payload->config_word = cursor->words[cursor->at + 1];
  payload->id_word = cursor->words[cursor->at + 2];
  cursor->at += 3;
  if (Status s = ReadConfig(payload->config_word, &payload->config); !s.ok())
    return Status::Invalid("payload offset %u: %s", offset, s.what());
  return Status();
}

Status ReadStreamAction(std::span<const uint8_t> bytes, PayloadCursor* cursor, Payload* payload) {
  const unsigned offset = cursor->offset();
  const uint32_t word = cursor->words[cursor->at++];
  const uint32_t length = (word >> 8 & 0xFF) << 16 | word >> 16;
  if (!payload->stream.empty())
    return Status::Invalid("payload offset %u: a second command stream", offset);
  if (length == 0) return Status::Invalid("payload offset %u: empty command stream", offset);
  if (length > kMaxStreamBytes / 4)
    return Status::Invalid("payload offset %u: command stream of %u words, at most %u", offset,
                           static_cast<unsigned>(length),
                           static_cast<unsigned>(kMaxStreamBytes / 4));
  if (length > cursor->left())
    return Status::Invalid("payload offset %u: command stream of %u words, only %u are there",
                           offset, static_cast<unsigned>(length),
                           static_cast<unsigned>(cursor->left()));
  payload->stream = bytes.subspan(size_t{cursor->at} * 4, size_t{length} * 4);
  cursor->at += length;
  return Status();
}

Status ReadAction(std::span<const uint8_t> bytes, PayloadCursor* cursor, bool* configured,
                  Payload* payload) {
  const uint32_t word = cursor->words[cursor->at];
  switch (static_cast<DriverAction>(word & 0xFF)) {
    case DriverAction::kConfig:
      return ReadConfigAction(cursor, configured, payload);
    case DriverAction::kStream:
      return ReadStreamAction(bytes, cursor, payload);
    case DriverAction::kNop:
      if (word != kNopWord) break;
      ++cursor->at;
      return Status();
  }
  return Status::Invalid("payload offset %u: no driver action 0x%08x", cursor->offset(),
                         static_cast<unsigned>(word));
}

}  // namespace

Status ReadPayload(std::span<const uint8_t> bytes, Payload* payload) {
  *payload = {};
  if (bytes.size() % 4 != 0 || bytes.size() > UINT32_MAX)
    return Status::Invalid("payload of %zu bytes, expected whole words", bytes.size());
  PayloadCursor cursor = {Unaligned<uint32_t>(bytes.data()),
                          static_cast<uint32_t>(bytes.size() / 4), 0};
  if (cursor.count == 0 || cursor.words[0] != kPayloadMark)
    return Status::Invalid("payload offset 0: no \"COP1\"");
  cursor.at = 1;
  bool configured = false;
  while (cursor.left() > 0)
    if (Status s = ReadAction(bytes, &cursor, &configured, payload); !s.ok()) return s;
  if (!configured) return Status::Invalid("payload without a configuration");
  if (payload->stream.empty()) return Status::Invalid("payload without a command stream");
  return Status();
}

Status CheckVersions(const Payload& payload, uint32_t unit_config, uint32_t unit_id) {
  constexpr uint32_t kProduct = 0xF0000000, kMacsAndVersion = 0xFF, kCustomDma = 1u << 27;
  constexpr uint32_t kMajor = 0xF0000000, kMinor = 0x0FF00000;
  const uint32_t config = payload.config_word;
  const auto asked = static_cast<unsigned>(config);
  const auto found = static_cast<unsigned>(unit_config);
  if (((config ^ unit_config) & (kProduct | kMacsAndVersion)) != 0)
    return Status::Invalid("compiled for configuration 0x%08x, the unit has 0x%08x", asked, found);
  if ((config & kCustomDma) > (unit_config & kCustomDma))
    return Status::Invalid(
        "compiled for custom DMA (configuration 0x%08x), the unit has none "
        "(0x%08x)",
        asked, found);
  if (((payload.id_word ^ unit_id) & kMajor) != 0 ||
      (payload.id_word & kMinor) > (unit_id & kMinor))
    return Status::Invalid(
        "compiled for architecture %u.%u (0x%08x), the unit has %u.%u (0x%08x)",
        static_cast<unsigned>(payload.id_word >> 28),
        static_cast<unsigned>(payload.id_word >> 20 & 0xFF), static_cast<unsigned>(payload.id_word),
        static_cast<unsigned>(unit_id >> 28), static_cast<unsigned>(unit_id >> 20 & 0xFF),
        static_cast<unsigned>(unit_id));
  return Status();
}

}  // namespace moonlet::npu
