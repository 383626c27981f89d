// bindings/report.h - reports: plain tables of figures that print as text.
//
// Text is written from the table's fields, not from what made it, so a script may keep,
// change and print it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

// Set a field of the table on top.
void SetInteger(lua_State* L, const char* name, uint64_t value);
void SetNumber(lua_State* L, const char* name, lua_Number value);
void SetText(lua_State* L, const char* name, std::string_view text);
// Gives the table on top a metatable with this `__tostring`, the same for all of a kind.
void SetReportType(lua_State* L, const char* type_name, lua_CFunction to_string);

// Read a field of the table at `table`: 0 or "" for anything unfit.
lua_Integer IntegerField(lua_State* L, int table, const char* name);
uint64_t SizeField(lua_State* L, int table, const char* name);
lua_Number NumberField(lua_State* L, int table, const char* name);
// Copies a text, cut to fit, without what would move a terminal.
void TextField(lua_State* L, int table, const char* name, char* text, size_t size);

// Room for a name and for a line of a report.
inline constexpr size_t kNameSize = 96;
inline constexpr size_t kLineSize = 512;

// Columns are as wide as their longest text, up to a limit. Fit cuts a text longer than
// `most` (at least 3) and says so.
void Widen(int* width, const char* text, int most);
void Fit(char* text, int most);

// "2.66 M", "17.2 KiB", "54,320".
struct FigureText {
  char text[32];
};
FigureText CountText(uint64_t count);
FigureText BytesText(uint64_t bytes);
FigureText ExactText(uint64_t number);

}  // namespace moonlet
