/* vm/lua_numbers.c - numbers to text and back, where C libraries differ.
**
** NaN has no sign: x86 makes negative ones where Arm makes positive ones. Hexadecimal
** floats are written as glibc writes them and read with one rounding to nearest even;
** C leaves the first digit of "%a" open, and other libraries round differently.
** Decimal text is the C library's: correctly rounded everywhere.
*/
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <lua.h>

int moonlet_number2str(char* buffer, size_t size, double value) {
  if (value != value) return snprintf(buffer, size, "nan");
  return snprintf(buffer, size, LUA_NUMBER_FMT, value);
}

double moonlet_unsigned_nan(double value) { return value != value ? fabs(value) : value; }

/* ---- "%a" ---- */

enum { kFractionDigits = 13, kFractionBits = 52 };

/* A conversion specification, "%-+#0 12.3a" in its most general form. */
struct Specification {
  int left, plus, space, point, zeros; /* the flags */
  int width;
  int precision; /* -1: as many digits as the value needs */
  int upper;
};

static int ReadInteger(const char** text) {
  int value = 0;
  while (**text >= '0' && **text <= '9') value = value * 10 + *(*text)++ - '0';
  return value;
}

static struct Specification ReadSpecification(const char* format) {
  struct Specification spec = {0};
  for (++format;; ++format) {
    if (*format == '-')
      spec.left = 1;
    else if (*format == '+')
      spec.plus = 1;
    else if (*format == ' ')
      spec.space = 1;
    else if (*format == '#')
      spec.point = 1;
    else if (*format == '0')
      spec.zeros = 1;
    else
      break;
  }
  spec.width = ReadInteger(&format);
  spec.precision = -1;
  if (*format == '.') {
    ++format;
    spec.precision = ReadInteger(&format);
  }
  spec.upper = *format == 'A';
  return spec;
}

/* Writes sign, prefix, padding and the rest to `buffer`; returns the length. */
static int Lay(char* buffer, const struct Specification* spec, const char* sign, const char* prefix,
               const char* rest, int zeros_allowed) {
  const int length = (int)(strlen(sign) + strlen(prefix) + strlen(rest));
  const int fill = spec->width > length ? spec->width - length : 0;
  const int zeros = !spec->left && spec->zeros && zeros_allowed ? fill : 0;
  const int before = spec->left || zeros > 0 ? 0 : fill;
  const int after = spec->left ? fill : 0;
  char* out = buffer;
  memset(out, ' ', (size_t)before);
  out += before;
  out = strcpy(out, sign) + strlen(sign);
  out = strcpy(out, prefix) + strlen(prefix);
  memset(out, '0', (size_t)zeros);
  out += zeros;
  out = strcpy(out, rest) + strlen(rest);
  memset(out, ' ', (size_t)after);
  out += after;
  *out = '\0';
  if (spec->upper) {
    for (char* p = buffer; *p != '\0'; ++p)
      if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 'a' + 'A');
  }
  return (int)(out - buffer);
}

/* Rounds a leading digit and 13 hexadecimal places to `places`, to nearest even. */
static uint64_t RoundPlaces(uint64_t digits, int places) {
  const int drop = 4 * (kFractionDigits - places);
  const uint64_t half = (uint64_t)1 << (drop - 1);
  const uint64_t rest = digits & (2 * half - 1);
  digits >>= drop;
  if (rest > half || (rest == half && (digits & 1))) ++digits;
  return digits << drop;
}

