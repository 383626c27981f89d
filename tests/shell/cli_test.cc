// The built command from outside: every option, every exit code.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/shell/process.h"

namespace moonlet {
namespace cli_test {

struct Result {
  int code;
  std::string out;
  std::string err;
};

Result Moonlet(const std::vector<std::string>& arguments, std::string_view input = {}) {
  Process process(arguments);
  process.Type(input);
  const Ending ending = process.Finish();
  return {ending.code, process.written, process.errors};
}

class CliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "moonlet_cli_" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& content) {
    const std::string path = folder_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << content;
    return path;
  }

  std::string folder_;
};

TEST_F(CliTest, RunsAFileWithItsArguments) {
  const std::string file = File("a.lua", "#!/usr/bin/env moonlet\nprint(arg[0] == ARG0, ...)");
  const Result r = Moonlet({"-e", "ARG0 = '" + file + "'", file, "-e", "--memory", "x"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "true\t-e\t--memory\tx\n");
}

TEST_F(CliTest, ShowsNoProgressAndNoColorsInAPipe) {
  const Result bar = Moonlet({"-e", "for _ in progress.iter(3) do sys.sleep(0.2) end print(1)"});
  EXPECT_EQ(bar.out + bar.err, "1\n");
  const Result plot = Moonlet({"-e", "plot.line {1, 2}"});
  EXPECT_EQ(plot.code, 0) << plot.err;
  EXPECT_EQ(plot.out.find('\33'), std::string::npos) << plot.out;
}

TEST_F(CliTest, RunsStandardInput) {
  EXPECT_EQ(Moonlet({"-", "a"}, "print(#arg, ...)").out, "1\ta\n");
  EXPECT_EQ(Moonlet({}, "print(1)\nprint(2)").out, "1\n2\n") << "without a prompt";
  EXPECT_EQ(Moonlet({}, "error('x')").code, 1);
}

TEST_F(CliTest, RunsWhatComesThroughAPipe) {
  EXPECT_EQ(Moonlet({"/dev/stdin", "a"}, "print(arg[0], ...)").out, "/dev/stdin\ta\n");
  const Result r = Moonlet({folder_});
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("cannot open " + folder_ + ": Not a regular file"), r.err.npos) << r.err;
}

