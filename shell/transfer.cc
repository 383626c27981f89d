#include "shell/transfer.h"

#include <algorithm>
#include <charconv>

#include "engine/base/crc32.h"
#include "shell/transfer_program.h"

namespace moonlet {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr int kQuestions = 20;   // a line that damages so many in a row is of no use
constexpr int kSilences = 5;     // a loader that says nothing so often does not run
constexpr int kMostAtOnce = 16;  // lines asked for again; a long question is damaged more often
constexpr uint64_t kMostBytes = 1 << 28;

std::span<const uint8_t> BytesOf(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string Encode(std::span<const uint8_t> bytes) {
  std::string text;
  uint32_t group = 0;
  int bits = 0;
  for (const uint8_t byte : bytes) {
    group = group << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) text.push_back(kDigits[group >> (bits - 6) & 63]);
  }
  if (bits > 0) text.push_back(kDigits[group << (6 - bits) & 63]);
  return text;
}

// False: no base64.
bool Decode(std::string_view text, std::string* bytes) {
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == kDigits.npos) return false;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes->push_back(static_cast<char>(group >> bits & 255));
  }
  return true;
}

// Takes a number from the front of `text`, behind spaces. False: there is none.
bool TakeNumber(std::string_view* text, uint64_t* number) {
  text->remove_prefix(std::min(text->find_first_not_of(' '), text->size()));
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}

std::string Text(size_t number) { return std::to_string(number); }

size_t LinesOf(size_t bytes) { return (bytes + Transfer::kPerLine - 1) / Transfer::kPerLine; }

std::span<const uint8_t> LineOf(std::span<const uint8_t> block, size_t line) {
  const std::span<const uint8_t> rest = block.subspan((line - 1) * Transfer::kPerLine);
  return rest.first(std::min(rest.size(), Transfer::kPerLine));
}

// One of `letters`, then `key` and nothing or more words.
bool IsAnswer(std::string_view body, std::string_view letters, std::string_view key) {
  if (body.empty() || letters.find(body[0]) == letters.npos) return false;
  body.remove_prefix(1);
  return body.starts_with(key) && (body.size() == key.size() || body[key.size()] == ' ');
}

bool IsRefusal(std::string_view body) { return body.starts_with("F "); }

Status Refusal(std::string_view body) {
  std::string words;
  Decode(body.substr(2), &words);
  return Status::Invalid("%s", words.c_str());
}

// One line of a block into its place; true when it is that.
bool TakeLine(std::string_view body, const std::string& head, std::span<uint8_t> block,
              std::vector<bool>* have) {
  if (!body.starts_with(head)) return false;
  body.remove_prefix(head.size());
  uint64_t line;
  std::string bytes;
  if (!TakeNumber(&body, &line) || line < 1 || line >= have->size()) return false;
  if (!body.starts_with(' ') || !Decode(body.substr(1), &bytes)) return false;
  const std::span<uint8_t> place =
      block.subspan((line - 1) * Transfer::kPerLine).first(LineOf(block, line).size());
  if (bytes.size() != place.size()) return false;
  std::copy(bytes.begin(), bytes.end(), place.begin());
  (*have)[line] = true;
  return true;
}

bool IsWorthAnother(const Status& status) { return status.code() == Code::kIo; }

}  // namespace

Status Transfer::Say(std::string_view body) {
  std::string line(body);
  line += '~' + std::to_string(Crc32(BytesOf(body))) + '\n';
  return client_.Send(line);
}

Status Transfer::Hear(std::string* body) {
  const Deadline deadline(options_.answer_ms);
  body->clear();
  while (!deadline.over()) {
    std::string line;
    if (Status s = client_.ReadLine(&line, deadline.Left(options_.answer_ms)); !s.ok()) return s;
    const size_t mark = line.rfind('~');
    if (mark == line.npos) continue;
    std::string_view sum = std::string_view(line).substr(mark + 1);
    uint64_t crc;
    if (!TakeNumber(&sum, &crc) || !sum.empty()) continue;
    if (crc != Crc32(BytesOf(std::string_view(line).substr(0, mark)))) continue;
    body->assign(line, 0, mark);
    return {};
  }
  return {};
}

Status Transfer::Ask(const std::string& question, std::string_view letters, const std::string& key,
                     std::string* answer) {
  for (int i = 0; i < kQuestions; ++i) {
    if (Status s = Say(question); !s.ok()) return s;
    do {
      if (Status s = Hear(answer); !s.ok()) return s;
      if (IsAnswer(*answer, letters, key)) return {};
      if (IsRefusal(*answer)) return Refusal(*answer);
    } while (!answer->empty());  // else an answer to an older question
  }
  return Status::Error(Code::kIo, "the device does not answer");
}

// Line by line, each confirmed before the next: nothing on the device keeps order yet.
Status Transfer::StartProgram() {
  bool refused;
  const int patience = std::max(options_.answer_ms, 100);
  if (Status s = client_.Start(kTransferLoader, &refused, patience); !s.ok()) return s;
  if (refused) return Status::Error(Code::kIo, "the line damaged the program");
  std::string_view program = kTransferProgram;
  program.remove_prefix(1);  // the end of an empty line
  for (size_t number = 1; !program.empty(); ++number) {
    const size_t end = std::min(program.find('\n'), program.size());
    const std::string body = Text(number) + ' ' + std::string(program.substr(0, end));
    program.remove_prefix(std::min(end + 1, program.size()));
    if (Status s = Confirm(body, '~' + Text(number)); !s.ok()) return s;
  }
  return Confirm("0 ", "~0");
}

