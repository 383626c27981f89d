#include "shell/link.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "shell/raw_client.h"
#include "shell/target.h"
#include "tests/shell/device_line.h"

namespace moonlet {
namespace link_test {

// A device answers over the line.
::testing::AssertionResult Answers(Link& link) {
  struct Texts final : Output {
    void Write(std::string_view text) override { out += text; }
    void WriteError(std::string_view text) override { out += text; }
    std::string out;
  } texts;
  StopToken stop;
  RawClient client(link, stop);
  bool failed;
  Status status = client.Enter();
  if (status.ok()) status = client.Run("print(6 * 7)", texts, &failed);
  if (status.ok() && texts.out == "42\n") return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << status.what() << texts.out;
}

TEST(Link, TalksOverASerialLine) {
  int device_end, our_end;
  char path[100];
  ASSERT_EQ(openpty(&device_end, &our_end, path, nullptr, nullptr), 0);
  HostDevice device(device_end);
  Target target;
  const Status status = target.Open(path);
  ASSERT_TRUE(status.ok()) << status.what();
  EXPECT_TRUE(Answers(target.line()));
  close(device_end);
  close(our_end);
}

// A socket that listens, and its port.
int Listen(int* port) {
  const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listening, any, size) + listen(listening, 1) + getsockname(listening, any, &size),
            0);
  *port = ntohs(address.sin_port);
  return listening;
}

TEST(Link, TalksOverTcp) {
  int port;
  const int listening = Listen(&port);
  Target target;
  const Status status = target.Open("tcp:127.0.0.1:" + std::to_string(port));
  ASSERT_TRUE(status.ok()) << status.what();
  const int connection = accept(listening, nullptr, nullptr);
  HostDevice device(connection);
  EXPECT_TRUE(Answers(target.line()));
  close(connection);
  close(listening);
  EXPECT_EQ(target.Open("tcp:127.0.0.1:" + std::to_string(port)).code(), Code::kIo) << "closed";
}

TEST(Link, TellsWhatIsNoDevice) {
  Link link;
  EXPECT_EQ(link.OpenSerial("/dev/no such line").code(), Code::kNotFound);
  EXPECT_EQ(link.OpenSerial("README.md").code(), Code::kIo);
  for (const char* address : {"", "host", ":1", "host:", "["}) {
    EXPECT_EQ(link.Connect(address).code(), Code::kInvalid) << address;
  }
}

TEST(Link, TellsTheEndOfTheOtherSide) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Link link(ends[0]);
  std::string bytes;
  EXPECT_EQ(link.Read(&bytes, 0), Link::Event::kNothing);
  ASSERT_EQ(write(ends[1], "abc", 3), 3);
  EXPECT_EQ(link.Read(&bytes, 1000), Link::Event::kBytes);
  EXPECT_EQ(bytes, "abc");
  close(ends[1]);
  EXPECT_EQ(link.Read(&bytes, 1000), Link::Event::kLost);
  EXPECT_FALSE(link.Write("abc"));
}

}  // namespace link_test
}  // namespace moonlet
