// bindings/dsp_ring.cc - dsp.ring: a queue between who records and who computes.
#include <cstring>

#include "bindings/dsp_block.h"
#include "bindings/dsp_parts.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "dsp/ring.h"
#include "engine/tensor/convert.h"

namespace moonlet {
namespace {

enum RingValue { kRingOutput = 1 };
constexpr int kRingValues = 1;

struct RingBox {
  dsp::Ring* ring;
  size_t room;  // items that the output has room for
};
constexpr size_t kRingHead = (sizeof(RingBox) + 7) & ~size_t{7};

RingBox& CheckRing(lua_State* L, int index) {
  auto* box = static_cast<RingBox*>(CheckObject(L, index, kRingClass));
  if (box->ring == nullptr) luaL_argerror(L, index, "the ring was never made");
  return *box;
}

int RingFunction(lua_State* L) {
  const lua_Integer capacity = luaL_checkinteger(L, 1);
  const lua_Integer width = luaL_optinteger(L, 2, 1);
  if (capacity < 1 || capacity > INT32_MAX) luaL_argerror(L, 1, "at least 1 item expected");
  if (width < 1 || width > 65536) luaL_argerror(L, 2, "a width of 1 to 65536 expected");
  const dsp::Block::Port port = {OptDType(L, 3, DType::kFloat32), static_cast<size_t>(width)};
  const auto items = static_cast<size_t>(capacity);
  dsp::Arena count;
  count.Take<dsp::Ring>(1);
  const dsp::Ring counted(count, port, items);
  auto* box =
      static_cast<RingBox*>(NewObject(L, kRingClass, kRingHead + count.used(), kRingValues));
  dsp::Arena arena(reinterpret_cast<unsigned char*>(box) + kRingHead);
  box->ring = new (arena.Take<dsp::Ring>(1)) dsp::Ring(arena, port, items);
  return 1;
}

int RingPush(lua_State* L) {
  dsp::Ring& ring = *CheckRing(L, 1).ring;
  Tensor x = *CheckTensor(L, 2);
  const size_t count = CheckItems(L, 2, ring.port());
  if (!x.contiguous()) {
    const Tensor& copy = *NewTensor(L, x.dtype, x.shape);
    RaiseIf(L, Convert(x, copy, StopOf(L)));
    x = copy;
  }
  lua_pushinteger(L, static_cast<lua_Integer>(ring.Push(x.data, count)));
  return 1;
}

// The oldest items in the ring's own tensor, or `out`; nil when there are fewer.
int PushOldest(lua_State* L, bool drop) {
  RingBox& box = CheckRing(L, 1);
  dsp::Ring& ring = *box.ring;
  const lua_Integer count = luaL_optinteger(L, 2, static_cast<lua_Integer>(ring.size()));
  if (count < 0) luaL_argerror(L, 2, "at least 0 expected");
  if (static_cast<lua_Unsigned>(count) > ring.size()) {
    lua_pushnil(L);
    return 1;
  }
  const auto items = static_cast<size_t>(count);
  const Shape shape = ItemsShape(ring.port(), items);
  lua_settop(L, 3);
  if (lua_isnil(L, 3)) {
    Tensor& own = PushReused(L, 1, kRingOutput, ring.port(), items, &box.room);
    own = RowMajor(own.data, ring.port().dtype, shape);
    ring.Peek(own.data, items);
  } else {
    const Tensor& out = *NewOrOut(L, 3, ring.port().dtype, shape);
    const Tensor& row = out.contiguous() ? out : *NewTensor(L, out.dtype, out.shape);
    ring.Peek(row.data, items);
    if (&row != &out) RaiseIf(L, Convert(row, out, StopOf(L)));
    lua_settop(L, 3);
  }
  if (drop) ring.Drop(items);
  return 1;
}

int RingPop(lua_State* L) { return PushOldest(L, true); }
int RingPeek(lua_State* L) { return PushOldest(L, false); }

int RingDrop(lua_State* L) {
  dsp::Ring& ring = *CheckRing(L, 1).ring;
  const lua_Integer count = luaL_checkinteger(L, 2);
  if (count < 0 || static_cast<lua_Unsigned>(count) > ring.size())
    luaL_argerror(L, 2, "no more items than there are expected");
  ring.Drop(static_cast<size_t>(count));
  lua_settop(L, 1);
  return 1;
}

int RingClear(lua_State* L) {
  CheckRing(L, 1).ring->Clear();
  lua_settop(L, 1);
  return 1;
}

int RingLength(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(CheckRing(L, 1).ring->size()));
  return 1;
}

// A field, else a method from upvalue 1.
int RingIndex(lua_State* L) {
  const dsp::Ring& ring = *CheckRing(L, 1).ring;
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::strcmp(name, "overruns") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(ring.overruns()));
  } else if (std::strcmp(name, "capacity") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(ring.capacity()));
  } else if (std::strcmp(name, "width") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(ring.port().width));
  } else if (std::strcmp(name, "dtype") == 0) {
    lua_pushstring(L, NameOf(ring.port().dtype));
  } else {
    lua_pushvalue(L, 2);
    lua_rawget(L, lua_upvalueindex(1));
  }
  return 1;
}

