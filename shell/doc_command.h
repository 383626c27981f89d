// shell/doc_command.h - `moonlet doc`: the reference in several formats. The library's program
// doc.command lays out what the program knows.
#pragma once
#include "shell/command.h"

namespace moonlet {

int RunDocCommand(Command command);

}  // namespace moonlet
