#include "engine/tensor/npy.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "engine/tensor/dispatch.h"
#include "engine/tensor/portable.h"
#include "engine/tensor/strided.h"

namespace moonlet {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr size_t kAlignment = 64;  // of the first element in the file

// NumPy's letter for kind and size, in the order of DType.
constexpr std::string_view kCodes[kDTypes] = {"f4", "f8", "i1", "u1", "i2",
                                              "u2", "i4", "u4", "i8", "b1"};

// Reads the Python dictionary of a header: only the forms that NumPy and its like write.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  Status Read(NpyInfo* info, Shape* shape) {
    unsigned seen = 0;
    if (!Take('{')) return Malformed();
    while (!Take('}')) {
      std::string_view key;
      if (!TakeString(&key) || !Take(':')) return Malformed();
      Status s;
      if (key == "descr") {
        s = ReadDescr(info);
        seen |= 1;
      } else if (key == "fortran_order") {
        s = ReadOrder(info);
        seen |= 2;
      } else if (key == "shape") {
        s = ReadShape(shape);
        seen |= 4;
      } else {
        return Malformed();
      }
      if (!s.ok()) return s;
      if (!Take(',') && Peek() != '}') return Malformed();
    }
    SkipSpace();
    return seen == 7 && text_.empty() ? Status() : Malformed();
  }

 private:
  static Status Malformed() { return Status::Invalid("malformed .npy header"); }

  void SkipSpace() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n' || text_[0] == '\t'))
      text_.remove_prefix(1);
  }
  char Peek() {
    SkipSpace();
    return text_.empty() ? '\0' : text_[0];
  }
  bool Take(char c) {
    if (Peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (text_.substr(0, word.size()) != word) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  bool TakeString(std::string_view* string) {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') return false;
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    *string = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return true;
  }
  bool TakeNumber(int64_t* number) {
    SkipSpace();
    size_t used = 0;
    int64_t value = 0;
    for (; used < text_.size() && text_[used] >= '0' && text_[used] <= '9'; ++used) {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[used] - '0', &value))
        return false;
    }
    text_.remove_prefix(used);
    TakeWord("L");  // Python 2 wrote long integers so
    *number = value;
    return used > 0;
  }

  Status ReadDescr(NpyInfo* info) {
    std::string_view descr;
    if (Peek() == '[') return Status::Unsupported("records are not supported");
    if (!TakeString(&descr)) return Malformed();
    const auto* code = std::find(std::begin(kCodes), std::end(kCodes),
                                 descr.substr(std::min<size_t>(1, descr.size())));
    const char order = descr.empty() ? '\0' : descr[0];
    const bool known = order == '<' || order == '>' || order == '|' || order == '=';
    if (!known || code == std::end(kCodes)) {
      return Status::Unsupported("dtype '%.*s' is not supported",
                                 static_cast<int>(std::min<size_t>(descr.size(), 40)),
                                 descr.data());
    }
    info->dtype = static_cast<DType>(code - std::begin(kCodes));
    info->big_endian = order == '>';
    return {};
  }

  Status ReadOrder(NpyInfo* info) {
    info->fortran_order = TakeWord("True");
    return info->fortran_order || TakeWord("False") ? Status() : Malformed();
  }

  Status ReadShape(Shape* shape) {
    int64_t dims[kMaxRank];
    size_t rank = 0;
    if (!Take('(')) return Malformed();
    while (!Take(')')) {
      int64_t length;
      if (!TakeNumber(&length)) return Malformed();
      if (rank == kMaxRank) return Status::Unsupported("rank is above %d", kMaxRank);
      dims[rank++] = length;
      if (!Take(',') && Peek() != ')') return Malformed();
    }
    // The dtype may follow the shape; float64 is the widest.
    if (!ShapeFrom({dims, rank}, DType::kFloat64, shape))
      return Status::Invalid("shape has more elements than can be counted");
    return {};
  }

  std::string_view text_;
};

uint32_t ReadLittle(const uint8_t* bytes, int count) {
  uint32_t value = 0;
  for (int i = count - 1; i >= 0; --i) value = value << 8 | bytes[i];
  return value;
}

