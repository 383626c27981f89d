// shell/completion.h - how the line before the cursor may go on.
//
//   model:ru            -> run         methods of objects, from the registration table
//   nn.l                -> load        modules before they are opened, too
//   config.net.s        -> ssid        string keys of tables and of their classes
//   wh                  -> while       globals, modules, keywords
//   nn.load("x", {ra    -> ram =       options, from the function's help (option_names.h)
//   nn.load("mo         -> models/     files and folders, inside a string
//
// Nothing of the script runs: tables are read raw, an __index function is not called;
// the fields of our own objects are.
#pragma once
#include <cstddef>
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

// No candidate has more bytes; longer names are left alone.
inline constexpr size_t kLongestCandidate = 256;

class CandidateSink {
 public:
  // What may stand in place of the part that Complete gives, in no order, perhaps more
  // than once.
  virtual void Add(std::string_view candidate) = 0;

 protected:
  ~CandidateSink() = default;
};

// Offers every way to complete the last name, or name of a file, of `text`. Gives the part
// of it that is there already: all candidates start with it.
std::string_view Complete(lua_State* L, std::string_view text, CandidateSink* sink);

}  // namespace moonlet
