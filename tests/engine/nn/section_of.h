// tests/engine/nn/section_of.h - the prepared section of a model, as an image has it.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "engine/base/allocator.h"
#include "engine/nn/plan.h"
#include "engine/nn/prepared.h"

namespace moonlet::testing {

inline constexpr PreparedTie kSomeTie = {0x12345678, 1000, "0.1.2"};

// Bytes where an image has sections: at a multiple of 64.
class SectionBytes {
 public:
  SectionBytes() = default;
  explicit SectionBytes(size_t size) : memory_(size + kArenaAlignment), size_(size) {}
  SectionBytes(const SectionBytes& other) : SectionBytes(other.size_) {
    std::memcpy(data(), other.data(), size_);
  }
  SectionBytes& operator=(const SectionBytes&) = delete;

  uint8_t* data() const {
    const auto at = reinterpret_cast<uintptr_t>(memory_.data());
    return reinterpret_cast<uint8_t*>((at + kArenaAlignment - 1) / kArenaAlignment *
                                      kArenaAlignment);
  }
  std::span<uint8_t> span() const { return {data(), size_}; }

 private:
  std::vector<uint8_t> memory_;
  size_t size_ = 0;
};

inline SectionBytes SectionOf(const Model& model, KernelsOf kernels = KernelsOf::kThisMachine) {
  PreparedWriter writer(model, MallocAllocator(), kernels);
  Status s = writer.Measure();
  EXPECT_TRUE(s.ok()) << s.what();
  if (!s.ok()) return SectionBytes();
  SectionBytes section(writer.bytes());
  s = writer.Write(kSomeTie, section.span());
  EXPECT_TRUE(s.ok()) << s.what();
  return section;
}

}  // namespace moonlet::testing
