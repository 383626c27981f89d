// bindings/nn_report.cc - what is in a model and what it costs: nn.analyze, model:summary
// and model:profile. Reports are plain tables that print as text.
#include <cstdio>
#include <cstring>

#include "bindings/nn_parts.h"
#include "bindings/tensor.h"
#include "boards/board.h"
#include "engine/nn/analyze.h"
#include "vm/files.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// Tables -----------------------------------------------------------------------------

void SetInteger(lua_State* L, const char* name, uint64_t value) {
  lua_pushinteger(L, static_cast<lua_Integer>(value));
  lua_setfield(L, -2, name);
}

void SetText(lua_State* L, const char* name, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
  lua_setfield(L, -2, name);
}

// Sets `dtype` and `shape` of the table on top. A scalar has the shape {}.
void SetTensor(lua_State* L, const TensorReport& tensor) {
  SetText(L, "dtype", tensor.dtype);
  lua_createtable(L, tensor.rank, 0);
  for (int i = 0; i < tensor.rank; ++i) {
    lua_pushinteger(L, tensor.dims[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shape");
}

void SetPorts(lua_State* L, const Model& model, const char* name, int count,
              int (*tensor_of)(const Model&, int)) {
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; ++i) {
    const TensorReport tensor = DescribeTensor(model, tensor_of(model, i));
    lua_createtable(L, 0, 5);
    SetText(L, "name", tensor.name);
    SetTensor(L, tensor);
    if (tensor.scales > 0) {
      lua_pushnumber(L, static_cast<lua_Number>(tensor.scale));
      lua_setfield(L, -2, "scale");
      lua_pushinteger(L, tensor.zero_point);
      lua_setfield(L, -2, "zero_point");
    }
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, name);
}

// One row of `operators`. The rows of what cannot run go to the table at `unsupported` too.
void PushOperator(lua_State* L, const Model& model, int index, int unsupported) {
  const OperatorReport op = DescribeOperator(model, index);
  lua_createtable(L, 0, 7);
  SetInteger(L, "index", static_cast<uint64_t>(index) + 1);
  SetText(L, "name", op.name);
  SetInteger(L, "macs", op.macs);
  SetInteger(L, "weights", op.weight_bytes);
  if (op.outputs > 0) {
    const int output = OperatorOutput(model, index, 0);
    if (output >= 0) SetTensor(L, DescribeTensor(model, output));
  }
  if (op.support.ok()) return;
  SetText(L, "reason", op.support.what());
  lua_pushvalue(L, -1);
  lua_rawseti(L, unsupported, static_cast<lua_Integer>(lua_rawlen(L, unsupported)) + 1);
}

// Text -------------------------------------------------------------------------------

lua_Integer IntegerField(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value;
}

uint64_t SizeField(lua_State* L, int table, const char* name) {
  return static_cast<uint64_t>(std::max<lua_Integer>(0, IntegerField(L, table, name)));
}

// Copies a text field, cut to fit, without what would move a terminal.
void TextField(lua_State* L, int table, const char* name, char* text, size_t size) {
  lua_getfield(L, table, name);
  const char* value = lua_tostring(L, -1);
  std::snprintf(text, size, "%s", value == nullptr ? "" : value);
  for (char* c = text; *c != '\0'; ++c)
    if (*c < ' ' || *c > '~') *c = '?';
  lua_pop(L, 1);
}

// "int8 {1, 49, 10, 1}" of a row with dtype and shape.
void TensorField(lua_State* L, int table, char* text, size_t size) {
  TextField(L, table, "dtype", text, size);
  if (lua_getfield(L, table, "shape") != LUA_TTABLE) return lua_pop(L, 1);
  size_t used = std::strlen(text);
  const auto append = [&](const char* piece) {
    if (used + 1 >= size) return;
    const int added = std::snprintf(text + used, size - used, "%s", piece);
    used = std::min(size - 1, used + static_cast<size_t>(added));
  };
  append(" {");
  const lua_Unsigned rank = lua_rawlen(L, -1);
  for (lua_Unsigned i = 1; i <= rank; ++i) {
    lua_rawgeti(L, -1, static_cast<lua_Integer>(i));
    char dim[24];
    std::snprintf(dim, sizeof(dim), "%s%lld", i == 1 ? "" : ", ", lua_tointeger(L, -1));
    append(dim);
    lua_pop(L, 1);
  }
  append("}");
  lua_pop(L, 1);
}

constexpr size_t kNameSize = 96;
constexpr size_t kLineSize = 512;

// Columns are as wide as their longest text, up to limits that keep lines within 100.
constexpr int kMostName = 32;
constexpr int kMostShape = 38;

void Widen(int* width, const char* text, int most) {
  *width = std::max(*width, std::min(most, static_cast<int>(std::strlen(text))));
}

// Cuts a text longer than `most` (at least 3) and says so.
void Fit(char* text, int most) {
  if (std::strlen(text) > static_cast<size_t>(most)) std::strcpy(text + most - 3, "...");
}

// A buffer may keep a value of its own on the stack's top, so what is pushed between two
// additions is popped again.
void AddPortLines(lua_State* L, luaL_Buffer* text, int table, const char* field,
                  const char* title) {
  if (lua_getfield(L, table, field) != LUA_TTABLE) return lua_pop(L, 1);
  const lua_Unsigned count = lua_rawlen(L, -1);
  lua_pop(L, 1);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    char name[kNameSize], shape[kNameSize], line[kLineSize];
    lua_getfield(L, table, field);
    lua_rawgeti(L, -1, static_cast<lua_Integer>(i));
    const int row = lua_gettop(L);
    TextField(L, row, "name", name, sizeof(name));
    Fit(name, kMostName);
    TensorField(L, row, shape, sizeof(shape));
    Fit(shape, kMostShape);
    lua_getfield(L, row, "scale");
    char scale[64] = "";
    if (lua_isnumber(L, -1)) {
      std::snprintf(scale, sizeof(scale), ", scale %.6g, zero point %lld", lua_tonumber(L, -1),
                    IntegerField(L, row, "zero_point"));
    }
    lua_pop(L, 3);
    std::snprintf(line, sizeof(line), "%s%s  %s%s\n", title, shape, name, scale);
    luaL_addstring(text, line);
  }
}

// A row of `operators` as it is printed.
struct OperatorText {
  char name[kNameSize];
  char shape[kNameSize];
  char reason[2 * kNameSize];
  uint64_t macs;
  uint64_t weights;
};

// Row `i` of the table's operators; false when a script has put something else there.
bool ReadOperator(lua_State* L, int table, lua_Unsigned i, OperatorText* op) {
  const int top = lua_gettop(L);
  const bool found = lua_getfield(L, table, "operators") == LUA_TTABLE &&
                     lua_rawgeti(L, -1, static_cast<lua_Integer>(i)) == LUA_TTABLE;
  if (found) {
    const int row = lua_gettop(L);
    TextField(L, row, "name", op->name, sizeof(op->name));
    TensorField(L, row, op->shape, sizeof(op->shape));
    TextField(L, row, "reason", op->reason, sizeof(op->reason));
    op->macs = SizeField(L, row, "macs");
    op->weights = SizeField(L, row, "weights");
    Fit(op->name, kMostName);
    Fit(op->shape, kMostShape);
  }
  lua_settop(L, top);
  return found;
}

// The reason without its beginning, "operator 3 COS: ", which the line above it shows.
const char* ShortReason(const OperatorText& op) {
  const char* rest = std::strstr(op.reason, ": ");
  return std::strncmp(op.reason, "operator ", 9) == 0 && rest != nullptr ? rest + 2 : op.reason;
}

void AddOperatorLines(lua_State* L, luaL_Buffer* text, int table) {
  lua_getfield(L, table, "operators");
  const lua_Unsigned count = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_pop(L, 1);
  constexpr const char* kLine = "%5s  %-*s  %-*s  %8s  %9s\n";
  constexpr const char* kName = "operator";
  constexpr const char* kOutput = "output";
  int name_width = 0;
  int shape_width = 0;
  Widen(&name_width, kName, kMostName);
  Widen(&shape_width, kOutput, kMostShape);
  OperatorText op;
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (!ReadOperator(L, table, i, &op)) continue;
    Widen(&name_width, op.name, kMostName);
    Widen(&shape_width, op.shape, kMostShape);
  }
  char line[kLineSize];
  std::snprintf(line, sizeof(line), kLine, "", name_width, kName, shape_width, kOutput, "MAC",
                "weights");
  luaL_addstring(text, line);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (!ReadOperator(L, table, i, &op)) continue;
    std::snprintf(line, sizeof(line), kLine, ExactText(i).text, name_width, op.name, shape_width,
                  op.shape, op.macs == 0 ? "" : CountText(op.macs).text,
                  op.weights == 0 ? "" : BytesText(op.weights).text);
    luaL_addstring(text, line);
    if (op.reason[0] == '\0') continue;
    std::snprintf(line, sizeof(line), "%5s  cannot run: %s\n", "", ShortReason(op));
    luaL_addstring(text, line);
  }
}

int AnalysisToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  char name[kNameSize], line[kLineSize];
  TextField(L, 1, "name", name, sizeof(name));
  const uint64_t macs = SizeField(L, 1, "macs"), weights = SizeField(L, 1, "weights");
  const uint64_t ram = SizeField(L, 1, "ram"), arena = SizeField(L, 1, "arena");
  const uint64_t bound = SizeField(L, 1, "arena_bound");
  lua_getfield(L, 1, "operators");
  const lua_Unsigned operators = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_getfield(L, 1, "unsupported");
  const lua_Unsigned unsupported = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_settop(L, 1);

  luaL_Buffer text;
  luaL_buffinit(L, &text);
  std::snprintf(line, sizeof(line), "%s: %llu operator%s, %s MAC, %s weights, %s RAM\n", name,
                static_cast<unsigned long long>(operators), operators == 1 ? "" : "s",
                CountText(macs).text, BytesText(weights).text, BytesText(ram).text);
  luaL_addstring(&text, line);
  AddPortLines(L, &text, 1, "inputs", "input   ");
  AddPortLines(L, &text, 1, "outputs", "output  ");
  AddOperatorLines(L, &text, 1);
  std::snprintf(line, sizeof(line), "RAM: %s bytes of activations (bound %s), %s of records",
                ExactText(arena).text, ExactText(bound).text,
                ExactText(ram > arena ? ram - arena : 0).text);
  luaL_addstring(&text, line);
  if (unsupported > 0) {
    std::snprintf(line, sizeof(line), "\n%llu operator%s cannot run here",
                  static_cast<unsigned long long>(unsupported), unsupported == 1 ? "" : "s");
    luaL_addstring(&text, line);
  }
  luaL_pushresult(&text);
  return 1;
}

