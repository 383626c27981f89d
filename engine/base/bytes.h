// engine/base/bytes.h - read-only bytes together with what keeps them alive.
//
// A model's file is used where it lies: in memory, mapped, in ROM. Whoever needs the
// bytes holds a Bytes; the last owner's end releases the memory or the mapping.
#pragma once
#include <cstdint>
#include <span>
#include <utility>

namespace moonlet {

// What stands behind a Bytes. vm/files makes them.
class BytesOwner {
 public:
  virtual void Release() = 0;
  // False once the bytes may no longer be touched: a mapped file that was
  // overwritten, truncated or replaced since it was opened.
  virtual bool Unchanged() const { return true; }

 protected:
  ~BytesOwner() = default;
};

class Bytes {
 public:
  Bytes() = default;
  Bytes(std::span<const uint8_t> data, BytesOwner* owner) : data_(data), owner_(owner) {}
  // Bytes that outlive every user: ROM, or a test's array.
  static Bytes Borrow(std::span<const uint8_t> data) { return Bytes(data, nullptr); }

  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, {})), owner_(std::exchange(other.owner_, nullptr)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    if (this != &other) {
      Reset();
      data_ = std::exchange(other.data_, {});
      owner_ = std::exchange(other.owner_, nullptr);
    }
    return *this;
  }
  ~Bytes() { Reset(); }

  std::span<const uint8_t> span() const { return data_; }
  const uint8_t* data() const { return data_.data(); }
  size_t size() const { return data_.size(); }
  bool Unchanged() const { return owner_ == nullptr || owner_->Unchanged(); }
  void Reset() {
    if (owner_ != nullptr) owner_->Release();
    data_ = {};
    owner_ = nullptr;
  }

 private:
  std::span<const uint8_t> data_;
  BytesOwner* owner_ = nullptr;
};

}  // namespace moonlet
