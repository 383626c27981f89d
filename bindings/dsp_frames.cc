// bindings/dsp_frames.cc - dsp.frames: overlapping pieces of a signal, one after the other.
#include <algorithm>
#include <cstring>

#include "bindings/dsp_parts.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

enum FramesValue { kFramesSource = 1, kFramesFrame, kFramesPiece };
constexpr int kFramesValues = 3;

struct FramesBox {
  Index size, hop;
  bool whole;  // the source is a tensor, of which frames are views
  bool given;  // the frame was handed out: the next moves on
  bool ended;
  Index next;    // whole: where the next frame begins; else how much of the piece is used
  Index filled;  // of the frame
  Index skip;    // items to pass by before the next frame, where hop is above size
};

// A tensor's frames ---------------------------------------------------------------------

// Pushes the frame, moved on, or nil at the end.
int PushView(lua_State* L, FramesBox& box) {
  lua_getiuservalue(L, 1, kFramesSource);
  const Tensor& source = *TestTensor(L, -1);
  if (box.size > source.dim(0) || box.next > source.dim(0) - box.size) {
    lua_pushnil(L);
    return 1;
  }
  const Tensor view = Slice(source, 0, box.next, box.size, 1);
  box.next += std::min(box.hop, source.dim(0));  // which is beyond the last frame
  if (lua_getiuservalue(L, 1, kFramesFrame) == LUA_TUSERDATA) {
    *TestTensor(L, -1) = view;
    return 1;
  }
  NewView(L, view, -2);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, kFramesFrame);
  return 1;
}

// Frames of pieces ----------------------------------------------------------------------

// Calls the source: a function, or an object whose method `read` takes how many items.
void CallSource(lua_State* L, const FramesBox& box) {
  if (lua_getiuservalue(L, 1, kFramesSource) == LUA_TFUNCTION) return lua_call(L, 0, 1);
  lua_getfield(L, -1, "read");
  lua_insert(L, -2);
  lua_pushinteger(L, box.hop);
  lua_call(L, 2, 1);
}

// The shape of a frame of items as they lie in the piece.
Shape FrameShape(const Tensor& piece, Index size) {
  Shape shape = piece.shape;
  shape.dims[0] = size;
  return shape;
}

// Whether there is a next piece; it is in kFramesPiece then. Raises for what is none.
bool NextPiece(lua_State* L, FramesBox& box) {
  PollStop(L);
  CallSource(L, box);
  if (lua_isnil(L, -1)) {
    box.ended = true;
    return false;
  }
  const Tensor* piece = TestTensor(L, -1);
  if (piece == nullptr || piece->rank() == 0)
    luaL_error(L, "frames: the source gave %s, expected a tensor of items", Given(L, -1));
  if (lua_getiuservalue(L, 1, kFramesFrame) != LUA_TUSERDATA) {
    NewTensor(L, piece->dtype, FrameShape(*piece, box.size));
    lua_setiuservalue(L, 1, kFramesFrame);
    lua_pop(L, 1);
  } else {
    const Tensor& frame = *TestTensor(L, -1);
    if (frame.dtype != piece->dtype || !(frame.shape == FrameShape(*piece, box.size))) {
      luaL_error(L, "frames: the source gave %s %s after other items", NameOf(piece->dtype),
                 TextOf(piece->shape).text);
    }
    lua_pop(L, 1);
  }
  lua_setiuservalue(L, 1, kFramesPiece);
  box.next = 0;
  return true;
}

// Drops the first `hop` items of a frame that was handed out.
void MoveOn(FramesBox& box, const Tensor& frame) {
  const Index kept = std::max<Index>(0, box.size - box.hop);
  const size_t bytes = frame.bytes() / static_cast<size_t>(box.size);
  auto* items = static_cast<unsigned char*>(frame.data);
  std::memmove(items, items + static_cast<size_t>(box.size - kept) * bytes,
               static_cast<size_t>(kept) * bytes);
  box.filled = kept;
  box.skip = std::max<Index>(0, box.hop - box.size);
  box.given = false;
}

// Takes what the piece has for the frame.
void TakeItems(lua_State* L, FramesBox& box, const Tensor& piece, const Tensor& frame) {
  const Index skipped = std::min(box.skip, piece.dim(0) - box.next);
  box.skip -= skipped;
  box.next += skipped;
  const Index n = std::min(piece.dim(0) - box.next, box.size - box.filled);
  RaiseIf(L,
          Convert(Slice(piece, 0, box.next, n, 1), Slice(frame, 0, box.filled, n, 1), StopOf(L)));
  box.next += n;
  box.filled += n;
}

