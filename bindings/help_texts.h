// bindings/help_texts.h - the texts of help(), apart from a device's program: it has
// signatures alone, and finds the rest in /rom/help.txt.
//
// The file is a list of records, each a signature, its units, a paragraph and an example:
//
//   \x1E tensor.zeros(shape [, dtype]) \x1F shape: ... \x1F A tensor of zeros; ... \x1F print(...)
//   \n
//
// without the spaces around the marks. The paragraph of a module or class stands under
// "module NAME" or "class NAME"; what belongs to it follows. `moonlet doc` makes the reference
// of such records.
#pragma once
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

struct HelpText {
  std::string_view units;
  std::string_view text;
  std::string_view example;
};

// Where FindHelpText looks from now on. The bytes must last as long as the program.
void SetHelpTexts(std::string_view file);

// What stands under kind and name, such as "module " and "nn". Empty: nothing does.
HelpText FindHelpText(std::string_view kind, std::string_view name);

using WriteText = void (*)(std::string_view piece, void* context);

// Calls write(piece, context) with the pieces of such a file. Only a program that has all
// texts itself can make it.
void WriteHelpTexts(WriteText write, void* context);
// The same for the modules written in Lua, whose sources hold what a device says of them.
void WriteLuaTexts(lua_State* L, WriteText write, void* context);

}  // namespace moonlet
