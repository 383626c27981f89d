// bindings/npu_parts.h - what the files of module `npu` share, and what `nn` asks of it.
#pragma once
#include <span>

#include "bindings/registry.h"
#include "engine/npu/ethos_u.h"

namespace moonlet {

// The backend for models that are loaded now: what npu.select chose, else the board's unit
// where one answers, else the functional model.
npu::EthosU SelectedNpu(lua_State* L);

// The board's unit, started at the first call. Null, and the reason, when none answers.
const npu::UnitExecutor* BoardUnit(Status* reason);
// Its driver, started or not.
const npu::Driver& BoardDriver();

// Sets what an operator's stream would take on a unit in its row on top: `cycles`, `macs`,
// `utilisation`, `bound`, `layers`, `system`, `clock_mhz`. Nothing for any other operator.
void SetNpuCycles(lua_State* L, const Node& node);
// Adds that of one row of the table as lines.
void AddNpuLines(lua_State* L, luaL_Buffer* text, int table, lua_Integer row);

// Says in field `npu` of each row on the list on top why the NPU would not run the operator, where
// that is known: npu_compile.cc.
void SetNpuReasons(lua_State* L, const Model& model);

// Pushes a table of an operation's fields.
void PushOperation(lua_State* L, const npu::Operation& operation);

extern const std::span<const Entry> kNpuUnitFunctions;    // npu_unit.cc: info, select
extern const std::span<const Entry> kNpuTraceFunctions;   // npu_trace.cc: trace
extern const std::span<const Entry> kNpuStreamFunctions;  // npu_stream.cc: disassemble, check
// npu_compile.cc: compile; npu_compile_none.cc of a device: none.
extern const std::span<const Entry> kNpuCompileFunctions;

}  // namespace moonlet