// Gives the table on top a metatable with this `__tostring`, the same for all of a kind.
void SetReportType(lua_State* L, const char* type_name, lua_CFunction to_string) {
  if (luaL_newmetatable(L, type_name)) {
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
  }
  lua_setmetatable(L, -2);
}

// nn.analyze -------------------------------------------------------------------------

// A model for the time of a report, collected when something raises in between.
struct ReportedModel {
  Model model;
};

int CloseReported(lua_State* L) {
  static_cast<ReportedModel*>(lua_touserdata(L, 1))->model = Model();
  return 0;
}
constexpr luaL_Reg kReportedMetamethods[] = {{"__gc", CloseReported}, {nullptr, nullptr}};
const luaL_Reg* const kReportedMetamethodLists[] = {kReportedMetamethods};
const Class kReportedClass = {
    "model file", "moonlet.model_file", nullptr, {}, kReportedMetamethodLists};

Status OpenModel(lua_State* L, const char* path, Model* model) noexcept {
  Bytes bytes;
  if (Status s = ReadFile(L, path, false, &bytes); !s.ok()) return s;
  return Model::Open(std::move(bytes), Runtime::Of(L).engine_memory(), model);
}

// nn.analyze(path) -> table | nil, message
int AnalyzeFile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  auto* reported = new (NewObject(L, kReportedClass, sizeof(ReportedModel), 0)) ReportedModel();
  if (Status s = OpenModel(L, path, &reported->model); !s.ok()) return PushFailure(L, path, s);
  PushAnalysis(L, reported->model, nullptr, FileName(path));
  reported->model = Model();
  return 1;
}

// What a mapped file gives that was written to since it was loaded.
int PushChanged(lua_State* L) {
  luaL_pushfail(L);
  lua_pushliteral(L, "model file changed");
  return 2;
}

// model:summary() -> string | nil, message
int Summary(lua_State* L) {
  const ModelBox& box = *CheckModel(L, 1);
  if (!box.core->model.Unchanged()) return PushChanged(L);
  lua_getiuservalue(L, 1, kName);
  PushAnalysis(L, box.core->model, &box.core->session, lua_tostring(L, -1));
  luaL_tolstring(L, -1, nullptr);
  return 1;
}

// model:profile ----------------------------------------------------------------------

class Stopwatch final : public StepObserver {
 public:
  explicit Stopwatch(uint64_t* totals) : totals_(totals) {}
  void Before(int) override { start_ = board::Microseconds(); }
  void After(int step) override { totals_[step] += board::Microseconds() - start_; }

 private:
  uint64_t* totals_;
  uint64_t start_ = 0;
};

