// bindings/nn_ports.cc - model.inputs and model.outputs: small objects that look things
// up when they are asked, so that a model costs no table per tensor.
#include <cstring>

#include "bindings/nn_parts.h"
#include "bindings/tensor.h"
#include "engine/nn/analyze.h"
#include "engine/tensor/broadcast.h"

namespace moonlet {
namespace {

// Both keep their model in user value 1.
struct PortList {
  bool outputs;
};
struct Port {
  int number;  // inputs and outputs together
};

// Pushes the model of the list or port at 1 and returns it; raises when it is closed.
ModelBox& PushModelOf(lua_State* L) {
  lua_getiuservalue(L, 1, 1);
  auto* box = static_cast<ModelBox*>(lua_touserdata(L, -1));
  if (box->core == nullptr) luaL_error(L, "the model is closed");
  return *box;
}

int Count(const ModelBox& box, const PortList& list) {
  return list.outputs ? box.outputs() : box.inputs();
}

// Pushes the port with this number of the model at `model`.
void PushPort(lua_State* L, int model, int number) {
  model = lua_absindex(L, model);
  const int value = ValueOf(number, kPort);
  if (lua_getiuservalue(L, model, value) == LUA_TUSERDATA) return;
  lua_pop(L, 1);
  static_cast<Port*>(NewObject(L, kPortClass, sizeof(Port), 1))->number = number;
  lua_pushvalue(L, model);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, model, value);
}

// list[i]; nil outside, so that ipairs ends.
int ListIndex(lua_State* L) {
  const auto& list = *static_cast<PortList*>(CheckObject(L, 1, kPortListClass));
  int integral;
  lua_Integer position = lua_tointegerx(L, 2, &integral);
  if (!integral || lua_type(L, 2) != LUA_TNUMBER) {
    lua_pushnil(L);
    return 1;
  }
  const ModelBox& box = PushModelOf(L);
  const int count = Count(box, list);
  if (position < 0) position += count + 1;
  if (position < 1 || position > count) {
    lua_pushnil(L);
  } else {
    PushPort(L, -1, static_cast<int>(position) - 1 + (list.outputs ? box.inputs() : 0));
  }
  return 1;
}

int ListLength(lua_State* L) {
  const auto& list = *static_cast<PortList*>(CheckObject(L, 1, kPortListClass));
  lua_pushinteger(L, Count(PushModelOf(L), list));
  return 1;
}

int ListNext(lua_State* L) {
  CheckObject(L, 1, kPortListClass);
  const lua_Integer next = luaL_optinteger(L, 2, 0) + 1;
  lua_pushinteger(L, next);
  if (lua_geti(L, 1, next) != LUA_TNIL) return 2;
  return 1;
}

int ListPairs(lua_State* L) {
  CheckObject(L, 1, kPortListClass);
  lua_pushcfunction(L, ListNext);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

int ListToString(lua_State* L) {
  const auto& list = *static_cast<PortList*>(CheckObject(L, 1, kPortListClass));
  const int count = Count(PushModelOf(L), list);
  lua_pushfstring(L, "%d %s%s", count, list.outputs ? "output" : "input", count == 1 ? "" : "s");
  return 1;
}

int ListNewIndex(lua_State* L) {
  return luaL_error(L,
                    "the list of a model's inputs or outputs cannot be set; write into the "
                    "tensor of one instead");
}

// Pushes the name as it stands in the file, nil when the file is no longer what it was.
void PushName(lua_State* L, const ModelBox& box, int number) {
  if (!box.core->model.Unchanged()) return lua_pushnil(L);
  const TensorReport report = DescribeTensor(box.core->model, PortTensorIndex(box, number));
  lua_pushlstring(L, report.name.data(), report.name.size());
}

int PortIndex(lua_State* L) {
  const int number = static_cast<Port*>(CheckObject(L, 1, kPortClass))->number;
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  const ModelBox& box = PushModelOf(L);
  const Quantization q = PortQuantization(box, number);
  if (std::strcmp(name, "tensor") == 0) {
    PushLiveTensor(L, -1, number);
  } else if (std::strcmp(name, "name") == 0) {
    PushName(L, box, number);
  } else if (std::strcmp(name, "shape") == 0) {
    PushShape(L, PortTensor(box, number).shape);
  } else if (std::strcmp(name, "dtype") == 0) {
    lua_pushstring(L, NameOf(PortTensor(box, number).dtype));
  } else if (q.scale != 0 && std::strcmp(name, "scale") == 0) {
    lua_pushnumber(L, static_cast<lua_Number>(q.scale));
  } else if (q.scale != 0 && std::strcmp(name, "zero_point") == 0) {
    lua_pushinteger(L, q.zero_point);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int PortNewIndex(lua_State* L) {
  const char* name = luaL_tolstring(L, 2, nullptr);
  return luaL_error(L, "field '%s' of an input or output cannot be set", name);
}

int PortToString(lua_State* L) {
  const int number = static_cast<Port*>(CheckObject(L, 1, kPortClass))->number;
  const ModelBox& box = PushModelOf(L);
  PushName(L, box, number);
  const char* name = lua_isnil(L, -1) ? "?" : lua_tostring(L, -1);
  const Tensor t = PortTensor(box, number);
  const Quantization q = PortQuantization(box, number);
  lua_pushfstring(L, "%s \"%s\": %s %s", number < box.inputs() ? "input" : "output", name,
                  NameOf(t.dtype), TextOf(t.shape).text);
  if (q.scale != 0) {
    lua_pushfstring(L, ", scale %f, zero point %d", static_cast<LUAI_UACNUMBER>(q.scale),
                    static_cast<int>(q.zero_point));
    lua_concat(L, 2);
  }
  return 1;
}

constexpr Entry kPortFields[] = {
    {"name", nullptr, "port.name -> string", "", Doc("The tensor's name in the file."), ""},
    {"shape", nullptr, "port.shape -> table", "", Doc("Its shape, a fresh table."), ""},
    {"dtype", nullptr, "port.dtype -> string", "", Doc("Its dtype."), ""},
    {"scale", nullptr, "port.scale -> number | nil", "",
     Doc("What one step of the integers is worth: a value q stands for scale * (q - zero_point). "
         "nil when the tensor is not quantised."),
     ""},
    {"zero_point", nullptr, "port.zero_point -> integer | nil", "",
     Doc("The integer that stands for 0; nil when the tensor is not quantised."), ""},
    {"tensor", nullptr, "port.tensor -> tensor", "",
     Doc("The live tensor: write an input before `model:run()`, read an output after it. The "
         "content of an input does not outlive the run, that of an output lasts until the next."),
     ""},
};

constexpr luaL_Reg kListMetamethods[] = {
    {"__len", ListLength},        {"__pairs", ListPairs}, {"__tostring", ListToString},
    {"__newindex", ListNewIndex}, {nullptr, nullptr},
};
constexpr luaL_Reg kPortMetamethods[] = {
    {"__tostring", PortToString}, {"__newindex", PortNewIndex}, {nullptr, nullptr}};

const luaL_Reg* const kListMetamethodLists[] = {kListMetamethods};
const luaL_Reg* const kPortMetamethodLists[] = {kPortMetamethods};
const std::span<const Entry> kPortMethods[] = {kPortFields};

}  // namespace

const Class kPortListClass = {
    "ports", "moonlet.ports",      Doc("The inputs or the outputs of a model, by position."),
    {},      kListMetamethodLists, ListIndex};
const Class kPortClass = {
    "port",       "moonlet.port",       Doc("One input or output of a model."),
    kPortMethods, kPortMetamethodLists, PortIndex};

void PushPortList(lua_State* L, int model, bool outputs) {
  model = lua_absindex(L, model);
  const int value = outputs ? kOutputs : kInputs;
  if (lua_getiuservalue(L, model, value) == LUA_TUSERDATA) return;
  lua_pop(L, 1);
  static_cast<PortList*>(NewObject(L, kPortListClass, sizeof(PortList), 1))->outputs = outputs;
  lua_pushvalue(L, model);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, model, value);
}

void PushLiveTensor(lua_State* L, int model, int port) {
  model = lua_absindex(L, model);
  const int value = ValueOf(port, kLiveTensor);
  if (lua_getiuservalue(L, model, value) == LUA_TUSERDATA) return;
  lua_pop(L, 1);
  auto& box = *static_cast<ModelBox*>(lua_touserdata(L, model));
  lua_getiuservalue(L, model, kCore);
  NewView(L, PortTensor(box, port), -1);
  box.shown = true;
  lua_remove(L, -2);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, model, value);
}

}  // namespace moonlet
