// bindings/npu_stream.cc - command streams as files hold them: npu.disassemble and npu.check.
#include <cstdio>
#include <cstring>
#include <string_view>

#include "bindings/nn_parts.h"
#include "bindings/npu_parts.h"
#include "engine/nn/analyze.h"
#include "engine/nn/graph.h"
#include "engine/npu/check.h"
#include "engine/npu/disassemble.h"

namespace moonlet {
namespace {

// Where streams come from: a file, or what is given in its place.
struct StreamSource {
  const Model* model = nullptr;      // on top of the stack, or
  std::span<const uint8_t> payload;  // this alone
};

// What a string holds is told by its first bytes: a driver payload, a model, else a path.
bool IsPayload(std::string_view s) { return s.starts_with("COP1"); }
bool IsModel(std::string_view s) { return s.size() >= 8 && s.substr(4, 4) == "TFL3"; }

// Pushes the model when it is one. The argument is a string.
Status PushSource(lua_State* L, int index, StreamSource* source) {
  size_t size;
  const char* text = luaL_checklstring(L, index, &size);
  const std::string_view given(text, size);
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(text), size);
  if (IsPayload(given)) {
    source->payload = bytes;
    return Status();
  }
  Status s;
  source->model =
      IsModel(given) ? PushModelFile(L, nullptr, bytes, &s) : PushModelFile(L, text, {}, &s);
  return s;
}

// The name that a refusal has in front.
const char* PathAt(lua_State* L, int index) {
  size_t size;
  const char* text = lua_tolstring(L, index, &size);
  return IsPayload({text, size}) || IsModel({text, size}) ? "model" : text;
}

int PushNoStream(lua_State* L, int index) {
  luaL_pushfail(L);
  lua_pushfstring(L, "%s: no operator is compiled for the NPU", PathAt(L, index));
  return 2;
}

// npu.disassemble ---------------------------------------------------------------------

class TextLines final : public npu::StreamLines {
 public:
  explicit TextLines(luaL_Buffer* text) : text_(text) {}
  void Add(const npu::StreamLine& line) override {
    if (line.kind == npu::LineKind::kError) return;  // the answer has it
    luaL_addstring(text_, line.text);
    luaL_addchar(text_, '\n');
  }

 private:
  luaL_Buffer* text_;
};

Status AddStream(luaL_Buffer* text, std::span<const uint8_t> payload) {
  TextLines lines(text);
  return npu::Disassemble(payload, lines);
}

Status AddOperator(luaL_Buffer* text, const Node& node, bool* found) {
  std::span<const uint8_t> payload;
  if (!npu::PayloadOf(node, &payload)) return Status();
  *found = true;
  char line[48];
  std::snprintf(line, sizeof(line), "; operator %d\n", node.index() + 1);
  luaL_addstring(text, line);
  return AddStream(text, payload);
}

// npu.disassemble(path) -> string | nil, message [, string]
int DisassembleFile(lua_State* L) {
  StreamSource source;
  if (Status s = PushSource(L, 1, &source); !s.ok()) return PushFailure(L, PathAt(L, 1), s);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  bool found = source.model == nullptr;
  Status s = found ? AddStream(&text, source.payload) : Status();
  for (int i = 0; source.model != nullptr && i < OperatorCount(*source.model) && s.ok(); ++i)
    s = AddOperator(&text, Node(*source.model, i), &found);
  luaL_pushresult(&text);
  const int lines = lua_gettop(L);
  if (!s.ok()) {
    const int values = PushFailure(L, PathAt(L, 1), s);
    lua_pushvalue(L, lines);
    return values + 1;
  }
  return found ? 1 : PushNoStream(L, 1);
}

// npu.check ---------------------------------------------------------------------------

Status CheckOperator(const Node& node, bool* found) {
  std::span<const uint8_t> payload;
  if (!npu::PayloadOf(node, &payload)) return Status();
  *found = true;
  npu::Region regions[npu::kRegions];
  const size_t count = npu::RegionsOf(node, regions);
  const Status s = npu::CheckPayload(payload, npu::Regions(regions, count));
  return s.ok() ? s : OfOperator(node, s);
}

// npu.check(path) -> true | nil, message
int CheckFile(lua_State* L) {
  StreamSource source;
  if (Status s = PushSource(L, 1, &source); !s.ok()) return PushFailure(L, PathAt(L, 1), s);
  bool found = source.model == nullptr;
  Status s = found ? npu::CheckPayload(source.payload, {}) : Status();
  for (int i = 0; source.model != nullptr && i < OperatorCount(*source.model) && s.ok(); ++i)
    s = CheckOperator(Node(*source.model, i), &found);
  if (!s.ok()) return PushFailure(L, PathAt(L, 1), s);
  if (!found) return PushNoStream(L, 1);
  lua_pushboolean(L, 1);
  return 1;
}

constexpr Entry kNpuStreamFunctionTable[] = {
    {"disassemble", DisassembleFile, "npu.disassemble(path) -> string | nil, message [, string]",
     "",
     Doc("The command streams in a compiled model as text, a line for each command with the "
         "number of its word: registers with what they are set to, operations with their sizes. "
         "The bytes of a model or of a driver payload may stand in place of a path. nil and a "
         "message where a stream is malformed, with the lines up to there, or where there is "
         "none. On a host only."),
     Doc("print((npu.disassemble(sys.find \"digits.tflite\"))) --> nil")},
    {"check", CheckFile, "npu.check(path) -> true | nil, message", "",
     Doc("Whether a unit would run the command streams of a compiled model as they are meant: "
         "blocks and where they lie in shared memory, alignments and regions, waits between what "
         "conflicts. nil and what is wrong first, with the word of the command. The bytes of a "
         "model or of a driver payload may stand in place of a path; a payload alone does not "
         "tell how large its regions are. On a host only."),
     Doc("print((npu.check(\"COP1\"))) --> nil")},
};

}  // namespace

const std::span<const Entry> kNpuStreamFunctions = kNpuStreamFunctionTable;

}  // namespace moonlet
