// bindings/npu_trace.cc - what a command stream does, operation by operation: npu.trace.
#include <cstdio>

#include "bindings/nn_parts.h"
#include "bindings/npu_parts.h"
#include "bindings/report.h"
#include "bindings/tensor.h"

namespace moonlet {
namespace {

using npu::OperationKind;

// An operation as a table -------------------------------------------------------------

const char* NameOf(npu::Element element) {
  constexpr const char* kSigned[] = {"", "int8", "int16", "", "int32"};
  constexpr const char* kUnsigned[] = {"", "uint8", "uint16", "", "uint32"};
  return (element.is_signed ? kSigned : kUnsigned)[element.bytes];
}

void SetSize(lua_State* L, const char* name, int32_t height, int32_t width, int32_t depth) {
  lua_createtable(L, 3, 0);
  lua_Integer next = 0;
  for (const int32_t n : {height, width, depth}) {
    lua_pushinteger(L, n);
    lua_rawseti(L, -2, ++next);
  }
  lua_setfield(L, -2, name);
}

void SetMap(lua_State* L, const char* name, const npu::FeatureMap& map) {
  lua_createtable(L, 0, 6);
  SetSize(L, "shape", map.height, map.width, map.depth);
  SetText(L, "dtype", NameOf(map.element));
  SetText(L, "layout", map.layout == npu::Layout::kNhwc ? "NHWC" : "NHCWB16");
  SetInteger(L, "region", map.region);
  SetInteger(L, "address", map.base[0]);
  lua_pushinteger(L, map.zero_point);
  lua_setfield(L, -2, "zero_point");
  lua_setfield(L, -2, name);
}

void SetPiece(lua_State* L, const char* name, const npu::Piece& piece) {
  lua_createtable(L, 0, 3);
  SetInteger(L, "region", piece.region);
  SetInteger(L, "address", piece.base);
  SetInteger(L, "bytes", piece.length);
  lua_setfield(L, -2, name);
}

void SetKernel(lua_State* L, const npu::Kernel& kernel) {
  lua_createtable(L, 0, 6);
  SetInteger(L, "height", static_cast<uint64_t>(kernel.height));
  SetInteger(L, "width", static_cast<uint64_t>(kernel.width));
  SetInteger(L, "stride_y", static_cast<uint64_t>(kernel.stride_y));
  SetInteger(L, "stride_x", static_cast<uint64_t>(kernel.stride_x));
  SetInteger(L, "dilation_y", static_cast<uint64_t>(kernel.dilation_y));
  SetInteger(L, "dilation_x", static_cast<uint64_t>(kernel.dilation_x));
  lua_setfield(L, -2, "kernel");
}

// "none", "tanh", "sigmoid" or "table 0".
void SetActivation(lua_State* L, const npu::Activation& activation) {
  char name[12] = "none";
  if (activation.function == 3) std::snprintf(name, sizeof(name), "tanh");
  if (activation.function == 4) std::snprintf(name, sizeof(name), "sigmoid");
  if (activation.has_table()) std::snprintf(name, sizeof(name), "table %d", activation.slot());
  SetText(L, "activation", name);
}

void SetBlock(lua_State* L, const npu::Operation& op) {
  SetMap(L, "ifm", op.ifm);
  SetMap(L, "ofm", op.ofm);
  if (op.binary() && !op.broadcast.scalar) SetMap(L, "ifm2", op.ifm2);
  if (op.binary() && op.broadcast.scalar) {
    lua_pushinteger(L, op.scalar);
    lua_setfield(L, -2, "scalar");
  }
  if (op.kind != OperationKind::kElementwise) SetKernel(L, op.kernel);
  if (op.has_weights()) {
    SetPiece(L, "weights", op.weights[0]);
    SetPiece(L, "scales", op.scales[0]);
  }
  SetActivation(L, op.activation);
  SetSize(L, "block", op.block.height, op.block.width, op.block.depth);
}

void SetDma(lua_State* L, const npu::Dma& dma) {
  SetPiece(L, "source", dma.source);
  if (dma.to_shared_ram) {
    SetInteger(L, "shared_ram", dma.target);
  } else {
    SetPiece(L, "target", {dma.target_region, dma.target, dma.source.length});
  }
}

// npu.trace ---------------------------------------------------------------------------

// One call of the script's function.
struct Call {
  const npu::Operation& operation;
  int step;
};

// Light userdata of a Call, the function.
int CallScript(lua_State* L) {
  const auto& call = *static_cast<const Call*>(lua_touserdata(L, 1));
  PushOperation(L, call.operation);
  SetInteger(L, "operator", static_cast<uint64_t>(call.step) + 1);
  lua_call(L, 1, 0);
  return 0;
}

// Calls the function at stack place 2 after each operation. What it raises waits on the
// stack until the run has ended: nothing may leave that by a jump.
class Tracer final : public StepObserver, private npu::OperationObserver {
 public:
  explicit Tracer(lua_State* L) : L_(L) {}
  void Before(int step) override { step_ = step; }
  void After(int) override {}
  npu::OperationObserver* operations() override { return this; }
  bool failed() const { return failed_; }

