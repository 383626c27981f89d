#include "bindings/dsp_block.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "bindings/dsp_parts.h"
#include "bindings/model_input.h"
#include "bindings/tensor.h"
#include "bindings/tensor_parts.h"
#include "engine/base/float_mode.h"
#include "engine/tensor/broadcast.h"
#include "engine/tensor/convert.h"
#include "engine/tensor/overlap.h"
#include "engine/tensor/quantize.h"

namespace moonlet {
namespace {

// User values of a block.
enum BlockValue {
  kBlockOutput = 1,  // what push returns: a view whose memory and length change
  kBlockInput,       // a copy of items that do not lie in a row
  kBlockWindow,      // the last items, as a model takes them
  kBlockParts,       // what the block refers to
};
constexpr int kBlockValues = 4;
constexpr size_t kHeadBytes = (sizeof(BlockBox) + 7) & ~size_t{7};

size_t ItemBytes(const dsp::Block::Port& port) { return port.width * SizeOf(port.dtype); }

// Pushes memory of the block's own for a copy of `x`, used again while the shape stays.
Tensor& PushInputCopy(lua_State* L, int block, const Tensor& x) {
  if (lua_getiuservalue(L, block, kBlockInput) == LUA_TUSERDATA) {
    Tensor& copy = *TestTensor(L, -1);
    if (copy.shape == x.shape) return copy;
  }
  lua_pop(L, 1);
  NewTensor(L, x.dtype, x.shape);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, block, kBlockInput);
  return *TestTensor(L, -1);
}

// The items of `x` in a row, away from `out`. May push.
const void* Row(lua_State* L, int block, const Tensor& x, const Tensor& out) {
  if (x.contiguous() && !MayOverlap(x, out)) return x.data;
  const Tensor& copy = PushInputCopy(L, block, x);
  RaiseIf(L, Convert(x, copy, StopOf(L)));
  return copy.data;
}

// Takes the `count` items of `x` through the block and gives the output with what came of it,
// pushed.
Tensor& PushThrough(lua_State* L, BlockBox& box, const Tensor& x, size_t count) {
  const dsp::Block::Port port = box.block->output();
  Tensor& out = PushReused(L, 1, kBlockOutput, port, box.block->MaxOutput(count), &box.capacity);
  Tensor whole = RowMajor(out.data, port.dtype, ItemsShape(port, box.capacity));
  const void* items = Row(L, 1, x, whole);
  size_t given = 0;
  const Status s = PushItems(*box.block, items, count, out.data, StopOf(L), &given);
  out = RowMajor(out.data, port.dtype, ItemsShape(port, given));
  RaiseIf(L, s);
  lua_getiuservalue(L, 1, kBlockOutput);
  return out;
}

// Pushes to a tensor of the script's own.
int PushToOut(lua_State* L, BlockBox& box, const Tensor& x, size_t count) {
  const dsp::Block::Port port = box.block->output();
  const Shape shape = ItemsShape(port, box.block->CountOutput(count));
  const Tensor out = *NewOrOut(L, 3, port.dtype, shape);
  CheckApart(L, 3, out, {&x});
  if (!out.contiguous()) {
    const Tensor given = PushThrough(L, box, x, count);
    RaiseIf(L, Convert(given, out, StopOf(L)));
  } else {
    size_t given = 0;
    RaiseIf(L, PushItems(*box.block, Row(L, 1, x, out), count, out.data, StopOf(L), &given));
  }
  lua_settop(L, 3);
  return 1;
}

// Models -----------------------------------------------------------------------------

// Pushes the window that will be copied to the model's input `target`: its content at the last
// push, nothing when it was for another kind of input.
Tensor& PushWindow(lua_State* L, BlockBox& box, const Tensor& target) {
  if (lua_getiuservalue(L, 1, kBlockWindow) == LUA_TUSERDATA) {
    Tensor& window = *TestTensor(L, -1);
    if (window.dtype == target.dtype && window.shape == target.shape) return window;
  }
  lua_pop(L, 1);
  box.filled = 0;
  NewTensor(L, target.dtype, target.shape);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, kBlockWindow);
  return *TestTensor(L, -1);
}

