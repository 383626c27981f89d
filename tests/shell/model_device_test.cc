// `moonlet model --target`: the tools on the device image in the emulator, also as a device at
// the end of a cable. Left out as tests/shell/device_test.cc says.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "shell/rom_file.h"
#include "shell/target.h"
#include "tests/shell/process.h"

namespace moonlet {
namespace model_device_test {

namespace fs = std::filesystem;

constexpr const char* kDigits = "scripts/apps/digits.tflite";

struct Result {
  int code;
  std::string out;
  std::string err;
};

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

std::string After(const std::string& text, const std::string& mark, size_t size) {
  const size_t at = text.find(mark);
  return at == text.npos ? "no " + mark : text.substr(at + mark.size(), size);
}

// A device in the emulator as the far end of tcp:127.0.0.1:PORT, for one client
// after the other.
class Cable {
 public:
  explicit Cable(int device) : device_(device) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(listening_, any, size) + listen(listening_, 1), 0);
    EXPECT_EQ(getsockname(listening_, any, &size), 0);
    name_ = "tcp:127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Relay(); });
  }
  ~Cable() {
    Cut();
    thread_.join();
    close(listening_);
  }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;

  const std::string& name() const { return name_; }
  void Cut() {
    shutdown(listening_, SHUT_RDWR);
    shutdown(client_, SHUT_RDWR);
  }

 private:
  void Relay() {
    while ((client_ = accept(listening_, nullptr, nullptr)) >= 0) {
      const int now = 1;  // as a serial line, which does not collect bytes
      setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &now, sizeof(now));
      pollfd ends[] = {{client_, POLLIN, 0}, {device_, POLLIN, 0}};
      while (poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0 && !Pass(client_, device_)) break;
        if (ends[1].revents != 0 && !Pass(device_, client_)) break;
      }
      close(client_);
    }
  }
  static bool Pass(int from, int to) {
    char bytes[4096];
    const ssize_t size = read(from, bytes, sizeof(bytes));
    return size > 0 && send(to, bytes, static_cast<size_t>(size), MSG_NOSIGNAL) == size;
  }

  const int device_;
  int listening_ = -1;
  std::atomic<int> client_ = -1;
  std::string name_;
  std::thread thread_;
};

class ModelDeviceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* set = std::getenv("MOONLET_DEVICE_IMAGE");
    const fs::path command = MOONLET_COMMAND;
    image_ = set != nullptr
                 ? set
                 : (command.parent_path() / "../../device/moonlet.elf").lexically_normal().string();
    folder_ = ::testing::TempDir() + "moonlet_model_" + std::to_string(getpid());
    fs::create_directories(folder_);
    const char* required = std::getenv("MOONLET_REQUIRE_DEVICE");
    if (required != nullptr && std::string(required) == "1") return;
    static const Result probe = Moonlet({"model", "info", kDigits, "--target", "sim"});
    if (probe.code != 0) GTEST_SKIP() << probe.err;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result Moonlet(std::vector<std::string> words, Process::Variables variables = {}) const {
    variables.push_back({"MOONLET_DEVICE_IMAGE", image_});
    Process process(words, Process::On::kPipes, variables);
    const int code = process.Finish().code;
    return {code, process.written, process.errors};
  }
  // A model that a script makes: the path, or why there is none.
  std::string Model(const std::string& name, const std::string& table) const {
    const std::string path = folder_ + "/" + name;
    const Result made = Moonlet({"-e", "assert(tflite.save('" + path + "', " + table + "))"});
    return made.code == 0 ? path : made.err;
  }
  // A library whose model.bench does `code`, for a device that does what none should.
  std::string LibraryWithBench(const std::string& code) const {
    const std::string library = folder_ + "/lib";
    fs::copy("scripts/lib", library, fs::copy_options::recursive);
    std::ofstream(library + "/model/bench.lua") << "return {run = function() " << code << " end}\n";
    return library;
  }

  std::string image_;
  std::string folder_;
};

