// bindings/nn.cc - module `nn`: the model as a value of Lua, and its run.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "bindings/nn_parts.h"
#include "bindings/report.h"
#include "bindings/tensor.h"
#include "engine/nn/analyze.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/overlap.h"
#include "engine/tensor/quantize.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// Running ----------------------------------------------------------------------------

// Whether an input or output is a quantised integer that stands for real numbers.
bool IsQuantized(const Tensor& t, Quantization q) {
  return q.scale != 0 && IsQuantizedDType(t.dtype);
}

[[noreturn]] void RaiseMismatch(lua_State* L, int argument, const ModelBox& box, int input,
                                const Tensor& given) {
  const Tensor expected = PortTensor(box, input);
  const TensorReport report = DescribeTensor(box.core->model, PortTensorIndex(box, input));
  lua_pushlstring(L, report.name.data(), report.name.size());
  const char* or_float = IsQuantized(expected, PortQuantization(box, input)) ? " or float32" : "";
  ArgumentError(L, argument, "input %d '%s': %s%s %s expected, got %s %s", input + 1,
                lua_tostring(L, -1), NameOf(expected.dtype), or_float, TextOf(expected.shape).text,
                NameOf(given.dtype), TextOf(given.shape).text);
}

// Whether writing the inputs one after the other may overwrite `given` before it is read:
// it lies in the memory of an input and is not simply that input.
bool NeedsCopy(const ModelBox& box, const Tensor& given, int input) {
  for (int i = 0; i < box.inputs(); ++i) {
    const Tensor other = PortTensor(box, i);
    if (i == input && Identical(given, other)) continue;
    if (MayOverlap(given, other)) return true;
  }
  return false;
}

// The output as float32 of its own, when there is something to convert.
void PushFloatTensor(lua_State* L, const ModelBox& box, int port) {
  const Tensor output = PortTensor(box, port);
  const Quantization q = PortQuantization(box, port);
  if (!IsQuantized(output, q)) return PushLiveTensor(L, 1, port);
  if (lua_getiuservalue(L, 1, ValueOf(port, kFloatTensor)) != LUA_TUSERDATA) {
    lua_pop(L, 1);
    NewTensor(L, DType::kFloat32, output.shape);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, ValueOf(port, kFloatTensor));
  }
  const Tensor& floats = *TestTensor(L, -1);
  const Status s = DequantizeTensor(output, q.scale, q.zero_point, floats, StopOf(L));
  if (!s.ok()) RaiseStatus(L, s);
}

int RunMethod(lua_State* L) {
  ModelBox& box = *CheckModel(L, 1);
  const int given = lua_gettop(L) - 1;
  if (given > 0) TakeInputs(L, box, given);
  lua_settop(L, 1);
  if (Status s = box.core->session.Run(StopOf(L)); !s.ok()) {
    if (s.code() != Code::kChanged) RaiseStatus(L, s);
    return PushChanged(L);
  }
  const int outputs = box.outputs();
  luaL_checkstack(L, outputs + LUA_MINSTACK, "too many outputs");
  for (int i = 0; i < outputs; ++i) {
    if (box.float_io) {
      PushFloatTensor(L, box, box.inputs() + i);
    } else {
      PushLiveTensor(L, 1, box.inputs() + i);
    }
  }
  return outputs;
}

int Reset(lua_State* L) {
  CheckModel(L, 1)->core->session.Reset();
  lua_settop(L, 1);
  return 1;
}

// Ending -----------------------------------------------------------------------------

int Close(lua_State* L) {
  auto* box = static_cast<ModelBox*>(CheckObject(L, 1, kModelClass));
  if (box->core == nullptr) return 0;
  if (box->running) luaL_argerror(L, 1, "the model is running");
  const int values = ValueOf(box->inputs() + box->outputs(), kPort);
  // Tensors that a script may still hold keep the core; the collector ends it after them.
  if (!box->shown) box->core->Close();
  box->core = nullptr;
  for (int i = 1; i < values; ++i) {
    if (i == kName) continue;
    lua_pushnil(L);
    lua_setiuservalue(L, 1, i);
  }
  return 0;
}

// The model as a value ---------------------------------------------------------------

// Adds "int8 {1, 12}, float32 {3}" for some ports.
void AddPorts(luaL_Buffer* text, const ModelBox& box, int first, int count) {
  constexpr int kMost = 4;
  for (int i = 0; i < count; ++i) {
    if (i > 0) luaL_addstring(text, ", ");
    if (i == kMost) {
      luaL_addstring(text, "...");
      break;
    }
    const Tensor t = PortTensor(box, first + i);
    luaL_addstring(text, NameOf(t.dtype));
    luaL_addchar(text, ' ');
    luaL_addstring(text, TextOf(t.shape).text);
  }
}