// Moves the window on by the last of the items in `fresh`, which are quantised unless they have
// the window's dtype already.
Status MoveWindow(const Tensor& fresh, const Quantization& q, const Tensor& window,
                  const StopToken& stop) {
  const Index moved = std::min(fresh.size(), window.size());
  const size_t bytes = SizeOf(window.dtype);
  auto* to = static_cast<unsigned char*>(window.data);
  const size_t kept = static_cast<size_t>(window.size() - moved) * bytes;
  std::memmove(to, to + static_cast<size_t>(moved) * bytes, kept);
  const Shape shape = {1, {moved}};
  auto* last = static_cast<unsigned char*>(fresh.data) +
               static_cast<size_t>(fresh.size() - moved) * SizeOf(fresh.dtype);
  const Tensor from = RowMajor(last, fresh.dtype, shape);
  const Tensor end = RowMajor(to + kept, window.dtype, shape);
  return fresh.dtype != window.dtype && q.scale != 0 && IsQuantizedDType(window.dtype)
             ? QuantizeTensor(from, q.scale, q.zero_point, end, stop)
             : Convert(from, end, stop);
}

// block:push(x, model.inputs[i].tensor): true once the window is full and moved.
int PushToModel(lua_State* L, BlockBox& box, const Tensor& x, size_t count, const Quantization& q) {
  const dsp::Block::Port port = box.block->output();
  const Tensor target = *CheckTensor(L, 3);
  const bool quantized = q.scale != 0 && IsQuantizedDType(target.dtype);
  const bool fits = port.dtype == target.dtype || (port.dtype == DType::kFloat32 && quantized);
  if (!fits || target.size() == 0 || static_cast<size_t>(target.size()) % port.width != 0) {
    ArgumentError(L, 3, "a model's input of items {%I} expected, got %s %s",
                  static_cast<LUAI_UACINT>(port.width), NameOf(target.dtype),
                  TextOf(target.shape).text);
  }
  const Tensor& window = PushWindow(L, box, target);
  const Tensor& fresh = PushThrough(L, box, x, count);
  const size_t items = static_cast<size_t>(target.size()) / port.width;
  const auto given = static_cast<size_t>(fresh.size()) / port.width;
  RaiseIf(L, MoveWindow(fresh, q, window, StopOf(L)));
  box.filled = std::min(items, box.filled + given);
  const bool ready = given > 0 && box.filled == items;
  if (ready) std::memcpy(target.data, window.data, window.bytes());
  lua_pushboolean(L, ready);
  return 1;
}

// Methods ----------------------------------------------------------------------------

int PushMethod(lua_State* L) {
  BlockBox& box = CheckBlock(L, 1);
  const Tensor x = *CheckTensor(L, 2);
  const size_t count = CheckItems(L, 2, box.block->input());
  lua_settop(L, 3);
  lua_getiuservalue(L, 2, 1);  // the memory of x, should it be our output, which may move
  Quantization q;
  if (ModelInputAt(L, 3, &q)) return PushToModel(L, box, x, count, q);
  if (!lua_isnil(L, 3)) return PushToOut(L, box, x, count);
  PushThrough(L, box, x, count);
  return 1;
}

int ResetMethod(lua_State* L) {
  BlockBox& box = CheckBlock(L, 1);
  box.block->Reset();
  box.filled = 0;
  lua_settop(L, 1);
  return 1;
}

bool PushField(lua_State* L, const BlockBox& box, const char* name) {
  const dsp::Block& block = *box.block;
  if (std::strcmp(name, "latency") == 0) {
    lua_pushnumber(L, block.latency());
  } else if (std::strcmp(name, "rate_in") == 0) {
    lua_pushinteger(L, block.rate().in);
  } else if (std::strcmp(name, "rate_out") == 0) {
    lua_pushinteger(L, block.rate().out);
  } else if (std::strcmp(name, "width_in") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(block.input().width));
  } else if (std::strcmp(name, "width_out") == 0) {
    lua_pushinteger(L, static_cast<lua_Integer>(block.output().width));
  } else if (std::strcmp(name, "dtype") == 0) {
    lua_pushstring(L, NameOf(block.input().dtype));
  } else if (std::strcmp(name, "sample_rate") == 0 && block.sample_rate() > 0) {
    lua_pushnumber(L, block.sample_rate());
  } else {
    return false;
  }
  return true;
}

// A field, else a method from upvalue 1.
int BlockIndex(lua_State* L) {
  const auto& box = *static_cast<BlockBox*>(CheckObject(L, 1, kBlockClass));
  const char* name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  if (box.block != nullptr && PushField(L, box, name)) return 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  return 1;
}

int BlockNewIndex(lua_State* L) {
  const char* name = luaL_tolstring(L, 2, nullptr);
  return luaL_error(L, "a block has no field '%s' to set", name);
}