int RingNewIndex(lua_State* L) {
  return luaL_error(L, "a ring has no field '%s' to set", luaL_tolstring(L, 2, nullptr));
}

int RingToString(lua_State* L) {
  const dsp::Ring& ring = *CheckRing(L, 1).ring;
  lua_pushfstring(L, "ring of %s {%I}: %I of %I items", NameOf(ring.port().dtype),
                  static_cast<LUAI_UACINT>(ring.port().width),
                  static_cast<LUAI_UACINT>(ring.size()), static_cast<LUAI_UACINT>(ring.capacity()));
  return 1;
}

constexpr Entry kRingMethodTable[] = {
    {"capacity", nullptr, "ring.capacity -> integer", "items", Doc("How many it has room for."),
     ""},
    {"overruns", nullptr, "ring.overruns -> integer", "items",
     Doc("How many were lost since the ring was made or cleared."), ""},
    {"width", nullptr, "ring.width -> integer", "values", Doc("Values per item."), ""},
    {"dtype", nullptr, "ring.dtype -> string", "", Doc("What the values are."), ""},
    {"push", RingPush, "ring:push(x) -> lost", "x: the ring's dtype, {n} or {n, width}",
     Doc("Takes items. Where they do not fit the oldest go: it gives how many were lost, and "
         "counts them in `overruns`."),
     Doc("print(dsp.ring(4):push(tensor.ones {6})) --> 2")},
    {"pop", RingPop, "ring:pop([n [, out]]) -> tensor | nil",
     "n: items, all of them unless given; result: {n} or {n, width}",
     Doc("Takes the oldest items out; nil when there are fewer than n. The result is the same "
         "tensor object every time; its content lasts until the next `pop` or `peek`."),
     Doc("local ring = dsp.ring(4)\n"
         "ring:push(tensor.new {1, 2, 3})\n"
         "print(ring:pop(2)[2], #ring, ring:pop(2)) --> 2.0 1 nil")},
    {"peek", RingPeek, "ring:peek([n [, out]]) -> tensor | nil",
     "n: items, all of them unless given; result: {n} or {n, width}",
     Doc("The oldest items, which stay: with `drop`, for frames that overlap."),
     Doc("local ring = dsp.ring(4)\n"
         "ring:push(tensor.new {1, 2, 3})\n"
         "print(ring:peek(2)[2], #ring) --> 2.0 3")},
    {"drop", RingDrop, "ring:drop(n) -> ring", "n: items, at most as many as there are",
     Doc("Throws the oldest items away."),
     Doc("local ring = dsp.ring(4)\n"
         "ring:push(tensor.new {1, 2, 3})\n"
         "print(#ring:drop(2)) --> 1")},
    {"clear", RingClear, "ring:clear() -> ring", "",
     Doc("Throws all items away and counts overruns from 0."),
     Doc("local ring = dsp.ring(2)\n"
         "ring:push(tensor.ones {3})\n"
         "print(#ring:clear(), ring.overruns) --> 0 0")},
};

constexpr luaL_Reg kRingMetamethods[] = {{"__len", RingLength},
                                         {"__tostring", RingToString},
                                         {"__newindex", RingNewIndex},
                                         {nullptr, nullptr}};
const luaL_Reg* const kRingMetamethodLists[] = {kRingMetamethods};
const std::span<const Entry> kRingMethods[] = {kRingMethodTable};

constexpr Entry kRingTable[] = {
    {"ring", RingFunction, "dsp.ring(capacity [, width [, dtype]]) -> ring",
     "capacity: items, at least 1; width: values per item, 1 unless given; dtype: float32 unless "
     "given",
     Doc("A queue of items in a fixed place, between who records and who computes: pushing never "
         "waits and never fails, the oldest items go where there is no room, and are counted."),
     Doc("local ring = dsp.ring(3)\n"
         "ring:push(tensor.new {1, 2})\n"
         "ring:push(tensor.new {3, 4})\n"
         "print(ring:pop(3)[1], ring.overruns) --> 2.0 1")},
};

}  // namespace

const Class kRingClass = {
    "ring",       "moonlet.ring",       Doc("A queue of items with a fixed capacity."),
    kRingMethods, kRingMetamethodLists, RingIndex};

const std::span<const Entry> kDspRing = kRingTable;

}  // namespace moonlet