int PushCollected(lua_State* L, FramesBox& box) {
  if (box.given) {
    lua_getiuservalue(L, 1, kFramesFrame);
    MoveOn(box, *TestTensor(L, -1));
  }
  while (box.filled < box.size) {
    lua_settop(L, 1);
    lua_getiuservalue(L, 1, kFramesPiece);
    const Tensor* piece = TestTensor(L, -1);
    if (piece == nullptr || box.next >= piece->dim(0)) {
      if (box.ended || !NextPiece(L, box)) {
        lua_pushnil(L);
        return 1;
      }
      continue;
    }
    lua_getiuservalue(L, 1, kFramesFrame);
    TakeItems(L, box, *piece, *TestTensor(L, -1));
  }
  box.given = true;
  lua_getiuservalue(L, 1, kFramesFrame);
  return 1;
}

int NextFrame(lua_State* L) {
  auto& box = *static_cast<FramesBox*>(CheckObject(L, 1, kFramesClass));
  lua_settop(L, 1);
  return box.whole ? PushView(L, box) : PushCollected(L, box);
}

// Making --------------------------------------------------------------------------------

bool HasRead(lua_State* L, int index) {
  const int type = lua_type(L, index);
  if (type != LUA_TTABLE && type != LUA_TUSERDATA) return false;
  const bool found = lua_getfield(L, index, "read") == LUA_TFUNCTION;
  lua_pop(L, 1);
  return found;
}

Index CheckCount(lua_State* L, int index) {
  const lua_Integer count = luaL_checkinteger(L, index);
  if (count < 1 || count > INT32_MAX) luaL_argerror(L, index, "at least 1 expected");
  return static_cast<Index>(count);
}

int FramesFunction(lua_State* L) {
  lua_settop(L, 3);
  const Tensor* x = TestTensor(L, 1);
  if (x != nullptr && x->rank() == 0) luaL_argerror(L, 1, "a tensor of items expected");
  if (x == nullptr && !lua_isfunction(L, 1) && !HasRead(L, 1))
    luaL_typeerror(L, 1, "tensor, function or source");
  const Index size = CheckCount(L, 2);
  const Index hop = lua_isnil(L, 3) ? size : CheckCount(L, 3);
  auto& box =
      *static_cast<FramesBox*>(NewObject(L, kFramesClass, sizeof(FramesBox), kFramesValues));
  box.size = size;
  box.hop = hop;
  box.whole = x != nullptr;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, kFramesSource);
  return 1;
}

int FramesToString(lua_State* L) {
  const auto& box = *static_cast<FramesBox*>(CheckObject(L, 1, kFramesClass));
  lua_pushfstring(L, "frames of %I every %I", static_cast<LUAI_UACINT>(box.size),
                  static_cast<LUAI_UACINT>(box.hop));
  return 1;
}

constexpr luaL_Reg kFramesMetamethods[] = {
    {"__call", NextFrame}, {"__tostring", FramesToString}, {nullptr, nullptr}};
const luaL_Reg* const kFramesMetamethodLists[] = {kFramesMetamethods};

constexpr Entry kFramesTable[] = {
    {"frames", FramesFunction, "dsp.frames(source, size [, hop]) -> frames",
     "source: tensor {n, ...}, function() -> tensor | nil, or object with a method read(n) -> "
     "tensor | nil; size, hop: items, at least 1; hop is size unless given",
     Doc("An iterator over pieces of `size` items that begin every `hop` items. The pieces that a "
         "function or a source such as `audio.open` gives may have any length and lie one after "
         "the other; nil ends them. Each frame is the same tensor object, of a tensor a view that "
         "moves; its content lasts until the next. What does not fill a frame at the end is left "
         "out."),
     Doc("local sums = {}\n"
         "for frame in dsp.frames(tensor.new {1, 2, 3, 4, 5}, 3, 2) do sums[#sums + 1] = "
         "frame:sum() end\n"
         "print(table.concat(sums, \" \")) --> 6.0 12.0")},
};

}  // namespace

const Class kFramesClass = {"frames",
                            "moonlet.frames",
                            Doc("What `dsp.frames` gives: each call gives the next frame, nil at "
                                "the end."),
                            {},
                            kFramesMetamethodLists};

const std::span<const Entry> kDspFrames = kFramesTable;

}  // namespace moonlet
