// bindings/options.h - option tables, as constructors and set-up functions take them.
//
//   static constexpr const char* kNames[] = {"map", "float_io"};
//   const OptionTable options(L, 2, kNames);   // nil or a table; unknown names raise
//   const bool map = options.Boolean("map", false);
//
// Every error names the function, the option, what was expected and what was given; for
// an unknown option the nearest known one.
#pragma once
#include <cstdint>
#include <span>

#include "vm/lua.h"

namespace moonlet {

class OptionTable {
 public:
  // Checks the value at `index`: none, nil, or a table with no other keys than `names`.
  OptionTable(lua_State* L, int index, std::span<const char* const> names);

  bool Boolean(const char* name, bool otherwise) const;
  // A whole number between `least` and `most`.
  int64_t Integer(const char* name, int64_t otherwise, int64_t least, int64_t most) const;
  // A finite number between `least` and `most`, which may be infinite.
  double Number(const char* name, double otherwise, double least, double most) const;
  // The position in `words` of the word given; `otherwise` when the option is left out.
  int Choice(const char* name, int otherwise, std::span<const char* const> words) const;
  // Whether the option was given; the other calls take its value.
  bool Has(const char* name) const;

 private:
  // Pushes the option; false, and nothing pushed, when it is left out.
  bool Get(const char* name) const;
  [[noreturn]] void Fail(const char* name, const char* expected) const;

  lua_State* L_;
  int index_;
};

// The name that takes the fewest edits to become `word`, or null when none is near.
const char* NearestName(const char* word, std::span<const char* const> names);

}  // namespace moonlet
