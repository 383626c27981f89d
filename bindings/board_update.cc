#include "bindings/board_update.h"

#include "vm/rom_image.h"
#include "vm/runtime.h"
#include "vm/slots.h"

namespace moonlet {
namespace {

SlotWriter* CheckUpdate(lua_State* L) {
  return static_cast<SlotWriter*>(CheckObject(L, 1, kUpdateClass));
}

int PushUpdateFailure(lua_State* L, const Status& status) {
  luaL_pushfail(L);
  lua_pushstring(L, status.what());
  return 2;
}

// board.update(size, crc) -> update | nil, message
int BeginUpdate(lua_State* L) {
  constexpr lua_Integer kMost = 0xFFFFFFFF;
  const lua_Integer size = luaL_checkinteger(L, 1);
  const lua_Integer crc = luaL_checkinteger(L, 2);
  if (size < 0 || size > kMost)
    ArgumentError(L, 1, "bytes of an image expected, got %s", Given(L, 1));
  if (crc < 0 || crc > kMost) ArgumentError(L, 2, "a checksum expected, got %s", Given(L, 2));
  auto* writer = static_cast<SlotWriter*>(NewObject(L, kUpdateClass, sizeof(SlotWriter), 0));
  const std::span<const uint8_t> in_use = Runtime::Of(L).files().application().bytes();
  const Status status =
      writer->Begin(BoardFlash(), static_cast<size_t>(size), static_cast<uint32_t>(crc), in_use);
  return status.ok() ? 1 : PushUpdateFailure(L, status);
}

// update:write(bytes) -> update | nil, message
int WriteUpdate(lua_State* L) {
  SlotWriter* writer = CheckUpdate(L);
  size_t size;
  const char* data = luaL_checklstring(L, 2, &size);
  const Status status = writer->Write({reinterpret_cast<const uint8_t*>(data), size});
  if (!status.ok()) return PushUpdateFailure(L, status);
  lua_settop(L, 1);
  return 1;
}

// What start-up would refuse does not become the application.
Status CheckAndFinish(SlotWriter* writer) {
  Status status = writer->Verify();
  RomImage image;
  if (status.ok()) status = image.Open(writer->written(), RomImage::Check::kEverything);
  if (status.ok()) return writer->Finish();
  *writer = {};
  return status;
}

// update:finish() -> true | nil, message
int FinishUpdate(lua_State* L) {
  if (const Status s = CheckAndFinish(CheckUpdate(L)); !s.ok()) return PushUpdateFailure(L, s);
  lua_pushboolean(L, true);
  return 1;
}

int UpdateToString(lua_State* L) {
  const SlotWriter* writer = CheckUpdate(L);
  if (writer->is_open()) {
    lua_pushfstring(L, "update (%d of %d bytes)", static_cast<int>(writer->written().size()),
                    static_cast<int>(writer->size()));
  } else {
    lua_pushliteral(L, "update (ended)");
  }
  return 1;
}

constexpr Entry kUpdateTable[] = {
    {"update", BeginUpdate, "board.update(size, crc) -> update | nil, message",
     "size: bytes of the image; crc: its checksum, as sys.crc32 gives it",
     Doc("Begins to write a ROM image with an application into flash, into the one of two places "
         "that is not in use. It becomes what `/rom` shows, above the base image, with the next "
         "reset after `finish`; until then, and when anything stops the update, the application "
         "there was stays. Gives nil and a message when there is no flash or the image is too "
         "large."),
     Doc("local update = board.update(3, sys.crc32 \"abc\")\n"
         "print(update) --> update (0 of 3 bytes)\n"
         "print(update:write \"abc\") --> update (3 of 3 bytes)\n"
         "print(update:finish()) --> nil not a ROM image")},
};

constexpr Entry kUpdateMethods[] = {
    {"write", WriteUpdate, "update:write(bytes) -> update | nil, message", "bytes: a string",
     Doc("Writes the next bytes of the image, as many as fit a message. Gives nil and a message "
         "when they are more than was announced, or the flash refuses: the update has ended "
         "then."),
     Doc("local update = board.update(4, sys.crc32 \"abcd\")\n"
         "print(update:write \"ab\":write \"cd\") --> update (4 of 4 bytes)")},
    {"finish", FinishUpdate, "update:finish() -> true | nil, message", "",
     Doc("Checks what the flash holds against the announced size and checksum and as a ROM image, "
         "and makes it the application. The update has ended then, either way. `sys.reset()` "
         "starts the application."),
     Doc("local update = board.update(4, sys.crc32 \"abcd\")\n"
         "print(update:finish()) --> nil 4 of 4 bytes of the image are missing")},
};
constexpr std::span<const Entry> kUpdateMethodParts[] = {kUpdateMethods};
constexpr luaL_Reg kUpdateMetamethods[] = {{"__tostring", UpdateToString}, {nullptr, nullptr}};
constexpr const luaL_Reg* kUpdateMetamethodLists[] = {kUpdateMetamethods};

}  // namespace

const std::span<const Entry> kBoardUpdateFunctions = kUpdateTable;

const Class kUpdateClass = {
    "update", "moonlet.update",
    Doc("An application on its way into flash; nothing happens to the one in use before "
        "`finish`."),
    kUpdateMethodParts, kUpdateMetamethodLists};

}  // namespace moonlet
