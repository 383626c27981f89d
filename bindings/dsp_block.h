// bindings/dsp_block.h - streaming blocks (dsp/block.h) as Lua values.
//
//   NewBlock<dsp::Median>(L, "median", length, width);  // pushes the block
//   FinishBlock(L, options);                            // what every constructor offers
//   return 1;
//
// A block is one userdata that holds everything the block needs; the tensor that `push` returns
// is made by the first push, or for `max_push` items by FinishBlock.
#pragma once
#include <cstdint>
#include <new>
#include <span>

#include "bindings/options.h"
#include "bindings/registry.h"
#include "dsp/arena.h"
#include "dsp/block.h"
#include "dsp/filter_kernels.h"
#include "dsp/zpk.h"
#include "engine/base/stop_token.h"
#include "engine/tensor/tensor.h"

namespace moonlet {

struct BlockBox {
  dsp::Block* block;
  const char* kind;  // "fir": what tostring says
  bool taken;        // a part of a chain, which alone may push
  size_t capacity;   // items that the output has room for
  size_t filled;     // items in the window for a model
};
extern const Class kBlockClass;  // dsp_block.cc

// Pushes the userdata for a block of `bytes`, which the caller makes there and hands to
// SetBlock.
void* NewBlockMemory(lua_State* L, const char* kind, size_t bytes);
// The userdata at the top becomes the box of `block`.
void SetBlock(lua_State* L, dsp::Block* block);

// Pushes a block B(arena, arguments...).
template <typename B, typename... Arguments>
B* NewBlock(lua_State* L, const char* kind, const Arguments&... arguments) {
  dsp::Arena count;
  count.Take<B>(1);
  const B counted(count, arguments...);
  dsp::Arena arena(NewBlockMemory(L, kind, count.used()));
  B* block = new (arena.Take<B>(1)) B(arena, arguments...);
  SetBlock(L, block);
  return block;
}

// Takes the options `max_push` for the block on top of the stack.
void FinishBlock(lua_State* L, const OptionTable& options);
// The option `width`: values per item, 1 unless given.
size_t WidthOption(const OptionTable& options);

// Pops the table of what the block below it refers to; it lives as long as the block.
void SetBlockParts(lua_State* L);

// The block at `index` that is in no chain; raises for anything else.
BlockBox& CheckBlock(lua_State* L, int index);

// How many items of `port` the tensor at `index` holds: {n}, {n, width}, or {width} for a single
// one wider than 1. Raises for another dtype or shape.
size_t CheckItems(lua_State* L, int index, const dsp::Block::Port& port);
// The shape of `count` items: {count}, or {count, width} when wider than 1.
Shape ItemsShape(const dsp::Block::Port& port, size_t count);

// Pushes the tensor in user value `value` of `object`, an absolute index: the same every time, with
// room for `items` of the port or more. `capacity` is how many it has room for, 0 at first. Its
// memory, shape and content are new when the room had to grow; views of the old stay whole.
Tensor& PushReused(lua_State* L, int object, int value, const dsp::Block::Port& port, size_t items,
                   size_t* capacity);

// Takes all items through the block, in pieces that end soon enough for `stop`; a stop leaves
// the block in the middle. `given` becomes how many items came out.
Status PushItems(dsp::Block& block, const void* in, size_t count, void* out, const StopToken& stop,
                 size_t* given) noexcept;

// Pushes the option `name` of the table at `index` as a row-major tensor of `dtype` with the
// given rank and at least one element. Raises, naming the option, for anything else.
const Tensor& PushTensorOption(lua_State* L, int index, const char* name, DType dtype, int rank);

// Pushes the sections in float32, with states of 0. dsp_blocks.cc
std::span<dsp::RunningSection> PushRunning(lua_State* L, std::span<const dsp::Section> sections);
// Pushes the taps of a change of rate by up / down: `up` times the vector at `index`, or with
// index 0 those of dsp/resample_filter.h. dsp_fir_blocks.cc
std::span<const float> PushResampleTaps(lua_State* L, int index, uint32_t up, uint32_t down);

}  // namespace moonlet
