// tests/shell/screen.h - what a terminal shows after some bytes, without its colours.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "shell/utf8_text.h"

namespace moonlet::testing {

class Screen {
 public:
  // A dumb terminal shows the sequences of others as they are.
  enum class Kind { kDumb, kVt100 };
  explicit Screen(Kind kind = Kind::kVt100, size_t columns = 80) : kind_(kind), columns_(columns) {}

  void Take(std::string_view bytes) {
    while (!bytes.empty()) bytes.remove_prefix(TakeOne(bytes));
  }

  // The rows, without blanks at their ends.
  std::vector<std::string> Rows() const {
    std::vector<std::string> rows;
    for (const auto& row : rows_) {
      std::string text;
      for (const std::string& cell : row) text += cell;
      text.erase(text.find_last_not_of(' ') + 1);
      rows.push_back(text);
    }
    return rows;
  }
  // The row of the cursor.
  std::string Row() const { return Rows()[row_]; }
  size_t column() const { return column_; }
  size_t row() const { return row_; }
  size_t bells() const { return bells_; }

 private:
  size_t TakeOne(std::string_view bytes) {
    if (bytes[0] == '\x1b' && kind_ == Kind::kVt100) return Sequence(bytes);
    switch (bytes[0]) {
      case '\r':
        column_ = 0;
        return 1;
      case '\n':
        NextRow();
        return 1;
      case '\b':
        column_ -= column_ > 0;
        return 1;
      case '\a':
        ++bells_;
        return 1;
      default:
        break;
    }
    const size_t size = NextCharacter(bytes, 0);
    Put(bytes.substr(0, size));
    return size;
  }

  // A character beyond the last column goes to the next row.
  void Put(std::string_view character) {
    const size_t width = Width(character);
    if (column_ + width > columns_) {
      column_ = 0;
      NextRow();
    }
    auto& row = rows_[row_];
    if (row.size() < column_ + width) row.resize(column_ + width, " ");
    row[column_] = character;
    for (size_t i = 1; i < width; ++i) row[column_ + i].clear();  // its other half
    column_ += width;
  }

  // "ESC [ numbers letter", and "ESC letter", which does nothing here.
  size_t Sequence(std::string_view bytes) {
    if (bytes.size() < 2 || bytes[1] != '[') return std::min<size_t>(2, bytes.size());
    size_t i = 2;
    size_t number = 0;
    for (; i < bytes.size() && bytes[i] >= '0' && bytes[i] <= '?'; ++i) {
      if (bytes[i] <= '9') number = number * 10 + static_cast<size_t>(bytes[i] - '0');
    }
    Obey(i < bytes.size() ? bytes[i] : '\0', std::max<size_t>(1, number));
    return std::min(i + 1, bytes.size());
  }

  void Obey(char command, size_t steps) {
    auto& row = rows_[row_];
    const auto at = row.begin() + static_cast<std::ptrdiff_t>(std::min(column_, row.size()));
    switch (command) {
      case 'A':
        row_ -= std::min(row_, steps);
        break;
      case 'C':
        column_ = std::min(column_ + steps, columns_ - 1);
        break;
      case 'D':
        column_ -= std::min(column_, steps);
        break;
      case 'K':
        row.erase(at, row.end());
        break;
      case 'P':
        row.erase(at, at + std::min<std::ptrdiff_t>(row.end() - at, static_cast<int>(steps)));
        break;
      case '@':
        row.insert(at, steps, " ");
        break;
      case 'H':
        row_ = column_ = 0;
        break;
      case 'J':
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(row_) + 1, rows_.end());
        rows_[row_].resize(std::min(rows_[row_].size(), column_));
        break;
      case 'h':  // modes, styles and questions, which change nothing on it
      case 'l':
      case 'm':
      case 't':
        break;
      default:
        Put("<unknown sequence>");
        break;
    }
  }

  void NextRow() {
    ++row_;
    if (row_ == rows_.size()) rows_.emplace_back();
  }

  Kind kind_;
  size_t columns_;
  std::vector<std::vector<std::string>> rows_{1};
  size_t row_ = 0;
  size_t column_ = 0;
  size_t bells_ = 0;
};

}  // namespace moonlet::testing
