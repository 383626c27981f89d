#include "shell/device_module.h"

#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/modules.h"
#include "bindings/registry.h"
#include "shell/host_files.h"
#include "shell/image.h"
#include "shell/progress_bar.h"
#include "shell/raw_client.h"
#include "shell/rom_file.h"
#include "shell/target.h"
#include "shell/transfer.h"
#include "vm/runtime.h"

namespace moonlet {
namespace {

// For what a device is asked to do, unless the command has a time budget, which then ends it.
constexpr int kPatienceMs = 120'000;
constexpr int kFarewellMs = 2'000;

struct Texts final : Output {
  void Write(std::string_view text) override { out += text; }
  void WriteError(std::string_view text) override { error += text; }
  std::string out;
  std::string error;
};

// Nothing here raises. What strings are left to Lua lie in the object, which Lua owns.
class Board {
 public:
  explicit Board(Runtime& runtime) : runtime_(runtime) {}
  ~Board() { Clear(); }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  Status Open(const char* target, const std::vector<std::string>& files, bool counts) noexcept;
  // In a new Lua state. printed() is what the code printed.
  Status Run(std::string_view code) noexcept;
  Status Put(const char* path, const char* place) noexcept;
  Status Get(const char* place, const char* path) noexcept;

  bool is_emulated() const { return target_.is_simulated(); }
  const std::string& printed() const { return texts_.out; }

 private:
  // The machine whose ROM image has the files.
  Status SetMachine(const EmulatedBoard& board, const std::vector<std::string>& files, bool counts);
  Status Explained(const Status& status);
  void Clear();