/* Lua's string.format allows a precision of 99 and a width of 99 at most. */
int moonlet_number2strx(char* buffer, const char* format, double value) {
  const struct Specification spec = ReadSpecification(format);
  uint64_t bits;
  memcpy(&bits, &value, sizeof(bits));
  const int negative = bits >> 63 && value == value;
  const char* sign = negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (value != value) return Lay(buffer, &spec, sign, "", "nan", 0);
  if (fabs(value) == HUGE_VAL) return Lay(buffer, &spec, sign, "", "inf", 0);

  const int field = (int)(bits >> kFractionBits & 0x7ff);
  uint64_t digits = bits & (((uint64_t)1 << kFractionBits) - 1);
  if (field != 0) digits |= (uint64_t)1 << kFractionBits; /* denormals lead with 0 */
  const int exponent = field != 0 ? field - 1023 : digits != 0 ? -1022 : 0;
  if (spec.precision >= 0 && spec.precision < kFractionDigits)
    digits = RoundPlaces(digits, spec.precision);

  char rest[128];
  char* out = rest;
  *out++ = (char)('0' + (digits >> kFractionBits));
  int places = spec.precision;
  if (places < 0) {
    places = kFractionDigits;
    for (uint64_t f = digits; places > 0 && (f & 15) == 0; f >>= 4) --places;
  }
  if (places > 0 || spec.point) *out++ = '.';
  for (int i = 1; i <= places; ++i) {
    const int digit = i <= kFractionDigits ? (int)(digits >> 4 * (kFractionDigits - i) & 15) : 0;
    *out++ = "0123456789abcdef"[digit];
  }
  snprintf(out, (size_t)(rest + sizeof(rest) - out), "p%+d", exponent);
  return Lay(buffer, &spec, sign, "0x", rest, 1);
}

/* ---- hexadecimal numerals ---- */

static int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* mantissa * 2^exponent, where more bits follow the mantissa when `sticky`; rounded
** once, to nearest even. Requires 0 < mantissa < 2^60. */
static double Round(uint64_t mantissa, long long exponent, int sticky) {
  int top = 59; /* of the highest bit set */
  while (!(mantissa >> top)) --top;
  const long long scale = exponent + top;
  if (scale > 1023) return HUGE_VAL;
  if (scale < -1075) return 0;
  const int precision = scale >= -1022 ? 53 : (int)(scale + 1075); /* bits that fit */
  const int drop = top + 1 - precision;
  if (drop <= 0) return ldexp((double)mantissa, (int)exponent);
  const uint64_t half = (uint64_t)1 << (drop - 1);
  const uint64_t rest = mantissa & (2 * half - 1);
  uint64_t kept = mantissa >> drop;
  if (rest > half || (rest == half && (sticky || (kept & 1)))) ++kept;
  return ldexp((double)kept, (int)exponent + drop);
}

double moonlet_strx2number(const char* text, char** end) {
  const char* p = text;
  *end = (char*)text;
  while (*p == ' ' || (*p >= '\t' && *p <= '\r')) ++p;
  const int negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  if (p[0] != '0' || (p[1] != 'x' && p[1] != 'X')) return 0;
  p += 2;
  uint64_t mantissa = 0;
  long long exponent = 0;
  int sticky = 0, any = 0, fraction = 0;
  for (;; ++p) {
    const int digit = HexDigit(*p);
    if (*p == '.' && !fraction) {
      fraction = 1;
      continue;
    }
    if (digit < 0) break;
    any = 1;
    if (mantissa >> 56 == 0) {
      mantissa = mantissa << 4 | (uint64_t)digit;
      exponent -= 4 * fraction;
    } else {
      sticky |= digit != 0;
      exponent += 4 * !fraction;
    }
  }
  if (!any) return 0;
  *end = (char*)p;
  if (*p == 'p' || *p == 'P') {
    const char* q = p + 1;
    const int down = *q == '-';
    if (*q == '-' || *q == '+') ++q;
    if (*q >= '0' && *q <= '9') {
      long long given = 0;
      for (; *q >= '0' && *q <= '9'; ++q)
        if (given < 1000000000000) given = given * 10 + *q - '0';
      exponent += down ? -given : given;
      *end = (char*)q;
    }
  }
  const double value = mantissa != 0 ? Round(mantissa, exponent, sticky) : 0;
  return negative ? -value : value;
}
