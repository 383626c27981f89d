// What Lua's own functions print, where there is no C library with a console.
#include <cstddef>

#include "boards/files.h"

#if !defined(__unix__)
extern "C" void moonlet_write(const char* text, size_t size) {
  moonlet::board::WriteConsole({text, size});
}
#endif
