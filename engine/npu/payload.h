// engine/npu/payload.h - what an `ethos-u` operator carries: driver actions around a command
// stream.
#pragma once
#include <cstdint>
#include <span>

#include "engine/base/status.h"
#include "engine/npu/config.h"

namespace moonlet::npu {

struct Payload {
  Config config;  // the part it was compiled for
  uint32_t config_word = 0;
  uint32_t id_word = 0;             // architecture version: 0x10060000 is 1.0.6
  std::span<const uint8_t> stream;  // whole words, at a multiple of 4 of `bytes`
};

// kInvalid with the byte's offset: no "COP1", an unknown or rejected action, a stream that is
// missing, given twice, cut or longer than 16 MiB, no configuration.
Status ReadPayload(std::span<const uint8_t> bytes, Payload* payload);

// Whether a unit with these registers may run the payload, as the reference driver asks. Both
// sides' values are in the message.
Status CheckVersions(const Payload& payload, uint32_t unit_config, uint32_t unit_id);

}  // namespace moonlet::npu
