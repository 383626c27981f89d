// The device image in the emulator, from the host's side. Left out where there is no image
// or no emulator, unless MOONLET_REQUIRE_DEVICE=1; MOONLET_SOAK=1 takes ten times as long.
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "shell/image.h"
#include "shell/raw_client.h"
#include "shell/rom_file.h"
#include "shell/target.h"
#include "shell/transfer.h"
#include "tests/shell/process.h"

namespace moonlet {
namespace device_test {

namespace fs = std::filesystem;

struct Texts final : Output {
  void Write(std::string_view text) override { out += text; }
  void WriteError(std::string_view text) override { err += text; }
  std::string out;
  std::string err;
};

int Cycles() { return std::getenv("MOONLET_SOAK") != nullptr ? 200 : 20; }

std::string DeviceImage() {
  if (const char* set = std::getenv("MOONLET_DEVICE_IMAGE")) return set;
  const fs::path command = MOONLET_COMMAND;
  return (command.parent_path() / "../../device/moonlet.elf").lexically_normal().string();
}

class DeviceTest : public ::testing::Test {
 protected:
  DeviceTest() : folder_(::testing::TempDir() + "moonlet_device_" + std::to_string(getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~DeviceTest() override { fs::remove_all(folder_); }

  void SetUp() override {
    std::vector<ImageFile> files;
    ASSERT_TRUE(FilesBelow("scripts/lib", "lib/", &files).ok());
    ASSERT_TRUE(FilesBelow("scripts/apps", "apps/", &files).ok());
    std::vector<uint8_t> image;
    ASSERT_TRUE(BuildImage(std::move(files), &image).ok());
    ASSERT_TRUE(rom_.Make(image).ok());
    target_.SetMachine({DeviceImage(), rom_.path(), {}});
    const Status status = target_.Open("sim");
    if (status.ok()) return;
    const char* required = std::getenv("MOONLET_REQUIRE_DEVICE");
    if (required != nullptr && std::string(required) == "1") FAIL() << status.what();
    GTEST_SKIP() << status.what();
  }

  // A program runs, and prints what it should.
  ::testing::AssertionResult Answers() {
    Texts texts;
    bool failed;
    const Status status = client_.Run("print(6 * 7)", texts, &failed, 10000);
    if (status.ok() && !failed && texts.out == "42\n") return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << target_.Explain(status) << texts.out << texts.err;
  }

  // Starts `code`, waits for its line "now" and a random while, and enters raw mode again.
  void EnterFromInside(const std::string& code) {
    const unsigned seed = std::random_device()();
    std::cout << "seed " << seed << "\n";
    std::mt19937 random(seed);
    ASSERT_TRUE(client_.Enter().ok());
    for (int i = 0; i < Cycles(); ++i) {
      bool refused;
      std::string line;
      ASSERT_TRUE(client_.Start("print 'now' " + code, &refused).ok()) << i;
      ASSERT_TRUE(client_.ReadLine(&line, 10000).ok()) << i;
      ASSERT_EQ(line, "now") << i;
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 50000));
      const Status status = client_.Enter();
      ASSERT_TRUE(status.ok()) << i << ": " << target_.Explain(status);
      ASSERT_TRUE(Answers()) << i;
    }
  }

