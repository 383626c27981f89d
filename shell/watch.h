// shell/watch.h - `moonlet watch`: a script that runs again whenever it is saved.
//
// Host only.
#pragma once
#include <string>

#include "shell/command.h"

namespace moonlet {

// Runs `command`, a script, once and again when it or a module beside it has been saved, until
// Ctrl-C. Each run is a process of its own, ended when the next one begins. `target`: a device
// as Target::Open takes it, which runs the script in a fresh state; empty: this host. Returns
// the exit code.
int RunWatchCommand(const Command& command, const std::string& target);

}  // namespace moonlet
