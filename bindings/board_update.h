// bindings/board_update.h - the part of module `board` that writes an application into
// flash. Module `board` lists both.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

extern const std::span<const Entry> kBoardUpdateFunctions;  // board.update
extern const Class kUpdateClass;                            // what it gives

}  // namespace moonlet