// Row-major text of the header, without magic and length.
struct HeaderText {
  char text[192];
  size_t length;
};
HeaderText HeaderOf(const Tensor& t) {
  HeaderText header;
  const std::string_view code = kCodes[static_cast<int>(t.dtype)];
  char* const text = header.text;
  constexpr size_t kRoom = sizeof(header.text);
  auto used = static_cast<size_t>(
      std::snprintf(text, kRoom, "{'descr': '%c%.*s', 'fortran_order': False, 'shape': (",
                    SizeOf(t.dtype) == 1 ? '|' : '<', static_cast<int>(code.size()), code.data()));
  for (int i = 0; i < t.rank(); ++i) {
    used += static_cast<size_t>(std::snprintf(text + used, kRoom - used, i == 0 ? "%lld" : ", %lld",
                                              static_cast<long long>(t.dim(i))));
  }
  used += static_cast<size_t>(
      std::snprintf(text + used, kRoom - used, "%s), }", t.rank() == 1 ? "," : ""));
  header.length = used;
  return header;
}

// Magic, version, length and header, padded so that the elements are aligned.
size_t HeadSize(const HeaderText& header) {
  return (10 + header.length + 1 + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Status ParseNpy(std::span<const uint8_t> file, NpyInfo* info) noexcept {
  if (file.size() < 10 || std::memcmp(file.data(), kMagic.data(), kMagic.size()) != 0)
    return Status::Invalid("not a .npy file");
  const int version = file[6];
  if (version < 1 || version > 3 || file[7] != 0)
    return Status::Unsupported("version %d.%d of .npy is not supported", version, int{file[7]});
  const size_t start = version == 1 ? 10 : 12;
  if (file.size() < start) return Status::Invalid("file ends in the header");
  const uint32_t length = ReadLittle(&file[8], version == 1 ? 2 : 4);
  if (length > file.size() - start) return Status::Invalid("file ends in the header");
  const auto* text = reinterpret_cast<const char*>(file.data() + start);
  *info = {};
  if (Status s = HeaderReader({text, length}).Read(info, &info->shape); !s.ok()) return s;
  info->offset = start + length;
  const size_t room = file.size() - info->offset;
  const auto size = static_cast<unsigned long long>(info->shape.size());
  if (size > room / SizeOf(info->dtype)) {
    return Status::Invalid("file ends early: %llu elements of %s expected, %llu bytes left", size,
                           NameOf(info->dtype), static_cast<unsigned long long>(room));
  }
  return {};
}

Status ReadNpy(std::span<const uint8_t> file, const NpyInfo& info, const Tensor& t,
               const StopToken& stop) noexcept {
  assert(t.dtype == info.dtype && t.shape == info.shape);
  // Elements are read in the file's order, through a view whose axes follow it.
  Tensor target = t;
  if (info.fortran_order) {
    std::reverse(target.shape.dims, target.shape.dims + t.rank());
    std::reverse(target.strides, target.strides + t.rank());
  }
  const uint8_t* elements = file.data() + info.offset;
  return WithWidth(t.dtype, [&](auto bits) {
    using T = decltype(bits);
    return ForEachRun({&target}, stop, [&](const StridedRun& run) {
      const uint8_t* from = elements + run.first * static_cast<Index>(sizeof(T));
      T* to = run.at<T>(0);
      for (Index i = 0; i < run.n; ++i, from += sizeof(T)) {
        uint8_t bytes[sizeof(T)];
        std::memcpy(bytes, from, sizeof(T));
        if (info.big_endian) std::reverse(bytes, bytes + sizeof(T));
        if (t.dtype == DType::kBool) bytes[0] = bytes[0] != 0;
        std::memcpy(to + i * run.step[0], bytes, sizeof(T));
      }
    });
  });
}

size_t NpySize(const Tensor& t) noexcept { return HeadSize(HeaderOf(t)) + t.bytes(); }

Status WriteNpy(const Tensor& t, std::span<uint8_t> out, const StopToken& stop) noexcept {
  const HeaderText header = HeaderOf(t);
  const size_t head = HeadSize(header);
  assert(out.size() == head + t.bytes());
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  out[6] = 1;
  out[7] = 0;
  out[8] = static_cast<uint8_t>((head - 10) & 0xff);
  out[9] = static_cast<uint8_t>((head - 10) >> 8);
  std::memcpy(&out[10], header.text, header.length);
  std::fill(out.begin() + static_cast<Index>(10 + header.length),
            out.begin() + static_cast<Index>(head - 1), uint8_t{' '});
  out[head - 1] = '\n';
  return CopyPortable(t, out.data() + head, stop);
}

}  // namespace moonlet
