/* vm/lua_numbers.c - text of floats, the same on every C library.
**
** NaN has no sign here: x86 makes negative ones where Arm makes positive ones.
*/
#include <stdio.h>

#include <lua.h>

int moonlet_number2str(char* buffer, size_t size, double value) {
  if (value != value) return snprintf(buffer, size, "nan");
  return snprintf(buffer, size, LUA_NUMBER_FMT, value);
}
