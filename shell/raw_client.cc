#include "shell/raw_client.h"

#include <algorithm>
#include <utility>

#include "shell/device_session.h"

namespace moonlet {
namespace {

constexpr std::string_view kRaw = "\x01", kFriendly = "\x02", kInterrupt = "\x03", kEnd = "\x04";
constexpr std::string_view kInterruptHard = "\x03\x03\n";
constexpr std::string_view kAskForPaste =
    "\x05"
    "A\x01";
constexpr std::string_view kGranted("R\x01", 2), kRefused("R\0", 2);
constexpr char kCredit = '\x01';
constexpr std::string_view kBanner = "raw REPL; CTRL-B to exit\r\n>";
constexpr int kAgainMs = 300;        // between two attempts to be heard
constexpr int kQuietMs = 20;         // a device that says nothing for so long waits
constexpr int kLookMs = 50;          // how late a raised stop is seen
constexpr int kInterruptMs = 10000;  // for a device to end what it runs
// Without flow control: what an input buffer holds, and the time to read it.
constexpr size_t kPlainPiece = 256;
constexpr int kPlainPauseMs = 10;

constexpr size_t kHintSize = std::string_view(kDeviceHint).size();

}  // namespace

void TextDecoder::Decode(std::string_view bytes, std::string* text) {
  for (const char c : bytes) {
    if (held_ && c != '\n') text->push_back('\r');
    held_ = c == '\r';
    if (!held_) text->push_back(c);
  }
}

void TextDecoder::Finish(std::string* text) {
  if (held_) text->push_back('\r');
  held_ = false;
}

Status RawClient::Send(std::string_view bytes) {
  return link_.Write(bytes) ? Status() : LostLink();
}

Status RawClient::More(const Deadline& deadline, const char* awaited) {
  const size_t before = pending_.size();
  while (pending_.size() == before) {
    if (stop_.raised()) return Status::Stopped();
    if (deadline.over()) return Status::Error(Code::kIo, "the device sends no %s", awaited);
    if (link_.Read(&pending_, deadline.Left(kLookMs)) == Link::Event::kLost) return LostLink();
  }
  return {};
}

Status RawClient::Expect(std::string_view text, const Deadline& deadline, const char* awaited) {
  while (true) {
    const size_t found = pending_.find(text);
    if (found != pending_.npos) {
      pending_.erase(0, found + text.size());
      return {};
    }
    if (Status s = More(deadline, awaited); !s.ok()) return s;
  }
}

void RawClient::Drain(int quiet_ms, int most_ms) {
  const Deadline end(most_ms);
  std::string text;
  while (!end.over() && link_.Read(&text, quiet_ms) == Link::Event::kBytes) text.clear();
  pending_.clear();
}

// The line's end wakes a script that reads lines and looks for Ctrl-C itself, as that of a
// transfer does. A script may catch one interrupt or read a control key as its input, and a long
// boot delays the answer: so all is said again until it comes.
Status RawClient::Enter(int timeout_ms) {
  const Deadline deadline(timeout_ms);
  while (true) {
    if (Status s = Send(kInterruptHard); !s.ok()) return s;
    Drain(kQuietMs, kAgainMs);
    if (Status s = Send(kRaw); !s.ok()) return s;
    const Status answer = Expect(kBanner, Deadline(deadline.Left(kAgainMs)), "banner of raw mode");
    if (answer.ok()) break;
    if (stop_.raised() || deadline.over()) return answer;
    std::string text;
    if (link_.Read(&text, 0) == Link::Event::kLost) return LostLink();
  }
  Drain(kQuietMs, kAgainMs);  // the answers to what was said twice
  return {};
}

// All that was said comes before the answer to a program of ours.
Status RawClient::Settle() {
  if (Status s = Send("print 'settled'\x04"); !s.ok()) return s;
  return Expect("settled\r\n\x04\x04>", Deadline(kAnswerMs), "sign that it has settled");
}

Status RawClient::SoftReset() {
  pending_.clear();
  if (Status s = Send(kEnd); !s.ok()) return s;
  if (Status s = Expect("soft reboot\r\n", Deadline(kAnswerMs), "\"soft reboot\""); !s.ok())
    return s;
  return Expect(kBanner, Deadline(kAnswerMs), "banner of raw mode");
}

// An interrupt that comes before the reset would prevent it.
Status RawClient::Reset() {
  constexpr std::string_view kMark = "resetting";
  bool refused;
  const std::string code = "local sys = require 'sys' sys.interrupt_char(nil) print '" +
                           std::string(kMark) + "' sys.reset()";
  if (Status s = Start(code, &refused); !s.ok()) return s;
  return Expect(kMark, Deadline(kAnswerMs), "reset");
}

Status RawClient::Leave() { return Send(kFriendly); }

// "R\x01" and the window: granted. "R\x00": refused. Firmware that does not know the
// question prints its banner once more.
Status RawClient::AskForPaste(bool* granted, size_t* window, const Deadline& deadline) {
  pending_.clear();
  if (Status s = Send(kAskForPaste); !s.ok()) return s;
  *granted = false;
  while (true) {
    const size_t yes = pending_.find(kGranted);
    if (yes != pending_.npos && pending_.size() - yes >= kGranted.size() + 2) {
      const auto byte = [&](size_t i) { return static_cast<uint8_t>(pending_[yes + i]); };
      *window = byte(2) | static_cast<size_t>(byte(3)) << 8;
      *granted = *window > 0;
      pending_.erase(0, yes + 4);
      return *granted ? Status() : Status::Error(Code::kIo, "the device gives no room to send");
    }
    if (const size_t no = pending_.find(kRefused); no != pending_.npos) {
      pending_.erase(0, no + kRefused.size());
      return {};
    }
    if (pending_.find(kBanner) != pending_.npos) {
      pending_.clear();
      return {};
    }
    if (Status s = More(deadline, "answer to a program"); !s.ok()) return s;
  }
}

Status RawClient::Paste(std::string_view code, size_t window, bool* refused,
                        const Deadline& deadline) {
  size_t credit = window;
  while (true) {
    const size_t size = std::min(credit, code.size());
    if (Status s = Send(code.substr(0, size)); !s.ok()) return s;
    code.remove_prefix(size);
    if (code.empty()) break;
    credit = 0;
    if (pending_.empty()) {
      if (Status s = More(deadline, "room for more of the program"); !s.ok()) return s;
    }
    for (const char c : std::exchange(pending_, {})) {
      if (c == kCredit) credit += window;
      *refused = *refused || c == kEnd[0];
    }
    // It has seen enough; the rest of what it sends comes after it knows that we know.
    if (*refused) return Send(kEnd);
  }
  if (Status s = Send(kEnd); !s.ok()) return s;
  return Expect(kEnd, deadline, "acknowledgement of a program");
}

Status RawClient::SendPlain(std::string_view code, const Deadline& deadline) {
  while (!code.empty()) {
    const std::string_view piece = code.substr(0, kPlainPiece);
    if (Status s = Send(piece); !s.ok()) return s;
    code.remove_prefix(piece.size());
    const Deadline pause(kPlainPauseMs);
    while (!pause.over()) {
      if (link_.Read(&pending_, pause.Left(kPlainPauseMs)) == Link::Event::kLost) return LostLink();
    }
  }
  if (Status s = Send(kEnd); !s.ok()) return s;
  return Expect("OK", deadline, "acknowledgement of a program");
}

Status RawClient::Start(std::string_view code, bool* refused, int timeout_ms) {
  *refused = false;
  bool granted;
  size_t window = 0;
  if (Status s = AskForPaste(&granted, &window, Deadline(timeout_ms)); !s.ok()) return s;
  if (!granted) return SendPlain(code, Deadline(timeout_ms));
  return Paste(code, window, refused, Deadline(timeout_ms));
}

Status RawClient::Stream(Output& output, bool error, bool* any, const Deadline& deadline) {
  TextDecoder decoder;
  Deadline patience = deadline;
  std::string tail;  // of what came, to see a restart in
  while (true) {
    const size_t end = pending_.find(kEnd);
    std::string text;
    decoder.Decode(std::string_view(pending_).substr(0, end), &text);
    if (end != pending_.npos) decoder.Finish(&text);
    *any = *any || !text.empty();
    tail += text;
    const size_t hint = end == pending_.npos ? tail.find(kDeviceHint) : tail.npos;
    // The prompt after it may have come with it or not: it is left out.
    if (hint != tail.npos) text.resize(text.size() - (tail.size() - hint - kHintSize));
    if (!text.empty()) error ? output.WriteError(text) : output.Write(text);
    if (end != pending_.npos) {
      pending_.erase(0, end + 1);
      return {};
    }
    pending_.clear();
    if (hint != tail.npos) return Status::Error(Code::kIo, "the device restarted");
    tail.erase(0, tail.size() - std::min(tail.size(), kHintSize));
    if (patience.over()) return Status::Error(Code::kIo, "the device does not end the program");
    if (stop_.raised() && !interrupted_) {
      interrupted_ = true;
      patience = Deadline(kInterruptMs);
      if (Status s = Send(kInterrupt); !s.ok()) return s;
    }
    if (link_.Read(&pending_, patience.Left(kLookMs)) == Link::Event::kLost) return LostLink();
  }
}

Status RawClient::Run(std::string_view code, Output& output, bool* failed, int timeout_ms) {
  bool refused, printed = false;
  *failed = false;
  interrupted_ = false;
  const Deadline deadline(timeout_ms);
  if (Status s = Start(code, &refused); !s.ok()) return s;
  if (Status s = Stream(output, false, &printed, deadline); !s.ok()) return s;
  if (Status s = Stream(output, true, failed, deadline); !s.ok()) return s;
  return interrupted_ ? Status::Stopped() : Status();
}

Status RawClient::ReadLine(std::string* line, int timeout_ms) {
  const Deadline deadline(timeout_ms);
  while (true) {
    const size_t end = pending_.find('\n');
    if (end != pending_.npos) {
      line->assign(pending_, 0, end);
      if (line->ends_with('\r')) line->pop_back();
      pending_.erase(0, end + 1);
      return {};
    }
    if (stop_.raised()) return Status::Stopped();
    if (deadline.over()) return {};
    if (link_.Read(&pending_, deadline.Left(kLookMs)) == Link::Event::kLost) return LostLink();
  }
}

}  // namespace moonlet
