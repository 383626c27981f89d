// shell/cursor_place.h - what a line of Lua that is being typed is about at its end.
//
//   `nn.load("x", {ra`   code, in the option table of a call of "nn.load"
//   `nn.load("mod`       a string, so far "mod"
//   `x = 1 -- wh`        a comment
//
// Strings and comments that span lines are not known here.
#pragma once
#include <string_view>

namespace moonlet {

struct CursorPlace {
  enum class Kind { kCode, kString, kComment };
  Kind kind = Kind::kCode;
  // In a string: what stands between its quote and the cursor.
  std::string_view quoted = {};
  // In code where the key of an option table may stand: the function it is for, as it is
  // called. Else empty.
  std::string_view called = {};
};
CursorPlace PlaceAtEnd(std::string_view text);

// The last word of `text`, which ends at the cursor in code: a name, or names joined
// by dots, a colon and list positions. Empty after anything else.
std::string_view WordAtEnd(std::string_view text);

}  // namespace moonlet
