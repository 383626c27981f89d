// shell/option_names.h - which options a function takes, as its help text says it.
//
// The registration table has no list of them: the checked names lie in each function. So
// they are read from what `units` says behind "options", by its habits:
//
//   "options: map: boolean; ram: bytes; tol, 1e-4; seed"
//   "options: window = "hann", nperseg = 256 (samples); result: ..."
//   "options: as svc without shape; epsilon: 0.1"        those of another page
//
// and where it says nothing, from what the paragraph says behind "Options:", or else in
// backticks. A test calls every constructor with every name found here.
#pragma once
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

using VisitOption = void (*)(std::string_view name, void* context);

// Calls visit(name, context) for each option of the documented function, such as "nn.load" or
// "estimator:fit"; a name may come twice. Needs the page's texts: a device has them in
// /rom/help.txt. May raise.
void ForEachOption(lua_State* L, std::string_view function, VisitOption visit, void* context);

}  // namespace moonlet
