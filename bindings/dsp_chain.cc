// bindings/dsp_chain.cc - dsp.chain: blocks one behind the other.
#include "bindings/dsp_block.h"
#include "bindings/dsp_parts.h"
#include "bindings/tensor_parts.h"
#include "dsp/chain.h"

namespace moonlet {
namespace {

constexpr lua_Integer kMostBlocks = 1000;

// The block at position `i` of the table at 1.
BlockBox& PartAt(lua_State* L, lua_Integer i) {
  lua_rawgeti(L, 1, i);
  auto* box = static_cast<BlockBox*>(TestObject(L, -1, kBlockClass));
  if (box == nullptr || box->block == nullptr) {
    ArgumentError(L, 1, "part %I: block expected, got %s", static_cast<LUAI_UACINT>(i),
                  Given(L, -1));
  }
  lua_pop(L, 1);
  return *box;
}

// Raises for a block that is in a chain already, or here twice.
void CheckFree(lua_State* L, lua_Integer i) {
  const BlockBox& box = PartAt(L, i);
  bool taken = box.taken;
  for (lua_Integer j = 1; j < i && !taken; ++j) taken = &PartAt(L, j) == &box;
  if (taken) {
    ArgumentError(L, 1, "part %I is in a chain already", static_cast<LUAI_UACINT>(i));
  }
}

int ChainBlocks(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  static constexpr const char* kNames[] = {"max_push"};
  const OptionTable options(L, 2, kNames);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  if (count < 1 || count > kMostBlocks) luaL_argerror(L, 1, "1 to 1000 blocks expected");
  auto** list = static_cast<dsp::Block**>(
      lua_newuserdatauv(L, static_cast<size_t>(count) * sizeof(dsp::Block*), 0));
  const std::span<dsp::Block* const> blocks = {list, static_cast<size_t>(count)};
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 1; i <= count; ++i) {
    CheckFree(L, i);
    list[i - 1] = PartAt(L, i).block;
    lua_rawgeti(L, 1, i);
    lua_rawseti(L, -2, i);
  }
  RaiseIf(L, dsp::CheckChain(blocks));
  NewBlock<dsp::Chain>(L, "chain", blocks);
  FinishBlock(L, options);
  lua_insert(L, -2);
  SetBlockParts(L);
  for (lua_Integer i = 1; i <= count; ++i) PartAt(L, i).taken = true;
  return 1;
}

constexpr Entry kChainTable[] = {
    {"chain", ChainBlocks, "dsp.chain(blocks [, options]) -> block",
     "blocks: an array of 1 to 1000; options: max_push",
     Doc("Blocks one behind the other as one block: what comes out of one goes into the next, "
         "rates multiply, latencies add up. From then on the chain alone may push to its parts; a "
         "block can be in one chain only. Blocks whose dtype, width or sample rate do not meet "
         "raise."),
     Doc("local chain = dsp.chain {dsp.dc_blocker {}, dsp.fir_decimator {taps = {0.5, 0.5}}}\n"
         "print(#chain:push(tensor.zeros {100}), chain.rate_in) --> 50 2")},
};

}  // namespace

const std::span<const Entry> kDspChain = kChainTable;

}  // namespace moonlet
