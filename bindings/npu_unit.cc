// bindings/npu_unit.cc - who runs command streams: npu.info and npu.select.
#include <cstdio>
#include <cstring>

#include "bindings/npu_parts.h"
#include "bindings/options.h"
#include "bindings/report.h"
#include "boards/board.h"

namespace moonlet {
namespace {

// The board's unit -------------------------------------------------------------------

class BoardPort final : public npu::UnitPort {
 public:
  uint32_t Read(uint32_t offset) override { return board::ReadNpu(offset); }
  void Write(uint32_t offset, uint32_t value) override { board::WriteNpu(offset, value); }
  uint64_t Microseconds() override { return board::Microseconds(); }
  void Wait(uint64_t microseconds, const StopToken& stop) override {
    board::WaitNpu(microseconds, stop);
  }
  void Clean(const void* data, size_t bytes) override { board::CleanCache(data, bytes); }
  void Invalidate(void* data, size_t bytes) override { board::InvalidateCache(data, bytes); }
};

struct Unit {
  BoardPort port;
  npu::Driver driver{port};
  npu::UnitExecutor executor{driver};
  bool tried = false;
  Status status;
};

// The machine has one, whatever asks for it.
Unit& TheUnit() {
  static Unit unit;
  if (unit.tried) return unit;
  unit.tried = true;
  unit.status = board::NpuAddress() == 0 ? Status::Error(Code::kNotFound, "this board has no NPU")
                                         : unit.driver.Start();
  return unit;
}

// What was selected ------------------------------------------------------------------

enum class Runner : uint8_t { kAny, kModel, kDriver };
constexpr const char* const kRunnerNames[] = {nullptr, "model", "driver"};

struct Selection {
  Runner runner = Runner::kAny;
  bool limited = false;
  npu::Config only;
};

// The key of the script's selection in Lua's registry.
constexpr char kSelectionKey = 0;

Selection SelectionOf(lua_State* L) {
  Selection selection;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kSelectionKey) == LUA_TUSERDATA)
    selection = *static_cast<const Selection*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return selection;
}

void Keep(lua_State* L, const Selection& selection) {
  auto* kept = static_cast<Selection*>(lua_newuserdatauv(L, sizeof(Selection), 0));
  *kept = selection;
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kSelectionKey);
}

// npu.info ---------------------------------------------------------------------------

constexpr struct {
  npu::Product product;
  uint16_t macs;
} kModelled[] = {{npu::Product::kU55, 32},
                 {npu::Product::kU55, 64},
                 {npu::Product::kU55, 128},
                 {npu::Product::kU55, 256},
                 {npu::Product::kU65, 256}};

void SetHex(lua_State* L, const char* name, uint32_t value) {
  char text[12];
  std::snprintf(text, sizeof(text), "0x%08lX", static_cast<unsigned long>(value));
  SetText(L, name, text);
}

// The table of the driver: the unit it drives, or why there is none.
void PushDriver(lua_State* L) {
  Status reason;
  const bool present = BoardUnit(&reason) != nullptr;
  lua_createtable(L, 0, 7);
  lua_pushboolean(L, present);
  lua_setfield(L, -2, "present");
  if (board::NpuAddress() != 0) {
    SetHex(L, "address", static_cast<uint32_t>(board::NpuAddress()));
    SetInteger(L, "interrupt", board::NpuInterrupt());
  }
  if (!present) {
    SetText(L, "reason", reason.what());
    return;
  }
  const npu::Driver& driver = BoardDriver();
  SetText(L, "configuration", npu::ConfigName(driver.config()).text);
  SetHex(L, "config", driver.config_register());
  SetHex(L, "id", driver.id_register());
  const uint32_t id = driver.id_register();
  char version[20];
  std::snprintf(version, sizeof(version), "%d.%d.%d", static_cast<int>(id >> 28),
                static_cast<int>(id >> 20 & 0xFF), static_cast<int>(id >> 16 & 0xF));
  SetText(L, "version", version);
}

int InfoToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  char selected[16], only[16], reason[2 * kNameSize], address[16], configuration[16], version[20];
  TextField(L, 1, "selected", selected, sizeof(selected));
  TextField(L, 1, "only", only, sizeof(only));
  reason[0] = address[0] = configuration[0] = version[0] = '\0';
  if (lua_getfield(L, 1, "driver") == LUA_TTABLE) {
    TextField(L, 2, "reason", reason, sizeof(reason));
    TextField(L, 2, "address", address, sizeof(address));
    TextField(L, 2, "configuration", configuration, sizeof(configuration));
    TextField(L, 2, "version", version, sizeof(version));
  }
  lua_settop(L, 1);
  char line[kLineSize];
  std::snprintf(line, sizeof(line),
                "model: runs command streams for U55-32, -64, -128, -256 and U65-256\n"
                "driver: %s%s%s%s%s\nselected: %s%s%s",
                configuration[0] == '\0' ? reason : configuration,
                configuration[0] == '\0' ? "" : ", version ", version,
                address[0] == '\0' ? "" : ", at ", address, selected,
                only[0] == '\0' ? "" : ", for ", only);
  lua_pushstring(L, line);
  return 1;
}

