#include "shell/doc_command.h"

#include <string>
#include <vector>

#include "bindings/help_texts.h"
#include "shell/help.h"
#include "shell/paths.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

void Append(std::string_view piece, void* text) { static_cast<std::string*>(text)->append(piece); }

// What the library's modules written in Lua say of themselves.
std::string LuaTexts() {
  const std::string library = LibraryFolder();
  std::vector<std::string> names;
  AddModulesIn(library, &names);
  std::vector<const char*> name_texts;
  for (const std::string& name : names) name_texts.push_back(name.c_str());
  RuntimeOptions options;
  options.builtin_names = name_texts;
  options.library_dir = library.c_str();
  Runtime runtime;
  std::string texts;
  if (runtime.Open(options).ok()) WriteLuaTexts(runtime.state(), Append, &texts);
  return texts;
}

}  // namespace

int RunDocCommand(Command command) {
  std::string registered;
  WriteHelpTexts(Append, &registered);
  const std::string of_modules = LuaTexts();
  command.arguments.insert(command.arguments.begin(),
                           {registered.c_str(), of_modules.c_str(), CommandHelp()});
  return RunLibraryCommand(command, "doc.command");
}

}  // namespace moonlet
