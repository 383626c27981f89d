// What the device does when it crashes, in the emulator. Left out where there is no image,
// unless MOONLET_REQUIRE_DEVICE=1.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shell/image.h"
#include "shell/rom_file.h"
#include "tests/shell/process.h"

namespace moonlet {
namespace device_fault_test {

namespace fs = std::filesystem;

constexpr const char* kEmulator = "/usr/bin/qemu-system-arm";

// The emulator's debugger, spoken to as gdb does: "$packet#checksum", answered the same way.
class Debugger {
 public:
  explicit Debugger(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    connected_ =
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Debugger() { close(socket_); }

  bool connected() const { return connected_; }
  // Stops the machine; gives the answer to it.
  std::string Halt() {
    Send("\x03");
    return Answer();
  }
  std::string Ask(const std::string& packet) {
    Tell(packet);
    return Answer();
  }
  // For what is not answered.
  void Tell(const std::string& packet) {
    unsigned sum = 0;
    for (const char c : packet) sum += static_cast<unsigned char>(c);
    char end[8];
    std::snprintf(end, sizeof(end), "#%02x", sum & 0xFF);
    Send("$" + packet + end);
  }

 private:
  void Send(const std::string& bytes) {
    if (write(socket_, bytes.data(), bytes.size()) < 0) ADD_FAILURE() << "the debugger is gone";
  }
  std::string Answer() {
    std::string packet;
    char c = 0;
    while (c != '$' && read(socket_, &c, 1) == 1) {
    }
    while (read(socket_, &c, 1) == 1 && c != '#') packet += c;
    char sum[2];
    if (read(socket_, sum, 2) == 2) Send("+");
    return packet;
  }

  int socket_;
  bool connected_;
};

class DeviceFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path command = MOONLET_COMMAND;
    image_ = (command.parent_path() / "../../device/moonlet.elf").lexically_normal();
    if (fs::exists(image_) && fs::exists(kEmulator)) return;
    const char* required = std::getenv("MOONLET_REQUIRE_DEVICE");
    if (required != nullptr && std::string(required) == "1") FAIL() << "no device image";
    GTEST_SKIP() << "no device image";
  }

  std::vector<uint8_t> ImageWith(const std::string& main) {
    std::vector<uint8_t> image;
    EXPECT_TRUE(BuildImage({{"main.lua", "", main}}, &image).ok());
    return image;
  }

  // How to boot, with a main.lua or an image.
  std::vector<std::string> Machine(const std::string& main) { return Machine(ImageWith(main)); }
  std::vector<std::string> Machine(const std::vector<uint8_t>& image) {
    EXPECT_TRUE(rom_.Make(image).ok());
    const std::string loader = "loader,file=" + rom_.path() + ",addr=0x60000000,force-raw=on";
    return {"-M",      "mps3-an547", "-display", "none", "-monitor", "none",
            "-serial", "stdio",      "-kernel",  image_, "-device",  loader};
  }

  // The same with a debugger at the door, and a script that runs in its third line.
  std::vector<std::string> DebuggedMachine() {
    std::vector<std::string> words = Machine(
        "print 'main'\n"
        "local n = 0\n"
        "while true do n = n + #('x'):rep(9) if n == 9000 then print 'now' end end\n");
    words.insert(words.end(), {"-gdb", "unix:" + door_ + ",server=on,wait=off"});
    return words;
  }

  // Gives register `number` of the running script another value, in hexadecimal, the least
  // significant byte first; the machine goes on while the debugger lives.
  std::unique_ptr<Debugger> SetRegister(Process* machine, size_t number, const char* value) {
    EXPECT_TRUE(machine->WaitFor("now"));
    auto debugger = std::make_unique<Debugger>(door_);
    EXPECT_TRUE(debugger->connected());
    debugger->Halt();
    std::string registers = debugger->Ask("g");
    EXPECT_GT(registers.size(), 16u * 8);
    EXPECT_EQ(debugger->Ask("G" + registers.replace(number * 8, 8, value)), "OK");
    debugger->Tell("c");
    return debugger;
  }

