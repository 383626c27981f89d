#include <cstdio>
#include <span>

#include "vm/runtime.h"

int main(int argc, char** argv) {
  moonlet::Runtime runtime;
  moonlet::RuntimeOptions options;
  if (moonlet::Status s = runtime.Open(options); !s.ok()) return 1;
  if (argc < 2) return 2;
  if (moonlet::Status s = runtime.RunFile(argv[1], {}); !s.ok()) {
    std::fprintf(stderr, "%s\n", lua_tostring(runtime.state(), -1));
    return 1;
  }
  return 0;
}