lua_Number NumberField(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const lua_Number value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return value;
}

int ProfileToString(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const lua_Integer runs = IntegerField(L, 1, "runs");
  const lua_Number total = NumberField(L, 1, "us");
  const lua_Unsigned count = lua_rawlen(L, 1);
  char name[kNameSize], line[kLineSize];
  int width = 0;
  Widen(&width, "operator", kMostName);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, static_cast<lua_Integer>(i)) == LUA_TTABLE) {
      TextField(L, lua_gettop(L), "name", name, sizeof(name));
      Widen(&width, name, kMostName);
    }
    lua_pop(L, 1);
  }
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  std::snprintf(line, sizeof(line), "%.1f us per run, mean of %lld\n%5s  %-*s %9s %7s %12s", total,
                runs, "", width, "operator", "us", "share", "MAC per us");
  luaL_addstring(&text, line);
  for (lua_Unsigned i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, static_cast<lua_Integer>(i)) != LUA_TTABLE) {
      lua_pop(L, 1);
      continue;
    }
    const int row = lua_gettop(L);
    TextField(L, row, "name", name, sizeof(name));
    Fit(name, kMostName);
    const lua_Number us = NumberField(L, row, "us");
    const auto macs = static_cast<lua_Number>(SizeField(L, row, "macs"));
    lua_pop(L, 1);
    std::snprintf(line, sizeof(line), "\n%5s  %-*s %9.1f %6.1f%%", ExactText(i).text, width, name,
                  us, total > 0 ? 100 * us / total : 0);
    luaL_addstring(&text, line);
    if (macs > 0 && us > 0) {
      std::snprintf(line, sizeof(line), " %12.0f", macs / us);
      luaL_addstring(&text, line);
    }
  }
  luaL_pushresult(&text);
  return 1;
}

// model:profile([runs]) -> table
int Profile(lua_State* L) {
  const ModelBox& box = *CheckModel(L, 1);
  const lua_Integer runs = luaL_optinteger(L, 2, 10);
  if (runs < 1)
    luaL_argerror(
        L, 2,
        lua_pushfstring(L, "at least 1 run expected, got %I", static_cast<LUAI_UACINT>(runs)));
  ModelCore& core = *box.core;
  const int steps = core.session.steps();
  const auto count = static_cast<size_t>(steps);
  auto* totals = static_cast<uint64_t*>(lua_newuserdatauv(L, sizeof(uint64_t) * (count + 1), 0));
  std::memset(totals, 0, sizeof(uint64_t) * count);
  Stopwatch stopwatch(totals);
  const uint64_t start = board::Microseconds();
  for (lua_Integer i = 0; i < runs; ++i) {
    if (Status s = core.session.Run(StopOf(L), &stopwatch); !s.ok()) {
      if (s.code() != Code::kChanged) RaiseStatus(L, s);
      return PushChanged(L);
    }
  }
  if (!core.model.Unchanged()) return PushChanged(L);
  const auto elapsed = static_cast<lua_Number>(board::Microseconds() - start);
  const auto mean = [runs](lua_Number us) { return us / static_cast<lua_Number>(runs); };

  lua_createtable(L, steps, 2);
  lua_pushinteger(L, runs);
  lua_setfield(L, -2, "runs");
  lua_pushnumber(L, mean(elapsed));
  lua_setfield(L, -2, "us");
  for (int i = 0; i < steps; ++i) {
    const OperatorReport op = DescribeOperator(core.model, i);
    lua_createtable(L, 0, 4);
    SetInteger(L, "index", static_cast<uint64_t>(i) + 1);
    SetText(L, "name", op.name);
    SetInteger(L, "macs", op.macs);
    lua_pushnumber(L, mean(static_cast<lua_Number>(totals[i])));
    lua_setfield(L, -2, "us");
    lua_rawseti(L, -2, i + 1);
  }
  SetReportType(L, "moonlet.profile", ProfileToString);
  return 1;
}

constexpr Entry kFunctionTable[] = {
    {"analyze", AnalyzeFile, "nn.analyze(path) -> table | nil, message", "bytes, multiply-adds",
     Doc("What is in a `.tflite` file and what running it would take, without running it: `ram` "
         "bytes in all, of which `arena` for activations (`arena_bound`: no plan can do with "
         "less), `weights` bytes, `macs`; `inputs` and `outputs` with name, dtype and shape; "
         "`operators`, one row each with index, name, macs, weights, and its first output's dtype "
         "and shape. `unsupported` has the rows of all operators that cannot run here, each with "
         "its `reason`. The table prints as text."),
     Doc("local a = assert(nn.analyze(sys.find \"digits.tflite\"))\n"
         "print(#a.unsupported, a.operators[1].name) --> 0 CONV_2D\n"
         "print(a.macs > 10000, a.ram < 20000) --> true true")},
};

