#include "engine/ml/hashing.h"

#include <algorithm>
#include <bit>

namespace moonlet::ml {
namespace {

uint32_t Scramble(uint32_t block) { return std::rotl(block * 0xcc9e2d51u, 15) * 0x1b873593u; }

// Up to 4 bytes as a little-endian number.
uint32_t BlockAt(std::string_view bytes) {
  uint32_t block = 0;
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), 4); ++i)
    block |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return block;
}

}  // namespace

uint32_t MurmurHash3(std::string_view text, uint32_t seed) {
  constexpr size_t kBlock = 4;
  uint32_t hash = seed;
  std::string_view rest = text;
  for (; rest.size() >= kBlock; rest.remove_prefix(kBlock))
    hash = std::rotl(hash ^ Scramble(BlockAt(rest)), 13) * 5 + 0xe6546b64u;
  hash ^= Scramble(BlockAt(rest)) ^ static_cast<uint32_t>(text.size());
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

HashedFeature HashFeature(std::string_view name, double value, Index columns, bool is_signed) {
  const auto hash = static_cast<int64_t>(static_cast<int32_t>(MurmurHash3(name, 0)));
  const int64_t column = (hash < 0 ? -hash : hash) % columns;
  return {static_cast<int32_t>(column), is_signed && hash < 0 ? -value : value};
}

void SumFeatures(HashedFeature* features, Index count, Index columns, float* row) {
  std::sort(features, features + count, [](const HashedFeature& a, const HashedFeature& b) {
    return a.column != b.column ? a.column < b.column : a.value < b.value;
  });
  std::fill_n(row, columns, 0.0f);
  for (Index i = 0; i < count;) {
    const int32_t column = features[i].column;
    double sum = 0;
    for (; i < count && features[i].column == column; ++i) sum += features[i].value;
    row[column] = static_cast<float>(sum);
  }
}

}  // namespace moonlet::ml
