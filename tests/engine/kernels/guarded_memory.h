// tests/engine/kernels/guarded_memory.h - memory beside pages that nothing may touch.
#pragma once
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace moonlet {

// A place for one tensor at a time, between two pages without access.
class GuardedMemory {
 public:
  explicit GuardedMemory(size_t capacity) : size_((capacity + kPage - 1) / kPage * kPage) {
    base_ = static_cast<uint8_t*>(
        mmap(nullptr, size_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_NE(static_cast<void*>(base_), MAP_FAILED);
    EXPECT_EQ(mprotect(base_ + kPage, size_, PROT_READ | PROT_WRITE), 0);
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() { munmap(base_, size_ + 2 * kPage); }

  size_t size() const { return size_; }
  // `bytes` of it which end where the second page begins, or begin where the first ends.
  // Aligned memory may end a little before; CheckMargin tells whether that was written to.
  uint8_t* Place(size_t bytes, bool at_end, size_t alignment) {
    EXPECT_LE(bytes, size_);
    uint8_t* first = base_ + kPage;
    if (at_end) first += (size_ - bytes) / alignment * alignment;
    margin_ = first + bytes;
    margin_bytes_ = at_end ? static_cast<size_t>(base_ + kPage + size_ - margin_) : 0;
    std::memset(margin_, kMargin, margin_bytes_);
    return first;
  }
  bool MarginIsIntact() const {
    for (size_t i = 0; i < margin_bytes_; ++i)
      if (margin_[i] != kMargin) return false;
    return true;
  }

 private:
  static constexpr size_t kPage = 4096;
  static constexpr uint8_t kMargin = 0xA5;
  size_t size_;
  uint8_t* base_;
  uint8_t* margin_ = nullptr;
  size_t margin_bytes_ = 0;
};

// What a test does, written out if it touches a page it may not.
class CrashNote {
 public:
  CrashNote() {
    current = this;
    struct sigaction action = {};
    action.sa_handler = Report;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGSEGV, &action, &before_);
  }
  CrashNote(const CrashNote&) = delete;
  CrashNote& operator=(const CrashNote&) = delete;
  ~CrashNote() {
    current = nullptr;
    sigaction(SIGSEGV, &before_, nullptr);
  }
  void Set(const std::string& text) { text_ = text; }

 private:
  // The access is tried again after this, in vain.
  static void Report(int) {
    if (current == nullptr) return;
    if (write(STDERR_FILENO, current->text_.data(), current->text_.size()) < 0) return;
  }
  static inline CrashNote* current = nullptr;
  struct sigaction before_ = {};
  std::string text_;
};

}  // namespace moonlet