constexpr Entry kMethodTable[] = {
    {"summary", Summary, "model:summary() -> string | nil, message", "bytes, multiply-adds",
     Doc("The model as text: inputs, outputs, and each operator with its output, multiply-adds and "
         "weights; what `nn.analyze` tells as a table. A mapped file that was overwritten gives "
         "nil, \"model file changed\"."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "print(model:summary():find(\"FULLY_CONNECTED\") ~= nil) --> true")},
    {"profile", Profile, "model:profile([runs]) -> table | nil, message", "microseconds",
     Doc("Runs the model on what lies in its inputs, 10 times or `runs` times, and tells how long "
         "each operator took on average: rows with `index`, `name`, `macs` and `us`; `us` and "
         "`runs` of the whole. The table prints as text. Variables move on as in `run`."),
     Doc("local model = assert(nn.load(sys.find \"digits.tflite\"))\n"
         "local p = model:profile(3)\n"
         "print(p.runs, p[1].name) --> 3 CONV_2D")},
};

}  // namespace

const std::span<const Entry> kNnReportFunctions = kFunctionTable;
const std::span<const Entry> kNnReportMethods = kMethodTable;

void PushAnalysis(lua_State* L, const Model& model, const Session* session, const char* name) {
  ModelReport report;
  if (Status s = Analyze(model, Runtime::Of(L).engine_memory(), &report); !s.ok())
    RaiseStatus(L, s);
  luaL_checkstack(L, LUA_MINSTACK, "a report");
  lua_createtable(L, 0, 12);
  const int table = lua_gettop(L);
  SetText(L, "name", name);
  SetInteger(L, "bytes", model.bytes().size());
  SetInteger(L, "macs", report.macs);
  SetInteger(L, "weights", report.weight_bytes);
  const size_t arena = session == nullptr ? report.arena_bytes : session->arena_bytes();
  const size_t records = session == nullptr ? report.record_bytes : session->record_bytes();
  SetInteger(L, "ram", arena + records);
  SetInteger(L, "arena", arena);
  SetInteger(L, "arena_bound", report.arena_bound);
  SetPorts(L, model, "inputs", report.inputs, ModelInput);
  SetPorts(L, model, "outputs", report.outputs, ModelOutput);
  lua_createtable(L, report.unsupported, 0);
  lua_createtable(L, report.operators, 0);
  for (int i = 0; i < report.operators; ++i) {
    PushOperator(L, model, i, table + 1);
    lua_rawseti(L, table + 2, i + 1);
  }
  lua_setfield(L, table, "operators");
  lua_setfield(L, table, "unsupported");
  SetReportType(L, "moonlet.analysis", AnalysisToString);
}

FigureText CountText(uint64_t count) {
  FigureText result;
  static constexpr struct {
    double unit;
    const char* name;
  } kUnits[] = {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
  for (const auto& [unit, name] : kUnits) {
    const double value = static_cast<double>(count) / unit;
    if (value < 1) continue;
    const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    std::snprintf(result.text, sizeof(result.text), "%.*f %s", decimals, value, name);
    return result;
  }
  std::snprintf(result.text, sizeof(result.text), "%d", static_cast<int>(count));
  return result;
}

FigureText BytesText(uint64_t bytes) {
  FigureText result;
  const auto value = static_cast<double>(bytes);
  if (bytes < 1024) {
    std::snprintf(result.text, sizeof(result.text), "%d B", static_cast<int>(bytes));
  } else if (bytes < 1024 * 1024) {
    std::snprintf(result.text, sizeof(result.text), "%.1f KiB", value / 1024);
  } else {
    std::snprintf(result.text, sizeof(result.text), "%.1f MiB", value / (1024 * 1024));
  }
  return result;
}

FigureText ExactText(uint64_t number) {
  char digits[24];
  const int length =
      std::snprintf(digits, sizeof(digits), "%llu", static_cast<unsigned long long>(number));
  FigureText result;
  char* to = result.text;
  for (int i = 0; i < length; ++i) {
    if (i > 0 && (length - i) % 3 == 0) *to++ = ',';
    *to++ = digits[i];
  }
  *to = '\0';
  return result;
}

}  // namespace moonlet
