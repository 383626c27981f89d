#include "shell/transfer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/shell/fake_device.h"

namespace moonlet {
namespace transfer_test {

namespace fs = std::filesystem;
using Content = std::vector<uint8_t>;

Content RandomBytes(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Content bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

class TransferTest : public ::testing::Test {
 protected:
  TransferTest() : folder_(::testing::TempDir() + "moonlet_transfer_" + std::to_string(getpid())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~TransferTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Store(const std::string& name, const Content& bytes) const {
    std::ofstream(Path(name), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  Content Stored(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }

  std::string folder_;
  StopToken stop_;
};

TEST_F(TransferTest, PutsAndGetsFilesOfEveryLength) {
  FakeDevice device({.allow = folder_});
  Link link(device.TakeLine());
  RawClient client(link, stop_);
  Transfer transfer(client, {});
  for (const size_t size : {0, 1, 2, 3, 47, 48, 49, 4095, 4096, 4097, 20000}) {
    const Content sent = RandomBytes(size, static_cast<unsigned>(size));
    const Status put = transfer.Put(sent, Path("file"));
    ASSERT_TRUE(put.ok()) << size << ": " << put.what();
    EXPECT_EQ(Stored("file"), sent) << size;
    Content got;
    const Status get = transfer.Get(Path("file"), &got);
    ASSERT_TRUE(get.ok()) << size << ": " << get.what();
    EXPECT_EQ(got, sent) << size;
  }
  EXPECT_EQ(Names(), std::vector<std::string>{"file"}) << "nothing temporary stays";
}

TEST_F(TransferTest, TellsWhatTheDeviceRefuses) {
  FakeDevice device({.allow = folder_});
  Link link(device.TakeLine());
  RawClient client(link, stop_);
  Transfer transfer(client, {});
  const Status put = transfer.Put(RandomBytes(100, 1), Path("no/such/folder"));
  EXPECT_EQ(put.code(), Code::kInvalid);
  EXPECT_NE(std::string(put.what()).find("no/such/folder"), std::string::npos) << put.what();
  Content got;
  const Status get = transfer.Get(Path("nothing"), &got);
  EXPECT_EQ(get.code(), Code::kInvalid);
  EXPECT_NE(std::string(get.what()).find("nothing"), std::string::npos) << get.what();
  const Status after = transfer.Put(RandomBytes(100, 1), Path("file"));
  EXPECT_TRUE(after.ok()) << after.what();
}

TEST_F(TransferTest, LeavesTheOldFileWhenTheLinkIsLost) {
  const Content old = RandomBytes(5000, 1);
  Store("file", old);
  struct Cutter final : TransferWatcher {
    void Moved(size_t done, size_t) override {
      if (done == 4096) device->Kill();
    }
    FakeDevice* device;
  } cutter;
  FakeDevice device({.allow = folder_});
  cutter.device = &device;
  Link link(device.TakeLine());
  RawClient client(link, stop_);
  Transfer transfer(client, {.watcher = &cutter});
  EXPECT_EQ(transfer.Put(RandomBytes(20000, 2), Path("file")).code(), Code::kIo);
  EXPECT_EQ(Stored("file"), old);
}

TEST_F(TransferTest, RemovesWhatIsNotWholeAfterAnInterrupt) {
  struct Stopper final : TransferWatcher {
    void Moved(size_t done, size_t) override {
      if (done == 4096) stop->Raise();
    }
    StopToken* stop;
  } stopper;
  stopper.stop = &stop_;
  FakeDevice device({.allow = folder_});
  Link link(device.TakeLine());
  RawClient client(link, stop_);
  Transfer transfer(client, {.watcher = &stopper});
  EXPECT_EQ(transfer.Put(RandomBytes(20000, 2), Path("file")).code(), Code::kStopped);
  stop_.Lower();
  ASSERT_TRUE(client.Enter().ok());
  EXPECT_TRUE(Names().empty());
}

// One byte in a hundred is lost, changed or doubled, both ways. A transfer may fail, but it
// says so, and the file is the old one or the new one. MOONLET_SOAK=1: 200 transfers.
TEST_F(TransferTest, NeverLeavesAWrongFileOnANoisyLine) {
  const bool soak = std::getenv("MOONLET_SOAK") != nullptr;
  const unsigned count = soak ? 200 : 3;
  unsigned succeeded = 0;
  for (unsigned seed = 1; seed <= count; ++seed) {
    SCOPED_TRACE(seed);
    FakeDevice device({.allow = folder_});
    NoisyLine noise(device.TakeLine(), 10, seed);
    Link link(noise.TakeLine());
    RawClient client(link, stop_);
    Transfer transfer(client, {.answer_ms = 30, .attempts = 60});
    const Content before = Stored("file");
    const Content sent = RandomBytes(seed * 797 % 9000, seed);
    if (seed % 2 == 1) {
      const Status status = transfer.Put(sent, Path("file"));
      succeeded += status.ok();
      const Content after = Stored("file");
      EXPECT_TRUE(after == sent || (!status.ok() && after == before)) << status.what();
    } else {
      Content got;
      const Status status = transfer.Get(Path("file"), &got);
      succeeded += status.ok();
      EXPECT_TRUE(!status.ok() || got == before);
    }
  }
  std::cout << succeeded << " of " << count << " transfers came through\n";
  EXPECT_GT(succeeded, count / 2);
}

}  // namespace transfer_test
}  // namespace moonlet