TEST_F(CliTest, RunsCodeInOrderAndOpensModulesByName) {
  EXPECT_EQ(Moonlet({"-e", "x = 1", "-e", "print(x)"}).out, "1\n");
  EXPECT_EQ(Moonlet({"-eprint(7)"}).out, "7\n");
  EXPECT_EQ(Moonlet({"-e", "-- nothing"}).code, 0);
  EXPECT_EQ(Moonlet({"-e", "print(tensor.zeros({3}).size)"}).out, "3\n");
  const Result r = Moonlet({"-e", "error('first')", "-e", "print('second')"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.out, "");
}

TEST_F(CliTest, GivesThePromptAfterwards) {
  EXPECT_EQ(Moonlet({"-i", "-e", "x = 20"}, "x + 1\n").out, "> 21\n> \n");
  EXPECT_EQ(Moonlet({"-ie", "x = 20"}, "x\n").out, "> 20\n> \n");
  const Result r = Moonlet({"-i", File("bad.lua", "y = 3 error('oh')")}, "y\n");
  EXPECT_EQ(r.out, "> 3\n> \n") << "to look into what went wrong";
  EXPECT_NE(r.err.find("oh"), std::string::npos);
}

TEST_F(CliTest, RunsAModuleOfTheLibraryOrTheApplications) {
  const std::string lib = folder_ + "/lib";
  File("lib/inner/tool.lua", "print('tool', ...)");
  File("apps/show.lua", "print('show', ...)");
  File("lib/helper.lua", "return {answer = 42}");
  const auto run = [&](const std::vector<std::string>& words, std::string_view input = {}) {
    Process process(words, Process::On::kPipes, {{"MOONLET_LIB", lib}});
    process.Type(input);
    process.Finish();
    return process.written;
  };
  EXPECT_EQ(run({"-m", "inner.tool", "-x", "--version"}), "tool\t-x\t--version\n");
  EXPECT_EQ(run({"-m", "show"}), "show\n");
  EXPECT_EQ(run({"-e", "print(helper.answer)"}), "42\n") << "Lua modules open by name, too";
  const Result missing = Moonlet({"-m", "no_such_module"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("no_such_module"), std::string::npos);
}

TEST_F(CliTest, TellsAScriptsErrorWithItsTraceback) {
  const std::string file = File("deep.lua", "local function f() error('deep') end\nf()");
  const Result r = Moonlet({file});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.out, "");
  EXPECT_EQ(r.err.find("moonlet: "), 0u);
  EXPECT_NE(r.err.find("deep.lua:1: deep\nstack traceback:\n"), std::string::npos) << r.err;
  EXPECT_NE(r.err.find("deep.lua:2: in main chunk"), std::string::npos) << r.err;
  EXPECT_EQ(Moonlet({"/no/such/file.lua"}).code, 1);
  EXPECT_EQ(Moonlet({File("bad.lua", "x = = 1")}).code, 1);
}

TEST_F(CliTest, RefusesAWrongCommandLine) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--nonsense"},
                                             {"-x"},
                                             {"-e"},
                                             {"-m"},
                                             {"--memory", "many"},
                                             {"--memory", "0"},
                                             {"--memory", "64Q"},
                                             {"--memory", "99999999999999999999G"},
                                             {"--timeout", "soon"},
                                             {"--timeout", "0"},
                                             {"--timeout", "-1"},
                                             {"--timeout", "inf"},
                                             {"--allow", "/tmp"},
                                             {"test"},
                                             {"test", "--format", "xml", "x"},
                                             {"test", "--bogus", "x"},
                                             {"test", "--jobs", "0", "x"},
                                             {"test", "--jobs", "-1", "x"},
                                             {"test", "--repeat", "0", "x"},
                                             {"test", "--seed", "-1", "x"},
                                             {"test", "--timeout", "0", "x"},
                                             {"test", "--shard", "0/3", "x"},
                                             {"test", "--shard", "4/3", "x"},
                                             {"test", "--shard", "1/0", "x"},
                                             {"test", "--shard", "1/3x", "x"},
                                             {"test", "--shard", "3", "x"},
                                             {"test", "--record", "--target", "sim", "x"}}) {
    const Result r = Moonlet(words);
    EXPECT_EQ(r.code, 2) << words[0];
    EXPECT_EQ(r.out, "");
    EXPECT_EQ(r.err.find("moonlet: "), 0u);
    EXPECT_NE(r.err.find("Try 'moonlet --help'."), std::string::npos);
  }
}

TEST_F(CliTest, HoldsTheMemoryCap) {
  const Result r = Moonlet({"--memory", "2M", "-e", "string.rep('x', 4 << 20)"});
  EXPECT_EQ(r.code, 1);
  EXPECT_EQ(r.err.find("moonlet: not enough memory"), 0u) << r.err;
  EXPECT_EQ(Moonlet({"--memory", "16M", "-e", "string.rep('x', 4 << 20)"}).code, 0);
  EXPECT_EQ(Moonlet({"--memory", "1K", "-e", "x = 1"}).code, 1) << "too little to start with";
}

TEST_F(CliTest, EndsAtTheTimeBudget) {
  for (const char* code : {"while true do end", "while true do pcall(error) end"}) {
    const Result r = Moonlet({"--timeout", "0.05", "-e", code});
    EXPECT_EQ(r.code, 124);
    EXPECT_EQ(r.err.find("moonlet: "), 0u);
    EXPECT_NE(r.err.find("time budget of 0.05 s exceeded\n"), std::string::npos) << r.err;
  }
  EXPECT_EQ(Moonlet({"--timeout", "60", "-e", "x = 1"}).code, 0);
}

TEST_F(CliTest, EndsAtCtrlC) {
  Process process({"-e", "print('ready') io.stdout:flush() while true do end"});
  ASSERT_TRUE(process.WaitFor("ready"));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Finish().code, 130);
  EXPECT_NE(process.errors.find("interrupted"), std::string::npos);
}

