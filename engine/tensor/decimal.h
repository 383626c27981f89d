// engine/tensor/decimal.h - floats as decimal digits, whatever the locale.
#pragma once

namespace moonlet {

// (-1)^negative * d.ddd * 10^exponent. Zero is the digit 0 with exponent 0.
struct Decimal {
  bool negative;
  int exponent;
  int count;        // of digits, at least 1; the last is not 0 unless it is the only one
  char digits[18];  // '0' to '9', not terminated
};

// The fewest digits that read back as the same float; of those with equally many, the
// ones nearest to the value. Requires a finite value.
Decimal ShortestDecimal(float value);
Decimal ShortestDecimal(double value);

// The value rounded correctly to at most `count` digits, 1 to 17.
Decimal RoundedDecimal(double value, int count);

}  // namespace moonlet
