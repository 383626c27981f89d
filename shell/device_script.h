// shell/device_script.h - a script of the host's, run on a device.
//
// Host only.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "shell/console.h"
#include "shell/raw_client.h"

namespace moonlet {

// Where a chunk's text goes: what it prints to standard output at once; its error is kept, for
// it may be none.
class DeviceConsole final : public Output {
 public:
  void Write(std::string_view text) override;
  void WriteError(std::string_view text) override { error_ += text; }
  const std::string& error() const { return error_; }

 private:
  std::string error_;
};

// A script with its name, words[0], and its arguments, as one chunk. Lines keep their numbers.
std::string WithArguments(std::string_view text, std::span<const std::string> words);

// Runs a chunk and writes its error to standard error. *exit_code: that of a script that called
// os.exit, else 0 or kExitError.
Status RunOnDevice(RawClient& client, const std::string& code, int* exit_code);

// Gives the device this host's time. One whose clock runs by itself refuses, and says so to
// nobody.
Status SetDeviceClock(RawClient& client);

}  // namespace moonlet