TEST_F(ModelDeviceTest, BenchTellsTheDevicesFiguresOfTheSameResults) {
  const Result host = Moonlet({"model", "bench", kDigits, "--runs", "2"});
  const Result sim = Moonlet({"model", "bench", kDigits, "--runs", "2", "--target", "sim"});
  EXPECT_EQ(sim.code, 0) << sim.err;
  EXPECT_TRUE(Holds(sim.out, "on an547, kernels: helium")) << sim.out;
  EXPECT_TRUE(Holds(sim.out, "instructions per run: min ")) << sim.out;
  EXPECT_TRUE(Holds(sim.out, "bytes of engine RAM, 0 of files, 0 packed")) << sim.out;
  EXPECT_FALSE(Holds(host.out, "instructions per run")) << host.out;
  const std::string mark = "CRC-32: inputs ";
  EXPECT_EQ(After(sim.out, mark, 26), After(host.out, mark, 26));
  const Result again = Moonlet({"model", "bench", kDigits, "--runs", "2", "--target", "sim"});
  const std::string count = "instructions per run: min ";
  EXPECT_EQ(After(again.out, count, 4), After(sim.out, count, 4)) << "they repeat";
}

TEST_F(ModelDeviceTest, DiffFindsTheSameBitsHereAndThere) {
  const Result same = Moonlet({"model", "diff", kDigits, "--target", "sim", "--seed", "5"});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_TRUE(Holds(same.out, "no layer differs: same bits")) << same.out;
  const Result two = Moonlet({"model", "diff", kDigits, kDigits, "--target", "sim"});
  EXPECT_EQ(two.code, 0) << two.err;
  EXPECT_TRUE(Holds(two.out, "no layer differs: same bits")) << two.out;
}