int BlockToString(lua_State* L) {
  const auto& box = *static_cast<BlockBox*>(CheckObject(L, 1, kBlockClass));
  const dsp::Block& block = *box.block;
  lua_pushfstring(L, "block \"%s\": %s {%I} -> %s {%I}, rate %I/%I", box.kind,
                  NameOf(block.input().dtype), static_cast<LUAI_UACINT>(block.input().width),
                  NameOf(block.output().dtype), static_cast<LUAI_UACINT>(block.output().width),
                  static_cast<LUAI_UACINT>(block.rate().out),
                  static_cast<LUAI_UACINT>(block.rate().in));
  return 1;
}

constexpr Entry kBlockTable[] = {
    {"latency", nullptr, "block.latency -> number", "items that go in",
     Doc("How far the output lags behind the input: the group delay of a filter of linear phase, "
         "or what a block holds back before it answers."),
     ""},
    {"rate_in", nullptr, "block.rate_in -> integer", "items",
     Doc("In the long run `rate_out` items come out for `rate_in` that go in: 1 and 4 for a "
         "decimator by 4."),
     ""},
    {"rate_out", nullptr, "block.rate_out -> integer", "items", Doc("See `rate_in`."), ""},
    {"width_in", nullptr, "block.width_in -> integer", "values",
     Doc("Values per item that goes in: channels, or features."), ""},
    {"width_out", nullptr, "block.width_out -> integer", "values",
     Doc("Values per item that comes out."), ""},
    {"dtype", nullptr, "block.dtype -> string", "",
     Doc("The dtype of what goes in: float32, int16 for q15, int32 for q31."), ""},
    {"sample_rate", nullptr, "block.sample_rate -> number | nil", "hertz",
     Doc("The rate of the items that go in, where the block was made for one."), ""},
    {"push", PushMethod, "block:push(x [, out]) -> tensor | boolean",
     "x: the block's dtype, {n} or {n, width_in}; result: {m} or {m, width_out}",
     Doc("Takes n items, which may be any number, and gives those that come out. How a signal is "
         "cut into pushes changes no bit of it. The result is the same tensor object every time; "
         "its content and its length m last until the next push (`:clone()` keeps them). Its "
         "memory grows with the longest push so far and is there from the start with the option "
         "`max_push`; a push that needs no more allocates nothing. An `out` must have the shape of "
         "this push's result. An `out` that is a model's input takes the last items that fit it, "
         "quantised as `model:run` does: the block keeps them, moves them on, and returns true "
         "when the window is full and something new has come. A push that is refused leaves the "
         "block as it was; only one that is stopped ends in the middle."),
     Doc("local average = dsp.moving_average {length = 2}\n"
         "print(average:push(tensor.new {2, 4, 6}):totable()[3]) --> 5.0\n"
         "print(#average:push(tensor.new {8})) --> 1")},
    {"reset", ResetMethod, "block:reset() -> block", "",
     Doc("Puts the block back to where it was before its first item."),
     Doc("local sum = dsp.integrator {}\n"
         "sum:push(tensor.new {1, 2, 3})\n"
         "print(sum:reset():push(tensor.new {5})[1]) --> 5.0")},
};

constexpr luaL_Reg kBlockMetamethods[] = {
    {"__tostring", BlockToString}, {"__newindex", BlockNewIndex}, {nullptr, nullptr}};
const luaL_Reg* const kBlockMetamethodLists[] = {kBlockMetamethods};
const std::span<const Entry> kBlockMethods[] = {kBlockTable};

}  // namespace

const Class kBlockClass = {
    "block",
    "moonlet.block",
    Doc("A streaming block: takes items in pieces of any length and keeps what it needs of the "
        "past. Everything is allocated when it is made."),
    kBlockMethods,
    kBlockMetamethodLists,
    BlockIndex};

void* NewBlockMemory(lua_State* L, const char* kind, size_t bytes) {
  auto* box = static_cast<BlockBox*>(NewObject(L, kBlockClass, kHeadBytes + bytes, kBlockValues));
  box->kind = kind;
  return reinterpret_cast<unsigned char*>(box) + kHeadBytes;
}

void SetBlock(lua_State* L, dsp::Block* block) {
  static_cast<BlockBox*>(lua_touserdata(L, -1))->block = block;
}

void SetBlockParts(lua_State* L) { lua_setiuservalue(L, -2, kBlockParts); }

