#include "shell/line_readline.h"

#include <fcntl.h>
#include <poll.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "shell/completion.h"
#include "shell/host_display.h"
#include "shell/style.h"

namespace moonlet {
namespace {

constexpr int kHistoryLines = 1000;

lua_State* g_state = nullptr;  // completion's; readline passes no context

// ---- Completion -------------------------------------------------------------------

class Candidates final : public CandidateSink {
 public:
  void Add(std::string_view candidate) override { names_.emplace(candidate); }
  bool empty() const { return names_.empty(); }

  std::string CommonPrefix() const {
    std::string prefix = *names_.begin();
    for (const std::string& name : names_) {
      const auto differ = std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end());
      prefix.erase(differ.first, prefix.end());
    }
    return prefix;
  }

  // Lists them under the line.
  void Show() const {
    std::vector<std::string> shown = {""};  // readline starts at 1
    size_t longest = 0;
    for (const std::string& name : names_) {
      shown.push_back(name);
      longest = std::max(longest, name.size());
    }
    std::vector<char*> pointers;
    for (std::string& name : shown) pointers.push_back(name.data());
    pointers.push_back(nullptr);
    rl_display_match_list(pointers.data(), static_cast<int>(names_.size()),
                          static_cast<int>(longest));
    rl_forced_update_display();
  }

 private:
  std::set<std::string> names_;
};

// TAB: indents at the margin, completes elsewhere. A second TAB lists what is possible.
int CompleteAtCursor(int, int) {
  const std::string_view before(rl_line_buffer, static_cast<size_t>(rl_point));
  if (before.find_first_not_of(" \t") == before.npos) {
    rl_insert_text("  ");
    return 0;
  }
  Candidates candidates;
  const std::string_view start = Complete(g_state, before, &candidates);
  if (candidates.empty()) return rl_ding();
  const std::string prefix = candidates.CommonPrefix();
  if (prefix.size() > start.size()) {
    rl_insert_text(prefix.c_str() + start.size());
  } else if (rl_last_func == CompleteAtCursor) {
    candidates.Show();
  } else {
    rl_ding();
  }
  return 0;
}

// ---- Signals ------------------------------------------------------------------------

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};
volatile sig_atomic_t g_signal = 0;  // the last one that came

void NoteSignal(int signal) { g_signal = signal; }

// While it lives the signals above are held back but for Wait(), so that readline is
// never stopped half-way through a change of its line.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : kSignals) sigaddset(&held, signal);
    sigprocmask(SIG_BLOCK, &held, &before_);
    struct sigaction note = {};
    note.sa_handler = NoteSignal;
    sigfillset(&note.sa_mask);  // one at a time
    for (size_t i = 0; i < std::size(kSignals); ++i) sigaction(kSignals[i], &note, &actions_[i]);
  }
  ~HeldSignals() {
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &actions_[i], nullptr);
    }
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Waits for a key (0) or a signal (its number).
  int Wait() {
    g_signal = 0;
    pollfd keys = {fileno(rl_instream), POLLIN, 0};
    while (ppoll(&keys, 1, nullptr, &before_) < 0 && g_signal == 0) {
    }
    return g_signal;
  }

  // Does what the signal would have done without us.
  void PassOn(int signal) {
    struct sigaction ours;
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      if (kSignals[i] == signal) sigaction(signal, &actions_[i], &ours);
    }
    raise(signal);
    sigset_t held;
    sigprocmask(SIG_SETMASK, &before_, &held);  // it arrives here
    sigprocmask(SIG_SETMASK, &held, nullptr);
    sigaction(signal, &ours, nullptr);
  }

 private:
  sigset_t before_;
  struct sigaction actions_[std::size(kSignals)];
};

// ---- Reading ------------------------------------------------------------------------

bool g_done = false;
char* g_line = nullptr;  // malloc's; null at the end of the input

void TakeLine(char* line) {
  rl_callback_handler_remove();
  g_line = line;
  g_done = true;
}

// A prompt whose sequences readline does not count as columns.
std::string Coloured(const char* prompt) {
  if (!HostDisplay().colour) return prompt;
  const auto hidden = [](std::string_view sequence) {
    return RL_PROMPT_START_IGNORE + std::string(sequence) + RL_PROMPT_END_IGNORE;
  };
  return hidden(StyleBegin(Style::kPrompt)) + prompt + hidden(kStyleEnd);
}

void SetUpReadline() {
  rl_readline_name = "moonlet";
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  history_write_timestamps = 1;  // they mark where an entry of several lines starts
  history_multiline_entries = 1;
  history_comment_char = '#';
  rl_initialize();
  rl_variable_bind("page-completions", "off");
  // Scripts are UTF-8 in any locale: bytes pass as they are.
  rl_variable_bind("input-meta", "on");
  rl_variable_bind("output-meta", "on");
  rl_variable_bind("convert-meta", "off");
  for (Keymap keys : {emacs_standard_keymap, vi_insertion_keymap}) {
    // Unless the user's inputrc has other plans for the key.
    if (keys['\t'].function == rl_complete) rl_bind_key_in_map('\t', CompleteAtCursor, keys);
  }
}

}  // namespace

ReadlineLineReader::ReadlineLineReader(lua_State* state, std::string history_file)
    : history_file_(std::move(history_file)) {
  g_state = state;
  SetUpReadline();
  if (!history_file_.empty()) read_history(history_file_.c_str());
  stifle_history(kHistoryLines);
}

ReadlineLineReader::~ReadlineLineReader() {
  if (added_) history_truncate_file(history_file_.c_str(), kHistoryLines);
}

LineReader::Event ReadlineLineReader::Read(const char* prompt, std::string_view* line) {
  HeldSignals signals;
  g_done = false;
  rl_callback_handler_install(Coloured(prompt).c_str(), TakeLine);
  while (!g_done) {
    switch (const int signal = signals.Wait()) {
      case 0:
        rl_callback_read_char();
        break;
      case SIGINT:
        rl_echo_signal_char(SIGINT);
        rl_free_line_state();
        rl_callback_sigcleanup();
        rl_crlf();
        rl_callback_handler_remove();
        return Event::kInterrupt;
      case SIGWINCH:
        rl_resize_terminal();
        break;
      case SIGTSTP:
        rl_cleanup_after_signal();
        signals.PassOn(signal);
        [[fallthrough]];  // continued now
      case SIGCONT:
        rl_reset_after_signal();
        rl_forced_update_display();
        break;
      default:
        rl_cleanup_after_signal();
        rl_callback_handler_remove();
        signals.PassOn(signal);
        return Event::kEnd;
    }
  }
  if (g_line == nullptr) {
    rl_crlf();
    std::fflush(rl_outstream);
    return Event::kEnd;
  }
  line_ = g_line;
  std::free(g_line);
  *line = line_;
  return Event::kLine;
}

// Appends at once: nothing is lost when the process is killed, and several prompts may
// share the file.
void ReadlineLineReader::Remember(std::string_view entry) {
  const std::string text(entry);
  const HIST_ENTRY* last = history_get(history_base + history_length - 1);
  if (last != nullptr && text == last->line) return;
  add_history(text.c_str());
  if (history_file_.empty()) return;
  if (!added_) {
    std::error_code ignored;  // without a place to write there is no history file
    std::filesystem::create_directories(std::filesystem::path(history_file_).parent_path(),
                                        ignored);
    close(open(history_file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    added_ = true;
  }
  append_history(1, history_file_.c_str());
}

}  // namespace moonlet
