#include "shell/raw_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "tests/shell/fake_device.h"

namespace moonlet {
namespace raw_client_test {

struct Texts final : Output {
  void Write(std::string_view text) override { out += text; }
  void WriteError(std::string_view text) override { err += text; }
  std::string out;
  std::string err;
};

// A client of a device with these options.
struct Session {
  explicit Session(const FakeDevice::Options& options = {})
      : device(options), link(device.TakeLine()), client(link, stop) {}

  Status Run(std::string_view code) {
    texts = {};
    return client.Run(code, texts, &failed);
  }

  FakeDevice device;
  Link link;
  StopToken stop;
  RawClient client;
  Texts texts;
  bool failed = false;
};

std::string Decoded(std::initializer_list<std::string_view> pieces) {
  TextDecoder decoder;
  std::string text;
  for (const std::string_view piece : pieces) decoder.Decode(piece, &text);
  decoder.Finish(&text);
  return text;
}

TEST(TextDecoder, TakesOneCarriageReturnBeforeEachLineFeed) {
  EXPECT_EQ(Decoded({"a\r\nb\r\n"}), "a\nb\n");
  EXPECT_EQ(Decoded({"a\r", "\nb\r", "\r\n", "c\r"}), "a\nb\r\nc\r") << "in pieces";
  EXPECT_EQ(Decoded({"1 %\r2 %\r", "3 %"}), "1 %\r2 %\r3 %");
  EXPECT_EQ(Decoded({"\n\r\n"}), "\n\n");
}

TEST(RawClient, TellsOutputFromErrors) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  ASSERT_TRUE(s.Run("print(6 * 7)").ok());
  EXPECT_EQ(s.texts.out, "42\n");
  EXPECT_FALSE(s.failed);
  ASSERT_TRUE(s.Run("print 'before' error 'boom'").ok());
  EXPECT_EQ(s.texts.out, "before\n");
  EXPECT_NE(s.texts.err.find("boom"), std::string::npos);
  EXPECT_TRUE(s.failed);
  ASSERT_TRUE(s.Run("x = (").ok());
  EXPECT_TRUE(s.failed);
  ASSERT_TRUE(s.Run("").ok());
}

TEST(RawClient, SendsAnyLengthThroughAnyWindow) {
  for (const size_t window : {1, 7, 64, 128, 4096}) {
    Session s({.window = window});
    ASSERT_TRUE(s.client.Enter().ok());
    for (const size_t length : {63, 64, 65, 127, 128, 129, 256, 5000}) {
      const std::string code =
          "print " + std::string(length, '(') + std::string("1").append(length, ')');
      const std::string text = "print(#'" + std::string(length, 'x') + "')";
      ASSERT_TRUE(s.Run(text).ok()) << window << " " << length;
      EXPECT_EQ(s.texts.out, std::to_string(length) + "\n");
    }
  }
}

TEST(RawClient, FallsBackToPlainRawMode) {
  for (const bool knows : {false, true}) {
    Session s({.paste = false, .knows_paste = knows});
    ASSERT_TRUE(s.client.Enter().ok());
    ASSERT_TRUE(s.Run("print(#'" + std::string(3000, 'x') + "')").ok());
    EXPECT_EQ(s.texts.out, "3000\n");
    ASSERT_TRUE(s.Run("error 'x'").ok());
    EXPECT_TRUE(s.failed);
  }
}

TEST(RawClient, StopsSendingWhatTheDeviceHasRefused) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  ASSERT_TRUE(s.Run("!stop!" + std::string(100000, 'x')).ok());
  EXPECT_TRUE(s.failed);
  EXPECT_EQ(s.texts.err, "stopped");
  ASSERT_TRUE(s.Run("print 'goes on'").ok());
  EXPECT_EQ(s.texts.out, "goes on\n");
}

TEST(RawClient, EntersFromWhateverTheDeviceDoes) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  for (const std::string code : {"while true do end", "io.read()", "pcall(io.read) io.read()",
                                 "while true do print(1) end"}) {
    bool refused;
    ASSERT_TRUE(s.client.Start(code, &refused).ok());
    ASSERT_TRUE(s.client.Enter().ok()) << code;
    ASSERT_TRUE(s.Run("print 'here'").ok()) << code;
    EXPECT_EQ(s.texts.out, "here\n") << code;
  }
  for (const std::string half : {"\x02"
                                 "xyz",
                                 "half a program",
                                 "\x05"
                                 "A\x01half a pasted one"}) {
    ASSERT_TRUE(s.client.Send(half).ok());
    ASSERT_TRUE(s.client.Enter().ok()) << half;
    ASSERT_TRUE(s.Run("print 'here'").ok()) << half;
    EXPECT_EQ(s.texts.out, "here\n") << half;
  }
}

TEST(RawClient, SoftResetForgetsGlobals) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  ASSERT_TRUE(s.Run("x = 1").ok());
  ASSERT_TRUE(s.client.SoftReset().ok());
  ASSERT_TRUE(s.Run("print(x)").ok());
  EXPECT_EQ(s.texts.out, "nil\n");
}

TEST(RawClient, InterruptsOnceItsStopIsRaised) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  struct Stopper final : Output {
    explicit Stopper(StopToken* token) : stop(token) {}
    void Write(std::string_view) override { stop->Raise(); }
    void WriteError(std::string_view text) override { err += text; }
    StopToken* stop;
    std::string err;
  } output(&s.stop);
  EXPECT_EQ(s.client.Run("print(1) while true do end", output, &s.failed).code(), Code::kStopped);
  EXPECT_NE(output.err.find("interrupted"), std::string::npos);
  s.stop.Lower();
  ASSERT_TRUE(s.Run("print 'goes on'").ok());
  EXPECT_EQ(s.texts.out, "goes on\n");
}

TEST(RawClient, TellsALostLink) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  bool refused;
  ASSERT_TRUE(s.client.Start("while true do end", &refused).ok());
  s.device.Kill();
  const Status lost = s.client.Enter();
  EXPECT_EQ(lost.code(), Code::kIo);
  EXPECT_NE(std::string(lost.what()).find("lost"), std::string::npos) << lost.what();
}

TEST(RawClient, GivesUpOnADeviceThatIsSilentOrDoesNotEnd) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Link silent(ends[0]);
  StopToken stop;
  RawClient client(silent, stop);
  const Status status = client.Enter(50);
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(std::string(status.what()).find("banner"), std::string::npos) << status.what();
  close(ends[1]);

  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  Texts texts;
  EXPECT_EQ(s.client.Run("while true do end", texts, &s.failed, 100).code(), Code::kIo);
  ASSERT_TRUE(s.client.Enter().ok());
}

}  // namespace raw_client_test
}  // namespace moonlet
