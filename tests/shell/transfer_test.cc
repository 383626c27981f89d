#include "shell/transfer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/shell/device_line.h"

namespace moonlet {
namespace transfer_test {

using Content = std::vector<uint8_t>;

constexpr const char* kPath = "/ram/file";

Content RandomBytes(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Content bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

// A client at the end of a line, and transfers that a watcher sees.
struct Client final : TransferWatcher {
  explicit Client(int line, int answer_ms = 2000, int attempts = 10)
      : link(line), transfer(client, {answer_ms, attempts, this}) {}

  void Moved(size_t done, size_t) override {
    if (done >= 4096 && at_4096 != nullptr) std::exchange(at_4096, nullptr)(this);
  }
  // The file on the device; empty when there is none.
  Content Stored() {
    Content bytes;
    if (!transfer.Get(kPath, &bytes).ok()) bytes.clear();
    return bytes;
  }
  std::string Listed() {
    struct Texts final : Output {
      void Write(std::string_view text) override { out += text; }
      void WriteError(std::string_view text) override { out += text; }
      std::string out;
    } texts;
    bool failed;
    const std::string code = "print(table.concat(require 'sys'.list '/ram', ' '))";
    return client.Run(code, texts, &failed).ok() ? texts.out : "";
  }

  Link link;
  StopToken stop;
  RawClient client{link, stop};
  Transfer transfer;
  HostDevice* device = nullptr;
  void (*at_4096)(Client*) = nullptr;
};

TEST(Transfer, PutsAndGetsFilesOfEveryLength) {
  HostDevice device;
  Client c(device.TakeLine());
  for (const size_t size : {0, 1, 2, 3, 47, 48, 49, 4095, 4096, 4097, 20000}) {
    const Content sent = RandomBytes(size, static_cast<unsigned>(size));
    const Status put = c.transfer.Put(sent, kPath);
    ASSERT_TRUE(put.ok()) << size << ": " << put.what();
    Content got;
    const Status get = c.transfer.Get(kPath, &got);
    ASSERT_TRUE(get.ok()) << size << ": " << get.what();
    EXPECT_EQ(got, sent) << size;
  }
  EXPECT_EQ(c.Listed(), "file\n") << "nothing temporary stays";
}

TEST(Transfer, TellsWhatTheDeviceRefuses) {
  HostDevice device;
  Client c(device.TakeLine());
  const Status put = c.transfer.Put(RandomBytes(100, 1), "/rom/file");
  EXPECT_EQ(put.code(), Code::kInvalid);
  EXPECT_NE(std::string(put.what()).find("/rom/file"), std::string::npos) << put.what();
  Content got;
  const Status get = c.transfer.Get("/ram/nothing", &got);
  EXPECT_EQ(get.code(), Code::kInvalid);
  EXPECT_NE(std::string(get.what()).find("/ram/nothing"), std::string::npos) << get.what();
  EXPECT_EQ(c.transfer.Update(RandomBytes(100, 1)).code(), Code::kInvalid) << "no ROM image";
  const Status after = c.transfer.Put(RandomBytes(100, 1), kPath);
  EXPECT_TRUE(after.ok()) << after.what();
}

TEST(Transfer, TellsALostLink) {
  HostDevice device;
  Client c(device.TakeLine());
  c.device = &device;
  c.at_4096 = [](Client* client) { client->device->Kill(); };
  const Status status = c.transfer.Put(RandomBytes(20000, 2), kPath);
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(std::string(status.what()).find("lost"), std::string::npos) << status.what();
}

TEST(Transfer, LeavesTheOldFileAfterAnInterrupt) {
  HostDevice device;
  Client c(device.TakeLine());
  const Content old = RandomBytes(5000, 1);
  ASSERT_TRUE(c.transfer.Put(old, kPath).ok());
  c.at_4096 = [](Client* client) { client->stop.Raise(); };
  EXPECT_EQ(c.transfer.Put(RandomBytes(20000, 2), kPath).code(), Code::kStopped);
  c.stop.Lower();
  ASSERT_TRUE(c.client.Enter().ok());
  EXPECT_EQ(c.Stored(), old);
  EXPECT_EQ(c.Listed(), "file\n") << "nothing temporary stays";
}

// One byte in a hundred is lost, changed or doubled, both ways. A transfer may fail, but it
// says so, and the file is the old one or the new one. MOONLET_SOAK=1: 200 transfers.
TEST(Transfer, NeverLeavesAWrongFileOnANoisyLine) {
  const bool soak = std::getenv("MOONLET_SOAK") != nullptr;
  const unsigned count = soak ? 200 : 2;
  constexpr unsigned kPerThousand = 10;
  unsigned succeeded = 0;
  for (unsigned seed = 1; seed <= count; seed += 2) {
    SCOPED_TRACE(seed);
    const Content before = RandomBytes(1000, seed), sent = RandomBytes(seed * 797 % 9000, seed);
    HostDevice device;
    NoisyLine noise(device.TakeLine(), 0, seed);
    Client c(noise.TakeLine(), 30, 60);
    ASSERT_TRUE(c.transfer.Put(before, kPath).ok());
    noise.SetHarm(kPerThousand);
    const Status put = c.transfer.Put(sent, kPath);
    noise.SetHarm(0);
    const Content stored = c.Stored();
    EXPECT_TRUE(stored == sent || (!put.ok() && stored == before)) << put.what();
    noise.SetHarm(kPerThousand);
    Content got;
    const Status get = c.transfer.Get(kPath, &got);
    EXPECT_TRUE(!get.ok() || got == stored);
    succeeded += put.ok() + get.ok();
  }
  std::cout << succeeded << " of " << count << " transfers came through\n";
  EXPECT_GE(succeeded, count / 2);
}

}  // namespace transfer_test
}  // namespace moonlet