  Runtime& runtime_;
  RomFile rom_;
  Target target_;
  RawClient client_{target_.line(), runtime_.stop()};
  Texts texts_;
  bool cable_ = false;  // a device at the end of one is in raw mode
};

Status Board::Explained(const Status& status) {
  if (status.ok() || status.code() == Code::kStopped) return status;
  return Status::Error(status.code(), "%s", target_.Explain(status).c_str());
}

Status Board::SetMachine(const EmulatedBoard& board, const std::vector<std::string>& files,
                         bool counts) {
  std::vector<ImageFile> contents;
  if (Status s = FilesBelow(runtime_.options().library_dir, "lib/", &contents); !s.ok()) return s;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string name = files[i].substr(files[i].rfind('/') + 1);
    contents.push_back({"files/" + std::to_string(i + 1) + "/" + name, files[i]});
  }
  std::vector<uint8_t> image;
  if (Status s = BuildImage(std::move(contents), &image); !s.ok()) return s;
  if (image.size() > board.rom_size)
    return Status::Invalid("%s does not fit: a ROM image of %zu bytes, and %s has room for %zu",
                           files.empty() ? "the library" : files[0].c_str(), image.size(),
                           board.machine, board.rom_size);
  Machine machine = DefaultMachine(board);
  machine.flash.clear();  // nobody's application shall run
  machine.icount = counts;
  if (Status s = rom_.Make(image); !s.ok()) return s;
  machine.rom = rom_.path();
  target_.SetMachine(machine);
  return {};
}

Status Board::Open(const char* target, const std::vector<std::string>& files,
                   bool counts) noexcept {
  const EmulatedBoard* board = FindEmulated(target);
  if (board != nullptr) {
    if (Status s = SetMachine(*board, files, counts); !s.ok()) return s;
  }
  if (Status s = target_.Open(target); !s.ok()) return s;
  if (Status s = client_.Enter(); !s.ok()) return Explained(s);
  cable_ = board == nullptr;
  return {};
}

// In a state of its own.
Status Board::Run(std::string_view code) noexcept {
  texts_ = {};
  bool failed;
  if (Status s = client_.SoftReset(); !s.ok()) return Explained(s);
  const int patience = runtime_.options().timeout_seconds > 0 ? RawClient::kForever : kPatienceMs;
  if (Status s = client_.Run(code, texts_, &failed, patience); !s.ok()) return Explained(s);
  if (!failed) return {};
  // Of an error the message is enough.
  const std::string message = texts_.error.substr(0, texts_.error.find('\n'));
  return Status::Invalid("%s", message.c_str());
}

Status Board::Put(const char* path, const char* place) noexcept {
  std::vector<uint8_t> bytes;
  if (Status s = ReadHostFile(path, &bytes); !s.ok()) return s;
  ProgressBar bar;
  return Explained(Transfer(client_, {.watcher = &bar}).Put(bytes, place));
}

Status Board::Get(const char* place, const char* path) noexcept {
  std::vector<uint8_t> bytes;
  ProgressBar bar;
  if (Status s = Transfer(client_, {.watcher = &bar}).Get(place, &bytes); !s.ok())
    return Explained(s);
  return WriteHostFile(path, bytes);
}

// Whatever the device did before; that it does not answer was said.
void Board::Clear() {
  if (!cable_ || !client_.Enter(kFarewellMs).ok() || !client_.SoftReset().ok()) return;
  Texts nobody;
  bool failed;
  (void)client_.Run("require 'model.there'.clear()", nobody, &failed, kFarewellMs);
}

// The board as a value -----------------------------------------------------------------

struct BoardBox {
  Board* board;  // null before it is open and once it is closed
};

int CloseBoard(lua_State* L);
constexpr luaL_Reg kBoardMetamethods[] = {
    {"__gc", CloseBoard}, {"__close", CloseBoard}, {nullptr, nullptr}};
const luaL_Reg* const kBoardMetamethodLists[] = {kBoardMetamethods};

int RunCode(lua_State* L);
int PutFile(lua_State* L);
int GetFile(lua_State* L);
int IsEmulated(lua_State* L);
constexpr Entry kBoardMethodTable[] = {
    {"run", RunCode, "board:run(code) -> string | nil, message", "", "", ""},
    {"put", PutFile, "board:put(path, place) -> true | nil, message", "", "", ""},
    {"get", GetFile, "board:get(place, path) -> true | nil, message", "", "", ""},
    {"is_emulated", IsEmulated, "board:is_emulated() -> boolean", "", "", ""},
};
const std::span<const Entry> kBoardMethods[] = {kBoardMethodTable};
const Class kBoardClass = {"device", "moonlet.device", "A device at the end of a line.",
                           kBoardMethods, kBoardMetamethodLists};

int CloseBoard(lua_State* L) {
  auto* box = static_cast<BoardBox*>(CheckObject(L, 1, kBoardClass));
  delete std::exchange(box->board, nullptr);
  return 0;
}

Board& CheckBoard(lua_State* L) {
  auto* box = static_cast<BoardBox*>(CheckObject(L, 1, kBoardClass));
  if (box->board == nullptr) luaL_argerror(L, 1, "the device is closed");
  return *box->board;
}

// nil and why; what stops the command raises.
int Refuse(lua_State* L, const Status& status) {
  if (status.code() == Code::kStopped) RaiseStatus(L, status);
  luaL_pushfail(L);
  lua_pushstring(L, status.what());
  return 2;
}

int RunCode(lua_State* L) {
  Board& board = CheckBoard(L);
  size_t size;
  const char* code = luaL_checklstring(L, 2, &size);
  if (Status s = board.Run({code, size}); !s.ok()) return Refuse(L, s);
  lua_pushlstring(L, board.printed().data(), board.printed().size());
  return 1;
}

int Done(lua_State* L, const Status& status) {
  if (!status.ok()) return Refuse(L, status);
  lua_pushboolean(L, 1);
  return 1;
}

int PutFile(lua_State* L) {
  return Done(L, CheckBoard(L).Put(luaL_checkstring(L, 2), luaL_checkstring(L, 3)));
}

int GetFile(lua_State* L) {
  return Done(L, CheckBoard(L).Get(luaL_checkstring(L, 2), luaL_checkstring(L, 3)));
}

int IsEmulated(lua_State* L) {
  lua_pushboolean(L, CheckBoard(L).is_emulated());
  return 1;
}

// Opens the board of `box`, with the strings of the list at 2, which were checked.
Status OpenBoard(lua_State* L, const char* target, BoardBox* box) noexcept {
  std::vector<std::string> files;
  for (lua_Integer i = 1; lua_rawgeti(L, 2, i) == LUA_TSTRING; ++i) {
    files.push_back(lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  box->board = new Board(Runtime::Of(L));
  return box->board->Open(target, files, lua_toboolean(L, 3) != 0);
}

int Open(lua_State* L) {
  const char* target = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 3);
  auto* box = static_cast<BoardBox*>(NewObject(L, kBoardClass, sizeof(BoardBox), 0));
  const Status s = OpenBoard(L, target, box);
  if (s.ok()) return 1;
  if (s.code() == Code::kStopped) RaiseStatus(L, s);
  lua_pushstring(L, s.what());
  return lua_error(L);
}

constexpr Entry kFunctionTable[] = {
    {"open", Open, "device.open(target, paths [, counts]) -> device", "", "", ""},
};
const std::span<const Entry> kFunctions[] = {kFunctionTable};
const Class* const kClasses[] = {&kBoardClass};
const Module kDeviceModule = {"device", "Devices, for the command's own programs.", kFunctions,
                              kClasses, nullptr};

}  // namespace

bool OpenCommandModule(lua_State* L, const char* name) {
  if (std::strcmp(name, "device") != 0) return OpenBuiltinModule(L, name);
  OpenModule(L, kDeviceModule);
  return true;
}

}  // namespace moonlet
