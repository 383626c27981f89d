#include <cstdio>
#include <string_view>

#include "bindings/modules.h"
#include "shell/test_runner.h"
#include "vm/runtime.h"

int main(int argc, char** argv) {
  moonlet::RuntimeOptions options;
  options.open_builtin = moonlet::OpenBuiltinModule;
  options.builtin_names = moonlet::BuiltinNames();
  options.library_dir = "scripts/lib";
  if (argc < 2) return 2;
  if (std::string_view(argv[1]) == "test") {
    moonlet::TestOptions test;
    test.runtime = options;
    test.paths.assign(argv + 2, argv + argc);
    return moonlet::RunTests(test);
  }
  moonlet::Runtime runtime;
  if (moonlet::Status s = runtime.Open(options); !s.ok()) return 1;
  if (moonlet::Status s = runtime.RunFile(argv[1], {}); !s.ok()) {
    std::fprintf(stderr, "%s\n", lua_tostring(runtime.state(), -1));
    return 1;
  }
  return 0;
}
