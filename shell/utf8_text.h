// shell/utf8_text.h - characters of UTF-8 text and the columns they take on a terminal.
#pragma once
#include <cstddef>
#include <string_view>

namespace moonlet {

// Where the character after `position` starts, and the one before: with the accents that
// combine with it. Bytes that are no UTF-8 count as characters of one column.
size_t NextCharacter(std::string_view text, size_t position);
size_t PreviousCharacter(std::string_view text, size_t position);

// Columns: 2 for a character of East Asia, 0 for a combining accent, 1 for others.
size_t Width(std::string_view text);

}  // namespace moonlet
