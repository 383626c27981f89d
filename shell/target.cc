#include "shell/target.h"

namespace moonlet {
namespace {

constexpr std::string_view kTcp = "tcp:";

}  // namespace

Status Target::Open(const std::string& name) {
  line_.Close();
  const EmulatedBoard* board = FindEmulated(name);
  simulated_ = board != nullptr;
  if (simulated_) {
    if (board != machine_.board) machine_ = DefaultMachine(*board);
    return simulator_.Start(machine_, &line_);
  }
  if (name.starts_with(kTcp)) return line_.Connect(name.substr(kTcp.size()));
  return line_.OpenSerial(name);
}

std::string Target::Explain(const Status& status) {
  const std::string ending = simulator_.Ending();
  return ending.empty() ? status.what() : status.what() + ("; " + ending);
}

}  // namespace moonlet