int ModelToString(lua_State* L) {
  auto* box = static_cast<ModelBox*>(CheckObject(L, 1, kModelClass));
  lua_getiuservalue(L, 1, kName);
  const char* name = lua_tostring(L, -1);
  if (box->core == nullptr) {
    lua_pushfstring(L, "model \"%s\" (closed)", name);
    return 1;
  }
  const Session& session = box->core->session;
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  luaL_addstring(&text, "model \"");
  luaL_addstring(&text, name);
  luaL_addstring(&text, "\": ");
  AddPorts(&text, *box, 0, box->inputs());
  luaL_addstring(&text, " -> ");
  AddPorts(&text, *box, box->inputs(), box->outputs());
  char figures[96];
  if (box->core->model.Unchanged()) {
    const int operators = OperatorCount(box->core->model);
    std::snprintf(figures, sizeof(figures), ", %d operator%s", operators,
                  operators == 1 ? "" : "s");
    luaL_addstring(&text, figures);
    uint64_t macs = 0;
    for (int i = 0; i < operators; ++i) macs += DescribeOperator(box->core->model, i).macs;
    std::snprintf(figures, sizeof(figures), ", %s MAC", CountText(macs).text);
    luaL_addstring(&text, figures);
  }
  std::snprintf(figures, sizeof(figures), ", %s RAM",
                BytesText(session.arena_bytes() + session.record_bytes()).text);
  luaL_addstring(&text, figures);
  luaL_pushresult(&text);
  return 1;
}

ModelBox* CheckOpenModel(lua_State* L, int index) {
  auto* box = static_cast<ModelBox*>(CheckObject(L, index, kModelClass));
  if (box->core == nullptr) luaL_argerror(L, index, "the model is closed");
  return box;
}

// model.inputs, model.outputs, model.prepared, else a method from upvalue 1.
int ModelIndex(lua_State* L) {
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (std::strcmp(name, "prepared") == 0) {
    lua_pushboolean(L, CheckOpenModel(L, 1)->core->session.prepared());
    return 1;
  }
  const bool outputs = std::strcmp(name, "outputs") == 0;
  if (outputs || std::strcmp(name, "inputs") == 0) {
    CheckOpenModel(L, 1);
    PushPortList(L, 1, outputs);
    return 1;
  }
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

int ModelNewIndex(lua_State* L) {
  const char* name = luaL_tolstring(L, 2, nullptr);
  if (std::strcmp(name, "inputs") == 0 || std::strcmp(name, "outputs") == 0) {
    return luaL_error(
        L, "the field '%s' of a model cannot be set: write into model.inputs[i].tensor", name);
  }
  return luaL_error(L, "a model has no field '%s' to set", name);
}

constexpr Entry kNnMethodTable[] = {
    {"inputs", nullptr, "model.inputs -> ports", "positions count from 1, negative from the end",
     Doc("The model's inputs: `model.inputs[i]` tells name, shape, dtype, scale and zero point and "
         "holds the live tensor; `#model.inputs` counts them, `pairs` and `ipairs` visit them. In "
         "a model compiled for an NPU inputs may share their bytes with each other and with "
         "outputs: write all of them before each run, after what is needed of the outputs was "
         "read."),
     ""},
    {"outputs", nullptr, "model.outputs -> ports", "positions count from 1, negative from the end",
     Doc("The model's outputs, as `inputs`."), ""},
    {"prepared", nullptr, "model.prepared -> boolean", "",
     Doc("Whether the model runs from what `moonlet image build` prepared of it: then only its "
         "arena is in memory, and loading verified and planned nothing."),
     ""},
    {"run", RunMethod, "model:run([x1, x2, ...]) -> tensor, ... | nil, message",
     "one tensor per input, of its shape and dtype, or float32",
     Doc("Computes all outputs and returns them, one value each: the same tensor objects every "
         "time, whose content lasts until the next run (`:clone()` keeps it). Without arguments "
         "it takes what lies in `model.inputs[i].tensor`; with them, each is copied there first, "
         "float32 to a quantised input as the QUANTIZE operator does: half away from zero, "
         "saturated, NaN to the zero point. Nothing is allocated after the first run. Integer "
         "results are those of the TensorFlow Lite Micro reference kernels, bit for bit. A mapped "
         "file that was overwritten gives nil, \"model file changed\"."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\", {float_io = true}))\n"
         "local y = model:run(tensor.zeros(model.inputs[1].shape))\n"
         "print(y.dtype, y.size) --> float32 10\n"
         "print(model:run() == y) --> true")},
    {"reset", Reset, "model:reset() -> model", "",
     Doc("Puts the model's variables, what it remembers from run to run, back to their initial "
         "state, and clears its inputs and outputs."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "print(model:reset() == model) --> true")},
    {"close", Close, "model:close()", "",
     Doc("Gives the model up; using it afterwards raises. Its memory goes with the last of its "
         "tensors that a script still holds. Safe twice, and done by `<close>`."),
     Doc("do\n"
         "  local model <close> = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "  model:run()\n"
         "end")},
};

constexpr luaL_Reg kNnMetamethods[] = {{"__tostring", ModelToString},
                                       {"__close", Close},
                                       {"__newindex", ModelNewIndex},
                                       {nullptr, nullptr}};

const std::span<const Entry> kNnFunctionParts[] = {kNnLoadFunctions, kNnAnalyzeFunctions};
const std::span<const Entry> kNnMethodParts[] = {kNnMethodTable, kNnAnalyzeMethods,
                                                 kNnProfileMethods};
const luaL_Reg* const kNnMetamethodLists[] = {kNnMetamethods};
constexpr const Class* kNnClasses[] = {&kModelClass, &kPortListClass, &kPortClass};

}  // namespace

