// shell/model_info.h - `moonlet model info FILE [--json]`: what is in a model.
#pragma once
#include "vm/runtime.h"

namespace moonlet {

// Prints what nn.analyze tells about the file on standard output, as text or as one JSON
// object; complaints go to standard error. `runtime` is open and has the built-in modules.
// Returns 0 when the model can run here, 1 when it cannot or is none.
int PrintModelInfo(Runtime& runtime, const char* path, bool json);

}  // namespace moonlet
