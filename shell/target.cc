#include "shell/target.h"

namespace moonlet {
namespace {

constexpr std::string_view kTcp = "tcp:";

}  // namespace

Status Target::Open(const std::string& name) {
  line_.Close();
  simulated_ = name == "sim";
  if (simulated_) return simulator_.Start(machine_, &line_);
  if (name.starts_with(kTcp)) return line_.Connect(name.substr(kTcp.size()));
  return line_.OpenSerial(name);
}

std::string Target::Explain(const Status& status) {
  const std::string ending = simulator_.Ending();
  return ending.empty() ? status.what() : status.what() + ("; " + ending);
}

}  // namespace moonlet
