// shell/host_display.h - what this process's terminal can show.
//
// Host only.
#pragma once
#include "shell/console.h"

namespace moonlet {

// Of the terminal behind standard output; the usual 80 columns when there is none. Colours only
// where standard error is one, too, $TERM names it, not "dumb", and $NO_COLOR is not set.
Display HostDisplay();

}  // namespace moonlet
