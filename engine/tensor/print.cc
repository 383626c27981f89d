#include "engine/tensor/print.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "engine/tensor/broadcast.h"
#include "engine/tensor/chunk.h"
#include "engine/tensor/decimal.h"

namespace moonlet {
namespace {

constexpr int kPrecision = 8;       // digits behind the point
constexpr Index kThreshold = 1000;  // elements from which on the middle is left out
constexpr Index kEdge = 3;          // elements shown at either end of an axis then
constexpr int kLineWidth = 75;

// One element as text. int64 needs 20 characters, a scientific float64 with padding 17.
struct Word {
  char text[48];
  int length = 0;

  void Put(char c) { text[length++] = c; }
  void Put(int count, char c) {
    for (int i = 0; i < count; ++i) Put(c);
  }
};

// What all elements share: mode and width on either side of the point.
struct Format {
  bool scientific = false;
  int left = 0;             // before the point; of integers, all of it
  int right = 0;            // behind it
  int exponent_digits = 0;  // at least 2
};

int DigitsOf(int exponent) { return std::abs(exponent) >= 100 ? 3 : 2; }

// The digits that show, of which `behind` stand behind the point.
template <typename T>
Decimal Shown(T value, bool scientific, int* behind) {
  Decimal d = ShortestDecimal(value);
  const int limit = kPrecision + 1 + (scientific ? 0 : d.exponent);
  // Digits before the point are the value's own, however few tell it apart.
  if (!scientific && d.count <= d.exponent)
    d = RoundedDecimal(static_cast<double>(value), d.exponent + 1);
  if (d.count > limit) d = RoundedDecimal(static_cast<double>(value), std::clamp(limit, 1, 17));
  *behind = std::max(0, d.count - 1 - (scientific ? 0 : d.exponent));
  return d;
}

// Takes each element in turn, then tells the Format.
template <typename T>
class FloatStatistics {
 public:
  void See(T value) {
    if (!std::isfinite(value)) {
      others_ = true;
      negative_infinity_ |= value < 0;
      return;
    }
    finite_ = true;
    const T magnitude = std::fabs(value);
    if (magnitude == 0) return;
    if (least_ == 0 || magnitude < least_) least_ = magnitude;
    greatest_ = std::max(greatest_, magnitude);
  }

  bool scientific() const {
    return least_ != 0 && (static_cast<double>(greatest_) >= 1e8 ||
                           static_cast<double>(least_) < 1e-4 || greatest_ / least_ > 1000);
  }

  // Room for nan and inf in the columns of the others.
  void Widen(Format* format) const {
    if (!others_) return;
    const int widest = negative_infinity_ ? 4 : 3;
    format->left = std::max(format->left, widest - format->right - 1);
  }

 private:
  bool finite_ = false;
  bool others_ = false;
  bool negative_infinity_ = false;
  T least_ = 0;
  T greatest_ = 0;
};

template <typename T>
void Fit(T value, Format* format) {
  if (!std::isfinite(value)) return;
  int behind;
  const Decimal d = Shown(value, format->scientific, &behind);
  const int whole = format->scientific ? 1 : std::max(0, d.exponent) + 1;
  format->left = std::max(format->left, whole + d.negative);
  format->right = std::max(format->right, behind);
  if (format->scientific)
    format->exponent_digits = std::max(format->exponent_digits, DigitsOf(d.exponent));
}

template <typename T>
Word WriteFloat(T value, const Format& format) {
  Word word;
  const int tail = format.scientific ? format.exponent_digits + 2 : 0;
  if (!std::isfinite(value)) {
    const char* name = value != value ? "nan" : value < 0 ? "-inf" : "inf";
    const int length = static_cast<int>(std::strlen(name));
    word.Put(format.left + 1 + format.right + tail - length, ' ');
    for (int i = 0; i < length; ++i) word.Put(name[i]);
    return word;
  }
  int behind;
  Decimal d = Shown(value, format.scientific, &behind);
  // Scientific columns are filled with the value's own digits, not with zeros.
  if (format.scientific && value != 0)
    d = RoundedDecimal(static_cast<double>(value), format.right + 1);
  behind = format.scientific ? format.right : behind;
  const int exponent = format.scientific ? 0 : d.exponent;
  const int whole = std::max(0, exponent) + 1;
  word.Put(format.left - whole - d.negative, ' ');
  if (d.negative) word.Put('-');
  // Position i counts from the units digit or the first digit, whichever comes first.
  const int leading_zeros = std::max(0, -exponent);
  for (int i = 0; i < whole + behind; ++i) {
    if (i == whole) word.Put('.');
    const int digit = i - leading_zeros;
    word.Put(digit >= 0 && digit < d.count ? d.digits[digit] : '0');
  }
  if (behind == 0) word.Put('.');
  word.Put(format.right - behind, ' ');
  if (format.scientific) {
    word.length += std::snprintf(word.text + word.length, 8, "e%c%0*d", d.exponent < 0 ? '-' : '+',
                                 format.exponent_digits, std::abs(d.exponent));
  }
  return word;
}

Word WriteInteger(long long value, const Format& format) {
  Word word;
  word.length = std::snprintf(word.text, sizeof(word.text), "%*lld", format.left, value);
  return word;
}

Word WriteBool(bool value, const Format& format) {
  Word word;
  word.length =
      std::snprintf(word.text, sizeof(word.text), "%*s", format.left, value ? "true" : "false");
  return word;
}

class Printer {
 public:
  Printer(const Tensor& t, std::span<char> out)
      : t_(t), out_(out), summary_(t.size() > kThreshold) {}