TEST_F(CliTest, AScriptMayCatchCtrlC) {
  Process process(
      {"-e", "print(pcall(function() print('ready') io.stdout:flush() while true do end end))"});
  ASSERT_TRUE(process.WaitFor("ready"));
  process.Signal(SIGINT);
  EXPECT_EQ(process.Finish().code, 0);
  EXPECT_NE(process.written.find("false\t"), std::string::npos);
}

TEST_F(CliTest, ExitsAsTheScriptSays) {
  EXPECT_EQ(Moonlet({"-e", "os.exit(7)"}).code, 7);
  EXPECT_EQ(Moonlet({"-e", "os.exit(true)", "-e", "error()"}).code, 0);
  EXPECT_EQ(Moonlet({"-e", "os.exit(false)"}).code, 1);
  EXPECT_EQ(Moonlet({"-e", "print('said') os.exit(0)"}).out, "said\n");
  EXPECT_EQ(Moonlet({"-i", "-e", "os.exit(9)"}, "1\n").code, 9);
  EXPECT_EQ(Moonlet({"-i"}, "os.exit(8)\n1\n").code, 8);
}

TEST_F(CliTest, TellsWhenOutputIsRefused) {
  const std::string errors = folder_ + "/errors";
  const std::string command =
      std::string(MOONLET_COMMAND " -e 'print(1)' > /dev/full 2> ") + errors;
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
  std::string line;
  std::getline(std::ifstream(errors) >> std::ws, line);
  EXPECT_EQ(line, "moonlet: standard output: No space left on device");
}

TEST_F(CliTest, EndsQuietlyWhenNobodyReads) {
  Process process({"-e", "print('ready') io.stdout:flush() while true do print('more') end"});
  ASSERT_TRUE(process.WaitFor("ready"));
  process.CloseOutput();
  EXPECT_EQ(process.Finish().signal, SIGPIPE);
  EXPECT_EQ(process.errors, "");
}

TEST_F(CliTest, RunsTests) {
  const std::string good =
      "test.describe('a', function() test.it('b', function() test.expect(1):equals(1) end) end)";
  const std::string file = File("good_test.lua", "local test = require 'test' " + good);
  const Result pretty = Moonlet({"test", folder_});
  EXPECT_EQ(pretty.code, 0) << pretty.out << pretty.err;
  EXPECT_TRUE(pretty.out.ends_with("1 passed, 0 failed\n")) << pretty.out;
  const Result tap = Moonlet({"test", file, "--format", "tap"});
  EXPECT_EQ(tap.out.find("TAP version 13\n"), 0u) << tap.out;
  const Result junit = Moonlet(
      {"test", file, "--format", "junit", "--shard", "1/1", "--jobs", "2", "--timeout", "9"});
  EXPECT_EQ(junit.out.find("<?xml "), 0u) << junit.out;
  EXPECT_TRUE(junit.out.ends_with("</testsuites>\n")) << junit.out;
  EXPECT_EQ(junit.err, "");
  EXPECT_EQ(Moonlet({"test", file, "--shard", "2/2"}).out, "0 passed, 0 failed\n");
  EXPECT_EQ(Moonlet({"test", File("bad_test.lua", "error('x')")}).code, 1);
  EXPECT_EQ(Moonlet({"--timeout", "0.05", "test", File("loop_test.lua", "while true do end")}).code,
            1);
}

TEST_F(CliTest, JoinsReportsOfTests) {
  const std::string test = "local test = require 'test' test.it('x', function() ";
  const std::string paths[] = {File("a_test.lua", test + "assert(true) end)"),
                               File("b_test.lua", test + "assert(false) end)")};
  std::vector<std::string> words = {"tools/merge_junit.lua"};
  for (const std::string& path : paths)
    words.push_back(
        File(path.substr(path.size() - 10, 1), Moonlet({"test", "--format", "junit", path}).out));
  const Result joined = Moonlet(words);
  EXPECT_EQ(joined.code, 0) << joined.err;
  EXPECT_NE(joined.out.find("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time="),
            std::string::npos)
      << joined.out;
  for (const std::string& path : paths)
    EXPECT_NE(joined.out.find("<testsuite name=\"" + path), std::string::npos) << joined.out;
  std::filesystem::resize_file(words[2], 300);
  const Result cut = Moonlet(words);
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(cut.err.find("moonlet: " + words[2] + ": no whole report"), 0u) << cut.err;
}

