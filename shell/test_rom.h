// shell/test_rom.h - the ROM image that tests on several targets share.
//
// lib, apps and tests are the library, the applications and the folders of the tests;
// shared holds recorded models, signals and answers where there are any, help.txt the texts of
// help().
//
// Host only.
#pragma once
#include <string>

#include "engine/base/status.h"
#include "shell/rom_file.h"
#include "shell/test_options.h"

namespace moonlet {

// kInvalid when two folders have a file of the same name, and what BuildImage says.
Status BuildTestRom(const TestOptions& options, RomFile* rom);

}  // namespace moonlet
