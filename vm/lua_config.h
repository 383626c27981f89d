/* vm/lua_config.h - one configuration of Lua for every target.
**
** Included at the end of Lua's luaconf.h (vm/patches/0001), so it is C and sees
** Lua's defaults. Everything here serves one aim: the same script gives the same
** answer on host and device, and cannot escape its limits.
*/
#ifndef MOONLET_VM_LUA_CONFIG_H
#define MOONLET_VM_LUA_CONFIG_H

#include <math.h>
#include <stddef.h>

/* The same limits everywhere: a recursion fails at the same depth. */
#undef LUAI_MAXCCALLS
#define LUAI_MAXCCALLS 200
#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK 50000 /* slots, 800 KB */

/* Each nested call of gsub or format keeps one of these on the C stack; a device's is
** 256 KiB, of which 200 levels shall leave a quarter (scripts/tests/stack_test.lua). */
#if !defined(__unix__)
#undef LUAL_BUFFERSIZE
#define LUAL_BUFFERSIZE 256
#endif

/* Order of `pairs` and of `table.sort` with equal keys: no address, no clock. */
#define luai_makeseed(L) 0x4d6f6f6eu
#define l_randomizePivot() 0x6c657421u

/* The double functions of musl, compiled into every target (cmake/musl.cmake). */
#if defined(LUA_CORE) || defined(LUA_LIB)
#include "engine/base/libm_names.h"
#endif

/* Strings compare by bytes, numbers are written with a point: no locale. */
#if defined(LUA_CORE) || defined(LUA_LIB)
#define strcoll(a, b) strcmp(a, b)
#undef lua_getlocaledecpoint
#define lua_getlocaledecpoint() '.'
#endif

/* Text of numbers, C library or not (vm/lua_numbers.c). */
int moonlet_number2str(char* buffer, size_t size, double value);
int moonlet_number2strx(char* buffer, const char* format, double value);
double moonlet_strx2number(const char* text, char** end);
double moonlet_unsigned_nan(double value);
#undef lua_number2str
#define lua_number2str(s, sz, n) moonlet_number2str((s), (sz), (n))
#undef lua_number2strx
#define lua_number2strx(L, b, sz, f, n) moonlet_number2strx((b), (f), (n))
#undef lua_strx2number
#define lua_strx2number(s, p) moonlet_strx2number((s), (p))
#define luai_unsignednan(n) moonlet_unsigned_nan(n)

/* What `print` writes goes where a board's console is (vm/console.cc). The host's C
** library has that already. */
#if !defined(__unix__)
void moonlet_write(const char* text, size_t size);
#define lua_writestring(s, l) moonlet_write((s), (l))
#define lua_writeline() moonlet_write("\n", 1)
#define lua_writestringerror(s, p) moonlet_write((p), strlen(p))
#endif

/* The stop flag (engine/base/stop_token.h): each thread's extra space points to it.
** luai_onstop may return when the flag was lowered in between. */
struct lua_State;
void moonlet_onstop(struct lua_State* L);
#define luai_stopped(L) (**(const volatile unsigned char* const*)lua_getextraspace(L))
#define luai_onstop(L) moonlet_onstop(L)
/* Where C code of Lua loops. */
#define luai_poll(L) ((void)(luai_stopped(L) && (luai_onstop(L), 0)))
/* Whether an error raised now shall meet this message handler: a script's own is
** skipped once nothing can stop the script's end. */
int moonlet_skiphandler(struct lua_State* L, int (*handler)(struct lua_State* L));

#endif