// Whoever reads the report may go, with or without a signal for it.
TEST_F(CliTest, EndsTestsWhoseReportNobodyReads) {
  const std::string file = File("slow_test.lua", R"(
    local sys, test = require "sys", require "test"
    print "begins"
    test.it("waits", function() sys.sleep(0.1) assert(true) end)
    print(("x"):rep(100000))
  )");
  Process killed({"test", file, file});
  EXPECT_TRUE(killed.WaitFor("begins"));
  killed.CloseOutput();
  EXPECT_EQ(killed.Finish().signal, SIGPIPE);
  Process told({"-c", "trap '' PIPE; exec " MOONLET_COMMAND " test " + file + " " + file},
               Process::On::kPipes, {}, "/bin/sh");
  EXPECT_TRUE(told.WaitFor("begins"));
  told.CloseOutput();
  EXPECT_EQ(told.Finish().code, 1);
}

// No `path` reaches past the folders that are allowed.
// The other end of a serial line that scripts have as their second one.
class SerialLine {
 public:
  SerialLine() : end_(posix_openpt(O_RDWR | O_NOCTTY)) {
    termios mode;
    if (grantpt(end_) != 0 || unlockpt(end_) != 0 || tcgetattr(end_, &mode) != 0) std::abort();
    cfmakeraw(&mode);
    tcsetattr(end_, TCSANOW, &mode);
    near_ = open(path(), O_RDWR | O_NOCTTY);  // keeps the line there between two who use it
  }
  ~SerialLine() {
    close(near_);
    close(end_);
  }
  const char* path() const { return ptsname(end_); }
  bool Write(std::string_view bytes) const {
    return write(end_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  }
  std::string Read() const {
    char bytes[100];
    pollfd line = {end_, POLLIN, 0};
    if (poll(&line, 1, 5000) != 1) return "";
    const ssize_t size = read(end_, bytes, sizeof(bytes));
    return {bytes, size > 0 ? static_cast<size_t>(size) : 0};
  }

 private:
  int end_;
  int near_;
};

TEST_F(CliTest, GivesScriptsASecondSerialLine) {
  const SerialLine line;
  ASSERT_TRUE(line.Write("hello"));
  const Result r = Moonlet({"--uart", line.path(), "-e",
                            "board.uart_speed(9600) print(board.uart_read(5, 5)) "
                            "board.uart_write 'bye\\n\\r\\3'"});
  EXPECT_EQ(r.out, "hello\n") << r.err;
  EXPECT_EQ(line.Read(), "bye\n\r\3");
  EXPECT_EQ(Moonlet({"--uart", folder_ + "/none", "-e", "print(1)"}).code, 1);
  EXPECT_EQ(Moonlet({"--uart", "tcp:nowhere", "-e", "print(1)"}).code, 1);
}

TEST_F(CliTest, ListensToTheConsoleInTasks) {
  const std::string file = File("listens.lua", R"(
    local audio, task = require "audio", require "task"
    local ticks = 0
    io.write "question: "
    task.every(0.001, function() ticks = ticks + 1 end)
    task.run(function()
      for x in task.frames(audio.pcm {format = "u8"}, 4) do print(x:sum() * 128 + 512, ticks > 2) end
    end)
    print "end"
  )");
  Process process({file});
  ASSERT_TRUE(process.WaitFor("question: "));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  process.Type("ab");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  process.Type("cd\n\r\n\nand");
  ASSERT_TRUE(process.WaitFor("394.0\ttrue\n43.0\ttrue\n"));
  EXPECT_EQ(process.Finish().code, 0);
  EXPECT_TRUE(process.WaitFor("end\n"));
}

// Scripts in a sandbox have no io.stderr.
TEST_F(CliTest, CommandsComplainFromASandboxToo) {
  EXPECT_EQ(Moonlet({"--sandbox", "model", "info", "/none"}).out,
            "moonlet: /none: outside the folders the sandbox allows\n");
  EXPECT_EQ(Moonlet({"--sandbox", "npu", "check", "/none"}).out,
            "moonlet: /none: outside the folders the sandbox allows\n");
  const Result doc = Moonlet({"--sandbox", "doc", "--format", "none"});
  EXPECT_EQ(doc.code, 2);
  EXPECT_EQ(doc.out.find("moonlet: doc: no format 'none'\n"), 0u);
}

TEST_F(CliTest, KeepsTheSandboxToTheAllowedFolders) {
  const std::string file = File("data/in.txt", "inside");
  const std::string read = "print((io.open('" + file + "')))";
  const std::string data = folder_ + "/data";
  EXPECT_EQ(Moonlet({"--sandbox", "-e", read}).out, "nil\n");
  EXPECT_NE(Moonlet({"--sandbox", "--allow", data, "-e", read}).out, "nil\n");
  const std::string write = "print((io.open('" + data + "/out.txt', 'w')))";
  EXPECT_EQ(Moonlet({"--sandbox", "--allow", data, "-e", write}).out, "nil\n");
  EXPECT_NE(Moonlet({"--sandbox", "--allow", data + ":rw", "-e", write}).out, "nil\n");
  EXPECT_EQ(Moonlet({"--sandbox", "-e", "print(os.execute, loadfile)"}).out, "nil\tnil\n");
}

TEST_F(CliTest, TellsItsVersionAndHelp) {
  const Result version = Moonlet({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.find("Moonlet "), 0u);
  EXPECT_NE(version.out.find("Lua 5.4"), std::string::npos);
  EXPECT_NE(version.out.find("same bits on every target"), std::string::npos);
  const Result help = Moonlet({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* option : {"-e", "-i", "-m", "--memory", "--timeout", "--sandbox", "--allow",
                             "--version", "--help", "MOONLET_LIB", "124"}) {
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  }
}

TEST_F(CliTest, HelpFitsATerminal) {
  const std::string help = Moonlet({"--help"}).out;
  for (size_t from = 0; from < help.size();) {
    const size_t end = help.find('\n', from);
    EXPECT_LE(end - from, 80u) << help.substr(from, end - from);
    from = end + 1;
  }
}

constexpr const char* kDigits = "scripts/apps/digits.tflite";

TEST_F(CliTest, ModelInfoPrintsTextOrOneJsonObject) {
  const Result text = Moonlet({"model", "info", kDigits});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(text.out.find("digits.tflite: "), 0u) << text.out;
  const Result json = Moonlet({"model", "info", "--json", kDigits});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(json.out.front(), '{');
  EXPECT_NE(json.out.find("\"shape\": [1, 8, 8, 1]"), std::string::npos) << json.out;
  EXPECT_NE(json.out.find("\"unsupported\": []"), std::string::npos) << json.out;
}

TEST_F(CliTest, ModelToolsSayWhatTheyFoundByTheirExitCode) {
  const Result same = Moonlet({"model", "diff", kDigits, kDigits, "--seed", "7"});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_NE(same.out.find("no layer differs"), std::string::npos) << same.out;
  const Result bench = Moonlet({"model", "bench", kDigits, "--runs", "2", "--json"});
  EXPECT_EQ(bench.code, 0) << bench.err;
  EXPECT_NE(bench.out.find("\"median\": "), std::string::npos) << bench.out;
  const Result none = Moonlet({"model", "info", "README.md"});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.err.find("moonlet: README.md: not a .tflite file"), 0u) << none.err;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"model"},
                                             {"model", "draw", kDigits},
                                             {"model", "info"},
                                             {"model", "info", kDigits, "more"},
                                             {"model", "bench", kDigits, "--runs", "x"},
                                             {"model", "bench", kDigits, "--runs"},
                                             {"model", "info", kDigits, "--runs", "1"}}) {
    const Result r = Moonlet(words);
    EXPECT_EQ(r.code, 2) << r.out;
    EXPECT_NE(r.err.find("usage: moonlet model"), std::string::npos) << r.err;
  }
}

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The picture that docs/models.md shows; the command in it draws it anew.
TEST_F(CliTest, DrawsTheModelOfTheDocumentation) {
  const std::string drawn = folder_ + "/digits.svg";
  const Result file = Moonlet({"model", "graph", kDigits, "-o", drawn});
  EXPECT_EQ(file.code, 0) << file.err;
  EXPECT_EQ(Content(drawn), Content("docs/pictures/digits.svg"));
  const Result text = Moonlet({"model", "graph", kDigits});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("bytes of activations, bound"), std::string::npos) << text.out;
  EXPECT_EQ(Moonlet({"model", "graph", kDigits, "--svg", "--html"}).code, 2);
  EXPECT_EQ(Moonlet({"model", "graph", kDigits, "-o", drawn + ".png"}).code, 2);
  EXPECT_EQ(Moonlet({"model", "graph", kDigits, "-o", "/no/such/folder/x.svg"}).code, 1);
}