TEST_F(ModelDeviceTest, FilesGoThereAndResultsComeBack) {
  const std::string in = folder_ + "/in.npy", golden = folder_ + "/golden.npy";
  const Result made = Moonlet({"-e", "local m = nn.load '" + std::string(kDigits) +
                                         "' local x = tensor.zeros({1, 8, 8, 1}, "
                                         "'int8') tensor.save('" +
                                         in + "', x) tensor.save('" + golden + "', m:run(x))"});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::string layers = folder_ + "/a b.npz";
  const Result verified = Moonlet({"model", "verify", kDigits, in, golden, "--target", "sim",
                                   "--dump-layers", layers, "--json"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_TRUE(Holds(verified.out, "\"ok\": true")) << verified.out;
  const Result compared = Moonlet({"model", "diff", kDigits, layers, "--inputs", in});
  EXPECT_EQ(compared.code, 0) << compared.err << compared.out;
}

TEST_F(ModelDeviceTest, SaysWhatCannotBe) {
  const Result none = Moonlet({"model", "info", "README.md", "--target", "sim"});
  EXPECT_EQ(none.code, 1);
  EXPECT_TRUE(Holds(none.err, "README.md: not a .tflite file")) << none.err;
  EXPECT_EQ(Moonlet({"model", "bench", folder_ + "/none.tflite", "--target", "sim"}).code, 1);
  const Result port = Moonlet({"model", "info", kDigits, "--target", "/dev/no such line"});
  EXPECT_EQ(port.code, 1);
  EXPECT_TRUE(Holds(port.err, "moonlet: /dev/no such line: No such file")) << port.err;

  const std::string strange =
      Model("strange.tflite",
            "{tensors = {{shape = {2}, dtype = 'float32'}, {shape = {2}, dtype = 'float32'}}, "
            "inputs = {1}, outputs = {2}, "
            "operators = {{'CUSTOM', custom = 'Strange', inputs = {1}, outputs = {2}}}}");
  const Result info = Moonlet({"model", "info", strange, "--target", "sim"});
  EXPECT_EQ(info.code, 1);
  EXPECT_TRUE(Holds(info.out, "cannot run: a custom operator nobody knows")) << info.out;
  const Result bench = Moonlet({"model", "bench", strange, "--target", "sim"});
  EXPECT_EQ(bench.code, 1);
  EXPECT_TRUE(Holds(bench.err, "a custom operator nobody knows")) << bench.err;

  const std::string large =
      Model("large.tflite",
            "{tensors = {{shape = {3000000}, dtype = 'float32'}, {shape = {3000000}, dtype = "
            "'float32'}}, inputs = {1}, outputs = {2}, "
            "operators = {{'ABS', inputs = {1}, outputs = {2}}}}");
  const Result room = Moonlet({"model", "info", large, "--target", "sim"});
  EXPECT_EQ(room.code, 1);
  EXPECT_TRUE(Holds(room.out, "does not load here: ")) << room.out << room.err;
}

TEST_F(ModelDeviceTest, ADeviceThatRestartsOrFallsSilentIsTold) {
  const std::string library = LibraryWithBench("require 'sys'.reset()");
  const std::vector<std::string> bench = {"model", "bench", kDigits, "--target", "sim"};
  const Result restarts = Moonlet(bench, {{"MOONLET_LIB", library}});
  EXPECT_EQ(restarts.code, 1);
  EXPECT_TRUE(Holds(restarts.err, "moonlet: the device restarted")) << restarts.err;
  fs::remove_all(library);
  std::vector<std::string> words = {"--timeout", "4"};
  words.insert(words.end(), bench.begin(), bench.end());
  const Result silent = Moonlet(
      words,
      {{"MOONLET_LIB", LibraryWithBench("require 'sys'.interrupt_char(nil) while true do end")}});
  EXPECT_EQ(silent.code, 124) << silent.err;
  EXPECT_TRUE(Holds(silent.err, "time budget")) << silent.err;
}

// The emulator at the far end of a line that only tells bytes.
TEST_F(ModelDeviceTest, ADeviceAtACableIsBroughtWhatItHasNot) {
  RomFile rom;
  fs::create_directories(folder_ + "/rom");
  fs::copy("scripts/lib", folder_ + "/rom/lib", fs::copy_options::recursive);
  ASSERT_TRUE(rom.Make(folder_ + "/rom").ok());
  Target target;
  target.SetMachine({image_, rom.path(), {}});
  ASSERT_TRUE(target.Open("sim").ok());
  {
    Cable cable(target.line().descriptor());
    const Result bench =
        Moonlet({"model", "bench", kDigits, "--runs", "2", "--target", cable.name()});
    EXPECT_EQ(bench.code, 0) << bench.err;
    EXPECT_TRUE(Holds(bench.err, "bytes brought to /ram/moonlet_model/1/digits.tflite"))
        << bench.err;
    EXPECT_FALSE(Holds(bench.out, "instructions per run")) << bench.out;
    EXPECT_EQ(Moonlet({"device", "--target", cable.name(), "exec",
                       "print(#(sys.list '/ram/moonlet_model/' or {}))"})
                  .out,
              "0\n")
        << "nothing stays there";
    EXPECT_EQ(
        Moonlet({"device", "--target", cable.name(), "put", kDigits, "/ram/digits.tflite"}).code,
        0);
    const Result there = Moonlet({"model", "diff", kDigits, "--target", cable.name()});
    EXPECT_EQ(there.code, 0) << there.err;
    EXPECT_TRUE(Holds(there.err, "is there as /ram/digits.tflite")) << there.err;
    EXPECT_TRUE(Holds(there.out, "same bits")) << there.out;
  }
  Cable cable(target.line().descriptor());
  Process process({"model", "bench", kDigits, "--seconds", "1000", "--target", cable.name()});
  EXPECT_TRUE(process.WaitForError("is there as"));
  cable.Cut();
  EXPECT_EQ(process.Finish().code, 1);
  EXPECT_TRUE(Holds(process.errors, "moonlet: ")) << process.errors;
}

}  // namespace model_device_test
}  // namespace moonlet
