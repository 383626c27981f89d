// shell/help.h - what `moonlet --help` prints.
#pragma once

namespace moonlet {

const char* CommandHelp();

}  // namespace moonlet
