#include "shell/deploy.h"

#include <cstdio>
#include <string>

#include "vm/rom_image.h"

namespace moonlet {
namespace {

// Whether the device's application is the image of that checksum.
Status AskForApplication(RawClient& client, uint32_t crc, bool* present) {
  struct Texts final : Output {
    void Write(std::string_view text) override { out += text; }
    void WriteError(std::string_view text) override { error += text; }
    std::string out;
    std::string error;
  } texts;
  char code[120];
  std::snprintf(code, sizeof(code),
                "local rom = require 'sys'.rom().application\n"
                "print(rom and rom.crc == 0x%08x)",
                static_cast<unsigned>(crc));
  bool failed;
  if (Status s = client.Run(code, texts, &failed, RawClient::kAnswerMs); !s.ok()) return s;
  if (failed) return Status::Invalid("%s", texts.error.c_str());
  *present = texts.out.starts_with("true");
  return {};
}

}  // namespace

Status Deploy(RawClient& client, std::span<const uint8_t> image, TransferWatcher* watcher) {
  RomImage rom;
  if (Status s = rom.Open(image, RomImage::Check::kDirectory); !s.ok()) return s;
  bool present;
  if (Status s = AskForApplication(client, rom.crc(), &present); !s.ok()) return s;
  if (present) return {};
  Transfer transfer(client, {.watcher = watcher});
  if (Status s = transfer.Update(image); !s.ok()) return s;
  if (Status s = client.Reset(); !s.ok()) return s;
  if (Status s = client.Enter(); !s.ok()) return s;
  if (Status s = AskForApplication(client, rom.crc(), &present); !s.ok()) return s;
  if (!present) return Status::Invalid("the device did not take the application");
  return {};
}

}  // namespace moonlet