  size_t Run() {
    Put("tensor ");
    Put(NameOf(t_.dtype));
    Put(" ");
    Put(TextOf(t_.shape).text);
    Put("\n");
    if (t_.size() == 0) {
      Put("[]");
    } else {
      ChooseFormat();
      Write(0, 0);
    }
    return length_;
  }

 private:
  // An element, as C.
  template <typename C>
  C At(Index offset) const {
    const auto* data = static_cast<const uint8_t*>(t_.data);
    C value;
    LoadChunk(data + offset * static_cast<Index>(SizeOf(t_.dtype)), t_.dtype, 1, 1, &value);
    return value;
  }
  bool Cut(int axis) const { return summary_ && t_.dim(axis) > 2 * kEdge; }

  // Calls visit(i) for the positions of `axis` that show, gap() where some are left out.
  template <typename Visit, typename Gap>
  void EachShown(int axis, Visit visit, Gap gap) const {
    for (Index i = 0; i < t_.dim(axis); ++i) {
      if (Cut(axis) && i == kEdge) {
        gap();
        i = t_.dim(axis) - kEdge;
      }
      visit(i);
    }
  }

  // Calls visit(offset) for the elements that show.
  template <typename Visit>
  void EachElement(int axis, Index offset, const Visit& visit) const {
    if (axis == t_.rank()) return visit(offset);
    EachShown(
        axis, [&](Index i) { EachElement(axis + 1, offset + i * t_.strides[axis], visit); }, [] {});
  }

  void ChooseFormat() {
    switch (t_.dtype) {
      case DType::kFloat32:
        return ChooseFloatFormat<float>();
      case DType::kFloat64:
        return ChooseFloatFormat<double>();
      case DType::kBool:
        format_.left = t_.rank() == 0 ? 0 : 5;
        return;
      default:
        EachElement(0, 0, [&](Index offset) {
          format_.left = std::max(format_.left, WriteInteger(At<int64_t>(offset), {}).length);
        });
    }
  }

  template <typename T>
  void ChooseFloatFormat() {
    FloatStatistics<T> statistics;
    EachElement(0, 0, [&](Index offset) { statistics.See(At<T>(offset)); });
    format_.scientific = statistics.scientific();
    EachElement(0, 0, [&](Index offset) { Fit(At<T>(offset), &format_); });
    statistics.Widen(&format_);
  }

  Word WordOf(Index offset) const {
    switch (t_.dtype) {
      case DType::kFloat32:
        return WriteFloat(At<float>(offset), format_);
      case DType::kFloat64:
        return WriteFloat(At<double>(offset), format_);
      case DType::kBool:
        return WriteBool(At<bool>(offset), format_);
      default:
        return WriteInteger(At<int64_t>(offset), format_);
    }
  }

  void Write(int axis, Index offset) {
    if (axis == t_.rank()) {
      const Word word = WordOf(offset);
      Put({word.text, static_cast<size_t>(word.length)});
    } else if (axis == t_.rank() - 1) {
      WriteRow(axis, offset);
    } else {
      WriteRows(axis, offset);
    }
  }

  void WriteRow(int axis, Index offset) {
    Put("[");
    int column = t_.rank();  // the brackets to the left
    bool first = true;
    const auto put = [&](std::string_view word) {
      const int width = static_cast<int>(word.size());
      if (!first && column + 2 + width > kLineWidth - t_.rank()) {
        Put(",");
        BreakLine(1, t_.rank());
        column = t_.rank();
      } else if (!first) {
        Put(", ");
        column += 2;
      }
      first = false;
      Put(word);
      column += width;
    };
    EachShown(
        axis,
        [&](Index i) {
          const Word word = WordOf(offset + i * t_.strides[axis]);
          put({word.text, static_cast<size_t>(word.length)});
        },
        [&] { put("..."); });
    Put("]");
  }

  void WriteRows(int axis, Index offset) {
    Put("[");
    bool first = true;
    const auto next = [&] {
      if (!first) {
        Put(",");
        BreakLine(t_.rank() - axis - 1, axis + 1);
      }
      first = false;
    };
    EachShown(
        axis,
        [&](Index i) {
          next();
          Write(axis + 1, offset + i * t_.strides[axis]);
        },
        [&] {
          next();
          Put("...");
        });
    Put("]");
  }

  void BreakLine(int lines, int indent) {
    for (int i = 0; i < lines; ++i) Put("\n");
    for (int i = 0; i < indent; ++i) Put(" ");
  }

  void Put(std::string_view text) {
    if (length_ < out_.size()) {
      std::copy_n(text.data(), std::min(text.size(), out_.size() - length_), out_.data() + length_);
    }
    length_ += text.size();
  }

  const Tensor& t_;
  std::span<char> out_;
  size_t length_ = 0;
  bool summary_;
  Format format_;
};

}  // namespace

size_t Print(const Tensor& t, std::span<char> out) noexcept { return Printer(t, out).Run(); }

}  // namespace moonlet
