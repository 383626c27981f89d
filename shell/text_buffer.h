// shell/text_buffer.h - text that grows in a script's own memory, so that its cap holds
// for what is typed too.
#pragma once
#include <cstddef>
#include <string_view>

#include "vm/lua.h"

namespace moonlet {

// Must not outlive the state. Nothing raises; text that does not fit changes nothing.
class TextBuffer {
 public:
  explicit TextBuffer(lua_State* L) : allocate_(lua_getallocf(L, &context_)) {}
  ~TextBuffer() { allocate_(context_, bytes_, capacity_, 0); }
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

  std::string_view text() const { return {bytes_, size_}; }
  char* data() { return bytes_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // False when memory is short. `text` is none of this buffer's own.
  // Requires position <= size().
  bool Insert(size_t position, std::string_view text);
  bool Append(std::string_view text) { return Insert(size_, text); }
  bool Assign(std::string_view text);
  // Requires position + count <= size().
  void Erase(size_t position, size_t count);
  void Clear() { size_ = 0; }
  // Gives the memory back, too.
  void Release();

 private:
  bool Reserve(size_t size);

  void* context_ = nullptr;
  lua_Alloc allocate_;
  char* bytes_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace moonlet