// npu.info() -> table
int Info(lua_State* L) {
  const npu::EthosU npu = SelectedNpu(L);
  lua_createtable(L, 0, 4);
  SetText(L, "selected", npu.executor().name());
  if (npu.only() != nullptr) SetText(L, "only", npu::ConfigName(*npu.only()).text);
  lua_createtable(L, std::size(kModelled), 0);
  lua_Integer next = 0;
  for (const auto& [product, macs] : kModelled) {
    lua_pushstring(L, npu::ConfigName(*npu::FindConfig(product, macs)).text);
    lua_rawseti(L, -2, ++next);
  }
  lua_setfield(L, -2, "model");
  PushDriver(L);
  lua_setfield(L, -2, "driver");
  SetReportType(L, "moonlet.npu_info", InfoToString);
  return 1;
}

// npu.select -------------------------------------------------------------------------

constexpr const char* const kSelectOptions[] = {"macs", "product"};
constexpr const char* const kProducts[] = {"U55", "U65"};

Runner CheckRunner(lua_State* L, int index) {
  const char* name = luaL_checkstring(L, index);
  for (const Runner runner : {Runner::kModel, Runner::kDriver})
    if (std::strcmp(name, kRunnerNames[static_cast<int>(runner)]) == 0) return runner;
  ArgumentError(L, index, "\"model\" or \"driver\" expected, got \"%s\"", name);
}

// npu.select([name [, options]]) -> true | nil, message
int Select(lua_State* L) {
  Selection selection;
  if (!lua_isnoneornil(L, 1)) selection.runner = CheckRunner(L, 1);
  const OptionTable options(L, 2, kSelectOptions);
  const auto product = static_cast<npu::Product>(options.Choice("product", 0, kProducts));
  if (options.Has("macs")) {
    const auto macs = static_cast<int>(options.Integer("macs", 0, 1, 4096));
    const npu::Config* config = npu::FindConfig(product, macs);
    if (config == nullptr)
      ArgumentError(L, 2, "option 'macs': no %s has %d", kProducts[static_cast<int>(product)],
                    macs);
    selection.limited = true;
    selection.only = *config;
  } else if (options.Has("product")) {
    ArgumentError(L, 2, "option 'product': only with 'macs'");
  }
  Status reason;
  if (selection.runner == Runner::kDriver && BoardUnit(&reason) == nullptr)
    return PushFailure(L, "driver", reason);
  Keep(L, selection);
  lua_pushboolean(L, 1);
  return 1;
}

constexpr Entry kNpuUnitFunctionTable[] = {
    {"info", Info, "npu.info() -> table", "",
     Doc("Who can run command streams: `model`, the configurations that the functional model "
         "knows; `driver`, the unit of this board (`present`, and then `configuration`, `config` "
         "and `id` as its registers say, `version`; else the `reason`; where the board has a "
         "place for one its `address` and `interrupt`); `selected`, \"model\" or \"driver\", and "
         "`only`, the configuration that npu.select was given. The table prints as text."),
     Doc("local info = npu.info()\n"
         "print(info.selected, info.driver.present, info.model[3]) --> model false U55-128")},
    {"select", Select, "npu.select([name [, options]]) -> true | nil, message",
     "name: \"model\" or \"driver\"; options: macs: whole number; product: \"U55\" or \"U65\"",
     Doc("Chooses who runs the command streams of models that are loaded from now on: the "
         "functional model, or the driver of the board's unit; without a name the driver where a "
         "unit answers, else the model. The model runs what was compiled for any configuration; "
         "with `macs` (and `product`, \"U55\" unless given) loading refuses any other. A unit "
         "runs its own alone. nil and a message when no unit answers."),
     Doc("assert(npu.select(\"model\", {macs = 128}))\n"
         "print(npu.info().only) --> U55-128\n"
         "npu.select()\n"
         "print(npu.info().only) --> nil")},
};

}  // namespace

const std::span<const Entry> kNpuUnitFunctions = kNpuUnitFunctionTable;

const npu::UnitExecutor* BoardUnit(Status* reason) {
  const Unit& unit = TheUnit();
  *reason = unit.status;
  return unit.status.ok() ? &unit.executor : nullptr;
}

const npu::Driver& BoardDriver() { return TheUnit().driver; }

npu::EthosU SelectedNpu(lua_State* L) {
  const Selection selection = SelectionOf(L);
  Status reason;
  const npu::UnitExecutor* unit = selection.runner == Runner::kModel ? nullptr : BoardUnit(&reason);
  const npu::Config* only = selection.limited ? &selection.only : nullptr;
  return unit != nullptr ? npu::EthosU(*unit, only) : npu::EthosU(npu::ModelExecutor(), only);
}

}  // namespace moonlet