Status Transfer::Confirm(const std::string& body, const std::string& answer) {
  int silences = 0;
  for (int i = 0; i < kQuestions && silences < kSilences; ++i) {
    if (Status s = Say(body); !s.ok()) return s;
    std::string line;
    do {
      line.clear();
      if (Status s = client_.ReadLine(&line, options_.answer_ms); !s.ok()) return s;
      if (line == answer) return {};
    } while (!line.empty() && line != "~");
    silences = line.empty() ? silences + 1 : 0;
  }
  return Status::Error(Code::kIo, "the device does not answer");
}

Status Transfer::StopProgram() {
  if (Status s = Say("X"); !s.ok()) return s;
  return client_.Enter();
}

template <typename Work>
Status Transfer::WithProgram(const Work& work) {
  Status status;
  for (int i = 0; i < options_.attempts; ++i) {
    if (Status s = client_.Enter(); !s.ok()) return s;  // that is patient enough
    status = StartProgram();
    if (status.ok()) status = work();
    if (!status.ok() && IsWorthAnother(status)) continue;
    const Status stopped = StopProgram();
    return status.ok() ? stopped : status;
  }
  return status;
}

Status Transfer::SendLines(size_t block, std::span<const uint8_t> bytes, std::string_view which) {
  const std::string head = "D " + Text(block) + ' ';
  uint64_t line;
  while (TakeNumber(&which, &line)) {
    if (line < 1 || line > LinesOf(bytes.size())) continue;
    if (Status s = Say(head + Text(line) + ' ' + Encode(LineOf(bytes, line))); !s.ok()) return s;
  }
  return {};
}

Status Transfer::SendBlock(size_t block, std::span<const uint8_t> bytes) {
  const size_t lines = LinesOf(bytes.size());
  const std::string key = ' ' + Text(block);
  const std::string question = 'Q' + key + ' ' + Text(lines) + ' ' + std::to_string(Crc32(bytes));
  std::string which;
  for (size_t line = 1; line <= lines; ++line) which += ' ' + Text(line);
  for (size_t round = 0; round < kQuestions * lines; ++round) {
    if (Status s = SendLines(block, bytes, which); !s.ok()) return s;
    std::string answer;
    if (Status s = Ask(question, "AN", key, &answer); !s.ok()) return s;
    if (answer[0] == 'A') return {};
    which = answer.substr(1 + key.size());
  }
  return Status::Error(Code::kIo, "the line damages too much");
}

Status Transfer::Send(std::span<const uint8_t> bytes) {
  for (size_t from = 0, block = 1; from < bytes.size(); from += kBlock, ++block) {
    const size_t size = std::min(kBlock, bytes.size() - from);
    if (Status s = SendBlock(block, bytes.subspan(from, size)); !s.ok()) return s;
    if (options_.watcher != nullptr) options_.watcher->Moved(from + size, bytes.size());
  }
  std::string answer;
  return Ask("E " + Text(bytes.size()) + ' ' + std::to_string(Crc32(bytes)), "E", "", &answer);
}

Status Transfer::Put(std::span<const uint8_t> bytes, const std::string& path) {
  return WithProgram([&] {
    std::string answer;
    if (Status s = Ask("P " + Encode(BytesOf(path)), "P", "", &answer); !s.ok()) return s;
    return Send(bytes);
  });
}

Status Transfer::Update(std::span<const uint8_t> image) {
  return WithProgram([&] {
    const std::string question = "U " + Text(image.size()) + ' ' + std::to_string(Crc32(image));
    std::string answer;
    if (Status s = Ask(question, "U", "", &answer); !s.ok()) return s;
    return Send(image);
  });
}

Status Transfer::ReceiveBlock(size_t block, std::span<uint8_t> bytes) {
  const std::string key = ' ' + Text(block);
  std::vector<bool> have(LinesOf(bytes.size()) + 1);
  std::string question = 'R' + key;
  for (int idle = 0; idle < kQuestions;) {
    ++idle;
    if (Status s = Say(question); !s.ok()) return s;
    std::string body;
    do {
      if (Status s = Hear(&body); !s.ok()) return s;
      if (IsRefusal(body)) return Refusal(body);
      if (TakeLine(body, 'D' + key + ' ', bytes, &have)) idle = 0;
    } while (!body.empty() && !IsAnswer(body, "A", key));
    question = 'R' + key;
    int missing = 0;
    for (size_t line = 1; line < have.size() && missing < kMostAtOnce; ++line) {
      if (have[line]) continue;
      question += ' ' + Text(line);
      ++missing;
    }
    if (missing == 0) return {};
  }
  return Status::Error(Code::kIo, "the device does not answer");
}

Status Transfer::Receive(const std::string& path, std::vector<uint8_t>* bytes) {
  std::string answer;
  if (Status s = Ask("G " + Encode(BytesOf(path)), "G", "", &answer); !s.ok()) return s;
  std::string_view numbers = std::string_view(answer).substr(1);
  uint64_t size, crc;
  if (!TakeNumber(&numbers, &size) || !TakeNumber(&numbers, &crc) || size > kMostBytes) {
    return Status::Invalid("the device tells no size of the file");
  }
  bytes->assign(size, 0);
  for (size_t from = 0, block = 1; from < size; from += kBlock, ++block) {
    const auto part = std::span(*bytes).subspan(from, std::min<size_t>(kBlock, size - from));
    if (Status s = ReceiveBlock(block, part); !s.ok()) return s;
    if (options_.watcher != nullptr) options_.watcher->Moved(from + part.size(), size);
  }
  if (Crc32(*bytes) != crc) return Status::Error(Code::kIo, "the file changed meanwhile");
  return {};
}

Status Transfer::Get(const std::string& path, std::vector<uint8_t>* bytes) {
  return WithProgram([&] { return Receive(path, bytes); });
}

}  // namespace moonlet
