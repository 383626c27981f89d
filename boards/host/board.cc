#include "boards/board.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace moonlet::board {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr int kSpentExitCode = 124;  // as timeout(1) says it

timespec ToTimespec(uint64_t microseconds) {
  return {.tv_sec = static_cast<time_t>(microseconds / kSecond),
          .tv_nsec = static_cast<long>(microseconds % kSecond * 1000)};
}

// Written only while SIGALRM is blocked or the timer is disarmed.
struct {
  timer_t timer;
  bool made = false;
  Alarm alarm = nullptr;
  void* context = nullptr;
} g_alarm;

bool Arm(uint64_t microseconds) {
  const itimerspec when = {.it_interval = {}, .it_value = ToTimespec(microseconds)};
  return timer_settime(g_alarm.timer, 0, &when, nullptr) == 0;
}

void OnAlarm(int) {
  const int saved_errno = errno;
  if (g_alarm.alarm != nullptr) {
    if (const uint64_t again = g_alarm.alarm(g_alarm.context); again != 0) Arm(again);
  }
  errno = saved_errno;
}

bool MakeTimer() {
  if (g_alarm.made) return true;
  struct sigaction action = {};
  action.sa_handler = OnAlarm;  // no SA_RESTART: a blocking read returns
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  g_alarm.made = sigaction(SIGALRM, &action, nullptr) == 0 &&
                 timer_create(CLOCK_MONOTONIC, &event, &g_alarm.timer) == 0;
  return g_alarm.made;
}

}  // namespace

const char* Name() { return "host"; }

bool HasTerminal() { return isatty(STDERR_FILENO) != 0; }

ScreenSize Screen(Stream stream) {
  constexpr ScreenSize kUsual = {.columns = 80, .rows = 24};  // of a line that does not tell
  const int file = stream == Stream::kOutput ? STDOUT_FILENO : STDERR_FILENO;
  if (isatty(file) == 0) return {};
  winsize size;
  if (ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return kUsual;
  return {.columns = size.ws_col, .rows = size.ws_row};
}

void SetScreen(ScreenSize) {}

uint64_t Microseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kSecond + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

void Sleep(uint64_t microseconds, const StopToken& stop) {
  // In slices: a signal between the look at the flag and the sleep goes unnoticed.
  constexpr uint64_t kSlice = 50'000;
  const uint64_t end = Microseconds() + microseconds;
  for (uint64_t now = Microseconds(); now < end && !stop.raised(); now = Microseconds()) {
    const timespec slice = ToTimespec(std::min(kSlice, end - now));
    nanosleep(&slice, nullptr);
  }
}

bool SetTime(int64_t) { return false; }

bool SetAlarm(uint64_t microseconds, Alarm alarm, void* context) {
  CancelAlarm();
  if (!MakeTimer()) return false;
  g_alarm.context = context;
  g_alarm.alarm = alarm;
  return Arm(std::max<uint64_t>(microseconds, 1));
}

void CancelAlarm() {
  if (g_alarm.made) Arm(0);
  g_alarm.alarm = nullptr;  // a signal on its way finds nothing to call
}

void GiveUp(const char* message) {
  // The exit code says it too, should nobody read the message.
  if (write(STDERR_FILENO, message, std::strlen(message)) >= 0) {
    if (write(STDERR_FILENO, "\n", 1) < 0) _exit(kSpentExitCode);
  }
  _exit(kSpentExitCode);
}

// The system tells of faults.
void OnFault(FaultReport, void*) {}

void Reset() { _exit(0); }

}  // namespace moonlet::board