  void TearDown() override { fs::remove(door_); }

  const std::string door_ = ::testing::TempDir() + "gdb_" + std::to_string(getpid());
  std::string image_;
  RomFile rom_;
};

TEST_F(DeviceFaultTest, TellsWhereTheScriptWas) {
  Process machine(DebuggedMachine(), Process::On::kPipes, {}, kEmulator);
  const std::unique_ptr<Debugger> debugger =
      SetRegister(&machine, 15, "000000f0");  // no code there
  EXPECT_TRUE(machine.WaitFor("moonlet: fault"));
  EXPECT_TRUE(machine.WaitFor("pc f0000000"));
  EXPECT_TRUE(machine.WaitFor("in /rom/main.lua:3"));
  EXPECT_TRUE(machine.WaitFor("main"));  // it starts anew
}

TEST_F(DeviceFaultTest, TellsOfAStackThatOverflows) {
  Process machine(DebuggedMachine(), Process::On::kPipes, {}, kEmulator);
  const std::unique_ptr<Debugger> debugger =
      SetRegister(&machine, 13, "00010030");  // below its end
  EXPECT_TRUE(machine.WaitFor("moonlet: stack overflow"));
  EXPECT_TRUE(machine.WaitFor("in /rom/main.lua:3"));
  EXPECT_TRUE(machine.WaitFor("main"));
}

TEST_F(DeviceFaultTest, IsSafeAfterThreeCrashes) {
  Process machine(Machine("print 'main'\n"
                          "require 'board'.watchdog(0.1)\n"
                          "while true do end\n"),
                  Process::On::kPipes, {}, kEmulator);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(machine.WaitFor("main"));
    ASSERT_TRUE(machine.WaitFor("the watchdog was not fed"));
  }
  EXPECT_TRUE(machine.WaitFor("Safe mode: three crashes in a row"));
  machine.Type("6 * 7\r");
  EXPECT_TRUE(machine.WaitFor("\n42"));
}

TEST_F(DeviceFaultTest, IsSafeAfterCtrlCAtTheStart) {
  Process machine(Machine("print 'main'\n"), Process::On::kPipes, {}, kEmulator);
  machine.Type("\x03");
  EXPECT_TRUE(machine.WaitFor("Safe mode: Ctrl-C at the start"));
  EXPECT_EQ(machine.written.find("main\r"), std::string::npos);
}

TEST_F(DeviceFaultTest, LeavesOutABrokenImage) {
  std::vector<uint8_t> flipped = ImageWith("print 'main'\n");
  flipped[flipped.size() - 60] ^= 4;  // in main.lua
  Process machine(Machine(flipped), Process::On::kPipes, {}, kEmulator);
  EXPECT_TRUE(machine.WaitFor("The ROM image is left out: broken ROM image: wrong checksum"));
  machine.Type("6 * 7\r");
  EXPECT_TRUE(machine.WaitFor("\n42"));
}

TEST_F(DeviceFaultTest, LeavesOutAnImageOfAnotherVersion) {
  std::vector<uint8_t> later = ImageWith("print 'main'\n");
  later[8] = 99;
  Process machine(Machine(later), Process::On::kPipes, {}, kEmulator);
  EXPECT_TRUE(machine.WaitFor("The ROM image is left out: "));
  EXPECT_TRUE(machine.WaitFor("version 99"));
  machine.Type("6 * 7\r");
  EXPECT_TRUE(machine.WaitFor("\n42"));
}

// No host answers semihosting calls here: the board does without.
TEST_F(DeviceFaultTest, RunsWithoutADebuggersServices) {
  Process machine(Machine("print(#require 'board'.name)\n"), Process::On::kPipes, {}, kEmulator);
  EXPECT_TRUE(machine.WaitFor("5\r\n> "));
}

}  // namespace device_fault_test
}  // namespace moonlet
