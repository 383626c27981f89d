// bindings/npu_cycles.cc - what a command stream would take on a unit: the rows that
// model:profile has for it.
#include <algorithm>
#include <cstdio>

#include "bindings/npu_parts.h"
#include "bindings/report.h"
#include "engine/npu/cycles.h"

namespace moonlet {
namespace {

constexpr int kBounds = 4;

struct LayerRow {
  const char* name;
  uint32_t word;
  npu::Cycles cycles;
};

// Counts layers, and keeps as many as there is room for.
class LayerRows final : public npu::LayerObserver {
 public:
  explicit LayerRows(std::span<LayerRow> rows) : rows_(rows) {}
  size_t count() const { return count_; }

 private:
  void Layer(const npu::LayerCycles& layer) override {
    if (count_ < rows_.size())
      rows_[count_] = {NameOf(*layer.operation), layer.first_word, layer.cycles};
    ++count_;
  }

  std::span<LayerRow> rows_;
  size_t count_ = 0;
};

// Pushes a userdata of all layers. None where the stream is not what it was.
std::span<const LayerRow> PushLayers(lua_State* L, const npu::Payload& payload,
                                     const npu::System& system) {
  LayerRows counted({});
  const bool whole = npu::EstimateStream(payload.stream, payload.config, system, &counted).ok();
  const size_t count = whole ? counted.count() : 0;
  auto* rows = static_cast<LayerRow*>(lua_newuserdatauv(L, sizeof(LayerRow) * (count + 1), 0));
  LayerRows kept(std::span(rows, count));
  if (!npu::EstimateStream(payload.stream, payload.config, system, &kept).ok()) return {};
  return {rows, std::min(count, kept.count())};
}

// Sets figures of the table on top.
void SetCycles(lua_State* L, double cycles, int64_t macs, double utilisation, npu::Bound bound) {
  SetNumber(L, "cycles", cycles);
  SetInteger(L, "macs", static_cast<uint64_t>(macs));
  SetNumber(L, "utilisation", utilisation);
  SetText(L, "bound", NameOf(bound));
}

void SetLayer(lua_State* L, const LayerRow& row, const npu::Config& config) {
  lua_createtable(L, 0, 6);
  SetText(L, "name", row.name);
  SetInteger(L, "word", row.word);
  SetCycles(L, row.cycles.total(), row.cycles.macs, row.cycles.utilisation(config),
            row.cycles.bound());
}

uint64_t WholeField(lua_State* L, int table, const char* name) {
  return static_cast<uint64_t>(std::max<lua_Number>(0, NumberField(L, table, name)));
}

// "on a unit ..." of an operator's row.
void OperatorLine(lua_State* L, int row, char (&line)[kLineSize]) {
  char system[kNameSize];
  TextField(L, row, "system", system, sizeof(system));
  const lua_Number clock = NumberField(L, row, "clock_mhz");
  const uint64_t cycles = WholeField(L, row, "cycles");
  std::snprintf(line, sizeof(line),
                "\n       on a unit %s cycles, %.1f us (%s, %.0f MHz):", ExactText(cycles).text,
                clock > 0 ? static_cast<lua_Number>(cycles) / clock : 0, system, clock);
}

void LayerLine(lua_State* L, int row, char (&line)[kLineSize]) {
  char name[kNameSize], bound[kNameSize];
  TextField(L, row, "name", name, sizeof(name));
  TextField(L, row, "bound", bound, sizeof(bound));
  Fit(name, 12);
  std::snprintf(line, sizeof(line), "\n       %6s  %-12s %11s cycles %5.1f%% of MACs, bound by %s",
                ExactText(SizeField(L, row, "word")).text, name,
                ExactText(WholeField(L, row, "cycles")).text,
                100 * NumberField(L, row, "utilisation"), bound);
}

// Line `i` of a row of the table: 0 of the operator, then of its layers. False: no such line.
bool ReadLine(lua_State* L, int table, lua_Integer row, lua_Integer i, char (&line)[kLineSize]) {
  const int top = lua_gettop(L);
  bool found =
      lua_rawgeti(L, table, row) == LUA_TTABLE && lua_getfield(L, -1, "layers") == LUA_TTABLE;
  if (found && i == 0) {
    OperatorLine(L, top + 1, line);
  } else if (found) {
    found = lua_rawgeti(L, -1, i) == LUA_TTABLE;
    if (found) LayerLine(L, top + 3, line);
  }
  lua_settop(L, top);
  return found;
}

}  // namespace

void SetNpuCycles(lua_State* L, const Node& node) {
  std::span<const uint8_t> bytes;
  npu::Payload payload;
  if (!npu::PayloadOf(node, &bytes) || !npu::ReadPayload(bytes, &payload).ok()) return;
  const npu::System& system = npu::DefaultSystem(payload.config);
  const int row = lua_gettop(L);
  const std::span<const LayerRow> layers = PushLayers(L, payload, system);
  double cycles = 0, bounded[kBounds] = {};
  int64_t macs = 0;
  lua_createtable(L, static_cast<int>(layers.size()), 0);
  for (size_t i = 0; i < layers.size(); ++i) {
    cycles += layers[i].cycles.total();
    macs += layers[i].cycles.macs;
    bounded[static_cast<int>(layers[i].cycles.bound())] += layers[i].cycles.total();
    SetLayer(L, layers[i], payload.config);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  lua_setfield(L, row, "layers");
  lua_settop(L, row);
  const auto most = std::max_element(bounded, bounded + kBounds) - bounded;
  const double possible = cycles * payload.config.macs;
  SetCycles(L, cycles, macs, possible > 0 ? static_cast<double>(macs) / possible : 0,
            static_cast<npu::Bound>(most));
  SetText(L, "system", system.name);
  SetNumber(L, "clock_mhz", static_cast<lua_Number>(system.clock_mhz));
}

void AddNpuLines(lua_State* L, luaL_Buffer* text, int table, lua_Integer row) {
  char line[kLineSize];
  for (lua_Integer i = 0; ReadLine(L, table, row, i, line); ++i) luaL_addstring(text, line);
}

}  // namespace moonlet
