// bindings/docs.h - the registration tables as one list, for help and its tests.
#pragma once
#include "bindings/modules.h"

namespace moonlet {

// One registered function, method or field, and where it belongs.
struct Documented {
  const Module* module;
  const Class* cls;  // null for functions and fields of the module itself
  const Entry* entry;
};

// Calls visit(const Documented&) for all of a module: first its functions, then class by
// class; until one call gives true. Gives whether one did.
template <typename Visit>
bool AnyOf(const Module& module, Visit visit) {
  for (const std::span<const Entry> part : module.functions)
    for (const Entry& entry : part)
      if (visit(Documented{&module, nullptr, &entry})) return true;
  for (const Class* cls : module.classes)
    for (const std::span<const Entry> part : cls->methods)
      for (const Entry& entry : part)
        if (visit(Documented{&module, cls, &entry})) return true;
  return false;
}

// The same for every module.
template <typename Visit>
bool AnyDocumented(Visit visit) {
  for (const Module* module : Modules())
    if (AnyOf(*module, visit)) return true;
  return false;
}

}  // namespace moonlet
