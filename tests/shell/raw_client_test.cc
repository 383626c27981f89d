#include "shell/raw_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "shell/device_session.h"
#include "tests/shell/device_line.h"

namespace moonlet {
namespace raw_client_test {

using namespace std::string_literals;

struct Texts final : Output {
  void Write(std::string_view text) override { out += text; }
  void WriteError(std::string_view text) override { err += text; }
  std::string out;
  std::string err;
};

// A client and what it talks to.
struct Client {
  explicit Client(int line) : link(line) {}

  Status Run(std::string_view code) {
    texts = {};
    return client.Run(code, texts, &failed);
  }

  Link link;
  StopToken stop;
  RawClient client{link, stop};
  Texts texts;
  bool failed = false;
};

struct Session : HostDevice, Client {
  Session() : Client(TakeLine()) {}
};

struct Play : ScriptedPeer, Client {
  explicit Play(std::vector<Exchange> script)
      : ScriptedPeer(std::move(script)), Client(ScriptedPeer::TakeLine()) {}
};

const std::string kGreeting = "raw REPL; CTRL-B to exit\r\n>";
const std::string kQuestion =
    "\x05"
    "A\x01";

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
  ASSERT_TRUE(s.Run("x = (" + std::string(10000, ' ')).ok());
  EXPECT_TRUE(s.failed);
  ASSERT_TRUE(s.Run("x = = 1" + std::string(10000, ' ')).ok()) << "refused half-way";
  EXPECT_TRUE(s.failed);
  ASSERT_TRUE(s.Run("").ok());
  EXPECT_FALSE(s.failed);
}

TEST(RawClient, SendsCodeOfAnyLength) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  for (const size_t length : {63, 64, 65, 127, 128, 129, 256, 5000}) {
    ASSERT_TRUE(s.Run("print(#'" + std::string(length, 'x') + "')").ok()) << length;
    EXPECT_EQ(s.texts.out, std::to_string(length) + "\n");
  }
}

TEST(RawClient, SendsNoMoreThanTheWindowLets) {
  Play p({{"\x01", kGreeting},
          {kQuestion, "R\x01\x04\0\x01"s},
          {"12345678", "\x01"},
          {"9abc", "\x01\x01"},
          {"def\x04", "\x04out\r\n\x04\x04>"}});
  ASSERT_TRUE(p.client.Enter().ok());
  ASSERT_TRUE(p.Run("123456789abcdef").ok());
  EXPECT_EQ(p.texts.out, "out\n");
}

TEST(RawClient, FallsBackToPlainRawMode) {
  for (const std::string& refusal : {"R\0"s, kGreeting}) {
    const std::string code(3000, 'x');
    Play p({{"\x01", kGreeting}, {kQuestion, refusal}, {code + "\x04", "OKout\x04oops\x04>"}});
    ASSERT_TRUE(p.client.Enter().ok());
    ASSERT_TRUE(p.Run(code).ok());
    EXPECT_EQ(p.texts.out, "out");
    EXPECT_EQ(p.texts.err, "oops");
    EXPECT_TRUE(p.failed);
  }
}

TEST(RawClient, StopsSendingWhatTheDeviceHasRefused) {
  Play p({{"\x01", kGreeting},
          {kQuestion, "R\x01\x80\0\x01"s},
          {"stop", "\x04"},
          {"\x04", "\x04stopped\x04>"}});
  ASSERT_TRUE(p.client.Enter().ok());
  ASSERT_TRUE(p.Run("stop" + std::string(100000, 'x')).ok());
  EXPECT_EQ(p.texts.err, "stopped");
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
  for (const std::string& half : {"\x02"s + "xyz", "half a program"s, kQuestion + "half of one"}) {
    ASSERT_TRUE(s.client.Send(half).ok());
    ASSERT_TRUE(s.client.Enter().ok()) << half;
    ASSERT_TRUE(s.Run("print 'here'").ok()) << half;
    EXPECT_EQ(s.texts.out, "here\n") << half;
  }
}

// The second attempt was not needed, and the device is late with its answer to that as well.
TEST(RawClient, WaitsForASlowDeviceToSettle) {
  Play p({{"\x01", ""},
          {"\x01", kGreeting},
          {"print 'settled'\x04", kGreeting + "OKsettled\r\n\x04\x04>"},
          {kQuestion, "R\x01\x80\0\x01"s},
          {"print(1)\x04", "\x04" + "1\r\n\x04\x04>"s}});
  ASSERT_TRUE(p.client.Enter().ok());
  ASSERT_TRUE(p.client.Settle().ok());
  ASSERT_TRUE(p.Run("print(1)").ok());
  EXPECT_EQ(p.texts.out, "1\n");
}

TEST(RawClient, SoftResetForgetsGlobals) {
  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  ASSERT_TRUE(s.Run("x = 1").ok());
  ASSERT_TRUE(s.client.SoftReset().ok());
  ASSERT_TRUE(s.Run("print(rawget(_G, 'x'))").ok());
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
  s.Kill();
  const Status lost = s.client.Enter();
  EXPECT_EQ(lost.code(), Code::kIo);
  EXPECT_NE(std::string(lost.what()).find("lost"), std::string::npos) << lost.what();
}

TEST(RawClient, TellsARestart) {
  const std::string greeting = std::string("Moonlet\r\n") + kDeviceHint + "\r\n> ";
  Play p({{"\x01", kGreeting},
          {kQuestion, "R\x01\x80\0\x01"s},
          {"\x04", "\x04" + greeting.substr(0, 20)},
          {"", greeting.substr(20)}});
  ASSERT_TRUE(p.client.Enter().ok());
  const Status status = p.Run("x = 1");
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(std::string(status.what()).find("restarted"), std::string::npos) << status.what();
}

TEST(RawClient, GivesUpOnADeviceThatIsSilentOrDoesNotEnd) {
  Play silent({});
  const Status status = silent.client.Enter(50);
  EXPECT_EQ(status.code(), Code::kIo);
  EXPECT_NE(std::string(status.what()).find("banner"), std::string::npos) << status.what();

  Session s;
  ASSERT_TRUE(s.client.Enter().ok());
  Texts texts;
  EXPECT_EQ(s.client.Run("while true do end", texts, &s.failed, 100).code(), Code::kIo);
  ASSERT_TRUE(s.client.Enter().ok());
}

}  // namespace raw_client_test
}  // namespace moonlet
