// shell/raw_client.h - runs code on a device over the raw and raw-paste modes of its
// serial line, the convention that MicroPython made.
//
//   RawClient client(link, stop);
//   if (Status s = client.Enter(); !s.ok()) ...
//   bool failed;
//   Status s = client.Run("print(6 * 7)", output, &failed);
//
// Every wait ends: with the answer, with a Status of kIo that says what did not come, or
// with kStopped once `stop` is raised. After a failure only Enter() makes sense.
#pragma once
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/stop_token.h"
#include "shell/console.h"
#include "shell/link.h"

namespace moonlet {

// The device ends its lines with CR LF: it puts a CR before each LF that a script writes
// and that has none. Taking one away gives the script's own bytes, but where these were CR
// LF already.
class TextDecoder {
 public:
  // Appends what `bytes` say to *text; a CR at their end waits for what follows.
  void Decode(std::string_view bytes, std::string* text);
  void Finish(std::string* text);

 private:
  bool held_ = false;  // a CR
};

class RawClient {
 public:
  // How long the device may take for a banner or an acknowledgement.
  static constexpr int kAnswerMs = 10000;
  static constexpr int kForever = -1;

  // Both outlive the client.
  RawClient(Link& link, const StopToken& stop) : link_(link), stop_(stop) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // Brings the device into raw mode, whatever it does: it ends a running script, a
  // half typed line, a half sent program.
  Status Enter(int timeout_ms = kAnswerMs);
  // Waits until the device has taken all that Enter() said: one with much to do may have answered
  // the first attempt late, and the rest would interrupt what comes next. For lines that lose
  // nothing.
  Status Settle();
  // A new Lua state; raw mode stays. What is printed meanwhile is left out.
  Status SoftReset();
  // Starts the machine anew. What it runs then is its own matter: only Enter() ends that.
  Status Reset();
  // To the friendly prompt.
  Status Leave();

  // Runs a chunk; what it prints goes to `output` as it comes, its error text to
  // output.WriteError, and then *failed is true. kStopped: the device was interrupted
  // and has ended the chunk. kIo: it is lost, has restarted, or did not end in that time.
  // A chunk that prints the byte 4 ends its output there.
  Status Run(std::string_view code, Output& output, bool* failed, int timeout_ms = kForever);

  // Sends a chunk and returns as soon as it runs. *refused: it does not compile.
  Status Start(std::string_view code, bool* refused, int timeout_ms = kAnswerMs);

  // While a started chunk runs: a line that it printed, without its end. kIo: the link
  // is lost. *line stays as it is when none came in that time.
  Status ReadLine(std::string* line, int timeout_ms);
  Status Send(std::string_view bytes);
  // Forgets what has arrived.
  void Forget() { pending_.clear(); }

 private:
  // Waits a moment for more bytes in pending_. kIo once the deadline or the link is gone.
  Status More(const Deadline& deadline, const char* awaited);
  // Takes everything up to the end of `text`.
  Status Expect(std::string_view text, const Deadline& deadline, const char* awaited);
  void Drain(int quiet_ms, int most_ms);
  Status AskForPaste(bool* granted, size_t* window, const Deadline& deadline);
  Status Paste(std::string_view code, size_t window, bool* refused, const Deadline& deadline);
  Status SendPlain(std::string_view code, const Deadline& deadline);
  // Hands on what comes before the next 0x04.
  Status Stream(Output& output, bool error, bool* any, const Deadline& deadline);

  Link& link_;
  const StopToken& stop_;
  bool interrupted_ = false;  // the device, by Stream
  std::string pending_;       // arrived, not looked at yet
};

}  // namespace moonlet
