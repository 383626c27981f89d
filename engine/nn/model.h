// engine/nn/model.h - a .tflite file, verified, used where it lies.
//
//   Model model;
//   Status s = Model::Open(std::move(bytes), allocator, &model);
//   Session session;
//   if (s.ok()) s = Session::Open(model, allocator, &session);  // session.h
//
// Open accepts every well-formed file, also one with operators that nothing here can
// run: analyze.h tells what is in it, Session::Open refuses it. A Model copies nothing:
// it holds the bytes and a pointer to the root table.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/base/allocator.h"
#include "engine/base/bytes.h"
#include "engine/base/status.h"

namespace moonlet {

namespace tflite {  // generated from engine/nn/tflite.fbs
struct Model;
}  // namespace tflite

class Model {
 public:
  Model() = default;
  Model(Model&& other) noexcept
      : bytes_(std::move(other.bytes_)), root_(std::exchange(other.root_, nullptr)) {}
  Model& operator=(Model&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    root_ = std::exchange(other.root_, nullptr);
    return *this;
  }

  // Verifies `bytes` and keeps them: first as a FlatBuffer, then every index, shape,
  // size and quantisation parameter, and that each operator comes after what it reads.
  // `allocator` lends a few bytes per tensor until Open returns.
  // The bytes must start at a multiple of 8. On failure (kInvalid, kNoMemory) `model`
  // stays as it was and `bytes` is released.
  static Status Open(Bytes bytes, Allocator& allocator, Model* model);

  // Keeps bytes that somebody else has verified, byte for byte: what a ROM image has prepared.
  static void OpenVerified(Bytes bytes, Model* model);

  bool open() const { return root_ != nullptr; }
  // False once a mapped file is not what it was when it was opened: nothing behind
  // root() may be read then.
  bool Unchanged() const { return bytes_.Unchanged(); }
  const Bytes& bytes() const { return bytes_; }
  const tflite::Model* root() const { return root_; }

 private:
  Bytes bytes_;
  const tflite::Model* root_ = nullptr;
};

}  // namespace moonlet
