// The program of a device's image: finds what /rom is made of, then answers its line.
#include <cstdio>

#include "bindings/help_texts.h"
#include "boards/board.h"
#include "shell/device_session.h"
#include "vm/file_system.h"
#include "vm/slots.h"

namespace moonlet {
namespace {

// Opens an image and checks it whole. What is wrong with it is said on the line; that there
// is none, which memory without a single letter tells, is in order.
RomImage OpenImage(std::span<const uint8_t> bytes, const char* what, SerialLine& line) {
  RomImage image;
  if (bytes.empty() || bytes[0] == 0 || bytes[0] == 0xFF) return image;
  if (Status s = image.Open(bytes, RomImage::Check::kEverything); !s.ok()) {
    char text[200];
    std::snprintf(text, sizeof(text), "%s is left out: %s\r\n", what, s.what());
    line.Write(text);
  }
  return image;
}

// What the registration tables of a device leave out, read where it lies.
void UseHelpTexts(FileSystem* files) {
  File file;
  if (!files->Open("/rom/help.txt", board::kRead, &file).ok() || !file.in_place()) return;
  const std::span<const uint8_t> text = file.content();
  SetHelpTexts({reinterpret_cast<const char*>(text.data()), text.size()});
}

}  // namespace
}  // namespace moonlet

int main() {
  using namespace moonlet;
  ConsoleLine line;
  FileSystem files;
  files.SetRom(OpenImage(board::RomImage(), "The ROM image", line));
  files.SetApplication(OpenImage(ActiveImage(BoardFlash()), "The application", line));
  UseHelpTexts(&files);
  DeviceSetup setup = {.runtime = DeviceRuntime()};
  setup.runtime.files = &files;
  if (Status s = RunDevice(setup, line); !s.ok()) board::GiveUp(s.what());
  return 0;
}
