#include "engine/tensor/decimal.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace moonlet {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void TrimZeros(Decimal* d) {
  while (d->count > 1 && d->digits[d->count - 1] == '0') --d->count;
}

// Written without a point, because strtod expects the locale's.
template <typename T>
bool ReadsBackAs(const Decimal& d, T value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%s%.*se%d", d.negative ? "-" : "", d.count, d.digits,
                d.exponent - (d.count - 1));
  if constexpr (sizeof(T) == sizeof(float)) return std::strtof(text, nullptr) == value;
  return std::strtod(text, nullptr) == value;
}

// `always` digits survive the way there and back in every T but denormals, so shorter
// texts show as trailing zeros; `most` digits tell any two apart.
template <typename T>
Decimal Shortest(T value, int always, int most) {
  const bool denormal = std::fabs(value) < std::numeric_limits<T>::min();
  for (int count = denormal ? 1 : always;; ++count) {
    const Decimal d = RoundedDecimal(static_cast<double>(value), count);
    if (count == most || ReadsBackAs(d, value)) return d;
  }
}

}  // namespace

Decimal RoundedDecimal(double value, int count) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.*e", count - 1, std::fabs(value));
  Decimal d;
  d.negative = std::signbit(value);
  d.count = 0;
  const char* at = text;
  for (; *at != 'e'; ++at)
    if (IsDigit(*at)) d.digits[d.count++] = *at;
  d.exponent = static_cast<int>(std::strtol(at + 1, nullptr, 10));
  TrimZeros(&d);
  return d;
}

Decimal ShortestDecimal(float value) { return Shortest(value, 6, 9); }
Decimal ShortestDecimal(double value) { return Shortest(value, 15, 17); }

}  // namespace moonlet
