// engine/nn/flex_map.h - the options of a custom operator: a FlexBuffer whose root is a map
// from names to numbers.
//
//   FlexMap options;
//   int32_t shift;
//   Status s = FlexMap::Open(bytes, &options);
//   if (s.ok()) s = options.Get("shift", 0, 31, &shift);
//
// Written from the end: [keys][values, their types][root: offset, type, width]. Offsets
// point backwards. The bytes are untrusted, and every step is checked here, because the
// verifier that comes with FlatBuffers 2.0 lets keys without an end pass.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/base/status.h"

namespace moonlet {

class FlexMap {
 public:
  // `bytes` must stay where they are for as long as the map is read.
  static Status Open(std::span<const uint8_t> bytes, FlexMap* map);

  // An integer or boolean from `low` to `high`.
  Status Get(const char* key, int32_t low, int32_t high, int32_t* value) const;
  // A number of any kind.
  Status GetFloat(const char* key, float* value) const;
  bool Has(const char* key) const;

 private:
  uint64_t Read(size_t at, size_t width) const;
  bool Find(const char* key, size_t* index) const;

  std::span<const uint8_t> bytes_;
  size_t count_ = 0;
  size_t keys_ = 0;  // where the first key's offset stands
  size_t key_width_ = 1;
  size_t values_ = 0;  // where the first value stands; the types follow the last
  size_t value_width_ = 1;
};

}  // namespace moonlet
