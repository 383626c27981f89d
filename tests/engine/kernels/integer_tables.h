// tests/engine/kernels/integer_tables.h - every table of integer loops this CPU has but the
// specification, and what a differential test of them needs.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "engine/kernels/integer_loops.h"
#include "engine/kernels/integer_loops_dsp.h"
#include "tests/engine/kernels/guarded_memory.h"
#include "tests/engine/kernels/reference.h"

namespace moonlet::integer_tables {

using reference::Random;

inline std::set<const IntegerLoops*> Tables() {
  std::set<const IntegerLoops*> tables;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512Vnni})
    if (isa <= HostIsa()) tables.insert(&ChooseIntegerLoops(isa));
  tables.insert(&armdsp::Loops());  // here its instructions are C++
  tables.erase(&scalar::kIntegerLoops);
  return tables;
}

// Calls round(random) with so many seeds, which a failure tells.
template <typename Round>
void ForEachSeed(uint32_t first, Round round) {
  const uint32_t rounds = reference::Rounds() == 200 ? 2000 : 100'000;
  for (uint32_t seed = first; seed < first + rounds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    round(random);
    if (testing::Test::HasFailure()) return;
  }
}

// Copies of operands where reading or writing past them is seen.
class Places {
 public:
  explicit Places(Random& random) : at_end_(random.Chance(50)) {}
  template <typename T>
  T* Copy(int i, const std::vector<T>& values) {
    const size_t bytes = values.size() * sizeof(T);
    T* place = reinterpret_cast<T*>(memory_[i].Place(bytes, at_end_, sizeof(T)));
    std::copy(values.begin(), values.end(), place);
    return place;
  }

 private:
  inline static GuardedMemory memory_[3] = {GuardedMemory(1 << 18), GuardedMemory(1 << 18),
                                            GuardedMemory(1 << 18)};
  bool at_end_;
};

template <typename T>
std::vector<T> RandomValues(Random& random, int64_t n) {
  if constexpr (sizeof(T) == 1) {
    return random.S8(n);
  } else {
    return random.S16(n);
  }
}

}  // namespace moonlet::integer_tables
