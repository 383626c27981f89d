// shell/completion.h - what the word before the cursor may become.
//
//   "model:ru"    -> "model:run"          methods of objects, from the registration table
//   "nn.l"        -> "nn.load"            modules before they are opened, too
//   "config.net.s"-> "config.net.ssid"    string keys of tables and of their classes
//   "wh"          -> "while"              globals, modules, keywords
//
// Nothing of the script runs: tables are read raw, an __index function is not called;
// the fields of our own objects are.
#pragma once
#include <cstddef>
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

// No candidate has more bytes; longer names and words are left alone.
inline constexpr size_t kLongestCandidate = 321;

class CandidateSink {
 public:
  // A whole replacement for the word, in no order, perhaps more than once.
  virtual void Add(std::string_view candidate) = 0;

 protected:
  ~CandidateSink() = default;
};

// What the cursor stands in. Strings and comments that span lines are not known here.
enum class Context { kCode, kString, kComment };
Context ContextAtEnd(std::string_view text);

// The last word of `text`, which ends at the cursor in code: a name, or names joined
// by dots, a colon and list positions. Empty after anything else.
std::string_view WordToComplete(std::string_view text);

// Offers every way to complete `word`.
void Complete(lua_State* L, std::string_view word, CandidateSink* sink);

}  // namespace moonlet
