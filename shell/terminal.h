// shell/terminal.h - the user's terminal at the end of a device's line.
//
// Host only.
#pragma once
#include "engine/base/status.h"
#include "shell/link.h"

namespace moonlet {

// Passes bytes both ways until Ctrl-] is typed (or the input ends and the device falls
// silent). A terminal is in raw mode meanwhile: every other key is the device's, which is told
// of the terminal's size and colours whenever it greets. kIo: the line is lost.
Status AttachTerminal(Link& line);

}  // namespace moonlet
