// The parts of module `sys` that have files of their own.
#pragma once
#include <span>

#include "bindings/registry.h"

namespace moonlet {

extern const std::span<const Entry> kSysFileFunctions;     // sys_files.cc: find, list, run, rom
extern const std::span<const Entry> kSysMachineFunctions;  // sys_machine.cc: the clock set, reset

}  // namespace moonlet
