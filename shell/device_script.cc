#include "shell/device_script.h"

#include <sys/time.h>

#include <cstdio>
#include <cstdlib>

#include "shell/command.h"
#include "shell/lua_text.h"

namespace moonlet {
namespace {

// What a script that ended by os.exit(N) leaves as its error text. -1: it is no such.
int ExitCodeIn(std::string_view error) {
  constexpr std::string_view kHead = "os.exit(";
  if (!error.starts_with(kHead) || !error.ends_with(")\n")) return -1;
  return std::atoi(std::string(error.substr(kHead.size())).c_str()) & 255;
}

}  // namespace

void DeviceConsole::Write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string WithArguments(std::string_view text, std::span<const std::string> words) {
  std::string list;
  for (const std::string& word : words.subspan(1)) list += LuaText(word) + ',';
  std::string code = "arg = {[0] = " + LuaText(words[0]) + ',' + list + "} ";
  const bool calls = !list.empty();
  if (calls) code += "return (function(...) ";
  if (text.starts_with('#')) code += "--";
  code += text;
  if (calls) code += "\nend)(" + list.substr(0, list.size() - 1) + ')';
  return code;
}

Status RunOnDevice(RawClient& client, const std::string& code, int* exit_code) {
  DeviceConsole console;
  bool failed;
  if (Status s = client.Run(code, console, &failed); !s.ok()) return s;
  *exit_code = ExitCodeIn(console.error());
  if (*exit_code >= 0) return {};
  std::fputs(console.error().c_str(), stderr);
  *exit_code = failed ? kExitError : 0;
  return {};
}

Status SetDeviceClock(RawClient& client) {
  timeval now;
  gettimeofday(&now, nullptr);
  char code[100];
  std::snprintf(code, sizeof(code), "require 'sys'.set_time(%lld.%03lld)",
                static_cast<long long>(now.tv_sec), static_cast<long long>(now.tv_usec / 1000));
  DeviceConsole nobody;
  bool failed;
  return client.Run(code, nobody, &failed, RawClient::kAnswerMs);
}

}  // namespace moonlet
