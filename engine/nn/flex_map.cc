#include "engine/nn/flex_map.h"

#include <bit>
#include <string_view>

namespace moonlet {
namespace {

// A type's byte: its number, and in the low two bits a width.
enum Type : uint8_t { kInt = 1, kUint = 2, kFloat = 3, kMap = 9, kFlexBool = 26 };

bool IsWidth(uint64_t width) { return width == 1 || width == 2 || width == 4 || width == 8; }

Status Malformed() { return Status::Invalid("its options are malformed"); }

// A number of `width` bytes with its sign.
int64_t SignExtended(uint64_t value, size_t width) {
  const auto unused = static_cast<int>(64 - 8 * width);
  return static_cast<int64_t>(value << unused) >> unused;
}

}  // namespace

// Little-endian. Requires the bytes to be there.
uint64_t FlexMap::Read(size_t at, size_t width) const {
  uint64_t value = 0;
  for (size_t i = width; i > 0; --i) value = value << 8 | bytes_[at + i - 1];
  return value;
}

Status FlexMap::Open(std::span<const uint8_t> bytes, FlexMap* map) {
  FlexMap m;
  m.bytes_ = bytes;
  const size_t size = bytes.size();
  if (size < 3 || !IsWidth(bytes[size - 1])) return Malformed();
  const size_t root_width = bytes[size - 1];
  const uint8_t root_type = bytes[size - 2];
  if (size - 2 < root_width) return Malformed();
  if (root_type >> 2 != kMap) return Status::Invalid("its options are not a map");
  const size_t root = size - 2 - root_width;
  const uint64_t to_values = m.Read(root, root_width);

  // Before the values: the offset of the keys, their width, the count.
  m.value_width_ = size_t{1} << (root_type & 3);
  if (to_values > root || root - to_values < 3 * m.value_width_) return Malformed();
  m.values_ = root - static_cast<size_t>(to_values);
  const uint64_t count = m.Read(m.values_ - m.value_width_, m.value_width_);
  const uint64_t key_width = m.Read(m.values_ - 2 * m.value_width_, m.value_width_);
  const size_t keys_field = m.values_ - 3 * m.value_width_;
  const uint64_t to_keys = m.Read(keys_field, m.value_width_);
  if (count > (size - m.values_) / (m.value_width_ + 1)) return Malformed();
  m.count_ = static_cast<size_t>(count);

  // Before the keys: their count again.
  if (!IsWidth(key_width) || to_keys > keys_field || keys_field - to_keys < key_width)
    return Malformed();
  m.key_width_ = static_cast<size_t>(key_width);
  m.keys_ = keys_field - static_cast<size_t>(to_keys);
  if (m.Read(m.keys_ - m.key_width_, m.key_width_) != count) return Malformed();
  if (count > (size - m.keys_) / m.key_width_) return Malformed();
  *map = m;
  return Status();
}

bool FlexMap::Find(const char* key, size_t* index) const {
  const std::string_view wanted(key);
  const std::string_view all(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  for (size_t i = 0; i < count_; ++i) {
    const size_t field = keys_ + i * key_width_;
    const uint64_t back = Read(field, key_width_);
    if (back > field) continue;
    const std::string_view rest = all.substr(field - static_cast<size_t>(back));
    if (rest.size() <= wanted.size() || rest[wanted.size()] != '\0') continue;
    if (!rest.starts_with(wanted)) continue;
    *index = i;
    return true;
  }
  return false;
}

Status FlexMap::Get(const char* key, int32_t low, int32_t high, int32_t* value) const {
  size_t i;
  if (!Find(key, &i)) return Status::Invalid("option '%s' is missing", key);
  const uint64_t raw = Read(values_ + i * value_width_, value_width_);
  const int type = bytes_[values_ + count_ * value_width_ + i] >> 2;
  if (type != kInt && type != kUint && type != kFlexBool)
    return Status::Invalid("option '%s' is not an integer", key);
  if (type != kInt && raw > INT64_MAX) return Status::Invalid("option '%s' is too large", key);
  const int64_t found = type == kInt ? SignExtended(raw, value_width_) : static_cast<int64_t>(raw);
  if (found < low || found > high)
    return Status::Invalid("option '%s' is %lld, expected %d to %d", key,
                           static_cast<long long>(found), low, high);
  *value = static_cast<int32_t>(found);
  return Status();
}

// Floats are as wide as the map's other values, so some are doubles.
Status FlexMap::GetFloat(const char* key, float* value) const {
  size_t i;
  if (!Find(key, &i)) return Status::Invalid("option '%s' is missing", key);
  const uint64_t raw = Read(values_ + i * value_width_, value_width_);
  const int type = bytes_[values_ + count_ * value_width_ + i] >> 2;
  if (type == kFloat && value_width_ == 4) {
    *value = std::bit_cast<float>(static_cast<uint32_t>(raw));
  } else if (type == kFloat && value_width_ == 8) {
    *value = static_cast<float>(std::bit_cast<double>(raw));
  } else if (type == kInt) {
    *value = static_cast<float>(SignExtended(raw, value_width_));
  } else if (type == kUint) {
    *value = static_cast<float>(raw);
  } else {
    return Status::Invalid("option '%s' is not a number", key);
  }
  return Status();
}

bool FlexMap::Has(const char* key) const {
  size_t i;
  return Find(key, &i);
}

}  // namespace moonlet
