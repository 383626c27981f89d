// shell/help.h - what `moonlet --help` prints.
#pragma once

namespace moonlet {

const char* HelpText();

}  // namespace moonlet