TEST_F(CliTest, WritesTheReference) {
  const Result texts = Moonlet({"doc"});
  EXPECT_EQ(texts.code, 0) << texts.err;
  EXPECT_TRUE(texts.out.starts_with("\x1Emodule tensor\x1F")) << texts.out.substr(0, 40);
  EXPECT_EQ(texts.out.find("\x1Emodule json\x1F"), std::string::npos) << "devices read its source";
  const std::string path = folder_ + "/reference.html";
  EXPECT_EQ(Moonlet({"doc", "--format", "html", "-o", path}).out, "");
  std::ifstream page(path);
  const std::string written{std::istreambuf_iterator<char>(page), {}};
  EXPECT_TRUE(written == Moonlet({"doc", "--format", "html"}).out) << written.size();
  const Result missing = Moonlet({"doc", "--format", "luals", "-o", folder_ + "/none"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_TRUE(missing.err.ends_with("No such file or directory\n")) << missing.err;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"doc", "more"},
                                             {"doc", "--format"},
                                             {"doc", "--format", "pdf"},
                                             {"doc", "--format", "luals"},
                                             {"doc", "--to", "x"}}) {
    const Result r = Moonlet(words);
    EXPECT_EQ(r.code, 2) << r.out;
    EXPECT_NE(r.err.find("usage: moonlet doc"), std::string::npos) << r.err;
  }
}