  std::string File(const std::string& name, const std::string& content) const {
    const std::string path = folder_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  Process::Variables Variables() const {
    return {{"MOONLET_DEVICE_IMAGE", DeviceImage()},
            {"MOONLET_ROM", rom_.path()},
            {"MOONLET_FLASH", folder_ + "/flash.img"},
            {"TERM", "dumb"}};
  }
  std::pair<int, std::string> Moonlet(const std::vector<std::string>& words) const {
    Process process(words, Process::On::kPipes, Variables());
    const int code = process.Finish().code;
    return {code, process.written + process.errors};
  }

  const std::string folder_;
  RomFile rom_;
  StopToken stop_;
  Target target_;
  RawClient client_{target_.line(), stop_};
};

TEST_F(DeviceTest, RunsAfterEveryReset) {
  Texts texts;
  bool failed;
  ASSERT_TRUE(client_.Enter().ok());
  for (int i = 0; i < Cycles(); ++i) {
    const Status status = client_.SoftReset();
    ASSERT_TRUE(status.ok()) << i << ": " << target_.Explain(status);
    ASSERT_TRUE(Answers()) << i;
    if (i % 4 != 0) continue;
    ASSERT_TRUE(client_.Run("x = 1", texts, &failed).ok()) << i;
    ASSERT_TRUE(client_.Reset().ok()) << i;
    const Status entered = client_.Enter();
    ASSERT_TRUE(entered.ok()) << i << ": " << target_.Explain(entered);
    ASSERT_TRUE(Answers()) << i;
    ASSERT_TRUE(client_.Run("assert(x == nil)", texts, &failed).ok()) << i;
    ASSERT_FALSE(failed) << i << ": it was no reset";
  }
}

TEST_F(DeviceTest, EntersRawModeFromALoop) { EnterFromInside("while true do end"); }

TEST_F(DeviceTest, EntersRawModeFromALongKernel) {
  EnterFromInside("local a = require 'tensor'.ones {500, 500} a:matmul(a)");
}

TEST_F(DeviceTest, MovesFiles) {
  std::mt19937 random(1);
  std::vector<uint8_t> sent(10000);
  for (uint8_t& byte : sent) byte = static_cast<uint8_t>(random());
  Transfer transfer(client_, {});
  const Status put = transfer.Put(sent, "/ram/folder/file");
  ASSERT_TRUE(put.ok()) << target_.Explain(put);
  std::vector<uint8_t> got;
  const Status get = transfer.Get("/ram/folder/file", &got);
  ASSERT_TRUE(get.ok()) << target_.Explain(get);
  EXPECT_EQ(got, sent);
  EXPECT_EQ(transfer.Put(sent, "/rom/file").code(), Code::kInvalid);
}

TEST_F(DeviceTest, RunsAnApplicationAsTheHostDoes) {
  const auto host = Moonlet({"scripts/apps/digits.lua"});
  const auto device = Moonlet({"device", "run", "scripts/apps/digits.lua"});
  EXPECT_EQ(device.first, 0);
  EXPECT_EQ(device.second, host.second);
  EXPECT_NE(host.second.find("535 of 540 right"), std::string::npos);
}

TEST_F(DeviceTest, HandsOnArgumentsErrorsAndExitCodes) {
  const std::string script = File("a b.lua", "#!/usr/bin/env moonlet\nprint(#arg, arg[1], ...)");
  EXPECT_EQ(Moonlet({"device", "run", script, "x \"y\"\n", "-z"}).second,
            "2\tx \"y\"\n\tx \"y\"\n\t-z\n");
  const auto failed = Moonlet({"device", "exec", "print(1) error 'boom'"});
  EXPECT_EQ(failed.first, 1);
  EXPECT_TRUE(failed.second.starts_with("1\n")) << failed.second;
  EXPECT_NE(failed.second.find("boom"), std::string::npos);
  EXPECT_EQ(Moonlet({"device", "exec", "os.exit(7)"}).first, 7);
  const auto restarted = Moonlet({"device", "exec", "sys.reset()"});
  EXPECT_EQ(restarted.first, 1);
  EXPECT_NE(restarted.second.find("moonlet: the device restarted"), std::string::npos);
  EXPECT_EQ(Moonlet({"device", "rm", "/rom/lib/test.lua"}).second,
            "moonlet: /rom/lib/test.lua: Read-only file system\n");
  EXPECT_EQ(Moonlet({"device", "ls", "/rom"}).second, "apps/\nlib/\n");
  EXPECT_EQ(Moonlet({"device", "run", folder_ + "/no such file"}).first, 1);
  EXPECT_EQ(Moonlet({"device", "get", "/ram/nothing", folder_ + "/x"}).first, 1);
  EXPECT_FALSE(fs::exists(folder_ + "/x"));
}

TEST_F(DeviceTest, CountsInstructions) {
  // In a microsecond 31.25; three for a turn of the loop would be few, a hundred many.
  const std::vector<std::string> words = {
      "device", "--icount", "exec",
      "local ticks = require 'sys'.ticks_us local start = ticks() for i = 1, 10000 do end "
      "print(ticks() - start)"};
  const auto first = Moonlet(words), second = Moonlet(words);
  EXPECT_NEAR(std::stod(first.second), std::stod(second.second), 1);
  EXPECT_GT(std::stod(first.second), 10000 * 3 / 31.25);
  EXPECT_LT(std::stod(first.second), 10000 * 100 / 31.25);
}

TEST_F(DeviceTest, IsInterruptedByCtrlC) {
  Process process({"device", "exec", "print 'now' while true do end"}, Process::On::kPipes,
                  Variables());
  ASSERT_TRUE(process.WaitFor("now\n"));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Finish().code, 130);
  EXPECT_NE(process.errors.find("interrupted"), std::string::npos);
}

TEST_F(DeviceTest, KeepsADeployedApplication) {
  const std::string main = File("app/main.lua", "print('the application runs', ...)");
  File("app/data.bin", std::string(30000, '\xA5'));
  const auto deployed = Moonlet({"device", "deploy", folder_ + "/app"});
  EXPECT_EQ(deployed.first, 0) << deployed.second;
  EXPECT_NE(deployed.second.find("deployed"), std::string::npos) << deployed.second;
  EXPECT_EQ(Moonlet({"device", "exec", "print(#io.open '/rom/data.bin':read 'a')"}).second,
            "30000\n");
  Process sim({"sim"}, Process::On::kTerminal, Variables());
  EXPECT_TRUE(sim.WaitFor("the application runs\r\n"));
  EXPECT_TRUE(sim.WaitFor("> "));
  sim.Type("6 * 7\r");
  EXPECT_TRUE(sim.WaitFor("42\r\n"));
  sim.Type("\x1d");
  EXPECT_EQ(sim.Finish().code, 0);
  const auto refused = Moonlet({"device", "deploy", folder_ + "/no such folder"});
  EXPECT_EQ(refused.first, 1);
}

TEST_F(DeviceTest, HasAPromptWhereEveryKeyIsTheDevices) {
  Process repl({"device", "repl"}, Process::On::kTerminal, Variables());
  EXPECT_TRUE(repl.WaitFor("> "));
  repl.Type("sys.board\r");
  EXPECT_TRUE(repl.WaitFor("an547\r\n> "));
  repl.Type("while true do end\r");
  EXPECT_TRUE(repl.WaitFor("do end\r\n"));
  repl.Type("\x03");  // earlier it would take what was typed ahead with it
  EXPECT_TRUE(repl.WaitFor("interrupted"));
  EXPECT_TRUE(repl.WaitFor("> "));
  repl.Type("\x04");
  EXPECT_TRUE(repl.WaitFor("soft reboot"));
  repl.Type("\x1d");
  EXPECT_EQ(repl.Finish().code, 0);
}

// Scripts know the terminal at the prompt, and none where a program is at the line.
TEST_F(DeviceTest, DrawsForTheTerminalAtItsPrompt) {
  auto variables = Variables();
  variables.push_back({"TERM", "xterm"});
  Process repl({"device", "repl"}, Process::On::kTerminal, variables, MOONLET_COMMAND, 50);
  ASSERT_TRUE(repl.WaitFor("\x1b[1m> \x1b[0m\x1b[K"));  // it has been told of colours, too
  repl.Type("print(sys.screen())\r");
  EXPECT_TRUE(repl.WaitFor("50\t24\ttrue\r\n"));
  repl.Type("plot.bar({3, 5}, {width = 20})\r");
  EXPECT_TRUE(repl.WaitFor("\x1b[0;38;"));
  repl.Type("\x1d");
  EXPECT_EQ(repl.Finish().code, 0);
  EXPECT_EQ(Moonlet({"device", "exec", "print(sys.screen())"}).second, "nil\n");
}

TEST_F(DeviceTest, ListensToTheConsoleInTasks) {
  Process repl({"device", "repl"}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(repl.WaitFor("> "));
  repl.Type(
      "task = require 'task' n = 0 task.run(function() "
      "local t = task.every(0.01, function() n = n + 1 end) print 'lis' "
      "for x in task.frames(audio.pcm {format = 'u8'}, 4) do print(x:sum() * 128 + 512, n > 2) "
      "break end t:cancel() end)\r");
  ASSERT_TRUE(repl.WaitFor("lis\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  repl.Type("abcd");
  EXPECT_TRUE(repl.WaitFor("394.0\ttrue\r\n"));
  repl.Type("\x1d");
  EXPECT_EQ(repl.Finish().code, 0);
}

// The prompt's own numbers outlive an error: what an option was must not become its time budget.
TEST_F(DeviceTest, AnErrorLeavesFloatRegistersAlone) {
  Process repl({"device", "repl"}, Process::On::kTerminal, Variables());
  ASSERT_TRUE(repl.WaitFor("> "));
  repl.Type("dsp.one_pole {cutoff = 0.55}\r");
  ASSERT_TRUE(repl.WaitFor("got 0.55"));
  ASSERT_TRUE(repl.WaitFor("> "));
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  repl.Type("6 * 7\r");
  EXPECT_TRUE(repl.WaitFor("42\r\n"));
  repl.Type("\x1d");
  EXPECT_EQ(repl.Finish().code, 0);
}

TEST_F(DeviceTest, IsTestedWithTheHost) {
  const auto got = Moonlet(
      {"--timeout", "6", "test", "--target", "host", "--target", "sim", "tests/shell/targets"});
  EXPECT_EQ(got.first, 1);
  const auto holds = [&](const std::string& text) {
    return got.second.find(text) != std::string::npos;
  };
  EXPECT_TRUE(holds("sim: an547 ")) << got.second;
  EXPECT_TRUE(holds("ok    tests/shell/targets/same_test.lua on sim")) << got.second;
  EXPECT_TRUE(holds("FAIL  tests/shell/targets/hangs_test.lua on sim")) << got.second;
  EXPECT_TRUE(
      holds("differs_test.lua differs between host and sim\n      line 2\n"
            "      host: ok 2 - runs on host\n      sim: ok 2 - runs on an547\n"))
      << got.second;
  EXPECT_FALSE(holds("same_test.lua differs")) << got.second;
}

TEST_F(DeviceTest, SharesTheFilesOfTestsAmongEmulators) {
  const std::vector<std::string> words = {"test",
                                          "--target",
                                          "sim",
                                          "tests/shell/targets/same_test.lua",
                                          "tests/shell/targets/resets.lua",
                                          "tests/shell/targets/differs_test.lua"};
  const auto one = Moonlet(words);
  EXPECT_EQ(one.first, 1);
  const auto holds = [&](const std::string& text) {
    return one.second.find(text) != std::string::npos;
  };
  EXPECT_TRUE(holds("FAIL  tests/shell/targets/resets.lua on sim: 1 passed, 0 failed"))
      << one.second;
  EXPECT_TRUE(holds("the device restarted")) << one.second;
  EXPECT_TRUE(holds("ok    tests/shell/targets/differs_test.lua on sim: 2 passed")) << one.second;
  auto more = words;
  more.insert(more.end(), {"--jobs", "3"});
  const auto three = Moonlet(more);
  EXPECT_EQ(three.first, 1);
  // Nor what of a machine that restarts comes over the line before it does.
  const auto comparable = [](std::string text) {
    const auto cut = [&text](const std::string& after, size_t bytes) {
      const size_t at = text.find(after);
      if (at != text.npos) text.erase(at + after.size(), bytes);
    };
    cut("nonce ", 16);
    cut("resets.lua on sim: 1 passed, 0 failed, CRC ", 8);
    return text;
  };
  EXPECT_EQ(comparable(three.second), comparable(one.second));
}

// These need no device.
Ending RunMoonlet(const std::vector<std::string>& words, const Process::Variables& variables,
                  std::string* text) {
  Process process(words, Process::On::kPipes, variables);
  const Ending ending = process.Finish();
  *text = process.written + process.errors;
  return ending;
}

TEST(DeviceCommand, RefusesCommandLinesWithoutSense) {
  const std::vector<std::string> lines[] = {
      {"device"},
      {"device", "dance"},
      {"device", "put", "only one"},
      {"device", "run"},
      {"device", "--target"},
      {"device", "exec", "1", "2"},
      {"sim", "a", "b"},
      {"device", "--no-such", "ls"},
      {"device", "--icount", "--target", "tcp:localhost:1", "ls"},
  };
  for (const auto& words : lines) {
    std::string text;
    EXPECT_EQ(RunMoonlet(words, {}, &text).code, 2) << words.back();
    EXPECT_TRUE(text.starts_with("moonlet: ")) << text;
  }
}

TEST(DeviceCommand, SaysWhatIsMissing) {
  std::string text;
  const Process::Variables no_image = {{"MOONLET_DEVICE_IMAGE", "/no/such/image"},
                                       {"MOONLET_ROM", "/no/such/rom"}};
  EXPECT_EQ(RunMoonlet({"device", "info"}, no_image, &text).code, 1);
  EXPECT_TRUE(text.starts_with("moonlet: ")) << text;
  EXPECT_EQ(RunMoonlet({"sim"}, {{"PATH", "/no/such/folder"}}, &text).code, 1);
  EXPECT_NE(text.find("package qemu-system-arm"), std::string::npos) << text;
  EXPECT_EQ(RunMoonlet({"device", "--target", "/dev/no such line", "info"}, {}, &text).code, 1);
  EXPECT_NE(text.find("/dev/no such line: No such file"), std::string::npos) << text;
  EXPECT_EQ(RunMoonlet({"device", "--target=tcp:nowhere", "info"}, {}, &text).code, 1);
  EXPECT_NE(text.find("no address such as"), std::string::npos) << text;
}

}  // namespace device_test
}  // namespace moonlet