 private:
  void Ran(const npu::Operation& operation) override {
    if (failed_) return;
    Call call = {operation, step_};
    lua_pushcfunction(L_, CallScript);
    lua_pushlightuserdata(L_, &call);
    lua_pushvalue(L_, 2);
    failed_ = lua_pcall(L_, 2, 0, 0) != LUA_OK;
  }

  lua_State* L_;
  int step_ = 0;
  bool failed_ = false;
};

Status RunTraced(ModelBox& box, const StopToken& stop, Tracer* tracer) noexcept {
  box.running = true;
  const Status s = box.core->session.Run(stop, tracer);
  box.running = false;
  return s;
}

// npu.trace(model, fn) -> model | nil, message
int TraceModel(lua_State* L) {
  ModelBox& box = *CheckModel(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  luaL_checkstack(L, LUA_MINSTACK, "a trace");
  Tracer tracer(L);
  const Status s = RunTraced(box, StopOf(L), &tracer);
  if (tracer.failed()) return lua_error(L);
  if (s.code() == Code::kChanged) return PushChanged(L);
  if (!s.ok()) RaiseStatus(L, s);
  lua_settop(L, 1);
  return 1;
}

constexpr Entry kNpuTraceFunctionTable[] = {
    {"trace", TraceModel, "npu.trace(model, fn) -> model | nil, message",
     "fn: function(operation); addresses and bytes within a region",
     Doc("Runs a model on what lies in its inputs and calls `fn` after each operation of its "
         "command streams with a table: `operator`, the place of the `ethos-u` operator in the "
         "model, `word` of the command in the stream, `name` (\"CONV\", \"ADD\", \"DMA_START\"), "
         "and of what the operation has `ifm`, `ifm2`, `ofm` (each with shape, dtype, layout, "
         "region, address, zero_point), `scalar`, `kernel`, `weights`, `scales`, `activation`, "
         "`block`, or `source` and `target`. Only the functional model tells them. The model "
         "cannot be run or closed from within `fn`; what `fn` raises ends the trace."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "local count = 0\n"
         "npu.trace(model, function(op) count = count + 1 end)\n"
         "print(count) --> 0")},
};

}  // namespace

const std::span<const Entry> kNpuTraceFunctions = kNpuTraceFunctionTable;

void PushOperation(lua_State* L, const npu::Operation& operation) {
  lua_createtable(L, 0, 12);
  SetText(L, "name", NameOf(operation));
  SetInteger(L, "word", operation.word);
  if (operation.is_block()) {
    SetBlock(L, operation);
  } else if (operation.kind == OperationKind::kDma) {
    SetDma(L, operation.dma);
  } else {
    SetInteger(L, "argument", operation.argument);
  }
}

}  // namespace moonlet
