// bindings/help.h - help(): the registration tables as pages at the prompt.
#pragma once
#include "bindings/registry.h"

namespace moonlet {

extern const Module kHelpModule;

}  // namespace moonlet