void FinishBlock(lua_State* L, const OptionTable& options) {
  const auto items = static_cast<size_t>(options.Integer("max_push", 0, 0, INT32_MAX));
  if (items == 0) return;
  auto& box = *static_cast<BlockBox*>(lua_touserdata(L, -1));
  PushReused(L, lua_gettop(L), kBlockOutput, box.block->output(), box.block->MaxOutput(items),
             &box.capacity);
  lua_pop(L, 1);
}

Tensor& PushReused(lua_State* L, int object, int value, const dsp::Block::Port& port, size_t items,
                   size_t* capacity) {
  const bool made = lua_getiuservalue(L, object, value) == LUA_TUSERDATA;
  if (made && items <= *capacity) return *TestTensor(L, -1);
  const int64_t elements = static_cast<int64_t>(std::min<uint64_t>(items, INT64_MAX));
  Shape shape;
  if (!ShapeFrom(std::array{elements, static_cast<int64_t>(port.width)}, port.dtype, &shape))
    RaiseStatus(L, Status::NoMemory(items));
  const Tensor room = *NewTensor(L, port.dtype, ItemsShape(port, items));
  if (made) {
    lua_setiuservalue(L, -2, 1);
    *TestTensor(L, -1) = room;
  } else {
    NewView(L, room, -1);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, object, value);
    lua_replace(L, -3);
    lua_pop(L, 1);
  }
  *capacity = items;
  return *TestTensor(L, -1);
}

size_t WidthOption(const OptionTable& options) {
  return static_cast<size_t>(options.Integer("width", 1, 1, 65536));
}

BlockBox& CheckBlock(lua_State* L, int index) {
  auto* box = static_cast<BlockBox*>(CheckObject(L, index, kBlockClass));
  if (box->block == nullptr) luaL_argerror(L, index, "the block was never made");
  if (box->taken) luaL_argerror(L, index, "the block is part of a chain, which alone may push");
  return *box;
}

size_t CheckItems(lua_State* L, int index, const dsp::Block::Port& port) {
  const Tensor& x = *CheckTensor(L, index);
  const auto width = static_cast<Index>(port.width);
  if (x.dtype == port.dtype) {
    if (x.rank() == 2 && x.dim(1) == width) return static_cast<size_t>(x.dim(0));
    if (x.rank() == 1 && width == 1) return static_cast<size_t>(x.dim(0));
    if (x.rank() == 1 && x.dim(0) == width) return 1;
  }
  const char* shape =
      width == 1 ? "{n}" : lua_pushfstring(L, "{n, %I}", static_cast<LUAI_UACINT>(width));
  ArgumentError(L, index, "%s %s expected, got %s %s", NameOf(port.dtype), shape, NameOf(x.dtype),
                TextOf(x.shape).text);
}

Shape ItemsShape(const dsp::Block::Port& port, size_t count) {
  const auto n = static_cast<Index>(count), width = static_cast<Index>(port.width);
  return width == 1 ? Shape{1, {n}} : Shape{2, {n, width}};
}

Status PushItems(dsp::Block& block, const void* in, size_t count, void* out, const StopToken& stop,
                 size_t* given) noexcept {
  const size_t most = block.piece();
  const FlushDenormals flush;
  const auto* x = static_cast<const unsigned char*>(in);
  auto* y = static_cast<unsigned char*>(out);
  while (count > 0) {
    const size_t piece = std::min(count, most);
    const size_t came = block.Push(x, piece, y + *given * ItemBytes(block.output()));
    *given += came;
    x += piece * ItemBytes(block.input());
    count -= piece;
    if (count > 0 && stop.raised()) return Status::Stopped();
  }
  return Status();
}

const Tensor& PushTensorOption(lua_State* L, int index, const char* name, DType dtype, int rank) {
  lua_getfield(L, index, name);
  const Tensor* given = TestTensor(L, -1);
  if (given == nullptr && !lua_istable(L, -1)) {
    ArgumentError(L, index, "option '%s': tensor or table of numbers expected, got %s", name,
                  Given(L, -1));
  }
  const Tensor& t = *NewTensorFrom(L, -1, dtype, index);
  lua_remove(L, -2);
  if (t.rank() != rank || t.size() == 0) {
    ArgumentError(L, index,
                  "option '%s': rank %d and at least one number expected, got "
                  "shape %s",
                  name, rank, TextOf(t.shape).text);
  }
  return t;
}

}  // namespace moonlet
