// shell/test_target.h - runs one chunk of Lua after the other where tests are to run: in
// a process of this host, or on a device.
//
// Host only.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "shell/rom_file.h"
#include "vm/runtime.h"

namespace moonlet {

// What a chunk left behind.
struct ChunkRun {
  std::string output;
  std::string error;    // its error text; empty: it came to its end
  std::string trouble;  // what happened to the target itself: hung, lost, crashed
};

class TestTarget {
 public:
  virtual ~TestTarget() = default;
  // A machine to whom nothing has happened yet. The message says how to help.
  virtual Status Restart() = 0;
  // In a fresh Lua state. After trouble only Restart makes sense.
  virtual ChunkRun Run(std::string_view chunk, double timeout_seconds) = 0;
};

// A sandbox on this host, as a device has it: /rom from the image, /ram in memory. Each
// chunk runs in a process of its own.
std::unique_ptr<TestTarget> MakeHostTarget(const RomFile& rom, const RuntimeOptions& options);

// `name` as Target::Open takes it. An emulator gets `rom` as its ROM image, another device as
// its application.
std::unique_ptr<TestTarget> MakeDeviceTarget(const std::string& name, const RomFile& rom);

}  // namespace moonlet
