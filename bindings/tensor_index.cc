// bindings/tensor_index.cc - reading and writing elements, rows, slices and masks.
#include <cstring>

#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/tensor/view.h"

namespace moonlet {
namespace {

// t[i]
int SelectFirst(lua_State* L, const Tensor& t) {
  if (t.rank() == 0) return luaL_error(L, "a scalar has no axis to index; use t:at()");
  const Index i = CheckPosition(L, 2, t.dim(0), "position");
  if (t.rank() == 1) {
    PushElement(L, t, i * t.strides[0]);
  } else {
    NewView(L, Select(t, 0, i), 1);
  }
  return 1;
}

int Field(lua_State* L, const Tensor& t, const char* name) {
  if (std::strcmp(name, "shape") == 0) {
    PushShape(L, t.shape);
  } else if (std::strcmp(name, "rank") == 0) {
    lua_pushinteger(L, t.rank());
  } else if (std::strcmp(name, "size") == 0) {
    lua_pushinteger(L, t.size());
  } else if (std::strcmp(name, "dtype") == 0) {
    lua_pushstring(L, NameOf(t.dtype));
  } else {
    lua_pushnil(L);
  }
  return 1;
}

}  // namespace

int TensorIndex(lua_State* L) {
  const Tensor& t = *CheckTensor(L, 1);
  if (lua_type(L, 2) == LUA_TNUMBER) return SelectFirst(L, t);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  return lua_type(L, 2) == LUA_TSTRING ? Field(L, t, lua_tostring(L, 2)) : 1;
}

const luaL_Reg kTensorIndexMetamethods[] = {{nullptr, nullptr}};

}  // namespace moonlet
