#include "vm/load_file.h"

#include <cstring>
#include <span>
#include <string_view>

#include "boards/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// Gives a file in pieces. Trivially destructible: Lua may raise once it is closed.
class Source {
 public:
  // A null path is standard input.
  Status Open(lua_State* L, const char* path) noexcept {
    stop_ = &Runtime::Of(L).stop();
    if (path == nullptr) return {};
    return Runtime::Of(L).files().Open(path, board::kRead | board::kAnyKind, &file_);
  }
  void Close() { (void)file_.Close(); }
  const Status& status() const { return status_; }

  // A lua_Reader.
  static const char* Next(lua_State*, void* source, size_t* size) {
    const std::string_view piece = static_cast<Source*>(source)->NextPiece();
    *size = piece.size();
    return piece.data();
  }

 private:
  std::string_view NextPiece() {
    std::string_view piece = Read();
    if (first_) {
      constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
      if (piece.starts_with(kByteOrderMark)) piece.remove_prefix(kByteOrderMark.size());
      in_comment_ = piece.starts_with('#');
      first_ = false;
    }
    // The line's end stays, so that lines are counted right.
    while (in_comment_ && !piece.empty()) {
      const size_t end = piece.find('\n');
      in_comment_ = end == piece.npos;
      piece = in_comment_ ? Read() : piece.substr(end);
    }
    return piece;
  }

  std::string_view Read() {
    size_t size = 0;
    if (file_.in_place()) {
      const std::span<const uint8_t> all = file_.content();
      if (!first_) return {};
      return {reinterpret_cast<const char*>(all.data()), all.size()};
    }
    status_ = file_.is_open()
                  ? file_.Read({reinterpret_cast<uint8_t*>(buffer_), sizeof(buffer_)}, &size)
                  : board::ReadConsole(buffer_, *stop_, &size);
    return {buffer_, status_.ok() ? size : 0};
  }

  File file_;  // closed: the console
  const StopToken* stop_ = nullptr;
  Status status_;
  bool first_ = true;
  bool in_comment_ = false;
  char buffer_[1024];
};

// Replaces the value at `name`, the chunk's name, by what went wrong.
int Unreadable(lua_State* L, int name, const char* what, const Status& status) {
  lua_settop(L, name);
  lua_pushfstring(L, "cannot %s %s: %s", what, lua_tostring(L, name) + 1, status.what());
  lua_replace(L, name);
  return LUA_ERRFILE;
}

}  // namespace

int LoadScript(lua_State* L, const char* path, const char* mode) {
  const bool console = std::strcmp(path, "-") == 0;
  const char* name = console ? lua_pushliteral(L, "=stdin") : lua_pushfstring(L, "@%s", path);
  const int at = lua_gettop(L);
  Source source;
  if (const Status s = source.Open(L, console ? nullptr : path); !s.ok())
    return Unreadable(L, at, "open", s);
  const int result = lua_load(L, Source::Next, &source, name, mode);
  source.Close();
  if (source.status().code() == Code::kStopped) Runtime::RaiseStop(L);
  if (!source.status().ok()) return Unreadable(L, at, "read", source.status());
  lua_replace(L, at);
  return result;
}

}  // namespace moonlet
