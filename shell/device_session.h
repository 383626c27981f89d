// shell/device_session.h - what a device does from its start on: boot.lua, main.lua, then
// the prompt on its serial line, from one soft reset to the next.
//
//   ConsoleLine line;
//   RunDevice({.runtime = DeviceRuntime()}, line);
//
// Safe mode leaves both scripts out, so that neither can lock its author out: after Ctrl-C
// while the device waits at its start, and after three crashes in a row, as counted by
// board::KeepNumber(). Reaching the prompt ends the row.
#pragma once
#include <cstdint>

#include "engine/base/status.h"
#include "shell/serial_line.h"
#include "vm/runtime.h"

namespace moonlet {

// A line of what a device says at its start: by it a client knows that one has restarted.
inline constexpr const char* kDeviceHint = "help() explains, Ctrl-E pastes, Ctrl-D resets";

struct DeviceSetup {
  // Made anew at each soft reset.
  RuntimeOptions runtime;
  // For Ctrl-C at the start.
  uint64_t wait_us = 150'000;
  // Of raw-paste: half of what the line can hold unread.
  uint16_t paste_window = 128;
};

// The sandbox with all modules, within the board's memory.
RuntimeOptions DeviceRuntime();

// Returns when the line is closed, which a device's never is, or with kNoMemory when not
// even an empty runtime fits.
Status RunDevice(const DeviceSetup& setup, SerialLine& line);

}  // namespace moonlet
