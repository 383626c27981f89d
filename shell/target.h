// shell/target.h - a device by the name that a command line gives it.
//
//   Target target;
//   if (Status s = target.Open("sim"); !s.ok()) ...
//   RawClient client(target.line(), stop);
//
// Host only.
#pragma once
#include <string>

#include "engine/base/status.h"
#include "shell/link.h"
#include "shell/sim.h"

namespace moonlet {

class Target {
 public:
  // What the target of machine.board starts; DefaultMachine() unless it is set before Open.
  void SetMachine(const Machine& machine) { machine_ = machine; }

  // "sim", "sim:an386", "tcp:HOST:PORT", or the path of a serial line. Opens it anew if it is open:
  // the emulator then starts a fresh machine. The message says how to help.
  Status Open(const std::string& name);
  Link& line() { return line_; }
  bool is_simulated() const { return simulated_; }

  // `status` with what the emulator says to it, for the user.
  std::string Explain(const Status& status);

 private:
  Machine machine_ = DefaultMachine(*FindEmulated("sim"));
  Simulator simulator_;
  Link line_;
  bool simulated_ = false;
};

}  // namespace moonlet
