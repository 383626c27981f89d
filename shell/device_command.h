// shell/device_command.h - `moonlet device` and `moonlet sim`: a device from the host.
#pragma once
#include <string>
#include <vector>

namespace moonlet {

struct DeviceOptions {
  std::string target = "sim";  // as Target::Open takes it
  bool icount = false;         // as Machine has it
  std::string verb;            // "run", "put", ...
  std::vector<std::string> arguments;
};

// Returns the exit code: that of a script that called os.exit, else as shell/command.h
// has them.
int RunDeviceCommand(const DeviceOptions& options);

// Boots the emulator and attaches the terminal. `rom`: a folder or a ROM image in place of
// the installed one; empty: that.
int RunSimCommand(const std::string& rom);

}  // namespace moonlet
