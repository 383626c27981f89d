#include "bindings/board_update.h"

#include "engine/base/crc32.h"
#include "tests/vm/rom_bytes.h"
#include "tests/vm/runtime_fixture.h"
#include "vm/slots.h"

namespace moonlet {
namespace board_update_test {

// The functions alone, whatever else module `board` has.
const std::span<const Entry> kParts[] = {kBoardUpdateFunctions};
const Class* const kClasses[] = {&kUpdateClass};
const Module kBoard = {"board", "", kParts, kClasses, nullptr};

class BoardUpdateTest : public RuntimeTest {
 protected:
  void SetUp() override {
    Open({});
    lua_State* L = runtime_.state();
    OpenModule(L, kBoard);
    lua_setglobal(L, "board");
    SetText("image", image_.text());
    lua_pushinteger(L, Crc32(image_.bytes()));
    lua_setglobal(L, "crc");
  }
  void SetText(const char* name, const std::string& text) {
    lua_pushlstring(runtime_.state(), text.data(), text.size());
    lua_setglobal(runtime_.state(), name);
  }
  std::string Active() {
    const auto image = ActiveImage(BoardFlash());
    return {image.begin(), image.end()};
  }

  RomBytes image_{{{"main.lua", kRomScript, "print 'new'"}}};
};

TEST_F(BoardUpdateTest, WritesAnApplicationInPieces) {
  EXPECT_EQ(Run("local update = board.update(#image, crc)\n"
                "for i = 1, #image, 100 do assert(update:write(image:sub(i, i + 99))) end\n"
                "local text = tostring(update)\n"
                "return text, update:finish(), tostring(update)"),
            "update (192 of 192 bytes), true, update (ended)");
  EXPECT_EQ(Active(), image_.text());
}

TEST_F(BoardUpdateTest, KeepsTheApplicationThereWas) {
  ASSERT_EQ(Run("return board.update(#image, crc):write(image):finish()"), "true");
  EXPECT_EQ(Run("return board.update(#image, crc):write(image:sub(2)):finish()"),
            "nil, 1 of 192 bytes of the image are missing");
  EXPECT_EQ(Run("return board.update(#image, crc):write(image:sub(2) .. 'x'):finish()"),
            "nil, wrong checksum of the image");
  EXPECT_EQ(Run("return board.update(#image - 1, crc):write(image)"),
            "nil, more than the 191 bytes of the image");
  EXPECT_EQ(Run("local update = board.update(0, 0) return update:finish(), update:finish()"),
            "nil, nil, the update has ended");
  image_.text()[8] = 9;
  SetText("other", image_.text());
  lua_pushinteger(runtime_.state(), Crc32(image_.bytes()));
  lua_setglobal(runtime_.state(), "other_crc");
  EXPECT_EQ(Run("return board.update(#other, other_crc):write(other):finish()"),
            "nil, ROM image of unknown version 9");
  image_.text()[8] = 1;
  EXPECT_EQ(Active(), image_.text());
}

TEST_F(BoardUpdateTest, RefusesWhatIsNoSize) {
  EXPECT_EQ(Run("return pcall(board.update, -1, 0)"),
            "false, bad argument #1 to '?' (bytes of an image expected, got -1)");
  EXPECT_EQ(Run("return pcall(board.update, 1, 1 << 32)"),
            "false, bad argument #2 to '?' (a checksum expected, got 4294967296)");
  EXPECT_EQ(Run("return board.update(1 << 30, 0)"),
            "nil, the image has 1073741824 bytes, there is room for 1044480");
}

}  // namespace board_update_test
}  // namespace moonlet