const Class kModelClass = {
    "model",        "moonlet.model",    Doc("A neural network made ready to run, from `nn.load`."),
    kNnMethodParts, kNnMetamethodLists, ModelIndex};

extern const Module kNnModule;
const Module kNnModule = {
    "nn",
    Doc("Neural networks: `.tflite` models, quantised to int8 or in float32, verified, analysed "
        "and run with the results of the TensorFlow Lite Micro reference kernels."),
    kNnFunctionParts, kNnClasses, nullptr};

ModelBox* CheckModel(lua_State* L, int index) {
  ModelBox* box = CheckOpenModel(L, index);
  if (box->running) luaL_argerror(L, index, "the model is running");
  return box;
}

int PushChanged(lua_State* L) {
  luaL_pushfail(L);
  lua_pushliteral(L, "model file changed");
  return 2;
}

void TakeInputs(lua_State* L, const ModelBox& box, int given) {
  if (given != box.inputs()) {
    luaL_error(L, "run: %d %s expected, got %d", box.inputs(),
               box.inputs() == 1 ? "input" : "inputs", given);
  }
  for (int i = 0; i < given; ++i) {
    const Tensor& x = *CheckTensor(L, 2 + i);
    const Tensor input = PortTensor(box, i);
    const bool converts =
        x.dtype == DType::kFloat32 && IsQuantized(input, PortQuantization(box, i));
    if (!(x.shape == input.shape) || (x.dtype != input.dtype && !converts)) {
      if (!box.core->model.Unchanged()) return;  // run will tell
      RaiseMismatch(L, 2 + i, box, i, x);
    }
  }
  for (int i = 0; i < given; ++i) {
    const Tensor& x = *CheckTensor(L, 2 + i);
    if (!NeedsCopy(box, x, i)) continue;
    const Tensor& copy = *NewTensor(L, x.dtype, x.shape);
    if (Status s = Convert(x, copy, StopOf(L)); !s.ok()) RaiseStatus(L, s);
    lua_replace(L, 2 + i);
  }
  for (int i = 0; i < given; ++i) {
    const Tensor& x = *CheckTensor(L, 2 + i);
    const Tensor input = PortTensor(box, i);
    const Quantization q = PortQuantization(box, i);
    const Status s = x.dtype == input.dtype
                         ? Convert(x, input, StopOf(L))
                         : QuantizeTensor(x, q.scale, q.zero_point, input, StopOf(L));
    if (!s.ok()) RaiseStatus(L, s);
  }
}

Tensor PortTensor(const ModelBox& box, int port) {
  const int inputs = box.inputs();
  return port < inputs ? box.core->session.input(port) : box.core->session.output(port - inputs);
}

Quantization PortQuantization(const ModelBox& box, int port) {
  const int inputs = box.inputs();
  const Session& session = box.core->session;
  return port < inputs ? session.input_quantization(port)
                       : session.output_quantization(port - inputs);
}

int PortTensorIndex(const ModelBox& box, int port) {
  const int inputs = box.inputs();
  const Session& session = box.core->session;
  return port < inputs ? session.input_tensor(port) : session.output_tensor(port - inputs);
}

const char* FileName(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash == nullptr || slash[1] == '\0' ? path : slash + 1;
}

}  // namespace moonlet