TEST_F(CliTest, CompilesAModelForTheNpu) {
  const std::string target = folder_ + "/digits_npu.tflite";
  const Result r = Moonlet({"npu", "compile", kDigits, "-o", target, "--macs", "64"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_TRUE(r.out.starts_with("U55-64: 7 of 7 operators on the NPU")) << r.out;
  EXPECT_EQ(Moonlet({"npu", "check", target}).out, "fine\n");
  EXPECT_EQ(Moonlet({"npu", "compile", target, "-o", target}).code, 1);
  EXPECT_EQ(Moonlet({"npu", "compile", kDigits}).code, 2);
  EXPECT_EQ(Moonlet({"npu", "compile", kDigits, "-o", target, "--macs", "many"}).code, 2);
}

TEST_F(CliTest, CompilesWithinTheMemoryThereIs) {
  const std::string target = folder_ + "/digits_npu.tflite";
  const Result r = Moonlet({"--memory", "900K", "npu", "compile", kDigits, "-o", target});
  EXPECT_EQ(r.code, 1);
  EXPECT_NE(r.err.find("not enough memory"), std::string::npos) << r.err;
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(CliTest, NpuToolsSayWhatTheyFoundByTheirExitCode) {
  for (const char* command : {"disasm", "check"}) {
    const Result r = Moonlet({"npu", command, kDigits});
    EXPECT_EQ(r.code, 1) << r.out;
    EXPECT_NE(r.err.find("no operator is compiled for the NPU"), std::string::npos) << r.err;
    EXPECT_EQ(Moonlet({"npu", command, "no such file"}).code, 1);
  }
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"npu"}, {"npu", "draw", kDigits}, {"npu", "disasm"}, {"npu", "check", kDigits, "x"}}) {
    const Result r = Moonlet(words);
    EXPECT_EQ(r.code, 2) << r.out;
    EXPECT_NE(r.err.find("usage: moonlet npu"), std::string::npos) << r.err;
  }
}

}  // namespace cli_test
}  // namespace moonlet
